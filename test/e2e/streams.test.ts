import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { run, runShell } from '../support/program.ts';
import {
  contentsOf,
  copyDemo,
  copyTwoHeads,
  DEMO_ORDER,
  documentOf,
  writeRevisions,
} from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const DATABASE = ['-d', 'app.db'];

suite('--quiet and --verbose', (test) => {
  test('-q prints nothing where nothing is wrong', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const silent = { status: 0, stdout: '', stderr: '' };
      for (const args of [
        ['upgrade'],
        ['downgrade', '-1'],
        ['redo'],
        ['stamp', 'head'],
        ['status'],
        ['check'],
      ]) {
        assert.equal(run(dir, [...args, '-q', ...DATABASE]), silent, args.join(' '));
      }
    }));

  test('-q leaves scripts and JSON, which were asked for', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      assert.match((await mig(dir, ['upgrade', '--sql', '-q'])).stdout, /^\.bail on\n/);
      assert.is(documentOf(await mig(dir, ['heads', '--json', '-q'])).command, 'heads');
    }));

  test('-v tells every statement and its time, on stderr', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const ran = run(dir, ['upgrade', '-v', ...DATABASE]);
      assert.is(ran.status, 0);
      const heard = ran.stderr.split('\n').map((line) => line.replace(/^ *(<1|\d+) ms {2}/, ''));
      assert.is(
        heard[0],
        'CREATE TABLE projects ( id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, settings TEXT NOT NULL D…',
      );
      assert.ok(
        heard.includes('DROP TABLE sql_sources;') || heard.includes('DROP TABLE sql_sources'),
      );
      assert.is(ran.stdout.split('\n').length, DEMO_ORDER.length + 2, 'stdout is as without it');
      const quiet = contentsOf(join(dir, 'app.db'));
      run(dir, ['upgrade', '-q', '-d', 'other.db']);
      assert.equal(contentsOf(join(dir, 'other.db')), quiet, 'what runs is the same');
    }));
});

