import type { RoutedEdge } from './lanes.ts';

/** An edge on its way down its lane, which has not reached its end. */
export type OpenEdge = Omit<RoutedEdge, 'to'>;

/** Edges that end in another one, or in a node, all in one row. */
export interface Join {
  /** The column in which they end. */
  readonly into: number;
  readonly edges: readonly OpenEdge[];
  /** The columns that the join takes, from `low` to `high`. */
  readonly low: number;
  readonly high: number;
}

/** The join of some edges in a column, with the columns that it takes. */
export function joinOf(into: number, edges: readonly OpenEdge[]): Join {
  const columns = [into, ...edges.map((edge) => edge.column)];
  return { into, edges, low: least(columns), high: most(columns) };
}

/** As many joins as one row takes without one touching another, the first ones first. */
export function apart(joins: readonly Join[]): readonly Join[] {
  const chosen: Join[] = [];
  for (const join of joins) {
    if (chosen.every(({ low, high }) => join.high < low || join.low > high)) chosen.push(join);
  }
  return chosen;
}

/** Whether several edges of one kind lead to the same revision. */
export function isCrowded(edges: readonly OpenEdge[]): boolean {
  const parents = edges.filter(isParent).length;
  return parents > 1 || edges.length - parents > 1;
}

/** Whether an edge leads to a parent, and not to a dependency. */
export function isParent({ kind }: Pick<RoutedEdge, 'kind'>): boolean {
  return kind === 'parent';
}

/** The smallest of some numbers, of which there is one at least. */
export function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (a < b ? a : b));
}

/** The largest of some numbers, of which there is one at least. */
export function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (a > b ? a : b));
}
