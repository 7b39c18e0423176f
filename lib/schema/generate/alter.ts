import { nameOf } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import { columnIn } from '../columns.ts';
import { type CompareOptions, compareTables } from '../compare/compare-table.ts';
import { columnKeySql, columnSql } from '../compare/print-parts.ts';
import type { Check, Column, ForeignKey, Table } from '../model.ts';
import { fold, nameSql } from '../names.ts';
import { parseTable } from '../read/parse-table.ts';
import { writtenCheck } from './written-check.ts';

/** What ALTER TABLE adds and drops, in the order in which it has to. */
export interface Alteration {
  readonly adds: readonly { readonly column: Column; readonly sql: string }[];
  readonly drops: readonly Column[];
}

/**
 * How a table becomes another one by ADD COLUMN and DROP COLUMN; null where they cannot do it
 * for a table with rows. What they do is played through on the model, and has to come to
 * the target.
 *
 * @param filled the added columns (folded) that are to get a value from an expression.
 */
export function alterationOf(
  before: Table,
  after: Table,
  filled: ReadonlySet<string>,
  options: CompareOptions,
): Alteration | null {
  const added = inAddOrder(
    after.columns.filter((each) => columnIn(before, each.name) === undefined),
    after,
  );
  const dropped = before.columns.filter((each) => columnIn(after, each.name) === undefined);
  if (added.some((each) => filled.has(fold(each.name)) || !canAdd(each, after))) return null;
  let table: Table | null = before;
  const adds: { column: Column; sql: string }[] = [];
  for (const column of added) {
    const sql = addedSql(column, before, after, added);
    table = table === null ? null : withColumn(table, column, sql, after);
    adds.push({ column, sql });
  }
  const drops = inDropOrder(dropped);
  for (const column of drops) {
    table = table === null ? null : withoutColumn(table, column, before);
  }
  if (table === null) return null;
  const isTarget = compareTables(table, after, options).every((each) => each.cosmetic);
  return isTarget ? { adds, drops } : null;
}

/**
 * A table with rows takes no NOT NULL without a value, no changing default, nothing stored;
 * a STRICT one takes no default of another type.
 */
function canAdd({ type, notNull, default: given, generated }: Column, { strict }: Table): boolean {
  if (generated !== null) return generated.kind === 'virtual';
  if (given === null) return notNull === null;
  return given.constant && (!strict || OF_STRICT_TYPE[type]?.test(given.sql) !== false);
}

/** Literals that a column of a STRICT table takes as they are; ANY takes all. */
const OF_STRICT_TYPE: Readonly<Record<string, RegExp>> = {
  INT: /^[-+]? ?\d+$/,
  INTEGER: /^[-+]? ?\d+$/,
  REAL: /^[-+]? ?(\d|\.\d)/,
  TEXT: /^'/,
  BLOB: /^x'/i,
};

/**
 * The column as it is written; what the table says of it elsewhere is put behind it, where
 * that means the same.
 */
function addedSql(column: Column, before: Table, after: Table, added: readonly Column[]): string {
  const own = definition(after, column, column.text);
  const isKnown = (check: Check) =>
    [...before.checks, ...(own?.checks ?? [])].some(
      (each) => each.expression === check.expression && each.name === check.name,
    );
  const base = own === null ? columnSql(column) : column.text;
  const checks = after.checks.filter(
    (check) =>
      !isKnown(check) &&
      !added.some((other) => isIn(definition(after, other, other.text)?.checks, check)) &&
      lastMentioned(check, added) === column,
  );
  const keys = after.foreignKeys.filter(
    (key) =>
      key.columns.length === 1 &&
      fold(key.columns[0]!) === fold(column.name) &&
      !(own?.foreignKeys ?? []).some((each) => isSameKey(each, key)),
  );
  return [base, ...checks.map((each) => writtenCheck(each, after)), ...keys.map(columnKeySql)].join(
    ' ',
  );
}

function isIn(checks: readonly Check[] | undefined, check: Check): boolean {
  return (checks ?? []).some((each) => isSameCheck(each, check));
}

function isSameCheck(a: Check, b: Check): boolean {
  return a.expression === b.expression && a.name === b.name;
}

function isSameKey(a: ForeignKey, b: ForeignKey): boolean {
  return (
    fold(a.columns.join('\n')) === fold(b.columns.join('\n')) &&
    fold(a.parent) === fold(b.parent) &&
    a.onDelete === b.onDelete &&
    a.onUpdate === b.onUpdate
  );
}

/** What is left once some others are taken away: one for each, so that a second, equal one stays. */
function without<T>(
  all: readonly T[],
  gone: readonly T[],
  isSame: (a: T, b: T) => boolean,
): readonly T[] {
  const left = [...all];
  for (const each of gone) {
    const found = left.findIndex((other) => isSame(other, each));
    if (found !== -1) left.splice(found, 1);
  }
  return left;
}

function lastMentioned({ expression }: Check, added: readonly Column[]): Column | undefined {
  return added.findLast((each) => mentionsName(expression, each.name));
}

function mentionsName(sql: string, name: string): boolean {
  for (const token of tokens(sql)) {
    if (token.kind !== 'word' && token.kind !== 'quoted') continue;
    if (fold(nameOf(sql, token)) === fold(name)) return true;
  }
  return false;
}

