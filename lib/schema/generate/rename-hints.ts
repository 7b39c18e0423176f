import { didYouMean } from '../../graph/nearest.ts';
import { columnIn } from '../columns.ts';
import type { AnyTable, Schema, VirtualTable } from '../model.ts';
import { fold } from '../names.ts';

/** What keeps a plan from being made, and what to do about it. */
export interface PlanProblem {
  /** `usage`: a flag names what is not there; `autogenerate`: a flag or a decision is missing. */
  readonly code: 'usage' | 'autogenerate';
  readonly message: string;
  readonly hint?: string;
}

/** Renames that were told. Every name is as the schema that has it spells it. */
export interface Renames {
  readonly tables: readonly TableRename[];
  readonly columns: readonly ColumnRename[];
}

/** A table that has another name afterwards. */
export interface TableRename {
  readonly from: string;
  readonly to: string;
}

/** A column that has another name afterwards. */
export interface ColumnRename {
  /** The table, before and after. */
  readonly table: string;
  readonly tableAfter: string;
  readonly from: string;
  readonly to: string;
}

/** The same renames for the way back. */
export function invertedRenames({ tables, columns }: Renames): Renames {
  return {
    tables: tables.map(({ from, to }) => ({ from: to, to: from })),
    columns: columns.map(({ table, tableAfter, from, to }) => ({
      table: tableAfter,
      tableAfter: table,
      from: to,
      to: from,
    })),
  };
}

/**
 * Finds what hints name: `old` → `new` for tables, `t.a` → `b` (or `t.b`) for columns, where
 * `t` is the table's old name or its new one. Names may have dots and quotes in them, so
 * what there is decides how a hint is read.
 */
export function resolveRenames(
  before: Schema,
  after: Schema,
  hints: ReadonlyMap<string, string>,
): { readonly renames: Renames; readonly problems: readonly PlanProblem[] } {
  const tables: TableRename[] = [];
  const columns: ColumnRename[] = [];
  const problems: PlanProblem[] = [];
  const left: (readonly [string, string])[] = [];
  for (const [from, to] of hints) {
    const table = relationIn(before, from);
    if (table === undefined) {
      left.push([from, to]);
      continue;
    }
    const target = relationIn(after, to);
    if (target === undefined) problems.push(unknownTable(to, after, 'the schema file'));
    else tables.push({ from: table.name, to: target.name });
  }
  for (const [from, to] of left) {
    const found = columnRename(before, after, tables, from, to);
    if ('message' in found) problems.push(found);
    else columns.push(found);
  }
  return {
    renames: { tables, columns },
    problems: [...problems, ...twice(tables, columns)],
  };
}

/** Where a column of the old schema or of the new one is, by `table.column`. */
export function findColumn(
  schema: Schema,
  text: string,
): { readonly table: AnyTable; readonly column: string } | undefined {
  for (let at = text.indexOf('.'); at !== -1; at = text.indexOf('.', at + 1)) {
    const table = schema.tables.get(fold(bare(text.slice(0, at))));
    const column = columnNamed(table, bare(text.slice(at + 1)));
    if (table !== undefined && column !== undefined) return { table, column };
  }
  return undefined;
}

