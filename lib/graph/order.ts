import { compareIds } from './id.ts';
import { type GraphNode, requirements } from './revision.ts';

/** The graph's edges, turned round, and the order in which its revisions run. */
interface OrderedEdges {
  readonly order: readonly string[];
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly dependents: ReadonlyMap<string, readonly string[]>;
}

/**
 * Places every revision after all that it needs, the same on every machine: Kahn's
 * algorithm with a stack, so that a branch is run as a unit, as its author tested it.
 *
 *     a ─ b1 ─ b2 ─ m        order: a b1 b2 c1 m
 *       ╲ c1 ──────╱         (not a b1 c1 b2 m)
 *
 * What becomes ready together is pushed together, sorted by (`created`, id) with the
 * smallest on top; a missing `created` is smallest. A new revision on top never changes
 * the order of the others. Revisions on or above a cycle, or above an unknown one, are
 * missing from the result.
 */
export function placeAll(nodes: ReadonlyMap<string, GraphNode>): OrderedEdges {
  const waiting = new Map<string, Waiting>();
  for (const node of nodes.values()) {
    waiting.set(node.id, { node, missing: 0, position: UNPLACED, next: null });
  }
  const ready: Waiting[] = [];
  let hasDepends = false;
  for (const each of waiting.values()) {
    const needs = requirements(each.node);
    hasDepends ||= each.node.depends.length > 0;
    each.missing = needs.length;
    for (const id of needs) {
      const needed = waiting.get(id);
      if (needed !== undefined) needed.next = appended(needed.next, each);
    }
    if (needs.length === 0) ready.push(each);
  }

  const order: string[] = [];
  const stack = ready.sort(largestFirst);
  for (let placed = stack.pop(); placed !== undefined; placed = stack.pop()) {
    placed.position = order.length;
    order.push(placed.node.id);
    const below = stack.length;
    for (const next of placed.next ?? []) {
      if (--next.missing === 0) stack.push(next);
    }
    if (stack.length > below + 1) {
      for (const freed of stack.splice(below).sort(largestFirst)) stack.push(freed);
    }
  }
  return { order, ...turnedRound(waiting, hasDepends) };
}

/** A revision on its way into the order. */
interface Waiting {
  readonly node: GraphNode;
  /** How many that it needs are not placed yet. */
  missing: number;
  /** Its index in the order. */
  position: number;
  /** Those that need it; null until there is one. */
  next: Waiting[] | null;
}

const UNPLACED = -1;

/** The edges, from each revision to those that are placed and need it, in their order. */
function turnedRound(waiting: ReadonlyMap<string, Waiting>, hasDepends: boolean) {
  const children = new Map<string, readonly string[]>();
  // One map for both, as long as they are the same.
  const dependents = hasDepends ? new Map<string, readonly string[]>() : children;
  for (const [id, { next }] of waiting) {
    if (next === null) continue;
    if (next.length > 1) next.sort((a, b) => a.position - b.position);
    let needing: string[] | null = null;
    let below: string[] | null = null;
    for (const { node, position } of next) {
      if (position === UNPLACED) continue;
      needing = appended(needing, node.id);
      if (hasDepends && node.parents.includes(id)) below = appended(below, node.id);
    }
    if (needing !== null) dependents.set(id, needing);
    if (below !== null) children.set(id, below);
  }
  return { children, dependents };
}

/** A list with one more at its end. One that is made of its first is smaller than one that grew. */
function appended<T>(list: T[] | null, item: T): T[] {
  if (list === null) return [item];
  list.push(item);
  return list;
}

function largestFirst({ node: a }: Waiting, { node: b }: Waiting): number {
  const [createdA, createdB] = [a.created ?? '', b.created ?? ''];
  if (createdA !== createdB) return createdA < createdB ? 1 : -1;
  return compareIds(b.id, a.id);
}
