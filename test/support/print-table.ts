import {
  checkSql,
  columnKeySql,
  columnSql,
  constraintName,
  keyColumnsSql,
} from '../../lib/schema/compare/print-parts.ts';
import type {
  Column,
  Conflict,
  ForeignKey,
  PrimaryKey,
  Table,
  Unique,
} from '../../lib/schema/model.ts';
import { fold, nameSql } from '../../lib/schema/names.ts';

/** A table as SQL that parses to the same model. */
export function tableSql(table: Table): string {
  const { primaryKey } = table;
  const inline = primaryKey !== null && isInlineOnly(table, primaryKey) ? primaryKey : null;
  const lines = [
    ...table.columns.map((column) =>
      inline !== null && isColumnOf(inline, column)
        ? `${columnSql(column)} ${inlineKeySql(inline)}`
        : columnSql(column),
    ),
    ...(primaryKey === null || inline !== null ? [] : [primaryKeySql(primaryKey)]),
    ...table.unique.map(uniqueSql),
    ...table.checks.map(checkSql),
    ...table.foreignKeys.map(foreignKeySql),
  ];
  const options = [
    ...(table.strict ? ['STRICT'] : []),
    ...(table.withoutRowid ? ['WITHOUT ROWID'] : []),
  ];
  const end = options.length === 0 ? '' : ` ${options.join(', ')}`;
  return `CREATE TABLE ${nameSql(table.name)} (\n${lines.map((line) => `  ${line}`).join(',\n')}\n)${end}`;
}

/** An INTEGER key that is not the rowid: only `INTEGER PRIMARY KEY DESC` is one. */
function isInlineOnly({ columns, withoutRowid }: Table, key: PrimaryKey): boolean {
  if (key.rowidAlias || withoutRowid || key.columns.length !== 1) return false;
  return columns.some((column) => isColumnOf(key, column) && column.type === 'INTEGER');
}

function isColumnOf({ columns }: PrimaryKey, { name }: Column): boolean {
  return fold(columns[0]!.name) === fold(name);
}

function inlineKeySql({ columns, conflict, name }: PrimaryKey): string {
  // A UNIQUE before it makes the index, and that one ascends.
  const first = columns[0]!.direction === 'asc' ? 'UNIQUE ' : '';
  return `${first}${constraintName(name)}PRIMARY KEY DESC${conflictSql(conflict)}`;
}

function primaryKeySql({ columns, autoincrement, conflict, name }: PrimaryKey): string {
  const list = keyColumnsSql(columns);
  const inside = autoincrement ? `${list.slice(0, -1)} AUTOINCREMENT)` : list;
  return `${constraintName(name)}PRIMARY KEY ${inside}${conflictSql(conflict)}`;
}

function uniqueSql({ columns, conflict, name }: Unique): string {
  return `${constraintName(name)}UNIQUE ${keyColumnsSql(columns)}${conflictSql(conflict)}`;
}

function foreignKeySql(key: ForeignKey): string {
  const { columns, name } = key;
  return `${constraintName(name)}FOREIGN KEY (${columns.map(nameSql).join(', ')}) ${columnKeySql({ ...key, name: null })}`;
}

function conflictSql(conflict: Conflict): string {
  return conflict === 'ABORT' ? '' : ` ON CONFLICT ${conflict}`;
}
