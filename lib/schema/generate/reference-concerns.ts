import { affinityIn, converted } from '../affinity.ts';
import { columnIn } from '../columns.ts';
import { paired } from '../compare/differ.ts';
import type { ForeignKey, Schema, Table } from '../model.ts';
import { fold } from '../names.ts';
import type { OldTable, Warning } from './old-table.ts';

/** The tables as their rows are, by their new names; null for one that is new. */
type OldTables = (name: string) => OldTable | null;

/** References that are new, or that compare otherwise than before: some rows may lack a parent. */
export function referenceConcerns(after: Schema, oldOf: OldTables): readonly Warning[] {
  const identity = (key: ForeignKey) =>
    fold(JSON.stringify([key.columns, key.parent, key.parentColumns]));
  return [...after.tables.values()].flatMap((table): readonly Warning[] => {
    const old = oldOf(table.name);
    if (old === null) return [];
    const pairs = paired(old.before.foreignKeys, old.after.foreignKeys, identity);
    return pairs.flatMap(([known, key]): readonly Warning[] => {
      if (key === undefined || isAlwaysNull(key, old)) return [];
      const parent = oldOf(key.parent);
      if (known !== undefined && isSame(key, old, parent)) return [];
      const [what, to] = [`\`${table.name}\` (${key.columns.join(', ')})`, `\`${key.parent}\``];
      return [
        {
          message:
            known === undefined
              ? `${what} is to refer to ${to}: the up fails where no such row is there.`
              : `${what} refers to ${to}, by columns that change: the up fails where no such row is there then.`,
          query: orphans(key, old, parent, plainTable(after, key.parent)),
        },
      ];
    });
  });
}

/** Whether a column of a reference is NULL in all rows: that refers to nothing. */
function isAlwaysNull({ columns }: ForeignKey, { before, after, fill }: OldTable): boolean {
  return columns.some((name) => {
    const is = columnIn(after, name)!;
    if (columnIn(before, name) !== undefined || fill.has(fold(name))) return false;
    return is.default === null && is.generated === null;
  });
}

function isSame({ columns, parentColumns }: ForeignKey, old: OldTable, parent: OldTable | null) {
  return (
    columns.every((name) => old.isSame(name)) &&
    parentColumns.every((name) => parent === null || parent.isSame(name))
  );
}

/** Finds the rows that will have no parent; null where that cannot be told before. */
function orphans(
  { columns, parentColumns }: ForeignKey,
  old: OldTable,
  parent: OldTable | null,
  parentAfter: Table | undefined,
): string | null {
  if (parentAfter === undefined || parentColumns.length !== columns.length) return null;
  const values = columns.map((name) => inSubquery(name, old, old.sql));
  if (values.some((each) => each === null)) return null;
  const present = columns
    .filter((name) => old.has(name))
    .map((name) => `${old.column(name)} IS NOT NULL`);
  // A new table has no rows to refer to.
  if (parent === null) return old.rows(present.length === 0 ? '1' : present.join(' AND '));
  const alias = fold(old.name) === 'p' ? 'parent' : 'p';
  const same: string[] = [];
  for (const [index, name] of parentColumns.entries()) {
    const key = columnIn(parentAfter, name);
    const held = key === undefined ? null : inSubquery(name, parent, alias);
    if (key === undefined || held === null) return null;
    const isAsItWas = parent.isSame(name);
    // The parent's column decides how the two are compared: SQL alone would ask both.
    const own = affinityIn(old.after, columnIn(old.after, columns[index]!)!);
    const its = affinityIn(parentAfter, key);
    const isAsked = !isAsItWas || (its === 'text' && own !== 'blob');
    // To be compared with a REAL, an integer stays what it is.
    const kind = its === 'real' ? 'numeric' : its;
    const value = isAsked ? converted(values[index]!, own, kind) : values[index]!;
    same.push(`${held} = ${value}${isAsItWas ? '' : ` COLLATE ${key.collation}`}`);
  }
  const exists = `EXISTS (SELECT 1 FROM ${parent.sql} AS ${alias} WHERE ${same.join(' AND ')})`;
  return old.rows([...present, `NOT ${exists}`].join(' AND '));
}

/** What a column is going to hold, where two tables may have the same names. */
function inSubquery(name: string, old: OldTable, table: string): string | null {
  const [was, is] = [columnIn(old.before, name), columnIn(old.after, name)!];
  if (old.fill.has(fold(name)) || (is.generated !== null && !old.isSame(name))) return null;
  if (was === undefined) return is.default?.constant === true ? is.default.sql : null;
  const own = `${table}.${old.column(name)}`;
  return converted(own, affinityIn(old.before, was), affinityIn(old.after, is));
}

function plainTable({ tables }: Schema, name: string): Table | undefined {
  const found = tables.get(fold(name));
  return found?.kind === 'table' ? found : undefined;
}
