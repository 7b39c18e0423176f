import type { AnyTable, Column, PrimaryKey, Table, Unique } from './model.ts';
import { fold } from './names.ts';
import { parseColumn } from './parse-column.ts';
import { isConstraint, parseConstraint } from './parse-constraint.ts';
import { Reader, Unparsed } from './reader.ts';
import { TableDraft } from './table-draft.ts';
import { type KnownNames, wordsOf } from './words.ts';

/**
 * Parses the SQL of a table as `sqlite_schema` has it. What the grammar of SQLite 3.53 does
 * not have makes an opaque table, which is still sound to compare.
 */
export function parseTable(name: string, sql: string): AnyTable {
  try {
    // What stands in double quotes is a name only if there is a column of that name.
    const first = readTable(name, sql, new Set());
    return sql.includes('"') ? readTable(name, sql, namesOf(first)) : first;
  } catch (error) {
    if (!(error instanceof Unparsed)) throw error;
    return { kind: 'opaque', name, words: opaqueWords(sql), why: error.message, text: sql };
  }
}

/** The names that a table gives to the expressions in it. */
export function namesOf(table: Table): KnownNames {
  return new Set([fold(table.name), ...table.columns.map((column) => fold(column.name))]);
}

function readTable(name: string, sql: string, known: KnownNames): Table {
  const reader = new Reader(sql);
  skipHead(reader);
  const draft = new TableDraft(sql, known);
  reader.expectsSymbol('(');
  do {
    if (draft.columns.length > 0 && isConstraint(reader)) break;
    parseColumn(reader, draft);
  } while (reader.takesSymbol(','));
  // The commas between the constraints of a table may be left out.
  while (!reader.takesSymbol(')')) {
    parseConstraint(reader, draft);
    reader.takesSymbol(',');
  }
  const options = readOptions(reader);
  if (!reader.done) throw reader.unparsed('the end');
  return finish({ kind: 'table', name, ...draft.result(), ...options, text: sql });
}

/** `CREATE TABLE [IF NOT EXISTS] [schema.]name` */
function skipHead(reader: Reader): void {
  reader.expects('CREATE', 'TABLE');
  reader.takes('IF', 'NOT', 'EXISTS');
  reader.name();
  if (reader.takesSymbol('.')) reader.name();
}

function opaqueWords(sql: string): string {
  const reader = new Reader(sql);
  try {
    skipHead(reader);
  } catch {
    return wordsOf(sql, new Reader(sql).rest(), new Set());
  }
  return wordsOf(sql, reader.rest(), new Set());
}

function readOptions(reader: Reader): { strict: boolean; withoutRowid: boolean } {
  let strict = false;
  let withoutRowid = false;
  if (reader.done) return { strict, withoutRowid };
  do {
    if (reader.takes('STRICT')) strict = true;
    else if (reader.takes('WITHOUT', 'ROWID')) withoutRowid = true;
    else throw reader.unparsed('STRICT or WITHOUT ROWID');
  } while (reader.takesSymbol(','));
  return { strict, withoutRowid };
}

/** What follows from the whole of a table for its parts. */
function finish(table: Table): Table {
  const primaryKey = table.primaryKey === null ? null : ownCollations(table, table.primaryKey);
  const finished = withAlias(table, primaryKey);
  const unique = table.unique.map((each) => ownCollations(table, each));
  return { ...finished, unique: oncePerKey(unique, finished.primaryKey) };
}

/** A key column that names the collation that its column has anyway names none. */
function ownCollations<Key extends Unique | PrimaryKey>(table: Table, key: Key): Key {
  const columns = key.columns.map((each) => {
    const own = table.columns.find((column) => fold(column.name) === fold(each.name));
    if (own === undefined) throw new Unparsed(`there is no column ${each.name} for the key`);
    return own.collation === each.collation ? { ...each, collation: null } : each;
  });
  return { ...key, columns };
}

/**
 * A primary key that is the rowid has no order; all other columns of the key of a STRICT
 * table, and of one without rowid, are NOT NULL without saying so.
 */
function withAlias(table: Table, primaryKey: PrimaryKey | null): Table {
  if (primaryKey === null) return table;
  if (primaryKey.rowidAlias && !table.withoutRowid) {
    const columns = primaryKey.columns.map((each) => ({ ...each, direction: 'asc' as const }));
    return { ...table, primaryKey: { ...primaryKey, columns } };
  }
  const plain = { ...primaryKey, rowidAlias: false };
  if (!table.strict && !table.withoutRowid) return { ...table, primaryKey: plain };
  const names = new Set(plain.columns.map((each) => fold(each.name)));
  const columns = table.columns.map(
    (column): Column =>
      names.has(fold(column.name)) && column.notNull === null
        ? { ...column, notNull: { conflict: 'ABORT', name: null } }
        : column,
  );
  return { ...table, columns, primaryKey: plain };
}

/** SQLite makes one index for constraints on the same columns, whatever their directions. */
function oncePerKey(all: readonly Unique[], primaryKey: PrimaryKey | null): readonly Unique[] {
  const byKey = new Map<string, Unique>();
  for (const each of all) {
    const known = byKey.get(keyOf(each));
    if (known === undefined) byKey.set(keyOf(each), each);
    else if (known.conflict === 'ABORT')
      byKey.set(keyOf(each), { ...known, conflict: each.conflict });
  }
  if (primaryKey !== null && !primaryKey.rowidAlias) byKey.delete(keyOf(primaryKey));
  return [...byKey.values()];
}

function keyOf({ columns }: Unique | PrimaryKey): string {
  return JSON.stringify(columns.map(({ name, collation }) => [fold(name), collation]));
}
