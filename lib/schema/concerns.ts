import { type Affinity, affinityOf } from './affinity.ts';
import { columnIn } from './alter.ts';
import { namesIn } from './dependants.ts';
import { paired } from './differ.ts';
import { replaceNames } from './follow-renames.ts';
import type { Check, Column, Index, KeyColumn, Table } from './model.ts';
import { fold, nameSql } from './names.ts';
import { aliasOf, becomesRowid, isReference, numberedColumn, rowidName } from './rebuild.ts';

/** Something that may go otherwise than meant, for the rows that a query finds. */
export interface Warning {
  readonly message: string;
  /** Finds the rows concerned, in a database as it is before; null where none can. */
  readonly query: string | null;
}

/** A table as its rows are, under its old names: what queries are written in. */
export class OldTable {
  readonly #before: Table;
  readonly #table: string;
  readonly #columns: ReadonlyMap<string, string>;

  /**
   * @param before with the names that it is to have.
   * @param columns by folded new name: the old ones, of those that are renamed.
   */
  constructor(before: Table, table: string, columns: ReadonlyMap<string, string>) {
    this.#before = before;
    this.#table = table;
    this.#columns = columns;
  }

  get sql(): string {
    return nameSql(this.#table);
  }

  column(name: string): string {
    return nameSql(this.#columns.get(fold(name)) ?? columnIn(this.#before, name)?.name ?? name);
  }

  has(name: string): boolean {
    return columnIn(this.#before, name) !== undefined;
  }

  /** An expression in old names; null where it speaks of columns that are new. */
  expression(words: string, after: Table): string | null {
    const said = namesIn(words);
    const isNew = after.columns.some(({ name }) => said.has(fold(name)) && !this.has(name));
    if (isNew) return null;
    return replaceNames(words, this.#columns, this.#before.name, this.#table);
  }

  /** The rows for which a condition holds. */
  rows(condition: string): string {
    const rowid = rowidName(this.#before);
    const isSeen = aliasOf(this.#before) !== null || rowid === null;
    return `SELECT ${isSeen ? '' : `${rowid}, `}* FROM ${this.sql} WHERE ${condition};`;
  }

  /** Values that occur more than once. */
  duplicates(columns: readonly KeyColumn[], after: Table, where: string | null = null): string {
    const all = columns.map(({ name }) => this.column(name));
    const groups = columns.map(({ name, collation }) => {
      const compared = collation ?? columnIn(after, name)?.collation ?? 'BINARY';
      const own = columnIn(this.#before, name)?.collation ?? 'BINARY';
      return compared === own ? this.column(name) : `${this.column(name)} COLLATE ${compared}`;
    });
    const present = [
      ...all.map((each) => `${each} IS NOT NULL`),
      ...(where === null ? [] : [where]),
    ];
    return `SELECT ${all.join(', ')}, count(*) FROM ${this.sql} WHERE ${present.join(' AND ')} GROUP BY ${groups.join(', ')} HAVING count(*) > 1;`;
  }
}

/** What a changed table means for the rows that it has. */
export function concernsOf(
  before: Table,
  after: Table,
  old: OldTable,
  fill: ReadonlyMap<string, string>,
): readonly Warning[] {
  return [
    ...after.columns.flatMap((column) => {
      const was = columnIn(before, column.name);
      return was === undefined ? [] : columnConcerns(was, column, before, after, old, fill);
    }),
    ...(before.strict || !after.strict ? [] : strictConcerns(before, after, old)),
    ...keyConcerns(before, after, old),
    ...checkConcerns(before, after, old),
    ...rowidConcerns(before, after, old, fill),
  ];
}

function columnConcerns(
  was: Column,
  column: Column,
  before: Table,
  after: Table,
  old: OldTable,
  fill: ReadonlyMap<string, string>,
): readonly Warning[] {
  const { name: table, strict } = after;
  const value = old.column(column.name);
  const what = `\`${table}.${column.name}\``;
  const found: Warning[] = [];
  const isTightened = was.notNull === null && column.notNull !== null;
  if (isTightened && !fill.has(fold(column.name)) && !becomesRowid(before, after, was)) {
    found.push({
      message: `${what} is to be NOT NULL: the up fails where it is NULL (\`--fill ${table}.${column.name}=EXPR\` gives those rows a value).`,
      query: old.rows(`${value} IS NULL`),
    });
  }
  const changed = changedBy(affinityOf(was.type), affinityOf(column.type), value);
  if (changed !== null && !strict && column.generated === null) {
    found.push({
      message: `${what} becomes ${column.type || 'a column without a type'}, was ${was.type || 'one without a type'}: some values change with it.`,
      query: old.rows(changed),
    });
  }
  if (was.generated === null && column.generated !== null) {
    found.push({
      message: `${what} is to be computed: what it holds now is replaced.`,
      query: null,
    });
  }
  return found;
}

/** Whether a column's new type makes other values of some that it may hold. */
export function changesValues(before: Column, after: Column): boolean {
  return changedBy(affinityOf(before.type), affinityOf(after.type), '') !== null;
}

/** The condition for values that another affinity makes other ones; null where it makes none. */
function changedBy(before: Affinity, after: Affinity, value: string): string | null {
  if (before === after || after === 'blob') return null;
  if (after === 'text') return `typeof(${value}) IN ('integer', 'real')`;
  const text = `typeof(${value}) = 'text' AND ${value} <> CAST(CAST(${value} AS NUMERIC) AS TEXT)`;
  if (after === 'real') return `typeof(${value}) = 'integer' OR ${text}`;
  if (before === 'integer' || before === 'numeric') return null;
  return before === 'real' ? `typeof(${value}) = 'real'` : text;
}

const STRICT_TYPES: Readonly<Record<string, string>> = {
  INT: "'integer', 'null'",
  INTEGER: "'integer', 'null'",
  REAL: "'real', 'integer', 'null'",
  TEXT: "'text', 'integer', 'real', 'null'",
  BLOB: "'blob', 'null'",
};

function strictConcerns(before: Table, after: Table, old: OldTable): readonly Warning[] {
  const conditions = after.columns.flatMap((column) => {
    const types = STRICT_TYPES[column.type];
    if (types === undefined || column.generated !== null) return [];
    return old.has(column.name) ? [`typeof(${old.column(column.name)}) NOT IN (${types})`] : [];
  });
  if (conditions.length === 0) return [];
  return [
    {
      message: `\`${before.name}\` is to be STRICT: the up fails where a value does not fit the type of its column.`,
      query: old.rows(conditions.join(' OR ')),
    },
  ];
}

/** Keys that are new, wider in what they forbid, or compare otherwise than before. */
function keyConcerns(before: Table, after: Table, old: OldTable): readonly Warning[] {
  const keysOf = ({ primaryKey, unique }: Table) => [
    ...(primaryKey === null ? [] : [{ ...primaryKey, what: 'the primary key' }]),
    ...unique.map((each) => ({ ...each, what: 'UNIQUE' })),
  ];
  const known = keysOf(before).map((key) => identity(key.columns, before));
  return keysOf(after).flatMap(({ columns, what }): readonly Warning[] => {
    if (known.includes(identity(columns, after))) return [];
    if (!columns.every(({ name }) => old.has(name))) return [];
    const names = columns.map((each) => each.name).join(', ');
    return [
      {
        message: `\`${after.name}\` (${names}) is to be ${what}: the up fails where values are the same.`,
        query: old.duplicates(columns, after),
      },
    ];
  });
}

/** The columns of a key and how they compare, in whatever order. */
function identity(columns: readonly KeyColumn[], table: Table): string {
  const all = columns.map(({ name, collation }) =>
    JSON.stringify([fold(name), collation ?? columnIn(table, name)?.collation]),
  );
  return all.sort().join();
}

function checkConcerns(before: Table, after: Table, old: OldTable): readonly Warning[] {
  const pairs = paired<Check>(before.checks, after.checks, (check) => check.expression);
  return pairs.flatMap(([was, check]): readonly Warning[] => {
    if (check === undefined || was !== undefined) return [];
    const said = namesIn(check.expression);
    // About new columns alone: their value is in the same file.
    if (!after.columns.some(({ name }) => said.has(fold(name)) && old.has(name))) return [];
    const condition = old.expression(check.expression, after);
    return [
      {
        message: `\`${after.name}\` gets CHECK (${check.expression}): the up fails where it does not hold.`,
        query: condition === null ? null : old.rows(`NOT (${condition})`),
      },
    ];
  });
}

/** A column that there is and that becomes the rowid, or a new one that has to be numbered. */
function rowidConcerns(
  before: Table,
  after: Table,
  old: OldTable,
  fill: ReadonlyMap<string, string>,
): readonly Warning[] {
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
  const rowid = rowidName(before);
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
  if (!before.strict || affinityOf(column.type) !== 'integer') {
    found.push({
      message: `${what} becomes the rowid: the up fails where it is no integer.`,
      query: old.rows(`${value} <> CAST(${value} AS INTEGER)`),
    });
  }
  return found;
}

/** A unique index that is new, or compares otherwise than before. */
export function uniqueConcern(index: Index, after: Table, old: OldTable): Warning | null {
  if (!index.unique) return null;
  const columns = index.columns.map(({ expression }) => plainColumn(expression, after));
  const where = index.where === null ? null : old.expression(index.where, after);
  const isPlain = columns.every((each) => each !== null && old.has(each.name));
  return {
    message: `The index \`${index.name}\` is UNIQUE: the up fails where values are the same.`,
    query:
      isPlain && (index.where === null || where !== null)
        ? old.duplicates(columns as readonly KeyColumn[], after, where)
        : null,
  };
}

/** `email`, or `email COLLATE nocase`. */
function plainColumn(expression: string, table: Table): KeyColumn | null {
  const [, name, , collation] = /^(\S+)( collate (\S+))?$/.exec(expression) ?? [];
  const column = table.columns.find((each) => nameSql(fold(each.name)) === name);
  if (column === undefined) return null;
  return { name: column.name, collation: collation?.toUpperCase() ?? null, direction: 'asc' };
}
