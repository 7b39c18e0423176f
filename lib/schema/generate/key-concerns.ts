import { columnIn } from '../columns.ts';
import type { Index, KeyColumn, Table } from '../model.ts';
import { fold, nameSql } from '../names.ts';
import { aliasOf, isReference, numberedColumn } from '../rowid.ts';
import type { OldTable, Warning } from './old-table.ts';

/** Keys that are new, wider in what they forbid, or compare otherwise than before. */
export function keyConcerns(old: OldTable): readonly Warning[] {
  const { before, after } = old;
  const keysOf = ({ primaryKey, unique }: Table) => [
    ...(primaryKey === null ? [] : [{ ...primaryKey, what: 'the primary key' }]),
    ...unique.map((each) => ({ ...each, what: 'UNIQUE' })),
  ];
  const known = keysOf(before).map(({ columns }) => identity(columns, before));
  return keysOf(after).flatMap(({ columns, what }): readonly Warning[] => {
    const isKnown = known.includes(identity(columns, after));
    const isSame = columns.every(({ name }) => old.isSame(name));
    if ((isKnown && isSame) || isDistinct(columns, old)) return [];
    const names = columns.map((each) => each.name).join(', ');
    return [
      {
        message: isKnown
          ? `\`${after.name}\` (${names}) is ${what}, of columns that change: the up fails where values are the same then.`
          : `\`${after.name}\` (${names}) is to be ${what}: the up fails where values are the same.`,
        query: old.duplicates(columns),
      },
    ];
  });
}

/** Whether a key has NULL in all rows, or a number that SQLite gives. */
function isDistinct(columns: readonly KeyColumn[], { before, after, fill }: OldTable): boolean {
  const alias = fold(aliasOf(after) ?? '');
  return columns.some(({ name }) => {
    const is = columnIn(after, name)!;
    if (columnIn(before, name) !== undefined || fill.has(fold(name))) return false;
    return fold(name) === alias || (is.default === null && is.generated === null);
  });
}

/** The columns of a key and how they compare, in whatever order. */
function identity(columns: readonly KeyColumn[], table: Table): string {
  const all = columns.map(({ name, collation }) =>
    JSON.stringify([fold(name), collation ?? columnIn(table, name)?.collation]),
  );
  return all.sort().join();
}

/** A column that there is and that becomes the rowid, or a new one that has to be numbered. */
export function rowidConcerns(old: OldTable): readonly Warning[] {
  const { before, after, fill } = old;
  const alias = aliasOf(after);
  if (alias === null || fold(alias) === fold(aliasOf(before) ?? '')) return [];
  const what = `\`${after.name}.${alias}\``;
  const column = columnIn(before, alias);
  const isFilled = fill.has(fold(alias));
  if (column === undefined) {
    if (!before.withoutRowid || isFilled) return [];
    return [{ message: `${what} is new and the rowid: SQLite numbers the rows.`, query: null }];
  }
  const value = old.column(alias);
  const found: Warning[] = [];
  const { rowid } = old;
  if (!before.withoutRowid) {
    found.push({
      message: `${what} becomes the rowid: rows get other rowids than they had.`,
      query: rowid === null ? null : old.rows(`${rowid} IS NOT ${value}`),
    });
  }
  if (numberedColumn(before, after) !== null && !isFilled) {
    const hint = `(\`--fill ${after.name}.${alias}=EXPR\` gives those rows a value)`;
    found.push({
      message: isReference(after, column)
        ? `${what} becomes the rowid, and refers to other rows: the up fails where it is NULL ${hint}.`
        : `${what} becomes the rowid: where it is NULL, SQLite numbers the rows ${hint}.`,
      query: old.rows(`${value} IS NULL`),
    });
  }
  if (!before.strict || !/^INT/.test(column.type)) {
    found.push({
      message: `${what} becomes the rowid: the up fails where it is no integer.`,
      query: old.rows(`${value} <> CAST(${value} AS INTEGER)`),
    });
  }
  return found;
}

/** A unique index that is new, or that finds other values than before. */
export function uniqueConcern(index: Index, old: OldTable, known: 'known' | 'new'): Warning | null {
  if (!index.unique) return null;
  const words = [...index.columns.map(({ expression }) => expression), index.where ?? ''];
  if (known === 'known' && words.every((each) => old.isSameIn(each))) return null;
  const columns = index.columns.flatMap(
    ({ expression }) => plainColumn(expression, old.after) ?? [],
  );
  const isPlain = columns.length === index.columns.length;
  if (isPlain && isDistinct(columns, old)) return null;
  const where = index.where === null ? null : old.expression(index.where);
  const what = `The index \`${index.name}\` is UNIQUE`;
  return {
    message:
      known === 'known'
        ? `${what}, over columns that change: the up fails where values are the same then.`
        : `${what}: the up fails where values are the same.`,
    query:
      isPlain && (index.where === null || where !== null) ? old.duplicates(columns, where) : null,
  };
}

/** `email`, or `email COLLATE nocase`. */
function plainColumn(expression: string, table: Table): KeyColumn | null {
  const [, name, , collation] = /^(\S+)( collate (\S+))?$/.exec(expression) ?? [];
  const column = table.columns.find((each) => nameSql(fold(each.name)) === name);
  if (column === undefined) return null;
  return { name: column.name, collation: collation?.toUpperCase() ?? null, direction: 'asc' };
}
