import type { AnyTable, Table } from '../model.ts';
import { fold } from '../names.ts';
import { finish } from './finish-table.ts';
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
  const table: Table = { kind: 'table', name, ...draft.result(), ...options, text: sql };
  return finish(table, draft.uniqueBeforeKey);
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
