import type { Check, Column, Conflict, ForeignKey, KeyColumn } from '../model.ts';
import { nameSql } from '../names.ts';

/** Parts of a table as SQL, which the parser reads as the same parts. */

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

/** `[CONSTRAINT name] CHECK (…)`. */
export function checkSql({ expression, name }: Check): string {
  return `${constraintName(name)}CHECK (${expression})`;
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

/** The columns of a key in brackets, with their collations and directions. */
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
