import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import type { Engine, Script, Step } from '../../lib/engine/engine.ts';
import type { ForeignKeys } from '../../lib/graph/header.ts';
import { optionsOf, runAll, runToFailure, sqliteAt, upStep } from '../support/engine.ts';
import { upFact } from '../support/ledger.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

/** The step of a file with `transaction: off`. */
function offStep(
  revision: string,
  sql: string,
  values: { resumeAt?: number; foreignKeys?: ForeignKeys } = {},
): Step {
  const { resumeAt, foreignKeys = 'auto' } = values;
  const stepwise = {
    revision,
    direction: 'up' as const,
    checksum: 'c',
    ...(resumeAt === undefined ? {} : { resumeAt }),
  };
  const script: Script = { sql, foreignKeys, stepwise };
  return { facts: [upFact(revision)], script };
}

interface Bench {
  readonly engine: Engine;
  readonly path: string;
  readonly query: (sql: string) => readonly unknown[];
  readonly log: () => Promise<string>;
  readonly last: () => Promise<number | null>;
}

function withEngine(use: (bench: Bench) => Promise<void>, setUp = ''): Promise<void> {
  return inTemp(async (dir) => {
    const path = join(dir, 'app.db');
    await using engine = sqliteAt(path);
    await runAll(engine, null, [upStep('first', setUp)]);
    const rows = () => engine.readLog();
    await use({
      engine,
      path,
      query: (sql) => {
        using db = new DatabaseSync(path, { timeout: 1000, enableForeignKeyConstraints: false });
        return db
          .prepare(sql)
          .all()
          .flatMap((row) => Object.values(row));
      },
      log: async () =>
        (await rows())
          .slice(2)
          .map(({ op, step }) => (step === null ? op : `${op} ${step}`))
          .join(', '),
      last: async () => (await rows()).at(-1)?.seq ?? null,
    });
  });
}

suite('SqliteEngine, transaction: off', (test) => {
  test('statement by statement, each with its row', () =>
    withEngine(async ({ engine, log, query }) => {
      const told: string[] = [];
      const onStatement = (_: number, sql: string) => void told.push(sql);
      const sql =
        '-- a\nCREATE TABLE a (x); VACUUM;\nPRAGMA journal_mode = wal; INSERT INTO a VALUES (1)';
      const [committed] = await runAll(
        engine,
        1,
        [offStep('a', sql)],
        optionsOf('each', { onStatement }),
      );
      assert.is(await log(), 'begin, step 0, step 1, step 2, step 3, up');
      assert.equal([committed?.index, committed?.seq], [0, 7]);
      assert.equal(query('SELECT * FROM pragma_journal_mode, a'), ['wal', 1]);
      assert.equal(told, [
        'CREATE TABLE a (x);',
        'VACUUM;',
        'PRAGMA journal_mode = wal;',
        'INSERT INTO a VALUES (1)',
      ]);
    }));
  test('a file without a statement', () =>
    withEngine(async ({ engine, log }) => {
      await runAll(engine, 1, [offStep('a', '-- nothing\n')]);
      assert.is(await log(), 'begin, up');
    }));
  test('blocks of its own', () =>
    withEngine(async ({ engine, log, query }) => {
      const sql = `CREATE TABLE a (x); BEGIN; INSERT INTO a VALUES (1); INSERT INTO a VALUES (2); COMMIT;
        BEGIN IMMEDIATE; DELETE FROM a; ROLLBACK; SAVEPOINT s; INSERT INTO a VALUES (3); ROLLBACK TO s;
        INSERT INTO a VALUES (4); RELEASE s;`;
      await runAll(engine, 1, [offStep('a', sql)]);
      assert.equal(query('SELECT x FROM a'), [1, 2, 4]);
      assert.match(await log(), /^begin, step 0, .*step 12, up$/);
    }));
  test('all: it cannot be part of one transaction', () =>
    withEngine(async ({ engine, log }) => {
      const steps = [upStep('a', ''), offStep('b', 'VACUUM;')];
      const { error } = await runToFailure(engine, 1, steps, optionsOf('all'));
      assert.is(error.kind, 'unsupported');
      assert.is(await log(), '');
    }));
  test('between others, each in its own way', () =>
    withEngine(async ({ engine, log, query }) => {
      const steps = [
        upStep('a', 'CREATE TABLE a (x);'),
        offStep('b', 'VACUUM;'),
        upStep('c', 'CREATE TABLE c (x);'),
      ];
      await runAll(engine, 1, steps);
      assert.is(await log(), 'up, begin, step 0, up, up');
      assert.equal(query("SELECT name FROM sqlite_schema WHERE name IN ('a', 'c') ORDER BY 1"), [
        'a',
        'c',
      ]);
    }));
  test('what it tells its connection is not for the next revision', () =>
    withEngine(async ({ engine, query }) => {
      const off = `CREATE TEMP TABLE left_behind (x); ATTACH ':memory:' AS other;
        PRAGMA recursive_triggers = on; PRAGMA foreign_keys = on;`;
      await runAll(engine, 1, [
        offStep('a', off),
        upStep(
          'b',
          'CREATE TABLE seen AS SELECT * FROM pragma_recursive_triggers, pragma_foreign_keys, (SELECT count(*) FROM pragma_database_list);',
        ),
      ]);
      assert.equal((query('SELECT * FROM seen') as number[]).slice(0, 2), [0, 0]);
      const { error } = await runToFailure(engine, (await engine.readLog()).at(-1)!.seq, [
        upStep('c', 'SELECT * FROM left_behind;'),
      ]);
      assert.is(error.message, 'no such table: left_behind');
    }));
  test('the ledger is out of reach here, too', () =>
    withEngine(async ({ engine, log }) => {
      for (const sql of ['DELETE FROM mig_log;', 'BEGIN; DROP TABLE mig_log; COMMIT;']) {
        const { error } = await runToFailure(engine, (await engine.readLog()).at(-1)!.seq, [
          offStep('a', sql),
        ]);
        assert.equal(
          [error.kind, error.message],
          ['refused', "No revision may touch `mig_log`: it is mig's ledger."],
        );
        assert.is(error.failure.interrupted, undefined);
      }
      assert.is(await log(), 'begin, settle, begin, settle');
    }));
});

