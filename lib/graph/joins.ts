import type { Strand } from './lanes.ts';

/** A strand that has not reached its end. */
export type Thread = Omit<Strand, 'to'>;

/** Threads that end in another one, or in a node; `low` to `high` are the columns it takes. */
export interface Join {
  readonly into: number;
  readonly threads: readonly Thread[];
  readonly low: number;
  readonly high: number;
}

export function joinOf(into: number, threads: readonly Thread[]): Join {
  const columns = [into, ...threads.map((thread) => thread.column)];
  return { into, threads, low: least(columns), high: most(columns) };
}

/** As many joins as one row takes without one touching another, the first ones first. */
export function apart(joins: readonly Join[]): readonly Join[] {
  const chosen: Join[] = [];
  for (const join of joins) {
    if (chosen.every(({ low, high }) => join.high < low || join.low > high)) chosen.push(join);
  }
  return chosen;
}

/** Whether several threads of one kind lead to the same revision. */
export function isCrowded(threads: readonly Thread[]): boolean {
  const parents = threads.filter(isParent).length;
  return parents > 1 || threads.length - parents > 1;
}

export function isParent({ kind }: Pick<Strand, 'kind'>): boolean {
  return kind === 'parent';
}

export function least(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (a < b ? a : b));
}

export function most(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => (a > b ? a : b));
}
