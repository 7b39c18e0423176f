import { columnIn } from './columns.ts';
import type { Column, Table } from './model.ts';
import { fold, nameSql } from './names.ts';

/** What SQLite calls the rowid, where no column is called so. */
export const ROWID_NAMES: readonly string[] = ['rowid', '_rowid_', 'oid'];

/** The column that is the rowid under another name; null where there is none. */
export function aliasOf({ primaryKey }: Table): string | null {
  return primaryKey?.rowidAlias === true ? primaryKey.columns[0]!.name : null;
}

/** A name of the rowid that no column hides; null where all are hidden. */
export function rowidName(table: Table): string | null {
  if (table.withoutRowid) return null;
  const free = ROWID_NAMES.find((name) => columnIn(table, name) === undefined);
  const alias = aliasOf(table);
  return free ?? (alias === null ? null : nameSql(alias));
}

/** Whether a column that there is becomes the rowid under another name. */
export function becomesRowid(before: Table, after: Table, { name }: Column): boolean {
  const [old, now] = [aliasOf(before), aliasOf(after)];
  const isNow = now !== null && fold(now) === fold(name);
  return isNow && (old === null || fold(old) !== fold(name));
}

/** The column that becomes the rowid, where it may be NULL: SQLite puts a number in its place. */
export function numberedColumn(before: Table, after: Table): Column | null {
  const alias = aliasOf(after);
  const column = alias === null ? undefined : columnIn(before, alias);
  if (column === undefined || column.notNull !== null) return null;
  return becomesRowid(before, after, column) ? column : null;
}

/** Whether a column is (part of) a reference: then it must not get a number that means nothing. */
export function isReference({ foreignKeys }: Table, { name }: Pick<Column, 'name'>): boolean {
  return foreignKeys.some(({ columns }) => columns.some((each) => fold(each) === fold(name)));
}

/**
 * Whether a column would be the rowid and a reference to some row, and there is no number to
 * take over: the rows have none, or theirs is the value of another column.
 *
 * @param column a new one; by its name alone that cannot be told, where columns are renamed.
 */
export function isUnnumbered(before: Table, after: Table, column: Pick<Column, 'name'>): boolean {
  const isRowid = fold(aliasOf(after) ?? '') === fold(column.name);
  if (!isRowid || !isReference(after, column)) return false;
  return before.withoutRowid || aliasOf(before) !== null;
}

/** What no INTEGER PRIMARY KEY takes: it stands for a NULL that must not become a number. */
export const NO_NUMBER = "'NULL'";
