import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { EngineError } from '../../lib/engine/engine.ts';
import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import { type Scratch, ScratchError, type ScratchTrace } from '../../lib/schema/scratch.ts';
import { inScratch } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy } from '../support/temp.ts';

const rowsOf = async (scratch: Scratch, sql: string) =>
  (await scratch.query(sql)).map((row) => Object.values(row));

suite('a scratch database', (test) => {
  test('leaves nothing of a script that fails, and says where', () =>
    inScratch(async (scratch) => {
      const sql = 'CREATE TABLE t(a);\nINSERT INTO u VALUES (1);';
      const error = await thrownBy(ScratchError, () => scratch.exec(sql));
      assert.is(error.message, 'no such table: u');
      assert.is(error.place?.offset, sql.indexOf('u VALUES'));
      assert.equal(await scratch.inspect(), []);
    }));

  const FAMILY =
    'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1);';
  const cascades: readonly (readonly [sql: string, refused: RegExp | null])[] = [
    ['DELETE FROM p;', /A DELETE on p would set off ON DELETE CASCADE of c/],
    ['SELECT 1; REPLACE INTO p VALUES (1);', /A REPLACE on p/],
    ['DROP TABLE c; DELETE FROM p; DROP TABLE p;', null],
    [
      'CREATE TABLE n (id INTEGER PRIMARY KEY); INSERT INTO n SELECT * FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p;',
      null,
    ],
    ['INSERT INTO p VALUES (2);', null],
  ];
  for (const [sql, refused] of cascades) {
    for (const transaction of ['on', 'off'] as const) {
      test(`${refused === null ? 'runs' : 'refuses'} under auto, transaction ${transaction}: ${sql}`, () =>
        inScratch(async (scratch) => {
          await scratch.exec(FAMILY);
          const run = (foreignKeys: 'auto' | 'off') =>
            scratch.exec(sql, { foreignKeys, transaction });
          if (refused === null) return void (await run('auto'));
          const error = await thrownBy(ScratchError, () => run('auto'));
          assert.match(error.message, refused);
          assert.match(error.hint!, /foreign_keys: on/);
          assert.is(error.place?.start, sql.search(/DELETE|REPLACE/));
          await run('off');
        }));
    }
  }

  const breaches: readonly (readonly [sql: string, refused: RegExp | null])[] = [
    ['INSERT INTO c VALUES (3);', /hold after it: 1 row of c .* names a row of p/],
    ['INSERT INTO c VALUES (3); INSERT INTO p VALUES (3);', null],
    ['CREATE TABLE n AS SELECT * FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p;', /no such uniq/],
    ['ALTER TABLE c RENAME TO d;', null],
    ['INSERT INTO c VALUES (9); DELETE FROM c WHERE p = 9;', null],
    ['UPDATE c SET p = 8 WHERE p = 9;', null],
  ];
  for (const [sql, refused] of breaches) {
    for (const foreignKeys of ['auto', 'off'] as const) {
      for (const transaction of ['on', 'off'] as const) {
        const verb = refused === null ? 'lets be' : 'refuses, as a run does';
        test(`${verb} under ${foreignKeys}, transaction ${transaction}: ${sql}`, () =>
          inScratch(async (scratch) => {
            await scratch.exec(FAMILY);
            await scratch.exec('INSERT INTO c VALUES (1), (9);');
            const run = () => scratch.exec(sql, { foreignKeys, transaction });
            if (refused === null) return void (await run());
            assert.match((await thrownBy(ScratchError, run)).message, refused);
            await scratch.exec(sql);
          }));
      }
    }
  }

  test('traces the same under auto as under off', async () => {
    const traceUnder = (foreignKeys: 'auto' | 'off') =>
      inScratch(async (scratch) => {
        await scratch.exec(FAMILY);
        return scratch.exec('DROP TABLE c; DELETE FROM p WHERE id > 1;', { foreignKeys });
      });
    assert.equal(await traceUnder('auto'), await traceUnder('off'));
  });

  test('goes back to marks, and forgets them', () =>
    inScratch(async (scratch) => {
      await scratch.exec('CREATE TABLE t(a)');
      const outer = await scratch.mark();
      await scratch.exec('INSERT INTO t VALUES (1)');
      const inner = await scratch.mark();
      await scratch.exec('INSERT INTO t VALUES (2)');
      await inner.rollback();
      await scratch.exec('INSERT INTO t VALUES (3)');
      await inner.release();
      assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), [[1], [3]]);
      await outer.rollback();
      assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), []);
      await outer.release();
    }));

  test('keeps its marks where a script takes the whole transaction back', () =>
    inScratch(async (scratch) => {
      await scratch.exec('CREATE TABLE t(a UNIQUE)');
      const outer = await scratch.mark();
      await scratch.exec('INSERT INTO t VALUES (1)');
      const inner = await scratch.mark();
      await scratch.exec('INSERT INTO t VALUES (2)');
      await thrownBy(ScratchError, () => scratch.exec('INSERT OR ROLLBACK INTO t VALUES (2)'));
      assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), [[1], [2]]);
      await inner.rollback();
      assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), [[1]]);
      await inner.release();
      await outer.rollback();
      assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), []);
      await outer.release();
    }));

  const refused = [
    'COMMIT',
    'BEGIN',
    'ROLLBACK',
    'RELEASE mig_scratch_exec',
    "ATTACH ':memory:' AS b",
    "ATTACH 'file.db' AS b",
    "VACUUM INTO 'file.db'",
  ];
  for (const sql of refused) {
    test(`refuses ${sql}`, () =>
      inScratch(async (scratch) => {
        await scratch.exec('CREATE TABLE t(a)');
        await thrownBy(ScratchError, () => scratch.exec(`INSERT INTO t VALUES (1); ${sql};`));
        assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), []);
        assert.not(existsSync('file.db'));
      }));
  }

  test('runs scripts with transactions of their own where no mark is set', () =>
    inScratch(async (scratch) => {
      const off = { transaction: 'off' } as const;
      await scratch.exec('BEGIN; CREATE TABLE t(a); COMMIT; VACUUM; INSERT INTO t VALUES (1)', off);
      await thrownBy(ScratchError, () => scratch.exec('INSERT INTO t VALUES (2); BEGIN', off));
      await thrownBy(ScratchError, () => scratch.exec("ATTACH 'file.db' AS b", off));
      assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), [[1], [2]]);
      const mark = await scratch.mark();
      await thrownBy(ScratchError, () => scratch.exec('VACUUM', off));
      await mark.release();
    }));

  test('enforces foreign keys only where it is asked to', () =>
    inScratch(async (scratch) => {
      await scratch.exec('CREATE TABLE p(a PRIMARY KEY); CREATE TABLE c(a REFERENCES p)');
      await scratch.exec('INSERT INTO c VALUES (1)');
      const on = { foreignKeys: 'on' } as const;
      await thrownBy(ScratchError, () => scratch.exec('INSERT INTO c VALUES (2)', on));
      await scratch.exec('INSERT INTO c VALUES (3)');
    }));

  test('shows what is there but for mig, SQLite and shadow tables', () =>
    inScratch(async (scratch) => {
      await scratch.exec(
        `CREATE TABLE mig_log(seq PRIMARY KEY); CREATE INDEX on_log ON mig_log(seq);
         CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b UNIQUE); CREATE INDEX i ON t(b);
         CREATE VIRTUAL TABLE f USING fts5(body); CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);
         INSERT INTO t VALUES (1, 1); ANALYZE; CREATE VIEW v AS SELECT 1 AS a;
         CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN SELECT 1; END`,
      );
      const objects = (await scratch.inspect()).map(({ type, name, table }) =>
        [type, name, table].join(' '),
      );
      const expected = [
        'table t t',
        'index i t',
        'table f f',
        'table r r',
        'view v v',
        'trigger g v',
      ];
      assert.equal(objects, expected);
    }));

  for (const mode of ['DELETE', 'WAL']) {
    test(`is a copy of a database, which stays as it is (${mode})`, () =>
      inTemp(async (dir) => {
        const path = join(dir, 'app.db');
        {
          using db = new DatabaseSync(path, {});
          db.exec(`PRAGMA journal_mode = ${mode}`);
          db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (9007199254740993)');
        }
        const location = { path, shown: 'app.db', lockTimeoutMs: 0 };
        await using scratch = await openScratch({ table: 'mig_log', from: location });
        assert.equal(await rowsOf(scratch, 'SELECT a FROM t'), [[9007199254740993n]]);
        await scratch.exec('DELETE FROM t');
        await scratch.exec('VACUUM', { transaction: 'off' });
        using db = new DatabaseSync(path, {});
        assert.is(db.prepare('SELECT count(*) AS n FROM t').get()?.n, 1);
        assert.equal(
          readdirSync(dir).filter((name) => !name.startsWith('app.db')),
          [],
        );
      }));
  }
});