interface Failing {
  readonly name: string;
  /** `⟦ … ⟧` around the statement that fails. */
  readonly marked: string;
  readonly message: string | RegExp;
  readonly kind?: string;
  /** How many statements stay; nothing: there is nothing to settle. */
  readonly done?: number;
  readonly log: string;
}

const CASCADE =
  'CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);';

const failing: readonly Failing[] = [
  {
    name: 'the first',
    marked: '⟦SELECT * FROM nowhere;⟧ SELECT 1;',
    message: 'no such table: nowhere',
    log: 'begin, settle',
  },
  {
    name: 'the first, by a constraint',
    marked: '⟦INSERT INTO c VALUES (abs(-9223372036854775808));⟧',
    message: 'integer overflow',
    log: 'begin, settle',
  },
  {
    name: 'a later one',
    marked:
      'CREATE TABLE a (x UNIQUE); INSERT INTO a VALUES (1); ⟦INSERT INTO a VALUES (1);⟧ SELECT 1;',
    message: 'UNIQUE constraint failed: a.x',
    done: 2,
    log: 'begin, step 0, step 1',
  },
  {
    name: 'in a block at the beginning: all of it goes',
    marked: 'BEGIN; CREATE TABLE a (x); ⟦SELECT * FROM nowhere;⟧ COMMIT;',
    message: 'no such table: nowhere',
    log: 'begin, settle',
  },
  {
    name: 'in a later block',
    marked: 'CREATE TABLE a (x); BEGIN; INSERT INTO a VALUES (1); ⟦SELECT * FROM nowhere;⟧ COMMIT;',
    message: 'no such table: nowhere',
    done: 1,
    log: 'begin, step 0',
  },
  {
    name: 'behind a block',
    marked: 'BEGIN; CREATE TABLE a (x); COMMIT; ⟦SELECT * FROM nowhere;⟧',
    message: 'no such table: nowhere',
    done: 3,
    log: 'begin, step 0, step 1, step 2',
  },
  {
    name: 'VACUUM in a block',
    marked: 'CREATE TABLE a (x); BEGIN; ⟦VACUUM;⟧ COMMIT;',
    message: 'cannot VACUUM from within a transaction',
    done: 1,
    log: 'begin, step 0',
  },
  {
    name: 'an error that ends the block itself',
    marked:
      'CREATE TABLE a (x UNIQUE); BEGIN; INSERT INTO a VALUES (1); ⟦INSERT OR ROLLBACK INTO a VALUES (1);⟧ COMMIT;',
    message: 'UNIQUE constraint failed: a.x',
    done: 1,
    log: 'begin, step 0',
  },
  {
    name: 'a block that is left open',
    marked: 'CREATE TABLE a (x); BEGIN; INSERT INTO a VALUES (1);',
    message: 'The file leaves a transaction open.',
    kind: 'refused',
    done: 1,
    log: 'begin, step 0',
  },
  {
    name: 'a COMMIT without a BEGIN',
    marked: 'CREATE TABLE a (x); ⟦COMMIT;⟧ SELECT 1;',
    message: 'cannot commit - no transaction is active',
    done: 1,
    log: 'begin, step 0',
  },
  {
    name: 'a cascade that would not happen',
    marked: 'CREATE TABLE a (x); ⟦DELETE FROM p;⟧',
    message: /^A DELETE on p would set off ON DELETE CASCADE of c/,
    kind: 'refused',
    done: 1,
    log: 'begin, step 0',
  },
  {
    name: 'a cascade that would not happen, in a block',
    marked: 'BEGIN; CREATE TABLE a (x); ⟦DELETE FROM p;⟧ COMMIT;',
    message: /^A DELETE on p would set off/,
    kind: 'refused',
    log: 'begin, settle',
  },
  {
    name: 'foreign keys that do not hold at the end',
    marked: 'INSERT INTO c VALUES (2);',
    message: /^Foreign keys do not hold after it: 1 row of c \(rowid 2\)/,
    kind: 'refused',
    done: 1,
    log: 'begin, step 0',
  },
];

