/** The runner and the suites themselves: what uvu would call green although nothing ran. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from './suite.ts';
import { inTemp } from './temp.ts';

const SUITE = JSON.stringify(join(import.meta.dirname, 'suite.ts'));
const RUN = join(import.meta.dirname, '../run.ts');

/** Runs the runner on one file with the given body, and returns its last line and exit code. */
function runOn(body: string): Promise<{ readonly last: string; readonly exit: number | null }> {
  return inTemp((dir) => {
    const file = join(dir, 'fixture.test.ts');
    writeFileSync(file, `import { suite } from ${SUITE};\n${body}\n`);
    const { stdout, status } = spawnSync(process.execPath, [RUN, file], { encoding: 'utf8' });
    return { last: stdout.trimEnd().split('\n').at(-1) ?? '', exit: status };
  });
}

suite('the test runner', (test) => {
  const table: readonly (readonly [what: string, body: string, last: string, exit: number])[] = [
    [
      'a suite that passes',
      `suite('s', (test) => { test('a', () => {}); });`,
      '1 passed, 0 failed',
      0,
    ],
    ['no test at all', `suite('s', () => {});`, '0 passed, 0 failed', 1],
    [
      'a thrown text, which uvu takes for nothing',
      `suite('s', (test) => { test('a', () => { throw 'text'; }); });`,
      '0 passed, 1 failed',
      1,
    ],
    [
      'a promise that is rejected',
      `suite('s', (test) => { test('a', () => Promise.reject(new Error('no'))); });`,
      '0 passed, 1 failed',
      1,
    ],
    [
      'a test that never ends',
      `suite('s', (test) => { test('a', () => new Promise(() => {})); test('b', () => {}); }, { timeLimitMs: 50 });`,
      '1 passed, 1 failed',
      1,
    ],
    ['a file that cannot be loaded', `throw new Error('no');`, '0 passed, 1 failed', 1],
    [
      'two tests of one name',
      `suite('s', (test) => { test('a', () => {}); test('a', () => {}); });`,
      '0 passed, 1 failed',
      1,
    ],
    [
      'a process that ends in the middle',
      `suite('s', (test) => { test('a', () => process.exit(0)); test('b', () => {}); });`,
      '0 passed, 1 failed',
      1,
    ],
  ];
  for (const [what, body, last, exit] of table) {
    test(what, async () => assert.equal(await runOn(body), { last, exit }));
  }
});