/** What the text of a column says, in a table with the same names; null where it cannot be read. */
function definition(table: Table, column: Column, text: string): Table | null {
  const others = table.columns.filter((each) => fold(each.name) !== fold(column.name));
  const sql = `CREATE TABLE ${nameSql(table.name)} (${[...others.map((each) => nameSql(each.name)), text].join(', ')}\n)`;
  const parsed = parseTable(table.name, sql);
  return parsed.kind === 'table' && columnIn(parsed, column.name) !== undefined ? parsed : null;
}

/** What ADD COLUMN makes of a table; null where it refuses. */
function withColumn(table: Table, column: Column, sql: string, after: Table): Table | null {
  const parsed = definition(table, column, sql);
  if (parsed === null || parsed.primaryKey !== null || parsed.unique.length > 0) return null;
  const own = columnIn(parsed, column.name)!;
  const said = [own.generated?.expression ?? '', ...parsed.checks.map((each) => each.expression)];
  // Of two that name each other, the first names what is not there yet.
  const isEarly = after.columns.some(
    ({ name }) =>
      columnIn(table, name) === undefined &&
      fold(name) !== fold(column.name) &&
      said.some((each) => mentionsName(each, name)),
  );
  if (isEarly) return null;
  // With foreign keys enforced, SQLite refuses a reference with a value.
  if (parsed.foreignKeys.length > 0 && own.default !== null) return null;
  const foreignKeys = parsed.foreignKeys.map((key) => ({
    ...key,
    parentColumns: key.parentColumns.length > 0 ? key.parentColumns : impliedBy(after, key),
  }));
  return {
    ...table,
    columns: [...table.columns, own],
    checks: [...table.checks, ...parsed.checks],
    foreignKeys: [...table.foreignKeys, ...foreignKeys],
  };
}

/** A reference that names no columns means the same as in the target, where that is known. */
function impliedBy(after: Table, { columns, parent }: ForeignKey): readonly string[] {
  const same = after.foreignKeys.find(
    (key) =>
      key.columns.length === 1 &&
      fold(key.columns[0]!) === fold(columns[0]!) &&
      fold(key.parent) === fold(parent),
  );
  return same?.parentColumns ?? [];
}

/** What DROP COLUMN makes of a table; null where it refuses. */
function withoutColumn(table: Table, column: Column, original: Table): Table | null {
  const { name } = column;
  const isKey = (columns: readonly { readonly name: string }[]) =>
    columns.some((each) => fold(each.name) === fold(name));
  if (isKey(table.primaryKey?.columns ?? []) || table.unique.some((each) => isKey(each.columns))) {
    return null;
  }
  const own = isAsWritten(original, column) ? definition(original, column, column.text) : null;
  const checks = without(table.checks, own?.checks ?? [], isSameCheck);
  const foreignKeys = without(table.foreignKeys, own?.foreignKeys ?? [], isSameKey);
  const columns = table.columns.filter((each) => fold(each.name) !== fold(name));
  const isUsed =
    checks.some((check) => mentionsName(check.expression, name)) ||
    foreignKeys.some((key) => key.columns.some((each) => fold(each) === fold(name))) ||
    columns.some(({ generated }) => generated !== null && mentionsName(generated.expression, name));
  const isSafe =
    columns.some(({ generated }) => generated === null) && !followsCommentedComma(original, column);
  return isUsed || !isSafe ? null : { ...table, columns, checks, foreignKeys };
}

/** Whether the text of a column is still its own: a rename changes the model, not the text. */
function isAsWritten(table: Table, { name, text }: Column): boolean {
  return table.text.includes(text) && mentionsName(text, name);
}

/** SQLite cuts from the comma before the column, and does not see that it is in a comment. */
function followsCommentedComma({ text }: Table, column: Column): boolean {
  const found = text.indexOf(column.text);
  const start = found === -1 ? text.length : found;
  for (const token of tokens(text)) {
    if (token.kind !== 'comment' || token.end > start) continue;
    if (text.slice(token.start, token.end).includes(',')) return true;
  }
  return false;
}

/** A column comes behind those that its own text computes or checks it from, where that can be. */
function inAddOrder(columns: readonly Column[], after: Table): readonly Column[] {
  const needs = new Map(
    columns.map((column) => {
      const checks = definition(after, column, column.text)?.checks ?? [];
      const said = [column.generated?.expression ?? '', ...checks.map((each) => each.expression)];
      return [column, said.join(' ')];
    }),
  );
  return ordered(columns, (column, left) => !left.some((other) => mentions(column, other)));
  function mentions(column: Column, other: Column): boolean {
    return other !== column && mentionsName(needs.get(column)!, other.name);
  }
}

/** What is computed from a column goes before that column. */
function inDropOrder(columns: readonly Column[]): readonly Column[] {
  return ordered(
    columns,
    (column, left) =>
      !left.some(
        (other) =>
          other !== column &&
          other.generated !== null &&
          mentionsName(other.generated.expression, column.name),
      ),
  );
}

/** Columns in their order, but each only once it is free to go; in a circle none ever is. */
function ordered(
  columns: readonly Column[],
  isFree: (column: Column, left: readonly Column[]) => boolean,
): readonly Column[] {
  const left = [...columns];
  const result: Column[] = [];
  while (left.length > 0) {
    const free = left.findIndex((column) => isFree(column, left));
    result.push(...left.splice(Math.max(free, 0), 1));
  }
  return result;
}
