import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import type { ProjectEvent } from '../../lib/commands/project.ts';
import { pull } from '../../lib/commands/pull.ts';
import { redo } from '../../lib/commands/redo.ts';
import { show } from '../../lib/commands/show.ts';
import { status } from '../../lib/commands/status.ts';
import { sync } from '../../lib/commands/sync.ts';
import { upgrade } from '../../lib/commands/upgrade.ts';
import { type Bench, chain, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';

const AB = chain('a', 'b');
/** Two git branches behind b: x on one, y and z on the other. */
const X = { id: 'x', parents: 'b' };
const YZ = [
  { id: 'y', parents: 'b' },
  { id: 'z', parents: 'y' },
];
const moves = (steps: readonly { direction: string; revision: string }[]) =>
  steps.map(({ direction, revision }) => `${direction} ${revision}`).join(', ');

suite('sync', (test) => {
  test('the everyday story: back and forth between two git branches', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      bench.write(...YZ);
      const there = await sync(bench.project, { yes: true });
      assert.is(moves(there.steps), 'down x, up y, up z');
      assert.equal([there.before, there.after], [['x'], ['z']]);
      assert.is(bench.tables(), 'a b y z');
      bench.remove('y', 'z');
      bench.write(X);
      const back = await sync(bench.project, { yes: true });
      assert.is(moves(back.steps), 'down z, down y, up x');
      assert.equal(
        back.steps.map((step) => step.file),
        [null, null, 'migrations/x_x.up.sql'],
      );
      assert.is(bench.tables(), 'a b x');
      assert.is(moves((await sync(bench.project)).steps), '');
    }));
  test('with nothing to revert it is an upgrade, and asks nobody', () =>
    withProject([...AB, X], async (bench) => {
      const { steps } = await sync(bench.project);
      assert.is(moves(steps), 'up a, up b, up x');
    }));
  test('--dry-run shows it, and changes nothing', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      bench.write(...YZ);
      const { status: planned, steps } = await sync(bench.project, { dryRun: true });
      assert.equal([planned, moves(steps)], ['planned', 'down x, up y, up z']);
      assert.is(bench.log(), 'up a, up b, up x');
    }));
  test('without a terminal it needs --yes; a person may say no', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      const error = await stops('usage', 2, () => sync(bench.project));
      assert.is(error.message, 'Somebody has to agree before these are reverted: x');
      assert.match(error.hint!, /`--yes`/);
      let asked = '';
      const as = (answer: boolean) =>
        bench.as('ann@host', {
          confirm: (question) => {
            asked = question;
            return answer;
          },
        });
      await stops('usage', 2, () => sync(as(false)));
      assert.match(asked, /^This revision will be reverted:\n {2}x {2}The x\nGo on\?$/);
      assert.is(bench.log(), 'up a, up b, up x');
      await sync(as(true));
      assert.is(bench.tables(), 'a b');
    }));
  test('what depends on a missing revision and is in the files comes back', () =>
    withProject([...AB, X, { id: 'c', parents: 'b', keys: ['depends: x'] }], async (bench) => {
      await upgrade(bench.project, { target: 'heads' });
      bench.remove('x');
      bench.write({ id: 'c', parents: 'b' });
      const { steps } = await sync(bench.project, { yes: true });
      assert.is(moves(steps), 'down c, down x, up c');
      assert.is(bench.tables(), 'a b c');
      assert.equal((await status(bench.project, { check: true })).error, undefined);
    }));
  test('edited and reparented ones run as they are now', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.write(
        { id: 'b', parents: 'a', up: 'CREATE TABLE b2 (x);', down: 'DROP TABLE b2;' },
        { id: 'x', parents: 'a' },
      );
      const { steps } = await sync(bench.project, { yes: true });
      assert.is(moves(steps), 'down x, down b, up b, up x');
      assert.is(bench.tables(), 'a b2 x');
      assert.equal((await status(bench.project)).edited, []);
    }));
  test('where it leads is told by the parents that the files name now', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project, { target: 'b' });
      bench.write({ id: 'x', parents: 'a' }, { id: 'b', parents: 'x' });
      const planned = await sync(bench.project, { dryRun: true });
      assert.is(moves(planned.steps), 'down b, up x, up b');
      assert.equal([planned.before, planned.after], [['b'], ['b']]);
      const { after } = await sync(bench.project, { yes: true });
      assert.equal(after, (await status(bench.project)).current);
      bench.remove('x');
      bench.write({ id: 'b', parents: 'a' });
      const back = await sync(bench.project, { yes: true });
      assert.is(moves(back.steps), 'down b, down x, up b');
      assert.equal([back.before, back.after], [['b'], ['b']]);
      assert.equal((await status(bench.project)).current, ['b']);
    }));
  const reparented = [
    { title: 'below another', now: [{ id: 'x', parents: 'y' }], count: 1, after: 'b x' },
    { title: 'off its line', now: [{ id: 'x', parents: 'a' }], count: 1, after: 'b x y' },
    {
      title: 'two that change places',
      now: [
        { id: 'b', parents: 'x' },
        { id: 'x', parents: 'a' },
      ],
      count: 3,
      after: 'b y',
    },
  ] as const;
  for (const { title, now, count, after } of reparented) {
    test(`reparented, ${title}: the heads are those of the new parents`, () =>
      withProject([...AB, X, { id: 'y', parents: 'a' }], async (bench) => {
        for (const act of ['sync', 'redo'] as const) {
          bench.write(...AB, X);
          await sync(bench.project, { yes: true });
          await upgrade(bench.project, { target: 'heads' });
          bench.write(...now);
          const run = (dryRun: boolean) =>
            act === 'sync'
              ? sync(bench.project, { yes: true, dryRun })
              : redo(bench.project, { count, dryRun });
          const planned = await run(true);
          const done = await run(false);
          const { current } = await status(bench.project);
          for (const heads of [planned.after, done.after, current]) {
            assert.is([...heads].sort().join(' '), after, act);
          }
        }
      }));
  }
  test('one transaction: a failure in the middle leaves all as it was', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      bench.write({ ...YZ[0]! }, { ...YZ[1]!, up: 'CREATE TABLE z (x);\nSELECT * FROM nowhere;' });
      const error = await stops('failed', 1, () => sync(bench.project, { yes: true }));
      assert.equal([error.revision, error.file, error.line], ['z', 'migrations/z_x.up.sql', 6]);
      assert.ok(error.excerpt.includes('taken back with it, because it was one transaction: 2'));
      const {
        status: failed,
        steps,
        after,
      } = error.document as unknown as Awaited<ReturnType<typeof sync>>;
      assert.equal(
        [failed, steps.map((step) => step.status), after],
        ['failed', ['not-tried', 'not-tried', 'failed'], ['x']],
      );
      assert.is(bench.log(), 'up a, up b, up x');
      assert.is(bench.tables(), 'a b x');
    }));
  test('an irreversible revision in the way is named, and nothing runs', () =>
    withProject(AB, async (bench) => {
      writeFileSync(
        join(bench.dir, 'migrations/i_x.up.sql'),
        '-- ---\n-- parents: b\n-- irreversible: it drops the log\n-- ---\nSELECT 1;\n',
      );
      await upgrade(bench.project);
      bench.write({ id: 'b', parents: 'a', up: 'SELECT 2;' });
      const error = await stops('irreversible', 1, () => sync(bench.project, { yes: true }));
      assert.match(error.message, /^There is no way back over i \(it drops the log\)$/);
      assert.is(bench.log(), 'up a, up b, up i');
    }));
  test('a file without a transaction, or with enforcement: then one after the other', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      bench.write(
        { ...YZ[0]!, keys: ['foreign_keys: on'] },
        { ...YZ[1]!, up: 'SELECT * FROM nowhere;' },
      );
      await stops('failed', 1, () => sync(bench.project, { yes: true }));
      assert.is(bench.tables(), 'a b y');
    }));
});

