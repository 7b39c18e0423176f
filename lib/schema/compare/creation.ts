import { statements } from '../../sql/statements.ts';
import { fold } from '../names.ts';
import { Reader } from '../read/reader.ts';
import type { ObjectKind } from './difference.ts';

const WORDS = ['TABLE', 'INDEX', 'VIEW', 'TRIGGER'] as const;

/**
 * Where a script creates an object: the offset of the statement; null where none does it. The
 * last one counts, since a script may drop something and create it again.
 */
export function creationOf(
  sql: string,
  object: { readonly kind: ObjectKind; readonly name: string },
): number | null {
  const wanted = object.kind === 'virtual table' ? 'table' : object.kind;
  let found: number | null = null;
  for (const { start, tokens } of statements(sql)) {
    const created = createdBy(new Reader(sql, tokens));
    if (created?.kind === wanted && fold(created.name) === fold(object.name)) found = start;
  }
  return found;
}

/** What a statement creates; null where it creates nothing. */
function createdBy(statement: Reader): { readonly kind: string; readonly name: string } | null {
  if (!statement.takes('CREATE')) return null;
  if (!statement.takes('UNIQUE')) statement.takes('VIRTUAL');
  const word = WORDS.find((each) => statement.takes(each));
  if (word === undefined) return null;
  statement.takes('IF', 'NOT', 'EXISTS');
  if (statement.text(1) === '.') {
    statement.next();
    statement.next();
  }
  return statement.isName() ? { kind: fold(word), name: statement.name() } : null;
}
