import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Files, LogRow, Seq } from '../ledger/row.ts';
import { type Committed, type Engine, EngineError, type RunOptions, type Step } from './engine.ts';
import { type BatchParts, type Outcome, runBatch } from './sqlite-batch.ts';
import { Connection, type SqliteLocation } from './sqlite-connection.ts';
import { databaseError, errorAtStep, isSqliteError } from './sqlite-errors.ts';
import { setEnforcement } from './sqlite-foreign-keys.ts';
import { GroupTime } from './sqlite-group-time.ts';
import { type Group, groupAt } from './sqlite-groups.ts';
import { LedgerTable } from './sqlite-ledger.ts';
import { ScriptRunner } from './sqlite-runner.ts';
import { runStepwise } from './sqlite-stepwise.ts';
import { Turns } from './sqlite-turns.ts';

export interface SqliteOptions extends SqliteLocation {
  /** Name of the ledger's table. */
  readonly table: string;
}

/**
 * SQLite, by node:sqlite. It opens read-only until something is to be written, changes
 * neither `journal_mode` nor anything else of the user's file, and holds no lock but for
 * the length of a batch.
 */
export class SqliteEngine implements Engine {
  readonly #connection: Connection;
  readonly #ledger: LedgerTable;
  readonly #table: string;
  #groupTime: GroupTime | null = null;
  #runner: { readonly db: DatabaseSync; readonly runner: ScriptRunner } | null = null;

  constructor(options: SqliteOptions) {
    this.#connection = new Connection(options);
    this.#ledger = new LedgerTable(options.table, options.shown);
    this.#table = options.table;
  }

  async readLog(after: Seq = -1): Promise<readonly LogRow[]> {
    return this.#connection.reading((db) => this.#ledger.read(db, after));
  }

  async readFiles(seqs: readonly Seq[]): Promise<ReadonlyMap<Seq, Files>> {
    if (seqs.length === 0) return new Map();
    return this.#connection.reading((db) => this.#ledger.readFiles(db, seqs));
  }

  async *run(
    seen: Seq | null,
    steps: readonly Step[],
    options: RunOptions,
  ): AsyncGenerator<Committed> {
    let last = seen;
    let how = options.group;
    const turns = new Turns(options.author.ticks());
    for (let at = 0; at < steps.length; ) {
      const group = groupAt(steps, at, how);
      const { committed, failure, isLost } =
        group.steps[0]?.script?.stepwise === undefined
          ? this.#batch(last, group, options)
          : this.#stepwise(last, group, options);
      // Alone, each step shows what it leaves.
      if (isLost) how = 'each';
      for (const { violations, ...each } of committed) {
        last = each.seq;
        at++;
        if (violations.length > 0) options.watch?.onOldViolations?.(each.index, violations);
        yield each;
      }
      if (failure !== null) throw failure;
      if (how === 'timed' && at < steps.length && this.#connection.mayHaveOthers) {
        await turns.between(options.author.ticks, options.wait);
      }
    }
  }

  async backup(path: string): Promise<void> {
    // Who may read it is decided before there is anything in it.
    closeSync(openSync(path, 'wx', this.#connection.fileMode));
    try {
      await this.#connection.copyTo(path);
      checkCopy(path);
      const handle = openSync(path, 'r+');
      fsyncSync(handle);
      closeSync(handle);
    } catch (error) {
      for (const end of ['', '-journal', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
      throw databaseError(error, path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#runner = null;
    this.#connection.close();
  }

  #batch(seen: Seq | null, group: Group, options: RunOptions): Outcome {
    try {
      return runBatch(this.#parts(group, options), seen, group);
    } catch (error) {
      throw isSqliteError(error) ? databaseError(error, this.#connection.shown) : error;
    }
  }

  #stepwise(seen: Seq | null, group: Group, options: RunOptions): Outcome {
    const { author, watch } = options;
    const index = group.first;
    const [step] = group.steps as readonly [Step];
    const script = step.script!;
    watch?.onStep?.(index);
    const started = author.ticks();
    const parts = this.#parts(group, options);
    const { db } = parts;
    try {
      const done = runStepwise(parts, seen, { ...script, ...script.stepwise! }, index);
      this.#connection.patiently(() => db.exec('BEGIN IMMEDIATE'), watch);
      let seq = this.#ledger.begin(db, done, author);
      const ms = author.ticks() - started;
      for (const fact of step.facts) seq = this.#ledger.append(db, seq, fact, author, ms);
      this.#connection.patiently(() => db.exec('COMMIT'), watch);
      return { committed: [{ index, seq, ms, violations: [] }], failure: null, isLost: false };
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw errorAtStep(error, this.#connection.shown, index);
    } finally {
      // What the file told its connection is not for the next one.
      this.#connection.renew();
    }
  }

  #parts({ enforcement }: Group, options: RunOptions): BatchParts {
    const db = this.#connection.writing((db) => setEnforcement(db, enforcement));
    if (this.#runner?.db !== db) {
      const { run } = options.author;
      const runner = new ScriptRunner(db, this.#table, run, this.#connection.shown);
      this.#runner = { db, runner };
    }
    const { runner } = this.#runner;
    this.#groupTime ??= new GroupTime(this.#connection.mayHaveOthers);
    return {
      db,
      connection: this.#connection,
      ledger: this.#ledger,
      runner,
      groupTime: this.#groupTime,
      options,
    };
  }
}

/** Open for writing: who only reads a WAL database leaves two files beside it. */
function checkCopy(path: string): void {
  using copy = new DatabaseSync(path, {});
  const verdict = copy.prepare('PRAGMA integrity_check').get()?.integrity_check;
  if (verdict === 'ok') return;
  throw new EngineError({ kind: 'database', message: `The backup is damaged: ${verdict}.` });
}
