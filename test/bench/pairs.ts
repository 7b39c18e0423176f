/**
 * `make fuzz-pairs`: the way between random schemas and back, on random rows; `node
 * test/bench/pairs.ts [trials [seed]]`. Each trial has a seed of its own, so that one alone
 * can be run again: trials 1, its seed.
 */
import { pairTrial } from '../support/pair-trial.ts';

const [trials = 5_000, first = 0] = process.argv.slice(2).map(Number);
const counts = new Map<string, number>();
let wrong = 0;
for (let seed = first; seed < first + trials; seed++) {
  const { outcome, rows, complaint } = await pairTrial(seed);
  const kind = outcome === 'proved' ? `proved on ${rows} rows a table` : outcome;
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (complaint === null) continue;
  wrong++;
  console.error(`\n${complaint}`);
}
for (const [kind, count] of [...counts].sort()) console.log(`${count} ${kind}`);
console.log(`${trials} pairs of schemas from seed ${first}: ${wrong} went wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