suite('pull', (test) => {
  test('brings back a file that is gone below others, which no other command can do without', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('a', 'b');
      assert.equal((await status(bench.project)).missing, ['a', 'b']);
      assert.equal((await upgrade(bench.project)).ahead, ['a', 'b']);
      const error = await stops('missing', 5, () => sync(bench.project, { yes: true }));
      assert.is(
        error.message,
        'a has no files here, so it could not be applied again, and others need it.',
      );
      assert.equal((await pull(bench.project)).revisions, ['a', 'b']);
      assert.equal((await status(bench.project)).missing, []);
      assert.is(bench.tables(), 'a b x');
    }));
  const tree = ({ dir }: Bench) =>
    Object.fromEntries(
      readdirSync(join(dir, 'migrations'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.sql'))
        .map((name) => [name, readFileSync(join(dir, 'migrations', name))]),
    );
  test('byte for byte, where they stood: BOM, CRLF, no end of line, a folder of their own', () =>
    withProject(AB, async (bench) => {
      mkdirSync(join(bench.dir, 'migrations/2026/q4'), { recursive: true });
      const files = {
        '2026/q4/x_añadir índice.up.sql':
          '\uFEFF-- ---\r\n-- parents: b\r\n-- message: Añadir\r\n-- ---\r\nCREATE TABLE x (y); -- 😀\r\n\r\n',
        '2026/q4/x_añadir índice.down.sql': 'DROP TABLE x',
      };
      for (const [name, text] of Object.entries(files))
        writeFileSync(join(bench.dir, 'migrations', name), text);
      await upgrade(bench.project);
      const before = tree(bench);
      rmSync(join(bench.dir, 'migrations/2026'), { recursive: true });
      bench.remove('b');
      assert.equal((await status(bench.project)).missing, ['b', 'x']);
      const { revisions } = await pull(bench.project);
      assert.equal(revisions, ['b', 'x']);
      assert.equal(tree(bench), before);
      assert.equal((await status(bench.project)).missing, []);
      assert.is(bench.log(), 'up a, up b, up x');
    }));
  test('some of them, by name; what is here is never overwritten', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      await stops('exists', 2, () => pull(bench.project, { revisions: ['b'] }));
      const stranger = join(bench.dir, 'migrations/x_x.down.sql');
      writeFileSync(stranger, 'mine');
      await stops('file-pair', 1, () => pull(bench.project, { revisions: ['x'] }));
      assert.is(readFileSync(stranger, 'utf8'), 'mine');
    }));
  test('a folder where the file would be', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      mkdirSync(join(bench.dir, 'migrations/x_x.down.sql'));
      const before = readdirSync(join(bench.dir, 'migrations')).sort();
      const error = await pull(bench.project).then(
        () => null,
        (thrown) => thrown,
      );
      assert.ok(error !== null && [1, 2].includes(error.exit));
      assert.equal(readdirSync(join(bench.dir, 'migrations')).sort(), before);
    }));
  for (const path of [
    '../x_x.up.sql',
    'sub/../../x_x.up.sql',
    './x_x.up.sql',
    '/tmp/x_x.up.sql',
    'C:x_x.up.sql',
    'C:\\x_x.up.sql',
    '..\\x_x.up.sql',
    'sub\\x_x.up.sql',
    'sub//x_x.up.sql',
    'x_x.up.sql\n',
    'x_x.up.sql\u0000.txt',
    'other_x.up.sql',
    'x_x.down.sql',
    'x_x.sh',
    '.bashrc',
    '',
  ]) {
    test(`a hostile path in the ledger: ${JSON.stringify(path)}`, () =>
      withProject([...AB, X], async (bench) => {
        await upgrade(bench.project);
        bench.remove('x');
        using db = new DatabaseSync(bench.path);
        db.prepare("UPDATE mig_log SET path = ? WHERE revision = 'x'").run(path);
        const [outside, inside] = [readdirSync(bench.dir), Object.keys(tree(bench))];
        const error = await stops('ledger', 1, () => pull(bench.project));
        assert.is(error.message, 'The ledger has no proper path for the up file of x');
        assert.equal([readdirSync(bench.dir), Object.keys(tree(bench))], [outside, inside]);
        assert.is(
          (await show(bench.project, { revisions: ['x'] })).revisions[0]?.up,
          'CREATE TABLE x (x);\n',
        );
      }));
  }
  test('a file in the ledger is read whole, a NUL in it included', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      bench.exec("UPDATE mig_log SET up_file = up_file || char(0) || 'end' WHERE revision = 'x'");
      const [x] = (await show(bench.project, { revisions: ['x'] })).revisions;
      assert.match(x!.up!, /\0end$/);
    }));
  test('a hostile path of the down file alone: neither is written', () =>
    withProject([...AB, X], async (bench) => {
      await upgrade(bench.project);
      bench.remove('x');
      bench.exec("UPDATE mig_log SET down_path = '../x_x.down.sql' WHERE revision = 'x'");
      await stops('ledger', 1, () => pull(bench.project));
      assert.equal(Object.keys(tree(bench)).sort(), [
        'a_x.down.sql',
        'a_x.up.sql',
        'b_x.down.sql',
        'b_x.up.sql',
      ]);
    }));
});

suite('violations from before, through the commands', (test) => {
  test('are told once a revision, and do not block', () =>
    withProject(AB, async (bench) => {
      await upgrade(bench.project);
      bench.exec(
        'CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p); INSERT INTO c VALUES (1), (2)',
      );
      bench.write({
        id: 'x',
        parents: 'b',
        up: 'INSERT INTO c VALUES (NULL);',
        down: 'DELETE FROM c WHERE p IS NULL;',
      });
      bench.told.length = 0;
      await upgrade(bench.project);
      const warnings = bench.told.filter((event: ProjectEvent) => event.kind === 'warning');
      assert.equal(
        warnings.map((event) => event.message),
        [
          'Before x ran, foreign keys did not hold: 2 rows of c (rowid 1, 2) name rows of p that are not there. They were left alone.',
        ],
      );
    }));
});
