import * as assert from 'uvu/assert';
import { duration } from '../../lib/cli/duration.ts';
import { suite } from '../support/suite.ts';

suite('duration', (test) => {
  const table: readonly (readonly [ms: number, text: string])[] = [
    [0, '<1 ms'],
    [0.999, '<1 ms'],
    [1, '1 ms'],
    [12.4, '12 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [1234, '1.2 s'],
    [59_949, '59.9 s'],
    [59_950, '1 min 0 s'],
    [60_000, '1 min 0 s'],
    [125_400, '2 min 5 s'],
    [119_600, '2 min 0 s'],
    [3_599_400, '59 min 59 s'],
    [3_599_500, '1 h 0 min'],
    [3_600_000, '1 h 0 min'],
    [5_400_000, '1 h 30 min'],
    [7_199_999, '2 h 0 min'],
    [90_000_000, '25 h 0 min'],
  ];
  for (const [ms, text] of table) test(`${ms} ms`, () => assert.is(duration(ms), text));
});
