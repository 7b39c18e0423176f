import type {
  AnyTable,
  ForeignKey,
  Index,
  Schema,
  SchemaObject,
  Trigger,
  View,
  VirtualTable,
} from '../model.ts';
import { fold } from '../names.ts';
import {
  isVirtual,
  parseIndex,
  parseTrigger,
  parseView,
  parseVirtualTable,
  type Stored,
} from './parse-objects.ts';
import { namesOf, parseTable } from './parse-table.ts';
import type { KnownNames } from './words.ts';

/** Objects that were read before, by their name and text. */
export interface KnownObjects {
  readonly tables: Map<string, AnyTable>;
  readonly indexes: Map<string, Index>;
}

/** Nothing known yet: for `readSchema`, which fills it. */
export function knownObjects(): KnownObjects {
  return { tables: new Map(), indexes: new Map() };
}

/**
 * The model of a schema.
 *
 * @param objects in the order in which they were created; mig's own table, SQLite's and the
 *   shadow tables of virtual ones left out.
 * @param known what was read before, to be read no second time; what is new is added.
 */
export function readSchema(
  objects: readonly SchemaObject[],
  known: KnownObjects = knownObjects(),
): Schema {
  const stored = objects.filter((each): each is Stored => each.sql !== null);
  const parsed = new Map<string, AnyTable>();
  const virtualTables = new Map<string, VirtualTable>();
  for (const each of stored) {
    if (each.type !== 'table') continue;
    if (isVirtual(each.sql)) virtualTables.set(fold(each.name), parseVirtualTable(each));
    else parsed.set(fold(each.name), readTable(each, known));
  }
  const tables = new Map([...parsed].map(([key, table]) => [key, withParentKeys(table, parsed)]));
  const names = allNames(stored, parsed);
  const indexes = new Map<string, Index>();
  const views = new Map<string, View>();
  const triggers = new Map<string, Trigger>();
  for (const each of stored) {
    const key = fold(each.name);
    if (each.type === 'index') indexes.set(key, readIndex(each, names, known));
    if (each.type === 'view') views.set(key, parseView(each, names));
    if (each.type === 'trigger') triggers.set(key, parseTrigger(each, names));
  }
  return { tables, indexes, views, triggers, virtualTables };
}

function readTable({ name, sql }: Stored, { tables }: KnownObjects): AnyTable {
  const key = `${name}\0${sql}`;
  const table = tables.get(key) ?? parseTable(name, sql);
  tables.set(key, table);
  return table;
}

/** What `"x"` means depends on the names that there are; without one, an index stays what it is. */
function readIndex(stored: Stored, names: KnownNames, { indexes }: KnownObjects): Index {
  if (stored.sql.includes('"')) return parseIndex(stored, names);
  const key = `${stored.name}\0${stored.sql}`;
  const index = indexes.get(key) ?? parseIndex(stored, names);
  indexes.set(key, index);
  return index;
}

/** Fills in what a foreign key that names no columns refers to. */
function withParentKeys(table: AnyTable, tables: ReadonlyMap<string, AnyTable>): AnyTable {
  if (table.kind === 'opaque' || table.foreignKeys.length === 0) return table;
  const foreignKeys = table.foreignKeys.map((key) =>
    key.parentColumns.length > 0 ? key : { ...key, parentColumns: parentKey(key, tables) },
  );
  return { ...table, foreignKeys };
}

function parentKey(
  { parent, columns }: ForeignKey,
  tables: ReadonlyMap<string, AnyTable>,
): readonly string[] {
  const found = tables.get(fold(parent));
  if (found?.kind !== 'table' || found.primaryKey === null) return [];
  const names = found.primaryKey.columns.map((each) => each.name);
  return names.length === columns.length ? names : [];
}

function allNames(stored: readonly Stored[], tables: ReadonlyMap<string, AnyTable>): KnownNames {
  const known = new Set<string>(stored.map((each) => fold(each.name)));
  for (const table of tables.values()) {
    if (table.kind === 'table') for (const name of namesOf(table)) known.add(name);
  }
  for (const name of ['new', 'old', 'rowid', 'excluded', 'main']) known.add(name);
  return known;
}
