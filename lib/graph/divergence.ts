import { type Graph, inOrder, lineage, withAncestors } from './graph.ts';

/**
 * Where some heads part, and the orders in which what they do not share can run.
 *
 *     m1 ─ m2 ─ a1 ─ a2      base m1 m2; branches [a1 a2] and [b1]
 *            ╲ b1
 */
export interface Divergence {
  readonly heads: readonly string[];
  /** What all of them stand on (their merge base and all below it), in graph order. */
  readonly base: readonly string[];
  /**
   * What each needs besides, in graph order, but what it only depends on as late as it can be.
   * Branches may share a part: of three heads, or by a dependency.
   */
  readonly branches: readonly (readonly string[])[];
}

/** One way to run everything that the heads need. */
export interface RunOrder {
  /** The heads in the order in which their branches run; null for the order of `upgrade`. */
  readonly heads: readonly string[] | null;
  /** All revisions; the base comes first, unless `upgrade` would mix it in. */
  readonly ids: readonly string[];
}

/** Beyond so many heads, not every order of their branches is run. */
export const MOST_HEADS_IN_EVERY_ORDER = 4;

/**
 * Where heads part.
 *
 * @param heads of `graph`; branches come in their order.
 */
export function divergenceOf(graph: Graph, heads: readonly string[]): Divergence {
  const base = inOrder(graph, baseOf(graph, heads));
  return { heads, base, branches: heads.map((head) => branchOf(graph, head, base)) };
}

/**
 * What all heads reach by their parents, and what it needs. What one of them reaches by a
 * dependency belongs to it only if nothing of the branches can run before:
 *
 *     m ─ a1 ─ a2           a2 depends on b1, and b1 is needed by both heads;
 *       ╲ b1 ┄╯             but a database may have a1 without b1
 *          ╲ b2
 */
function baseOf(graph: Graph, heads: readonly string[]): ReadonlySet<string> {
  const shared = withAncestors(graph, inAll(heads.map((head) => lineage(graph, head))));
  const all = heads.map((head) => withAncestors(graph, [head]));
  const needed = inAll(all);
  const later = all.flatMap((each) => [...each].filter((id) => !needed.has(id)));
  const first = inAll([needed, ...later.map((id) => withAncestors(graph, [id]))]);
  return new Set([...shared, ...first]);
}

function inAll([first = new Set(), ...others]: readonly ReadonlySet<string>[]): Set<string> {
  return new Set([...first].filter((id) => others.every((each) => each.has(id))));
}

function branchOf(graph: Graph, head: string, base: readonly string[]): readonly string[] {
  const placed = new Set(base);
  for (const id of inOrder(graph, lineage(graph, head))) {
    if (placed.has(id)) continue;
    for (const each of inOrder(graph, withAncestors(graph, [id]))) placed.add(each);
  }
  return [...placed].slice(base.length);
}

/**
 * The orders to compare: every order of whole branches up to four heads, beyond that the
 * one as named and its reverse; and the order in which `upgrade` would run the merged graph,
 * where that is another. Edges forbid none of them: what a branch needs is part of it.
 */
export function ordersOf(graph: Graph, divergence: Divergence): readonly RunOrder[] {
  const { heads, base, branches } = divergence;
  const indexes = heads.map((_, index) => index);
  const permutations =
    heads.length <= MOST_HEADS_IN_EVERY_ORDER
      ? permutationsOf(indexes)
      : [indexes, [...indexes].reverse()];
  const orders = permutations.map((permutation): RunOrder => {
    const ids = new Set([...base, ...permutation.flatMap((index) => branches[index]!)]);
    return { heads: permutation.map((index) => heads[index]!), ids: [...ids] };
  });
  const own = inOrder(graph, withAncestors(graph, heads));
  const isKnown = orders.some((order) => order.ids.join() === own.join());
  return isKnown ? orders : [...orders, { heads: null, ids: own }];
}

function permutationsOf(items: readonly number[]): readonly (readonly number[])[] {
  if (items.length < 2) return [items];
  return items.flatMap((first) =>
    permutationsOf(items.filter((each) => each !== first)).map((rest) => [first, ...rest]),
  );
}
