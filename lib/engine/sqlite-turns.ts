/**
 * Lets others write while a long run goes on. SQLite keeps no queue: who waits looks again
 * after a while, and one group is begun so soon behind the other that they may look in vain
 * until the end. So now and then a group begins later than it could.
 */
export class Turns {
  #since: number;

  /** @param now milliseconds of the clock that all calls go by: the run begins. */
  constructor(now: number) {
    this.#since = now;
  }

  /** Called between two transactions. Waits where it is time to. */
  async between(now: () => number, wait: Wait = waiting): Promise<void> {
    if (now() - this.#since < LONGEST_TURN_MS) return;
    await wait(GAP_MS);
    this.#since = now();
  }
}

/** Resolves after so many milliseconds. */
type Wait = (ms: number) => Promise<unknown>;

const waiting: Wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Less than the five seconds that programs commonly wait for a lock. */
const LONGEST_TURN_MS = 3_000;
/**
 * SQLite's busy handler sleeps for 100 ms at most before it looks again; and who finds a new
 * schema reads that first.
 */
const GAP_MS = 200;
