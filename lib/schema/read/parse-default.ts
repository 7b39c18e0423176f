import { nameOf, textOf } from '../../sql/statements.ts';
import type { Token } from '../../sql/tokens.ts';
import type { Default } from '../model.ts';
import { capitals, fold, literal } from '../names.ts';
import type { Reader } from './reader.ts';
import type { TableDraft } from './table-draft.ts';
import { unwrapped } from './words.ts';

const CLOCKS = ['CURRENT_TIME', 'CURRENT_DATE', 'CURRENT_TIMESTAMP'];
const LITERALS: readonly Token['kind'][] = ['string', 'number', 'blob'];

/** What stands behind DEFAULT: a literal, a word that is one, or an expression in parentheses. */
export function parseDefault(reader: Reader, draft: TableDraft): Default | null {
  if (reader.text() === '(') {
    const inside = unwrapped(reader.sql, reader.group());
    const simple = simpleDefault(reader.sql, inside, 'expression');
    return simple === undefined ? { sql: `(${draft.words(inside)})`, constant: false } : simple;
  }
  const isSigned = reader.text() === '+' || reader.text() === '-';
  const all = isSigned ? [reader.next(), reader.next()] : [reader.next()];
  const simple = simpleDefault(reader.sql, all, 'bare');
  if (simple === undefined) throw reader.unparsed('a default');
  return simple;
}

/**
 * One literal, with its sign; null for NULL, undefined for what is none.
 *
 * @param where a name without parentheses is a text; inside them it is a name.
 */
function simpleDefault(
  sql: string,
  all: readonly Token[],
  where: 'bare' | 'expression',
): Default | null | undefined {
  const [first, second] = all;
  if (first === undefined || all.length > 2) return undefined;
  const text = textOf(sql, first);
  if (second !== undefined) {
    if ((text !== '+' && text !== '-') || !LITERALS.includes(second.kind)) return undefined;
    return constant(`${text === '-' ? '-' : ''}${textOf(sql, second)}`);
  }
  if (LITERALS.includes(first.kind)) return constant(text);
  if (first.kind === 'word') {
    const word = capitals(text);
    if (word === 'NULL') return null;
    if (word === 'TRUE' || word === 'FALSE') return constant(fold(word));
    if (CLOCKS.includes(word)) return { sql: fold(word), constant: false };
  }
  const isName = first.kind === 'word' || first.kind === 'quoted';
  return isName && where === 'bare' ? constant(literal(nameOf(sql, first))) : undefined;
}

function constant(sql: string): Default {
  return { sql, constant: true };
}
