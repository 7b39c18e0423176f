import {
  apart,
  isCrowded,
  isParent,
  type Join,
  joinOf,
  least,
  most,
  type Thread,
} from './joins.ts';
import { LANE_COLORS, type LaneNode, type Lanes, type Spot, type Strand } from './lanes.ts';

/** Two lanes to one revision that comes within so many rows stay apart: joining costs a row. */
const SOON = 2;

/** @param nodes newest first: each before all that it needs. */
export function assignLanes(nodes: readonly LaneNode[]): Lanes {
  const loom = new Loom(new Map(nodes.map(({ id }, index) => [id, index])));
  for (const node of nodes) loom.place(node);
  return loom.woven();
}

/** An edge still to be drawn. */
type Edge = Pick<Strand, 'parent' | 'kind'>;

/** The state of a drawing that is made from top to bottom. */
class Loom {
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #lanes: (Thread | null)[] = [];
  readonly #waiting = new Map<string, Thread[]>();
  /** Revisions that several threads of one kind lead to. */
  readonly #crowded = new Set<string>();
  readonly #spots: Spot[] = [];
  readonly #strands: Strand[] = [];
  #row = 0;
  #colors = 0;

  constructor(indexOf: ReadonlyMap<string, number>) {
    this.#indexOf = indexOf;
  }

  woven(): Lanes {
    return {
      spots: this.#spots,
      strands: this.#strands,
      rows: this.#row,
      columns: this.#lanes.length,
    };
  }

  place(node: LaneNode): void {
    const edges = this.#edgesOf(node);
    const [straight, sideways] = edges[0]?.kind === 'parent' ? split(edges) : [null, edges];
    this.#clearTheWay(node.id, sideways.length);

    const incoming = this.#waitingFor(node.id);
    const column = this.#columnOf(node.id);
    const own = this.#lanes[column] ?? null;
    const slots = this.#freeNear(column, sideways.length);
    for (const join of this.#due(node.id)) this.#end(join);
    for (const thread of incoming) this.#finish(thread, column);
    this.#waiting.delete(node.id);
    this.#crowded.delete(node.id);

    const color = own?.color ?? this.#colorFor(column);
    const spot = { id: node.id, row: this.#row, column, color };
    this.#spots.push(spot);
    if (straight !== null) this.#begin(spot, straight, column, color);
    else this.#lanes[column] = null;
    for (const [index, edge] of sideways.entries()) {
      this.#begin(spot, edge, slots[index]!, this.#colorFor(slots[index]!));
    }
    this.#row++;
    if (edges.some(({ parent }) => parent === null)) this.#endLoose();
  }

  /** Parents first, so that what is dashed stands outside of what is not. */
  #edgesOf({ id, parents, depends }: LaneNode): readonly Edge[] {
    const all = [
      ...parents.map((parent): Edge => ({ parent, kind: 'parent' })),
      ...depends
        .filter((needed) => !parents.includes(needed))
        .map((parent): Edge => ({ parent, kind: 'dependency' })),
    ];
    const isDrawn = ({ parent }: Edge) =>
      (this.#indexOf.get(parent!) ?? -1) > this.#indexOf.get(id)!;
    const shown = all.filter(isDrawn);
    const hidden = all.find((edge) => !isDrawn(edge));
    const loose: readonly Edge[] =
      hidden === undefined ? [] : [{ parent: null, kind: hidden.kind }];
    return hidden?.kind === 'parent'
      ? [...shown.filter(isParent), ...loose, ...shown.filter((edge) => !isParent(edge))]
      : [...shown, ...loose];
  }

  /** Weaves rows without a node, until the node's own row has room for all that belongs there. */
  #clearTheWay(id: string, outgoing: number): void {
    for (;;) {
      const incoming = this.#waitingFor(id);
      const column = this.#columnOf(id);
      const slots = this.#freeNear(column, outgoing);
      // `●─┴─╮` would look like an edge that passes below the node.
      const clash = [isLeftOf, isRightOf]
        .filter((isOnSide) => slots.some((slot) => isOnSide(slot, column)))
        .map((isOnSide) => incoming.filter((thread) => isOnSide(thread.column, column)))
        .find((threads) => threads.length > 0);
      if (clash !== undefined) {
        this.#weave(apart([joinOf(column, clash), ...this.#due(id)]));
        continue;
      }
      const due = this.#due(id);
      const taken = [column, ...slots, ...incoming.map((thread) => thread.column)];
      const node: Join = { ...joinOf(column, []), low: least(taken), high: most(taken) };
      const fits = incoming.length > 0 && apart([node, ...due]).length === due.length + 1;
      if (due.length > 0 && !fits) this.#weave(apart(due));
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

  /** From left to right. */
  #waitingFor(id: string): readonly Thread[] {
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
      const threads = this.#waitingFor(target);
      for (const kin of [threads.filter(isParent), threads.filter((each) => !isParent(each))]) {
        const [first, ...others] = kin;
        if (others.length > 0) joins.push(joinOf(first!.column, others));
      }
    }
    return joins;
  }

  /** A row of joins alone. */
  #weave(joins: readonly Join[]): void {
    for (const join of joins) this.#end(join);
    this.#row++;
  }

  #end({ into, threads }: Join): void {
    for (const thread of threads) {
      const left = this.#waitingFor(thread.parent!).filter((each) => each !== thread);
      this.#waiting.set(thread.parent!, left);
      if (!isCrowded(left)) this.#crowded.delete(thread.parent!);
      this.#finish(thread, into);
    }
  }

  #finish(thread: Thread, column: number): void {
    this.#strands.push({ ...thread, to: { row: this.#row, column } });
    this.#lanes[thread.column] = null;
  }

  #begin(spot: Spot, { parent, kind }: Edge, column: number, color: number): void {
    const from = { row: spot.row, column: spot.column };
    const thread: Thread = { child: spot.id, parent, kind, color, from, column };
    this.#lanes[column] = thread;
    if (parent === null) return;
    const threads = [...this.#waitingFor(parent), thread].sort((a, b) => a.column - b.column);
    this.#waiting.set(parent, threads);
    if (isCrowded(threads)) this.#crowded.add(parent);
  }

  /** What leads out of the drawing ends in a row of its own. */
  #endLoose(): void {
    const loose = this.#lanes.filter((thread) => thread?.parent === null);
    for (const thread of loose) this.#finish(thread!, thread!.column);
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
