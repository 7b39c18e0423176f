import { nameOf, textOf } from '../../sql/statements.ts';
import { isUnclosedComment, type Token, tokens } from '../../sql/tokens.ts';
import { canBeName } from '../keywords.ts';
import { capitals } from '../names.ts';

/** The parser does not know what stands here; whoever asked falls back to the token string. */
export class Unparsed extends Error {}

/** The tokens of one statement, read from left to right. Comments are not among them. */
export class Reader {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(sql: string, all: readonly Token[] = tokensOf(sql)) {
    this.sql = sql;
    this.#tokens = all;
  }

  get done(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** The token that is next, or a few behind it. */
  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  /** The bare word that is next, in capitals; '' where there is none. */
  word(ahead = 0): string {
    const token = this.peek(ahead);
    return token?.kind === 'word' ? capitals(textOf(this.sql, token)) : '';
  }

  /** The text of the token that is next; '' at the end. */
  text(ahead = 0): string {
    const token = this.peek(ahead);
    return token === undefined ? '' : textOf(this.sql, token);
  }

  /** The last token that was taken. */
  get last(): Token {
    return this.#tokens[this.#at - 1]!;
  }

  next(): Token {
    const token = this.peek();
    if (token === undefined) throw new Unparsed('the text ends too early');
    this.#at++;
    return token;
  }

  /** Takes the words, all or none. */
  takes(...words: readonly string[]): boolean {
    if (!words.every((word, index) => this.word(index) === word)) return false;
    this.#at += words.length;
    return true;
  }

  expects(...words: readonly string[]): void {
    if (!this.takes(...words)) throw this.unparsed(words.join(' '));
  }

  /** Takes a character of punctuation. */
  takesSymbol(symbol: string): boolean {
    if (this.peek()?.kind !== 'punctuation' || this.text() !== symbol) return false;
    this.#at++;
    return true;
  }

  expectsSymbol(symbol: string): void {
    if (!this.takesSymbol(symbol)) throw this.unparsed(symbol);
  }

  isName(ahead = 0): boolean {
    const token = this.peek(ahead);
    if (token === undefined) return false;
    if (token.kind === 'word') return canBeName(this.word(ahead));
    return token.kind === 'quoted' || token.kind === 'string';
  }

  /** A name, without its quotes. */
  name(): string {
    if (!this.isName()) throw this.unparsed('a name');
    return nameOf(this.sql, this.next());
  }

  /** What stands between a `(`, which is next, and the `)` that closes it. */
  group(): readonly Token[] {
    this.expectsSymbol('(');
    const from = this.#at;
    for (let depth = 1; ; ) {
      const token = this.next();
      if (token.kind !== 'punctuation') continue;
      const text = textOf(this.sql, token);
      if (text === '(') depth++;
      if (text === ')' && --depth === 0) return this.#tokens.slice(from, this.#at - 1);
    }
  }

  /** All that is left. */
  rest(): readonly Token[] {
    const rest = this.#tokens.slice(this.#at);
    this.#at = this.#tokens.length;
    return rest;
  }

  unparsed(wanted: string): Unparsed {
    return new Unparsed(`\`${wanted}\` should stand where \`${this.text()}\` does`);
  }
}

/** A list of tokens, cut at the commas that are in no parentheses. */
export function listOf(sql: string, all: readonly Token[]): readonly (readonly Token[])[] {
  const items: Token[][] = [[]];
  let depth = 0;
  for (const token of all) {
    const text = token.kind === 'punctuation' ? textOf(sql, token) : '';
    if (text === '(') depth++;
    if (text === ')') depth--;
    if (text === ',' && depth === 0) items.push([]);
    else items.at(-1)!.push(token);
  }
  return items;
}

function tokensOf(sql: string): readonly Token[] {
  const all = [...tokens(sql)].filter(
    (token) => token.kind !== 'comment' && !isUnclosedComment(sql, token),
  );
  if (all.at(-1)?.kind === 'punctuation' && textOf(sql, all.at(-1)!) === ';') all.pop();
  return all;
}
