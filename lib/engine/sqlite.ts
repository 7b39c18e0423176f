import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import type { Files, LogRow, Seq } from '../ledger/row.ts';
import {
  type Capabilities,
  type Committed,
  type Engine,
  EngineError,
  type RunOptions,
  type Script,
  type Step,
} from './engine.ts';
import { Connection, type SqliteLocation } from './sqlite-connection.ts';
import { databaseError, isSqliteError, primaryCode, RESULT } from './sqlite-errors.ts';
import { setEnforcement } from './sqlite-foreign-keys.ts';
import { LedgerTable } from './sqlite-ledger.ts';
import { ScriptRunner } from './sqlite-runner.ts';
import { runStepwise } from './sqlite-stepwise.ts';

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
  readonly capabilities: Capabilities = { dialect: 'sqlite', atomicDdl: true };
  readonly #connection: Connection;
  readonly #ledger: LedgerTable;
  readonly #table: string;
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
    const groups = groupsOf(steps, options);
    let last = seen;
    let firstIndex = 0;
    for (const group of groups) {
      const [only] = group;
      const committed =
        only?.script?.stepwise === undefined
          ? this.#batch({ seen: last, group, firstIndex, options })
          : [this.#stepwise(last, only, firstIndex, options)];
      last = committed.at(-1)?.seq ?? last;
      firstIndex += group.length;
      yield* committed;
    }
  }

  /** A copy in one step: page by page it would start over whenever somebody writes. */
  async backup(path: string): Promise<void> {
    // Who may read it is decided before there is anything in it.
    closeSync(openSync(path, 'wx', this.#connection.fileMode));
    try {
      const source = this.#connection.reading((db) => {
        // A copy that meets a lock fails at once and does not say why, so that waits first.
        db.exec('BEGIN');
        return holding(db);
      });
      try {
        await backup(source, path, { rate: ALL_PAGES });
      } finally {
        source.exec('ROLLBACK');
      }
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

  #batch(batch: Batch): readonly Committed[] {
    const { group, firstIndex, options, seen } = batch;
    const { db, runner } = this.#begin(group, options);
    let index = firstIndex;
    try {
      let last = this.#ledger.begin(db, seen, options.author);
      const committed: Committed[] = [];
      const earlier: Script[] = [];
      for (const { script, facts } of group) {
        options.watch?.onStep?.(index);
        const started = options.author.ticks();
        if (script !== undefined) {
          runner.perform({ script, index, earlier, options });
          earlier.push(script);
        }
        const ms = options.author.ticks() - started;
        for (const fact of facts) {
          last = this.#ledger.append(
            db,
            last,
            fact,
            options.author,
            script === undefined ? null : ms,
          );
        }
        committed.push({ index, seq: last, ms });
        index++;
      }
      this.#commit(db, options);
      return committed;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      runner.forget();
      throw this.#failure(error, Math.min(index, firstIndex + group.length - 1));
    }
  }

  #stepwise(seen: Seq | null, step: Step, index: number, options: RunOptions): Committed {
    const script = step.script!;
    const { author, watch } = options;
    watch?.onStep?.(index);
    const started = author.ticks();
    const { db, runner } = this.#writing([step], options);
    try {
      const parts = { db, connection: this.#connection, ledger: this.#ledger, runner, options };
      const done = runStepwise(parts, seen, { ...script, ...script.stepwise! }, index);
      this.#connection.patiently(() => db.exec('BEGIN IMMEDIATE'), watch);
      let last = this.#ledger.begin(db, done, author);
      const ms = author.ticks() - started;
      for (const fact of step.facts) last = this.#ledger.append(db, last, fact, author, ms);
      this.#connection.patiently(() => db.exec('COMMIT'), watch);
      return { index, seq: last, ms };
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      throw this.#failure(error, index);
    } finally {
      // What the file told its connection is not for the next one.
      this.#connection.renew();
    }
  }

  /** What is checked only now: keys that are deferred, with enforcement on. */
  #commit(db: DatabaseSync, { watch }: RunOptions): void {
    try {
      this.#connection.patiently(() => db.exec('COMMIT'), watch);
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

  #begin(group: readonly Step[], options: RunOptions) {
    try {
      const writing = this.#writing(group, options);
      this.#connection.patiently(() => writing.db.exec('BEGIN IMMEDIATE'), options.watch);
      return writing;
    } catch (error) {
      throw databaseError(error, this.#connection.shown);
    }
  }

  #writing(group: readonly Step[], { author }: RunOptions) {
    const db = this.#connection.writing((db) => setEnforcement(db, enforcementOf(group)));
    if (this.#runner?.db !== db) {
      const runner = new ScriptRunner(db, this.#table, author.run, this.#connection.shown);
      this.#runner = { db, runner };
    }
    return this.#runner;
  }

  #failure(error: unknown, failedStep: number): EngineError {
    const inWords = databaseError(error, this.#connection.shown);
    return inWords.failure.failedStep === undefined
      ? new EngineError({ ...inWords.failure, failedStep })
      : inWords;
  }
}

/** A read transaction that has begun holds its lock from the first look on. */
function holding(db: DatabaseSync): DatabaseSync {
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get();
    return db;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

/** Open for writing: who only reads a WAL database leaves two files beside it. */
function checkCopy(path: string): void {
  using copy = new DatabaseSync(path, {});
  const verdict = copy.prepare('PRAGMA integrity_check').get()?.integrity_check;
  if (verdict === 'ok') return;
  throw new EngineError({ kind: 'database', message: `The backup is damaged: ${verdict}.` });
}

interface Batch {
  readonly seen: Seq | null;
  readonly group: readonly Step[];
  /** Index of the group's first step in the whole run. */
  readonly firstIndex: number;
  readonly options: RunOptions;
}

const DEFERRED_HINT =
  'It failed at the commit, so it is a deferred foreign key that does not hold: mend the rows in the same file.';

/** More pages than a database can have. */
const ALL_PAGES = 2 ** 31 - 1;

function groupsOf(steps: readonly Step[], { group }: RunOptions): readonly (readonly Step[])[] {
  if (steps.length === 0) return [];
  if (group === 'each') return steps.map((step) => [step]);
  if (steps.some((step) => step.script?.stepwise !== undefined)) {
    throw new EngineError({
      kind: 'unsupported',
      message: 'A revision with `transaction: off` cannot be part of one transaction for all.',
      hint: 'Leave out `--atomic`.',
    });
  }
  return [steps];
}

/** Enforcement cannot change inside a transaction, so one batch has one. */
function enforcementOf(group: readonly Step[]): 'on' | 'off' {
  const wanted = new Set(
    group.flatMap(({ script }) => (script === undefined ? [] : [script.foreignKeys === 'on'])),
  );
  if (wanted.size > 1) {
    throw new EngineError({
      kind: 'unsupported',
      message: 'Revisions with and without `foreign_keys: on` cannot share one transaction.',
      hint: 'SQLite cannot switch enforcement inside one: leave out `--atomic`.',
    });
  }
  return wanted.has(true) ? 'on' : 'off';
}
