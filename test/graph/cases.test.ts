import * as assert from 'uvu/assert';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { errorFrom, graphOf, planFor, stateOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';
import cases from './graph_cases.json' with { type: 'json' };

/**
 * Plans that were checked against Alembic's own graph code. The state is stamped first;
 * `steps` and `current` are sets, sorted by name: order.test.ts has mig's own order.
 */
interface Case {
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

suite('graph cases', (test) => {
  const all: readonly Case[] = cases;
  test('are all here', () => assert.is(all.length, 110));
  for (const each of all) {
    test(`${each.command} ${each.name}`, () => {
      const { expect } = each;
      if (expect.error === true) {
        errorFrom(() => planOf(each));
        return;
      }
      const plan = planOf(each);
      const steps = plan.steps.map((step) => {
        assert.is(step.direction, each.command === 'upgrade' ? 'up' : 'down');
        return (step.direction === 'up' ? '+' : '-') + step.revision;
      });
      assert.equal(steps.sort(), expect.steps);
      assert.equal([...plan.after].sort(), expect.current);
    });
  }
});

function planOf({ revisions, current, command, target }: Case) {
  if (command !== 'upgrade' && command !== 'downgrade') throw new Error(`what is ${command}?`);
  const graph = graphOf(
    revisions.map(({ depends_on, ...rest }): GraphNode => {
      return { ...rest, depends: depends_on, created: null };
    }),
  );
  const empty = stateOf(graph, []);
  const stamped =
    current.length === 0
      ? empty.applied
      : planFor(graph, empty, 'stamp', current.join(' ')).stateAfter;
  // What one stamp writes is in graph order, so the last of them is the newest.
  return planFor(graph, stateOf(graph, stamped), command, target);
}
