import { isExternalContent } from '../full-text.ts';
import type { Schema, VirtualTable } from '../model.ts';
import { fold, quoted } from '../names.ts';
import { ROWID_NAMES } from '../rowid.ts';
import { type Scratch, ScratchError, tried } from '../scratch.ts';
import { sequenceRows } from '../sequence.ts';

/** What the tables of a database hold. */
export interface Contents {
  /** By folded name; without virtual tables that cannot be asked or hold nothing. */
  readonly tables: ReadonlyMap<string, TableContents>;
  /** Of the tables in `sqlite_sequence`, by folded name: where AUTOINCREMENT goes on. */
  readonly marks: ReadonlyMap<string, readonly string[]>;
  /** Full-text indexes, folded, that do not agree with the table they stand on. */
  readonly outOfStep: ReadonlySet<string>;
}

/** The rows of one table. */
export interface TableContents {
  /** Folded, in their order. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** One row, its values as SQL. */
export interface Row {
  /** Null in a table without rowid. */
  readonly rowid: string | null;
  /** SQL literals, which keep type and precision, in the order of the columns. */
  readonly values: readonly string[];
}

/** Reads all that the tables of a schema hold. @throws ScratchError where a table cannot be read */
export async function contentsOf(scratch: Scratch, schema: Schema): Promise<Contents> {
  const tables = new Map<string, TableContents>();
  const outOfStep = new Set<string>();
  for (const [key, { name }] of schema.tables) tables.set(key, await tableContents(scratch, name));
  for (const [key, table] of schema.virtualTables) {
    try {
      // One that stands on another table holds nothing of its own.
      if (!isExternalContent(table)) tables.set(key, await tableContents(scratch, table.name));
    } catch (error) {
      if (!(error instanceof ScratchError)) throw error;
    }
    if (!(await isInStep(scratch, table))) outOfStep.add(key);
  }
  return { tables, marks: await marksOf(scratch), outOfStep };
}

async function tableContents(scratch: Scratch, name: string): Promise<TableContents> {
  const info = await scratch.query(
    'SELECT name, hidden FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid',
    name,
  );
  const all = info.map((each) => String(each.name));
  const rowid = await findRowidName(scratch, name, all);
  try {
    return await read(scratch, name, all, rowid);
  } catch (error) {
    if (!(error instanceof ScratchError)) throw error;
    // A generated column can have an expression that fails for some rows.
    const plain = info.filter((each) => each.hidden === 0).map((each) => String(each.name));
    return read(scratch, name, plain, rowid);
  }
}

async function read(
  scratch: Scratch,
  table: string,
  columns: readonly string[],
  rowid: string | null,
): Promise<TableContents> {
  const list = columns.map((column, index) => `, quote(${quoted(column)}) AS c${index}`);
  const rows = await scratch.query(
    `SELECT ${rowid === null ? 'NULL' : `quote(${rowid})`} AS id${list.join('')} FROM main.${quoted(table)} NOT INDEXED`,
  );
  return {
    columns: columns.map(fold),
    rows: rows.map((row) => ({
      rowid: row.id === null ? null : String(row.id),
      values: columns.map((_, index) => String(row[`c${index}`])),
    })),
  };
}

/** A name by which a table's rowid can be had, as the database has it; null where there is none. */
export async function findRowidName(
  scratch: Scratch,
  table: string,
  columns: readonly string[],
): Promise<string | null> {
  const taken = new Set(columns.map(fold));
  const free = ROWID_NAMES.find((name) => !taken.has(name));
  if (free === undefined) return null;
  try {
    await scratch.query(`SELECT ${free} FROM main.${quoted(table)} LIMIT 0`);
    return free;
  } catch (error) {
    if (error instanceof ScratchError) return null;
    throw error;
  }
}

async function marksOf(scratch: Scratch): Promise<ReadonlyMap<string, readonly string[]>> {
  const marks = new Map<string, string[]>();
  for (const row of await sequenceRows(scratch)) {
    const key = fold(String(row.name));
    marks.set(key, [...(marks.get(key) ?? []), String(row.seq ?? 0)]);
  }
  return marks;
}

/** Whether a full-text index says what its table says: FTS5 finds rows by their rowids. */
async function isInStep(scratch: Scratch, { name, module }: VirtualTable): Promise<boolean> {
  if (fold(module) !== 'fts5') return true;
  const own = quoted(name);
  try {
    await tried(scratch, () =>
      scratch.exec(`INSERT INTO main.${own}(${own}, rank) VALUES ('integrity-check', 1)`),
    );
    return true;
  } catch (error) {
    if (error instanceof ScratchError) return false;
    throw error;
  }
}
