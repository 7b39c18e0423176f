import { type Affinity, affinityOf } from './affinity.ts';
import { columnIn } from './alter.ts';
import { changesValues, type OldTable, type Warning } from './concerns.ts';
import { paired } from './differ.ts';
import type { Column, ForeignKey, Table } from './model.ts';
import { fold } from './names.ts';
import type { Changes } from './plan-changes.ts';

/** The tables as their rows are, by their new names; null for one that is new. */
type OldTables = (name: string) => OldTable | null;

/** References that are new, or that compare otherwise than before: some rows may lack a parent. */
export function referenceConcerns(changes: Changes, oldOf: OldTables): readonly Warning[] {
  const keyOf = (key: ForeignKey) =>
    fold(JSON.stringify([key.columns, key.parent, key.parentColumns]));
  return [...changes.after.tables.values()].flatMap((table): readonly Warning[] => {
    const was = plainTable(changes.followed, table.name);
    if (was === undefined || table.kind !== 'table') return [];
    return paired(was.foreignKeys, table.foreignKeys, keyOf).flatMap(([known, key]) => {
      if (key === undefined) return [];
      const reference = new Reference(key, was, table, changes);
      if (reference.isEmpty || (known !== undefined && !reference.isOther)) return [];
      const [what, to] = [`\`${table.name}\` (${key.columns.join(', ')})`, `\`${key.parent}\``];
      return [
        {
          message:
            known === undefined
              ? `${what} is to refer to ${to}: the up fails where no such row is there.`
              : `${what} refers to ${to}, and is compared otherwise than before: the up fails where no such row is there any more.`,
          query: reference.orphans(oldOf),
        },
      ];
    });
  });
}

/** A column before and after. */
interface Pair {
  readonly was: Column | undefined;
  readonly is: Column;
  readonly isFilled: boolean;
}

class Reference {
  readonly #key: ForeignKey;
  readonly #child: readonly Pair[];
  /** Null where the parent is not known; of a new table nothing has a `was`. */
  readonly #parent: readonly Pair[] | null;
  readonly #isParentNew: boolean;
  readonly #table: string;

  constructor(key: ForeignKey, was: Table, table: Table, changes: Changes) {
    this.#key = key;
    this.#table = table.name;
    this.#child = pairsOf(key.columns, was, table, changes);
    const parent = plainTable(changes.after, key.parent);
    const parentWas = plainTable(changes.followed, key.parent);
    const isKnown =
      parent !== undefined &&
      key.parentColumns.length === key.columns.length &&
      key.parentColumns.every((name) => columnIn(parent, name) !== undefined);
    this.#isParentNew = parentWas === undefined;
    this.#parent = isKnown ? pairsOf(key.parentColumns, parentWas, parent, changes) : null;
  }

  /** Whether a column of it is NULL in all rows. */
  get isEmpty(): boolean {
    return this.#child.some(
      ({ was, is, isFilled }) =>
        was === undefined && !isFilled && is.default === null && is.generated === null,
    );
  }

  /** Whether values that were the same may be so no more. */
  get isOther(): boolean {
    return (
      this.#child.some(({ was, is }) => was !== undefined && changesValues(was, is)) ||
      (this.#parent ?? []).some(
        ({ was, is }) =>
          was !== undefined && (changesValues(was, is) || was.collation !== is.collation),
      )
    );
  }

  /** Finds the rows that will have no parent; null where that cannot be told before. */
  orphans(oldOf: OldTables): string | null {
    const old = oldOf(this.#table)!;
    const values: (readonly [sql: string, affinity: Affinity])[] = [];
    for (const { was, is, isFilled } of this.#child) {
      if (isFilled || is.generated !== null) return null;
      if (was === undefined && is.default?.constant !== true) return null;
      const value = was === undefined ? is.default!.sql : `${old.sql}.${old.column(is.name)}`;
      values.push([stored(value, was, is), affinityOf(is.type)]);
    }
    const held = this.#child.filter(({ was }) => was !== undefined);
    const present = held.map(({ is }) => `${old.column(is.name)} IS NOT NULL`);
    if (this.#parent === null) return null;
    if (this.#isParentNew) return old.rows(present.length === 0 ? '1' : present.join(' AND '));
    const parent = oldOf(this.#key.parent);
    const same: string[] = [];
    for (const [index, { was, is, isFilled }] of this.#parent.entries()) {
      if (parent === null || was === undefined || isFilled || is.generated !== null) return null;
      const own = `p.${parent.column(is.name)}`;
      const key = stored(own, was, is);
      const [value, affinity] = values[index]!;
      const collation =
        was.collation === is.collation && key === own ? '' : ` COLLATE ${is.collation}`;
      same.push(
        `${key} = ${compared(value, affinity, affinityOf(is.type), key !== own)}${collation}`,
      );
    }
    const exists = `EXISTS (SELECT 1 FROM ${parent!.sql} AS p WHERE ${same.join(' AND ')})`;
    return old.rows([...present, `NOT ${exists}`].join(' AND '));
  }
}

function pairsOf(
  names: readonly string[],
  was: Table | undefined,
  table: Table,
  { tables }: Changes,
): readonly Pair[] {
  const fill = tables.find((each) => fold(each.after.name) === fold(table.name))?.fill;
  return names.map((name) => ({
    was: was === undefined ? undefined : columnIn(was, name),
    is: columnIn(table, name)!,
    isFilled: fill?.has(fold(name)) === true,
  }));
}

function plainTable({ tables }: Changes['after'], name: string): Table | undefined {
  const found = tables.get(fold(name));
  return found?.kind === 'table' ? found : undefined;
}

/** A value as its column stores it afterwards. */
function stored(value: string, was: Column | undefined, is: Column): string {
  return was === undefined || !changesValues(was, is)
    ? value
    : converted(value, affinityOf(was.type), affinityOf(is.type));
}

/** The parent's column decides how the two are compared: SQL alone would ask both. */
function compared(value: string, own: Affinity, parent: Affinity, isExpression: boolean): string {
  return isExpression || (parent === 'text' && own !== 'blob')
    ? converted(value, own, parent)
    : value;
}

function converted(value: string, from: Affinity, to: Affinity): string {
  if (to === from || to === 'blob') return value;
  if (to === 'text') {
    return `CASE WHEN typeof(${value}) IN ('integer', 'real') THEN CAST(${value} AS TEXT) ELSE ${value} END`;
  }
  if (from !== 'text' && from !== 'blob') return value;
  return `CASE WHEN typeof(${value}) = 'text' AND ${value} = CAST(CAST(${value} AS NUMERIC) AS TEXT) THEN CAST(${value} AS NUMERIC) ELSE ${value} END`;
}
