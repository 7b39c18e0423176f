import type { Problem } from '../error.ts';
import { compareIds } from './id.ts';
import { nearest } from './nearest.ts';
import { placeAll } from './order.ts';
import { type GraphNode, requirements } from './revision.ts';

/**
 * The revision graph. It knows neither files nor database.
 *
 * Edges are of two kinds: `parents` and `depends`. Both order and both imply; only
 * `parents` decide what a head, a branch point or a line is.
 */
export interface Graph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Over `parents`, in graph order. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  /** Over both kinds of edges, each once, in graph order. */
  readonly dependents: ReadonlyMap<string, readonly string[]>;
  /** The revision that a label stands on. */
  readonly labels: ReadonlyMap<string, string>;
  /** All ids, ancestors first: the one order of every plan (order.ts). */
  readonly order: readonly string[];
}

interface BuiltGraph {
  /** What could be built; complete only without problems. */
  readonly graph: Graph;
  readonly problems: readonly Problem[];
}

/**
 * Builds the graph of some revisions and checks all of it, in time linear in revisions
 * plus edges. Every problem is reported, not only the first: unknown parents and
 * dependencies, duplicate ids and labels, labels that equal an id, cycles, dependencies
 * on descendants.
 */
export function buildGraph(revisions: Iterable<GraphNode>): BuiltGraph {
  const problems: Problem[] = [];
  const nodes = new Map<string, GraphNode>();
  for (const node of [...revisions].sort((a, b) => compareIds(a.id, b.id))) {
    const twin = nodes.get(node.id);
    if (twin === undefined) nodes.set(node.id, node);
    else problems.push(duplicateId(node, twin));
  }
  for (const node of nodes.values()) {
    if (requirements(node).some((id) => !nodes.has(id))) {
      problems.push(...unknownEdges(node, nodes));
    }
  }

  const labels = collectLabels(nodes, problems);
  const { order, children, dependents } = placeAll(nodes);
  if (order.length < nodes.size) problems.push(...cycles(nodes, new Set(order)));
  return { graph: { nodes, children, dependents, labels, order }, problems };
}

/** The revisions that no revision names as a parent, in graph order. */
export function headsOf(graph: Graph): readonly string[] {
  return graph.order.filter((id) => (graph.children.get(id) ?? []).length === 0);
}

/** The revisions without parents, in graph order. */
export function basesOf(graph: Graph): readonly string[] {
  return graph.order.filter((id) => graph.nodes.get(id)!.parents.length === 0);
}

/** The given ids and everything that they need, over both kinds of edges. */
export function withAncestors(graph: Graph, ids: Iterable<string>): Set<string> {
  return reach(ids, (id) => {
    const node = graph.nodes.get(id);
    return node === undefined ? [] : requirements(node);
  });
}

/** The given ids and everything that needs them, over both kinds of edges. */
export function withDependents(graph: Graph, ids: Iterable<string>): Set<string> {
  return reach(ids, (id) => graph.dependents.get(id) ?? []);
}

/** The given id and its ancestors over `parents` alone. */
export function lineage(graph: Graph, id: string): Set<string> {
  return reach([id], (each) => graph.nodes.get(each)?.parents ?? []);
}

/** The line of a revision: itself, its ancestors and its descendants, over `parents` alone. */
export function lineOf(graph: Graph, id: string): Set<string> {
  const line = lineage(graph, id);
  for (const below of reach([id], (each) => graph.children.get(each) ?? [])) line.add(below);
  return line;
}

/**
 * The maximal revisions of a set: those that none of the others names as parent or
 * dependency, in graph order. For the applied revisions these are the database's heads.
 */
export function maximal(graph: Graph, ids: ReadonlySet<string>): readonly string[] {
  return inOrder(graph, ids).filter(
    (id) => !(graph.dependents.get(id) ?? []).some((dependent) => ids.has(dependent)),
  );
}

/** The members of a set, in graph order. Ids that the graph does not have are left out. */
export function inOrder(graph: Graph, ids: ReadonlySet<string>): readonly string[] {
  return ids.size === 0 ? [] : graph.order.filter((id) => ids.has(id));
}

/** The parents of a revision that are ancestors of its other parents: legal, but idle. */
export function redundantParents(graph: Graph, node: GraphNode): readonly string[] {
  if (node.parents.length < 2) return [];
  const parentsOf = (id: string) => graph.nodes.get(id)?.parents ?? [];
  const below = reach(node.parents.flatMap(parentsOf), parentsOf);
  return node.parents.filter((parent) => below.has(parent));
}

function reach(start: Iterable<string>, next: (id: string) => readonly string[]): Set<string> {
  const found = new Set(start);
  const stack = [...found];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const neighbour of next(id)) {
      if (found.has(neighbour)) continue;
      found.add(neighbour);
      stack.push(neighbour);
    }
  }
  return found;
}

function duplicateId(node: GraphNode, twin: GraphNode): Problem {
  return {
    code: 'duplicate-id',
    message: `The id ${node.id} is taken twice: by ${twin.file ?? 'one revision'} and by ${node.file ?? 'another'}.`,
    hint: 'Rename the pair that is not applied anywhere yet to a new id.',
    revision: node.id,
    file: node.file,
  };
}

