import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { crowd } from './crowd.ts';
import { killCampaign } from './kills.ts';

const small = { count: 12, largeEvery: 4, seed: 1 };

suite('killed at random moments (`make torture` does it more often)', (test) => {
  for (const journal of ['delete', 'wal'] as const) {
    for (const flags of [[], ['--no-group']]) {
      test([`${journal}: upgrade, downgrade, sync`, ...flags].join(' '), async () => {
        const options = { ...small, stepwiseEvery: 0, kills: 5, journal, sync: true, flags };
        assert.is((await killCampaign(options)).kills, 5);
      });
    }
  }
  test('with `transaction: off`', async () => {
    const options = {
      ...small,
      stepwiseEvery: 3,
      kills: 7,
      journal: 'delete',
      sync: false,
      flags: [],
    } as const;
    assert.is((await killCampaign(options)).kills, 7);
  });
});

suite('six processes at once, and a writer', (test) => {
  const shape = { seed: 1, processes: 6, revisions: 40, journal: 'delete' } as const;
  const options = { ...shape, flags: [[], ['--no-group']] };
  for (const flags of [[], ['--no-group']]) {
    test(['each revision is applied once, and all end with 0', ...flags].join(' '), async () => {
      await crowd({ ...shape, flags: [flags], killEveryMs: 0, mostKills: 0 });
    });
  }
  test('also when some of them are killed', async () => {
    const { kills } = await crowd({ ...options, killEveryMs: 60, mostKills: 5 });
    assert.ok(kills > 0);
  });
});
