import * as assert from 'uvu/assert';
import { run } from '../support/program.ts';
import { copyTwoHeads } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig, type Seen } from '../support/terminal.ts';

/** Which of stdout and stderr is in colour; `heads --check` writes on both. */
type Colored = 'both' | 'out' | 'err' | 'none';

interface Row {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: Exclude<Seen['terminal'], undefined>;
  readonly colored: Colored;
}

const ROWS: readonly Row[] = [
  { colored: 'none' },
  { terminal: 'both', colored: 'both' },
  { terminal: 'out', colored: 'out' },
  { terminal: 'err', colored: 'err' },
  { terminal: 'both', env: { TERM: 'dumb' }, colored: 'none' },
  { terminal: 'both', env: { TERM: 'xterm-256color' }, colored: 'both' },
  { terminal: 'both', env: { NO_COLOR: '1' }, colored: 'none' },
  { terminal: 'both', env: { NO_COLOR: '0' }, colored: 'none' },
  { terminal: 'both', env: { NO_COLOR: '' }, colored: 'both' },
  { env: { FORCE_COLOR: '1' }, colored: 'both' },
  { env: { FORCE_COLOR: '3' }, colored: 'both' },
  { env: { FORCE_COLOR: 'true' }, colored: 'both' },
  { env: { FORCE_COLOR: '' }, colored: 'none' },
  { env: { FORCE_COLOR: '0' }, colored: 'none' },
  { terminal: 'both', env: { FORCE_COLOR: '0' }, colored: 'none' },
  { terminal: 'both', env: { FORCE_COLOR: 'false' }, colored: 'none' },
  { env: { NO_COLOR: '1', FORCE_COLOR: '1' }, colored: 'none' },
  { env: { CI: 'true' }, colored: 'none' },
  { env: { CI: 'true', GITHUB_ACTIONS: 'true' }, colored: 'none' },
  { env: { CI: 'true', FORCE_COLOR: '1' }, colored: 'both' },
  { args: ['--color'], colored: 'both' },
  { args: ['--color'], env: { NO_COLOR: '1' }, colored: 'both' },
  { args: ['--color'], env: { FORCE_COLOR: '0' }, colored: 'both' },
  { args: ['--color'], env: { TERM: 'dumb' }, colored: 'both' },
  { args: ['--no-color'], terminal: 'both', colored: 'none' },
  { args: ['--no-color'], env: { FORCE_COLOR: '1' }, terminal: 'both', colored: 'none' },
  { args: ['--json'], terminal: 'both', colored: 'none' },
  { args: ['--json', '--color'], env: { FORCE_COLOR: '1' }, colored: 'none' },
];

const nameOf = ({ args = [], env = {}, terminal = 'none' }: Row) =>
  [
    `terminal ${terminal}`,
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
    ...args,
  ].join(' ');

function coloredIn({
  stdout,
  stderr,
}: {
  readonly stdout: string;
  readonly stderr: string;
}): Colored {
  const out = stdout.includes('\x1b[');
  const err = stderr.includes('\x1b[');
  return out && err ? 'both' : out ? 'out' : err ? 'err' : 'none';
}

suite('colour', (test) => {
  for (const row of ROWS) {
    test(`${nameOf(row)}: ${row.colored}`, () =>
      inTemp(async (dir) => {
        copyTwoHeads(dir);
        const { args = [], env = {}, terminal = 'none' } = row;
        const ran = await mig(dir, ['heads', '--check', ...args], { env, terminal });
        assert.is(coloredIn(ran), row.colored);
        const plain = await mig(dir, [
          'heads',
          '--check',
          ...args.filter((arg) => arg === '--json'),
        ]);
        assert.is(ran.stdout.replace(/\x1b\[\d+m/g, ''), plain.stdout, 'but for it, the same text');
      }));
  }

  test('of an error in the command line itself', () =>
    inTemp(async (dir) => {
      assert.match(
        (await mig(dir, ['nope'], { terminal: 'err' })).stderr,
        /^\x1b\[31mmig:\x1b\[39m /,
      );
      assert.match((await mig(dir, ['nope'], { terminal: 'out' })).stderr, /^mig: /);
    }));

  test('by the program, whose streams are pipes', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const seen = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
        coloredIn(run(dir, ['heads', '--check', ...args], { env }));
      assert.is(seen([]), 'none');
      assert.is(seen([], { CI: 'true' }), 'none');
      assert.is(seen([], { FORCE_COLOR: '1' }), 'both');
      assert.is(seen([], { FORCE_COLOR: '0' }), 'none');
      assert.is(seen([], { FORCE_COLOR: '1', NO_COLOR: '1' }), 'none');
      assert.is(seen(['--color'], { NO_COLOR: '1' }), 'both');
      assert.is(seen(['--no-color'], { FORCE_COLOR: '1' }), 'none');
    }));
});
