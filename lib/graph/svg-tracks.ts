import type { Lanes, RoutedEdge } from './lanes.ts';

const NODE_ROW = 28;
/** A row in which only lanes move needs less. */
const LANE_ROW = 16;
const PITCH = 20;
const ROUNDING = 10;

interface TracksOptions {
  readonly margin: number;
  /** Where the last lane stands at most. */
  readonly most: number;
}

/** Where rows and lanes are in a picture, and the way of an edge along them; in pixels. */
export class Tracks {
  readonly height: number;
  readonly #margin: number;
  readonly #pitch: number;
  readonly #ys: readonly number[];
  /** The node's column, by row. */
  readonly #nodes: ReadonlyMap<number, number>;

  constructor({ rows, columns, spots }: Lanes, { margin, most }: TracksOptions) {
    this.#margin = margin;
    this.#pitch = Math.min(PITCH, (most - margin) / Math.max(1, columns - 1));
    this.#nodes = new Map(spots.map(({ row, column }) => [row, column]));
    const ys: number[] = [];
    let top = margin / 2;
    for (let row = 0; row < rows; row++) {
      const tall = this.#nodes.has(row) ? NODE_ROW : LANE_ROW;
      ys.push(top + tall / 2);
      top += tall;
    }
    this.#ys = ys;
    this.height = top + margin / 2;
  }

  x(column: number): number {
    return Math.round((this.#margin + column * this.#pitch) * 10) / 10;
  }

  y(row: number): number {
    return this.#ys[row]!;
  }

  /**
   * Sideways out of the child, down the lane, sideways to the end: into a node, or into the
   * lane that it joins, bent downwards as trains would go.
   */
  pathOf({ from, column, to, parent }: RoutedEdge): string {
    const x = this.x(column);
    const [startX, startY] = [this.x(from.column), this.y(from.row)];
    const [endX, endY] = [this.x(to.column), this.y(to.row)];
    const bend = Math.min(ROUNDING, this.#pitch / 2, (endY - startY) / 2);
    const parts = [`M${startX} ${startY}`];
    if (startX !== x) {
      const side = Math.sign(x - startX);
      parts.push(`H${x - side * bend}Q${x} ${startY} ${x} ${startY + bend}`);
    }
    if (endX === x) parts.push(`V${parent === null ? endY + LANE_ROW / 2 : endY}`);
    else {
      const side = Math.sign(endX - x);
      parts.push(`V${endY - bend}Q${x} ${endY} ${x + side * bend} ${endY}`);
      const joins = this.#nodes.get(to.row) !== to.column;
      if (joins) parts.push(`H${endX - side * bend}Q${endX} ${endY} ${endX} ${endY + bend}`);
      else parts.push(`H${endX}`);
    }
    return parts.join('');
  }
}
