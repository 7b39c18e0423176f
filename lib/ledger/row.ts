import { quoted } from '../schema/names.ts';

/**
 * The ledger: one append-only table in the user's database, the whole truth about what
 * ran there (docs/ledger.md). This file is its rows as values.
 */

/** A row's number: 0, 1, 2, … without gaps. Order is by it, never by a clock. */
export type Seq = number;

/** What a row can record (docs/ledger.md). */
export const OPS = [
  'init',
  'up',
  'down',
  'stamp',
  'unstamp',
  'repair',
  'begin',
  'step',
  'settle',
] as const;

export type Op = (typeof OPS)[number];

/** What `up`, `stamp` and `repair` record of a revision: everything, as the files said it then. */
export interface RevisionFacts {
  readonly revision: string;
  /** Of the up file, relative to the migrations folder, with `/`. */
  readonly path: string;
  readonly downPath: string | null;
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly message: string;
  readonly checksum: string;
  readonly downChecksum: string | null;
}

/** The two whole files of a revision; a null `down` means that it is irreversible. */
export interface Files {
  readonly up: string;
  readonly down: string | null;
}

/** Something to append. The engine adds `seq`, `run`, `at`, `duration_ms` and `by`. */
export type Fact =
  | { readonly op: 'init' }
  | { readonly op: 'up' | 'stamp' | 'repair'; readonly facts: RevisionFacts; readonly files: Files }
  | { readonly op: 'down' | 'unstamp'; readonly revision: string }
  /** The work on a file with `transaction: off` begins: until it is over, it may break off. */
  | ({ readonly op: 'begin' } & Stepwise)
  /** One statement of it is done. */
  | ({ readonly op: 'step'; readonly step: number } & Stepwise)
  /** Somebody decided what to believe of a revision that was interrupted. */
  | { readonly op: 'settle'; readonly revision: string; readonly as: 'applied' | 'reverted' };

/** Which file is run statement by statement, and in which direction. */
export interface Stepwise {
  readonly revision: string;
  readonly direction: 'up' | 'down';
  readonly checksum: string;
}

/** A row as it was read, without the files, which only a few commands need. */
export interface LogRow {
  readonly seq: Seq;
  readonly op: Op;
  /** Of `begin` and `step`. */
  readonly direction: 'up' | 'down' | null;
  readonly revision: string | null;
  readonly path: string | null;
  readonly downPath: string | null;
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly message: string | null;
  readonly checksum: string | null;
  readonly downChecksum: string | null;
  /** Index of the statement, of `step`. */
  readonly step: number | null;
  /** A token that is the same for all rows of one invocation. */
  readonly run: string;
  /** UTC, ISO 8601. */
  readonly at: string;
  /** `user@host`. */
  readonly by: string;
}

/** The columns of the table, in order, with their types: plain, so that any client reads them. */
export const COLUMNS = [
  ['seq', 'INTEGER NOT NULL PRIMARY KEY'],
  ['op', 'TEXT NOT NULL'],
  ['direction', 'TEXT'],
  ['revision', 'TEXT'],
  ['path', 'TEXT'],
  ['down_path', 'TEXT'],
  ['parents', 'TEXT'],
  ['depends', 'TEXT'],
  ['message', 'TEXT'],
  ['checksum', 'TEXT'],
  ['down_checksum', 'TEXT'],
  ['up_file', 'TEXT'],
  ['down_file', 'TEXT'],
  ['step', 'INTEGER'],
  ['options', 'TEXT'],
  ['run', 'TEXT NOT NULL'],
  ['at', 'TEXT NOT NULL'],
  ['duration_ms', 'INTEGER'],
  ['by', 'TEXT'],
] as const;

export type ColumnName = (typeof COLUMNS)[number][0];

/** The format of the ledger that this version writes, kept in the options of row 0. */
export const LEDGER_FORMAT = 1;

/** The ledger's address: always in `main`, so that no TEMP table can stand in for it. */
export function ledgerAddress(table: string): string {
  return `main.${quoted(table)}`;
}

/** Makes the ledger where there is none: one statement, without its `;`. */
export function createLedgerSql(table: string): string {
  const columns = COLUMNS.map(([name, type]) => `  ${quoted(name)} ${type}`).join(',\n');
  return `CREATE TABLE IF NOT EXISTS ${ledgerAddress(table)} (\n${columns}\n)`;
}

/**
 * The next number, or 0 when somebody was there first: row 0 exists, so that whoever saw
 * an old state collides with it (a compare-and-swap that any atomic batch can do).
 *
 * @param seen the SQL of the number of the last row that was read.
 */
export function nextSeqSql(table: string, seen: string): string {
  const address = ledgerAddress(table);
  return `(SELECT CASE WHEN max(seq) = ${seen} THEN ${seen} + 1 ELSE 0 END FROM ${address})`;
}

/** A fact as the values of its columns; what is not here is NULL. */
export function columnsOf(fact: Fact): Partial<Record<ColumnName, string | number | null>> {
  switch (fact.op) {
    case 'init':
      return { op: 'init', options: JSON.stringify({ format: LEDGER_FORMAT }) };
    case 'down':
    case 'unstamp':
      return { op: fact.op, revision: fact.revision };
    case 'begin':
    case 'step': {
      const { op, revision, direction, checksum } = fact;
      return { op, revision, direction, checksum, ...(op === 'step' ? { step: fact.step } : {}) };
    }
    case 'settle':
      return { op: 'settle', revision: fact.revision, options: JSON.stringify({ as: fact.as }) };
    default:
      return {
        op: fact.op,
        revision: fact.facts.revision,
        path: fact.facts.path,
        down_path: fact.facts.downPath,
        parents: JSON.stringify(fact.facts.parents),
        depends: JSON.stringify(fact.facts.depends),
        message: fact.facts.message,
        checksum: fact.facts.checksum,
        down_checksum: fact.facts.downChecksum,
        up_file: fact.files.up,
        down_file: fact.files.down,
      };
  }
}
