import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { logOf, optionsOf, runAll, runToFailure, sqliteAt, upStep } from '../support/engine.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

/** The tables in a database, without the ledger. */
function tablesIn(path: string): string {
  using db = new DatabaseSync(path, { readOnly: true });
  const rows = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'mig_log' ORDER BY 1")
    .all();
  return rows.map((row) => row.name).join(' ');
}

const TABLE = 'CREATE TABLE t (a INTEGER PRIMARY KEY, b);';
const REFUSING = `CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END;`;

interface Ending {
  readonly name: string;
  /** Runs behind `CREATE TABLE n (x);`, in a database with the table t. */
  readonly sql: string;
  readonly message: string;
  /** What the error points at. */
  readonly blamed: string;
}

const endings: readonly Ending[] = [
  {
    name: 'INSERT OR ROLLBACK',
    sql: 'INSERT INTO t VALUES (1, 2); INSERT OR ROLLBACK INTO t VALUES (1, 3);',
    message: 'UNIQUE constraint failed: t.a',
    blamed: 'INSERT OR ROLLBACK INTO t VALUES (1, 3);',
  },
  {
    name: 'UPDATE OR ROLLBACK',
    sql: 'INSERT INTO t VALUES (1, 2), (2, 3); UPDATE OR ROLLBACK t SET a = 1; SELECT 1;',
    message: 'UNIQUE constraint failed: t.a',
    blamed: 'UPDATE OR ROLLBACK t SET a = 1;',
  },
  {
    name: 'ON CONFLICT ROLLBACK of a table',
    sql: 'CREATE TABLE c (x UNIQUE ON CONFLICT ROLLBACK); INSERT INTO c VALUES (1); INSERT INTO c SELECT 1;',
    message: 'UNIQUE constraint failed: c.x',
    blamed: 'INSERT INTO c SELECT 1;',
  },
  {
    name: 'RAISE(ROLLBACK)',
    sql: `${REFUSING} INSERT INTO t (b) VALUES (';');`,
    message: 'all of it',
    blamed: "INSERT INTO t (b) VALUES (';');",
  },
];

suite('SqliteEngine: errors that end the transaction', (test) => {
  for (const { name, sql, message, blamed } of endings) {
    const script = `CREATE TABLE n (x);\n${sql}`;
    for (const group of ['each', 'timed', 'all'] as const) {
      test(`${name}, ${group}`, () =>
        inTemp(async (dir) => {
          const path = join(dir, 'app.db');
          await using engine = sqliteAt(path);
          await runAll(engine, null, [upStep('t', TABLE)]);
          const steps = [
            upStep('a', 'CREATE TABLE a (x);'),
            upStep('b', script),
            upStep('c', 'CREATE TABLE c (x);'),
          ];
          const { error, committed } = await runToFailure(engine, 1, steps, optionsOf(group));
          const { kind, failedStep, statement } = error.failure;
          assert.equal([kind, error.message, failedStep], ['sql', message, 1]);
          assert.is(script.slice(statement?.start, statement?.end), blamed);
          assert.equal(committed, group !== 'all' ? [0] : []);
          assert.equal(await logOf(engine), group !== 'all' ? ['up t', 'up a'] : ['up t']);
          assert.is(tablesIn(path), group !== 'all' ? 'a t' : 't');
        }));
    }
    test(`${name}: the engine goes on afterwards`, async () => {
      await using engine = sqliteAt(':memory:');
      await runAll(engine, null, [upStep('t', TABLE)]);
      await runToFailure(engine, 1, [upStep('b', script)]);
      await runAll(engine, 1, [upStep('b', 'CREATE TABLE n (x);')]);
      assert.equal(await logOf(engine), ['up t', 'up b']);
    });
  }
  test('in the very first batch: not even the ledger stays', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      const sql = `${TABLE} INSERT INTO t VALUES (1, 1); INSERT OR ROLLBACK INTO t VALUES (1, 1);`;
      await runToFailure(engine, null, [upStep('a', sql)]);
      assert.equal(await engine.readLog(), []);
      using db = new DatabaseSync(path, { readOnly: true });
      assert.equal(db.prepare('SELECT name FROM sqlite_schema').all(), []);
    }));
});

