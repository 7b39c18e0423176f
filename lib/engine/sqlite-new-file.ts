import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

/**
 * A database file that this process made. Where nothing is ever committed to it, it goes
 * again: an empty file would look like a database that somebody began.
 */
export class NewDatabaseFile {
  readonly #path: string;
  readonly #inode: bigint;

  private constructor(path: string, inode: bigint) {
    this.#path = path;
    this.#inode = inode;
  }

  /** Makes the file, as SQLite would; null where there is one already, or none can be made. */
  static make(path: string): NewDatabaseFile | null {
    try {
      const handle = openSync(path, 'wx', 0o644);
      try {
        return new NewDatabaseFile(path, fstatSync(handle, { bigint: true }).ino);
      } finally {
        closeSync(handle);
      }
    } catch {
      // SQLite tries it itself, and says what is wrong in its own words.
      return null;
    }
  }

  /**
   * Takes the file away if it is empty still. Somebody else may have opened it meanwhile,
   * and would write into a file without a name: so it gets a first page before it goes,
   * by which SQLite tells them that it was moved (SQLITE_READONLY_DBMOVED). Under an
   * exclusive lock, no one gets between.
   *
   * @param db the open connection; it is not fit for anything but to be closed afterwards.
   */
  removeIfUnused(db: DatabaseSync): void {
    try {
      if (!this.#isEmpty()) return;
      db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      // The lock makes sure of it: nothing was committed since.
      if (!this.#isEmpty()) {
        db.exec('ROLLBACK');
        return;
      }
      db.exec('CREATE TABLE mig_new (x); DROP TABLE mig_new; COMMIT');
      rmSync(this.#path);
    } catch {
      // Somebody is at work in it: then it is theirs, and stays.
    }
  }

  /** Whether it is still the same file, with nothing in it. */
  #isEmpty(): boolean {
    const { ino, size } = statSync(this.#path, { bigint: true });
    return ino === this.#inode && Number(size) === 0;
  }
}
