import { nameOf } from '../sql/statements.ts';
import { tokens } from '../sql/tokens.ts';
import type { Schema } from './model.ts';
import { fold } from './names.ts';

/** Views and triggers, by folded names. */
interface Dependants {
  readonly views: ReadonlySet<string>;
  readonly triggers: ReadonlySet<string>;
}

/**
 * The views and triggers that name one of some tables or views, or a view that does, and so
 * on. A name counts wherever it stands, so there may be some too many, but none is missing.
 *
 * @param names folded.
 */
export function dependantsOf(schema: Schema, names: Iterable<string>): Dependants {
  const reached = new Set(names);
  const views = new Set<string>();
  const said = new Map([...schema.views].map(([key, { text }]) => [key, namesIn(text)]));
  for (let grown = true; grown; ) {
    grown = false;
    for (const [key, saidByView] of said) {
      // Its own name is in its text, too: that it is reached must come from another.
      if (views.has(key) || !mentions(saidByView, reached, key)) continue;
      views.add(key);
      reached.add(key);
      grown = true;
    }
  }
  const triggers = new Set<string>();
  for (const [key, { text, table }] of schema.triggers) {
    if (reached.has(fold(table)) || mentions(namesIn(text), reached, null)) triggers.add(key);
  }
  return { views, triggers };
}

function mentions(
  said: ReadonlySet<string>,
  reached: ReadonlySet<string>,
  self: string | null,
): boolean {
  for (const name of said) if (name !== self && reached.has(name)) return true;
  return false;
}

/** Everything in a text that can be a name, folded. */
export function namesIn(sql: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const token of tokens(sql)) {
    if (token.kind === 'word' || token.kind === 'quoted' || token.kind === 'string') {
      names.add(fold(nameOf(sql, token)));
    }
  }
  return names;
}
