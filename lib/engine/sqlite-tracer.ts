import { constants, type DatabaseSync } from 'node:sqlite';
import { fold } from '../schema/names.ts';
import type { ScratchTrace } from '../schema/scratch.ts';
import { spokenNames } from '../schema/spoken-names.ts';
import { CLOCK_FUNCTIONS, COUNTING_FUNCTIONS, RANDOM_FUNCTIONS } from '../schema/volatile.ts';
import { pragmaIsHarmless } from '../sql/refusals.ts';
import { ChangeNotes, type Question, questionOf } from './sqlite-changes.ts';
import { endsTransaction, ownSavepoint, RefusedError } from './sqlite-guard.ts';

/**
 * SQLite's authorizer around what runs in a scratch database: it notes what a script reads
 * and writes, and keeps it inside.
 */
export class Tracer {
  #open: WritableScratchTrace | null = null;
  #transaction: 'on' | 'off' = 'on';
  readonly #savepoints: string;
  /** The changes to rows and tables alone, as a run has them. */
  readonly changes = new ChangeNotes();

  /** @param savepoints what the names of mig's own savepoints begin with. */
  constructor(db: DatabaseSync, savepoints: string) {
    this.#savepoints = savepoints;
    db.setAuthorizer((action, first, second, schema, via) => {
      if (this.#open === null) return constants.SQLITE_OK;
      // VACUUM attaches a database with the name ''. Of an expression, SQLite tells none at all.
      if (action === constants.SQLITE_ATTACH && first !== '') throw outside();
      const question = questionOf(action, first, second, schema, via);
      this.changes.note(question);
      return this.#answer(this.#open, question);
    });
  }

  /** Does something, and returns what it did. @throws RefusedError, as that of the statement */
  during(sql: string, transaction: 'on' | 'off', action: () => void): ScratchTrace {
    const open = emptyScratchTrace();
    this.#open = open;
    this.#transaction = transaction;
    try {
      action();
    } finally {
      this.#open = null;
    }
    const { names, readsSchema, parsesAll } = spokenNames(sql);
    return {
      ...open,
      names: new Set([...open.names, ...names]),
      readsSchema: open.readsSchema || readsSchema,
      parsesAll,
      countsChanges: COUNTING_FUNCTIONS.some((each) => open.functions.has(each)),
      usesRandom: RANDOM_FUNCTIONS.some((each) => open.functions.has(each)),
      usesClock: CLOCK_FUNCTIONS.some((each) => open.functions.has(each)),
    };
  }

  /** Looks at something meanwhile that the script has no part in. */
  aside<T>(look: () => T): T {
    const open = this.#open;
    this.#open = null;
    try {
      return look();
    } finally {
      this.#open = open;
    }
  }

  #answer(trace: WritableScratchTrace, { action, first, second, schema, via }: Question): number {
    const name = fold(first);
    const other = fold(second);
    switch (action) {
      case constants.SQLITE_TRANSACTION:
        this.#refuseTransaction(first);
        break;
      case constants.SQLITE_SAVEPOINT:
        this.#refuseSavepoint(first, second);
        break;
      case constants.SQLITE_PRAGMA:
        // A copy has lost its name, and could not be given a `-wal` file.
        if (name === 'journal_mode' && second !== '') return constants.SQLITE_IGNORE;
        // Inside a transaction most do nothing, or would outlive the script.
        if (this.#transaction === 'on' && second !== '' && !pragmaIsHarmless(name)) {
          return constants.SQLITE_IGNORE;
        }
        break;
      case constants.SQLITE_READ:
        if (isOwn(name)) trace.readsSchema ||= via !== '';
        else if (name.startsWith('pragma_')) trace.readsSchema = true;
        else if (schema !== 'temp') trace.reads.add(name);
        break;
      case constants.SQLITE_ANALYZE:
        trace.reads.add(name);
        break;
      case constants.SQLITE_FUNCTION:
        trace.functions.add(other);
        break;
      case constants.SQLITE_INSERT:
      case constants.SQLITE_DELETE:
      case constants.SQLITE_UPDATE:
        if (schema === 'main' && !isOwn(name)) trace.writes.add(name);
        break;
      default:
        // `CREATE TABLE temp.t` asks as if it were no TEMP table.
        if (schema === 'temp') trace.makesTemp = true;
        noteDdl(trace, action, name, other);
    }
    return constants.SQLITE_OK;
  }

  #refuseTransaction(operation: string): void {
    if (this.#transaction === 'off') return;
    throw endsTransaction(operation);
  }

  #refuseSavepoint(operation: string, name: string): void {
    if (!fold(name).startsWith(this.#savepoints)) return;
    throw ownSavepoint(operation, name);
  }
}

function outside(): RefusedError {
  return new RefusedError('A file cannot reach other databases in scratch.');
}

function noteDdl(trace: WritableScratchTrace, action: number, name: string, other: string): void {
  switch (action) {
    case constants.SQLITE_CREATE_TABLE:
    case constants.SQLITE_CREATE_VIEW:
    case constants.SQLITE_CREATE_VTABLE:
    case constants.SQLITE_DROP_TABLE:
    case constants.SQLITE_DROP_VIEW:
    case constants.SQLITE_DROP_VTABLE:
      if (isOwn(name)) return;
      trace.names.add(name);
      trace.reshapes.add(name);
      return;
    case constants.SQLITE_CREATE_INDEX:
    case constants.SQLITE_CREATE_TRIGGER:
    case constants.SQLITE_DROP_INDEX:
    case constants.SQLITE_DROP_TRIGGER:
      if (!isOwn(name)) trace.names.add(name);
      trace.reshapes.add(other);
      return;
    case constants.SQLITE_ALTER_TABLE:
      // Here the schema comes first, and the table second.
      trace.names.add(other);
      trace.reshapes.add(other);
      return;
    case constants.SQLITE_CREATE_TEMP_TABLE:
    case constants.SQLITE_CREATE_TEMP_VIEW:
    case constants.SQLITE_CREATE_TEMP_TRIGGER:
    case constants.SQLITE_CREATE_TEMP_INDEX:
      trace.makesTemp = true;
      return;
  }
}

interface WritableScratchTrace {
  readonly reads: Set<string>;
  readonly writes: Set<string>;
  readonly reshapes: Set<string>;
  readonly names: Set<string>;
  readonly functions: Set<string>;
  readsSchema: boolean;
  makesTemp: boolean;
}

function emptyScratchTrace(): WritableScratchTrace {
  return {
    reads: new Set(),
    writes: new Set(),
    reshapes: new Set(),
    names: new Set(),
    functions: new Set(),
    readsSchema: false,
    makesTemp: false,
  };
}

function isOwn(name: string): boolean {
  return name.startsWith('sqlite_');
}
