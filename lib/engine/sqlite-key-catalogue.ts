import type { DatabaseSync } from 'node:sqlite';
import { fold } from '../schema/names.ts';
import { renames } from '../sql/renames.ts';
import type { Trace } from './sqlite-changes.ts';
import { byChild, type DatabaseForeignKey } from './sqlite-foreign-keys.ts';

/**
 * All foreign keys of a database, kept up to date over the steps of a run: to read them
 * anew for each, or only to go through them, would cost more than most revisions do.
 */
export class ForeignKeyCatalogue {
  readonly #ofChild = new Map<string, readonly DatabaseForeignKey[]>();
  /** The children of each parent. Names are folded. */
  readonly #children = new Map<string, Set<string>>();
  #version: number | null = null;
  /** Whether the transaction is still open in which the keys were read: nobody else writes. */
  #isFresh = false;

  /** Makes sure that the keys are those of now: somebody else may have changed the schema. */
  refresh(db: DatabaseSync): void {
    if (this.#isFresh) return;
    const version = schemaVersion(db);
    if (version === this.#version) return;
    this.#ofChild.clear();
    this.#children.clear();
    for (const [child, keys] of byChild(allForeignKeys(db))) this.#know(child, keys);
    this.#version = version;
  }

  /** The keys whose child or parent is one of some tables, whose names are folded. */
  touching(tables: Iterable<string>): readonly DatabaseForeignKey[] {
    const found = new Set<DatabaseForeignKey>();
    for (const table of tables) {
      for (const key of this.#ofChild.get(table) ?? []) found.add(key);
      for (const child of this.#children.get(table) ?? []) {
        for (const key of this.#ofChild.get(child)!) if (fold(key.parent) === table) found.add(key);
      }
    }
    // In one order, whatever the run did before.
    return [...found].sort((a, b) => compare(a.child, b.child) || a.number - b.number);
  }

  /**
   * Learns what a script did to the keys.
   *
   * @param sql its text: where it renames something, any table may have changed; and where
   *   it does not say REFERENCES, no table can have got a key.
   */
  after(db: DatabaseSync, trace: Trace, sql: string): void {
    if (renames(sql).length > 0) {
      this.forget();
      this.refresh(db);
      return;
    }
    const mayAdd = /\breferences\b/i.test(sql);
    for (const table of trace.reshaped) {
      if (mayAdd || this.#ofChild.has(table)) this.#know(table, keysOf(db, table));
    }
    this.#isFresh = true;
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

  #know(child: string, keys: readonly DatabaseForeignKey[]): void {
    for (const { parent } of this.#ofChild.get(child) ?? []) {
      this.#children.get(fold(parent))?.delete(child);
    }
    if (keys.length === 0) this.#ofChild.delete(child);
    else this.#ofChild.set(child, keys);
    for (const { parent } of keys) {
      const children = this.#children.get(fold(parent)) ?? new Set();
      this.#children.set(fold(parent), children.add(child));
    }
  }
}

const COLUMNS = `m.name AS child, f.id AS number, f."from" AS "column", f."table" AS parent,
  f."to" AS parentColumn, f.on_update AS onUpdate, f.on_delete AS onDelete`;

/** Every foreign key of the database. */
export function allForeignKeys(db: DatabaseSync): readonly DatabaseForeignKey[] {
  const rows = db
    .prepare(
      `SELECT ${COLUMNS} FROM main.sqlite_schema AS m, pragma_foreign_key_list(m.name, 'main') AS f
        WHERE m.type = 'table' AND instr(upper(m.sql), 'REFERENCES') > 0
        ORDER BY m.name, f.id, f.seq`,
    )
    .all() as unknown as readonly KeyRow[];
  return keysIn(rows);
}

/** @param table its name, folded. */
function keysOf(db: DatabaseSync, table: string): readonly DatabaseForeignKey[] {
  // Most tables have none, and that is quickly seen; the schema is a long list to go through.
  const list = db.prepare("SELECT 1 FROM pragma_foreign_key_list(?, 'main')");
  if (list.get(table) === undefined) return [];
  const rows = db
    .prepare(
      `SELECT ${COLUMNS} FROM main.sqlite_schema AS m, pragma_foreign_key_list(m.name, 'main') AS f
        WHERE m.name = ? COLLATE NOCASE AND m.type = 'table'
        ORDER BY f.id, f.seq`,
    )
    .all(table) as unknown as readonly KeyRow[];
  return keysIn(rows);
}

function keysIn(rows: readonly KeyRow[]): readonly DatabaseForeignKey[] {
  const keys: DatabaseForeignKey[] = [];
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

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
