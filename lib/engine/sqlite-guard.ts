import { constants, type DatabaseSync } from 'node:sqlite';
import { fold } from '../schema/names.ts';
import { pragmaIsHarmless, transactionRefusal } from '../sql/refusals.ts';

/** What a script did to the database, by what SQLite asked leave for. Names are folded. */
export interface Trace {
  /** Tables made, altered, dropped or written, or whose indexes were made or dropped. */
  readonly touched: ReadonlySet<string>;
  /** Tables that were made, altered or dropped. */
  readonly reshaped: ReadonlySet<string>;
  readonly inserted: ReadonlySet<string>;
  /**
   * Through which triggers rows of a table were inserted or updated; the empty name stands
   * for the file itself.
   */
  readonly writers: ReadonlyMap<string, ReadonlySet<string>>;
  /** Rows were deleted, other than by DROP TABLE. */
  readonly deleted: ReadonlySet<string>;
  readonly updated: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether it may have made TEMP objects, which may still be there. */
  readonly leavesTemp: boolean;
}

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
  #trace = newTrace();
  #dropping: string | null = null;

  /**
   * @param ledger name of the ledger's table.
   * @param savepoint the name that mig's own savepoints have.
   */
  constructor(db: DatabaseSync, ledger: string, savepoint: string) {
    this.#ledger = fold(ledger);
    this.#savepoint = fold(savepoint);
    db.setAuthorizer((action, first, second, schema, trigger) => {
      if (this.#rules !== 'none') {
        this.#look(action, first ?? '', second ?? '', schema ?? '', trigger ?? '');
      }
      return constants.SQLITE_OK;
    });
  }

  /**
   * Does something under the rules and returns what it did.
   *
   * @throws RefusedError, as the error of the statement.
   */
  during(rules: 'atomic' | 'stepwise', action: () => void): Trace {
    this.#trace = newTrace();
    this.#dropping = null;
    this.#rules = rules;
    try {
      action();
    } finally {
      this.#rules = 'none';
    }
    return this.#trace;
  }

  /** What was done since `during` began or this was asked before. */
  take(): Trace {
    const trace = this.#trace;
    this.#trace = newTrace();
    return trace;
  }

  #look(action: number, first: string, second: string, schema: string, trigger: string): void {
    const trace = this.#trace;
    const name = fold(first);
    switch (action) {
      case constants.SQLITE_TRANSACTION:
        this.#refuseTransaction(first);
        return;
      case constants.SQLITE_SAVEPOINT:
        this.#refuseSavepoint(first, second);
        return;
      case constants.SQLITE_ATTACH:
      case constants.SQLITE_DETACH:
        this.#refuseOtherDatabases();
        return;
      case constants.SQLITE_PRAGMA:
        this.#refusePragma(name, second);
        return;
      case constants.SQLITE_READ:
        this.#refuseLedger(name, schema);
        return;
      case constants.SQLITE_INSERT:
        this.#refuseLedger(name, schema);
        if (schema !== 'main') return;
        trace.touched.add(name);
        trace.inserted.add(name);
        note(trace.writers, name, trigger);
        return;
      case constants.SQLITE_DELETE:
        this.#refuseLedger(name, schema);
        if (schema !== 'main') return;
        trace.touched.add(name);
        // DROP TABLE asks for leave to delete, too, right behind its own.
        if (this.#dropping === name) this.#dropping = null;
        else trace.deleted.add(name);
        return;
      case constants.SQLITE_UPDATE:
        this.#refuseLedger(name, schema);
        if (schema !== 'main') return;
        trace.touched.add(name);
        note(trace.updated, name, fold(second));
        note(trace.writers, name, trigger);
        return;
      case constants.SQLITE_CREATE_TABLE:
      case constants.SQLITE_DROP_TABLE:
        this.#refuseLedger(name, schema);
        if (action === constants.SQLITE_DROP_TABLE) this.#dropping = name;
        // `CREATE TABLE temp.t` is asked for like this, too.
        if (schema === 'temp') trace.leavesTemp = true;
        else reshape(trace, name);
        return;
      case constants.SQLITE_ALTER_TABLE:
        // Here the schema comes first, and the table second.
        this.#refuseLedger(fold(second), first);
        reshape(trace, fold(second));
        return;
      case constants.SQLITE_CREATE_INDEX:
      case constants.SQLITE_DROP_INDEX:
        this.#refuseLedger(fold(second), schema);
        // A foreign key may refer to columns that only this index makes unique.
        if (schema === 'main') trace.touched.add(fold(second));
        return;
      // Of `CREATE TRIGGER temp.t` it does not tell that it is one.
      case constants.SQLITE_CREATE_TRIGGER:
      case constants.SQLITE_CREATE_TEMP_TRIGGER:
        trace.leavesTemp = true;
        this.#refuseLedger(fold(second), schema);
        return;
      case constants.SQLITE_CREATE_TEMP_TABLE:
      case constants.SQLITE_CREATE_TEMP_VIEW:
        trace.leavesTemp = true;
        this.#refuseLedger(name, schema);
        return;
      case constants.SQLITE_CREATE_VIEW:
      case constants.SQLITE_CREATE_VTABLE:
        trace.leavesTemp ||= schema === 'temp';
        this.#refuseLedger(name, schema);
        return;
    }
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
    if (name !== this.#ledger || !['main', 'temp', ''].includes(schema)) return;
    throw new RefusedError(
      `No revision may touch \`${this.#ledger}\`: it is mig's ledger.`,
      '`mig stamp` and `mig repair` change it.',
    );
  }
}

interface OpenTrace {
  readonly touched: Set<string>;
  readonly reshaped: Set<string>;
  readonly inserted: Set<string>;
  readonly writers: Map<string, Set<string>>;
  readonly deleted: Set<string>;
  readonly updated: Map<string, Set<string>>;
  leavesTemp: boolean;
}

function newTrace(): OpenTrace {
  return {
    touched: new Set(),
    reshaped: new Set(),
    inserted: new Set(),
    writers: new Map(),
    deleted: new Set(),
    updated: new Map(),
    leavesTemp: false,
  };
}

function note(sets: Map<string, Set<string>>, key: string, value: string): void {
  const values = sets.get(key) ?? new Set();
  sets.set(key, values.add(value));
}

function reshape(trace: OpenTrace, name: string): void {
  trace.touched.add(name);
  trace.reshaped.add(name);
}
