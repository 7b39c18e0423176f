import * as assert from 'uvu/assert';
import cases from '../schema/diff_cases.json' with { type: 'json' };
import { type DiffCase, faultsOfCase } from '../support/diff-cases.ts';
import { run } from '../support/program.ts';
import { suite } from '../support/suite.ts';

/** The worked cases by the program, on files and a database with rows, there and back. */
suite('diff cases by the program', (test) => {
  test('are all here', () => assert.is(cases.length, 55));
  for (const each of cases as unknown as readonly DiffCase[]) {
    test(each.name, async () => assert.equal(await faultsOfCase(each, run), []));
  }
});
