import { type Token, tokens } from './tokens.ts';

/** One statement of a text. */
export interface Statement {
  /** Offset of its first token; comments before it do not belong to it. */
  readonly start: number;
  /** Offset behind its last token: behind the `;`, where it has one. */
  readonly end: number;
  /** Its tokens without comments, the closing `;` left out. */
  readonly tokens: readonly Token[];
}

/**
 * Cuts a text into statements, at the `;` at statement level: those inside the body of a
 * trigger do not count. Like SQLite's own `sqlite3_complete`, it takes a trigger to be
 * over at an `END` that follows a `;`; the `END` of a `CASE` never does.
 */
export function* statements(sql: string): Generator<Statement> {
  let current: Token[] = [];
  for (const token of tokens(sql)) {
    if (token.kind === 'comment') continue;
    if (!isSemicolon(sql, token)) {
      current.push(token);
      continue;
    }
    if (current.length === 0) continue;
    if (isTrigger(sql, current) && !endsTrigger(sql, current)) current.push(token);
    else {
      yield statementOf(current, token.end);
      current = [];
    }
  }
  if (current.length > 0) yield statementOf(current, current.at(-1)!.end);
}

/** Whether a text holds more than comments, white space and semicolons. */
export function holdsStatement(sql: string): boolean {
  for (const token of tokens(sql)) {
    // SQLite reads a comment that nothing closes up to the end of the text.
    const isComment = token.kind === 'comment' || sql.startsWith('/*', token.start);
    if (!isComment && !isSemicolon(sql, token)) return true;
  }
  return false;
}

/** The words at the beginning of a statement, upper case, at most `count`. */
export function leadingWords(sql: string, statement: Statement, count: number): readonly string[] {
  const words: string[] = [];
  for (const token of statement.tokens) {
    if (words.length === count || token.kind !== 'word') break;
    words.push(textOf(sql, token).toUpperCase());
  }
  return words;
}

/** The text of a token or of a statement, as it stands. */
export function textOf(sql: string, { start, end }: Pick<Token, 'start' | 'end'>): string {
  return sql.slice(start, end);
}

/** The name that a word, a quoted identifier or a string token stands for. */
export function nameOf(sql: string, token: Token): string {
  const text = textOf(sql, token);
  if (token.kind === 'word') return text;
  const quote = text[0]!;
  const inside = text.slice(1, -1);
  return quote === '[' ? inside : inside.replaceAll(quote + quote, quote);
}

/** Line and column, both from 1, of an offset; a column counts UTF-16 units. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: offset - lineStart + 1 };
}

function statementOf(all: readonly Token[], end: number): Statement {
  return { start: all[0]!.start, end, tokens: all };
}

function isSemicolon(sql: string, token: Token): boolean {
  return token.kind === 'punctuation' && sql[token.start] === ';';
}

/** `[EXPLAIN [QUERY PLAN]] CREATE [TEMP|TEMPORARY] TRIGGER …` */
function isTrigger(sql: string, all: readonly Token[]): boolean {
  let at = 0;
  const word = () => {
    const token = all[at];
    return token?.kind === 'word' ? textOf(sql, token).toUpperCase() : '';
  };
  if (word() === 'EXPLAIN') {
    at++;
    if (word() === 'QUERY') at += 2;
  }
  if (word() !== 'CREATE') return false;
  at++;
  if (word() === 'TEMP' || word() === 'TEMPORARY') at++;
  return word() === 'TRIGGER';
}

function endsTrigger(sql: string, all: readonly Token[]): boolean {
  const last = all.at(-1)!;
  const before = all.at(-2);
  return (
    last.kind === 'word' &&
    textOf(sql, last).toUpperCase() === 'END' &&
    before !== undefined &&
    isSemicolon(sql, before)
  );
}
