import * as assert from 'uvu/assert';
import type { StepsDocument } from '../../lib/commands/documents.ts';
import { GRAPH_CASES, type GraphCase } from '../support/graph-cases.ts';
import { run } from '../support/program.ts';
import { documentOf, writeRevisions } from '../support/project.ts';
import { shapeOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

/** Where the files themselves are wrong, which is another exit than a wrong target. */
const OF_FILES = ['cycle', 'duplicate-label', 'unknown-parent', 'invalid-files'];

/** The same cases as in test/graph/cases.test.ts, by the program, on files and a database. */
suite('graph cases by the program', (test) => {
  test('are all here', () => assert.is(GRAPH_CASES.length, 110));
  for (const each of GRAPH_CASES) {
    test(`${each.command} ${each.name}`, () => inTemp((dir) => check(dir, each)));
  }
});

function check(dir: string, { revisions, current, command, target, expect }: GraphCase): void {
  const nodes = revisions.map(({ depends_on, ...rest }) => {
    return { ...rest, depends: depends_on, created: null };
  });
  writeRevisions(dir, shapeOf(nodes));
  const database = ['-d', 'app.db'];
  if (current.length > 0) assert.is(run(dir, ['stamp', ...current, ...database]).status, 0);

  const ran = run(dir, [command, target, '--dry-run', '--json', ...database]);
  const document = documentOf(ran) as unknown as StepsDocument;
  if (expect.error === true) {
    const { code } = document.error!;
    if (ran.status === 1) assert.ok(OF_FILES.includes(code), code);
    else assert.ok(ran.status === 2 || ran.status === 4, `exit ${ran.status}`);
    return;
  }
  assert.is(ran.status, 0, ran.stdout);
  assert.is(document.status, 'planned');
  const sign = command === 'upgrade' ? '+' : '-';
  const direction = command === 'upgrade' ? 'up' : 'down';
  for (const step of document.steps) assert.is(step.direction, direction);
  const steps = document.steps.map((step) => sign + step.revision);
  assert.equal(steps.sort(), expect.steps);
  assert.equal([...document.after].sort(), expect.current);
}
