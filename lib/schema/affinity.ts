import type { Column, Table } from './model.ts';

/** What a column does to the values that it is given. */
export type Affinity = 'integer' | 'real' | 'text' | 'blob' | 'numeric';

/** By the rules of SQLite, for a type in capitals. */
function affinityOf(type: string): Affinity {
  if (type.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text';
  if (type === '' || type.includes('BLOB')) return 'blob';
  if (/REAL|FLOA|DOUB/.test(type)) return 'real';
  return 'numeric';
}

/** The affinity of a column: in a STRICT table ANY takes every value as it is. */
export function affinityIn({ strict }: Pick<Table, 'strict'>, { type }: Column): Affinity {
  return strict && type === 'ANY' ? 'blob' : affinityOf(type);
}

/** The condition for values that another affinity makes other ones; null where it makes none. */
export function changedBy(before: Affinity, after: Affinity, value: string): string | null {
  if (before === after || after === 'blob') return null;
  if (after === 'text') return `typeof(${value}) IN ('integer', 'real')`;
  const number = after === 'real' ? 'REAL' : 'NUMERIC';
  const text = `typeof(${value}) = 'text' AND ${value} <> CAST(CAST(${value} AS ${number}) AS TEXT)`;
  if (after === 'real') return `typeof(${value}) = 'integer' OR ${text}`;
  if (before === 'integer' || before === 'numeric') return null;
  return before === 'real' ? `typeof(${value}) = 'real'` : text;
}

/** A value of one affinity as a column of another one stores it. */
export function converted(value: string, before: Affinity, after: Affinity): string {
  if (before === after || after === 'blob') return value;
  if (after === 'text') {
    return `CASE WHEN typeof(${value}) IN ('integer', 'real') THEN CAST(${value} AS TEXT) ELSE ${value} END`;
  }
  const number = after === 'real' ? 'REAL' : 'NUMERIC';
  if (before === 'text' || before === 'blob') {
    return `CASE WHEN ${value} = CAST(${value} AS NUMERIC) THEN CAST(${value} AS ${number}) ELSE ${value} END`;
  }
  // A number stays the same, but that a REAL has no room for all digits of a big one.
  if (after !== 'real') return value;
  return `CASE WHEN typeof(${value}) = 'integer' THEN CAST(${value} AS REAL) ELSE ${value} END`;
}

/** What typeof() may say of a value that a column of a STRICT table takes; ANY takes all. */
export const STRICT_TYPES: Readonly<Record<string, string>> = {
  INT: "'integer', 'null'",
  INTEGER: "'integer', 'null'",
  REAL: "'real', 'integer', 'null'",
  TEXT: "'text', 'integer', 'real', 'null'",
  BLOB: "'blob', 'null'",
};
