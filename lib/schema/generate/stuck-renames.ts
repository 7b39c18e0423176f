import { nameOf, textOf } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import { columnIn } from '../columns.ts';
import type { Schema, Table } from '../model.ts';
import { fold } from '../names.ts';
import type { ColumnRename } from './rename-hints.ts';

/**
 * The renames of columns in tables where SQLite refuses one ("error in table t after rename:
 * no such column"): those tables are made anew under the new names.
 */
export function stuckRenames(
  before: Schema,
  columns: readonly ColumnRename[],
): readonly ColumnRename[] {
  return [...Map.groupBy(columns, (each) => fold(each.table))].flatMap(([key, own]) => {
    const table = before.tables.get(key);
    return table?.kind === 'table' && own.some(({ from }) => isStuck(table, from)) ? own : [];
  });
}

/**
 * SQLite loses track of an INTEGER key where a UNIQUE at the end of the table names it as
 * well: of the rowid where that stands before the key, and behind it in a table without
 * rowid. A UNIQUE that is the column's own, or an index, does no harm.
 */
function isStuck(table: Table, name: string): boolean {
  const [key, ...others] = table.primaryKey?.columns ?? [];
  if (key === undefined || others.length > 0 || fold(key.name) !== fold(name)) return false;
  if (columnIn(table, name)?.type !== 'INTEGER') return false;
  const { keyAt, uniqueAt } = placesOf(table.text, name);
  return uniqueAt.some((at) => at > keyAt === table.withoutRowid);
}

/** Where a table's text says PRIMARY KEY, and UNIQUE with a list that has the column in it. */
function placesOf(text: string, name: string): { keyAt: number; uniqueAt: readonly number[] } {
  const all = [...tokens(text)].filter((each) => each.kind !== 'comment');
  const isWord = (at: number, word: string) =>
    all[at]?.kind === 'word' && fold(textOf(text, all[at])) === word;
  const uniqueAt: number[] = [];
  for (const at of all.keys()) {
    if (!isWord(at, 'unique') || all[at + 1] === undefined) continue;
    if (textOf(text, all[at + 1]!) !== '(') continue;
    const end = all.findIndex((each, index) => index > at && textOf(text, each) === ')');
    const names = all.slice(at + 2, end).map((each) => fold(nameOf(text, each)));
    if (names.includes(fold(name))) uniqueAt.push(at);
  }
  return { keyAt: all.findIndex((_, at) => isWord(at, 'primary')), uniqueAt };
}
