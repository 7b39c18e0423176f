import { columnIn } from '../columns.ts';
import { type CompareOptions, compareTables } from '../compare/compare-table.ts';
import type { Difference } from '../compare/difference.ts';
import type { Schema, Table } from '../model.ts';
import { fold } from '../names.ts';
import { becomesRowid } from '../rowid.ts';
import { type Alteration, alterationOf } from './alter.ts';
import { fillsOf } from './decisions.ts';
import type { ColumnRename } from './rename-hints.ts';

/** What becomes of a table that is there before and after. */
export interface TableChange {
  /** Under the names that it is to have. */
  readonly before: Table;
  readonly after: Table;
  readonly differences: readonly Difference[];
  /** Null: it is rebuilt. */
  readonly alteration: Alteration | null;
  /** Why it is rebuilt besides the differences, as sentences. */
  readonly reasons: readonly string[];
  /** By folded new name: the names that columns have until a rebuild renames them. */
  readonly oldNames: ReadonlyMap<string, string>;
  readonly fill: ReadonlyMap<string, string>;
}

/** How tables are compared, and what new columns get: `t.c` to an expression. */
export interface ChangeOptions extends CompareOptions {
  readonly fill: ReadonlyMap<string, string>;
}

/** The tables that are there before and after, and that something is done to. */
export function changedTables(
  followed: Schema,
  after: Schema,
  oldName: ReadonlyMap<string, string>,
  stuck: readonly ColumnRename[],
  options: ChangeOptions,
): readonly TableChange[] {
  return [...after.tables.values()].flatMap((table): readonly TableChange[] => {
    const was = followed.tables.get(fold(table.name));
    if (was?.kind !== 'table' || table.kind !== 'table') return [];
    const differences = compareTables(was, table, options).filter((each) => !each.cosmetic);
    const own = stuck.filter((each) => fold(each.tableAfter) === fold(table.name));
    const reasons = [...own.map(stuckSentence), ...staleReferences(table, stuck)];
    if (differences.length + reasons.length === 0) return [];
    const given = fillsOf(table.name, oldName.get(fold(table.name)) ?? table.name, options.fill);
    const fill = new Map([...given].filter(([name]) => isForFill(was, table, name)));
    const alteration =
      reasons.length > 0 ? null : alterationOf(was, table, new Set(fill.keys()), options);
    const oldNames = new Map(own.map(({ from, to }) => [fold(to), from]));
    return [{ before: was, after: table, differences, alteration, reasons, oldNames, fill }];
  });
}

function stuckSentence({ tableAfter, from, to }: ColumnRename): string {
  return `column \`${from}\` of \`${tableAfter}\` is called \`${to}\`: RENAME COLUMN fails on a key like this`;
}

/** A rebuild does not carry a new name into the tables that refer to it, as RENAME COLUMN would. */
function staleReferences(table: Table, stuck: readonly ColumnRename[]): readonly string[] {
  return stuck
    .filter(
      ({ tableAfter, to }) =>
        fold(tableAfter) !== fold(table.name) &&
        table.foreignKeys.some(
          (key) =>
            fold(key.parent) === fold(tableAfter) &&
            key.parentColumns.some((name) => fold(name) === fold(to)),
        ),
    )
    .map(
      ({ tableAfter, from, to }) =>
        `it refers to \`${to}\` of \`${tableAfter}\`, which was \`${from}\``,
    );
}

/** A column that is new, or that may be NULL no more: any other has its values. */
function isForFill(was: Table, table: Table, name: string): boolean {
  const [old, now] = [columnIn(was, name), columnIn(table, name)];
  if (now === undefined || now.generated !== null) return false;
  if (old === undefined || becomesRowid(was, table, old)) return true;
  return old.notNull === null && now.notNull !== null;
}
