import * as assert from 'uvu/assert';
import type { Step } from '../../lib/engine/engine.ts';
import { groupAt, obstacleToOneTransaction } from '../../lib/engine/sqlite-groups.ts';
import { upStep } from '../support/engine.ts';
import { suite } from '../support/suite.ts';

const STAMP: Step = { facts: [{ op: 'unstamp', revision: 'a' }] };
const AUTO = upStep('a', 'SELECT 1');
const OFF = upStep('b', 'SELECT 1', 'off');
const ON = upStep('c', 'SELECT 1', 'on');
const STEPWISE: Step = {
  facts: [],
  script: {
    sql: 'VACUUM',
    foreignKeys: 'auto',
    stepwise: { revision: 'd', direction: 'up', checksum: '' },
  },
};

suite('obstacleToOneTransaction', (test) => {
  const table: readonly (readonly [what: string, steps: readonly Step[], found: string | null])[] =
    [
      ['no steps', [], null],
      ['the ledger alone', [STAMP], null],
      ['auto and off', [AUTO, OFF, STAMP], null],
      ['on alone', [ON, STAMP, ON], null],
      ['auto and on', [AUTO, STAMP, ON], 'null: Revisions with and without `foreign_keys: on`'],
      ['one that is stepwise', [AUTO, STEPWISE], '1: A revision with `transaction: off`'],
      [
        'what is stepwise comes first',
        [AUTO, ON, STEPWISE],
        '2: A revision with `transaction: off`',
      ],
    ];
  for (const [what, steps, found] of table) {
    test(what, () => {
      const obstacle = obstacleToOneTransaction(steps);
      const told = obstacle === null ? null : `${obstacle.step}: ${obstacle.message}`;
      assert.is(told?.slice(0, found?.length) ?? null, found);
    });
  }
});

suite('groupAt', (test) => {
  const steps = [AUTO, STAMP, OFF, ON, AUTO, STEPWISE, AUTO];
  const lengths = (how: 'each' | 'timed') =>
    steps.map((_, at) => {
      const { first, steps: own, enforcement } = groupAt(steps, at, how);
      assert.is(first, at);
      return `${own.length} ${enforcement}`;
    });

  test('each: one step, whatever it is', () =>
    assert.equal(lengths('each'), [...Array(3).fill('1 off'), '1 on', ...Array(3).fill('1 off')]));

  test('timed: as many as may have others beside them', () =>
    assert.equal(lengths('timed'), ['3 off', '2 off', '1 off', '1 on', '1 off', '1 off', '1 off']));
});
