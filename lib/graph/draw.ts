import type { Lanes, RoutedEdge, Spot } from './lanes.ts';

/** One line of a drawn graph: a revision's, or one in which only lanes move. */
export interface DrawnLine {
  readonly spot: Spot | null;
  /** One a character cell, without blanks at the end. */
  readonly inks: readonly Ink[];
}

/** A character of a drawing, and how it is to be coloured. */
export interface Ink {
  readonly glyph: string;
  /** That of its lane; null for a blank. */
  readonly color: number | null;
  /** What belongs to a dependency is faint. */
  readonly dim: boolean;
}

interface DrawOptions {
  /** Character cells a lane: 2, or 1 where there is little room. */
  readonly pitch: 1 | 2;
  /** What stands for a revision. */
  readonly glyphOf: (id: string) => string;
}

/** What meets in the middle of a cell: which of its four sides an edge leads to. */
interface Cell {
  up: RoutedEdge | null;
  down: RoutedEdge | null;
  left: RoutedEdge | null;
  right: RoutedEdge | null;
}

/** By up 8, down 4, left 2, right 1. A crossing never joins: see lanes.ts. */
const GLYPHS = [...' ╶╴─╷╭╮┬╵╰╯┴│├┤┼'];
const DASHED_UP_AND_DOWN = '┊';
const DASHED_ACROSS = '╌';
const BLANK: Ink = { glyph: ' ', color: null, dim: false };

/** The lines of a graph from top to bottom, in box-drawing characters. */
export function* drawLines(lanes: Lanes, { pitch, glyphOf }: DrawOptions): Generator<DrawnLine> {
  const starts = byRow(lanes.edges, lanes.rows, ({ from }) => from.row);
  const ends = byRow(lanes.edges, lanes.rows, ({ to }) => to.row);
  const spots = new Map(lanes.spots.map((spot) => [spot.row, spot]));
  const running: (RoutedEdge | null)[] = Array.from({ length: lanes.columns }, () => null);
  for (let row = 0; row < lanes.rows; row++) {
    const cells = running.map((edge): Cell => {
      return { up: edge, down: edge, left: null, right: null };
    });
    for (const edge of lastOnTop(ends[row]!, ({ to }) => to.column)) {
      const cell = cells[edge.column]!;
      cell.down = null;
      running[edge.column] = null;
      across(cells, edge, edge.to.column);
    }
    for (const edge of lastOnTop(starts[row]!, ({ from }) => from.column)) {
      cells[edge.column]!.down = edge;
      running[edge.column] = edge;
      across(cells, edge, edge.from.column);
    }
    const spot = spots.get(row) ?? null;
    const inks = inksOf(cells, pitch);
    if (spot !== null) {
      inks[spot.column * pitch] = { glyph: glyphOf(spot.id), color: spot.color, dim: false };
    }
    yield { spot, inks: inks.slice(0, inks.findLastIndex((ink) => ink !== BLANK) + 1) };
  }
}

/** Cells that are needed for so many columns. */
export function cellsOf(columns: number, pitch: 1 | 2): number {
  return columns === 0 ? 0 : (columns - 1) * pitch + 1;
}

function byRow(
  edges: readonly RoutedEdge[],
  rows: number,
  rowOf: (edge: RoutedEdge) => number,
): readonly (readonly RoutedEdge[])[] {
  const lists: RoutedEdge[][] = Array.from({ length: rows }, () => []);
  for (const edge of edges) lists[rowOf(edge)]!.push(edge);
  return lists;
}

/**
 * In the order in which they are drawn over one another: where several share their way, it
 * is that of the nearest, and never dashed when one of them is not.
 */
function lastOnTop(
  edges: readonly RoutedEdge[],
  columnOf: (edge: RoutedEdge) => number,
): readonly RoutedEdge[] {
  if (edges.length < 2) return edges;
  const height = (edge: RoutedEdge) =>
    (edge.kind === 'parent' ? 1e9 : 0) - Math.abs(edge.column - columnOf(edge));
  return edges.toSorted((a, b) => height(a) - height(b));
}

/** From the edge's lane to another column, in one row. */
function across(cells: readonly Cell[], edge: RoutedEdge, column: number): void {
  const low = Math.min(edge.column, column);
  const high = Math.max(edge.column, column);
  for (let at = low; at < high; at++) {
    cells[at]!.right = edge;
    cells[at + 1]!.left = edge;
  }
}

function inksOf(cells: readonly Cell[], pitch: 1 | 2): Ink[] {
  const inks: Ink[] = [];
  for (const cell of cells) {
    inks.push(inkOf(cell));
    if (pitch === 2) inks.push(cell.right === null ? BLANK : inkAcross(cell.right));
  }
  return inks;
}

function inkOf({ up, down, left, right }: Cell): Ink {
  const edge = up ?? down ?? left ?? right;
  if (edge === null) return BLANK;
  if (up === null && down === null) return inkAcross(edge);
  const sides =
    (up === null ? 0 : 8) +
    (down === null ? 0 : 4) +
    (left === null ? 0 : 2) +
    (right === null ? 0 : 1);
  const dim = edge.kind === 'dependency';
  const glyph = dim && sides === 12 ? DASHED_UP_AND_DOWN : GLYPHS[sides]!;
  return { glyph, color: edge.color, dim };
}

function inkAcross({ kind, color }: RoutedEdge): Ink {
  const dim = kind === 'dependency';
  return { glyph: dim ? DASHED_ACROSS : '─', color, dim };
}
