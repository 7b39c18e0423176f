/**
 * Makes a single executable out of a bundled program and the Node that runs this:
 * `node bin/binary.ts PROGRAM OUT`. Prints its size and its checksum, which it also writes to
 * `OUT.sha256`, in the form that `sha256sum --check` reads.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const [program, out] = process.argv.slice(2);
if (program === undefined || out === undefined) throw new Error('node bin/binary.ts PROGRAM OUT');
const folder = dirname(program);
const node = join(folder, 'node');
copyFileSync(process.execPath, node);
chmodSync(node, 0o755);
// A quarter of Node are symbols for debuggers. On macOS, a signature covers them.
if (process.platform === 'linux' && !run('strip', node)) {
  console.error('So the executable keeps the symbols.');
}

const settings = join(folder, 'sea.json');
writeFileSync(
  settings,
  JSON.stringify({
    main: program,
    mainFormat: 'commonjs',
    executable: node,
    output: out,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
  }),
);
if (!run(process.execPath, '--build-sea', settings)) throw new Error('There is no executable.');
// macOS starts nothing whose signature does not fit.
if (process.platform === 'darwin' && !run('codesign', '--force', '--sign', '-', out)) {
  throw new Error('The executable has no signature that fits.');
}

const sum = createHash('sha256').update(readFileSync(out)).digest('hex');
writeFileSync(`${out}.sha256`, `${sum}  ${basename(out)}\n`);
console.log(`${out}  ${(statSync(out).size / 1e6).toFixed(1)} MB  Node ${process.versions.node}`);
console.log(`sha256  ${sum}`);

/** Whether it worked; what it says is shown when it did not. */
function run(command: string, ...args: readonly string[]): boolean {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return true;
  const said = error === undefined ? `${stdout}${stderr}`.trim() : error.message;
  console.error(`${command} failed: ${said}`);
  return false;
}
