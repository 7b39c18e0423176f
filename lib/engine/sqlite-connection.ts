import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { EngineError, type Watch } from './engine.ts';
import { MEMORY } from './location.ts';
import { Borrowed, BUSY_SLICE_MS } from './sqlite-borrowed.ts';
import {
  databaseError,
  HOT_JOURNAL,
  isBusy,
  isSqliteError,
  WAL_NEEDS_WRITING,
} from './sqlite-errors.ts';
import { NewDatabaseFile } from './sqlite-new-file.ts';

/** Where a database is, and how long to wait for it. */
export interface SqliteLocation {
  /** The database file, absolute, or `:memory:`. */
  readonly path: string;
  /** As it goes into messages. */
  readonly shown: string;
  readonly lockTimeoutMs: number;
  /** The application's own connection, to be used instead of a new one. */
  readonly connection?: DatabaseSync;
}

/** Used only as far as there are pages to keep. */
const CACHE_KIB = 32 * 1024;
/** More than a database can have. */
const ALL_PAGES = 2 ** 31 - 1;

/**
 * One connection: none at first, read-only while that will do, read-write once something is
 * to be written. It creates nothing by looking.
 */
export class Connection {
  readonly #location: SqliteLocation;
  #db: DatabaseSync | null = null;
  #isWritable = false;
  #isEnlarged = false;
  #hadWal = false;
  #borrowed: Borrowed | null = null;
  #newFile: NewDatabaseFile | null = null;

  constructor(location: SqliteLocation) {
    this.#location = location;
  }

  get shown(): string {
    return this.#location.shown;
  }

