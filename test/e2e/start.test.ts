import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { BUNDLE, type Ran, run, runProgram } from '../support/program.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';

/** Tells on exit which of Node's own modules were loaded. */
const HOOK = `process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.LOADED, process.moduleLoadList.join('\\n'));
});`;

suite('what a command loads', (test) => {
  const commands: readonly (readonly [name: string, words: readonly string[], says: RegExp])[] = [
    ['heads', ['heads'], /^a1 /],
    ['an upgrade with nothing to do', ['upgrade', '-d', 'app.db'], /^Nothing to do/],
    ['status', ['status', '-d', 'app.db'], /^database +a1 /],
  ];
  for (const [name, words, says] of commands) {
    test(`${name}: neither streams, sockets, processes nor hashes, which cost milliseconds`, () =>
      inTemp((dir) => {
        writeTree(dir, {
          'hook.cjs': HOOK,
          'migrations/a1_x.up.sql': '-- ---\n-- parents: base\n-- ---\nSELECT 1;\n',
          'migrations/a1_x.down.sql': 'SELECT 1;\n',
        });
        assert.is(run(dir, ['upgrade', '-d', 'app.db']).status, 0);
        const loaded = join(dir, 'loaded');
        const { status, stdout } = spawnSync(
          process.execPath,
          ['--require', join(dir, 'hook.cjs'), BUNDLE, ...words],
          { cwd: dir, encoding: 'utf8', env: { PATH: process.env.PATH, LOADED: loaded } },
        );
        assert.is(status, 0);
        assert.match(stdout, says);
        const modules = readFileSync(loaded, 'utf8').split('\n');
        const dear = ['stream', 'net', 'child_process', 'crypto', 'tty', 'perf_hooks'];
        assert.equal(
          dear.filter((each) => modules.includes(`NativeModule ${each}`)),
          [],
        );
      }));
  }
});

suite('compiled code that is kept', (test) => {
  test('grows in the first three runs of a command, and is left alone then', () =>
    inPackage(({ run, kept, dir }) => {
      const runs = [1, 2, 3, 4].map(() => {
        assert.is(run('heads').stdout, HEADS);
        const [name, ...others] = kept();
        assert.equal(others, []);
        return { name, bytes: readFileSync(join(dir, name!)) };
      });
      assert.equal(
        runs.map(({ name, bytes }) => [name?.split('/').at(-1), bytes.at(-1)]),
        [1, 2, 3, 3].map((count) => ['heads', count]),
      );
      assert.ok(runs[0]!.bytes.length > 100_000);
      assert.ok(runs[3]!.bytes.equals(runs[2]!.bytes));
    }));

  test('has a file for each command, and none for what failed', () =>
    inPackage(({ run, kept }) => {
      const codes = [['heads'], ['history', '-q'], ['--version'], ['hed'], ['status']].map(
        (words) => run(...words).status,
      );
      assert.equal(codes, [0, 0, 0, 2, 2]);
      assert.equal(
        kept().map((path) => path.split('/').at(-1)),
        ['heads', 'history', 'mig'],
      );
    }));

  test('is made anew where V8 does not take it', () =>
    inPackage(({ run, kept, dir }) => {
      run('heads');
      const path = join(dir, kept()[0]!);
      const whole = readFileSync(path);
      for (const damaged of ['', 'no code', whole.subarray(0, whole.length / 2)]) {
        writeFileSync(path, damaged);
        assert.equal(run('heads'), { status: 0, stdout: HEADS, stderr: '' });
        assert.ok(readFileSync(path).length > 100_000);
      }
    }));

  test('is done without where its folder cannot be, or the user does not want it', () =>
    inPackage(({ run, runWith, kept, dir }) => {
      assert.is(runWith({ NODE_DISABLE_COMPILE_CACHE: '1' }, 'heads').stdout, HEADS);
      assert.equal(kept(), []);
      writeFileSync(join(dir, 'node_modules'), 'a file where a folder should be');
      assert.equal(run('heads'), { status: 0, stdout: HEADS, stderr: '' });
      const program = join(dir, 'dist/mig.cjs');
      const readOnly = ['--permission', '--allow-fs-read=*', program, 'heads'];
      const ran = runProgram(dir, process.execPath, readOnly);
      assert.equal(ran, { status: 0, stdout: HEADS, stderr: '' });
    }));
});

const HEADS = 'a1  X  migrations/a1_x.up.sql\n';

interface Package {
  readonly dir: string;
  readonly run: (...words: readonly string[]) => Ran;
  readonly runWith: (env: Readonly<Record<string, string>>, ...words: readonly string[]) => Ran;
  /** The paths of what is kept, below `dir`. */
  readonly kept: () => readonly string[];
}

/** Hands over a package that ran nothing yet, with a project of one revision in its folder. */
function inPackage(use: (made: Package) => void): Promise<void> {
  return inTemp((dir) => {
    cpSync(dirname(BUNDLE), join(dir, 'dist'), { recursive: true });
    writeTree(dir, {
      'migrations/a1_x.up.sql': '-- ---\n-- parents: base\n-- message: X\n-- ---\nSELECT 1;\n',
      'migrations/a1_x.down.sql': 'SELECT 1;\n',
    });
    const runWith: Package['runWith'] = (env, ...words) =>
      runProgram(dir, process.execPath, [join(dir, 'dist/mig.cjs'), ...words], { env });
    use({
      dir,
      runWith,
      run: (...words) => runWith({}, ...words),
      kept: () =>
        readdirSync(dir, { recursive: true, encoding: 'utf8', withFileTypes: true })
          .filter((entry) => entry.isFile() && entry.parentPath.includes('.cache'))
          .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
          .sort(),
    });
  });
}
