import { compareIds } from './id.ts';
import { type GraphNode, requirements } from './revision.ts';

/** The graph's edges, turned round, and the order in which its revisions run. */
export interface Placement {
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
export function placeAll(nodes: ReadonlyMap<string, GraphNode>): Placement {
  const waiting = new Map<string, Waiting>();
  for (const node of nodes.values()) {
    waiting.set(node.id, { node, missing: 0, next: [], children: [], dependents: null });
  }
  const ready: Waiting[] = [];
  for (const each of waiting.values()) {
    const needs = requirements(each.node);
    each.missing = needs.length;
    for (const id of needs) waiting.get(id)?.next.push(each);
    if (needs.length === 0) ready.push(each);
  }

  const order: string[] = [];
  const stack = ready.sort(largestFirst);
  for (let placed = stack.pop(); placed !== undefined; placed = stack.pop()) {
    order.push(placed.node.id);
    tellAbove(placed.node, waiting);
    const freed = placed.next.filter((next) => --next.missing === 0);
    stack.push(...(freed.length > 1 ? freed.sort(largestFirst) : freed));
  }
  const children = new Map<string, readonly string[]>();
  const dependents = new Map<string, readonly string[]>();
  for (const [id, each] of waiting) {
    if (each.children.length > 0) children.set(id, each.children);
    const needing = each.dependents ?? each.children;
    if (needing.length > 0) dependents.set(id, needing);
  }
  return { order, children, dependents };
}

/** A revision on its way into the order. */
interface Waiting {
  readonly node: GraphNode;
  /** How many that it needs are not placed yet. */
  missing: number;
  /** Those that need it. */
  readonly next: Waiting[];
  /** Those of them that are placed, in that order. */
  readonly children: string[];
  /** Null as long as they are the children: most graphs have no dependencies. */
  dependents: string[] | null;
}

/** Enters a placed revision with those that it needs. */
function tellAbove(
  { id, parents, depends }: GraphNode,
  waiting: ReadonlyMap<string, Waiting>,
): void {
  for (const parent of parents) {
    const above = waiting.get(parent)!;
    above.children.push(id);
    above.dependents?.push(id);
  }
  for (const needed of depends) {
    if (parents.includes(needed)) continue;
    const above = waiting.get(needed)!;
    above.dependents ??= [...above.children];
    above.dependents.push(id);
  }
}

function largestFirst({ node: a }: Waiting, { node: b }: Waiting): number {
  const [createdA, createdB] = [a.created ?? '', b.created ?? ''];
  if (createdA !== createdB) return createdA < createdB ? 1 : -1;
  return compareIds(b.id, a.id);
}
