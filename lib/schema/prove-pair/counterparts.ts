import { resolveRenames } from '../generate/rename-hints.ts';
import type { Schema } from '../model.ts';
import { fold } from '../names.ts';

/** A table and what has become of it. All names are folded. */
export interface Counterpart {
  readonly from: string;
  readonly to: string;
  /** The columns by their name before; null where the columns are not known to the parser. */
  readonly columns: ReadonlyMap<string, string> | null;
}

/** The tables, virtual ones included, that are there before and after. */
export function counterparts(
  before: Schema,
  after: Schema,
  renames: ReadonlyMap<string, string>,
): readonly Counterpart[] {
  const { tables, columns } = resolveRenames(before, after, renames).renames;
  const told = new Map(tables.map((each) => [fold(each.from), fold(each.to)]));
  const found: Counterpart[] = [];
  for (const [from, to] of pairs([...before.tables.keys()], [...after.tables.keys()], told)) {
    const [a, b] = [before.tables.get(from)!, after.tables.get(to)!];
    if (a.kind === 'opaque' || b.kind === 'opaque') {
      found.push({ from, to, columns: null });
      continue;
    }
    const names = (table: typeof a) => table.columns.map((each) => fold(each.name));
    const own = columns.filter((each) => fold(each.table) === from);
    const ofTable = new Map(own.map((each) => [fold(each.from), fold(each.to)]));
    found.push({ from, to, columns: pairs(names(a), names(b), ofTable) });
  }
  // One that is made anew, because it cannot be altered, begins empty: that is told as a loss.
  const virtual = [
    ...pairs([...before.virtualTables.keys()], [...after.virtualTables.keys()], told),
  ].filter(([from, to]) => {
    const [a, b] = [before.virtualTables.get(from)!, after.virtualTables.get(to)!];
    return a.module === b.module && a.arguments === b.arguments;
  });
  return [...found, ...virtual.map(([from, to]) => ({ from, to, columns: null }))];
}

/** The same seen from the other end. */
export function invertedPairs(all: readonly Counterpart[]): readonly Counterpart[] {
  return all.map(({ from, to, columns }) => ({
    from: to,
    to: from,
    columns: columns === null ? null : new Map([...columns].map(([a, b]) => [b, a])),
  }));
}

/** Names with what they are afterwards: by the renames, and otherwise the same. */
function pairs(
  before: readonly string[],
  after: readonly string[],
  told: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const there = new Set(after);
  const moved = new Map<string, string>();
  for (const name of before) {
    const now = told.get(name);
    if (now !== undefined && there.has(now)) moved.set(name, now);
  }
  const taken = new Set(moved.values());
  for (const name of before) {
    if (!moved.has(name) && there.has(name) && !taken.has(name)) moved.set(name, name);
  }
  return moved;
}
