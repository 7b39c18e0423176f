import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { createMig, createSnapshot, type Mig, MigError, type MigOptions } from '../../lib/index.ts';
import { chain, type Pair, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';
import { thrownBy } from '../support/temp.ts';

const ABC = chain('a', 'b', 'c');

const tables = (db: DatabaseSync) =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => row.name)
    .join(' ');

/** A database in memory that the application has open, and mig on it. */
const embedded = (
  pairs: readonly Pair[],
  use: (mig: Mig, db: DatabaseSync, dir: string) => Promise<void>,
) =>
  withProject(pairs, async ({ dir }) => {
    using db = new DatabaseSync(':memory:');
    await use(createMig({ cwd: dir, database: db, lockTimeout: '100ms' }), db, dir);
  });

const settings = (db: DatabaseSync) => [
  db.prepare('PRAGMA foreign_keys').get()?.foreign_keys,
  db.prepare('PRAGMA busy_timeout').get()?.timeout,
  db.isTransaction,
];

suite('a database that the application has open', (test) => {
  test('is migrated in its own connection, and stays open', () =>
    embedded(ABC, async (mig, db) => {
      const before = settings(db);
      assert.is((await mig.upgrade()).steps.length, 3);
      assert.is(tables(db), 'a b c mig_log');
      assert.equal(settings(db), before);
      assert.is((await mig.upgrade()).steps.length, 0);
    }));

  test('can be looked at and taken back', () =>
    embedded(ABC, async (mig, db) => {
      await mig.upgrade({ target: 'b' });
      assert.equal(
        (await mig.current()).heads.map((each) => each.revision),
        ['b'],
      );
      assert.equal((await mig.status()).pending, ['c']);
      assert.equal(
        (await mig.graph()).revisions.map((each) => each.applied),
        [false, true, true],
      );
      assert.match((await mig.dump()).sql, /CREATE TABLE b/);
      assert.is((await mig.history({ range: 'base:current' })).revisions.length, 2);
      assert.is((await mig.show({ revisions: ['current'] })).revisions[0]?.revision, 'b');
      await mig.redo();
      await mig.sync();
      await mig.downgrade({ target: 'base' });
      await mig.stamp({ targets: ['a'] });
      assert.is(tables(db), 'mig_log');
    }));

  test('keeps foreign keys as they were, on or off, after a failure, too', () =>
    embedded(
      [
        ...chain('a'),
        { id: 'b', parents: 'a', up: 'CREATE TABLE b (x);\nINSERT INTO nope VALUES (1);\n' },
      ],
      async (mig, db) => {
        for (const state of ['ON', 'OFF']) {
          db.exec(`PRAGMA foreign_keys = ${state}; PRAGMA busy_timeout = 7`);
          const before = settings(db);
          await stops('failed', 1, () => mig.upgrade());
          assert.equal(settings(db), before);
          assert.is(tables(db), 'a mig_log');
          // The guard is gone: the application may do what a revision may not.
          db.exec('BEGIN; ROLLBACK; CREATE TEMP TABLE t (x); DROP TABLE t');
        }
      },
    ));

  test('leaves the application’s own TEMP tables out of it', () =>
    embedded(
      [
        {
          id: 'a',
          up: `create table a (id integer primary key, up references a);
            create trigger main.t after insert on a begin select 1; end;`,
        },
        { id: 'b', parents: 'a', up: 'insert into main.a values (1, 99);' },
      ],
      async (mig, db) => {
        db.exec('CREATE TEMP TABLE a (x); CREATE TEMP TABLE mig_log (x)');
        db.exec('PRAGMA case_sensitive_like = ON');
        await stops('failed', 1, () => mig.upgrade());
        assert.is(tables(db), 'a mig_log');
      },
    ));

  for (const [kind, applied] of [
    ['begin', 1],
    ['statement', 1],
    ['done', 3],
  ] as const) {
    test(`what onEvent throws at its second ${kind} goes through, and nothing is left open`, () =>
      withProject(ABC, async ({ dir, path }) => {
        using db = new DatabaseSync(':memory:');
        for (const database of [path, db]) {
          const thrown = new Error('not mine');
          let told = 0;
          const onEvent: MigOptions['onEvent'] = (event) => {
            if (event.kind !== kind) return;
            told++;
            if (told === 2) throw thrown;
          };
          const mig = createMig({ cwd: dir, database, onEvent });
          const options = kind === 'statement' ? { statements: true } : {};
          assert.is(await mig.upgrade(options).catch((error) => error), thrown);
          assert.is(told, 2);
          assert.is((await mig.status()).applied.length, applied);
          assert.is((await mig.upgrade()).steps.length, 3 - applied);
          assert.not(db.isTransaction);
        }
      }));
  }

  test('runs revisions without a transaction, too', () =>
    embedded(
      [{ id: 'a', keys: ['transaction: off'], up: 'CREATE TABLE a (x);\nVACUUM;\n' }],
      async (mig, db) => {
        await mig.upgrade();
        assert.is(tables(db), 'a mig_log');
      },
    ));

  test('may be a file: others see what was done, and a backup is made', () =>
    withProject(ABC, async ({ dir, path, log }) => {
      using db = new DatabaseSync(path);
      const mig = createMig({ cwd: dir, database: db });
      await mig.upgrade({ target: 'a' });
      const { backup } = await mig.upgrade({ backup: 'copy.db' });
      assert.is(backup, 'copy.db');
      assert.ok(existsSync(`${dir}/copy.db`));
      assert.is(log(), 'up a, up b, up c');
      assert.ok(db.isOpen);
    }));

  test('has no backup when it is in memory', () =>
    embedded(ABC, async (mig) => {
      await stops('usage', 2, () => mig.upgrade({ backup: true }));
    }));

  test('is refused where it cannot be used', () =>
    withProject(ABC, async ({ dir }) => {
      const upgrade = (db: DatabaseSync) => createMig({ cwd: dir, database: db }).upgrade();
      using db = new DatabaseSync(':memory:');
      db.exec('BEGIN');
      assert.match((await stops('failed', 1, () => upgrade(db))).message, /transaction open/);
      assert.ok(db.isTransaction);
      using arrays = new DatabaseSync(':memory:', { returnArrays: true });
      assert.match((await stops('failed', 1, () => upgrade(arrays))).message, /returnArrays/);
      using numbers = new DatabaseSync(':memory:', { readBigInts: true });
      assert.match((await stops('failed', 1, () => upgrade(numbers))).message, /readBigInts/);
      const closed = new DatabaseSync(':memory:');
      closed.close();
      assert.match((await stops('setting', 2, async () => upgrade(closed))).message, /is closed/);
    }));

  test('does one thing at a time', () =>
    embedded(ABC, async (mig, db) => {
      const [first, second] = await Promise.allSettled([mig.upgrade(), mig.upgrade()]);
      assert.is(first.status, 'fulfilled');
      assert.is(second.status, 'rejected');
      assert.match(String((second as PromiseRejectedResult).reason.message), /at work/);
      assert.is(tables(db), 'a b c mig_log');
    }));
});

