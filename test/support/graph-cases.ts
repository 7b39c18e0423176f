import cases from '../graph/graph_cases.json' with { type: 'json' };

/** One plan, on one graph, from one state. */
export interface GraphCase {
  readonly name: string;
  readonly revisions: readonly {
    readonly id: string;
    readonly parents: readonly string[];
    readonly depends_on: readonly string[];
    readonly labels: readonly string[];
  }[];
  readonly current: readonly string[];
  readonly command: string;
  readonly target: string;
  readonly expect: {
    readonly error?: boolean;
    readonly steps?: readonly string[];
    readonly current?: readonly string[];
  };
}

/**
 * Plans that were checked against Alembic's own graph code. The state is stamped first;
 * `steps` and `current` are sets, sorted by name: order.test.ts has mig's own order.
 */
export const GRAPH_CASES: readonly GraphCase[] = cases;
