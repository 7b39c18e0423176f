import { nameOf } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import type { Schema } from '../model.ts';
import { fold } from '../names.ts';
import type { ScratchTrace } from '../scratch.ts';

/**
 * What a script can meet another one in: the tables and views that it read, wrote or made,
 * and those that hang together with them by a foreign key, a view or a trigger. Columns are
 * not enough: `CHECK (x < y)` ties them together.
 */
type Touch = ReadonlySet<string>;

/** The tables that hang together, by folded name. */
export type Ties = ReadonlyMap<string, ReadonlySet<string>>;

/** The ties of all the given schemas together: those before, between and after. */
export function tiesOf(schemas: Iterable<Schema>): Ties {
  const ties = new Map<string, Set<string>>();
  const tie = (a: string, b: string) => {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const known = ties.get(from);
      if (known === undefined) ties.set(from, new Set([to]));
      else known.add(to);
    }
  };
  for (const schema of schemas) {
    const isRelation = (name: string) =>
      schema.tables.has(name) || schema.views.has(name) || schema.virtualTables.has(name);
    for (const [name, table] of schema.tables) {
      if (table.kind === 'opaque') for (const other of named(table.text)) tie(name, other);
      else for (const key of table.foreignKeys) tie(name, fold(key.parent));
    }
    for (const [name, view] of schema.views) {
      for (const other of named(view.text)) if (isRelation(other)) tie(name, other);
    }
    for (const trigger of schema.triggers.values()) {
      for (const other of named(trigger.text)) {
        if (isRelation(other)) tie(fold(trigger.table), other);
      }
    }
  }
  return ties;
}

/** What a script touched, with all that hangs together with it. */
export function touchOf(trace: ScratchTrace, ties: Ties): Touch {
  const touched = new Set([...trace.reads, ...trace.writes, ...trace.reshapes, ...trace.names]);
  // A set visits what is added while it is walked: so this goes over all ties, not only one.
  for (const name of touched) for (const other of ties.get(name) ?? []) touched.add(other);
  return touched;
}

/** Whether two scripts cannot meet, so that their order cannot matter. */
export function areDisjoint(a: Touch, b: Touch): boolean {
  return [...a].every((name) => !b.has(name));
}

/** Why a script's trace does not tell all that its result depends on; null when it does. */
export function untraceable(trace: ScratchTrace): string | null {
  if (trace.readsSchema) return 'reads the schema';
  if (trace.countsChanges) return 'asks for changes() or last_insert_rowid()';
  if (trace.parsesAll)
    return 'renames, or drops a column, which every view and trigger takes part in';
  return null;
}

function named(sql: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const token of tokens(sql)) {
    // SQLite takes a string for a name where only a name can be.
    if (token.kind === 'word' || token.kind === 'quoted' || token.kind === 'string') {
      names.add(fold(nameOf(sql, token)));
    }
  }
  return names;
}
