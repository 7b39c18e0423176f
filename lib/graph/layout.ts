import {
  apart,
  isCrowded,
  isParent,
  type Join,
  joinOf,
  least,
  most,
  type OpenEdge,
} from './joins.ts';
import { LANE_COLORS, type LaneNode, type Lanes, type RoutedEdge, type Spot } from './lanes.ts';

/** Two lanes to one revision that comes within so many rows stay apart: joining costs a row. */
const SOON = 2;

/**
 * Lays a graph out: a row for each revision, a lane for each edge (lanes.ts).
 *
 * @param nodes newest first: each before all that it needs.
 */
export function assignLanes(nodes: readonly LaneNode[]): Lanes {
  const layout = new LaneLayout(new Map(nodes.map(({ id }, index) => [id, index])));
  for (const node of nodes) layout.place(node);
  return layout.lanes();
}

/** An edge that leaves a node and has no lane yet; without a parent, it leads out of the drawing. */
type Outgoing = Pick<RoutedEdge, 'parent' | 'kind'>;

/** A layout that is made from top to bottom, a revision at a time. */
class LaneLayout {
  readonly #indexOf: ReadonlyMap<string, number>;
  /** By column: the edge that runs down it just now. */
  readonly #lanes: (OpenEdge | null)[] = [];
  /** The edges on their way to each revision that has no place yet, from left to right. */
  readonly #waiting = new Map<string, OpenEdge[]>();
  /** Revisions that several edges of one kind lead to. */
  readonly #crowded = new Set<string>();
  readonly #spots: Spot[] = [];
  readonly #edges: RoutedEdge[] = [];
  #row = 0;
  #colors = 0;

  constructor(indexOf: ReadonlyMap<string, number>) {
    this.#indexOf = indexOf;
  }

  /** What was laid out so far. */
  lanes(): Lanes {
    return {
      spots: this.#spots,
      edges: this.#edges,
      rows: this.#row,
      columns: this.#lanes.length,
    };
  }

  /** Gives the next revision its row and column, and its edges their lanes. */
  place(node: LaneNode): void {
    const outgoing = this.#outgoingOf(node);
    const [straight, sideways] =
      outgoing[0]?.kind === 'parent' ? split(outgoing) : [null, outgoing];
    this.#clearTheWay(node.id, sideways.length);

    const incoming = this.#waitingFor(node.id);
    const column = this.#columnOf(node.id);
    const own = this.#lanes[column] ?? null;
    const slots = this.#freeNear(column, sideways.length);
    for (const join of this.#due(node.id)) this.#end(join);
    for (const edge of incoming) this.#finish(edge, column);
    this.#waiting.delete(node.id);
    this.#crowded.delete(node.id);

    const color = own?.color ?? this.#colorFor(column);
    const spot = { id: node.id, row: this.#row, column, color };
    this.#spots.push(spot);
    if (straight !== null) this.#begin(spot, straight, column, color);
    else this.#lanes[column] = null;
    for (const [index, each] of sideways.entries()) {
      this.#begin(spot, each, slots[index]!, this.#colorFor(slots[index]!));
    }
    this.#row++;
    if (outgoing.some(({ parent }) => parent === null)) this.#endLoose();
  }

  /** Parents first, so that what is dashed stands outside of what is not. */
  #outgoingOf({ id, parents, depends }: LaneNode): readonly Outgoing[] {
    const all = [
      ...parents.map((parent): Outgoing => ({ parent, kind: 'parent' })),
      ...depends
        .filter((needed) => !parents.includes(needed))
        .map((parent): Outgoing => ({ parent, kind: 'dependency' })),
    ];
    const isDrawn = ({ parent }: Outgoing) =>
      (this.#indexOf.get(parent!) ?? -1) > this.#indexOf.get(id)!;
    const shown = all.filter(isDrawn);
    const hidden = all.find((each) => !isDrawn(each));
    const loose: readonly Outgoing[] =
      hidden === undefined ? [] : [{ parent: null, kind: hidden.kind }];
    return hidden?.kind === 'parent'
      ? [...shown.filter(isParent), ...loose, ...shown.filter((each) => !isParent(each))]
      : [...shown, ...loose];
  }

  /** Adds rows without a node, until the node's own row has room for all that belongs there. */
  #clearTheWay(id: string, outgoing: number): void {
    for (;;) {
      const incoming = this.#waitingFor(id);
      const column = this.#columnOf(id);
      const slots = this.#freeNear(column, outgoing);
      // `●─┴─╮` would look like an edge that passes below the node.
      const clash = [isLeftOf, isRightOf]
        .filter((isOnSide) => slots.some((slot) => isOnSide(slot, column)))
        .map((isOnSide) => incoming.filter((edge) => isOnSide(edge.column, column)))
        .find((edges) => edges.length > 0);
      if (clash !== undefined) {
        this.#addJoins(apart([joinOf(column, clash), ...this.#due(id)]));
        continue;
      }
      const due = this.#due(id);
      const taken = [column, ...slots, ...incoming.map((edge) => edge.column)];
      const node: Join = { ...joinOf(column, []), low: least(taken), high: most(taken) };
      const fits = incoming.length > 0 && apart([node, ...due]).length === due.length + 1;
      if (due.length > 0 && !fits) this.#addJoins(apart(due));
      else break;
    }
    // Right below a node that ends its lane, another one would look like its parent.
    const last = this.#spots.at(-1);
    const column = this.#columnOf(id);
    if (last?.row === this.#row - 1 && last.column === column && !this.#lanes[column]) this.#row++;
  }

  /** The column of a node: the leftmost that leads there, by a parent's edge if there is one. */
  #columnOf(id: string): number {
    const incoming = this.#waitingFor(id);
    const own = incoming.find(isParent) ?? incoming[0];
    return own?.column ?? this.#freeNear(-1, 1)[0]!;
  }

  #waitingFor(id: string): readonly OpenEdge[] {
    return this.#waiting.get(id) ?? [];
  }