suite('SqliteEngine, transaction: off: where it breaks off', (test) => {
  for (const { name, marked, message, kind = 'sql', done, log } of failing) {
    test(name, () =>
      withEngine(async (bench) => {
        const sql = marked.replaceAll(/[⟦⟧]/g, '');
        const { error, committed } = await runToFailure(bench.engine, 1, [
          offStep('a', sql),
          upStep('b', ''),
        ]);
        assert.match(error.message, message);
        assert.equal([error.kind, error.failure.failedStep, committed], [kind, 0, []]);
        const { statement, interrupted } = error.failure;
        const blamed = /⟦(.*)⟧/.exec(marked)?.[1];
        assert.is(
          statement === undefined ? undefined : sql.slice(statement.start, statement.end),
          blamed,
        );
        assert.is(interrupted?.done, done);
        assert.is(await bench.log(), log);
      }, CASCADE),
    );
  }
  test('it goes on where it broke off', () =>
    withEngine(async ({ engine, log, last, query }) => {
      const sql =
        'PRAGMA recursive_triggers = on; CREATE TABLE a (x); BEGIN; INSERT INTO a VALUES (1); INSERT INTO later VALUES (1); COMMIT; CREATE TABLE seen AS SELECT * FROM pragma_recursive_triggers;';
      const { error } = await runToFailure(engine, 1, [offStep('a', sql)]);
      assert.is(error.failure.interrupted?.done, 2);
      await runAll(engine, await last(), [upStep('mend', 'CREATE TABLE later (x);')]);
      await runAll(engine, await last(), [offStep('a', sql, { resumeAt: 2 })]);
      assert.is(
        await log(),
        'begin, step 0, step 1, up, step 2, step 3, step 4, step 5, step 6, up',
      );
      assert.equal(
        query('SELECT * FROM a UNION ALL SELECT * FROM later UNION ALL SELECT * FROM seen'),
        [1, 1, 1],
      );
    }));
  for (const [end, sql] of [
    ['COMMIT', 'BEGIN; CREATE TABLE a (x); COMMIT; CREATE TABLE b (x);'],
    ['RELEASE', 'SAVEPOINT s; CREATE TABLE a (x); RELEASE s; CREATE TABLE b (x);'],
  ] as const) {
    test(`a ${end} that ran and has no row yet is not run again`, () =>
      withEngine(async ({ engine, log, last, query, path }) => {
        const onStatement = (_: number, text: string) => {
          if (text.startsWith(end)) throw new Error('killed');
        };
        await runAll(engine, 1, [offStep('a', sql)], optionsOf('each', { onStatement })).then(
          () => assert.unreachable(),
          (error) => assert.is(error.message, 'killed'),
        );
        assert.is(await log(), 'begin, step 0, step 1');
        await using another = sqliteAt(path);
        await runAll(another, await last(), [offStep('a', sql, { resumeAt: 2 })]);
        assert.is(await log(), 'begin, step 0, step 1, step 2, step 3, up');
        assert.equal(query("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b')"), ['a', 'b']);
      }));
  }
  test('somebody who writes to the ledger meanwhile stops it, before the next statement', () =>
    withEngine(async ({ engine, path }) => {
      const onStatement = (_: number, text: string) => {
        if (!text.startsWith('VACUUM')) return;
        using other = new DatabaseSync(path);
        other.exec(`INSERT INTO mig_log (seq, op, revision, run, at, options)
          VALUES (4, 'settle', 'a', 'bob', 't', '{"as":"reverted"}')`);
      };
      const sql = 'CREATE TABLE a (x); VACUUM; BEGIN; CREATE TABLE b (x); COMMIT;';
      const { error } = await runToFailure(
        engine,
        1,
        [offStep('a', sql)],
        optionsOf('each', { onStatement }),
      );
      assert.is(error.kind, 'conflict');
      assert.is(error.failure.interrupted?.done, 1);
    }));
  test('a reader in the way of a COMMIT of the file is waited for', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path, { lockTimeoutMs: 30_000 });
      await runAll(engine, null, [
        upStep('t', 'CREATE TABLE t (x); INSERT INTO t VALUES (1), (2);'),
      ]);
      using db = new DatabaseSync(path);
      let reader: Iterator<unknown> | null = null;
      const onStatement = (_: number, text: string) => {
        if (!text.startsWith('INSERT')) return;
        reader = db.prepare('SELECT x FROM t').iterate();
        reader.next();
      };
      const onWait = () => void reader!.return!();
      const sql = 'BEGIN; INSERT INTO t VALUES (3); COMMIT;';
      await runAll(engine, 1, [offStep('a', sql)], optionsOf('each', { onStatement, onWait }));
      assert.equal(db.prepare('SELECT count(*) AS n FROM t').get()?.n, 3);
    }));
});
