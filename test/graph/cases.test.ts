import * as assert from 'uvu/assert';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { GRAPH_CASES, type GraphCase } from '../support/graph-cases.ts';
import { errorFrom, graphOf, planFor, stateOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

suite('graph cases', (test) => {
  test('are all here', () => assert.is(GRAPH_CASES.length, 110));
  for (const each of GRAPH_CASES) {
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

function planOf({ revisions, current, command, target }: GraphCase) {
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
