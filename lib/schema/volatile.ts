import { textOf } from '../sql/statements.ts';
import { tokens } from '../sql/tokens.ts';
import type { AnyTable, Schema } from './model.ts';
import { capitals } from './names.ts';

/** SQL functions whose value is the clock's, as far as they are asked about now. */
export const CLOCK_FUNCTIONS: readonly string[] = [
  'current_date',
  'current_time',
  'current_timestamp',
  'date',
  'datetime',
  'julianday',
  'strftime',
  'time',
  'timediff',
  'unixepoch',
];

/** SQL functions that answer otherwise every time. */
export const RANDOM_FUNCTIONS: readonly string[] = ['random', 'randomblob'];

/** SQL functions that tell of the statement before. */
export const COUNTING_FUNCTIONS: readonly string[] = [
  'changes',
  'last_insert_rowid',
  'total_changes',
];

const COUNTING = COUNTING_FUNCTIONS.map(capitals);
const VOLATILE = [...CLOCK_FUNCTIONS, ...RANDOM_FUNCTIONS].map(capitals).concat(COUNTING);

/**
 * The tables of which a column's default is another every time (folded names). SQLite asks
 * no leave for what a default calls, so no trace has it.
 */
export function volatileDefaults(schema: Schema): ReadonlySet<string> {
  return new Set(
    [...schema.tables].flatMap(([name, table]) => (defaultSpeaksOf(table, VOLATILE) ? [name] : [])),
  );
}

/** Whether the default of some column tells of the statement before. */
export function hasCountingDefaults({ tables }: Schema): boolean {
  return [...tables.values()].some((table) => defaultSpeaksOf(table, COUNTING));
}

function defaultSpeaksOf(table: AnyTable, functions: readonly string[]): boolean {
  if (table.kind === 'opaque') return speaksOf(table.words, functions);
  return table.columns.some(
    (column) => column.default !== null && speaksOf(column.default.sql, functions),
  );
}

/** Whether a text speaks of clock, chance or counting at all. */
export function speaksOf(sql: string, functions: readonly string[] = VOLATILE): boolean {
  return [...tokens(sql)].some(
    (token) => token.kind === 'word' && functions.includes(capitals(textOf(sql, token))),
  );
}