suite('a scratch copy that cannot be made', (test) => {
  const withDatabase = (use: (path: string, dir: string) => Promise<void>) =>
    inTemp((dir) => {
      const path = join(dir, 'app.db');
      using db = new DatabaseSync(path);
      db.exec('CREATE TABLE t(a)');
      return use(path, dir);
    });
  const copy = (path: string) =>
    openScratch({ table: 'mig_log', from: { path, shown: 'app.db', lockTimeoutMs: 20 } });

  test('of a locked database: in the words of every other read', () =>
    withDatabase(async (path) => {
      using holder = new DatabaseSync(path);
      holder.exec('BEGIN EXCLUSIVE');
      const error = await thrownBy(EngineError, () => copy(path));
      assert.equal([error.kind, error.message], ['busy', 'app.db is locked by another process.']);
    }));

  test('of a file that is no database', () =>
    withDatabase(async (path) => {
      writeFileSync(path, 'no database, but long enough to be taken for one');
      const error = await thrownBy(EngineError, () => copy(path));
      assert.is(error.message, 'app.db is not an SQLite database.');
    }));

  test('where nothing temporary can be written', () =>
    withDatabase(async (path, dir) => {
      const { TMPDIR } = process.env;
      process.env.TMPDIR = join(dir, 'nowhere');
      try {
        const error = await thrownBy(EngineError, () => copy(path));
        assert.match(error.message, /nowhere \(ENOENT\)\.$/);
      } finally {
        if (TMPDIR === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = TMPDIR;
      }
    }));
});

suite('a trace', (test) => {
  const base = `
    CREATE TABLE t(a, b DEFAULT (random())); CREATE TABLE u(x); CREATE TABLE log(m);
    CREATE VIEW v AS SELECT a FROM t; CREATE VIEW names AS SELECT name FROM sqlite_schema;
    CREATE TRIGGER g AFTER INSERT ON u BEGIN INSERT INTO log SELECT a FROM t; END;`;
  type Expected = {
    [Key in keyof ScratchTrace]?: ScratchTrace[Key] extends boolean ? boolean : readonly string[];
  };
  const table: readonly (readonly [sql: string, expected: Expected])[] = [
    ['SELECT a FROM T', { reads: ['t'], writes: [], reshapes: [], names: [] }],
    ['SELECT * FROM v', { reads: ['t', 'v'] }],
    ['INSERT INTO u VALUES (1)', { reads: ['t'], writes: ['log', 'u'] }],
    ['UPDATE t SET a = (SELECT x FROM u)', { reads: ['u'], writes: ['t'] }],
    ['DELETE FROM log', { writes: ['log'] }],
    ['CREATE TABLE n(a)', { reshapes: ['n'], names: ['n'], readsSchema: false, parsesAll: false }],
    ['CREATE INDEX i ON t(a)', { reads: ['t'], reshapes: ['t'], names: ['i'] }],
    ['DROP INDEX IF EXISTS missing', { names: ['missing'], reshapes: [] }],
    ['DROP TABLE IF EXISTS main."No thing"', { names: ['no thing'] }],
    ['CREATE TABLE IF NOT EXISTS t(b)', { names: ['t'], reshapes: ['t'] }],
    [
      'ALTER TABLE log RENAME TO "Diary"',
      { names: ['diary', 'log'], parsesAll: true, readsSchema: false },
    ],
    ['ALTER TABLE t ADD COLUMN c', { names: ['t'], reshapes: ['t'], parsesAll: false }],
    ['ALTER TABLE t DROP COLUMN b', { parsesAll: true }],
    ['DROP TRIGGER g', { names: ['g'], reshapes: ['u'] }],
    ['SELECT name FROM names', { readsSchema: true }],
    ['SELECT 1 FROM "sqlite_master"', { readsSchema: true }],
    ['CREATE TABLE n AS SELECT name FROM sqlite_schema', { readsSchema: true }],
    ["SELECT 1 FROM pragma_table_info('t')", { readsSchema: true }],
    ['PRAGMA table_info(t)', { readsSchema: true }],
    ['SELECT 1', { readsSchema: false, countsChanges: false, usesClock: false, usesRandom: false }],
    ['DELETE FROM t; SELECT changes()', { countsChanges: true }],
    ['SELECT last_insert_rowid()', { countsChanges: true }],
    ["SELECT date('now')", { usesClock: true }],
    ['SELECT current_timestamp', { usesClock: true }],
    ['SELECT hex(randomblob(4))', { usesRandom: true }],
    ['SELECT a FROM t ORDER BY random()', { usesRandom: true }],
    ['CREATE TEMP TABLE n(a)', { makesTemp: true, names: ['n'] }],
  ];
  for (const [sql, expected] of table) {
    test(sql, () =>
      inScratch(async (scratch) => {
        await scratch.exec(base);
        const trace = await scratch.exec(sql);
        for (const [key, value] of Object.entries(expected)) {
          const found = trace[key as keyof ScratchTrace];
          assert.equal(typeof found === 'boolean' ? found : [...found].sort(), value, key);
        }
      }),
    );
  }
});

suite('a frozen database', (test) => {
  const frozenAt = '2026-11-22 15:06:00';
  const queries: readonly (readonly [sql: string, value: unknown])[] = [
    ["SELECT date('now')", '2026-11-22'],
    ['SELECT date()', '2026-11-22'],
    ["SELECT datetime('NOW', '+1 day')", '2026-11-23 15:06:00'],
    ['SELECT CURRENT_TIMESTAMP', '2026-11-22 15:06:00'],
    ['SELECT current_date', '2026-11-22'],
    ['SELECT current_time', '15:06:00'],
    ["SELECT strftime('%Y')", '2026'],
    ["SELECT strftime('%Y', '2001-01-01')", '2001'],
    ['SELECT unixepoch()', 1795359960],
    ["SELECT julianday('now') = julianday('2026-11-22 15:06:00')", 1],
    ["SELECT timediff('now', '2026-11-21 15:06:00')", '+0000-00-01 00:00:00.000'],
    ["SELECT date('2001-02-03', 'start of month')", '2001-02-01'],
    ['SELECT date(NULL)', null],
    ["SELECT datetime(0, 'unixepoch')", '1970-01-01 00:00:00'],
    ['SELECT length(randomblob(7))', 7],
    ['SELECT length(randomblob(-1))', 1],
    ['SELECT length(randomblob(2.5))', 2],
    ["SELECT length(randomblob('16abc'))", 16],
    ["SELECT unixepoch('subsec')", 1795359960],
    ["SELECT strftime('%f', 'subsecond')", '00.000'],
    ["SELECT datetime('now', 'subsec')", '2026-11-22 15:06:00.000'],
    ['SELECT typeof(random())', 'integer'],
    ["SELECT time('12:00', 'utc') IS NOT NULL", 1],
  ];
  for (const [sql, value] of queries) {
    test(sql, () =>
      inScratch(async (scratch) => assert.equal(await rowsOf(scratch, sql), [[value]]), {
        frozenAt,
      }),
    );
  }

  test('is so in defaults, views, checks, triggers and indexes', () =>
    inScratch(
      async (scratch) => {
        await scratch.exec(
          `CREATE TABLE t(a, b DEFAULT CURRENT_TIMESTAMP, c DEFAULT (date('now')), d AS (date(a, '+1 day')), CHECK (date(a) IS NOT NULL));
           CREATE INDEX i ON t(date(a)); CREATE TABLE log(m);
           CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (datetime()); END;
           CREATE VIEW v AS SELECT date() AS today; INSERT INTO t(a) VALUES ('2001-01-01')`,
        );
        assert.equal(await rowsOf(scratch, 'SELECT * FROM t, log, v'), [
          ['2001-01-01', frozenAt, '2026-11-22', '2001-01-02', frozenAt, '2026-11-22'],
        ]);
      },
      { frozenAt },
    ));

  test('has the same chance for the same script, another for each row', async () => {
    const sql =
      'CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t SELECT random() FROM (VALUES (1), (2)); ';
    const run = (script: string) =>
      inScratch(
        async (scratch) => {
          await scratch.exec('CREATE TABLE first(a); INSERT INTO first SELECT random()');
          await scratch.exec(script);
          return rowsOf(scratch, 'SELECT a FROM t');
        },
        { frozenAt },
      );
    const [[one], [two]] = (await run(sql)) as [[unknown], [unknown]];
    assert.is.not(one, two);
    assert.equal(await run(sql), [[one], [two]]);
    assert.not.equal(await run(`${sql} -- other`), [[one], [two]]);
  });
});
