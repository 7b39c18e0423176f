import type { Token } from '../../sql/tokens.ts';
import type { Index, IndexColumn, SchemaObject, Trigger, View, VirtualTable } from '../model.ts';
import { fold } from '../names.ts';
import { listOf, Reader, Unparsed } from './reader.ts';
import { exactWords, type KnownNames, wordsOf } from './words.ts';

/**
 * The SQL of indexes, views, triggers and virtual tables: only as much is read of it as is
 * said in several ways. A head that is unknown stays in the token string.
 */
export function parseIndex({ name, table, sql }: Stored, known: KnownNames): Index {
  const reader = new Reader(sql);
  try {
    reader.expects('CREATE');
    const unique = reader.takes('UNIQUE');
    reader.expects('INDEX');
    skipName(reader);
    reader.expects('ON');
    reader.name();
    const columns = listOf(sql, reader.group()).map((item) => indexColumn(sql, item, known));
    const where = reader.takes('WHERE') ? wordsOf(sql, reader.rest(), known) : null;
    if (!reader.done) throw reader.unparsed('WHERE');
    return { name, table, unique, columns, where, text: sql };
  } catch (error) {
    if (!(error instanceof Unparsed)) throw error;
    const expression = wordsOf(sql, new Reader(sql).rest(), known);
    return {
      name,
      table,
      unique: false,
      columns: [{ expression, direction: 'asc' }],
      where: null,
      text: sql,
    };
  }
}

function indexColumn(sql: string, all: readonly Token[], known: KnownNames): IndexColumn {
  const last = new Reader(sql, all.slice(-1)).word();
  const isSaid = all.length > 1 && (last === 'ASC' || last === 'DESC');
  return {
    expression: wordsOf(sql, isSaid ? all.slice(0, -1) : all, known),
    direction: isSaid && last === 'DESC' ? 'desc' : 'asc',
  };
}

/** A view by what follows its name. */
export function parseView({ name, sql }: Stored, known: KnownNames): View {
  const reader = new Reader(sql);
  if (reader.takes('CREATE', 'VIEW')) skipName(reader);
  return { name, words: wordsOf(sql, reader.rest(), known), text: sql };
}

/** BEFORE is what is meant where nothing is said, and FOR EACH ROW is all there is. */
export function parseTrigger({ name, table, sql }: Stored, known: KnownNames): Trigger {
  const reader = new Reader(sql);
  try {
    reader.expects('CREATE', 'TRIGGER');
    skipName(reader);
    const time = reader.takes('INSTEAD', 'OF')
      ? 'instead of'
      : reader.takes('AFTER')
        ? 'after'
        : 'before';
    if (time === 'before') reader.takes('BEFORE');
    const event = (['INSERT', 'UPDATE', 'DELETE'] as const).find((each) => reader.takes(each));
    if (event === undefined) throw reader.unparsed('an event');
    const before: Token[] = [];
    while (reader.word() !== 'ON') before.push(reader.next());
    reader.next();
    skipName(reader);
    reader.takes('FOR', 'EACH', 'ROW');
    const words = wordsOf(sql, [...before, ...reader.rest()], known);
    return { name, table, time, event: smallEvent(event), words, text: sql };
  } catch (error) {
    if (!(error instanceof Unparsed)) throw error;
    const words = wordsOf(sql, new Reader(sql).rest(), known);
    return { name, table, time: 'before', event: 'insert', words, text: sql };
  }
}

/** A virtual table by its module, folded, and the arguments as they stand. */
export function parseVirtualTable({ name, sql }: Stored): VirtualTable {
  const reader = new Reader(sql);
  reader.takes('CREATE', 'VIRTUAL', 'TABLE');
  skipName(reader);
  reader.takes('USING');
  const module = reader.isName() ? fold(reader.name()) : '';
  return { name, module, arguments: exactWords(sql, reader.rest()), text: sql };
}

/** Whether the SQL of a table makes a virtual one. */
export function isVirtual(sql: string): boolean {
  return new Reader(sql).takes('CREATE', 'VIRTUAL', 'TABLE');
}

/** An object with its SQL: one that SQLite did not make by itself. */
export type Stored = Omit<SchemaObject, 'sql'> & { readonly sql: string };

function skipName(reader: Reader): void {
  reader.takes('IF', 'NOT', 'EXISTS');
  reader.name();
  if (reader.takesSymbol('.')) reader.name();
}

function smallEvent(event: 'INSERT' | 'UPDATE' | 'DELETE'): Trigger['event'] {
  return event === 'INSERT' ? 'insert' : event === 'UPDATE' ? 'update' : 'delete';
}