function* unknownEdges(node: GraphNode, nodes: ReadonlyMap<string, GraphNode>): Generator<Problem> {
  for (const key of ['parents', 'depends'] as const) {
    for (const [index, id] of node[key].entries()) {
      if (nodes.has(id)) continue;
      const near = nearest(id, nodes.keys(), 3);
      yield {
        code: key === 'parents' ? 'unknown-parent' : 'unknown-dependency',
        message: `${node.id} ${key === 'parents' ? 'has the parent' : 'depends on'} ${id} but there is no such revision.`,
        hint:
          near.length === 0
            ? 'Is the file on another git branch? Fetch it, or name a revision that is here.'
            : `Did you mean ${near.map((each) => `\`${each}\``).join(' or ')}?`,
        revision: node.id,
        ...placeOf(node, key, index),
      };
    }
  }
}

function collectLabels(
  nodes: ReadonlyMap<string, GraphNode>,
  problems: Problem[],
): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const node of nodes.values()) {
    for (const [index, label] of node.labels.entries()) {
      const owner = labels.get(label);
      const clash = nodes.has(label)
        ? `The label ${label} of ${node.id} is also the id of a revision.`
        : owner !== undefined && owner !== node.id
          ? `The label ${label} stands on two revisions: ${owner} and ${node.id}`
          : null;
      if (clash === null) labels.set(label, node.id);
      else
        problems.push({
          code: 'duplicate-label',
          message: clash,
          hint: 'A label names one line: choose another for one of them.',
          revision: node.id,
          ...placeOf(node, 'labels', index),
        });
    }
  }
  return labels;
}

/**
 * One problem for each edge that closes a cycle, met when walking up, depth first, from the
 * revisions that could not be placed. A dependency that closes several is told once.
 */
function* cycles(
  nodes: ReadonlyMap<string, GraphNode>,
  placed: ReadonlySet<string>,
): Generator<Problem> {
  const seen = new Set<string>();
  const told = new Set<string>();
  for (const start of nodes.keys()) {
    if (placed.has(start) || seen.has(start)) continue;
    const path: { readonly id: string; readonly ahead: string[] }[] = [];
    const position = new Map<string, number>();
    const enter = (id: string) => {
      seen.add(id);
      position.set(id, path.length);
      const ahead = requirements(nodes.get(id)!).filter((each) => nodes.has(each));
      path.push({ id, ahead: ahead.filter((each) => !placed.has(each)).reverse() });
    };
    enter(start);
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const next = at.ahead.pop();
      if (next === undefined) {
        path.pop();
        position.delete(at.id);
        continue;
      }
      const from = position.get(next);
      if (from === undefined) {
        if (!seen.has(next)) enter(next);
        continue;
      }
      const cycle = path.slice(from).map((each) => each.id);
      const dependency = dependencyIn(cycle, nodes);
      if (dependency === null) yield parentCycle(cycle, nodes);
      else if (!told.has(dependency.join())) {
        told.add(dependency.join());
        yield dependencyCycle(cycle, dependency, nodes);
      }
    }
  }
}

/**
 * The first edge of a cycle that is a dependency and no parent; null when all are parents.
 * A cycle lists ids so that each needs the next and the last needs the first.
 */
function dependencyIn(
  cycle: readonly string[],
  nodes: ReadonlyMap<string, GraphNode>,
): readonly [id: string, needed: string] | null {
  for (const [index, id] of cycle.entries()) {
    const needed = cycle[(index + 1) % cycle.length]!;
    if (!nodes.get(id)!.parents.includes(needed)) return [id, needed];
  }
  return null;
}

function dependencyCycle(
  cycle: readonly string[],
  [id, needed]: readonly [id: string, needed: string],
  nodes: ReadonlyMap<string, GraphNode>,
): Problem {
  const node = nodes.get(id)!;
  return {
    code: 'dependency-on-descendant',
    message:
      needed === id
        ? `${id} depends on itself.`
        : `${id} depends on ${needed}, which itself needs ${id}: ${drawn(cycle)}.`,
    hint: 'A dependency leads to another branch, never back to what comes later: delete it.',
    revision: id,
    ...placeOf(node, 'depends', node.depends.indexOf(needed)),
  };
}

function parentCycle(cycle: readonly string[], nodes: ReadonlyMap<string, GraphNode>): Problem {
  const smallest = cycle.reduce((a, b) => (a < b ? a : b));
  const node = nodes.get(smallest)!;
  const parent = cycle[(cycle.indexOf(smallest) + 1) % cycle.length]!;
  return {
    code: 'cycle',
    message:
      cycle.length === 1
        ? `${smallest} names itself as its parent.`
        : `The revisions form a cycle: ${drawn(cycle)}`,
    hint:
      cycle.length === 1
        ? 'Name the revision before it, or `base` for a first revision.'
        : 'Each is a parent of the one before it. Mend the `parents` of one of them.',
    revision: smallest,
    ...placeOf(node, 'parents', node.parents.indexOf(parent)),
  };
}

function drawn(cycle: readonly string[]): string {
  const start = cycle.indexOf(cycle.reduce((a, b) => (a < b ? a : b)));
  const turned = [...cycle.slice(start), ...cycle.slice(0, start)];
  return [...turned, turned[0]].join(' → ');
}

function placeOf(node: GraphNode, key: 'parents' | 'depends' | 'labels', index: number) {
  const place = node.places?.[key];
  return { file: node.file, line: place?.line, column: place?.columns[index] ?? place?.column };
}
