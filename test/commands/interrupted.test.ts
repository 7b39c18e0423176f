import { spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import { current } from '../../lib/commands/current.ts';
import { downgrade } from '../../lib/commands/downgrade.ts';
import { history } from '../../lib/commands/history.ts';
import { redo } from '../../lib/commands/redo.ts';
import { repair } from '../../lib/commands/repair.ts';
import { show } from '../../lib/commands/show.ts';
import { stamp } from '../../lib/commands/stamp.ts';
import { status } from '../../lib/commands/status.ts';
import { sync } from '../../lib/commands/sync.ts';
import { upgrade } from '../../lib/commands/upgrade.ts';
import { moduleUrl, runChild } from '../support/child.ts';
import { type Bench, chain, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';

const OFF = ['transaction: off'];
const UP =
  'CREATE TABLE b1 (x);\nCREATE TABLE b2 (x);\nINSERT INTO nowhere VALUES (1);\nCREATE TABLE b3 (x);\n';
const DOWN = 'DROP TABLE b1;\nINSERT INTO nowhere VALUES (2);\nDROP TABLE b2;\nDROP TABLE b3;\n';
const B = { id: 'b', parents: 'a', keys: OFF, up: UP, down: DOWN, downKeys: OFF };

/** b broke off on its way up, behind two of its four statements. */
function withInterrupted(use: (bench: Bench) => Promise<void>): Promise<void> {
  return withProject([...chain('a'), B, { id: 'c', parents: 'b' }], async (bench) => {
    await stops('failed', 1, () => upgrade(bench.project));
    await use(bench);
  });
}

/** b is applied, and broke off on its way down, behind one of its four statements. */
function withInterruptedDown(use: (bench: Bench) => Promise<void>): Promise<void> {
  return withProject([...chain('a'), B], async (bench) => {
    bench.exec('CREATE TABLE nowhere (x)');
    await upgrade(bench.project);
    bench.exec('DROP TABLE nowhere');
    await stops('failed', 1, () => downgrade(bench.project, { target: '-1' }));
    await use(bench);
  });
}

suite('transaction: off, broken off', (test) => {
  test('the error says where, what stays, and the ways out', () =>
    withProject([...chain('a'), B, { id: 'c', parents: 'b' }], async (bench) => {
      const error = await stops('failed', 1, () => upgrade(bench.project));
      assert.equal(
        [error.revision, error.file, error.line, error.column],
        ['b', 'migrations/b_x.up.sql', 8, 1],
      );
      assert.is(error.headline, 'b (The b) broke off: 2 of its 4 statements are done, and stay');
      assert.match(
        error.hint!,
        /in the database, .*`mig repair b --resume`\. Where the file is wrong, .*`--applied` or `--reverted`/,
      );
      assert.ok(error.excerpt.some((line) => line.endsWith('^ no such table: nowhere')));
      assert.ok(
        error.excerpt.includes('applied before it: 1 (the database is at a)   not tried: 1'),
      );
      const { steps } = error.document as { steps: readonly { status: string }[] };
      assert.equal(
        steps.map((step) => step.status),
        ['done', 'failed', 'not-tried'],
      );
      assert.is(bench.log(), 'up a, begin b, step b, step b');
    }));
  test('at the first statement: nothing to settle, and the next run begins again', () =>
    withProject(
      [{ ...B, parents: 'base', up: 'INSERT INTO nowhere VALUES (1); SELECT 1;' }],
      async (bench) => {
        const error = await stops('failed', 1, () => upgrade(bench.project));
        assert.is(error.headline, 'b (The b) failed, and was rolled back');
        assert.equal((await status(bench.project)).interrupted, []);
        bench.exec('CREATE TABLE nowhere (x)');
        await upgrade(bench.project);
        assert.is(bench.log(), 'begin b, settle b, begin b, step b, step b, up b');
      },
    ));
  for (const [name, command] of [
    ['upgrade', (bench) => upgrade(bench.project)],
    ['upgrade to where it is', (bench) => upgrade(bench.project, { target: 'a' })],
    ['upgrade --dry-run', (bench) => upgrade(bench.project, { dryRun: true })],
    ['upgrade --sql', (bench) => upgrade(bench.project, { sql: true })],
    ['upgrade --atomic', (bench) => upgrade(bench.project, { atomic: true })],
    ['downgrade', (bench) => downgrade(bench.project, { target: 'base' })],
    ['downgrade by more than there is', (bench) => downgrade(bench.project, { target: '-7' })],
    ['downgrade --sql', (bench) => downgrade(bench.project, { target: '-1', sql: true })],
    ['redo', (bench) => redo(bench.project)],
    ['sync', (bench) => sync(bench.project, { yes: true })],
    ['stamp', (bench) => stamp(bench.project, { targets: ['c'] })],
    ['stamp --purge', (bench) => stamp(bench.project, { targets: ['base'], purge: true })],
  ] as readonly (readonly [string, (bench: Bench) => Promise<unknown>])[]) {
    test(`${name} stops`, () =>
      withInterrupted(async (bench) => {
        const before = bench.log();
        const error = await stops('interrupted', 5, () => command(bench));
        assert.match(
          error.message,
          /^b was interrupted on its way up: 2 of its statements are recorded as done/,
        );
        assert.match(error.hint!, /`mig repair b --resume`/);
        assert.is(error.revision, 'b');
        assert.is(bench.log(), before);
        assert.is(bench.tables(), 'a b1 b2');
      }));
  }
  test('status lists it, and what only reads still answers', () =>
    withInterrupted(async ({ project }) => {
      const found = await status(project, { check: true });
      assert.equal([found.interrupted, found.applied, found.pending], [['b'], ['a'], ['b', 'c']]);
      assert.equal(
        [found.error?.code, found.error?.exit, found.error?.message],
        ['interrupted', 5, 'b was interrupted.'],
      );
      assert.equal(
        (await current(project)).heads.map((head) => head.revision),
        ['a'],
      );
      assert.is((await history(project, { indicateCurrent: true })).revisions.length, 3);
      assert.is((await show(project, { revisions: ['b'] })).revisions[0]?.applied, false);
    }));
});

suite('transaction: off, settled', (test) => {
  test('up, --resume: the statements that are left', () =>
    withInterrupted(async (bench) => {
      bench.exec('CREATE TABLE nowhere (x)');
      const { repaired } = await repair(bench.project, { revisions: ['b'], resume: true });
      assert.equal(repaired, [{ revision: 'b', as: 'resumed' }]);
      assert.is(bench.log(), 'up a, begin b, step b, step b, step b, step b, up b');
      await upgrade(bench.project);
      assert.is(bench.tables(), 'a b1 b2 b3 c nowhere');
    }));
  test('up, --resume that breaks off again, and goes on', () =>
    withInterrupted(async (bench) => {
      const error = await stops('failed', 1, () =>
        repair(bench.project, { revisions: ['b'], resume: true }),
      );
      assert.is(error.headline, 'b (The b) broke off: 2 of its 4 statements are done, and stay');
      bench.exec('CREATE TABLE nowhere (x)');
      await repair(bench.project, { revisions: ['b'], resume: true });
      assert.is(bench.tables(), 'a b1 b2 b3 nowhere');
    }));
  test('up, --resume: keys that did not hold any more are told, whoever broke them', () => {
    const orphan = 'INSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1);\nDELETE FROM p;\n';
    const family = 'CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p REFERENCES p);';
    const told = '1 row of c (rowid 1) names a row of p that is not there';
    return withProject(
      [
        { id: 'a', up: family },
        { id: 'b', parents: 'a', keys: OFF, up: orphan },
      ],
      async (bench) => {
        const error = await stops('failed', 1, () => upgrade(bench.project));
        assert.ok(error.message.includes(`after it: ${told}.`));
        bench.told.length = 0;
        await repair(bench.project, { revisions: ['b'], resume: true });
        assert.equal(
          bench.told.filter(({ kind }) => kind === 'warning'),
          [
            {
              kind: 'warning',
              message: `Before b went on, foreign keys did not hold: ${told}. They were left alone.`,
            },
          ],
        );
      },
    );
  });
  test('up, --applied', () =>
    withInterrupted(async (bench) => {
      await repair(bench.project, { revisions: ['b'], applied: true });
      assert.is(bench.log(), 'up a, begin b, step b, step b, stamp b, settle b');
      assert.equal((await status(bench.project)).applied, ['a', 'b']);
      await upgrade(bench.project);
      assert.is(bench.tables(), 'a b1 b2 c');
    }));
  test('up, --reverted: it begins anew', () =>
    withInterrupted(async (bench) => {
      bench.exec('DROP TABLE b1; DROP TABLE b2; CREATE TABLE nowhere (x)');
      await repair(bench.project, { revisions: ['b'], reverted: true });
      assert.equal((await status(bench.project)).applied, ['a']);
      await upgrade(bench.project);
      assert.is(bench.tables(), 'a b1 b2 b3 c nowhere');
    }));
  test('down, --resume', () =>
    withInterruptedDown(async (bench) => {
      const error = await stops('interrupted', 5, () => upgrade(bench.project));
      assert.match(
        error.message,
        /^b was interrupted on its way down: 1 of its statements is recorded as done/,
      );
      bench.exec('CREATE TABLE nowhere (x)');
      await repair(bench.project, { revisions: ['b'], resume: true });
      assert.is(bench.tables(), 'a nowhere');
      assert.equal((await status(bench.project)).applied, ['a']);
    }));
  test('down, --applied: it is still there', () =>
    withInterruptedDown(async (bench) => {
      bench.exec('CREATE TABLE b1 (x); CREATE TABLE nowhere (x)');
      await repair(bench.project, { revisions: ['b'], applied: true });
      assert.equal((await status(bench.project)).applied, ['a', 'b']);
      await downgrade(bench.project, { target: '-1' });
      assert.is(bench.tables(), 'a nowhere');
    }));
  test('down, --reverted', () =>
    withInterruptedDown(async (bench) => {
      await repair(bench.project, { revisions: ['b'], reverted: true });
      assert.equal((await status(bench.project)).applied, ['a']);
      assert.match(bench.log(), /unstamp b, settle b$/);
    }));
  test('the file was edited meanwhile: nobody knows which statements are left', () =>
    withInterrupted(async (bench) => {
      bench.write({ ...B, up: `SELECT 1;\n${UP}` });
      const error = await stops('interrupted', 5, () =>
        repair(bench.project, { revisions: ['b'], resume: true }),
      );
      assert.match(error.message, /^The up file of b is not the one that was begun/);
      assert.is(error.file, 'migrations/b_x.up.sql');
      bench.write(B);
      bench.exec('CREATE TABLE nowhere (x)');
      await repair(bench.project, { revisions: ['b'], resume: true });
      assert.is(bench.tables(), 'a b1 b2 b3 nowhere');
    }));
  test('the file is gone: --resume cannot, --reverted can', () =>
    withInterrupted(async (bench) => {
      bench.remove('b', 'c');
      const settle = (way: 'resume' | 'applied' | 'reverted') =>
        repair(bench.project, { revisions: ['b'], [way]: true });
      await stops('interrupted', 5, () => settle('resume'));
      await stops('missing', 5, () => settle('applied'));
      await settle('reverted');
      assert.equal((await status(bench.project)).interrupted, []);
    }));
  test('down from the ledger, as the file is gone: --resume goes on with the ledger’s', () =>
    withProject([...chain('a'), B], async (bench) => {
      bench.exec('CREATE TABLE nowhere (x)');
      await upgrade(bench.project);
      bench.exec('DROP TABLE nowhere');
      bench.remove('b');
      await stops('failed', 1, () => downgrade(bench.project, { target: '-1', yes: true }));
      bench.exec('CREATE TABLE nowhere (x)');
      await repair(bench.project, { revisions: ['b'], resume: true });
      assert.is(bench.tables(), 'a nowhere');
      assert.equal((await status(bench.project)).applied, ['a']);
    }));
  test('what was not interrupted has nothing to settle; how has to be said', () =>
    withInterrupted(async ({ project }) => {
      for (const way of ['resume', 'applied', 'reverted'] as const) {
        await stops('usage', 2, () => repair(project, { revisions: ['a'], [way]: true }));
      }
      await stops('usage', 2, () => repair(project, { revisions: ['b'] }));
      await stops('usage', 2, () => repair(project, { revisions: ['a', 'b'], resume: true }));
    }));
});

/** Upgrades a project, and kills itself behind a statement that begins as is said. */
const KILLED = `
  const [dir, path, when] = process.argv.slice(1);
  const { upgrade } = await import(${moduleUrl('commands/upgrade.ts')});
  const { REAL_WORLD } = await import(${moduleUrl('world.ts')});
  const tell = (event) => {
    if (event.kind === 'statement' && event.sql.startsWith(when)) process.kill(process.pid, 'SIGKILL');
  };
  const world = { now: REAL_WORLD.now, ticks: REAL_WORLD.ticks, randomBytes: REAL_WORLD.randomBytes, by: () => 'bob@host',
    confirm: () => null, edit: () => {}, tell };
  await upgrade({ cwd: dir, dir: dir + '/migrations', shownDir: 'migrations', database: { path, shown: 'app.db' },
    table: 'mig_log', schemaFile: null, lockTimeoutMs: 1000, ids: 'random', world }, { statements: true });
`;

suite('transaction: off, SIGKILL', (test) => {
  for (const [when, done] of [
    // The statement ran, and its transaction was not committed.
    ['CREATE TABLE b2', 1],
    ['INSERT INTO b1', 2],
    // It ran outside, and has no row yet: it runs twice, which does no harm.
    ['VACUUM', 3],
    ['PRAGMA', 4],
    // In a block: it goes back to where the block begins.
    ['INSERT INTO b2 VALUES (2)', 5],
    // The block is there, and the row of its COMMIT is not.
    ['COMMIT', 8],
    ['CREATE TABLE b3', 9],
  ] as const) {
    test(`behind ${when}`, () =>
      withProject(
        [
          {
            id: 'b',
            keys: OFF,
            up: 'CREATE TABLE b1 (x); CREATE TABLE b2 (x); INSERT INTO b1 VALUES (1); VACUUM; PRAGMA journal_mode = wal; BEGIN; INSERT INTO b2 VALUES (1); INSERT INTO b2 VALUES (2); COMMIT; CREATE TABLE b3 (x);',
          },
        ],
        async (bench) => {
          const { signal, stderr } = runChild(KILLED, [bench.dir, bench.path, when]);
          assert.is(signal, 'SIGKILL', stderr);
          const error = await stops('interrupted', 5, () => upgrade(bench.project));
          assert.match(
            error.message,
            new RegExp(
              `: ${done} of its statements ${done === 1 ? 'is' : 'are'} recorded as done \\(bob@host, `,
            ),
          );
          await repair(bench.project, { revisions: ['b'], resume: true });
          assert.is(bench.tables(), 'b1 b2 b3');
          assert.equal(bench.query('SELECT x FROM b1 UNION ALL SELECT x FROM b2'), [1, 1, 2]);
          assert.equal(bench.query('PRAGMA integrity_check'), ['ok']);
        },
      ));
  }
  test('inside a statement that never ends', () =>
    withProject(
      [
        {
          id: 'b',
          keys: OFF,
          up: 'CREATE TABLE b1 (x);\nINSERT INTO b1 WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 10;',
        },
      ],
      async (bench) => {
        const program = spawn(
          process.execPath,
          ['--input-type=module', '-e', KILLED, bench.dir, bench.path, '-'],
          { stdio: 'ignore' },
        );
        const ended = new Promise<string | null>((resolve) =>
          program.on('close', (_, signal) => resolve(signal)),
        );
        await until(
          () => bench.query("SELECT count(*) FROM sqlite_schema WHERE name = 'b1'")[0] === 1,
        );
        program.kill('SIGKILL');
        assert.is(await ended, 'SIGKILL');
        assert.equal((await status(bench.project)).interrupted, ['b']);
        assert.is(bench.log(), 'begin b, step b');
        assert.equal(bench.query('SELECT count(*) FROM b1'), [0]);
        await repair(bench.project, { revisions: ['b'], reverted: true });
      },
    ));
});

async function until(isTrue: () => boolean): Promise<void> {
  for (const limit = Date.now() + 20_000; !isTrue(); ) {
    if (Date.now() > limit) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
