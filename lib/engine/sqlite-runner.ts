import type { DatabaseSync } from 'node:sqlite';
import type { ForeignKeys } from '../graph/header.ts';
import { fold, quoted } from '../schema/names.ts';
import { renames } from '../sql/renames.ts';
import { EngineError, type EngineFailure, type RunOptions, type Script } from './engine.ts';
import type { Trace } from './sqlite-changes.ts';
import { isReadOnly, isSqliteError, statementFailure } from './sqlite-errors.ts';
import {
  CASCADE_HINT,
  type DatabaseForeignKey,
  describeViolation,
  missedCascade,
  newViolations,
  replacedTables,
  violationsOf,
  whatDoesNotHold,
} from './sqlite-foreign-keys.ts';
import { Guard, RefusedError } from './sqlite-guard.ts';
import { allForeignKeys, ForeignKeyCatalogue } from './sqlite-key-catalogue.ts';
import { runStatements, StatementError } from './sqlite-statements.ts';

/** A script on its way: which step it is, and what ran before it in the same transaction. */
interface Running {
  readonly script: Script;
  readonly index: number;
  /**
   * What has to run again first where the transaction is gone; null where the caller plans
   * again then.
   */
  readonly earlier: readonly Script[] | null;
  readonly options: RunOptions;
}

/**
 * Runs the scripts of revisions inside an open transaction, each in a savepoint of its own:
 * under guard, with the foreign keys looked after, and with a place for what fails.
 */
export class ScriptRunner {
  readonly #db: DatabaseSync;
  readonly #shown: string;
  readonly #guard: Guard;
  readonly #savepoint: string;
  readonly #catalogue = new ForeignKeyCatalogue();
  /** TEMP objects of the application whose connection this is; asked under the lock. */
  #tempBefore: ReadonlySet<string> | null = null;

  /**
   * @param run a token that nobody can guess: the savepoint's name, which no file may use.
   * @param shown the database as it goes into messages.
   */
  constructor(db: DatabaseSync, ledger: string, run: string, shown: string) {
    this.#db = db;
    this.#shown = shown;
    this.#savepoint = `mig_${run}`;
    this.#guard = new Guard(db, ledger, this.#savepoint);
  }

  /** Opens the savepoint of a step: what it does from here on can be taken back alone. */
  open(): void {
    this.#tempBefore ??= new Set(tempObjects(this.#db).map(({ name }) => name));
    this.#db.exec(`SAVEPOINT ${quoted(this.#savepoint)}`);
  }

  /** Keeps what was done since `open`. @throws EngineError `sql`; the caller rolls back. */
  keep(index: number): void {
    try {
      this.#db.exec(`RELEASE ${quoted(this.#savepoint)}`);
    } catch (error) {
      // Whatever got past text and authorizer: the transaction that is open is not this one.
      throw endedTransaction(index, error);
    }
  }

  /** Takes back what was done since `open`; false where the whole transaction is gone. */
  takeBack(): boolean {
    if (!this.#db.isTransaction) return false;
    try {
      this.#rollBack();
      this.#db.exec(`RELEASE ${quoted(this.#savepoint)}`);
      return true;
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      return false;
    }
  }

  /**
   * Runs a script in the savepoint that is open.
   *
   * @throws EngineError `sql`, `refused` or `database`; the caller rolls back.
   */
  perform(running: Running): void {
    const byHand = running.script.foreignKeys !== 'on';
    if (byHand) this.#catalogue.refresh(this.#db);
    const trace = this.#execute(running);
    if (byHand) this.#checkForeignKeys(running, trace);
    if (trace.leavesTemp) this.#refuseTempObjects(running.index);
  }

  /**
   * One statement of a file that runs without a transaction around it.
   *
   * @throws RefusedError, or what SQLite throws; the caller rolls back.
   */
  performOne(sql: string, foreignKeys: ForeignKeys): void {
    if (foreignKeys === 'auto') this.#catalogue.refresh(this.#db);
    const trace = this.#guard.during('stepwise', () => this.#db.exec(sql));
    try {
      if (foreignKeys === 'auto') this.#refuseIfMissed(sql, trace, replacedTables(sql));
      this.release();
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  /** Every foreign key of the database, read anew. */
  foreignKeys(): readonly DatabaseForeignKey[] {
    return allForeignKeys(this.#db);
  }

  /** The transaction is about to end: from there on, others may change the schema. */
  release(): void {
    this.#catalogue.release(this.#db);
  }

  /** After a rollback, what was known of the schema is not true any more. */
  forget(): void {
    this.#catalogue.forget();
  }

  #execute(running: Running): Trace {
    const { script, index, options } = running;
    let trace: Trace;
    try {
      trace = this.#guard.during('atomic', () => {
        if (options.watch?.onStatement === undefined) this.#db.exec(script.sql);
        else this.#executeTimed(running);
      });
    } catch (error) {
      throw this.#located(running, error);
    }
    if (!this.#db.isTransaction) throw endedTransaction(index);
    return trace;
  }

  #executeTimed({ script, index, options: { watch, author } }: Running): void {
    let started = author.ticks();
    runStatements(this.#db, script.sql, (statement) => {
      const now = author.ticks();
      watch?.onStatement?.(index, statement, now - started);
      started = now;
    });
  }

