import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  COLUMNS,
  columnsOf,
  createLedgerSql,
  type Fact,
  type Files,
  LEDGER_FORMAT,
  type LogRow,
  ledgerAddress,
  nextSeqSql,
  type Op,
  quoteName,
  type Seq,
} from '../ledger/row.ts';
import {
  type Author,
  type Capabilities,
  type Committed,
  type Engine,
  EngineError,
  type RunOptions,
  type Script,
  type Step,
  type Watch,
} from './engine.ts';
import {
  databaseError,
  HOT_JOURNAL,
  isBusy,
  isSqliteError,
  primaryCode,
  RESULT,
  WAL_NEEDS_WRITING,
} from './sqlite-errors.ts';
import {
  newViolations,
  setEnforcement,
  type Violation,
  violations,
} from './sqlite-foreign-keys.ts';
import { runStatements, StatementError } from './sqlite-statements.ts';

export interface SqliteOptions {
  /** The database file, absolute, or `:memory:`. */
  readonly path: string;
  /** As it goes into messages. */
  readonly shown: string;
  readonly table: string;
  readonly lockTimeoutMs: number;
}

/** SQLite waits in slices of so many milliseconds, so that mig can say that it waits. */
const BUSY_SLICE_MS = 200;

const OPS: readonly string[] = [
  'init',
  'up',
  'down',
  'stamp',
  'unstamp',
  'repair',
  'begin',
  'step',
  'settle',
] satisfies Op[];

/**
 * SQLite, by node:sqlite. It opens read-only until something is to be written, changes
 * neither `journal_mode` nor anything else of the user's file, and holds no lock but for
 * the length of a batch.
 */
