/**
 * `make fuzz`: 100,000 random files and command lines; `node test/bench/fuzz.ts [trials [seed]]`.
 * Each trial has a seed of its own, so that one alone can be run again: trials 1, its seed.
 */
import { prepare, type Trial, trial } from '../support/fuzz.ts';
import { inTemp } from '../support/temp.ts';

const [trials = 100_000, first = 1] = process.argv.slice(2).map(Number);
const complaints: Trial[] = [];
await inTemp(async (dir) => {
  await prepare(dir);
  for (let seed = first; seed < first + trials; seed++) {
    const done = await trial(dir, seed);
    if (done.complaint === null) continue;
    complaints.push(done);
    console.error(`\n${done.kind}, seed ${seed}: ${done.complaint}\n  ${done.input}`);
  }
});
console.log(`${trials} trials from seed ${first}: ${complaints.length} went wrong`);
process.exitCode = complaints.length === 0 ? 0 : 1;
