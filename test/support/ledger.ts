import { sha256 } from '../../lib/files/hash.ts';
import type { Fact, Files, LogRow, RevisionFacts } from '../../lib/ledger/row.ts';

/** What a ledger row would hold of a revision, with made-up content. */
export function factsOf(revision: string, values: Partial<RevisionFacts> = {}): RevisionFacts {
  return {
    revision,
    path: `${revision}.up.sql`,
    downPath: `${revision}.down.sql`,
    parents: [],
    depends: [],
    message: revision,
    checksum: sha256(`up of ${revision}`),
    downChecksum: sha256(`down of ${revision}`),
    ...values,
  };
}

export function filesOf(revision: string): Files {
  return { up: `up of ${revision}`, down: `down of ${revision}` };
}

export function upFact(
  revision: string,
  values: Partial<RevisionFacts> = {},
  files: Files = filesOf(revision),
): Fact {
  return { op: 'up', facts: factsOf(revision, values), files };
}

/** A row as an engine would read it. */
export function rowOf(seq: number, op: LogRow['op'], values: Partial<LogRow> = {}): LogRow {
  const nothing = {
    revision: null,
    path: null,
    downPath: null,
    parents: [],
    depends: [],
    message: null,
    checksum: null,
    downChecksum: null,
    direction: null,
    step: null,
    run: `run${seq}`,
    at: `2026-11-22T15:06:0${seq % 10}.000Z`,
    by: 'ann@host',
  };
  return { ...nothing, ...values, seq, op };
}

/** Row 0, then one row for each word: `up a`, `down a`, `stamp a`, … */
export function logOf(...entries: readonly string[]): readonly LogRow[] {
  const rows = entries.map((entry, index) => {
    const [op, revision = ''] = entry.split(' ') as [LogRow['op'], string?];
    const whole = op === 'up' || op === 'stamp' || op === 'repair';
    return rowOf(index + 1, op, whole ? factsOf(revision) : { revision });
  });
  return [rowOf(0, 'init'), ...rows];
}
