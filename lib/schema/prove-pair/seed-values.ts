import { nameOf, textOf } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import { type Affinity, affinityIn } from '../affinity.ts';
import type { Column, Table } from '../model.ts';
import { fold, literal } from '../names.ts';

/**
 * Values in which a migration that copies carelessly shows: integers that no double holds,
 * text that looks like a number, quotes, bytes that are no text.
 */
const TYPICAL: Readonly<Record<Affinity, readonly string[]>> = {
  integer: ['1', '9007199254740993', '-42', '7'],
  real: ['0.1', '-25000000000.5', '3.0', '1.0e+300'],
  text: ["'it''s \"quoted\"'", "'007'", "'déjà vu -- ;'", "' spaced '"],
  blob: ["x'00ff'", "'text'", '9007199254740993', '2.5'],
  numeric: ["'2026-11-22'", '1', '2.5', '9007199254740993'],
};

const BLOBS: readonly string[] = ["x'00ff'", "x''", "x'ff'", "x'41'"];

/** Values that hardly any other row has. */
function freshValue(affinity: Affinity, number: number): string {
  if (affinity === 'integer') return `${1000 + number}`;
  if (affinity === 'real') return `${number}.25`;
  if (affinity === 'blob') return `x'${(0x10000 + number).toString(16).padStart(6, '0')}'`;
  return `'value ${number}'`;
}

/** What may go into a column: what is typical of its type first, then what its checks name. */
export function candidatesFor(
  column: Column,
  table: Table,
  expressions: readonly string[],
): readonly string[] {
  const affinity = affinityIn(table, column);
  const named = expressions.flatMap((each) => literalsIn(each, column.name, affinity));
  const all = [...new Set([...TYPICAL[affinity], ...named])];
  // Only here a value of another kind is refused that cannot be converted.
  const isBlob = table.strict && column.type === 'BLOB';
  return isBlob ? [...BLOBS, ...all.filter((each) => /^x'/i.test(each))] : all;
}

/** Values for a column that has to have another one in every row. */
export function freshFor(column: Column, table: Table, number: number): string {
  return freshValue(affinityIn(table, column), number);
}

/** What an expression compares a column with, and what is near to it. */
function literalsIn(expression: string, column: string, affinity: Affinity): readonly string[] {
  const all = [...tokens(expression)];
  const speaks = all.some(
    (token) =>
      (token.kind === 'word' || token.kind === 'quoted') &&
      fold(nameOf(expression, token)) === fold(column),
  );
  if (!speaks) return [];
  const found: string[] = /json/i.test(expression) ? ["'{}'", "'[]'"] : [];
  for (const token of all) {
    const text = textOf(expression, token);
    if (token.kind === 'number') found.push(...near(text, affinity));
    if (token.kind === 'blob') found.push(text);
    if (token.kind === 'string') found.push(text, literal(matching(nameOf(expression, token))));
  }
  return found;
}

function near(number: string, affinity: Affinity): readonly string[] {
  const value = Number(number);
  if (!Number.isSafeInteger(value)) return [number];
  const around = [value, value + 1, value - 1, -value].map(String);
  // `length(code) = 3` speaks of a number, and wants a text.
  if (affinity === 'integer' || affinity === 'real' || value < 0 || value > 64) return around;
  const lengths = [value, value + 1, Math.max(0, value - 1)];
  return [...lengths.map((length) => literal('abcdefgh'.repeat(9).slice(0, length))), ...around];
}

/** A text that a pattern of LIKE or GLOB matches, as far as it is a plain one. */
function matching(pattern: string): string {
  return pattern
    .replace(/\[0-9\]/g, '1')
    .replace(/\[A-Z[^\]]*\]/g, 'A')
    .replace(/\[a-z[^\]]*\]/g, 'a')
    .replace(/[%*]/g, 'ab')
    .replace(/[_?]/g, 'a');
}
