import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';
import { MigError } from '../error.ts';

/** Distinguishes the clones of a process. */
let clones = 0;

/**
 * A database in memory, as it was at one moment, and copies of it. Bytes are copied where
 * Node can (26); before, SQLite writes each copy anew.
 */
export class SqliteSnapshot {
  readonly #source: DatabaseSync;
  readonly #bytes: Uint8Array | null;

  /** @param source stays open, and unchanged, for as long as copies are made. */
  constructor(source: DatabaseSync) {
    this.#source = source;
    this.#bytes = 'serialize' in source ? source.serialize() : null;
  }

  /** A copy in memory, which nobody else sees. @throws MigError `usage` when this is closed */
  open(options: DatabaseSyncOptions = {}): DatabaseSync {
    if (!this.#source.isOpen) {
      throw new MigError({
        code: 'usage',
        message: 'This snapshot is closed.',
        hint: 'Close it once no more copies are wanted.',
      });
    }
    if (this.#bytes !== null) {
      const copy = new DatabaseSync(':memory:', options);
      copy.deserialize(this.#bytes);
      return copy;
    }
    // A database in memory with a name, under which this process alone can find it.
    const uri = `file:/mig-snapshot-${process.pid}-${clones++}?vfs=memdb`;
    const copy = new DatabaseSync(uri, options);
    this.#source.prepare('VACUUM main INTO ?').run(uri);
    return copy;
  }

  close(): void {
    if (this.#source.isOpen) this.#source.close();
  }
}
