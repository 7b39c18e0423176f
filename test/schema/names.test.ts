import * as assert from 'uvu/assert';
import { quoted } from '../../lib/schema/names.ts';
import { suite } from '../support/suite.ts';

suite('quoted', (test) => {
  for (const [name, sql] of [
    ['mig_log', '"mig_log"'],
    ['a"b', '"a""b"'],
    ['select', '"select"'],
    ["it's; --", '"it\'s; --"'],
  ] as const) {
    test(name, () => assert.is(quoted(name), sql));
  }
});
