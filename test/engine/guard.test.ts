import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { logOf, optionsOf, runAll, runToFailure, sqliteAt, upStep } from '../support/engine.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

/**
 * What no file may do, as SQLite's authorizer sees it: the engine is handed scripts whose
 * text nobody looked at before. `⟦ … ⟧` stands around the statement that is refused.
 */
type Row = readonly [marked: string, message: RegExp];

const SCHEMA = `CREATE TABLE t (x); INSERT INTO t VALUES (1);
  CREATE TABLE hook (x); CREATE VIEW peek AS SELECT * FROM mig_log;
  CREATE TRIGGER wipe AFTER INSERT ON hook BEGIN DELETE FROM mig_log; END;`;
const ENDS = /^`(BEGIN|COMMIT|ROLLBACK)` would end the transaction that mig runs this file in\.$/;
const LEDGER = /^No revision may touch `mig_log`: it is mig's ledger\.$/;
const PRAGMA = /^`PRAGMA \w+` does nothing inside a transaction, or outlives the revision\.$/;
const OTHER = /^A revision changes one database: ATTACH, DETACH and VACUUM cannot run in its/;
const SAVEPOINT = /^`(RELEASE|ROLLBACK|BEGIN) mig_ann` is mig's own savepoint\.$/i;
const TEMP = /^The file leaves a TEMP \w+ behind: \w+\.$/;

const table: readonly Row[] = [
  // The transaction.
  ...[
    'BEGIN;',
    'BEGIN IMMEDIATE;',
    'COMMIT;',
    'commit transaction;',
    'END;',
    'ROLLBACK;',
    'COMMIT; BEGIN;',
    'ROLLBACK; BEGIN;',
    '/* a */ COMMIT -- b\n; BEGIN;',
  ].map((sql): Row => [sql.replace(/^([^;]*;)/, '⟦$1⟧'), ENDS]),
  ['CREATE TABLE n (x); INSERT INTO n VALUES (1); ⟦COMMIT;⟧ BEGIN; DROP TABLE n;', ENDS],
  ['⟦RELEASE mig_ann;⟧', SAVEPOINT],
  ['⟦RELEASE SAVEPOINT "MIG_ANN";⟧', SAVEPOINT],
  ['CREATE TABLE n (x); ⟦ROLLBACK TO mig_ann;⟧', SAVEPOINT],
  ['SAVEPOINT s; ⟦SAVEPOINT [mig_ann];⟧', SAVEPOINT],

  // The ledger.
  ...[
    'SELECT * FROM mig_log;',
    'SELECT count(*) FROM mig_log;',
    'SELECT (SELECT max(seq) FROM main.mig_log) FROM t;',
    'SELECT * FROM "MIG_LOG";',
    'SELECT 1 FROM [Mig_Log] WHERE 0;',
    'WITH mig AS (SELECT * FROM `mig_log`) SELECT 1 FROM mig;',
    'CREATE TABLE n AS SELECT * FROM mig_log;',
    "INSERT INTO mig_log (seq, op, run, at) VALUES (9, 'up', 'r', 't');",
    'UPDATE mig_log SET by = 1;',
    'UPDATE t SET x = (SELECT max(seq) FROM mig_log);',
    'DELETE FROM main.mig_log;',
    'DELETE FROM mig_log WHERE 0;',
    "REPLACE INTO mig_log (seq, op, run, at) VALUES (0, 'init', 'r', 't');",
    'DROP TABLE mig_log;',
    'DROP TABLE IF EXISTS "main"."Mig_log";',
    'ALTER TABLE mig_log RENAME TO gone;',
    'ALTER TABLE mig_log ADD COLUMN more;',
    'ALTER TABLE mig_log DROP COLUMN by;',
    'ALTER TABLE mig_log RENAME COLUMN by TO who;',
    'CREATE INDEX i ON mig_log (run);',
    'CREATE UNIQUE INDEX main.i ON "MIG_LOG" (at);',
    'CREATE TRIGGER g AFTER INSERT ON mig_log BEGIN SELECT 1; END;',
    'CREATE TEMP TRIGGER g AFTER INSERT ON main.mig_log BEGIN SELECT 1; END;',
    'CREATE TEMP TABLE mig_log (x);',
    'CREATE TABLE temp.mig_log (x);',
    'CREATE VIEW temp.mig_log AS SELECT 1;',
    'SELECT 1 FROM t, mig_log;',
    'SELECT EXISTS (SELECT 1 FROM main.mig_log);',
    'EXPLAIN SELECT * FROM mig_log;',
    'CREATE TEMPORARY VIEW "MIG_LOG" AS SELECT 1;',
    'SELECT * FROM peek;',
    'INSERT INTO hook VALUES (1);',
  ].map((sql): Row => [`SELECT 1; ⟦${sql}⟧ SELECT 2;`, LEDGER]),
  ['CREATE VIEW v AS SELECT seq FROM mig_log; ⟦SELECT * FROM v;⟧', LEDGER],
  [
    'CREATE TRIGGER g AFTER UPDATE ON t BEGIN DELETE FROM mig_log; END; ⟦UPDATE t SET x = 2;⟧',
    LEDGER,
  ],

  // Other databases, and what outlives the revision.
  ["⟦ATTACH ':memory:' AS other;⟧", OTHER],
  ['⟦DETACH main;⟧', OTHER],
  ...[
    'foreign_keys = off',
    'foreign_keys(0)',
    "journal_mode = 'wal'",
    'writable_schema = on',
    'legacy_alter_table = on',
    'main.synchronous = off',
    'recursive_triggers = 1',
    'ignore_check_constraints = on',
    'locking_mode = exclusive',
    'case_sensitive_like(1)',
    'schema_version = 7',
  ].map((pragma): Row => [`SELECT 1; ⟦PRAGMA ${pragma};⟧`, PRAGMA]),
  ['CREATE TEMP TABLE n (x);', TEMP],
  ['CREATE TEMP VIEW n AS SELECT 1;', TEMP],
  ['CREATE VIEW temp.n AS SELECT 1;', TEMP],
  ["CREATE VIRTUAL TABLE temp.n USING fts5vocab('main', 'none', 'row');", TEMP],
  ['CREATE TRIGGER temp.n AFTER INSERT ON main.t BEGIN SELECT 1; END;', TEMP],
  ['CREATE TEMP TRIGGER n AFTER INSERT ON t BEGIN SELECT 1; END;', TEMP],
  ['CREATE TABLE temp.a (x); ALTER TABLE temp.a RENAME TO b;', TEMP],
];

