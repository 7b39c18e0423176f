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
  const missing = new Map<string, number>();
  const waitingFor = new Map<string, GraphNode[]>();
  const ready: GraphNode[] = [];
  for (const node of nodes.values()) {
    const needs = requirements(node);
    for (const id of needs) append(waitingFor, id, node);
    missing.set(node.id, needs.length);
    if (needs.length === 0) ready.push(node);
  }

  const order: string[] = [];
  const children = new Map<string, string[]>();
  const dependents = new Map<string, string[]>();
  const stack = ready.sort(largestFirst);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const { id } = node;
    order.push(id);
    for (const parent of node.parents) append(children, parent, id);
    for (const needed of requirements(node)) append(dependents, needed, id);
    const freed: GraphNode[] = [];
    for (const next of waitingFor.get(id) ?? []) {
      const left = missing.get(next.id)! - 1;
      missing.set(next.id, left);
      if (left === 0) freed.push(next);
    }
    stack.push(...freed.sort(largestFirst));
  }
  return { order, children, dependents };
}

function largestFirst(a: GraphNode, b: GraphNode): number {
  const [createdA, createdB] = [a.created ?? '', b.created ?? ''];
  if (createdA !== createdB) return createdA < createdB ? 1 : -1;
  return compareIds(b.id, a.id);
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
