/**
 * The long run (`make torture`): hundreds of SIGKILLs, and crowds of processes. It prints
 * what it did, and ends with 1 at the first thing that does not fit.
 *
 *     node test/torture/run.ts [kills] [seed]
 */
import { crowd } from './crowd.ts';
import { killCampaign } from './kills.ts';

const [kills = 600, seed = Math.floor(Date.now() / 1000)] = process.argv.slice(2).map(Number);
console.log(`${kills} kills, seed ${seed}`);

const campaigns = [
  { journal: 'delete', sync: true, largeEvery: 4, stepwiseEvery: 0, share: 0.4 },
  { journal: 'wal', sync: true, largeEvery: 4, stepwiseEvery: 0, share: 0.4 },
  { journal: 'delete', sync: false, largeEvery: 8, stepwiseEvery: 3, share: 0.1 },
  { journal: 'wal', sync: false, largeEvery: 8, stepwiseEvery: 3, share: 0.1 },
] as const;
const rows: Record<string, unknown>[] = [];
for (const [index, { share, ...each }] of campaigns.entries()) {
  for (const flags of [[], ['--no-group']]) {
    const name = [each.journal, ...(each.stepwiseEvery > 0 ? ['transaction: off'] : []), ...flags];
    const options = { ...each, flags, count: 40, seed: seed + index };
    const half = Math.ceil((kills * share) / 2);
    const { seconds, ...figures } = await killCampaign({ ...options, kills: half });
    rows.push({ campaign: name.join(', '), ...figures, seconds: Math.round(seconds) });
  }
}
console.table(rows);

const crowds: Record<string, unknown>[] = [];
for (const journal of ['delete', 'wal'] as const) {
  for (const killEveryMs of [0, 100]) {
    const figures = await crowd({
      seed,
      processes: 16,
      revisions: 200,
      journal,
      killEveryMs,
      mostKills: 60,
      flags: [[], ['--no-group']],
    });
    crowds.push({ journal, revisions: 200, ...figures, seconds: Math.round(figures.seconds) });
  }
}
console.table(crowds);
console.log('Nothing was inconsistent.');