  /** The permission bits of the database's file. */
  get fileMode(): number {
    return statSync(this.#location.path).mode & 0o777;
  }

  close(): void {
    if (this.#db === null) return;
    if (this.#borrowed === null) {
      this.#newFile?.removeIfUnused(this.#db);
      this.#db.close();
    } else this.#borrowed.giveBack();
    this.#borrowed = null;
    this.#newFile = null;
    this.#db = null;
    if (!this.#isWritable && this.#isNewWal()) this.#removeWal();
    this.#isWritable = false;
  }

  /**
   * Gives up the connection, with all that only it remembers: settings, TEMP objects,
   * attached databases. A database in memory is its connection, and stays; so does one that
   * is not mig's.
   */
  renew(): void {
    if (this.#location.path !== MEMORY && this.#borrowed === null) this.close();
  }

  /**
   * Reads. A database that is not there is an empty one.
   *
   * @throws EngineError
   */
  reading<T>(read: (db: DatabaseSync) => T): T {
    const { path, shown, connection } = this.#location;
    try {
      if (connection !== undefined) return this.patiently(() => read(this.#open('read')));
      if (path !== MEMORY && this.#db === null && !existsSync(path)) {
        using empty = new DatabaseSync(MEMORY, {});
        return read(empty);
      }
      try {
        return this.patiently(() => read(this.#open(path === MEMORY ? 'write' : 'read')));
      } catch (error) {
        // A killed process left a journal, or a WAL that only a writer can set up again.
        if (!needsWriting(error)) throw error;
        this.close();
        return this.patiently(() => read(this.#open('write')));
      }
    } catch (error) {
      throw databaseError(error, shown);
    }
  }

  /**
   * Writes a copy of the whole, in one step: page by page it would start over whenever
   * somebody writes. What SQLite says of the copy goes through.
   *
   * @throws EngineError where the database itself cannot be read
   */
  async copyTo(path: string): Promise<void> {
    const source = this.reading((db) => {
      // A copy that meets a lock fails at once and does not say why, so that waits first.
      db.exec('BEGIN');
      return holding(db);
    });
    try {
      await backup(source, path, { rate: ALL_PAGES });
    } finally {
      source.exec('ROLLBACK');
    }
  }

  /** The connection, able to write, and set up for it. @throws EngineError */
  writing(setUp: (db: DatabaseSync) => void): DatabaseSync {
    try {
      const db = this.#open('write');
      this.#borrowed?.guard();
      setUp(db);
      return db;
    } catch (error) {
      throw databaseError(error, this.shown);
    }
  }

  /**
   * Room for the pages of a long transaction. SQLite's own is 2 MB: what does not fit is
   * written before the commit, for which readers are locked out and the disk is waited for;
   * and every CREATE reads the schema from end to end. Called inside a transaction, as it
   * may have to read the schema. A connection that is not mig's keeps what it has.
   */
  enlargeCache(): void {
    if (this.#isEnlarged || this.#borrowed !== null) return;
    this.#db?.exec(`PRAGMA main.cache_size = -${CACHE_KIB}`);
    this.#isEnlarged = true;
  }

  /** Whether others may want to write: not to a file that was made here, or one's own connection. */
  get mayHaveOthers(): boolean {
    return this.#borrowed === null && this.#newFile === null && this.#location.path !== MEMORY;
  }

  /** Tries again while somebody else holds the database, up to the lock timeout. */
  patiently<T>(action: () => T, watch: Watch = {}): T {
    // Not `performance`: loading that takes longer than most databases make anybody wait.
    const started = process.hrtime.bigint();
    for (;;) {
      try {
        return action();
      } catch (error) {
        const waited = Number(process.hrtime.bigint() - started) / 1e6;
        if (!isBusy(error) || waited >= this.#location.lockTimeoutMs) throw error;
        watch.onWait?.(waited);
      }
    }
  }

  #open(mode: 'read' | 'write'): DatabaseSync {
    if (this.#db !== null && (this.#isWritable || mode === 'read')) return this.#db;
    this.close();
    const { connection } = this.#location;
    if (connection !== undefined) {
      this.#borrowed = new Borrowed(connection, this.shown);
      this.#db = connection;
      this.#isWritable = true;
      return connection;
    }
    this.#refusePath();
    this.#hadWal = this.#hasWal();
    if (mode === 'write') this.#newFile = this.#made();
    this.#db = new DatabaseSync(this.#location.path, {
      readOnly: mode === 'read',
      timeout: Math.min(BUSY_SLICE_MS, this.#location.lockTimeoutMs),
      enableForeignKeyConstraints: false,
    });
    this.#isWritable = mode === 'write';
    this.#isEnlarged = false;
    return this.#db;
  }

  /** The file, where there was none. */
  #made(): NewDatabaseFile | null {
    const { path } = this.#location;
    return path === MEMORY || existsSync(path) ? null : NewDatabaseFile.make(path);
  }

  /** SQLite keeps it beside the file itself, not beside a link to it. */
  #hasWal(): boolean {
    const { path } = this.#location;
    return existsSync(path) && existsSync(`${realpathSync(path)}-wal`);
  }

  #isNewWal(): boolean {
    return !this.#hadWal && this.#hasWal();
  }

  /**
   * A read-only connection to a WAL database makes -wal and -shm and cannot take them away
   * again; the last connection that may write does, when it closes.
   */
  #removeWal(): void {
    try {
      using writer = new DatabaseSync(this.#location.path, { timeout: 0 });
      writer.prepare('SELECT count(*) FROM sqlite_schema').get();
    } catch {
      // Somebody else uses the database, so the files are theirs now.
    }
  }

  #refusePath(): void {
    const { path, shown } = this.#location;
    if (path === MEMORY) return;
    if (!existsSync(dirname(path))) {
      throw new EngineError({
        kind: 'database',
        message: `${shown} cannot be made: there is no folder ${dirname(path)}`,
        hint: 'Make the folder, or mend the path.',
      });
    }
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.isFile()) return;
    if (found.isDirectory()) {
      throw new EngineError({
        kind: 'database',
        message: `${shown} is a folder, not a database.`,
        hint: 'The migrations folder goes with `--dir`.',
      });
    }
    // SQLite would wait for the other end of a pipe for ever.
    throw new EngineError({
      kind: 'database',
      message: `${shown} is no file that a database could be in.`,
      hint: 'Look at the path: it is a device or a pipe.',
    });
  }
}

function needsWriting(error: unknown): boolean {
  return (
    isSqliteError(error) &&
    (error.errcode === HOT_JOURNAL || WAL_NEEDS_WRITING.includes(error.errcode))
  );
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
