import type { Lanes, Spot, Strand } from './lanes.ts';

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

/** What meets in the middle of a cell: which of its four sides a strand leads to. */
interface Cell {
  up: Strand | null;
  down: Strand | null;
  left: Strand | null;
  right: Strand | null;
}

/** By up 8, down 4, left 2, right 1. A crossing never joins: see lanes.ts. */
const GLYPHS = [...' ╶╴─╷╭╮┬╵╰╯┴│├┤┼'];
const DASHED_UP_AND_DOWN = '┊';
const DASHED_ACROSS = '╌';
const BLANK: Ink = { glyph: ' ', color: null, dim: false };

/** The lines of a graph from top to bottom, in box-drawing characters. */
export function* drawLines(lanes: Lanes, { pitch, glyphOf }: DrawOptions): Generator<DrawnLine> {
  const starts = byRow(lanes.strands, lanes.rows, ({ from }) => from.row);
  const ends = byRow(lanes.strands, lanes.rows, ({ to }) => to.row);
  const spots = new Map(lanes.spots.map((spot) => [spot.row, spot]));
  const running: (Strand | null)[] = Array.from({ length: lanes.columns }, () => null);
  for (let row = 0; row < lanes.rows; row++) {
    const cells = running.map((strand): Cell => {
      return { up: strand, down: strand, left: null, right: null };
    });
    for (const strand of lastOnTop(ends[row]!, ({ to }) => to.column)) {
      const cell = cells[strand.column]!;
      cell.down = null;
      running[strand.column] = null;
      across(cells, strand, strand.to.column);
    }
    for (const strand of lastOnTop(starts[row]!, ({ from }) => from.column)) {
      cells[strand.column]!.down = strand;
      running[strand.column] = strand;
      across(cells, strand, strand.from.column);
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
  strands: readonly Strand[],
  rows: number,
  rowOf: (strand: Strand) => number,
): readonly (readonly Strand[])[] {
  const lists: Strand[][] = Array.from({ length: rows }, () => []);
  for (const strand of strands) lists[rowOf(strand)]!.push(strand);
  return lists;
}

/**
 * In the order in which they are drawn over one another: where several share their way, it
 * is that of the nearest, and never dashed when one of them is not.
 */
function lastOnTop(
  strands: readonly Strand[],
  columnOf: (strand: Strand) => number,
): readonly Strand[] {
  if (strands.length < 2) return strands;
  const height = (strand: Strand) =>
    (strand.kind === 'parent' ? 1e9 : 0) - Math.abs(strand.column - columnOf(strand));
  return strands.toSorted((a, b) => height(a) - height(b));
}

/** From the strand's lane to another column, in one row. */
function across(cells: readonly Cell[], strand: Strand, column: number): void {
  const low = Math.min(strand.column, column);
  const high = Math.max(strand.column, column);
  for (let at = low; at < high; at++) {
    cells[at]!.right = strand;
    cells[at + 1]!.left = strand;
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
  const strand = up ?? down ?? left ?? right;
  if (strand === null) return BLANK;
  if (up === null && down === null) return inkAcross(strand);
  const sides =
    (up === null ? 0 : 8) +
    (down === null ? 0 : 4) +
    (left === null ? 0 : 2) +
    (right === null ? 0 : 1);
  const dim = strand.kind === 'dependency';
  const glyph = dim && sides === 12 ? DASHED_UP_AND_DOWN : GLYPHS[sides]!;
  return { glyph, color: strand.color, dim };
}

function inkAcross({ kind, color }: Strand): Ink {
  const dim = kind === 'dependency';
  return { glyph: dim ? DASHED_ACROSS : '─', color, dim };
}
