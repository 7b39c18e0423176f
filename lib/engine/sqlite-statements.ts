import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { holdsStatement, type Statement, statements, textOf } from '../sql/statements.ts';
import type { Token } from '../sql/tokens.ts';
import { isSqliteError } from './sqlite-errors.ts';

/** Where a script failed, by SQLite's own cutting of it. */
interface FailedStatement {
  readonly start: number;
  readonly end: number;
  /** The token that the message names, where it can be told. */
  readonly offset: number;
}

/**
 * Runs a script statement by statement, cut by SQLite's own parser: `prepare` compiles the
 * first statement of a text and says how long it was.
 *
 * @param onStatement told after each; what it throws counts as the statement's error.
 * @throws StatementError around whatever a statement throws.
 */
export function runStatements(
  db: DatabaseSync,
  sql: string,
  onStatement: (text: string) => void = () => {},
): void {
  for (let at = 0; at < sql.length; ) {
    try {
      const statement = prepareAt(db, sql, at);
      if (statement === null) return;
      // What it returns is not looked at, and may be too large for a number.
      statement.setReadBigInts(true);
      // Stepped to its end: `run()` would stop at the first row of a SELECT.
      for (const _row of statement.iterate());
      const text = statement.sourceSQL;
      onStatement(text);
      at += text.length;
    } catch (error) {
      throw new StatementError(error, failedStatement(db, sql, at, error));
    }
  }
}

/** Around what a statement of a script threw, with its place in the script. */
export class StatementError extends Error {
  override readonly cause: unknown;
  readonly failed: FailedStatement;

  constructor(cause: unknown, failed: FailedStatement) {
    super((cause as Error).message);
    this.cause = cause;
    this.failed = failed;
  }
}

/** So much of a script is handed to SQLite at first, because it copies all that it is handed. */
const WINDOW = 2 ** 14;

/**
 * The statement that begins at an offset, or null when there is none left. With the whole
 * rest for each statement, a long script would take hours to cut, and the lock with it.
 */
function prepareAt(db: DatabaseSync, sql: string, at: number): StatementSync | null {
  for (let size = WINDOW; at + size < sql.length; size *= 8) {
    try {
      const statement = prepareFirst(db, sql.slice(at, at + size));
      // What ends before the text does, ends with its semicolon: it is whole.
      if (statement !== null && statement.sourceSQL.length < size) return statement;
    } catch {
      // Wrong, or cut: with more of the text it shows.
    }
  }
  return prepareFirst(db, sql.slice(at));
}

/**
 * The first statement of a text, or null when there is none left in it. A text of nothing but
 * comments never reaches `prepare`: Node 24.15 gives a statement for it that, once it is
 * garbage, crashes the process when the database is closed.
 */
function prepareFirst(db: DatabaseSync, sql: string): StatementSync | null {
  return holdsStatement(sql) ? db.prepare(sql) : null;
}

/** The statement that begins at an offset, by mig's own cutting: it only serves to point. */
function failedStatement(
  db: DatabaseSync,
  sql: string,
  from: number,
  error: unknown,
): FailedStatement {
  const rest = sql.slice(from);
  const [first] = statements(rest);
  if (first === undefined) return { start: from, end: sql.length, offset: from };
  const offset = blamedOffset(db, rest, first, error);
  return { start: from + first.start, end: from + first.end, offset: from + offset };
}

/**
 * SQLite gives no offset, but its messages name the word. For a syntax error the right one
 * of several equal words is the first at which the statement, cut behind it, is already
 * wrong instead of incomplete.
 */
function blamedOffset(db: DatabaseSync, sql: string, statement: Statement, error: unknown): number {
  const { start } = statement;
  if (!isSqliteError(error)) return start;
  const { message } = error;
  if (message === 'incomplete input') return statement.end;
  const near = /^near "(.*)": syntax error$/s.exec(message);
  if (near !== null) {
    const candidates = statement.tokens.filter((token) => textOf(sql, token) === near[1]);
    const blamed = candidates.find((token) => isWrongUpTo(db, sql.slice(start, token.end)));
    return (blamed ?? candidates[0])?.start ?? start;
  }
  const named = namedIn(message);
  if (named === null) return start;
  // Of two columns with one name the second is the duplicate.
  const which = message.startsWith('duplicate') ? 'findLast' : 'find';
  for (const parts of readingsOf(named)) {
    const found = statement.tokens[which]((_, index) =>
      standsAt(sql, statement.tokens, index, parts),
    );
    if (found !== undefined) return found.start;
  }
  return start;
}

/**
 * How a name may be written that a message has as `main.t` or `n.a`: as one word, as it
 * is, or without what qualifies it.
 */
function readingsOf(name: string): readonly (readonly string[])[] {
  const parts = name.split('.');
  return [[name], ...parts.map((_, index) => parts.slice(index))];
}

/** Whether the tokens from an index on are these names, with dots between them. */
function standsAt(
  sql: string,
  all: readonly Token[],
  index: number,
  parts: readonly string[],
): boolean {
  const textAt = (at: number) => (all[at] === undefined ? '' : textOf(sql, all[at]));
  return parts.every(
    (part, n) =>
      bareName(textAt(index + 2 * n)) === part && (n === 0 || textAt(index + 2 * n - 1) === '.'),
  );
}

function isWrongUpTo(db: DatabaseSync, prefix: string): boolean {
  try {
    db.prepare(prefix);
    return false;
  } catch (error) {
    return isSqliteError(error) && /syntax error$/.test(error.message);
  }
}

const NAMING = [
  /^no such (?:table|column|view|index|trigger|function|collation sequence|module): "?(.+?)"?(?: - should this be.*)?$/s,
  /^(?:table|index|view|trigger|there is already a table named|there is already an index named) "?(\S+?)"? already exists$/,
  /^unrecognized token: "(.+)$/s,
  /^duplicate column name: (.+)$/,
  /^(?:table \S+ has no column named) (\S+)$/,
];

function namedIn(message: string): string | null {
  for (const pattern of NAMING) {
    const match = pattern.exec(message);
    if (match !== null) return bareName(match[1]!);
  }
  return null;
}

function bareName(text: string): string {
  return text.replace(/^["'`[]|["'`\]]$/g, '').toLowerCase();
}
