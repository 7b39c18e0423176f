/**
 * Runs the tests: `node test/run.ts [part of a file name, or an absolute path]…`. Files are dealt to a few
 * processes; the last line is `N passed, N failed`, and no test at all is a failure.
 */
import { fork } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Counts } from './support/suite.ts';

const root = import.meta.dirname;
const wanted = process.argv.slice(2);
const here = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(root, file));
const files = [...here, ...wanted.filter(isAbsolute)];

const processes = Math.max(1, Math.min(files.length, 4, availableParallelism()));
const shards = Array.from({ length: processes }, (_, shard) =>
  files.filter((_, index) => index % processes === shard),
);
// All that the tests make lies in it, the installed program too, and goes with it.
const temp = mkdtempSync(join(tmpdir(), 'mig-tests-'));
// Some of them are another user for a while.
chmodSync(temp, 0o755);
const results = await Promise.all(shards.map(runShard));
rmSync(temp, { recursive: true, force: true });
const total = results.reduce((sum, each) => sum + each.declared, 0);
const passed = results.reduce((sum, each) => sum + each.passed, 0);
const broken = results.some((each) => each.exit !== 0);

// A process that died tells no counts: that is a failure all the same.
const failed = total - passed || (broken ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
if (total === 0) console.error('No test was run.');
process.exitCode = total === 0 || failed > 0 ? 1 : 0;

function runShard(shard: readonly string[]): Promise<Counts & { exit: number }> {
  return new Promise((resolve) => {
    // A shell's colours would leak into the programs that tests start.
    const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env;
    const child = fork(join(root, 'support/shard.ts'), shard, {
      env: { ...env, TMPDIR: temp },
      silent: true,
    });
    let output = '';
    let counted: Counts = { declared: 0, passed: 0 };
    child.stdout!.on('data', (chunk) => (output += chunk));
    child.stderr!.on('data', (chunk) => (output += chunk));
    child.on('message', (message) => (counted = message as Counts));
    child.on('close', (code) => {
      // A shard is shown as a whole: two at once would mix their lines.
      if (code !== 0 || process.env.VERBOSE !== undefined) console.log(output);
      resolve({ ...counted, exit: code ?? 1 });
    });
  });
}
