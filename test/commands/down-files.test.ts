import * as assert from 'uvu/assert';
import { branches } from '../../lib/commands/branches.ts';
import { check } from '../../lib/commands/check.ts';
import { current } from '../../lib/commands/current.ts';
import { downgrade } from '../../lib/commands/downgrade.ts';
import { heads } from '../../lib/commands/heads.ts';
import { history } from '../../lib/commands/history.ts';
import { redo } from '../../lib/commands/redo.ts';
import { repair } from '../../lib/commands/repair.ts';
import { show } from '../../lib/commands/show.ts';
import { stamp } from '../../lib/commands/stamp.ts';
import { status } from '../../lib/commands/status.ts';
import { sync } from '../../lib/commands/sync.ts';
import { upgrade } from '../../lib/commands/upgrade.ts';
import { MigError } from '../../lib/error.ts';
import { type Bench, chain, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';
import { thrownBy } from '../support/temp.ts';

const ABC = chain('a', 'b', 'c');
const BROKEN = ['labels: x', 'nope: y'];

/** Files a, b, c of which a and b are applied, and the down file of one has a broken header. */
function withBroken(id: 'a' | 'b' | 'c', use: (bench: Bench) => Promise<unknown>): Promise<void> {
  return withProject(ABC, async (bench) => {
    await upgrade(bench.project, { target: 'b' });
    const parents = { a: 'base', b: 'a', c: 'b' }[id];
    bench.write({ id, parents, downKeys: BROKEN });
    await use(bench);
  });
}

const COMMANDS = {
  'heads, branches, history and current': async ({ project }: Bench) => {
    await heads(project);
    await branches(project);
    await history(project, { graph: true });
    await current(project);
  },
  'upgrade with nothing to do': ({ project }: Bench) => upgrade(project, { target: 'b' }),
  upgrade: ({ project }: Bench) => upgrade(project),
  'upgrade --dry-run': ({ project }: Bench) => upgrade(project, { dryRun: true }),
  'downgrade by one': ({ project }: Bench) => downgrade(project, { target: '-1' }),
  'redo of one': ({ project }: Bench) => redo(project),
  'stamp of all': ({ project }: Bench) => stamp(project, { targets: ['heads'] }),
  'show of c': ({ project }: Bench) => show(project, { revisions: ['c'] }),
  status: ({ project }: Bench) => status(project),
  'repair of b': ({ project }: Bench) => repair(project, { revisions: ['b'] }),
  sync: ({ project }: Bench) => sync(project),
} as const;

const STOPPED_BY: Readonly<Record<keyof typeof COMMANDS, string>> = {
  'heads, branches, history and current': '',
  'upgrade with nothing to do': '',
  upgrade: 'c',
  'upgrade --dry-run': 'c',
  'downgrade by one': 'b',
  'redo of one': 'b',
  'stamp of all': 'c',
  'show of c': 'c',
  status: 'ab',
  'repair of b': 'b',
  sync: 'c',
};

suite('a down file that is wrong stops what needs it, and nothing else', (test) => {
  for (const [name, command] of Object.entries(COMMANDS)) {
    for (const id of ['a', 'b', 'c'] as const) {
      const stops = STOPPED_BY[name as keyof typeof COMMANDS].includes(id);
      test(`${name}: the down file of ${id} ${stops ? 'stops it' : 'is no matter'}`, () =>
        withBroken(id, async (bench) => {
          const before = [bench.log(), bench.tables()];
          if (!stops) return void (await command(bench));
          const { problems, exit } = await thrownBy(MigError, () => command(bench));
          assert.is(exit, 1);
          assert.equal(
            problems.map(({ file, line, code }) => `${file}:${line} ${code}`),
            [
              `migrations/${id}_x.down.sql:2 header-key`,
              `migrations/${id}_x.down.sql:3 header-key`,
            ],
          );
          assert.equal([bench.log(), bench.tables()], before);
        }));
    }
  }
  test('several in a plan are told together', () =>
    withProject(
      ABC.map((pair) => ({ ...pair, downKeys: ['nope: y'] })),
      async ({ project, tables }) => {
        const { problems } = await thrownBy(MigError, () => upgrade(project));
        assert.equal(
          problems.map(({ revision }) => revision),
          ['a', 'b', 'c'],
        );
        assert.is(tables(), '');
      },
    ));
  test('check tells of all', () =>
    withBroken('a', async ({ project }) => {
      const { findings } = await check(project);
      assert.equal(
        findings.map(({ code, file }) => `${code} ${file}`),
        ['header-key migrations/a_x.down.sql', 'header-key migrations/a_x.down.sql'],
      );
    }));
});

suite('a down file that runs in a transaction, though its up file does not', (test) => {
  const table: readonly (readonly [downKeys: readonly string[], isTold: boolean])[] = [
    [[], true],
    [['foreign_keys: off'], true],
    [['transaction: on'], false],
    [['transaction: off'], false],
  ];
  for (const [downKeys, isTold] of table) {
    test(`${downKeys[0] ?? 'without a header'}: ${isTold ? 'a warning' : 'said, so no warning'}`, () =>
      withProject([{ id: 'a', keys: ['transaction: off'], downKeys }], async ({ project }) => {
        const { ok, findings } = await check(project);
        assert.ok(ok);
        assert.equal(
          findings.map(({ code, file }) => [code, file]),
          isTold ? [['down-in-transaction', 'migrations/a_x.down.sql']] : [],
        );
      }));
  }
});

suite('a down file that nobody wrote', (test) => {
  const table: readonly (readonly [down: string, up: string, isTold: boolean])[] = [
    ['-- Undo: The a\n', 'CREATE TABLE a (x);', true],
    ['-- Undo the up file.\n', 'CREATE TABLE a (x);', true],
    ['-- Undo: The a\r\n\r\n', 'CREATE TABLE a (x);', true],
    ['-- Undo: The a\nDROP TABLE a;\n', 'CREATE TABLE a (x);', false],
    ['-- Undo: The a\n-- The rows stay.\n', 'CREATE TABLE a (x);', false],
    ['-- Nothing to undo.\n', 'SELECT 1;', false],
  ];
  for (const [down, up, isTold] of table) {
    test(`${JSON.stringify(down)}: ${isTold ? 'a warning' : 'written, so no warning'}`, () =>
      withProject([{ id: 'a', up, down }], async ({ project }) => {
        const { ok, findings } = await check(project);
        assert.ok(ok);
        assert.equal(
          findings.map(({ code, file }) => [code, file]),
          isTold ? [['empty', 'migrations/a_x.down.sql']] : [],
        );
      }));
  }
  test('beside an empty up file, that one is told alone', () =>
    withProject([{ id: 'a', up: '', down: '-- Undo: The a\n' }], async ({ project }) => {
      const { findings } = await check(project);
      assert.equal(
        findings.map(({ code, file }) => [code, file]),
        [['empty', 'migrations/a_x.up.sql']],
      );
    }));
});
