import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { downgrade } from '../../lib/commands/downgrade.ts';
import type { ProjectEvent } from '../../lib/commands/project.ts';
import { redo } from '../../lib/commands/redo.ts';
import { sync } from '../../lib/commands/sync.ts';
import { upgrade } from '../../lib/commands/upgrade.ts';
import { EngineError } from '../../lib/engine/engine.ts';
import { canMount, moduleUrl, runChild, smallDisk } from '../support/child.ts';
import { type Bench, chain, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy, withoutRoot } from '../support/temp.ts';

const ABC = chain('a', 'b', 'c');

const logOf = (path: string) => {
  using db = new DatabaseSync(path);
  assert.is(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
  const rows = db.prepare(
    "SELECT op || ' ' || revision AS line FROM mig_log WHERE op <> 'init' ORDER BY seq",
  );
  return rows
    .all()
    .map((row) => row.line)
    .join(', ');
};

/** The files as a kill leaves them in the middle of a transaction that is larger than the cache. */
function leaveJournal(path: string): void {
  const files = [path, `${path}-journal`];
  using db = new DatabaseSync(path);
  db.exec(
    'CREATE TABLE large AS SELECT value, zeroblob(900) AS filling FROM json_each(json_array(1, 2, 3))',
  );
  for (let doubled = 0; doubled < 8; doubled++) db.exec('INSERT INTO large SELECT * FROM large');
  db.exec(
    'PRAGMA cache_size = 5; BEGIN; CREATE TABLE late (x); UPDATE large SET filling = randomblob(900)',
  );
  for (const file of files) copyFileSync(file, `${file}.killed`);
  db.exec('ROLLBACK');
  for (const file of files) copyFileSync(`${file}.killed`, file);
}

suite('--backup', (test) => {
  const withA = (use: (bench: Bench) => Promise<void>, mode = 'delete') =>
    withProject(ABC, async (bench) => {
      bench.exec(`PRAGMA journal_mode = ${mode}`);
      await upgrade(bench.project, { target: 'a' });
      await use(bench);
    });
  for (const mode of ['delete', 'wal']) {
    test(`${mode}: a copy from before, beside the database, and nothing else`, () =>
      withA(async (bench) => {
        const { backup } = await upgrade(bench.project, { backup: true });
        assert.is(backup, 'app.db.20261122T150600Z.bak');
        assert.is(logOf(join(bench.dir, backup!)), 'up a');
        assert.is(bench.log(), 'up a, up b, up c');
        assert.equal(readdirSync(bench.dir).sort(), ['app.db', backup, 'migrations']);
        assert.ok(
          bench.told.some(
            (event: ProjectEvent) => event.kind === 'note' && event.message.includes(backup!),
          ),
        );
      }, mode));
  }
  test('at a path of one’s own', () =>
    withA(async (bench) => {
      const { backup } = await downgrade(bench.project, { target: 'base', backup: 'before.db' });
      assert.is(backup, 'before.db');
      assert.is(logOf(join(bench.dir, 'before.db')), 'up a');
    }));
  test('of redo and sync', () =>
    withA(async (bench) => {
      assert.is((await redo(bench.project, { backup: 'one.db' })).backup, 'one.db');
      assert.is((await sync(bench.project, { backup: 'two.db' })).backup, 'two.db');
      assert.is(logOf(join(bench.dir, 'two.db')), 'up a, down a, up a');
    }));
  test('whoever may not read the database may not read the copy', () =>
    withA(async (bench) => {
      chmodSync(bench.path, 0o600);
      await upgrade(bench.project, { backup: 'copy.db' });
      assert.is(statSync(join(bench.dir, 'copy.db')).mode & 0o777, 0o600);
    }));
  test('a target that exists is refused, and nothing runs', () =>
    withA(async (bench) => {
      writeFileSync(join(bench.dir, 'copy.db'), 'mine');
      const error = await stops('exists', 2, () => upgrade(bench.project, { backup: 'copy.db' }));
      assert.match(
        error.message,
        /^copy\.db exists already, and a backup overwrites nothing\. Nothing was run\.$/,
      );
      assert.is(readFileSync(join(bench.dir, 'copy.db'), 'utf8'), 'mine');
      assert.is(bench.log(), 'up a');
    }));
  test('nor is a journal that lies beside the target taken for its own', () =>
    withA(async (bench) => {
      writeFileSync(join(bench.dir, 'copy.db-journal'), 'mine');
      const error = await stops('exists', 2, () => upgrade(bench.project, { backup: 'copy.db' }));
      assert.match(error.message, /^copy\.db-journal exists already, and a backup overwrites/);
      assert.is(readFileSync(join(bench.dir, 'copy.db-journal'), 'utf8'), 'mine');
      assert.is(bench.log(), 'up a');
    }));
  test('a place that cannot be written', () =>
    withA(async (bench) => {
      const error = await stops('io', 1, () => upgrade(bench.project, { backup: 'none/copy.db' }));
      assert.is(
        error.message,
        'The backup none/copy.db cannot be written (ENOENT). Nothing was run.',
      );
      assert.is(bench.log(), 'up a');
    }));
  test('with nothing to do, or nothing there yet, none is made', () =>
    withProject(ABC, async (bench) => {
      const first = await upgrade(bench.project, { backup: true });
      const second = await upgrade(bench.project, { backup: true });
      assert.equal([first.backup, second.backup], [undefined, undefined]);
      assert.equal(readdirSync(bench.dir).sort(), ['app.db', 'migrations']);
    }));
  test('the error of a failure tells how to go back', () =>
    withA(async (bench) => {
      bench.write({ id: 'b', parents: 'a', up: 'SELECT * FROM nowhere;' });
      const error = await stops('failed', 1, () => upgrade(bench.project, { backup: 'copy.db' }));
      assert.match(
        error.hint!,
        /The copy from before is copy\.db\. To go back to it: .*app\.db-wal and app\.db-shm where they are, and copy it over app\.db$/,
      );
      assert.is(error.line, 5);
      assert.is(logOf(join(bench.dir, 'copy.db')), 'up a');
    }));
  test('the way back holds beside the journal of a program that was killed', () =>
    withA(async (bench) => {
      bench.write({ id: 'b', parents: 'a', up: 'SELECT * FROM nowhere;' });
      const { hint = '' } = await stops('failed', 1, () =>
        upgrade(bench.project, { backup: 'copy.db' }),
      );
      leaveJournal(bench.path);
      const [, gone = ''] = /delete (.*) where they are/.exec(hint) ?? [];
      const ends = gone.split(/, | and /).map((name) => name.slice('app.db'.length));
      assert.equal(ends, ['-journal', '-wal', '-shm']);
      for (const end of ends) rmSync(`${bench.path}${end}`, { force: true });
      copyFileSync(join(bench.dir, 'copy.db'), bench.path);
      assert.is(logOf(bench.path), 'up a');
    }));
  test('a locked database: exit 6, and no half of a copy', () =>
    withA(async (bench) => {
      using holder = new DatabaseSync(bench.path);
      holder.exec('BEGIN EXCLUSIVE');
      // Nothing can be read, so that it does not even come to the copy.
      const error = await thrownBy(EngineError, () =>
        upgrade(bench.project, { backup: 'copy.db' }),
      );
      holder.exec('ROLLBACK');
      assert.is(error.kind, 'busy');
      assert.ok(!existsSync(join(bench.dir, 'copy.db')));
    }));
});

/** Keeps moving a sum between rows, so that only a consistent copy has it right. */
const WRITER = `
  import { DatabaseSync } from 'node:sqlite';
  const db = new DatabaseSync(process.argv[1], { timeout: 10_000 });
  let isOver = false;
  process.stdin.on('end', () => (isOver = true)).resume();
  const next = () => {
    if (isOver) return;
    for (let round = 0; round < 20; round++) {
      const [from, to] = [1 + Math.floor(Math.random() * 2000), 1 + Math.floor(Math.random() * 2000)];
      db.exec('BEGIN IMMEDIATE; UPDATE money SET amount = amount - 1 WHERE id = ' + from + '; UPDATE money SET amount = amount + 1 WHERE id = ' + to + '; COMMIT');
    }
    console.log('.');
    setTimeout(next, 5);
  };
  next();
`;

suite('--backup beside a writer', (test) => {
  for (const mode of ['delete', 'wal']) {
    test(`${mode}: it ends, and is consistent`, () =>
      withProject(ABC, async (bench) => {
        bench.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE money (id INTEGER PRIMARY KEY, amount, pad);
          INSERT INTO money WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
            SELECT i, 100, randomblob(500) FROM n`);
        const writer = spawn(process.execPath, ['--input-type=module', '-e', WRITER, bench.path], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        const ended = new Promise<number | null>((resolve) => writer.on('close', resolve));
        await new Promise((resolve) => writer.stdout.once('data', resolve));
        for (const target of ['a', 'b', 'c']) {
          await upgrade(bench.as('ann@host', {}, { lockTimeoutMs: 30_000 }), {
            target,
            backup: `${target}.bak`,
          });
        }
        writer.stdin.end();
        assert.is(await ended, 0);
        for (const target of ['a', 'b', 'c']) {
          using copy = new DatabaseSync(join(bench.dir, `${target}.bak`));
          assert.equal(
            { ...copy.prepare('SELECT count(*) AS n, sum(amount) AS sum FROM money').get() },
            { n: 2000, sum: 200_000 },
          );
        }
      }));
  }
});

interface Result {
  readonly code: string;
  readonly exit: number;
  readonly message: string;
  readonly excerpt: readonly string[];
  readonly steps: readonly string[];
  readonly applied: readonly string[];
  /** What lies on the small disk afterwards. */
  readonly left: readonly string[];
}

/** Upgrades a project whose database, or whose backup, lies on a small disk. */
const FULL = `
  const [dir, disk, what] = process.argv.slice(1);
  const { upgrade } = await import(${moduleUrl('commands/upgrade.ts')});
  const { status } = await import(${moduleUrl('commands/status.ts')});
  const { REAL_WORLD } = await import(${moduleUrl('world.ts')});
  const { readdirSync } = await import('node:fs');
  const { now, ticks, randomBytes } = REAL_WORLD;
  const world = { now, ticks, randomBytes, by: () => 'ann@host', confirm: () => null, edit: () => {}, tell: () => {} };
  const path = (what === 'backup' ? dir : disk) + '/app.db';
  const project = { cwd: dir, dir: dir + '/migrations', shownDir: 'migrations', database: { path, shown: 'app.db' },
    table: 'mig_log', schemaFile: null, lockTimeoutMs: 100, ids: 'random', world };
  const options = what === 'backup' ? { backup: disk + '/copy.db' } : {};
  const result = {};
  if (what === 'backup') await upgrade(project, { target: 'a' });
  try {
    await upgrade(project, options);
  } catch ({ code, exit, message, hint, excerpt, document }) {
    Object.assign(result, { code, exit, message, excerpt, steps: document?.steps?.map((step) => step.status) });
  }
  const { applied } = await status(project);
  console.log(JSON.stringify({ ...result, applied, left: readdirSync(disk) }));
`;
const LARGE =
  'INSERT INTO b WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT randomblob(1000) FROM n;';

if (canMount()) {
  suite('a full disk', (test) => {
    const onSmallDisk = (what: string, large: 'a' | 'b', use: (result: Result) => void) =>
      withProject(
        ABC.map((pair) =>
          pair.id === large
            ? {
                ...pair,
                up: `CREATE TABLE ${large} (x);\n${LARGE.replace('INTO b', `INTO ${large}`)}`,
              }
            : pair,
        ),
        ({ dir }) =>
          inTemp((disk) => {
            const { json, stderr } = runChild(FULL, [dir, disk, what], smallDisk(disk));
            assert.ok(json !== undefined, stderr);
            use(json as Result);
          }),
      );
    test('in the middle of a plan: what was done stays, the rest was not tried', () =>
      onSmallDisk('database', 'b', ({ code, exit, message, applied, steps, excerpt }) => {
        assert.equal([code, exit], ['database', 1]);
        assert.match(message, /^There is no room left for app\.db: database or disk is full\.$/);
        assert.equal([applied, steps], [['a'], ['done', 'failed', 'not-tried']]);
        assert.ok(excerpt.includes('applied before it: 1 (the database is at a)   not tried: 1'));
      }));
    test('in the middle of a backup: nothing runs, and no half of it is left', () =>
      onSmallDisk('backup', 'a', ({ code, exit, message, applied, left }) => {
        assert.equal([code, exit], ['database', 1]);
        assert.match(
          message,
          /^The backup .*copy\.db cannot be made: There is no room left for .*copy\.db: database or disk is full\. Nothing was run\.$/,
        );
        assert.equal([applied, left], [['a'], []]);
      }));
  });
} else console.log('NOTE: no tmpfs can be mounted here: commands on a full disk are not tested');

if (process.platform !== 'win32') {
  suite('a folder that turns read-only in the middle of a plan', (test) => {
    test('what was done stays, the rest was not tried', () =>
      withProject(ABC, async (bench) => {
        const freeze = (mode: number) => {
          const user = process.geteuid!();
          if (process.getuid!() === 0) process.seteuid!(0);
          chmodSync(bench.dir, mode);
          process.seteuid!(user);
        };
        const tell = (event: ProjectEvent) => {
          if (event.kind === 'done') freeze(0o555);
        };
        freeze(0o777);
        await withoutRoot(async () => {
          const error = await stops('database', 1, () =>
            upgrade(bench.as('ann@host', { tell }), { group: false }),
          );
          assert.match(error.message, /^app\.db (cannot be opened|is read-only)/);
          assert.ok(
            error.excerpt.includes('applied before it: 1 (the database is at a)   not tried: 1'),
          );
        });
        freeze(0o777);
        assert.is(bench.log(), 'up a');
        await upgrade(bench.project);
        assert.is(bench.tables(), 'a b c');
      }));
  });
}
