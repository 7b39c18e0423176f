import { affinityIn, changedBy, converted } from '../affinity.ts';
import { columnIn } from '../columns.ts';
import { namesIn } from '../dependants.ts';
import type { Column, KeyColumn, Table } from '../model.ts';
import { fold, nameSql } from '../names.ts';
import { aliasOf, rowidName } from '../rowid.ts';
import { replaceNames } from './follow-renames.ts';
import { underOldNames } from './rebuild.ts';

/** Something that may go otherwise than meant, for the rows that a query finds. */
export interface Warning {
  readonly message: string;
  /** Finds the rows concerned, in a database as it is before; null where none can. */
  readonly query: string | null;
}

/** The rows of a table as they are, under its old names: what queries are written in. */
export class OldTable {
  readonly before: Table;
  readonly after: Table;
  readonly fill: ReadonlyMap<string, string>;
  readonly #held: Table;
  readonly #columns: ReadonlyMap<string, string>;

  /**
   * @param before with the names that it is to have.
   * @param name what it is called as yet.
   * @param columns by folded new name: the old ones, of those that are renamed.
   * @param fill by folded column: what its NULLs get.
   */
  constructor(
    before: Table,
    after: Table,
    name: string,
    columns: ReadonlyMap<string, string>,
    fill: ReadonlyMap<string, string>,
  ) {
    this.before = before;
    this.after = after;
    this.fill = fill;
    this.#held = { ...underOldNames(before, columns), name };
    this.#columns = columns;
  }

  /** What it is called as yet. */
  get name(): string {
    return this.#held.name;
  }

  get sql(): string {
    return nameSql(this.name);
  }

  /** A name of the rowid; null where there is none. */
  get rowid(): string | null {
    return rowidName(this.#held);
  }

  column(name: string): string {
    return nameSql(this.#columns.get(fold(name)) ?? columnIn(this.before, name)?.name ?? name);
  }

  has(name: string): boolean {
    return columnIn(this.before, name) !== undefined;
  }

  /** An expression in old names; null where it speaks of columns that are new, or of other values. */
  expression(words: string): string | null {
    if (!this.isSameIn(words)) return null;
    return this.#inOldNames(words);
  }

  #inOldNames(words: string): string {
    return replaceNames(words, this.#columns, this.before.name, this.#held.name);
  }

  /** Whether a column has the values that it had, and compares them as it did. */
  isSame(name: string): boolean {
    const [was, is] = [columnIn(this.before, name), columnIn(this.after, name)];
    if (was === undefined || is === undefined || this.fill.has(fold(name))) return false;
    if (was.collation !== is.collation || this.changedWhere(was, is, '') !== null) return false;
    if (is.generated === null) return was.generated === null;
    const isSameText = was.generated?.expression === is.generated.expression;
    return isSameText && this.isSameIn(is.generated.expression);
  }

  /** The same of all columns that an expression speaks of. */
  isSameIn(words: string): boolean {
    const said = namesIn(words);
    return this.after.columns.every(({ name }) => !said.has(fold(name)) || this.isSame(name));
  }

  /** The condition for values that a column's new type makes other ones; null where it makes none. */
  changedWhere(was: Column, is: Column, value: string): string | null {
    const exact = was.collation === 'BINARY' ? value : `${value} COLLATE BINARY`;
    return changedBy(affinityIn(this.before, was), affinityIn(this.after, is), exact);
  }

  /** What a column is going to hold; null where that cannot be said in old names. */
  value(name: string): string | null {
    const [was, is] = [columnIn(this.before, name), columnIn(this.after, name)!];
    if (this.isSame(name)) return this.column(name);
    if (is.generated !== null) {
      const expression = this.expression(is.generated.expression);
      return expression === null ? null : `(${expression})`;
    }
    const given = this.fill.get(fold(name));
    const fill = given === undefined ? null : `(${this.#inOldNames(given)})`;
    if (was === undefined) return fill ?? is.default?.sql ?? 'NULL';
    const own = this.column(name);
    const value = converted(own, affinityIn(this.before, was), affinityIn(this.after, is));
    return fill === null ? value : `coalesce(${value}, ${fill})`;
  }

  /** The rows for which a condition holds. */
  rows(condition: string): string {
    const { rowid } = this;
    const isSeen = aliasOf(this.before) !== null || rowid === null;
    return `SELECT ${isSeen ? '' : `${rowid}, `}* FROM ${this.sql} WHERE ${condition};`;
  }

  /** Values that are going to occur more than once; null where that cannot be said in old names. */
  duplicates(columns: readonly KeyColumn[], where: string | null = null): string | null {
    const values: string[] = [];
    for (const { name } of columns) {
      const value = this.value(name);
      if (value === null) return null;
      values.push(value);
    }
    const isPlain = columns.every(({ name }, index) => values[index] === this.column(name));
    const names = isPlain ? values : columns.map((_, index) => `value${index + 1}`);
    const from = isPlain
      ? this.sql
      : `(SELECT *, ${values.map((value, index) => `${value} AS ${names[index]}`).join(', ')} FROM ${this.sql})`;
    const groups = columns.map(({ name, collation }, index) => {
      const compared = collation ?? columnIn(this.after, name)?.collation ?? 'BINARY';
      const own = isPlain ? columnIn(this.before, name)?.collation : undefined;
      return compared === (own ?? 'BINARY') ? names[index]! : `${names[index]} COLLATE ${compared}`;
    });
    const present = [
      ...names.map((each) => `${each} IS NOT NULL`),
      ...(where === null ? [] : [where]),
    ];
    return `SELECT ${names.join(', ')}, count(*) FROM ${from} WHERE ${present.join(' AND ')} GROUP BY ${groups.join(', ')} HAVING count(*) > 1;`;
  }
}
