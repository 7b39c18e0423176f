/**
 * SQL, cut into tokens as SQLite cuts it. Only what mig needs to know where statements
 * begin and end, and what they are; nothing is ever changed by it.
 */
type TokenKind =
  | 'word'
  | 'string'
  /** An identifier in `"…"`, `` `…` `` or `[…]`. */
  | 'quoted'
  | 'blob'
  | 'number'
  | 'parameter'
  | 'punctuation'
  | 'comment'
  /** A string, identifier or comment that the text ends in. */
  | 'unterminated';

export interface Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
}

const SPACE = /[ \t\n\f\r\uFEFF]+/y;
const LINE_COMMENT = /--[^\n]*/y;
const WORD = /[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*/y;
const NUMBER = /(?:0[xX][0-9A-Fa-f_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)/y;
// A `(` that nothing closes is taken too, as SQLite does: else each would be looked at again.
const PARAMETER = /\?\d*|[$@:#](?:[A-Za-z0-9_$\u0080-\uFFFF]|::)+(?:\([^)\s]*\)?)?/y;
const OPERATOR = /\|\||->>|->|<=|>=|<>|<<|>>|==|!=/y;

/** The tokens of a text, comments included, white space left out, in order. */
export function* tokens(sql: string): Generator<Token> {
  let at = 0;
  while (at < sql.length) {
    at = matchEnd(SPACE, sql, at) ?? at;
    if (at >= sql.length) return;
    const token = tokenAt(sql, at);
    yield token;
    at = token.end;
  }
}

/** A block comment that the text ends in: SQLite reads it as a comment all the same. */
export function isUnclosedComment(sql: string, token: Token): boolean {
  return token.kind === 'unterminated' && sql.startsWith('/*', token.start);
}

function tokenAt(sql: string, start: number): Token {
  const first = sql[start]!;
  const next = sql[start + 1];
  if (first === '-' && next === '-') return token('comment', matchEnd(LINE_COMMENT, sql, start)!);
  if (first === '/' && next === '*') return closed('comment', sql.indexOf('*/', start + 2), 2);
  if (first === "'") return closed('string', quoteEnd(sql, start, "'"), 1);
  if (first === '"' || first === '`') return closed('quoted', quoteEnd(sql, start, first), 1);
  if (first === '[') return closed('quoted', sql.indexOf(']', start + 1), 1);
  if ((first === 'x' || first === 'X') && next === "'") {
    return closed('blob', quoteEnd(sql, start + 1, "'"), 1);
  }
  const word = matchEnd(WORD, sql, start);
  if (word !== null) return token('word', word);
  const number = matchEnd(NUMBER, sql, start);
  if (number !== null) return token('number', number);
  const parameter = matchEnd(PARAMETER, sql, start);
  if (parameter !== null) return token('parameter', parameter);
  return token('punctuation', matchEnd(OPERATOR, sql, start) ?? start + 1);

  function token(kind: TokenKind, end: number): Token {
    return { kind, start, end };
  }
  function closed(kind: TokenKind, at: number, length: number): Token {
    return at === -1 ? token('unterminated', sql.length) : token(kind, at + length);
  }
}

/** The offset of the closing quote, or -1. A doubled quote is a quote inside. */
function quoteEnd(sql: string, start: number, quote: string): number {
  for (let at = sql.indexOf(quote, start + 1); at !== -1; at = sql.indexOf(quote, at + 2)) {
    if (sql[at + 1] !== quote) return at;
  }
  return -1;
}

function matchEnd(pattern: RegExp, sql: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : null;
}