export class SqliteEngine implements Engine {
  readonly capabilities: Capabilities = { dialect: 'sqlite', atomicDdl: true };
  readonly #options: SqliteOptions;
  #db: DatabaseSync | null = null;
  #writable = false;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async readLog(after: Seq = -1): Promise<readonly LogRow[]> {
    return this.#reading((db) => {
      if (!this.#hasLedger(db)) return [];
      const { table } = this.#options;
      const columns = COLUMNS.map(([name]) => name).filter((name) => !name.endsWith('_file'));
      const rows = db
        .prepare(
          `SELECT ${columns.map(quoteName).join(', ')} FROM ${ledgerAddress(table)}
            WHERE seq > ? OR seq = 0 ORDER BY seq`,
        )
        .all(after) as unknown as readonly RawRow[];
      this.#checkFormat(rows);
      return rows.filter((row) => row.seq > after).map(readRow);
    });
  }

  async readFiles(seqs: readonly Seq[]): Promise<ReadonlyMap<Seq, Files>> {
    const found = new Map<Seq, Files>();
    if (seqs.length === 0) return found;
    return this.#reading((db) => {
      const select = db.prepare(
        `SELECT up_file AS up, down_file AS down FROM ${ledgerAddress(this.#options.table)} WHERE seq = ?`,
      );
      for (const seq of seqs) {
        const row = select.get(seq) as { up: string | null; down: string | null } | undefined;
        if (row?.up != null) found.set(seq, { up: row.up, down: row.down });
      }
      return found;
    });
  }

  async *run(
    seen: Seq | null,
    steps: readonly Step[],
    options: RunOptions,
  ): AsyncGenerator<Committed> {
    const groups = options.group === 'all' ? [steps] : steps.map((step) => [step]);
    let last = seen;
    let firstIndex = 0;
    for (const group of groups) {
      if (group.length === 0) continue;
      const committed = this.#batch({ seen: last, group, firstIndex, options });
      last = committed.at(-1)?.seq ?? last;
      firstIndex += group.length;
      yield* committed;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  #close(): void {
    this.#db?.close();
    this.#db = null;
  }

  /** Reads, without creating anything: a database that is not there is an empty one. */
  #reading<T>(read: (db: DatabaseSync) => T): T {
    const { path, shown } = this.#options;
    try {
      if (this.#db !== null) return this.#patiently(() => read(this.#db!));
      if (path !== ':memory:' && !existsSync(path)) {
        using empty = new DatabaseSync(':memory:', {});
        return read(empty);
      }
      this.#refuseFolder();
      this.#open(path === ':memory:' ? 'write' : 'read');
      try {
        return this.#patiently(() => read(this.#db!));
      } catch (error) {
        if (!needsWriting(error)) throw error;
        this.#open('write');
        return this.#patiently(() => read(this.#db!));
      }
    } catch (error) {
      throw databaseError(error, shown);
    }
  }

  #refuseFolder(): void {
    const { path, shown } = this.#options;
    if (path === ':memory:' || !existsSync(path) || !statSync(path).isDirectory()) return;
    throw new EngineError({
      kind: 'database',
      message: `${shown} is a folder, not a database.`,
      hint: 'The migrations folder goes with `--dir`.',
    });
  }

  #open(mode: 'read' | 'write'): DatabaseSync {
    const { path, shown } = this.#options;
    if (this.#db !== null && (this.#writable || mode === 'read')) return this.#db;
    this.#close();
    if (path !== ':memory:' && !existsSync(dirname(path))) {
      throw new EngineError({
        kind: 'database',
        message: `${shown} cannot be made: the folder ${dirname(path)} is not there.`,
        hint: 'Make the folder, or mend the path.',
      });
    }
    this.#db = new DatabaseSync(path, {
      readOnly: mode === 'read',
      timeout: Math.min(BUSY_SLICE_MS, this.#options.lockTimeoutMs),
      enableForeignKeyConstraints: false,
    });
    this.#writable = mode === 'write';
    return this.#db;
  }

  /** Tries again while somebody else holds the database, up to the lock timeout. */
  #patiently<T>(action: () => T, watch: Watch = {}): T {
    const started = performance.now();
    for (;;) {
      try {
        return action();
      } catch (error) {
        const waited = performance.now() - started;
        if (!isBusy(error) || waited >= this.#options.lockTimeoutMs) throw error;
        watch.onWait?.(waited);
      }
    }
  }

  #hasLedger(db: DatabaseSync): boolean {
    const { table, shown } = this.#options;
    const found = db
      .prepare('SELECT type FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE')
      .get(table) as { type: string } | undefined;
    if (found === undefined) return false;
    const columns = db
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map((row) => row.name);
    if (found.type === 'table' && COLUMNS.every(([name]) => columns.includes(name))) return true;
    throw new EngineError({
      kind: 'ledger',
      message: `${shown} has a ${found.type} ${table} that is not mig's ledger.`,
      hint: '`--table` gives the ledger another name.',
    });
  }

  #checkFormat(rows: readonly RawRow[]): void {
    const format = JSON.parse(rows[0]?.options ?? '{}').format ?? LEDGER_FORMAT;
    const unknown = rows.find((row) => !OPS.includes(row.op));
    if (format <= LEDGER_FORMAT && unknown === undefined) return;
    throw new EngineError({
      kind: 'ledger',
      message:
        unknown === undefined
          ? `The ledger of ${this.#options.shown} has format ${format}; this mig knows ${LEDGER_FORMAT}.`
          : `The ledger of ${this.#options.shown} has an entry \`${unknown.op}\` that this mig does not know.`,
      hint: 'It needs a newer mig.',
    });
  }

  #batch(batch: Batch): readonly Committed[] {
    const { options, firstIndex } = batch;
    let db: DatabaseSync;
    try {
      this.#refuseFolder();
      db = this.#open('write');
      setEnforcement(db, enforcementOf(batch.group));
      this.#patiently(() => db.exec('BEGIN IMMEDIATE'), options.watch);
    } catch (error) {
      throw databaseError(error, this.#options.shown);
    }
    let index = firstIndex;
    try {
      let last = this.#firstSeq(db, batch);
      const committed: Committed[] = [];
      for (const step of batch.group) {
        options.watch?.onStep?.(index);
        const started = options.author.ticks();
        if (step.script !== undefined) this.#perform(db, step.script, index, batch);
        const ms = options.author.ticks() - started;
        for (const fact of step.facts) last = this.#append(db, last, fact, options.author, ms);
        committed.push({ index, seq: last, ms });
        index++;
      }
      this.#patiently(() => db.exec('COMMIT'), options.watch);
      return committed;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      if (error instanceof EngineError) throw error;
      const inWords = databaseError(error, this.#options.shown);
      throw new EngineError({
        ...inWords.failure,
        failedStep: Math.min(index, firstIndex + batch.group.length - 1),
      });
    }
  }

  /** Makes sure that nobody wrote since, and that there is a row 0. Returns the last number. */
  #firstSeq(db: DatabaseSync, { seen, options }: Batch): Seq {
    const { table } = this.#options;
    const last = this.#hasLedger(db)
      ? (db.prepare(`SELECT max(seq) AS last FROM ${ledgerAddress(table)}`).get()
          ?.last as Seq | null)
      : null;
    if (last !== seen) {
      throw new EngineError({ kind: 'conflict', message: 'The ledger has moved on.' });
    }
    if (last !== null) return last;
    db.exec(createLedgerSql(table));
    this.#insert(db, '?', [0], { op: 'init' }, options.author, null);
    return 0;
  }

  #append(db: DatabaseSync, seen: Seq, fact: Fact, author: Author, ms: number): Seq {
    try {
      this.#insert(db, nextSeqSql(this.#options.table, '?1'), [seen], fact, author, ms);
      return seen + 1;
    } catch (error) {
      if (!isSqliteError(error) || primaryCode(error) !== RESULT.constraint) throw error;
      throw new EngineError({
        kind: 'conflict',
        message: 'The ledger has moved on.',
        cause: error,
      });
    }
  }

  #insert(
    db: DatabaseSync,
    seqSql: string,
    seqValues: readonly SQLInputValue[],
    fact: Fact,
    author: Author,
    ms: number | null,
  ): void {
    const values: Record<string, SQLInputValue> = {
      ...columnsOf(fact),
      run: author.run,
      at: author.now().toISOString(),
      by: author.by,
      duration_ms: ms === null ? null : Math.round(ms),
    };
    const names = Object.keys(values);
    const places = names.map((_, index) => `?${index + 2}`);
    db.prepare(
      `INSERT INTO ${ledgerAddress(this.#options.table)} ("seq", ${names.map(quoteName).join(', ')})
       VALUES (${seqSql === '?' ? '?1' : seqSql}, ${places.join(', ')})`,
    ).run(...seqValues, ...Object.values(values));
  }

  /** Runs one script inside the open transaction, and checks what it leaves behind. */
  #perform(db: DatabaseSync, script: Script, index: number, batch: Batch): void {
    const { watch, author } = batch.options;
    const savepoint = quoteName(`mig_${author.run}`);
    const execute = () => {
      if (watch?.onStatement === undefined) db.exec(script.sql);
      else runTimed(db, script.sql, author, (sql, ms) => watch.onStatement!(index, sql, ms));
      if (db.isTransaction) return;
      throw new EngineError({
        kind: 'sql',
        message: 'The file ended the transaction that it ran in.',
        hint: 'A file that needs its own transactions says `transaction: off`.',
        failedStep: index,
      });
    };
    db.exec(`SAVEPOINT ${savepoint}`);
    try {
      execute();
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw this.#located(db, script, index, batch, savepoint, error);
    }
    this.#checkForeignKeys(db, index, savepoint, execute);
    db.exec(`RELEASE ${savepoint}`);
  }

  /**
   * Only a database that has violations afterwards needs to know which it had before: then
   * the script is taken back, the old ones are counted, and it runs once more.
   */
  #checkForeignKeys(db: DatabaseSync, index: number, savepoint: string, again: () => void): void {
    const after = violations(db);
    if (after.length === 0) return;
    db.exec(`ROLLBACK TO ${savepoint}`);
    const before = violations(db);
    again();
    const fresh = newViolations(before, after);
    if (fresh.length === 0) return;
    throw new EngineError({
      kind: 'sql',
      message: `Foreign keys do not hold after it: ${fresh.map(inWords).join('; ')}.`,
      hint: 'Mend the rows in the same file. What was wrong before it ran does not count.',
      failedStep: index,
    });
  }

  /** Takes a failed script back and runs it again, statement by statement, to find the place. */
  #located(
    db: DatabaseSync,
    script: Script,
    index: number,
    batch: Batch,
    savepoint: string,
    error: unknown,
  ): EngineError {
    const found =
      error instanceof StatementError ? error : this.#replay(db, script, index, batch, savepoint);
    const cause = error instanceof StatementError ? error.cause : error;
    if (!isSqliteError(cause)) throw cause;
    const isOfDatabase = [RESULT.readOnly, RESULT.io, RESULT.corrupt, RESULT.full].some(
      (code) => code === primaryCode(cause),
    );
    const failure = isOfDatabase
      ? databaseError(cause, this.#options.shown).failure
      : ({ kind: 'sql', message: cause.message } as const);
    return new EngineError({
      ...failure,
      failedStep: index,
      statement: found?.failed,
      offset: found?.failed.offset,
      engineCode: cause.errcode,
      cause,
    });
  }

  #replay(
    db: DatabaseSync,
    script: Script,
    index: number,
    { group, firstIndex }: Batch,
    savepoint: string,
  ): StatementError | null {
    try {
      if (db.isTransaction) db.exec(`ROLLBACK TO ${savepoint}`);
      else {
        // Some errors take the whole transaction with them: begin it again.
        db.exec('BEGIN IMMEDIATE');
        for (const step of group.slice(0, index - firstIndex)) {
          if (step.script !== undefined) db.exec(step.script.sql);
        }
      }
      runStatements(db, script.sql);
      return null;
    } catch (error) {
      return error instanceof StatementError ? error : null;
    }
  }
}

