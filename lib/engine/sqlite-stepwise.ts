import type { DatabaseSync } from 'node:sqlite';
import type { Seq } from '../ledger/row.ts';
import { type Statement, statements, textOf } from '../sql/statements.ts';
import { isCommitting, isOfConnection, runsAlone } from '../sql/stepwise.ts';
import { EngineError, type RunOptions, type StepwiseScript } from './engine.ts';
import type { Connection } from './sqlite-connection.ts';
import { isReadOnly, isSqliteError, statementFailure } from './sqlite-errors.ts';
import { describeViolation, requireHeld, violationsOf } from './sqlite-foreign-keys.ts';
import { RefusedError } from './sqlite-guard.ts';
import type { LedgerTable } from './sqlite-ledger.ts';
import type { ScriptRunner } from './sqlite-runner.ts';

interface StepwiseParts {
  readonly db: DatabaseSync;
  readonly connection: Connection;
  readonly ledger: LedgerTable;
  readonly runner: ScriptRunner;
  readonly options: RunOptions;
}

/**
 * Runs a file with `transaction: off`: a `begin` row, then statement by statement, each with
 * its `step` row in one transaction where the statement allows it. Whatever breaks it off,
 * the ledger says how far it came.
 *
 * @param seen the last row's number. @returns the number of the last row that it wrote.
 * @throws EngineError whose `interrupted` tells how many statements are done.
 */
export function runStepwise(
  parts: StepwiseParts,
  seen: Seq | null,
  script: StepwiseScript,
  index: number,
): Seq {
  const { db, runner } = parts;
  const all = [...statements(script.sql)];
  const first = script.resumeAt ?? 0;
  const byHand = script.foreignKeys !== 'on';
  const before = byHand ? violationsOf(db, runner.foreignKeys()) : [];
  let last = seen;
  if (script.resumeAt === undefined) {
    last = recordAlone(parts, last, () => ({ op: 'begin', ...factOf(script) }));
  }
  for (const statement of all.slice(0, first)) {
    if (isOfConnection(script.sql, statement))
      runner.performOne(textOf(script.sql, statement), 'off');
  }
  let at = first;
  // Inside a block of the file's own, nothing is done before it ends.
  let done = first;
  try {
    for (const statement of all.slice(first)) {
      const seq = runOne(parts, last, script, statement, at, index);
      at++;
      if (db.isTransaction) continue;
      done = at;
      last = seq;
    }
    if (db.isTransaction)
      throw new RefusedError('The file leaves a transaction open.', 'Add `COMMIT;` at its end.');
    if (byHand) {
      const after = violationsOf(db, runner.foreignKeys());
      requireHeld(before, after, script.sql);
      // What the file did before it broke off counts as from before, and may be its own fault.
      if (script.resumeAt !== undefined && after.length > 0)
        parts.options.watch?.onOldViolations?.(index, after.map(describeViolation));
    }
    return last!;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    const failure = failureOf(parts, error);
    const statement = all[at];
    const nothingRan = done === 0 && script.resumeAt === undefined;
    const isSettled = nothingRan && failure.kind !== 'conflict' && settle(parts, last, script);
    throw new EngineError({
      ...failure,
      failedStep: index,
      ...(statement === undefined || isReadOnly(error)
        ? {}
        : { statement: { start: statement.start, end: statement.end }, offset: statement.start }),
      ...(isSettled ? {} : { interrupted: { done, total: all.length } }),
    });
  }
}

function runOne(
  parts: StepwiseParts,
  seen: Seq | null,
  script: StepwiseScript,
  statement: Statement,
  step: number,
  index: number,
): Seq {
  const { db, ledger, runner, connection, options } = parts;
  const text = textOf(script.sql, statement);
  const fact = { op: 'step' as const, step, ...factOf(script) };
  const started = options.author.ticks();
  const perform = () => {
    // A COMMIT that ran, before the row that says so could be written: its block is there.
    const isCommitted =
      step === script.resumeAt && isCommitting(script.sql, statement) && !db.isTransaction;
    if (!isCommitted) runner.performOne(text, script.foreignKeys);
    const ms = options.author.ticks() - started;
    options.watch?.onStatement?.(index, text, ms);
    return ms;
  };
  const wasInBlock = db.isTransaction;
  if (wasInBlock || runsAlone(script.sql, statement)) {
    const ms = connection.patiently(perform, options.watch);
    if (!db.isTransaction) {
      return recordAlone(parts, wasInBlock ? ledger.last(db) : seen, () => fact, ms);
    }
    return connection.patiently(() => {
      // What the file takes back, it takes back with its rows: only the first has a place.
      const before = wasInBlock ? ledger.last(db)! : ledger.begin(db, seen, options.author);
      return ledger.append(db, before, fact, options.author, ms);
    }, options.watch);
  }
  connection.patiently(() => db.exec('BEGIN IMMEDIATE'), options.watch);
  let last = ledger.begin(db, seen, options.author);
  const ms = perform();
  last = ledger.append(db, last, fact, options.author, ms);
  connection.patiently(() => db.exec('COMMIT'), options.watch);
  return last;
}

/** One fact in a transaction of its own. */
function recordAlone(
  { db, connection, ledger, options }: StepwiseParts,
  seen: Seq | null,
  fact: () => Parameters<LedgerTable['append']>[2],
  ms: number | null = null,
): Seq {
  connection.patiently(() => db.exec('BEGIN IMMEDIATE'), options.watch);
  try {
    const last = ledger.append(
      db,
      ledger.begin(db, seen, options.author),
      fact(),
      options.author,
      ms,
    );
    connection.patiently(() => db.exec('COMMIT'), options.watch);
    return last;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Where nothing was done, there is nothing to settle by hand; false where that cannot be said. */
function settle(parts: StepwiseParts, seen: Seq | null, script: StepwiseScript): boolean {
  const as = script.direction === 'up' ? 'reverted' : 'applied';
  try {
    recordAlone(parts, seen, () => ({ op: 'settle', revision: script.revision, as }));
    return true;
  } catch {
    return false;
  }
}

function failureOf({ connection }: StepwiseParts, error: unknown) {
  if (error instanceof EngineError) return error.failure;
  if (error instanceof RefusedError) {
    return { kind: 'refused' as const, message: error.message, hint: error.hint };
  }
  if (!isSqliteError(error)) throw error;
  return statementFailure(error, connection.shown);
}

function factOf({ revision, direction, checksum }: StepwiseScript) {
  return { revision, direction, checksum };
}
