import { constants } from 'node:sqlite';
import { fold } from '../schema/names.ts';

// Looked up once: SQLite asks a dozen times for each statement.
const {
  SQLITE_ALTER_TABLE,
  SQLITE_CREATE_INDEX,
  SQLITE_CREATE_TABLE,
  SQLITE_CREATE_TEMP_TABLE,
  SQLITE_CREATE_TEMP_TRIGGER,
  SQLITE_CREATE_TEMP_VIEW,
  SQLITE_CREATE_TRIGGER,
  SQLITE_CREATE_VIEW,
  SQLITE_CREATE_VTABLE,
  SQLITE_DELETE,
  SQLITE_DROP_INDEX,
  SQLITE_DROP_TABLE,
  SQLITE_INSERT,
  SQLITE_UPDATE,
} = constants;

/** SQLite's own table, which every DDL statement writes to. */
export const SCHEMA_TABLE = 'sqlite_master';

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

/**
 * What SQLite asks its authorizer (sqlite.org/c3ref/c_alter_table.html); '' stands for what it
 * does not say.
 */
export interface Question {
  readonly action: number;
  /** Mostly the name of a table; what both are depends on the action. */
  readonly first: string;
  readonly second: string;
  /** `main`, `temp`, or the name of an attached database. */
  readonly schema: string;
  /** The trigger or view that it comes from. */
  readonly via: string;
}

/** A question as node:sqlite hands it over. */
export function questionOf(
  action: number,
  first: string | null,
  second: string | null,
  schema: string | null,
  via: string | null,
): Question {
  return { action, first: first ?? '', second: second ?? '', schema: schema ?? '', via: via ?? '' };
}

/** Takes down what an authorizer is asked, as the changes that it means. */
export class ChangeNotes {
  #trace = emptyTrace();
  #dropping: string | null = null;

  /** What was noted since the beginning, or since this was asked before. */
  take(): Trace {
    const trace = this.#trace;
    this.#trace = emptyTrace();
    this.#dropping = null;
    return trace;
  }

  /** Takes down a question whose answer was yes. */
  note({ action, first, second, schema, via }: Question): void {
    if (first === SCHEMA_TABLE) return;
    const trace = this.#trace;
    const name = fold(first);
    switch (action) {
      case SQLITE_INSERT:
        if (schema !== 'main') return;
        trace.touched.add(name);
        trace.inserted.add(name);
        add(trace.writers, name, via);
        return;
      case SQLITE_DELETE:
        if (schema !== 'main') return;
        trace.touched.add(name);
        // DROP TABLE asks for leave to delete, too, right behind its own.
        if (this.#dropping === name) this.#dropping = null;
        else trace.deleted.add(name);
        return;
      case SQLITE_UPDATE:
        if (schema !== 'main') return;
        trace.touched.add(name);
        add(trace.updated, name, fold(second));
        add(trace.writers, name, via);
        return;
      case SQLITE_CREATE_TABLE:
      case SQLITE_DROP_TABLE:
        if (action === SQLITE_DROP_TABLE) this.#dropping = name;
        // `CREATE TABLE temp.t` is asked for like this, too.
        if (schema === 'temp') trace.leavesTemp = true;
        else reshape(trace, name);
        return;
      case SQLITE_ALTER_TABLE:
        // Here the schema comes first, and the table second.
        reshape(trace, fold(second));
        return;
      case SQLITE_CREATE_INDEX:
      case SQLITE_DROP_INDEX:
        // A foreign key may refer to columns that only this index makes unique.
        if (schema === 'main') trace.touched.add(fold(second));
        return;
      // Of `CREATE TRIGGER temp.t` it does not tell that it is one.
      case SQLITE_CREATE_TRIGGER:
      case SQLITE_CREATE_TEMP_TRIGGER:
      case SQLITE_CREATE_TEMP_TABLE:
      case SQLITE_CREATE_TEMP_VIEW:
        trace.leavesTemp = true;
        return;
      case SQLITE_CREATE_VIEW:
      case SQLITE_CREATE_VTABLE:
        trace.leavesTemp ||= schema === 'temp';
        return;
    }
  }
}

interface WritableTrace {
  readonly touched: Set<string>;
  readonly reshaped: Set<string>;
  readonly inserted: Set<string>;
  readonly writers: Map<string, Set<string>>;
  readonly deleted: Set<string>;
  readonly updated: Map<string, Set<string>>;
  leavesTemp: boolean;
}

function emptyTrace(): WritableTrace {
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

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const values = sets.get(key) ?? new Set();
  sets.set(key, values.add(value));
}

function reshape(trace: WritableTrace, name: string): void {
  trace.touched.add(name);
  trace.reshaped.add(name);
}
