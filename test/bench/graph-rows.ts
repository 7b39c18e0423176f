import { buildGraph } from '../../lib/graph/graph.ts';
import { compareIds } from '../../lib/graph/id.ts';
import { planUpgrade } from '../../lib/graph/plan.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { resolveTarget } from '../../lib/graph/target.ts';
import { medians, milliseconds, type Row, thousands } from './measure.ts';

/**
 * Building, ordering and planning an upgrade from nothing, without files. The floor sorts
 * the same ids into a Map: caches and the collector make each id dearer there too, the more
 * there are, which tells the machine's part of the growth from the algorithm's.
 */
export function graphRows(
  shape: string,
  make: (length: number) => readonly GraphNode[],
): readonly Row[] {
  const sizes = [1_000, 10_000, 100_000];
  const costs = sizes.map((size) => {
    const nodes = make(size);
    const [all, floor] = medians(size > 10_000 ? 9 : 25, [
      { run: () => planAll(nodes) },
      { run: () => sortIntoMap(nodes) },
    ]);
    return { size, ms: all!, each: (all! * 1000) / size, floor: floor! };
  });
  const [, middle, large] = costs;
  return [
    ...costs.map(({ size, ms, each, floor }) => ({
      what: `graph, order and plan: ${shape} of ${thousands(size)}`,
      value: `${milliseconds(ms)}, ${each.toFixed(2)} µs each`,
      against: 'its ids sorted into a Map',
      ratio: ms / floor,
    })),
    {
      what: `a revision's cost in a ${shape} of 100,000`,
      value: `${large!.each.toFixed(2)} µs`,
      against: `in one of 10,000; for the Map ×${(large!.floor / middle!.floor / 10).toFixed(2)}`,
      ratio: large!.each / middle!.each,
    },
  ];
}

function sortIntoMap(nodes: readonly GraphNode[]): void {
  const sorted = [...nodes].sort((a, b) => compareIds(a.id, b.id));
  if (new Map(sorted.map((node) => [node.id, node])).size !== nodes.length) throw new Error();
}

function planAll(nodes: readonly GraphNode[]): void {
  const { graph, problems } = buildGraph(nodes);
  const state = { applied: new Set<string>(), newestFirst: [] };
  const plan = planUpgrade({ files: graph, union: graph }, state, resolveTarget(graph, 'heads'));
  if (problems.length > 0 || plan.steps.length !== nodes.length) throw new Error('not all planned');
}
