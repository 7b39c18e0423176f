import type { AnyTable, Column, Schema, Table } from '../model.ts';
import { fold, quoted } from '../names.ts';
import { aliasOf } from '../rowid.ts';
import { type Scratch, ScratchError, tried } from '../scratch.ts';
import type { Contents, Row, TableContents } from './contents.ts';
import type { Counterpart } from './counterparts.ts';

/** A state of a database. */
export interface DatabaseState {
  readonly schema: Schema;
  readonly contents: Contents;
}

interface ContentsOptions {
  /** `t.c` of columns, by their names afterwards, whose NULLs get a value on the way. */
  readonly fill: ReadonlySet<string>;
}

/** How many rows of a table are told of. */
const SHOWN = 3;

/**
 * What a script lost or changed of the data that both states have a place for. A value is
 * expected as its column afterwards stores it. Sentences; none when all is there.
 *
 * @param scratch where values can be stored and taken back.
 */
export async function lostData(
  scratch: Scratch,
  before: DatabaseState,
  after: DatabaseState,
  pairs: readonly Counterpart[],
  options: ContentsOptions,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pair of pairs) {
    const held = before.contents.tables.get(pair.from);
    const holds = after.contents.tables.get(pair.to);
    if (held === undefined || holds === undefined) continue;
    const comparison = comparisonOf(before.schema, after.schema, pair, held, holds, options);
    const name = nameIn(after.schema, pair.to);
    const expected = await storedIn(scratch, comparison, held.rows);
    found.push(...differences(name, comparison, expected, holds.rows));
  }
  return [
    ...found,
    ...lostMarks(before, after, pairs),
    ...[...after.contents.outOfStep]
      .filter((key) => !before.contents.outOfStep.has(key))
      .map(
        (key) =>
          `the full-text index \`${nameIn(after.schema, key)}\` does not agree with its table any more`,
      ),
  ];
}

/** Which columns of a pair of tables are compared, and how. */
interface Comparison {
  readonly columns: readonly ComparedColumn[];
  readonly strict: boolean;
  /** Whether a row has to keep its rowid; else the rows are compared as a multiset. */
  readonly byRowid: boolean;
}

interface ComparedColumn {
  /** As it is called afterwards. */
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** The type that values are stored as; null where they are as they were. */
  readonly type: string | null;
  readonly isFilled: boolean;
}

function comparisonOf(
  before: Schema,
  after: Schema,
  { from, to, columns }: Counterpart,
  held: TableContents,
  holds: TableContents,
  { fill }: ContentsOptions,
): Comparison {
  const [a, b] = [plainTable(before.tables.get(from)), plainTable(after.tables.get(to))];
  const hasRowids = (all: TableContents) => all.rows.every((row) => row.rowid !== null);
  const names = columns ?? new Map(held.columns.map((name) => [name, name]));
  const compared: ComparedColumn[] = [];
  for (const [old, name] of names) {
    const [was, is] = [held.columns.indexOf(old), holds.columns.indexOf(name)];
    const [column, now] = [columnOf(a, old), columnOf(b, name)];
    // What is computed is no data.
    if (was === -1 || is === -1 || (now !== undefined && now.generated !== null)) continue;
    const isSame = column?.type === now?.type && a?.strict === b?.strict;
    // SQLite gives a number to a row whose rowid is NULL.
    const isNumbered = name === foldedAlias(b) && old !== foldedAlias(a);
    const isFilled = isNumbered || fill.has(`${to}.${name}`);
    compared.push({ name, from: was, to: is, type: isSame ? null : (now?.type ?? ''), isFilled });
  }
  const byRowid = hasRowids(held) && hasRowids(holds) && keepsRowids(a, b, names, to, fill);
  return { columns: compared, strict: b?.strict ?? false, byRowid };
}

/** Whether rowids stay: but where another column, or what it is filled with, becomes the rowid. */
function keepsRowids(
  a: Table | undefined,
  b: Table | undefined,
  names: ReadonlyMap<string, string>,
  to: string,
  fill: ReadonlySet<string>,
): boolean {
  const alias = foldedAlias(b);
  if (alias === null) return true;
  const old = [...names].find(([, now]) => now === alias)?.[0];
  if (old === undefined) return !fill.has(`${to}.${alias}`);
  return old === foldedAlias(a);
}

function foldedAlias(table: Table | undefined): string | null {
  const alias = table === undefined ? null : aliasOf(table);
  return alias === null ? null : fold(alias);
}

/** The rows with their values as the columns afterwards store them. */
async function storedIn(
  scratch: Scratch,
  { columns, strict }: Comparison,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const taken = rows.map((row) => ({
    rowid: row.rowid,
    values: columns.map((each) => row.values[each.from]!),
  }));
  if (columns.every((each) => each.type === null) || rows.length === 0) return taken;
  // What needs no conversion gets a column that does none.
  const neutral = strict ? 'ANY' : '';
  const definitions = columns.map(({ type }, index) => `c${index} ${type ?? neutral}`);
  const like = quoted('mig stored as');
  return tried(scratch, async () => {
    await scratch.exec(
      `CREATE TABLE main.${like}(${definitions.join(', ')})${strict ? ' STRICT' : ''}`,
    );
    const stored: Row[] = [];
    const list = columns.map((_, index) => `quote(c${index}) AS c${index}`).join(', ');
    for (const { rowid, values } of taken) {
      const now = await tried(scratch, async () => {
        try {
          await scratch.exec(`INSERT INTO main.${like} VALUES (${values.join(', ')})`);
        } catch (error) {
          if (error instanceof ScratchError) return values;
          throw error;
        }
        const [row] = await scratch.query(`SELECT ${list} FROM main.${like}`);
        return columns.map((_, index) => String(row![`c${index}`]));
      });
      stored.push({ rowid, values: now });
    }
    return stored;
  });
}

