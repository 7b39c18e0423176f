import { nameOf, textOf } from '../../sql/statements.ts';
import type { Token } from '../../sql/tokens.ts';
import { fold, isPlain, quoted } from '../names.ts';

/**
 * The names that are known to be names where a text stands. SQLite takes `"x"` for a text
 * where no column is called x (in schemas that were made with that switched on), so what
 * stands between double quotes is folded only where it is known.
 */
export type KnownNames = ReadonlySet<string>;

/**
 * Tokens as a string that is equal for texts that mean the same: white space and comments
 * gone, words in one case, names quoted only where they must be; literals as they stand.
 */
export function wordsOf(sql: string, all: Iterable<Token>, known: KnownNames): string {
  let text = '';
  let last = '';
  for (const token of all) {
    if (token.kind === 'comment') continue;
    const word = wordOf(sql, token, known);
    text += needsSpace(last, word) ? ` ${word}` : word;
    last = word;
  }
  return text;
}

/** Spaces as a person would set them; the same tokens always have the same. */
function needsSpace(left: string, right: string): boolean {
  if (left === '' || left === '(' || left === '.') return false;
  if (right === ')' || right === ',' || right === '.' || right === ';') return false;
  return right !== '(' || !isPlain(left);
}

/** Tokens as they stand, one space between: for what SQLite hands on without reading it. */
export function exactWords(sql: string, all: Iterable<Token>): string {
  return Array.from(all, (token) => textOf(sql, token)).join(' ');
}

/** Without the parentheses around all of it. */
export function unwrapped(sql: string, all: readonly Token[]): readonly Token[] {
  let inner = all;
  while (inner.length > 2 && closes(sql, inner) === inner.length - 1) inner = inner.slice(1, -1);
  return inner;
}

/** The index of the parenthesis that closes the one at the beginning; -1 where there is none. */
function closes(sql: string, all: readonly Token[]): number {
  let depth = 0;
  for (const [index, token] of all.entries()) {
    if (token.kind === 'punctuation') {
      const text = textOf(sql, token);
      if (text === '(') depth++;
      if (text === ')') depth--;
    }
    if (depth === 0) return index === 0 ? -1 : index;
  }
  return -1;
}

function wordOf(sql: string, token: Token, known: KnownNames): string {
  const text = textOf(sql, token);
  if (token.kind === 'word') return fold(text);
  if (token.kind !== 'quoted') return text;
  const name = nameOf(sql, token);
  const small = fold(name);
  const mayBeText = text.startsWith('"') && !known.has(small);
  if (mayBeText && small !== name) return quoted(name);
  return isPlain(name) ? small : quoted(small);
}
