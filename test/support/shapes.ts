import { errorOf, MigError } from '../../lib/error.ts';
import { buildGraph, type Graph, inOrder, withAncestors } from '../../lib/graph/graph.ts';
import {
  type Plan,
  planDowngrade,
  planRedo,
  planStamp,
  planUpgrade,
  type State,
} from '../../lib/graph/plan.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { resolveTarget } from '../../lib/graph/target.ts';

/**
 * Graphs as a line of text, one revision between semicolons, in any order:
 *
 *     id(label, label)<parent,parent +dependency,dependency @day
 *
 * `a; b<a; c<a; m<b,c` is a diamond. `@2` means: created on the second of January 2026.
 */
const REVISION =
  /^(?<id>[A-Za-z0-9]+)(?:\((?<labels>[^)]*)\))?(?:<(?<parents>\S+))?(?: \+(?<depends>\S+))?(?: @(?<day>\d{1,2}))?$/;

export function revisionsOf(shape: string): readonly GraphNode[] {
  return shape
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const { id, labels, parents, depends, day } = REVISION.exec(part)?.groups ?? {};
      if (id === undefined) throw new Error(`“${part}” is no revision of a shape`);
      return {
        id,
        parents: listOf(parents),
        depends: listOf(depends),
        labels: listOf(labels),
        created: day === undefined ? null : `2026-01-${day.padStart(2, '0')}T00:00:00Z`,
        file: `${id}.up.sql`,
      };
    });
}

function listOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(',').map((each) => each.trim());
}

/** The inverse of `revisionsOf`: what a failing property prints. */
export function shapeOf(revisions: Iterable<GraphNode>): string {
  return [...revisions]
    .map(({ id, labels, parents, depends, created }) =>
      [
        id,
        labels.length === 0 ? '' : `(${labels.join(',')})`,
        parents.length === 0 ? '' : `<${parents.join(',')}`,
        depends.length === 0 ? '' : ` +${depends.join(',')}`,
        created === null ? '' : ` @${Number(created.slice(8, 10))}`,
      ].join(''),
    )
    .join('; ');
}

/** The graph of some revisions; throws what is wrong with them. */
export function graphOf(revisions: Iterable<GraphNode>): Graph {
  const { graph, problems } = buildGraph(revisions);
  if (problems.length > 0) throw errorOf(problems);
  return graph;
}

/** A database in which the given revisions were applied in that order, each after all it needs. */
export function stateOf(graph: Graph, ids: Iterable<string>): State {
  const applied = new Set<string>();
  for (const id of ids) {
    for (const each of inOrder(graph, withAncestors(graph, [id]))) applied.add(each);
  }
  return { applied, newestFirst: [...applied].reverse() };
}

export type Command = 'upgrade' | 'downgrade' | 'redo' | 'stamp' | 'stamp --purge';

/** The plan of a command, from the text of its targets to its steps. */
export function planFor(graph: Graph, state: State, command: Command, targets: string): Plan {
  const graphs = { files: graph, union: graph };
  const direction = command === 'upgrade' ? 'up' : 'down';
  const resolve = (text: string) => resolveTarget(graph, text, { direction });
  switch (command) {
    case 'upgrade':
      return planUpgrade(graphs, state, resolve(targets));
    case 'downgrade':
      return planDowngrade(graph, state, resolve(targets));
    case 'redo':
      return planRedo(graphs, state, planDowngrade(graph, state, resolve(targets)));
    case 'stamp':
    case 'stamp --purge': {
      const purge = command === 'stamp --purge';
      return planStamp(graphs, state, targets.split(' ').map(resolve), { purge });
    }
  }
}

export interface Outcome {
  /** `+a -b`: what is applied and reverted; `*a ~b`: what is stamped and unstamped. */
  readonly steps: string;
  /** The database's heads afterwards. */
  readonly heads: string;
}

const SIGN = { up: '+', down: '-', stamp: '*', unstamp: '~' } as const;

export function outcomeOf(plan: Plan): Outcome {
  return {
    steps: plan.steps.map(({ direction, revision }) => SIGN[direction] + revision).join(' '),
    heads: plan.after.join(' '),
  };
}

/** `(shape, command, target, start) → (steps, heads)`; `start` is as in `stateOf`. */
export function outcome(shape: string, command: Command, target: string, start: string): Outcome {
  const graph = graphOf(revisionsOf(shape));
  return outcomeOf(planFor(graph, stateOf(graph, words(start)), command, target));
}

/** The `MigError` that something throws; anything else that happens is a failure. */
export function errorFrom(act: () => unknown): MigError {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof MigError) return thrown;
    throw thrown;
  }
  throw new Error('no error was thrown');
}

export function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
