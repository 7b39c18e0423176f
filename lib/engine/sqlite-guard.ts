import { constants, type DatabaseSync } from 'node:sqlite';
import { fold } from '../schema/names.ts';
import { pragmaIsHarmless, transactionRefusal } from '../sql/refusals.ts';
import {
  ChangeNotes,
  type Question,
  questionOf,
  SCHEMA_TABLE,
  type Trace,
} from './sqlite-changes.ts';

// Looked up once: SQLite asks a dozen times for each statement.
const {
  SQLITE_ALTER_TABLE,
  SQLITE_ATTACH,
  SQLITE_CREATE_INDEX,
  SQLITE_CREATE_TABLE,
  SQLITE_CREATE_TEMP_TABLE,
  SQLITE_CREATE_TEMP_TRIGGER,
  SQLITE_CREATE_TEMP_VIEW,
  SQLITE_CREATE_TRIGGER,
  SQLITE_CREATE_VIEW,
  SQLITE_CREATE_VTABLE,
  SQLITE_DELETE,
  SQLITE_DETACH,
  SQLITE_DROP_INDEX,
  SQLITE_DROP_TABLE,
  SQLITE_INSERT,
  SQLITE_OK,
  SQLITE_PRAGMA,
  SQLITE_READ,
  SQLITE_SAVEPOINT,
  SQLITE_TRANSACTION,
  SQLITE_UPDATE,
} = constants;

/** A statement asked for something that no file may do. */
export class RefusedError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** `COMMIT` and the like, inside a transaction that is mig's. */
export function endsTransaction(operation: string): RefusedError {
  const { message, hint } = transactionRefusal(operation);
  return new RefusedError(message, hint);
}

/**
 * A file uses the name of mig's own savepoint.
 *
 * @param operation `BEGIN`, `RELEASE` or `ROLLBACK`.
 */
export function ownSavepoint(operation: string, name: string): RefusedError {
  return new RefusedError(`\`${operation} ${name}\` is mig's own savepoint.`, 'Use another name.');
}

/**
 * SQLite's authorizer around the files that mig runs: the second line behind the look at
 * their text (sql/refusals.ts). What a statement may not do is refused before it runs, and
 * what it does is noted.
 */
export class Guard {
  readonly #ledger: string;
  readonly #savepoint: string;
  #rules: 'none' | 'atomic' | 'stepwise' = 'none';
  readonly #changes = new ChangeNotes();

  /**
   * @param ledger name of the ledger's table.
   * @param savepoint the name that mig's own savepoints have.
   */
  constructor(db: DatabaseSync, ledger: string, savepoint: string) {
    this.#ledger = fold(ledger);
    this.#savepoint = fold(savepoint);
    db.setAuthorizer((action, first, second, schema, via) => {
      // Every other question is about SQLite's own table, which DDL writes to: no rule concerns it.
      if (this.#rules !== 'none' && first !== SCHEMA_TABLE) {
        this.#look(questionOf(action, first, second, schema, via));
      }
      return SQLITE_OK;
    });
  }

  /**
   * Does something under the rules and returns what it did.
   *
   * @throws RefusedError, as the error of the statement.
   */
  during(rules: 'atomic' | 'stepwise', action: () => void): Trace {
    this.#changes.take();
    this.#rules = rules;
    try {
      action();
    } finally {
      this.#rules = 'none';
    }
    return this.#changes.take();
  }

  /** What was done since `during` began or this was asked before. */
  take(): Trace {
    return this.#changes.take();
  }

  #look(question: Question): void {
    const { action, first, second, schema } = question;
    switch (action) {
      case SQLITE_TRANSACTION:
        this.#refuseTransaction(first);
        break;
      case SQLITE_SAVEPOINT:
        this.#refuseSavepoint(first, second);
        break;
      case SQLITE_ATTACH:
      case SQLITE_DETACH:
        this.#refuseOtherDatabases();
        break;
      case SQLITE_PRAGMA:
        this.#refusePragma(fold(first), second);
        break;
      case SQLITE_ALTER_TABLE:
        // Here the schema comes first, and the table second.
        this.#refuseLedger(second, first);
        break;
      case SQLITE_CREATE_INDEX:
      case SQLITE_DROP_INDEX:
      case SQLITE_CREATE_TRIGGER:
      case SQLITE_CREATE_TEMP_TRIGGER:
        this.#refuseLedger(second, schema);
        break;
      case SQLITE_READ:
      case SQLITE_INSERT:
      case SQLITE_DELETE:
      case SQLITE_UPDATE:
      case SQLITE_CREATE_TABLE:
      case SQLITE_DROP_TABLE:
      case SQLITE_CREATE_TEMP_TABLE:
      case SQLITE_CREATE_TEMP_VIEW:
      case SQLITE_CREATE_VIEW:
      case SQLITE_CREATE_VTABLE:
        this.#refuseLedger(first, schema);
        break;
    }
    this.#changes.note(question);
  }

  #refuseTransaction(operation: string): void {
    if (this.#rules !== 'atomic') return;
    throw endsTransaction(operation);
  }

  #refuseSavepoint(operation: string, name: string): void {
    if (fold(name) !== this.#savepoint) return;
    throw ownSavepoint(operation, name);
  }

  #refuseOtherDatabases(): void {
    if (this.#rules !== 'atomic') return;
    throw new RefusedError(
      'A revision changes one database: ATTACH, DETACH and VACUUM cannot run in its transaction.',
      'Say `transaction: off` in the header if this revision needs them.',
    );
  }

  #refusePragma(name: string, argument: string): void {
    if (this.#rules !== 'atomic' || argument === '' || pragmaIsHarmless(name)) return;
    throw new RefusedError(
      `\`PRAGMA ${name}\` does nothing inside a transaction, or outlives the revision.`,
      'Say `transaction: off` in the header if this revision needs it.',
    );
  }

  #refuseLedger(name: string, schema: string): void {
    // Where no column is read, as in `SELECT count(*)`, a schema is named only if the text did.
    if (name.length !== this.#ledger.length || fold(name) !== this.#ledger) return;
    if (!['main', 'temp', ''].includes(schema)) return;
    throw new RefusedError(
      `No revision may touch \`${this.#ledger}\`: it is mig's ledger.`,
      '`mig stamp` and `mig repair` change it.',
    );
  }
}
