import type { Schema, Table } from '../model.ts';
import { fold, quoted } from '../names.ts';
import { aliasOf, isReference, isUnnumbered, NO_NUMBER } from '../rowid.ts';
import { failureOf, type Scratch, ScratchError } from '../scratch.ts';
import type { DatabaseState } from './compare-contents.ts';
import { findRowidName, type Row, type TableContents } from './contents.ts';
import type { Counterpart } from './counterparts.ts';

/** Rows that a table cannot take, as it is going to be. */
export interface Misfit {
  /** Folded, as the table is called before. */
  readonly table: string;
  /** What SQLite says. */
  readonly why: string;
}

/** For a filled column, by `t.c` as they are called afterwards, its value for each row. */
export type Filled = ReadonlyMap<string, readonly string[]>;

/**
 * Which tables have rows that the constraints of another schema refuse, whoever puts them
 * there: tells a constraint that became tighter from a script that copies wrongly.
 *
 * @param empty a database with nothing in it, for this alone.
 */
export async function misfits(
  empty: Scratch,
  { schema, contents }: DatabaseState,
  target: Schema,
  pairs: readonly Counterpart[],
  filled: Filled,
): Promise<readonly Misfit[]> {
  await build(empty, target);
  const found = new Map<string, string>();
  for (const { from, to, columns } of pairs) {
    const table = target.tables.get(to);
    const held = contents.tables.get(from);
    const before = schema.tables.get(from);
    if (table?.kind !== 'table' || before?.kind !== 'table' || held === undefined) continue;
    const taken = columnsTaken(table, held, columns, (name) => filled.get(`${to}.${name}`));
    for (const sql of await insertsOf(empty, before, table, held, taken)) {
      const why = await failureOf(() => empty.exec(sql));
      if (why !== null) found.set(from, why);
    }
  }
  // Without the rows that were refused, others lack a parent that they have.
  for (const { from, to } of found.size === 0 ? pairs : []) {
    const table = target.tables.get(to);
    if (table?.kind !== 'table') continue;
    const why = await orphansIn(empty, table.name);
    if (why !== null) found.set(from, why);
  }
  return [...found].map(([table, why]) => ({ table, why }));
}

/** What puts the rows of a table into the one that it becomes, a statement a row. */
async function insertsOf(
  empty: Scratch,
  before: Table,
  table: Table,
  held: TableContents,
  taken: readonly Taken[],
): Promise<readonly string[]> {
  const columns = table.columns.map((each) => each.name);
  const rowid = await findRowidName(empty, table.name, columns);
  const alias = aliasOf(table);
  const isNumbered = taken.every(({ column }) => column !== alias);
  const isUnknown = alias !== null && isNumbered && isUnnumbered(before, table, { name: alias });
  const rows = held.rows.map((row, index) => ({
    rowid: row.rowid,
    values: taken.map(({ at, fill }) => {
      const value = at === -1 ? 'NULL' : row.values[at]!;
      return value === 'NULL' ? (fill?.[index] ?? value) : value;
    }),
  }));
  return numbered(rows, taken, table).map((row) => {
    const names = taken.map((each) => quoted(each.column));
    const values = [...row.values];
    if (isUnknown) {
      names.push(quoted(alias));
      values.push(NO_NUMBER);
    } else if (rowid !== null && row.rowid !== null && isNumbered) {
      names.push(rowid);
      values.push(row.rowid);
    }
    const into = `INSERT OR ABORT INTO main.${quoted(table.name)}`;
    return names.length === 0
      ? `${into} DEFAULT VALUES`
      : `${into}(${names.join(', ')}) VALUES (${values.join(', ')})`;
  });
}

/** The rows as a rebuild copies them: those of which the key is NULL get their numbers last. */
function numbered(rows: readonly Row[], taken: readonly Taken[], table: Table): readonly Row[] {
  const at = taken.findIndex(({ column }) => column === aliasOf(table));
  const [some, others] = [rows.filter(isNull), rows.filter((row) => !isNull(row))];
  function isNull({ values }: Row): boolean {
    return values[at] === 'NULL';
  }
  if (at === -1 || !isReference(table, { name: taken[at]!.column })) return [...others, ...some];
  const refused = some.map((row) => ({ ...row, values: row.values.with(at, NO_NUMBER) }));
  return [...others, ...refused];
}

interface Taken {
  readonly column: string;
  /** Where the value stands in a row; -1 for a new column. */
  readonly at: number;
  readonly fill: readonly string[] | undefined;
}

/** The columns of a table that get a value from the rows that there are. */
function columnsTaken(
  table: Table,
  held: TableContents,
  columns: Counterpart['columns'],
  fillOf: (name: string) => readonly string[] | undefined,
): readonly Taken[] {
  const names = new Map([...(columns ?? [])].map(([old, now]) => [now, old]));
  return table.columns
    .filter((column) => column.generated === null)
    .map((column) => {
      const old = names.get(fold(column.name));
      const at = old === undefined ? -1 : held.columns.indexOf(old);
      return { column: column.name, at, fill: fillOf(fold(column.name)) };
    })
    .filter((each) => each.at !== -1 || each.fill !== undefined);
}

/** Tables with their unique indexes; nothing else refuses a row. */
async function build(empty: Scratch, { tables, indexes }: Schema): Promise<void> {
  for (const { text } of tables.values()) await failureOf(() => empty.exec(text));
  for (const { text } of indexes.values()) await failureOf(() => empty.exec(text));
}

async function orphansIn(scratch: Scratch, table: string): Promise<string | null> {
  return failureOf(async () => {
    const rows = await scratch.query('SELECT 1 FROM pragma_foreign_key_check(?)', table);
    if (rows.length > 0) throw new ScratchError('FOREIGN KEY constraint failed');
  });
}