interface Batch {
  readonly seen: Seq | null;
  readonly group: readonly Step[];
  /** Index of the group's first step in the whole run. */
  readonly firstIndex: number;
  readonly options: RunOptions;
}

interface RawRow {
  readonly seq: Seq;
  readonly op: string;
  readonly revision: string | null;
  readonly path: string | null;
  readonly down_path: string | null;
  readonly parents: string | null;
  readonly depends: string | null;
  readonly message: string | null;
  readonly checksum: string | null;
  readonly down_checksum: string | null;
  readonly options: string | null;
  readonly run: string;
  readonly at: string;
  readonly by: string;
}

function readRow(row: RawRow): LogRow {
  return {
    seq: row.seq,
    op: row.op as Op,
    revision: row.revision,
    path: row.path,
    downPath: row.down_path,
    parents: JSON.parse(row.parents ?? '[]'),
    depends: JSON.parse(row.depends ?? '[]'),
    message: row.message,
    checksum: row.checksum,
    downChecksum: row.down_checksum,
    run: row.run,
    at: row.at,
    by: row.by,
  };
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

function runTimed(
  db: DatabaseSync,
  sql: string,
  author: Author,
  told: (sql: string, ms: number) => void,
): void {
  let started = author.ticks();
  runStatements(db, sql, (statement) => {
    const now = author.ticks();
    told(statement, now - started);
    started = now;
  });
}

function needsWriting(error: unknown): boolean {
  return (
    isSqliteError(error) &&
    (error.errcode === HOT_JOURNAL || WAL_NEEDS_WRITING.includes(error.errcode))
  );
}

function inWords({ table, parent, rows }: Violation): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'} of ${table} ${rows === 1 ? 'names a row' : 'name rows'} of ${parent} that ${rows === 1 ? 'is' : 'are'} not there`;
}
