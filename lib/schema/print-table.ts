import type {
  Check,
  Column,
  Conflict,
  ForeignKey,
  KeyColumn,
  PrimaryKey,
  Table,
  Unique,
} from './model.ts';
import { fold, nameSql } from './names.ts';

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

/** A column with what is its own: keys, checks and references stand with the table. */
export function columnSql({
  name,
  type,
  notNull,
  default: given,
  collation,
  generated,
}: Column): string {
  return [
    nameSql(name),
    type,
    ...(notNull === null
      ? []
      : [`${constraintName(notNull.name)}NOT NULL${conflictSql(notNull.conflict)}`]),
    ...(given === null ? [] : [`DEFAULT ${given.sql}`]),
    ...(collation === 'BINARY' ? [] : [`COLLATE ${nameSql(collation)}`]),
    ...(generated === null
      ? []
      : [`GENERATED ALWAYS AS (${generated.expression}) ${generated.kind.toUpperCase()}`]),
  ]
    .filter((part) => part !== '')
    .join(' ');
}

export function primaryKeySql({ columns, autoincrement, conflict, name }: PrimaryKey): string {
  const list = keyColumnsSql(columns);
  const inside = autoincrement ? `${list.slice(0, -1)} AUTOINCREMENT)` : list;
  return `${constraintName(name)}PRIMARY KEY ${inside}${conflictSql(conflict)}`;
}

export function uniqueSql({ columns, conflict, name }: Unique): string {
  return `${constraintName(name)}UNIQUE ${keyColumnsSql(columns)}${conflictSql(conflict)}`;
}

export function checkSql({ expression, name }: Check): string {
  return `${constraintName(name)}CHECK (${expression})`;
}

export function foreignKeySql(key: ForeignKey): string {
  const { columns, name } = key;
  return `${constraintName(name)}FOREIGN KEY ${namesSql(columns)} ${targetSql(key)}`;
}

/** A foreign key of one column as it stands behind that column. */
export function columnKeySql(key: ForeignKey): string {
  return `${constraintName(key.name)}${targetSql(key)}`;
}

function targetSql(key: ForeignKey): string {
  const { parent, parentColumns } = key;
  const columns = parentColumns.length === 0 ? '' : ` ${namesSql(parentColumns)}`;
  const how = actionsSql(key);
  return `REFERENCES ${nameSql(parent)}${columns}${how === '' ? '' : ` ${how}`}`;
}

function namesSql(names: readonly string[]): string {
  return `(${names.map(nameSql).join(', ')})`;
}

/** What a foreign key does, as far as it is not the default. */
export function actionsSql({ onUpdate, onDelete, match, deferred }: ForeignKey): string {
  return [
    ...(onDelete === 'NO ACTION' ? [] : [`ON DELETE ${onDelete}`]),
    ...(onUpdate === 'NO ACTION' ? [] : [`ON UPDATE ${onUpdate}`]),
    ...(match === null ? [] : [`MATCH ${nameSql(match)}`]),
    ...(deferred ? ['DEFERRABLE INITIALLY DEFERRED'] : []),
  ].join(' ');
}

export function keyColumnsSql(columns: readonly KeyColumn[]): string {
  const each = columns.map(({ name, collation, direction }) =>
    [
      nameSql(name),
      ...(collation === null ? [] : [`COLLATE ${nameSql(collation)}`]),
      ...(direction === 'desc' ? ['DESC'] : []),
    ].join(' '),
  );
  return `(${each.join(', ')})`;
}

function conflictSql(conflict: Conflict): string {
  return conflict === 'ABORT' ? '' : ` ON CONFLICT ${conflict}`;
}

/** What stands before a constraint that has a name. */
export function constraintName(name: string | null): string {
  return name === null ? '' : `CONSTRAINT ${nameSql(name)} `;
}
