import type { LaneNode } from './lanes.ts';

/** What a picture of the graph shows of a revision. */
export interface PicturedRevision extends LaneNode {
  readonly message: string;
  readonly labels: readonly string[];
  readonly head: boolean;
  /** Null where no database was read. */
  readonly state: RevisionState | null;
}

/** `missing` is applied, but only the database has it. */
export type RevisionState = 'applied' | 'pending' | 'missing';

/** The states in words, for legends and tooltips. */
export const MEANING: Readonly<Record<RevisionState, string>> = {
  applied: 'applied',
  pending: 'pending',
  missing: 'only in the database',
};

/** The states in the order of a legend. */
export const STATES: readonly RevisionState[] = ['applied', 'pending', 'missing'];

/** The words that stand beside a revision. */
export function tagsOf({ head, labels }: PicturedRevision): readonly string[] {
  return head ? ['head', ...labels] : labels;
}

/** Edges from the older to the newer end, both ends in the picture. */
export function edgesOf(revisions: readonly PicturedRevision[]): readonly PicturedEdge[] {
  const ids = new Set(revisions.map(({ id }) => id));
  return revisions
    .flatMap(({ id, parents, depends }) => [
      ...parents.map((from): PicturedEdge => ({ from, to: id, kind: 'parent' })),
      ...depends
        .filter((needed) => !parents.includes(needed))
        .map((from): PicturedEdge => ({ from, to: id, kind: 'dependency' })),
    ])
    .filter(({ from }) => ids.has(from));
}

interface PicturedEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'parent' | 'dependency';
}