  /** Free columns, nearest first, the left one first. */
  #freeNear(column: number, count: number): readonly number[] {
    const found: number[] = [];
    for (let distance = 1; found.length < count; distance++) {
      for (const each of [column - distance, column + distance]) {
        if (each >= 0 && found.length < count && !this.#lanes[each]) found.push(each);
      }
    }
    return found;
  }

  /** Joins that should not wait until the revision comes that they lead to. */
  #due(id: string): readonly Join[] {
    const here = this.#indexOf.get(id)!;
    const joins: Join[] = [];
    for (const target of this.#crowded) {
      if (this.#indexOf.get(target)! - here <= SOON) continue;
      const edges = this.#waitingFor(target);
      for (const kin of [edges.filter(isParent), edges.filter((each) => !isParent(each))]) {
        const [first, ...others] = kin;
        if (others.length > 0) joins.push(joinOf(first!.column, others));
      }
    }
    return joins;
  }

  /** A row of joins alone. */
  #addJoins(joins: readonly Join[]): void {
    for (const join of joins) this.#end(join);
    this.#row++;
  }

  #end({ into, edges }: Join): void {
    for (const edge of edges) {
      const left = this.#waitingFor(edge.parent!).filter((each) => each !== edge);
      this.#waiting.set(edge.parent!, left);
      if (!isCrowded(left)) this.#crowded.delete(edge.parent!);
      this.#finish(edge, into);
    }
  }

  #finish(edge: OpenEdge, column: number): void {
    this.#edges.push({ ...edge, to: { row: this.#row, column } });
    this.#lanes[edge.column] = null;
  }

  #begin(spot: Spot, { parent, kind }: Outgoing, column: number, color: number): void {
    const from = { row: spot.row, column: spot.column };
    const edge: OpenEdge = { child: spot.id, parent, kind, color, from, column };
    this.#lanes[column] = edge;
    if (parent === null) return;
    const edges = [...this.#waitingFor(parent), edge].sort((a, b) => a.column - b.column);
    this.#waiting.set(parent, edges);
    if (isCrowded(edges)) this.#crowded.add(parent);
  }

  /** What leads out of the drawing ends in a row of its own. */
  #endLoose(): void {
    const loose = this.#lanes.filter((edge) => edge?.parent === null);
    for (const edge of loose) this.#finish(edge!, edge!.column);
    if (loose.length > 0) this.#row++;
  }

  /** The next colour that neither neighbour has. */
  #colorFor(column: number): number {
    const near = [this.#lanes[column - 1]?.color, this.#lanes[column + 1]?.color];
    while (near.includes(this.#colors % LANE_COLORS)) this.#colors++;
    return this.#colors++ % LANE_COLORS;
  }
}

function isLeftOf(column: number, of: number): boolean {
  return column < of;
}

function isRightOf(column: number, of: number): boolean {
  return column > of;
}

function split<T>([first, ...others]: readonly T[]): readonly [T, readonly T[]] {
  return [first!, others];
}
