import type { DatabaseSync } from 'node:sqlite';
import { renames } from '../sql/renames.ts';
import type { Trace } from './sqlite-changes.ts';
import { byChild, type ForeignKey } from './sqlite-foreign-keys.ts';

/**
 * All foreign keys of a database, kept up to date over the steps of a run: to read them
 * anew for each would cost more than most revisions do.
 */
export class ForeignKeyCatalogue {
  #keys: ReadonlyMap<string, readonly ForeignKey[]> = new Map();
  #all: readonly ForeignKey[] = [];
  #version: number | null = null;
  /** Whether the transaction is still open in which the keys were read: nobody else writes. */
  #isFresh = false;

  /** The keys as they are now; read again when somebody else changed the schema. */
  current(db: DatabaseSync): readonly ForeignKey[] {
    if (this.#isFresh) return this.#all;
    const version = schemaVersion(db);
    if (version !== this.#version) {
      this.#know(byChild(readKeys(db, null)));
      this.#version = version;
    }
    return this.#all;
  }

  /**
   * The keys after a script ran.
   *
   * @param sql its text: where it renames something, any table may have changed; and where
   *   it does not say REFERENCES, no table can have got a key.
   */
  after(db: DatabaseSync, trace: Trace, sql: string): readonly ForeignKey[] {
    if (renames(sql).length > 0) {
      this.forget();
      return this.current(db);
    }
    const mayAdd = /\breferences\b/i.test(sql);
    const read = [...trace.reshaped]
      .filter((table) => mayAdd || this.#keys.has(table))
      .map((table) => [table, readKeys(db, table)] as const);
    const changed = read.filter(([table, keys]) => keys.length > 0 || this.#keys.has(table));
    if (changed.length > 0) {
      const keys = new Map(this.#keys);
      for (const [table, ofTable] of changed) {
        if (ofTable.length === 0) keys.delete(table);
        else keys.set(table, ofTable);
      }
      this.#know(keys);
    }
    this.#isFresh = true;
    return this.#all;
  }

  /** From here on, somebody else may change the schema. */
  release(db: DatabaseSync): void {
    if (!this.#isFresh) return;
    this.#version = schemaVersion(db);
    this.#isFresh = false;
  }

  /** After a rollback nothing is known. */
  forget(): void {
    this.#version = null;
    this.#isFresh = false;
  }

  #know(keys: ReadonlyMap<string, readonly ForeignKey[]>): void {
    this.#keys = keys;
    this.#all = [...keys.values()].flat();
  }
}

function readKeys(db: DatabaseSync, table: string | null): readonly ForeignKey[] {
  // Most tables have none, and that is quickly seen; the schema is a long list to go through.
  if (table !== null && !hasKeys(db, table)) return [];
  const rows = db
    .prepare(
      `SELECT m.name AS child, f.id AS number, f."from" AS "column", f."table" AS parent,
              f."to" AS parentColumn, f.on_update AS onUpdate, f.on_delete AS onDelete
         FROM main.sqlite_schema AS m, pragma_foreign_key_list(m.name, 'main') AS f
        WHERE m.type = 'table' AND m.sql LIKE '%REFERENCES%'
          ${table === null ? '' : 'AND m.name = ? COLLATE NOCASE'}
        ORDER BY m.name, f.id, f.seq`,
    )
    .all(...(table === null ? [] : [table])) as unknown as readonly KeyRow[];
  const keys: ForeignKey[] = [];
  for (const { column, parentColumn, ...key } of rows) {
    const last = keys.at(-1);
    if (last !== undefined && last.child === key.child && last.number === key.number) {
      keys[keys.length - 1] = {
        ...last,
        columns: [...last.columns, column],
        parentColumns: parentColumn === null ? [] : [...last.parentColumns, parentColumn],
      };
    } else {
      keys.push({
        ...key,
        columns: [column],
        parentColumns: parentColumn === null ? [] : [parentColumn],
      });
    }
  }
  return keys;
}

function hasKeys(db: DatabaseSync, table: string): boolean {
  const list = db.prepare("SELECT 1 FROM pragma_foreign_key_list(?, 'main')");
  return list.get(table) !== undefined;
}

interface KeyRow {
  readonly child: string;
  readonly number: number;
  readonly column: string;
  readonly parent: string;
  readonly parentColumn: string | null;
  readonly onUpdate: string;
  readonly onDelete: string;
}

function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA main.schema_version').get()?.schema_version);
}