suite('SqliteEngine: a script that handles the transaction itself', (test) => {
  for (const [name, sql, blamed, word = blamed] of [
    ['COMMIT', 'CREATE TABLE n (x); COMMIT;', 'COMMIT'],
    ['END', 'CREATE TABLE n (x); END TRANSACTION;', 'END TRANSACTION', 'COMMIT'],
    ['ROLLBACK', 'CREATE TABLE n (x); ROLLBACK;', 'ROLLBACK'],
    ['BEGIN', 'CREATE TABLE n (x); BEGIN;', 'BEGIN'],
    ['COMMIT and BEGIN', 'CREATE TABLE n (x); COMMIT; BEGIN;', 'COMMIT'],
    ['ROLLBACK and BEGIN', 'CREATE TABLE n (x); ROLLBACK; BEGIN;', 'ROLLBACK'],
    ['ROLLBACK, and then a statement', 'ROLLBACK; CREATE TABLE n (x);', 'ROLLBACK'],
  ] as const) {
    test(`${name} fails, and is never taken for applied`, async () => {
      await using engine = sqliteAt(':memory:');
      await runAll(engine, null, [upStep('a', TABLE)]);
      const { error, committed } = await runToFailure(engine, 1, [
        upStep('b', sql),
        upStep('c', ''),
      ]);
      assert.is(error.kind, 'refused');
      assert.is(error.message, `\`${word}\` would end the transaction that mig runs this file in.`);
      const { statement } = error.failure;
      assert.is(sql.slice(statement?.start, statement?.end), `${blamed};`);
      assert.is(error.failure.failedStep, 0);
      assert.equal(committed, []);
      assert.equal(await logOf(engine), ['up a']);
    });
    test(`${name}: the engine goes on afterwards`, async () => {
      await using engine = sqliteAt(':memory:');
      await runAll(engine, null, [upStep('a', TABLE)]);
      await runToFailure(engine, 1, [upStep('b', sql)]);
      await runAll(engine, 1, [upStep('b', 'CREATE TABLE IF NOT EXISTS n (x);')]);
      assert.equal(await logOf(engine), ['up a', 'up b']);
    });
  }
  test('savepoints of its own are its own business', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      const sql =
        'SAVEPOINT s; CREATE TABLE n (x); ROLLBACK TO s; CREATE TABLE m (x); RELEASE s; CREATE TABLE o (x);';
      await runAll(engine, null, [upStep('a', sql)]);
      assert.is(tablesIn(path), 'm o');
    }));
});

suite('SqliteEngine: numbers, rows and clocks', (test) => {
  const rowsIn = (path: string, sql: string) => {
    using db = new DatabaseSync(path, { readOnly: true });
    return db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  };

  test('a script runs exactly once', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      await runAll(engine, null, [upStep('a', 'CREATE TABLE t (x); INSERT INTO t VALUES (1);')]);
      await runAll(engine, 1, [upStep('b', 'INSERT INTO t VALUES (2); SELECT * FROM t;')]);
      assert.equal(rowsIn(path, 'SELECT x FROM t ORDER BY rowid'), [{ x: 1 }, { x: 2 }]);
    }));
  test('what a script took is in its rows, by the clock that was handed in', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      let ticks = 100;
      const options = optionsOf();
      const author = { ...options.author, ticks: () => (ticks += 12.6) };
      const [committed] = await runAll(engine, null, [upStep('a', '')], { ...options, author });
      const [init, up] = rowsIn(path, 'SELECT duration_ms AS ms FROM mig_log ORDER BY seq');
      assert.is(init!.ms, null);
      assert.is(up!.ms, Math.round(committed!.ms));
      assert.ok(committed!.ms > 12 && (up!.ms as number) >= 13);
    }));
  test('the ledger is where `table` says', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path, { table: 'it\'s "mine"' });
      await runAll(engine, null, [upStep('a', '')]);
      assert.equal(await logOf(engine), ['up a']);
      assert.equal(rowsIn(path, 'SELECT name FROM sqlite_schema'), [{ name: 'it\'s "mine"' }]);
      assert.equal(rowsIn(path, 'SELECT seq, op, options FROM "it\'s ""mine"""'), [
        { seq: 0, op: 'init', options: '{"format":1}' },
        { seq: 1, op: 'up', options: null },
      ]);
    }));
  test('two ledgers in one database do not see each other', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using one = sqliteAt(path, { table: 'one' });
      await using two = sqliteAt(path, { table: 'two' });
      await runAll(one, null, [upStep('a', '')]);
      assert.equal(await two.readLog(), []);
      await runAll(two, null, [upStep('b', '')]);
      assert.equal([await logOf(one), await logOf(two)], [['up a'], ['up b']]);
    }));
});
