import { nameOf, type Statement, statements, textOf } from './statements.ts';

/** `ALTER TABLE table RENAME TO to`, or `… RENAME COLUMN column TO to`. Names as they stand. */
export interface Rename {
  readonly table: string;
  readonly column: string | null;
  readonly to: string;
}

/** What a text renames, in order. Only ALTER TABLE does, and only at statement level. */
export function renames(sql: string): readonly Rename[] {
  if (!/\brename\b/i.test(sql)) return [];
  return [...statements(sql)].flatMap((statement) => readRename(sql, statement) ?? []);
}

function readRename(sql: string, { tokens }: Statement): Rename | null {
  let at = 0;
  const isNext = (text: string) =>
    tokens[at] !== undefined && textOf(sql, tokens[at]!).toUpperCase() === text;
  const take = (text: string) => {
    if (!isNext(text)) return false;
    at++;
    return true;
  };
  const name = () => (tokens[at] === undefined ? '' : nameOf(sql, tokens[at++]!));

  if (!take('ALTER') || !take('TABLE')) return null;
  let table = name();
  if (take('.')) table = name();
  if (!take('RENAME')) return null;
  if (take('TO')) return { table, column: null, to: name() };
  take('COLUMN');
  const column = name();
  return take('TO') ? { table, column, to: name() } : null;
}
