import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backup, DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { SchemaObject } from '../schema/model.ts';
import {
  type Mark,
  type Scratch,
  ScratchError,
  type ScratchExec,
  type ScratchRow,
  type ScratchTrace,
  type ScratchValue,
} from '../schema/scratch.ts';
import { ALL_PAGES, Connection, type SqliteLocation } from './sqlite-connection.ts';
import { databaseError, isSqliteError } from './sqlite-errors.ts';
import { setEnforcement } from './sqlite-foreign-keys.ts';
import { FrozenWorld } from './sqlite-frozen.ts';
import { RefusedError } from './sqlite-guard.ts';
import { inspectObjects } from './sqlite-inspect.ts';
import { KeyWatch } from './sqlite-key-watch.ts';
import { runStatements, StatementError } from './sqlite-statements.ts';
import { Tracer } from './sqlite-tracer.ts';

export interface ScratchOptions {
  /** Name of the ledger's table, which `inspect` leaves out. */
  readonly table: string;
  /** `empty`, or a database to copy; the original is only read. */
  readonly from: 'empty' | SqliteLocation;
  /** Freezes clock and chance at a moment (`2026-11-22 15:06:00`); see FrozenWorld. */
  readonly frozenAt?: string;
}

/** Opens a database to try things in. @throws EngineError where the original cannot be read */
export async function openScratch(options: ScratchOptions): Promise<Scratch> {
  const { table, from, frozenAt } = options;
  const db =
    from === 'empty' || !existsSync(from.path)
      ? new DatabaseSync(':memory:', { enableForeignKeyConstraints: false })
      : await copyOf(from);
  return new SqliteScratch(db, table, frozenAt);
}

/**
 * A copy that no other process sees. It cannot go straight to memory, because the copy of
 * a WAL database is one, too, and those need files. The file loses its name at once, where
 * the system allows that; so nothing is left, however mig ends.
 */
async function copyOf(location: SqliteLocation): Promise<DatabaseSync> {
  const dir = mkdtempSync(join(tmpdir(), 'mig-scratch-'));
  const connection = new Connection(location);
  try {
    const path = join(dir, 'copy.db');
    await backup(
      connection.reading((source) => source),
      path,
      { rate: ALL_PAGES },
    );
    const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
    db.exec(
      'PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE',
    );
    return db;
  } catch (error) {
    throw databaseError(error, location.shown);
  } finally {
    connection.close();
    rmSync(dir, { recursive: true, force: true, maxRetries: 2 });
  }
}

const SAVEPOINT = 'mig_scratch_';

class SqliteScratch implements Scratch {
  readonly #db: DatabaseSync;
  readonly #table: string;
  readonly #tracer: Tracer;
  readonly #frozen: FrozenWorld | null;
  /** The marks that are set, each with the scripts that ran since. */
  readonly #marks: { readonly name: string; readonly scripts: string[] }[] = [];
  #marksSoFar = 0;

  constructor(db: DatabaseSync, table: string, frozenAt: string | undefined) {
    this.#db = db;
    this.#table = table;
    this.#frozen = frozenAt === undefined ? null : new FrozenWorld(db, frozenAt);
    this.#tracer = new Tracer(db, SAVEPOINT);
  }