suite('--json', (test) => {
  /** A good and a bad command line of every command. */
  const LINES: Readonly<Record<string, readonly (readonly string[])[]>> = {
    init: [['init'], ['init', 'a', 'b']],
    revision: [
      ['revision', 'x', '--parent', 'adfa', '--rev-id', 'x1'],
      ['revision', 'x', '--parent', 'nope'],
    ],
    merge: [['merge'], ['merge', 'nope', 'x1']],
    upgrade: [
      ['upgrade', 'heads'],
      ['upgrade', 'nope'],
    ],
    downgrade: [
      ['downgrade', '-1'],
      ['downgrade', '-99'],
    ],
    redo: [['redo'], ['redo', '-99']],
    stamp: [
      ['stamp', 'heads'],
      ['stamp', '+1'],
    ],
    status: [['status'], ['status', '--check']],
    current: [['current'], ['current', '--check-heads', '--table', 'other']],
    heads: [['heads'], ['heads', '--dir', 'nope']],
    branches: [['branches'], ['branches', 'x']],
    history: [['history'], ['history', '-r', ':']],
    show: [
      ['show', 'heads'],
      ['show', 'base'],
    ],
    edit: [
      ['edit', 'adfa'],
      ['edit', 'base'],
    ],
    check: [
      ['check', '--dir', 'sub'],
      ['check', '--dir', 'nope'],
    ],
    sync: [['sync'], ['sync', 'x']],
    pull: [['pull'], ['pull', 'base']],
    repair: [
      ['repair', 'heads'],
      ['repair', 'base'],
    ],
    completion: [
      ['completion', 'bash'],
      ['completion', 'tcsh'],
    ],
  };

  test('every command prints one document, whether it goes well or not', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      writeRevisions(join(dir, 'sub'), 'aaaa');
      for (const { name } of COMMANDS) {
        const lines = LINES[name];
        // A command that is newer than this test has its own.
        if (lines === undefined) continue;
        for (const [index, args] of lines.entries()) {
          const ran = run(dir, [...args, '--json', ...DATABASE], { env: { EDITOR: 'true' } });
          const document = documentOf(ran);
          if (index === 0) assert.is(ran.status, 0, `${args.join(' ')}\n${ran.stdout}`);
          else if (args.join(' ') !== 'status --check')
            assert.is.not(ran.status, 0, args.join(' '));
          assert.ok(document.command === name || document.command === null, args.join(' '));
        }
      }
    }));

  test('where it stands does not matter, unless behind `--`', () =>
    inTemp(async (dir) => {
      copyTwoHeads(dir);
      for (const args of [
        ['--json', 'heads'],
        ['heads', '--json'],
        ['--json', 'nope'],
        ['nope', '--json'],
      ]) {
        documentOf(await mig(dir, args));
      }
      assert.match((await mig(dir, ['nope', '--', '--json'])).stderr, /^mig: /);
      assert.match(
        (await mig(dir, ['revision', '-m', '--json', 'x'])).stderr,
        /^mig: /,
        'nor as a value',
      );
    }));

  test('a failure has what the command has to show beside the error', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa', { bbbb: ['SELECT 1;\nSELECT nonesuch;\n', ''] });
      const document = documentOf(await mig(dir, ['upgrade', '--json', ...DATABASE]));
      assert.equal(Object.keys(document), [
        'version',
        'command',
        'status',
        'before',
        'after',
        'steps',
        'error',
      ]);
      assert.equal(document.after, ['aaaa']);
      const { message, hint: _, ...error } = document.error!;
      assert.equal(error, {
        code: 'failed',
        exit: 1,
        file: 'migrations/bbbb.up.sql',
        line: 6,
        column: error.column,
        revision: 'bbbb',
      });
      assert.match(
        message as string,
        /^bbbb \(Make bbbb\) failed, and was rolled back: no such column: /,
      );
    }));

  test('several problems of the files are all there', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa<nope; bbbb<nada');
      const { error } = documentOf(await mig(dir, ['heads', '--json']));
      assert.is(error?.code, 'invalid-files');
      const problems = error?.problems as readonly Record<string, unknown>[];
      assert.equal(
        problems.map(({ code, file, line, column, revision }) => [
          code,
          file,
          line,
          column,
          revision,
        ]),
        [
          ['unknown-parent', 'migrations/aaaa.up.sql', 2, 13, 'aaaa'],
          ['unknown-parent', 'migrations/bbbb.up.sql', 2, 13, 'bbbb'],
        ],
      );
    }));
});

/** `r0; r1<r0; …` */
function chainOf(length: number): string {
  const revisions = Array.from({ length }, (_, index) =>
    index === 0 ? 'r0' : `r${index}<r${index - 1}`,
  );
  return revisions.join('; ');
}

suite('a pipe', (test) => {
  test('that is closed early is no error', () =>
    inTemp((dir) => {
      writeRevisions(dir, chainOf(3000));
      const ran = runShell(dir, '(mig history; echo "exit $?" >&2) | head -1');
      assert.match(ran.stdout, /^r2999 {2}Make r2999 \(head\) {2}← r2998\n$/);
      assert.is(ran.stderr, 'exit 0\n', 'no stack, no EPIPE');
    }));

  test('takes all of a long text', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa', { aaaa: [`SELECT '${'x'.repeat(1 << 20)}';\n`, '-- nothing\n'] });
      const ran = runShell(dir, 'mig show aaaa | (sleep 0.1; wc -c)');
      assert.ok(Number(ran.stdout) > 1 << 20, ran.stdout);
    }));

  test('that is closed early does not stop work half-way', () =>
    inTemp((dir) => {
      writeRevisions(dir, chainOf(50));
      const line = '(mig upgrade -d app.db; echo "exit $?" >&2) | head -1; mig current -d app.db';
      const ran = runShell(dir, line);
      assert.match(ran.stdout, /^applied {4}r0 .*\nr49 {2}Make r49 .*\n$/);
      assert.is(ran.stderr, 'exit 0\n');
    }));

  test('that is closed from the start', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const ran = runShell(dir, 'mig heads >&-; echo "exit $?"');
      assert.not.match(ran.stderr, /^\s+at /m);
      assert.match(ran.stdout, /^exit \d+\n$/);
    }));
});