suite('a snapshot', (test) => {
  test('is migrated once, and every copy is for itself', () =>
    withProject(ABC, async ({ dir }) => {
      let seeded = 0;
      using snapshot = await createSnapshot({
        cwd: dir,
        seed: (db) => {
          seeded++;
          db.exec('INSERT INTO a VALUES (1), (2)');
        },
      });
      using one = snapshot.open();
      using two = snapshot.open();
      one.exec('DELETE FROM a; DROP TABLE b');
      assert.is(tables(one), 'a c mig_log');
      assert.is(tables(two), 'a b c mig_log');
      assert.is(two.prepare('SELECT count(*) AS rows FROM a').get()?.rows, 2);
      assert.is(seeded, 1);
      assert.is((await createMig({ cwd: dir, database: two }).status()).pending.length, 0);
    }));

  test('copies outlive it, and take the options of node:sqlite', () =>
    withProject(ABC, async ({ dir }) => {
      const snapshot = await createSnapshot({ cwd: dir, target: 'b' });
      using copy = snapshot.open({ enableForeignKeyConstraints: false });
      snapshot.close();
      assert.is((await thrownBy(MigError, () => snapshot.open())).code, 'usage');
      assert.is(tables(copy), 'a b mig_log');
      assert.is(copy.prepare('PRAGMA foreign_keys').get()?.foreign_keys, 0);
    }));

  test('is none where the migrations fail', () =>
    withProject([{ id: 'a', up: 'nonsense;\n' }], async ({ dir }) => {
      await stops('failed', 1, () => createSnapshot({ cwd: dir }));
    }));

  test('works on a Node that cannot copy bytes', () =>
    withProject(ABC, async ({ dir }) => {
      const { serialize } = DatabaseSync.prototype;
      Reflect.deleteProperty(DatabaseSync.prototype, 'serialize');
      try {
        using snapshot = await createSnapshot({ cwd: dir });
        using one = snapshot.open();
        using two = snapshot.open();
        one.exec('DROP TABLE a');
        assert.is(tables(one), 'b c mig_log');
        assert.is(tables(two), 'a b c mig_log');
      } finally {
        if (serialize !== undefined) DatabaseSync.prototype.serialize = serialize;
      }
    }));
});