function differences(
  table: string,
  comparison: Comparison,
  expected: readonly Row[],
  rows: readonly Row[],
): readonly string[] {
  const { columns, byRowid } = comparison;
  const found = rows.map(({ rowid, values }) => ({
    rowid,
    values: columns.map((each) => values[each.to]!),
  }));
  const problems =
    expected.length === found.length
      ? []
      : [`\`${table}\` has ${counted(found.length)}, and had ${expected.length}`];
  const shown = byRowid
    ? differencesByRowid(table, columns, expected, found)
    : differencesOfMultisets(table, columns, expected, found);
  const more =
    shown.length > SHOWN ? [`\`${table}\` has ${shown.length - SHOWN} more such rows`] : [];
  return [...problems, ...shown.slice(0, SHOWN), ...more];
}

function counted(rows: number): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'}`;
}

function differencesByRowid(
  table: string,
  columns: readonly ComparedColumn[],
  expected: readonly Row[],
  found: readonly Row[],
): readonly string[] {
  const byId = new Map(found.map((row) => [row.rowid, row]));
  return expected.flatMap(({ rowid, values }) => {
    const now = byId.get(rowid);
    if (now === undefined) return [`\`${table}\` has no row with the rowid ${rowid} any more`];
    return columns.flatMap(({ name, isFilled }, index) => {
      const [was, is] = [values[index]!, now.values[index]!];
      if (was === is || (isFilled && was === 'NULL' && is !== 'NULL')) return [];
      return [`column \`${name}\` of \`${table}\`, row ${rowid}: ${is}, expected ${was}`];
    });
  });
}

/** Rows that were filled are looked for last, among those that nothing else is. */
function differencesOfMultisets(
  table: string,
  columns: readonly ComparedColumn[],
  expected: readonly Row[],
  found: readonly Row[],
): readonly string[] {
  const textOf = ({ values }: Row) =>
    columns.map(({ name }, index) => `${name} ${values[index]}`).join(', ');
  const isOpen = (values: readonly string[], index: number) =>
    columns[index]!.isFilled && values[index] === 'NULL';
  const hasOpen = ({ values }: Row) => values.some((_, index) => isOpen(values, index));
  const left = new Map<string, Row[]>();
  for (const row of found) left.set(textOf(row), [...(left.get(textOf(row)) ?? []), row]);
  const take = (row: Row): boolean => {
    if (!hasOpen(row)) return left.get(textOf(row))?.pop() !== undefined;
    const like = [...left.values()].find(([one]) =>
      one?.values.every((value, index) =>
        isOpen(row.values, index) ? value !== 'NULL' : value === row.values[index],
      ),
    );
    return like?.pop() !== undefined;
  };
  const inTurn = [...expected.filter((row) => !hasOpen(row)), ...expected.filter(hasOpen)];
  return inTurn.flatMap((row) =>
    take(row) ? [] : [`\`${table}\` has no row with ${textOf(row)} any more`],
  );
}

/** AUTOINCREMENT must not give a number twice, and `sqlite_sequence` has each table once. */
function lostMarks(
  before: DatabaseState,
  after: DatabaseState,
  pairs: readonly Counterpart[],
): readonly string[] {
  const found: string[] = [];
  for (const { from, to } of pairs) {
    const hadMark = isCounted(before.schema.tables.get(from));
    if (!hadMark || !isCounted(after.schema.tables.get(to))) continue;
    const was = before.contents.marks.get(from)?.[0] ?? '0';
    const is = after.contents.marks.get(to)?.[0] ?? '0';
    if (was !== is) {
      const name = nameIn(after.schema, to);
      found.push(
        `the AUTOINCREMENT mark of \`${name}\` in sqlite_sequence is ${is}, and was ${was}`,
      );
    }
  }
  for (const [key, marks] of after.contents.marks) {
    const was = before.contents.marks.get(key);
    if (marks.length > 1 && (was === undefined || was.length === 1)) {
      found.push(`sqlite_sequence has \`${nameIn(after.schema, key)}\` ${marks.length} times`);
    }
    if (!after.schema.tables.has(key) && was === undefined) {
      found.push(`sqlite_sequence has \`${key}\`, and there is no such table`);
    }
  }
  return found;
}

function isCounted(table: AnyTable | undefined): boolean {
  return plainTable(table)?.primaryKey?.autoincrement === true;
}

function plainTable(table: AnyTable | undefined): Table | undefined {
  return table?.kind === 'table' ? table : undefined;
}

function columnOf(table: Table | undefined, name: string): Column | undefined {
  return table?.columns.find((each) => fold(each.name) === name);
}

function nameIn({ tables, virtualTables }: Schema, key: string): string {
  return (tables.get(key) ?? virtualTables.get(key))?.name ?? key;
}
