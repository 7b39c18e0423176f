import { tokens } from '../sql/tokens.ts';
import type { Schema, Trigger } from './model.ts';
import { fold } from './names.ts';

/**
 * The schema as SQL, in an order that does not depend on how it came about: tables by name,
 * each with its indexes, then virtual tables, views, and triggers in the order in which
 * they fire. Each statement stands as it was written. Run, it makes an equal model.
 */
export function dumpSchema(schema: Schema): string {
  const { tables, virtualTables, views, indexes, triggers } = schema;
  const indexesOf = Map.groupBy(sorted(indexes), (index) => fold(index.table));
  const texts = [
    ...sorted(tables).flatMap((table) => [table, ...(indexesOf.get(fold(table.name)) ?? [])]),
    ...sorted(virtualTables),
    ...sorted(views),
    ...triggersInOrder([...triggers.values()]),
  ].map((each) => `${closed(each.text)}\n`);
  return texts.join('\n');
}

function sorted<T>(map: ReadonlyMap<string, T>): readonly T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** By table, time and event; within those the order means something, so it stays. */
function triggersInOrder(triggers: readonly Trigger[]): readonly Trigger[] {
  const key = ({ table, time, event }: Trigger) => [fold(table), time, event].join('\0');
  return [...triggers].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** A statement with its `;`, which must not end up in a comment. */
export function closed(sql: string): string {
  const text = sql.trimEnd();
  const last = [...tokens(text)].at(-1);
  const isInComment = last?.kind === 'comment' && text.startsWith('--', last.start);
  return `${text}${isInComment ? '\n' : ''};`;
}
