import { nameOf, textOf } from '../../sql/statements.ts';
import type { Token } from '../../sql/tokens.ts';
import { canBeType } from '../keywords.ts';
import type { Column, KeyColumn } from '../model.ts';
import { capitals, isPlain, quoted } from '../names.ts';
import { conflictClause, deferClause, reference } from './parse-constraint.ts';
import { parseDefault } from './parse-default.ts';
import { Reader } from './reader.ts';
import type { TableDraft } from './table-draft.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Reads one column with its constraints; those that are not its own go to the table. */
export function parseColumn(reader: Reader, draft: TableDraft): void {
  const start = reader.peek()?.start ?? 0;
  const column: Writable<Column> = {
    name: reader.name(),
    type: parseType(reader),
    notNull: null,
    default: null,
    collation: 'BINARY',
    generated: null,
    text: '',
  };
  const index = draft.columns.push(column) - 1;
  const foreignKeysBefore = draft.foreignKeys.length;
  const ofColumn = { reader, draft, column, foreignKeysBefore };
  // A name belongs to the constraint behind it; one with nothing behind it names nothing.
  let name: string | null = null;
  for (;;) {
    if (reader.takes('CONSTRAINT')) name = reader.name();
    else if (parseColumnConstraint(ofColumn, name)) name = null;
    else break;
  }
  draft.columns[index] = { ...column, text: draft.sql.slice(start, reader.last.end) };
}

interface OfColumn {
  readonly reader: Reader;
  readonly draft: TableDraft;
  readonly column: Writable<Column>;
  readonly foreignKeysBefore: number;
}

function parseColumnConstraint(
  { reader, draft, column, foreignKeysBefore }: OfColumn,
  name: string | null,
): boolean {
  if (reader.takes('NOT', 'NULL')) column.notNull = { conflict: conflictClause(reader), name };
  else if (reader.takes('NULL')) conflictClause(reader);
  else if (reader.takes('DEFAULT')) column.default = parseDefault(reader, draft);
  else if (reader.takes('COLLATE')) column.collation = capitals(reader.name());
  else if (reader.takes('PRIMARY', 'KEY')) {
    const columns = [keyOf(column, direction(reader))];
    const conflict = conflictClause(reader);
    const autoincrement = reader.takes('AUTOINCREMENT');
    draft.setPrimaryKey({ columns, conflict, autoincrement, name }, 'inline');
  } else if (reader.takes('UNIQUE')) {
    const conflict = conflictClause(reader);
    draft.unique.push({ columns: [keyOf(column, 'asc')], conflict, name });
  } else if (reader.takes('CHECK')) {
    draft.checks.push({ expression: draft.expression(reader.group()), name });
  } else if (reader.takes('REFERENCES')) {
    draft.foreignKeys.push(reference(reader, [column.name], name));
  } else if (reader.takes('GENERATED', 'ALWAYS', 'AS') || reader.takes('AS')) {
    const expression = draft.expression(reader.group());
    const kind = reader.takes('STORED') ? 'stored' : 'virtual';
    if (kind === 'virtual') reader.takes('VIRTUAL');
    column.generated = { expression, kind };
  } else {
    // It is about the last reference of this column, even with others in between.
    const deferred = deferClause(reader);
    if (deferred === null) return false;
    const last = draft.foreignKeys.length - 1;
    if (last >= foreignKeysBefore) {
      draft.foreignKeys[last] = { ...draft.foreignKeys[last]!, deferred };
    }
  }
  return true;
}

function direction(reader: Reader): 'asc' | 'desc' {
  if (reader.takes('DESC')) return 'desc';
  reader.takes('ASC');
  return 'asc';
}

function keyOf({ name }: Pick<Column, 'name'>, direction: 'asc' | 'desc'): KeyColumn {
  return { name, collation: null, direction };
}

/** A type: some words, quoted or not, and one or two numbers in parentheses. */
function parseType(reader: Reader): string {
  const words: string[] = [];
  while (isTypeWord(reader)) {
    const token = reader.peek()!;
    const word = nameOf(reader.sql, token);
    words.push(isPlain(word) || token.kind === 'word' ? capitals(word) : quoted(capitals(word)));
    reader.next();
  }
  const type = words.join(' ');
  // Of a computed column, two words too many were taken: SQLite takes them off again, too.
  const bare = type.replace(/(^| )GENERATED ALWAYS$/, '');
  if (bare === '' || reader.text() !== '(') return bare;
  return `${bare}(${sizes(reader.sql, reader.group())})`;
}

function isTypeWord(reader: Reader): boolean {
  const kind = reader.peek()?.kind;
  return kind === 'quoted' || kind === 'string' || (kind === 'word' && canBeType(reader.word()));
}

function sizes(sql: string, all: readonly Token[]): string {
  return all
    .map((token) => textOf(sql, token))
    .join('')
    .replace(',', ', ');
}

/** A type as PRAGMA table_xinfo has it, in the form of the model. */
export function typeOf(sql: string): string {
  const reader = new Reader(sql);
  const type = parseType(reader);
  return reader.done ? type : capitals(sql);
}
