import * as assert from 'uvu/assert';
import { prepare, trial } from '../support/fuzz.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

const BLOCKS = 8;
const TRIALS_A_BLOCK = 500;

suite('fuzz', (test) => {
  for (let block = 0; block < BLOCKS; block++) {
    const first = block * TRIALS_A_BLOCK;
    test(`seeds from ${first}: a sentence and an exit code, whatever comes`, () =>
      inTemp(async (dir) => {
        await prepare(dir);
        for (let seed = first; seed < first + TRIALS_A_BLOCK; seed++) {
          const { complaint, input } = await trial(dir, seed);
          assert.is(complaint, null, `seed ${seed}: ${complaint}\n${input}`);
        }
      }));
  }
});
