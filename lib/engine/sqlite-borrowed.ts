import type { DatabaseSync } from 'node:sqlite';
import { EngineError } from './engine.ts';

/** SQLite waits in slices of so many milliseconds, so that mig can say that it waits. */
export const BUSY_SLICE_MS = 200;

/** What mig works on just now. */
const lent = new WeakSet<DatabaseSync>();

/**
 * A connection that the application opened. mig uses it for the length of one command, and
 * gives it back with the settings that it had.
 */
export class Borrowed {
  readonly db: DatabaseSync;
  readonly #foreignKeys: unknown;
  readonly #busyTimeout: unknown;
  #isGuarded = false;

  /**
   * @param shown the database as it goes into messages.
   * @throws EngineError `unsupported` when it is of no use as it is.
   */
  constructor(db: DatabaseSync, shown: string) {
    refuseUnusable(db, shown);
    this.db = db;
    this.#foreignKeys = pragma(db, 'foreign_keys');
    this.#busyTimeout = pragma(db, 'busy_timeout');
    db.exec(`PRAGMA busy_timeout = ${BUSY_SLICE_MS}`);
    lent.add(db);
  }

  /** From here on, mig's guard may sit where an authorizer of the application was. */
  guard(): void {
    this.#isGuarded = true;
  }

  giveBack(): void {
    lent.delete(this.db);
    if (!this.db.isOpen) return;
    if (this.#isGuarded) this.db.setAuthorizer(null);
    this.db.exec(`PRAGMA foreign_keys = ${this.#foreignKeys}`);
    this.db.exec(`PRAGMA busy_timeout = ${this.#busyTimeout}`);
  }
}

function refuseUnusable(db: DatabaseSync, shown: string): void {
  const refuse = (message: string, hint: string) => {
    throw new EngineError({ kind: 'unsupported', message, hint });
  };
  if (!db.isOpen) {
    refuse('The database that was handed in is closed.', 'Close it after mig is done.');
  }
  if (lent.has(db)) {
    refuse(
      `mig is at work on ${shown} already.`,
      'Await the first call before the next one: they share a connection.',
    );
  }
  if (db.isTransaction) {
    refuse(
      `${shown} has a transaction open.`,
      'Commit it or roll it back first: each revision has a transaction of its own.',
    );
  }
  if (db.prepare('SELECT 1 AS one').get()?.one !== 1) {
    refuse(
      `${shown} was opened with \`readBigInts\` or \`returnArrays\`, and mig reads rows as they come otherwise.`,
      'Hand in a connection without them; single statements can have both.',
    );
  }
}

/** `PRAGMA busy_timeout` calls its column `timeout`. */
function pragma(db: DatabaseSync, name: string): unknown {
  return Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}
