import type { DatabaseSync } from 'node:sqlite';
import type { Seq } from '../ledger/row.ts';
import { type Committed, EngineError, type RunOptions, type Script, type Step } from './engine.ts';
import type { Connection } from './sqlite-connection.ts';
import { errorAtStep, isBusy, isSqliteError, primaryCode, RESULT } from './sqlite-errors.ts';
import type { GroupTime } from './sqlite-group-time.ts';
import type { Group } from './sqlite-groups.ts';
import type { LedgerTable } from './sqlite-ledger.ts';
import type { ScriptRunner } from './sqlite-runner.ts';

/** What the steps of a group run with. */
export interface BatchParts {
  readonly db: DatabaseSync;
  readonly connection: Connection;
  readonly ledger: LedgerTable;
  readonly runner: ScriptRunner;
  readonly groupTime: GroupTime;
  readonly options: RunOptions;
}

/** What became of a group. */
export interface Outcome {
  /** Its first steps, all committed by now. */
  readonly committed: readonly Done[];
  /** What the step behind them failed with; it left nothing. */
  readonly failure: unknown;
  /** The transaction ended by itself, and took with it what ought to have stayed. */
  readonly isLost: boolean;
}

interface Done extends Committed {
  /** Foreign keys that did not hold before it, and still do not. */
  readonly violations: readonly string[];
}

/**
 * Runs the steps of a group in one transaction: all of them or, where what came before a
 * failure stays, as many as its time allows. Each has a savepoint of its own.
 *
 * @throws EngineError for a failure that leaves nothing behind.
 */
export function runBatch(parts: BatchParts, seen: Seq | null, group: Group): Outcome {
  const { db, connection, ledger, runner, groupTime, options } = parts;
  const { author } = options;
  const keepsEarlier = group.keeps === 'earlier';
  connection.patiently(() => db.exec('BEGIN IMMEDIATE'), options.watch);
  const until = keepsEarlier ? author.ticks() + groupTime.ms : Number.POSITIVE_INFINITY;
  const committed: Done[] = [];
  const earlier: Script[] = [];
  let failure: unknown = null;
  try {
    connection.enlargeCache();
    let last = ledger.begin(db, seen, author);
    for (const step of group.steps) {
      const index = group.first + committed.length;
      // Where the steps before it stay, a lost transaction is planned anew and not replayed.
      const replayable = keepsEarlier && committed.length > 0 ? null : earlier;
      const done = runStep(parts, group, last, step, index, replayable);
      if (step.script !== undefined) earlier.push(step.script);
      last = done.seq;
      committed.push(done);
      if (author.ticks() >= until) break;
    }
  } catch (error) {
    failure = errorAtStep(error, connection.shown, group.first + committed.length);
    if (!keepsEarlier || committed.length === 0) {
      undo(parts);
      throw failure;
    }
    if (!runner.takeBack()) return lost(parts);
  }
  try {
    runner.release();
    commit(parts);
  } catch (error) {
    // One alone has failed with it; of several, some may have room where not all have.
    if (keepsEarlier && committed.length > 1 && !isBusy(error)) return lost(parts);
    undo(parts);
    const failedStep = keepsEarlier ? group.first : group.first + committed.length - 1;
    throw errorAtStep(error, connection.shown, failedStep);
  }
  return { committed, failure, isLost: false };
}

function runStep(
  { db, ledger, runner, options }: BatchParts,
  { enforcement, keeps }: Group,
  seen: Seq,
  { facts, script }: Step,
  index: number,
  earlier: readonly Script[] | null,
): Done {
  const { author, watch } = options;
  const violations: string[] = [];
  // Told once it is committed: until then it may come to run again.
  const onOldViolations = (_: number, found: readonly string[]) => violations.push(...found);
  runner.open();
  // Within the savepoint: what a listener throws is taken back like what a statement does.
  watch?.onStep?.(index);
  const started = author.ticks();
  if (script !== undefined) {
    const running = { ...options, watch: { ...watch, onOldViolations } };
    runner.perform({ script, index, earlier, options: running });
  }
  const ms = author.ticks() - started;
  let seq = seen;
  for (const fact of facts) {
    seq = ledger.append(db, seq, fact, author, script === undefined ? null : ms);
  }
  runner.keep(index);
  // It would have ended with the step's own transaction. With enforcement, to switch it off
  // would forgive what is deferred.
  if (keeps === 'earlier' && enforcement === 'off' && /defer_foreign_keys/i.test(script?.sql ?? ''))
    db.exec('PRAGMA defer_foreign_keys = OFF');
  return { index, seq, ms, violations };
}

/** What is checked only now: keys that are deferred, with enforcement on. */
function commit({ db, connection, groupTime, options }: BatchParts): void {
  const started = options.author.ticks();
  try {
    connection.patiently(() => db.exec('COMMIT'), options.watch);
    groupTime.learn(options.author.ticks() - started);
  } catch (error) {
    if (!isSqliteError(error) || primaryCode(error) !== RESULT.constraint) throw error;
    throw new EngineError({
      kind: 'sql',
      message: error.message,
      hint: DEFERRED_HINT,
      engineCode: error.errcode,
      cause: error,
    });
  }
}

const DEFERRED_HINT =
  'It failed at the commit, so it is a deferred foreign key that does not hold: mend the rows in the same file.';

function lost(parts: BatchParts): Outcome {
  undo(parts);
  return { committed: [], failure: null, isLost: true };
}

function undo({ db, runner }: BatchParts): void {
  if (db.isTransaction) db.exec('ROLLBACK');
  runner.forget();
}
