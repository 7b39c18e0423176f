import { compareSchemas } from '../compare/compare.ts';
import { type Difference, sentenceOf } from '../compare/difference.ts';
import { HEADER_NUMBERS_SQL } from '../header-numbers.ts';
import type { Schema } from '../model.ts';
import { quoted } from '../names.ts';
import type { SchemaScript } from '../read/materialise.ts';
import { type KnownObjects, readSchema } from '../read/read.ts';
import { type Scratch, ScratchError, type ScratchTrace, type ScratchValue } from '../scratch.ts';
import { SEQUENCE_TABLE, sequenceRows } from '../sequence.ts';
import { type Fault, faultsOf } from '../validity.ts';

/** Where an order of scripts led. */
export type End = GoodEnd | BadEnd;

/** All scripts ran, and nothing that came out is broken. */
export interface GoodEnd {
  readonly kind: 'good';
  readonly schema: Schema;
  /** The rows of each table as texts, sorted: a multiset. By folded name. */
  readonly rows: ReadonlyMap<string, readonly string[]>;
  /** The numbers in the file's header that are the user's, by the name of their PRAGMA. */
  readonly header: ReadonlyMap<string, ScratchValue>;
  readonly traces: ReadonlyMap<string, ScratchTrace>;
}

/** A script failed, or what came out is broken. */
export interface BadEnd {
  readonly kind: 'bad';
  /** The script that failed; null for what is only broken at the end. */
  readonly script: SchemaScript | null;
  readonly message: string;
  /** Offset in the script. */
  readonly offset: number | null;
}

/** What is known before the scripts run, and need not be told again. */
interface EndOptions {
  /** Messages of faults that were there before. */
  readonly known: ReadonlySet<string>;
  /** The tables whose rows matter, folded, besides those that the scripts write; null for all. */
  readonly tables: ReadonlySet<string> | null;
  /** Tables that were read before. */
  readonly read: KnownObjects;
}

/** Runs scripts and looks at where they lead. Nothing is taken back. */
export async function endOf(
  scratch: Scratch,
  scripts: readonly SchemaScript[],
  { known, tables, read }: EndOptions,
): Promise<End> {
  const traces = new Map<string, ScratchTrace>();
  for (const script of scripts) {
    try {
      traces.set(script.revision ?? '', await scratch.exec(script.sql, script));
    } catch (error) {
      if (!(error instanceof ScratchError)) throw error;
      return { kind: 'bad', script, message: error.message, offset: error.place?.offset ?? null };
    }
  }
  const schema = readSchema(await scratch.inspect(), read);
  const faults = (await faultsOf(scratch, schema)).filter((each) => !known.has(each.message));
  if (faults.length > 0) return broken(faults);
  const touched = tables ?? new Set([...schema.tables.keys(), ...schema.virtualTables.keys()]);
  const written = new Set([...touched, ...writtenIn(traces)]);
  const rows = new Map(await rowsOf(scratch, schema, written));
  // What the next AUTOINCREMENT starts from is told apart, too.
  const sequence = await sequenceRows(scratch);
  if (sequence.length > 0) rows.set(SEQUENCE_TABLE, sequence.map(rowText).sort());
  return { kind: 'good', schema, rows, header: await headerNumbersOf(scratch), traces };
}

async function headerNumbersOf(scratch: Scratch): Promise<ReadonlyMap<string, ScratchValue>> {
  const [row] = await scratch.query(HEADER_NUMBERS_SQL);
  return new Map(Object.entries(row!));
}

/** How two good ends differ. */
interface EndDifference {
  /** Numbers of the header that differ, by the name of their PRAGMA. */
  readonly header: readonly string[];
  readonly schema: readonly Difference[];
  /** Tables whose rows differ. */
  readonly data: readonly string[];
}

/** How two ends differ, in schema, rows and header. */
export function compareEnds(a: GoodEnd, b: GoodEnd): EndDifference {
  const data: string[] = [];
  for (const name of new Set([...a.rows.keys(), ...b.rows.keys()])) {
    const [inA, inB] = [a.rows.get(name) ?? [], b.rows.get(name) ?? []];
    if (inA.length !== inB.length || inA.some((row, index) => row !== inB[index])) data.push(name);
  }
  const header = [...a.header.keys()].filter((name) => a.header.get(name) !== b.header.get(name));
  return { header, schema: compareSchemas(a.schema, b.schema), data: data.sort() };
}

/** Whether nothing differs that is more than cosmetic. */
export function isSameEnd({ header, schema, data }: EndDifference): boolean {
  return header.length + data.length === 0 && schema.every((each) => each.cosmetic);
}

/** Sentences for a difference. What is cosmetic comes only when nothing else does. */
export function describeDifference(difference: EndDifference): readonly string[] {
  const { header, schema, data } = difference;
  const shown = isSameEnd(difference) ? schema : schema.filter((each) => !each.cosmetic);
  return [
    ...shown.map(sentenceOf),
    ...data.map((name) => `the rows of \`${name}\` differ`),
    ...header.map((name) => `\`PRAGMA ${name}\` differs`),
  ];
}

function broken(faults: readonly Fault[]): BadEnd {
  const message = faults.map((each) => each.message).join(' ');
  return { kind: 'bad', script: null, message, offset: null };
}

/** The tables that were written, reshaped or spoken of: under a new name the rows are the same. */
export function writtenIn(traces: ReadonlyMap<string, ScratchTrace>): readonly string[] {
  return [...traces.values()].flatMap((trace) => [
    ...trace.writes,
    ...trace.reshapes,
    ...trace.names,
  ]);
}

/** The rows of some tables as texts, sorted: multisets. By folded name. */
export async function rowsOf(
  scratch: Scratch,
  schema: Schema,
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>();
  for (const [name, table] of [...schema.tables, ...schema.virtualTables]) {
    if (!names.has(name)) continue;
    try {
      const rows = await scratch.queryExactly(`SELECT * FROM main.${quoted(table.name)}`);
      found.set(name, rows.map(rowText).sort());
    } catch (error) {
      // A virtual table may be one that cannot be asked for all of its rows.
      if (!(error instanceof ScratchError) || !schema.virtualTables.has(name)) throw error;
    }
  }
  return found;
}

/** A row by the names of its columns: their order is a matter of its own. */
function rowText(row: Readonly<Record<string, ScratchValue>>): string {
  const entries = Object.entries(row).map(([name, value]) => [
    name.toLowerCase(),
    valueText(value),
  ]);
  return JSON.stringify(entries.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

/** With the type in front: `1`, `1.0` and `'1'` are three values. */
function valueText(value: ScratchValue): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return `blob ${[...value].join(' ')}`;
  if (typeof value === 'string') return `text ${value}`;
  return `${typeof value === 'bigint' ? 'integer' : 'real'} ${Object.is(value, -0) ? '0' : value}`;
}
