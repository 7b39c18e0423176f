import type { Schema, Table, VirtualTable } from '../model.ts';
import { fold, literal, quoted } from '../names.ts';
import { parentsFirst } from '../parents-first.ts';
import { type Scratch, ScratchError } from '../scratch.ts';
import { type RowStyle, TableSeeder } from './seed-row.ts';

interface SeedOptions {
  /** What tables get that do not get `varied` rows, by folded name. */
  readonly levels: ReadonlyMap<string, SeedRows>;
  /** A schema that the rows had better fit, too: values are looked for in its checks. */
  readonly hints: Schema | null;
}

/**
 * `varied`: with NULLs and values that come twice, wherever that is allowed; `plain`:
 * without; `single`: one row.
 */
export type SeedRows = 'varied' | 'plain' | 'single' | 'none';

/** A table for which no row was found that its constraints accept. */
export interface Unseeded {
  readonly table: string;
  readonly why: string;
}

interface Planned extends RowStyle {
  /** Rowids have gaps, so that it shows when they are counted anew. */
  readonly gap: number;
}

const STYLES: Readonly<Record<SeedRows, readonly Planned[]>> = {
  varied: [
    { turn: 0, nulls: 'none', gap: 0 },
    { turn: 1, nulls: 'where allowed', gap: 4 },
    { turn: 2, nulls: 'none', gap: 6 },
    { turn: 0, nulls: 'none', gap: 41 },
  ],
  plain: [
    { turn: 0, nulls: 'none', gap: 0 },
    { turn: 1, nulls: 'none', gap: 4 },
    { turn: 2, nulls: 'none', gap: 6 },
  ],
  single: [{ turn: 3, nulls: 'none', gap: 4 }],
  none: [],
};

/**
 * Puts a few rows into every table, which its constraints accept, parents first. Triggers
 * do not fire; full-text indexes are filled as theirs would fill them.
 *
 * @returns the tables that stay without.
 */
export async function seed(
  scratch: Scratch,
  schema: Schema,
  options: SeedOptions,
): Promise<readonly Unseeded[]> {
  const unseeded: Unseeded[] = [];
  const triggers = [...schema.triggers.values()];
  for (const { name } of triggers) await scratch.exec(`DROP TRIGGER main.${quoted(name)}`);
  const failed: Table[] = [];
  const known = [...schema.tables.values()].filter((table) => table.kind === 'table');
  for (const table of parentsFirst(known)) {
    if ((await seedTable(scratch, schema, table, options)) !== null) failed.push(table);
  }
  // Of tables that refer to each other, the one may have had to wait for the other.
  for (const table of failed) {
    const why = await seedTable(scratch, schema, table, options);
    if (why !== null) unseeded.push({ table: table.name, why });
  }
  for (const { name, kind, ...table } of schema.tables.values()) {
    if (kind !== 'opaque' || !('why' in table)) continue;
    unseeded.push({ table: name, why: `mig does not know ${table.why}` });
  }
  for (const table of schema.virtualTables.values()) {
    if (options.levels.get(fold(table.name)) === 'none') continue;
    const why = await seedVirtual(scratch, table);
    if (why !== null) unseeded.push({ table: table.name, why });
  }
  // In their order, so that they fire in it as before.
  for (const { text } of triggers) await scratch.exec(text);
  return unseeded;
}

async function seedTable(
  scratch: Scratch,
  schema: Schema,
  table: Table,
  { levels, hints }: SeedOptions,
): Promise<string | null> {
  const styles = STYLES[levels.get(fold(table.name)) ?? 'varied'];
  if (styles.length === 0) return null;
  const seeder = await TableSeeder.of(scratch, schema, table, expressionsOf(table, schema, hints));
  let added = 0;
  let failure: string | null = null;
  for (const { gap, ...style } of styles) {
    const refused = await seeder.addRow(style, gap);
    if (refused === null) added++;
    failure ??= refused;
  }
  if (added === 0) return failure;
  if (table.primaryKey?.autoincrement === true) {
    // As after rows that were deleted: the numbers of those are not given again.
    await scratch.exec(
      `UPDATE main.sqlite_sequence SET seq = seq + 100 WHERE name = ${literal(table.name)}`,
    );
  }
  return null;
}

/** Checks and indexes, and those that the table is going to have. */
function expressionsOf(table: Table, schema: Schema, hints: Schema | null): readonly string[] {
  const found: string[] = [];
  for (const each of hints === null ? [schema] : [schema, hints]) {
    for (const other of each.tables.values()) {
      if (other.kind !== 'table') continue;
      // What the table is called later is not known here; another table's literals do no harm.
      if (each === hints || fold(other.name) === fold(table.name)) {
        found.push(...other.checks.map((check) => check.expression));
      }
    }
    for (const index of each.indexes.values()) {
      if (index.where !== null && fold(index.table) === fold(table.name)) found.push(index.where);
    }
  }
  return found;
}

const TEXTS: readonly string[] = ['plain words', 'it\'\'s "quoted"', 'third'];
const ROWIDS: readonly number[] = [1, 5, 7];

async function seedVirtual(scratch: Scratch, table: VirtualTable): Promise<string | null> {
  const own = quoted(table.name);
  const content = /\bcontent\s*=\s*('[^']*'|"[^"]*"|\w+)/i.exec(table.arguments)?.[1];
  try {
    if (content !== undefined && !/^(''|"")$/.test(content)) {
      await scratch.exec(`INSERT INTO main.${own}(${own}) VALUES ('rebuild')`);
      return null;
    }
    const info = await scratch.query(
      'SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid',
      table.name,
    );
    const names = info.map((each) => quoted(String(each.name)));
    const isText = /^fts/i.test(table.module);
    for (const [turn, rowid] of ROWIDS.entries()) {
      // An rtree has pairs of a least and a greatest, after its own rowid.
      const values = names.map((_, at) =>
        isText ? `'${TEXTS[(turn + at) % 3]!}'` : `${rowid + at}`,
      );
      const list = isText ? ['rowid', ...names] : names;
      const row = isText ? [`${rowid}`, ...values] : values;
      await scratch.exec(`INSERT INTO main.${own}(${list.join(', ')}) VALUES (${row.join(', ')})`);
    }
    return null;
  } catch (error) {
    if (error instanceof ScratchError) return error.message;
    throw error;
  }
}
