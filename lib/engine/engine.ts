import type { ForeignKeys } from '../graph/header.ts';
import type { Fact, Files, LogRow, Seq, Stepwise } from '../ledger/row.ts';

/**
 * The seam between mig and a database. There is no `begin` and no `commit` in it: what an
 * engine has to offer is an atomic batch that takes the next number of the ledger first.
 * The same tests run over every implementation (test/engine).
 */
export interface Engine extends AsyncDisposable {
  /** The ledger's rows behind a number, in order. Creates nothing, not even the database. */
  readLog(after?: Seq): Promise<readonly LogRow[]>;

  /** The files that the given rows hold. */
  readFiles(seqs: readonly Seq[]): Promise<ReadonlyMap<Seq, Files>>;

  /**
   * Runs steps, one after the other, each with its facts in one atomic batch.
   *
   * @param seen the number of the last row that the decision was made on, null for an
   *   empty ledger. If another row is there by then, nothing of the batch happens and a
   *   `conflict` is thrown.
   * @returns the steps as they are committed, in order. Only what was returned is done.
   * @throws EngineError
   */
  run(seen: Seq | null, steps: readonly Step[], options: RunOptions): AsyncIterable<Committed>;

  /**
   * A consistent, checked copy of the whole database, on disk when it returns.
   *
   * @param path of a file that does not exist yet. @throws EngineError
   */
  backup(path: string): Promise<void>;
}

/** One entry of a plan, ready to run. */
export interface Step {
  readonly facts: readonly Fact[];
  /** Left out where only the ledger changes (stamp). */
  readonly script?: Script;
}

/** The SQL of a step, and how it runs. */
export interface Script {
  /** As it stands in the file; offsets in errors count from its beginning. */
  readonly sql: string;
  /** What foreign keys do meanwhile (docs/foreign-keys.md). */
  readonly foreignKeys: ForeignKeys;
  /** For a file with `transaction: off`: what its `begin` and `step` rows say. */
  readonly stepwise?: StepwiseFacts;
}

interface StepwiseFacts extends Stepwise {
  /** Index of the statement to go on with; left out, it begins. */
  readonly resumeAt?: number;
}

/** A script with `transaction: off`, with what its rows say. */
export type StepwiseScript = Omit<Script, 'stepwise'> & StepwiseFacts;

/** How a run goes about its steps. */
export interface RunOptions {
  /**
   * `each`: a transaction a step. `all`: one for all of them, so that all happen or none.
   * `timed`: what can be seen is as with `each`, but steps that take little time may share a
   * transaction; none of them is returned before it is committed.
   */
  readonly group: 'each' | 'timed' | 'all';
  readonly author: Author;
  readonly watch?: Watch;
  /** Resolves after so many milliseconds; the real clock where it is left out. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** What the rows of one invocation have in common, and the clock that dates them. */
export interface Author {
  readonly run: string;
  readonly by: string;
  readonly now: () => Date;
  /** Milliseconds of a clock that never goes back. */
  readonly ticks: () => number;
}

/** Told while a run goes on; nothing depends on it. */
export interface Watch {
  /** Before a step begins. */
  readonly onStep?: (index: number) => void;
  /**
   * After each statement. Where this is given, scripts run statement by statement instead
   * of as a whole.
   */
  readonly onStatement?: (index: number, sql: string, ms: number) => void;
  /** Somebody else holds the database, for so many milliseconds now. */
  readonly onWait?: (ms: number) => void;
  /** Foreign keys did not hold before the step, and still do not; they were left alone. */
  readonly onOldViolations?: (index: number, violations: readonly string[]) => void;
}

/** A step that is committed. */
export interface Committed {
  /** Index of the step. */
  readonly index: number;
  /** The number of its last row. */
  readonly seq: Seq;
  /** What its script took. */
  readonly ms: number;
}

/** What went wrong, as far as a command has to tell one from another. */
export type EngineErrorKind =
  /** A statement failed, or the commit did. */
  | 'sql'
  /** A statement asked for something that no file may do. */
  | 'refused'
  /** Somebody else wrote to the ledger meanwhile. */
  | 'conflict'
  /** The database stayed locked past the timeout. */
  | 'busy'
  /** The database cannot be opened, read or written. */
  | 'database'
  /** What is there is no database of this engine. */
  | 'not-a-database'
  /** The ledger table is not mig's, or of a version that this one does not know. */
  | 'ledger'
  /** What was asked for cannot be done by this engine. */
  | 'unsupported';

/** What an `EngineError` is made of. Offsets are in the text of the script, in UTF-16 units. */
export interface EngineFailure {
  readonly kind: EngineErrorKind;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Index of the step that failed. */
  readonly failedStep?: number | undefined;
  /** The failing statement's offsets in the script, where they are known. */
  readonly statement?: { readonly start: number; readonly end: number } | undefined;
  /** The offset of the token that the engine complains about. */
  readonly offset?: number | undefined;
  /** With `transaction: off`: so many of its statements are done, and stay. */
  readonly interrupted?: { readonly done: number; readonly total: number } | undefined;
  /** The engine's own code. */
  readonly engineCode?: number | undefined;
  readonly cause?: unknown;
}

/** What an engine throws; `commands/` turns it into a MigError (engine-errors.ts). */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly kind: EngineErrorKind;
  readonly failure: EngineFailure;

  constructor(failure: EngineFailure) {
    super(failure.message, failure.cause === undefined ? undefined : { cause: failure.cause });
    this.kind = failure.kind;
    this.failure = failure;
  }
}
