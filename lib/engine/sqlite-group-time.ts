/**
 * How long a transaction may go on taking steps. A commit costs what the disk costs: where it
 * is slow, groups are longer, so that commits take no more than a small part of the time.
 */
export class GroupTime {
  #ms: number;

  /** @param mayHaveOthers whether somebody else could be waiting for the first commit. */
  constructor(mayHaveOthers: boolean) {
    this.#ms = mayHaveOthers ? SHORTEST_MS : LONGEST_MS;
  }

  /** What the next one has. */
  get ms(): number {
    return this.#ms;
  }

  /** Called with what a commit took. */
  learn(commitMs: number): void {
    this.#ms = Math.min(Math.max(commitMs * COMMITS, SHORTEST_MS), LONGEST_MS);
  }
}

/** A group takes so many times what a commit does, which leaves commits a fiftieth of the time. */
const COMMITS = 50;
/** Beside others before anything is known of the disk, and where it is quick. */
const SHORTEST_MS = 50;
/** Others who want to write wait that long, and so much work may be lost by a kill. */
const LONGEST_MS = 500;