  async exec(
    sql: string,
    { foreignKeys, transaction = 'on' }: ScratchExec = {},
  ): Promise<ScratchTrace> {
    if (this.#marks.length > 0 && (foreignKeys === 'on' || transaction === 'off')) {
      throw new ScratchError(
        'A script with `foreign_keys: on` or `transaction: off` cannot be taken back.',
      );
    }
    if (this.#marks.length === 0) setEnforcement(this.#db, foreignKeys === 'on' ? 'on' : 'off');
    const watch =
      foreignKeys === 'auto' || foreignKeys === 'off'
        ? new KeyWatch(this.#db, this.#tracer, sql, foreignKeys)
        : null;
    const trace = transaction === 'off' ? this.#stepwise(sql, watch) : this.#atomic(sql, watch);
    this.#marks.at(-1)?.scripts.push(sql);
    return trace;
  }

  async query(sql: string, ...values: readonly ScratchValue[]): Promise<readonly ScratchRow[]> {
    return this.#rows(sql, values).map(plainRow);
  }

  async queryExactly(sql: string): Promise<readonly ScratchRow[]> {
    return this.#rows(sql, []);
  }

  #rows(sql: string, values: readonly ScratchValue[]): readonly ScratchRow[] {
    try {
      const statement = this.#db.prepare(sql);
      statement.setReadBigInts(true);
      return statement.all(...(values as readonly SQLInputValue[])) as readonly ScratchRow[];
    } catch (error) {
      throw failure(error);
    }
  }

  async inspect(): Promise<readonly SchemaObject[]> {
    return inspectObjects(this.#db, this.#table);
  }

  async mark(): Promise<Mark> {
    const name = `${SAVEPOINT}${this.#marksSoFar++}`;
    const mark = { name, scripts: [] as string[] };
    this.#db.exec(`SAVEPOINT ${name}`);
    this.#marks.push(mark);
    return {
      rollback: async () => {
        this.#requireLast(mark);
        this.#db.exec(`ROLLBACK TO ${name}`);
        mark.scripts.length = 0;
      },
      release: async () => {
        this.#requireLast(mark);
        this.#db.exec(`RELEASE ${name}`);
        this.#marks.pop();
        this.#marks.at(-1)?.scripts.push(...mark.scripts);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#db.close();
    this.#frozen?.close();
  }

  #requireLast(mark: { readonly name: string }): void {
    if (this.#marks.at(-1) !== mark) throw new RangeError(`${mark.name} is not the last mark`);
  }

  #atomic(sql: string, watch: KeyWatch | null): ScratchTrace {
    try {
      watch?.begin();
      return this.#inSavepoint(sql, () => {
        this.#db.exec(sql);
        if (watch?.isSuspicious()) throw new Suspect();
      });
    } catch (error) {
      if (error instanceof Suspect) return this.#slowly(sql, watch!);
      if (error instanceof ScratchError) throw error;
      throw this.#located(sql) ?? failure(error);
    }
  }

  /** As a whole it looked as if it broke a rule of keys: each statement tells whether it did. */
  #slowly(sql: string, watch: KeyWatch): ScratchTrace {
    try {
      watch.beginSlowly();
      return this.#inSavepoint(sql, () => {
        runStatements(this.#db, sql, (statement) => watch.check(statement));
        watch.finish();
      });
    } catch (error) {
      throw failure(error);
    }
  }

  /** Once more, statement by statement, to find the place; it takes itself back again. */
  #located(sql: string): ScratchError | null {
    try {
      this.#inSavepoint(sql, () => {
        runStatements(this.#db, sql);
        throw new NotReproduced();
      });
    } catch (error) {
      if (error instanceof NotReproduced) return null;
      return failure(error);
    }
    return null;
  }

  #inSavepoint(sql: string, action: () => void): ScratchTrace {
    const name = `${SAVEPOINT}exec`;
    this.#frozen?.restart(sql);
    this.#db.exec(`SAVEPOINT ${name}`);
    try {
      const trace = this.#tracer.during(sql, 'on', action);
      if (!this.#db.isTransaction) throw new ScratchError('The script ended its transaction.');
      // Here deferred foreign keys are looked at, where they are enforced.
      this.#db.exec(`RELEASE ${name}`);
      return trace;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
      else this.#setMarksAgain();
      throw error;
    }
  }

  /** OR ROLLBACK and the like take all savepoints with them: back to where it was. */
  #setMarksAgain(): void {
    for (const { name, scripts } of this.#marks) {
      this.#db.exec(`SAVEPOINT ${name}`);
      for (const sql of scripts) {
        this.#frozen?.restart(sql);
        this.#db.exec(sql);
      }
    }
  }

  #stepwise(sql: string, watch: KeyWatch | null): ScratchTrace {
    this.#frozen?.restart(sql);
    try {
      watch?.beginSlowly();
      const check = (statement: string) => watch?.check(statement);
      const trace = this.#tracer.during(sql, 'off', () => runStatements(this.#db, sql, check));
      if (this.#db.isTransaction) throw new ScratchError('The script leaves a transaction open.');
      watch?.finish();
      return trace;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw failure(error);
    }
  }
}

class NotReproduced extends Error {}
class Suspect extends Error {}

function failure(error: unknown): ScratchError {
  if (error instanceof ScratchError) return error;
  const isPlaced = error instanceof StatementError;
  const cause = isPlaced ? error.cause : error;
  if (cause instanceof NotReproduced) throw cause;
  if (!(cause instanceof RefusedError) && !isSqliteError(cause)) throw cause;
  const hint = cause instanceof RefusedError ? cause.hint : undefined;
  return new ScratchError(cause.message, {
    hint,
    cause,
    place: isPlaced ? error.failed : undefined,
  });
}

/** Without the null prototype, and with numbers where they are exact. */
function plainRow(row: ScratchRow): ScratchRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value,
    ]),
  );
}