function columnRename(
  before: Schema,
  after: Schema,
  tables: readonly TableRename[],
  from: string,
  to: string,
): ColumnRename | PlanProblem {
  const found = findColumn(before, from) ?? underNewName(before, tables, from);
  if (found === undefined) {
    const known = [
      ...[...before.tables.values(), ...before.virtualTables.values()].map((each) => each.name),
      ...columnNames(before),
    ];
    const hint = didYouMean(from, known);
    return {
      code: 'usage',
      message: `\`--rename ${from}=${to}\`: the revisions build no \`${from}\`.`,
      hint: hint ?? 'It is `--rename old=new` for a table, `--rename table.old=new` for a column.',
    };
  }
  const { name } = found.table;
  const tableAfter = tables.find((each) => each.from === name)?.to ?? name;
  const target = after.tables.get(fold(tableAfter));
  const column = columnNamed(target, bare(to)) ?? findColumnOf(target, to);
  if (target !== undefined && column !== undefined) {
    return { table: name, tableAfter: target.name, from: found.column, to: column };
  }
  if (target === undefined) return unknownTable(tableAfter, after, 'the schema file');
  const names = target.kind === 'table' ? target.columns.map((each) => each.name) : [];
  return {
    code: 'usage',
    message: `\`--rename ${from}=${to}\`: \`${target.name}\` has no column \`${to}\` in the schema file.`,
    hint: didYouMean(to, names) ?? `Its columns are ${names.join(', ')}`,
  };
}

/** `new.a`, where the table is renamed to `new` by another hint. */
function underNewName(before: Schema, tables: readonly TableRename[], text: string) {
  for (const { from, to } of tables) {
    for (let at = text.indexOf('.'); at !== -1; at = text.indexOf('.', at + 1)) {
      if (fold(bare(text.slice(0, at))) !== fold(to)) continue;
      const table = before.tables.get(fold(from));
      const column = columnNamed(table, bare(text.slice(at + 1)));
      if (table !== undefined && column !== undefined) return { table, column };
    }
  }
  return undefined;
}

function findColumnOf(table: AnyTable | undefined, text: string): string | undefined {
  if (table === undefined) return undefined;
  for (let at = text.indexOf('.'); at !== -1; at = text.indexOf('.', at + 1)) {
    if (fold(bare(text.slice(0, at))) !== fold(table.name)) continue;
    const column = columnNamed(table, bare(text.slice(at + 1)));
    if (column !== undefined) return column;
  }
  return undefined;
}

function columnNamed(table: AnyTable | undefined, name: string): string | undefined {
  return table?.kind === 'table' ? columnIn(table, name)?.name : undefined;
}

/** A table or a virtual one. */
function relationIn(schema: Schema, name: string): AnyTable | VirtualTable | undefined {
  for (const each of [name, bare(name)]) {
    const found = schema.tables.get(fold(each)) ?? schema.virtualTables.get(fold(each));
    if (found !== undefined) return found;
  }
  return undefined;
}

function unknownTable(name: string, schema: Schema, where: string): PlanProblem {
  const hint = didYouMean(
    name,
    [...schema.tables.values(), ...schema.virtualTables.values()].map((each) => each.name),
  );
  return {
    code: 'usage',
    message: `There is no table \`${name}\` in ${where}.`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** `table.column` for all columns that there are. */
export function columnNames(schema: Schema): readonly string[] {
  return [...schema.tables.values()].flatMap((table) =>
    table.kind === 'table' ? table.columns.map((column) => `${table.name}.${column.name}`) : [],
  );
}

function twice(
  tables: readonly TableRename[],
  columns: readonly ColumnRename[],
): readonly PlanProblem[] {
  const all = [
    ...tables.map(({ from, to }) => ({ from, to: to, at: '' })),
    ...columns.map(({ table, from, to }) => ({ from, to, at: `${table}.` })),
  ];
  return all.flatMap(({ from, to, at }, index) => {
    const other = all
      .slice(0, index)
      .find((each) => each.at === at && (each.to === to || each.from === from));
    if (other === undefined) return [];
    return [
      {
        code: 'usage' as const,
        message: `\`${at}${other.from}\` to \`${other.to}\` and \`${at}${from}\` to \`${to}\`: one of the two renames only.`,
      },
    ];
  });
}

/** A name as a person may have quoted it. */
function bare(text: string): string {
  const quote = text[0];
  if (text.length < 2) return text;
  if (quote === '[' && text.endsWith(']')) return text.slice(1, -1);
  if ((quote !== '"' && quote !== '`') || !text.endsWith(quote)) return text;
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}