  /**
   * Only a database that has violations afterwards needs to know which it had before: then
   * the script is taken back, the old ones are counted, and it runs once more.
   */
  #checkForeignKeys(running: Running, trace: Trace): void {
    const { script, index, options } = running;
    const renamed = renames(script.sql);
    const keysBefore = this.#catalogue.touching(trace.touched);
    this.#catalogue.after(this.#db, trace, script.sql);
    const newNames = renamed.map(({ to }) => fold(to));
    const keysAfter = this.#catalogue.touching([...trace.touched, ...newNames]);
    if (script.foreignKeys === 'auto') {
      this.#refuseMissedCascade(running, [...keysBefore, ...keysAfter], trace);
    }
    const after = violationsOf(this.#db, keysAfter);
    if (after.length === 0) return;

    this.#rollBack();
    const before = violationsOf(this.#db, keysBefore);
    const fresh = newViolations(before, after, renamed);
    if (fresh.length > 0) {
      throw new EngineError({ kind: 'sql', ...whatDoesNotHold(fresh), failedStep: index });
    }
    this.#execute(running);
    this.#catalogue.after(this.#db, trace, script.sql);
    options.watch?.onOldViolations?.(index, after.map(describeViolation));
  }

  /**
   * A script as a whole may look as if it set off a cascade, when the child was dropped
   * before the parent's rows were deleted, or made behind that: then it runs again,
   * statement by statement, each held against the keys that were there.
   */
  #refuseMissedCascade(running: Running, keys: readonly DatabaseForeignKey[], trace: Trace): void {
    if (keys.length === 0) return;
    const { sql } = running.script;
    if (missedCascade(this.#db, keys, trace, replacedTables(sql)) === null) return;
    this.#rollBack();
    this.#catalogue.refresh(this.#db);
    const check = (statement: string) =>
      this.#refuseIfMissed(sql, this.#guard.take(), replacedTables(statement));
    try {
      this.#guard.during('atomic', () => runStatements(this.#db, sql, check));
    } catch (error) {
      throw this.#located(running, error);
    }
  }

  /** After a statement. @throws RefusedError */
  #refuseIfMissed(sql: string, trace: Trace, replaced: ReadonlySet<string>): void {
    const before = this.#catalogue.touching(trace.touched);
    this.#catalogue.after(this.#db, trace, sql);
    const after = this.#catalogue.touching(trace.touched);
    const missed = missedCascade(this.#db, [...before, ...after], trace, replaced);
    if (missed !== null) throw new RefusedError(missed, CASCADE_HINT);
  }

  #refuseTempObjects(failedStep: number): void {
    const left = tempObjects(this.#db).find(({ name }) => !this.#tempBefore?.has(name));
    if (left === undefined) return;
    throw new EngineError({
      kind: 'refused',
      message: `The file leaves a TEMP ${left.type} behind: ${left.name}.`,
      hint: 'It would be there for the next revision, but not on the next run: drop it at the end of the file.',
      failedStep,
    });
  }

  /** Takes a failed script back and runs it again, statement by statement, to find the place. */
  #located(running: Running, error: unknown): EngineError {
    const cause = error instanceof StatementError ? error.cause : error;
    // Where nothing may be written, the first write fails, and what it says is not at fault.
    const found = isReadOnly(cause)
      ? null
      : error instanceof StatementError
        ? error
        : this.#replay(running);
    return new EngineError({
      ...this.#failureOf(cause),
      failedStep: running.index,
      statement: found?.failed,
      offset: found?.failed.offset,
      cause,
    });
  }

  #failureOf(cause: unknown): EngineFailure {
    if (cause instanceof RefusedError) {
      return { kind: 'refused', message: cause.message, hint: cause.hint };
    }
    if (!isSqliteError(cause)) throw cause;
    return statementFailure(cause, this.#shown);
  }

  #replay({ script, earlier }: Running): StatementError | null {
    try {
      if (this.#db.isTransaction) this.#rollBack();
      else if (earlier === null) return null;
      else {
        // Some errors take the whole transaction with them: begin it again.
        this.#db.exec('BEGIN IMMEDIATE');
        for (const each of earlier) this.#db.exec(each.sql);
      }
      this.#guard.during('atomic', () => runStatements(this.#db, script.sql));
      return null;
    } catch (error) {
      return error instanceof StatementError ? error : null;
    }
  }

  #rollBack(): void {
    this.#db.exec(`ROLLBACK TO ${quoted(this.#savepoint)}`);
    this.#catalogue.forget();
  }
}

function endedTransaction(failedStep: number, cause?: unknown): EngineError {
  return new EngineError({
    kind: 'sql',
    message: 'The file ended the transaction that it ran in.',
    hint: 'A file that needs its own transactions says `transaction: off`.',
    failedStep,
    cause,
  });
}

function tempObjects(
  db: DatabaseSync,
): readonly { readonly type: string; readonly name: string }[] {
  const rows = db.prepare('SELECT type, name FROM temp.sqlite_schema').all();
  return rows.map(({ type, name }) => ({ type: String(type), name: String(name) }));
}
