import type { SchemaObject } from './model.ts';

/**
 * A database to try things in, thrown away afterwards: the one thing that this layer is
 * handed. `engine/` opens them.
 */
export interface Scratch extends AsyncDisposable {
  /**
   * Runs a script; one that fails leaves nothing of itself.
   *
   * @throws ScratchError
   */
  exec(sql: string, options?: ScratchExec): Promise<ScratchTrace>;

  /** All rows of one statement. Integers beyond 2^53 are bigints. @throws ScratchError */
  query(sql: string, ...values: readonly ScratchValue[]): Promise<readonly ScratchRow[]>;

  /** The same, with all integers as bigints: so 1 is not 1.0. @throws ScratchError */
  queryExactly(sql: string): Promise<readonly ScratchRow[]>;

  /**
   * The schema in the order of its creation, without mig's own table, SQLite's, and the
   * shadow tables of virtual ones.
   */
  inspect(): Promise<readonly SchemaObject[]>;

  /** A place to come back to. They nest: the one set last is the first to go. */
  mark(): Promise<Mark>;
}

/** A place in the life of a scratch database: a savepoint. */
export interface Mark {
  /** Back to the mark, which stays set. */
  rollback(): Promise<void>;
  /** Takes the mark away; what was done since stays done. */
  release(): Promise<void>;
}

/** How a script runs in scratch. */
export interface ScratchExec {
  /**
   * What is done about foreign keys meanwhile, as the header of a file says it: `on` enforces
   * them, which is for where no mark is set, because SQLite cannot switch inside a transaction.
   * `off` does not, and looks afterwards, as a run does, whether they still hold; `auto` also
   * refuses what would have set off a cascade. Left out: not enforced, and nobody looks.
   */
  readonly foreignKeys?: 'on' | 'off' | 'auto';
  /**
   * `off` for a script with transactions of its own: statement by statement, and only where
   * no mark is set. What was done before a failure stays.
   */
  readonly transaction?: 'on' | 'off';
}

/** A value as scratch takes and gives it. */
export type ScratchValue = null | number | bigint | string | Uint8Array;

/** A row by the names of its columns. */
export type ScratchRow = Readonly<Record<string, ScratchValue>>;

/** What a script did, by what SQLite asked leave for and by its text. Names are folded. */
export interface ScratchTrace {
  /** Tables and views that were read, by triggers and through views included. */
  readonly reads: ReadonlySet<string>;
  /** Tables of which rows were written, by triggers included; cascades are not seen. */
  readonly writes: ReadonlySet<string>;
  /** Tables and views that were made, altered or dropped, or whose indexes or triggers were. */
  readonly reshapes: ReadonlySet<string>;
  /**
   * Names of the objects that DDL speaks of, `IF EXISTS` in vain included: two scripts that
   * share one can meet even where they share no table.
   */
  readonly names: ReadonlySet<string>;
  /** It asked for the schema itself: `sqlite_schema`, a PRAGMA that reads it. */
  readonly readsSchema: boolean;
  /** It renamed something or dropped a column: SQLite then parses every view and trigger. */
  readonly parsesAll: boolean;
  /** `changes()`, `total_changes()` or `last_insert_rowid()`. */
  readonly countsChanges: boolean;
  /** `random()` or `randomblob()`, outside of defaults, which SQLite does not tell. */
  readonly usesRandom: boolean;
  /** A date function or CURRENT_TIMESTAMP and its kind, outside of defaults. */
  readonly usesClock: boolean;
  /** It made TEMP objects. */
  readonly makesTemp: boolean;
}

/** A script or a query failed in scratch, for a reason that lies in it. */
export class ScratchError extends Error {
  override readonly name = 'ScratchError';
  readonly hint: string | undefined;
  /** Where in the script: of the failing statement, and of the token to blame. */
  readonly place: ScratchPlace | undefined;

  constructor(message: string, more: ScratchErrorDetails = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.hint = more.hint;
    this.place = more.place;
  }
}

/** Offsets in the text of the script. */
interface ScratchPlace {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

interface ScratchErrorDetails {
  readonly hint?: string | undefined;
  readonly place?: ScratchPlace | undefined;
  readonly cause?: unknown;
}

/** Does something, and takes it back. */
export async function tried<T>(scratch: Scratch, action: () => Promise<T>): Promise<T> {
  const mark = await scratch.mark();
  try {
    return await action();
  } finally {
    await mark.rollback();
    await mark.release();
  }
}

/** The message with which an action fails in scratch; null where it does not. */
export async function failureOf(action: () => Promise<unknown>): Promise<string | null> {
  try {
    await action();
    return null;
  } catch (error) {
    if (error instanceof ScratchError) return error.message;
    throw error;
  }
}
