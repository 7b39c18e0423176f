import type { LogRow, RevisionFacts, Seq } from './row.ts';

/** A revision that is applied, as the ledger has it. */
export interface Applied extends RevisionFacts {
  /** Its place in the order of application. */
  readonly seq: Seq;
  /** The row that holds its files: its own, or that of the last `repair`. */
  readonly filesSeq: Seq;
  readonly run: string;
  readonly at: string;
  readonly by: string;
}

/** A file with `transaction: off` of which the work began and never ended. */
export interface Interruption {
  readonly revision: string;
  readonly direction: 'up' | 'down';
  /** Of the file that was run. */
  readonly checksum: string;
  /** How many of its statements are recorded as done. */
  readonly done: number;
  readonly by: string;
  readonly at: string;
}

/** What the ledger says, once all its rows are read in order. */
export interface Ledger {
  /** By id, in the order of application. */
  readonly applied: ReadonlyMap<string, Applied>;
  readonly interrupted: ReadonlyMap<string, Interruption>;
  /** The last row's number; null when there is no ledger yet. */
  readonly last: Seq | null;
  /** The last row that says something of a revision. */
  readonly lastMove: LogRow | null;
}

/** What a database says that mig has never touched. */
export const EMPTY_LEDGER: Ledger = {
  applied: new Map(),
  interrupted: new Map(),
  last: null,
  lastMove: null,
};

/**
 * Folds rows into the state: `up` and `stamp` add, `down` and `unstamp` remove, `repair`
 * replaces the content and keeps the place; `begin` opens an interruption that `up`,
 * `down` or `settle` closes.
 *
 * @param rows in order of `seq`; all of them, or those behind what `before` was folded of.
 */
export function foldLedger(rows: readonly LogRow[], before: Ledger = EMPTY_LEDGER): Ledger {
  const applied = new Map(before.applied);
  const interrupted = new Map(before.interrupted);
  let lastMove = before.lastMove;
  for (const row of rows) {
    const { revision } = row;
    if (revision === null) continue;
    lastMove = row;
    switch (row.op) {
      case 'up':
      case 'stamp':
        interrupted.delete(revision);
        applied.delete(revision);
        applied.set(revision, { ...factsOf(row), seq: row.seq });
        break;
      case 'repair': {
        const old = applied.get(revision);
        if (old !== undefined) applied.set(revision, { ...factsOf(row), seq: old.seq });
        break;
      }
      case 'down':
      case 'unstamp':
        interrupted.delete(revision);
        applied.delete(revision);
        break;
      case 'begin':
        interrupted.set(revision, {
          revision,
          direction: row.direction ?? 'up',
          checksum: row.checksum ?? '',
          done: 0,
          by: row.by,
          at: row.at,
        });
        break;
      case 'step': {
        const open = interrupted.get(revision);
        if (open !== undefined) interrupted.set(revision, { ...open, done: (row.step ?? 0) + 1 });
        break;
      }
      case 'settle':
        interrupted.delete(revision);
        break;
    }
  }
  return { applied, interrupted, last: rows.at(-1)?.seq ?? before.last, lastMove };
}

function factsOf(row: LogRow): Omit<Applied, 'seq'> {
  return {
    revision: row.revision ?? '',
    path: row.path ?? '',
    downPath: row.downPath,
    parents: row.parents,
    depends: row.depends,
    message: row.message ?? '',
    checksum: row.checksum ?? '',
    downChecksum: row.downChecksum,
    filesSeq: row.seq,
    run: row.run,
    at: row.at,
    by: row.by,
  };
}