suite('SqliteEngine: what no script may do', (test) => {
  for (const [marked, message] of table) {
    test(marked.replace('\n', ' '), () => refuses(marked, message));
  }
  test('VACUUM: SQLite says so itself', () =>
    refuses('SELECT 1; ⟦VACUUM;⟧', /^cannot VACUUM from within a transaction$/, 'sql'));
  test('also where every statement is told', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(join(dir, 'app.db'));
      const sql = 'CREATE TABLE n (x); DELETE FROM mig_log; CREATE TABLE m (x);';
      const told: string[] = [];
      const onStatement = (_: number, text: string) => void told.push(text.trim());
      const options = optionsOf('each', { onStatement });
      const { error } = await runToFailure(engine, null, [upStep('a', sql)], options);
      assert.is(error.kind, 'refused');
      assert.equal([error.failure.statement?.start, error.failure.statement?.end], [20, 40]);
      assert.equal(told, ['CREATE TABLE n (x);']);
    }));
  test('a ledger of another name is that, and `mig_log` is anybody’s table', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(join(dir, 'app.db'), { table: 'My "log"' });
      await runAll(engine, null, [upStep('a', 'CREATE TABLE mig_log (x); DELETE FROM mig_log;')]);
      for (const sql of ['DELETE FROM "my ""LOG""";', 'DROP TABLE [My "log"];']) {
        const { error } = await runToFailure(engine, 1, [upStep('b', sql)]);
        assert.is(error.kind, 'refused');
        assert.is(error.message, 'No revision may touch `my "log"`: it is mig\'s ledger.');
      }
    }));
});

suite('SqliteEngine: what every script may do', (test) => {
  for (const sql of [
    'SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s; RELEASE s;',
    'SAVEPOINT left_open; INSERT INTO t VALUES (2);',
    'CREATE TEMP TABLE n (x); INSERT INTO n SELECT x FROM t; DROP TABLE n;',
    'CREATE TEMP TRIGGER n AFTER INSERT ON t BEGIN SELECT 1; END; DROP TRIGGER n;',
    'PRAGMA user_version = 3; PRAGMA application_id = 4; PRAGMA defer_foreign_keys = on;',
    'PRAGMA foreign_keys; PRAGMA table_info(t); PRAGMA main.index_list(t); PRAGMA foreign_key_check;',
    'SELECT mig_log FROM (SELECT 1 AS mig_log);',
    "INSERT INTO t VALUES ('DROP TABLE mig_log; COMMIT');",
    'CREATE TABLE mig_log_2 (x); DROP TABLE mig_log_2;',
    'CREATE VIRTUAL TABLE f USING fts5 (x); INSERT INTO f VALUES (1); DROP TABLE f;',
    'ANALYZE; REINDEX; PRAGMA optimize;',
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET x = CASE WHEN 1 THEN 2 END; END; INSERT INTO t VALUES (3);',
  ]) {
    test(sql, () =>
      inTemp(async (dir) => {
        await using engine = sqliteAt(join(dir, 'app.db'));
        await runAll(engine, null, [upStep('schema', SCHEMA), upStep('a', sql)]);
        assert.equal(await logOf(engine), ['up schema', 'up a']);
      }),
    );
  }
});

async function refuses(marked: string, message: RegExp, kind = 'refused'): Promise<void> {
  const sql = marked.replaceAll(/[⟦⟧]/g, '');
  const blamed = /⟦(.*)⟧/s.exec(marked)?.[1];
  await inTemp(async (dir) => {
    const path = join(dir, 'app.db');
    await using engine = sqliteAt(path);
    await runAll(engine, null, [upStep('schema', SCHEMA)]);
    const before = schemaOf(path);
    for (const group of ['each', 'timed', 'all'] as const) {
      const steps = [upStep('b', `CREATE TABLE with_it (x); ${sql}`), upStep('c', '')];
      const { error, committed } = await runToFailure(engine, 1, steps, optionsOf(group));
      assert.match(error.message, message);
      assert.equal([error.kind, error.failure.failedStep, committed], [kind, 0, []]);
      const { statement } = error.failure;
      if (blamed !== undefined) {
        const script = steps[0]!.script!.sql;
        const place = script.slice(statement?.start, statement?.end);
        assert.is(place, blamed.replace(/^\/\*.*?\*\/ /, ''));
      }
      assert.equal(schemaOf(path), before);
      assert.equal(await logOf(engine), ['up schema']);
    }
    await runAll(engine, 1, [upStep('d', 'CREATE TABLE goes_on (x);')]);
  });
}

function schemaOf(path: string): readonly unknown[] {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
}
