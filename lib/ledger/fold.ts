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

/** What the ledger says, once all its rows are read in order. */
export interface Ledger {
  /** By id, in the order of application. */
  readonly applied: ReadonlyMap<string, Applied>;
  /** The last row's number; null when there is no ledger yet. */
  readonly last: Seq | null;
}

export const EMPTY_LEDGER: Ledger = { applied: new Map(), last: null };

/**
 * Folds the rows into the state: `up` and `stamp` add, `down` and `unstamp` remove,
 * `repair` replaces the content and keeps the place.
 *
 * @param rows all rows, in order of `seq`.
 */
export function foldLedger(rows: readonly LogRow[]): Ledger {
  const applied = new Map<string, Applied>();
  for (const row of rows) {
    if (row.revision === null) continue;
    switch (row.op) {
      case 'up':
      case 'stamp':
        applied.delete(row.revision);
        applied.set(row.revision, { ...factsOf(row), seq: row.seq });
        break;
      case 'repair': {
        const before = applied.get(row.revision);
        if (before !== undefined) applied.set(row.revision, { ...factsOf(row), seq: before.seq });
        break;
      }
      case 'down':
      case 'unstamp':
        applied.delete(row.revision);
        break;
    }
  }
  return { applied, last: rows.at(-1)?.seq ?? null };
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
