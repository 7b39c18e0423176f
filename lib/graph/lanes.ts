import type { GraphNode } from './revision.ts';

/**
 * Where each revision and each edge of a drawn graph stands: a grid of rows, newest on top,
 * and columns, the lanes. What is drawn, as text or as a picture, is drawn from this.
 *
 *     ●─╮    an edge leaves its child to the side, in the child's row, unless it is the first
 *     ● │    parent's: that one goes straight down; it runs down a lane of its own, and turns
 *     │ ●    to its parent in the parent's row. What turns up comes from a child, what turns
 *     ●─╯    down leads to a parent. Where two lanes lead to one revision that is far away,
 *            the right one joins the left one on the way.
 */
export interface Lanes {
  /** Newest first. */
  readonly spots: readonly Spot[];
  readonly edges: readonly RoutedEdge[];
  readonly rows: number;
  readonly columns: number;
}

interface Point {
  readonly row: number;
  readonly column: number;
}

/** A revision's place. */
export interface Spot extends Point {
  readonly id: string;
  readonly color: number;
}

/** An edge, from the child to the parent, or to where it joins another that leads there. */
export interface RoutedEdge {
  readonly child: string;
  /** What it leads to; null for what is not drawn. */
  readonly parent: string | null;
  readonly kind: 'parent' | 'dependency';
  /** From 0 to `LANE_COLORS` - 1. */
  readonly color: number;
  readonly from: Point;
  /** The lane that it runs down, from `from.row` to `to.row`. */
  readonly column: number;
  readonly to: Point;
}

/** What a drawing needs to know of a revision: its edges. */
export type LaneNode = Pick<GraphNode, 'id' | 'parents' | 'depends'>;

/** So many colours are there for lanes. */
export const LANE_COLORS = 6;
