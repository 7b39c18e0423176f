import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { type Engine, EngineError, type RunOptions } from '../../lib/engine/engine.ts';
import { canMount, moduleUrl, runChild, smallDisk } from '../support/child.ts';
import { logOf, optionsOf, runAll, runToFailure, sqliteAt, upStep } from '../support/engine.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy, withoutRoot, writeTree } from '../support/temp.ts';

const CREATE = upStep('a', 'CREATE TABLE a (x);');

/** Makes a database with some SQL, and leaves nobody connected to it. */
function prepare(path: string, sql: string): void {
  using db = new DatabaseSync(path);
  db.exec(sql);
}

function query(path: string, sql: string): unknown[] {
  using db = new DatabaseSync(path);
  return db
    .prepare(sql)
    .all()
    .flatMap((row) => Object.values(row));
}

async function isRefused(
  action: () => unknown,
  [kind, message, hint]: readonly [kind: string, message: string, hint?: string],
): Promise<void> {
  const error = await thrownBy(EngineError, action);
  assert.equal([error.kind, error.message, error.failure.hint], [kind, message, hint]);
}

/** Reading and running are both refused, in the same words. */
async function areRefused(
  engine: Engine,
  expected: readonly [kind: string, message: string, hint?: string],
): Promise<void> {
  await isRefused(() => engine.readLog(), expected);
  await isRefused(() => engine.readFiles([1]), expected);
  await isRefused(() => runAll(engine, null, [CREATE]), expected);
}

suite('SqliteEngine: what is no database', (test) => {
  test('a folder', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(dir);
      await areRefused(engine, [
        'database',
        'app.db is a folder, not a database.',
        'The migrations folder goes with `--dir`.',
      ]);
    }));
  for (const path of ['/dev/null', '/dev/zero'].filter((each) => existsSync(each))) {
    test(path, async () => {
      await using engine = sqliteAt(path);
      await areRefused(engine, [
        'database',
        'app.db is no file that a database could be in.',
        'Look at the path: it is a device or a pipe.',
      ]);
    });
  }
  test('a pipe: nobody waits for the other end', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'pipe');
      if (spawnSync('mkfifo', [path]).status !== 0) return;
      await using engine = sqliteAt(path);
      const error = await thrownBy(EngineError, () => engine.readLog());
      assert.is(error.message, 'app.db is no file that a database could be in.');
    }));
  for (const [name, text] of [
    ['a text file', 'CREATE TABLE t (x);\n'.repeat(100)],
    ['a short text file', 'hello'],
  ] as const) {
    test(name, () =>
      inTemp(async (dir) => {
        writeTree(dir, { 'app.db': text });
        await using engine = sqliteAt(join(dir, 'app.db'));
        await areRefused(engine, [
          'not-a-database',
          'app.db is not an SQLite database.',
          'Is the path right? An encrypted database looks like this too.',
        ]);
        assert.is(readFileSync(join(dir, 'app.db'), 'utf8'), text);
        assert.equal(readdirSync(dir), ['app.db']);
      }),
    );
  }
  test('a damaged database', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      prepare(path, 'CREATE TABLE t (x);');
      const bytes = readFileSync(path);
      writeTree(dir, { 'app.db': bytes.fill(0xaa, 100, 4096) });
      await using engine = sqliteAt(path);
      await areRefused(engine, [
        'database',
        'app.db is damaged: database disk image is malformed.',
        '`PRAGMA integrity_check` says how badly. Restore a backup, or try `.recover` of the sqlite3 program on a copy.',
      ]);
    }));
  test('an empty file is an empty database', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'app.db': '' });
      await using engine = sqliteAt(join(dir, 'app.db'));
      assert.equal(await engine.readLog(), []);
      assert.is(statSync(join(dir, 'app.db')).size, 0);
      await runAll(engine, null, [CREATE]);
      assert.equal(await logOf(engine), ['up a']);
    }));
});

suite('SqliteEngine: what is not there', (test) => {
  test('a database: an empty ledger to a reader, made by the first run', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(join(dir, 'app.db'));
      assert.equal(await engine.readLog(), []);
      assert.equal(readdirSync(dir), []);
      await runAll(engine, null, [CREATE]);
      assert.equal(await logOf(engine), ['up a']);
      assert.equal(readdirSync(dir), ['app.db']);
    }));
  test('a database whose first revision fails: nothing is left of it', () =>
    inTemp(async (dir) => {
      const failing = upStep('a', 'CREATE TABLE t (x); SELECT nonesuch;');
      await using first = sqliteAt(join(dir, 'app.db'));
      await thrownBy(EngineError, () => runAll(first, null, [failing]));
      await first[Symbol.asyncDispose]();
      assert.equal(readdirSync(dir), []);
    }));
  test('an empty file that was there stays, and so does one that has another reader', () =>
    inTemp(async (dir) => {
      const failing = upStep('a', 'SELECT nonesuch;');
      writeTree(dir, { 'old.db': '' });
      await using old = sqliteAt(join(dir, 'old.db'));
      await thrownBy(EngineError, () => runAll(old, null, [failing]));
      await old[Symbol.asyncDispose]();
      assert.is(statSync(join(dir, 'old.db')).size, 0);

      await using engine = sqliteAt(join(dir, 'new.db'));
      await thrownBy(EngineError, () => runAll(engine, null, [failing]));
      using other = new DatabaseSync(join(dir, 'new.db'));
      other.exec('BEGIN IMMEDIATE; CREATE TABLE theirs (x)');
      await engine[Symbol.asyncDispose]();
      other.exec('COMMIT');
      assert.ok(statSync(join(dir, 'new.db')).size > 0);
    }));
  test('whoever opened the file before it went is told so, and writes into no void', () =>
    inTemp(async (dir) => {
      const failing = upStep('a', 'SELECT nonesuch;');
      await using engine = sqliteAt(join(dir, 'app.db'));
      await thrownBy(EngineError, () => runAll(engine, null, [failing]));
      using other = new DatabaseSync(join(dir, 'app.db'));
      other.prepare('SELECT * FROM sqlite_schema').all();
      await engine[Symbol.asyncDispose]();
      assert.equal(readdirSync(dir), []);
      assert.throws(() => other.exec('CREATE TABLE lost (x)'), /readonly database/);
    }));
  test('its folder: an empty ledger to a reader, an error for a run, and nothing made', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(join(dir, 'none/app.db'));
      assert.equal(await engine.readLog(), []);
      await isRefused(
        () => runAll(engine, null, [CREATE]),
        [
          'database',
          `app.db cannot be made: there is no folder ${join(dir, 'none')}`,
          'Make the folder, or mend the path.',
        ],
      );
      assert.equal(readdirSync(dir), []);
    }));
  test('its folder, because that is a file', () =>
    inTemp(async (dir) => {
      writeTree(dir, { file: '' });
      await using engine = sqliteAt(join(dir, 'file/app.db'));
      await isRefused(
        () => runAll(engine, null, [CREATE]),
        [
          'database',
          'app.db cannot be opened: unable to open database file.',
          'Look at the path and its permissions.',
        ],
      );
    }));
});

const READ_ONLY = [
  'database',
  'app.db is read-only.',
  'Look at the permissions of the file and of its folder: SQLite needs to write in both.',
] as const;

if (process.platform !== 'win32') {
  suite('SqliteEngine: what may not be written', (test) => {
    /** A database with one applied revision, in a folder of its own, under the given modes. */
    const underModes = (
      fileMode: number,
      dirMode: number,
      use: (engine: Engine, dir: string) => Promise<void>,
    ) =>
      inTemp(async (outer) => {
        const dir = join(outer, 'sub');
        const path = join(dir, 'app.db');
        mkdirSync(dir);
        const maker = sqliteAt(path);
        await runAll(maker, null, [CREATE]);
        await maker[Symbol.asyncDispose]();
        chmodSync(path, fileMode);
        chmodSync(dir, dirMode);
        await withoutRoot(async () => {
          await using engine = sqliteAt(path);
          await use(engine, dir);
        });
        chmodSync(dir, 0o777);
      });

    for (const [name, fileMode, dirMode] of [
      ['a read-only file', 0o444, 0o777],
      ['a read-only folder', 0o666, 0o555],
    ] as const) {
      test(`${name} is read, and refuses a run`, () =>
        underModes(fileMode, dirMode, async (engine, dir) => {
          assert.equal(await logOf(engine), ['up a']);
          const run = () => runAll(engine, 1, [upStep('b', 'CREATE TABLE b (x);')]);
          await isRefused(run, READ_ONLY);
          // No statement is at fault, so none is pointed at.
          const { failure } = await thrownBy(EngineError, run);
          assert.equal([failure.failedStep, failure.offset], [0, undefined]);
          assert.equal(await logOf(engine), ['up a']);
          assert.equal(readdirSync(dir), ['app.db']);
        }));
    }
    test('a file that may not even be read', () =>
      underModes(0, 0o777, (engine) =>
        areRefused(engine, [
          'database',
          'app.db cannot be opened: unable to open database file.',
          'Look at the path and its permissions.',
        ]),
      ));
    test('a read-only folder without a database', () =>
      inTemp(async (dir) => {
        chmodSync(dir, 0o555);
        await withoutRoot(async () => {
          await using engine = sqliteAt(join(dir, 'app.db'));
          assert.equal(await engine.readLog(), []);
          await isRefused(
            () => runAll(engine, null, [CREATE]),
            [
              'database',
              'app.db cannot be opened: unable to open database file.',
              'Look at the path and its permissions.',
            ],
          );
        });
        assert.equal(readdirSync(dir), []);
      }));
  });
}

suite('SqliteEngine: a ledger that is none', (test) => {
  for (const [name, sql, type] of [
    ['a table', 'CREATE TABLE mig_log (id INTEGER, line TEXT)', 'table'],
    ['a table in another case', 'CREATE TABLE Mig_Log (id INTEGER)', 'table'],
    ['a view', "CREATE VIEW mig_log AS SELECT 0 AS seq, 'init' AS op", 'view'],
    ['a table that lacks one column', 'CREATE TABLE mig_log (seq INTEGER, op TEXT)', 'table'],
  ] as const) {
    test(name, () =>
      inTemp(async (dir) => {
        const path = join(dir, 'app.db');
        prepare(path, sql);
        const before = readFileSync(path);
        await using engine = sqliteAt(path);
        await areRefused(engine, [
          'ledger',
          `app.db has a ${type} \`mig_log\` that is not mig's ledger.`,
          '`--table` gives the ledger another name.',
        ]);
        assert.equal(readFileSync(path), before);
      }),
    );
  }
  test('a view with all the columns', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using real = sqliteAt(path, { table: 'real' });
      await runAll(real, null, [CREATE]);
      prepare(path, 'CREATE VIEW mig_log AS SELECT * FROM real');
      await using engine = sqliteAt(path);
      await isRefused(
        () => engine.readLog(),
        [
          'ledger',
          "app.db has a view `mig_log` that is not mig's ledger.",
          '`--table` gives the ledger another name.',
        ],
      );
    }));
  test('a table of that name elsewhere: an index on a column, a column', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      prepare(path, 'CREATE TABLE t (mig_log); CREATE INDEX by_mig_log ON t (mig_log)');
      await using engine = sqliteAt(path);
      assert.equal(await engine.readLog(), []);
    }));

  const changed = (sql: string, use: (engine: Engine) => Promise<void>) =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using first = sqliteAt(path);
      await runAll(first, null, [CREATE]);
      prepare(path, sql);
      await using engine = sqliteAt(path);
      await use(engine);
    });
  test('a newer format', () =>
    changed(`UPDATE mig_log SET options = '{"format":2}' WHERE seq = 0`, async (engine) => {
      const expected = [
        'ledger',
        'The ledger of app.db has format 2, and this mig knows 1.',
        'It needs a newer mig.',
      ] as const;
      await isRefused(() => engine.readLog(), expected);
      await isRefused(() => engine.readLog(0), expected);
      await isRefused(() => engine.readLog(1), expected);
    }));
  test('an unknown op', () =>
    changed(
      `INSERT INTO mig_log (seq, op, run, at) VALUES (2, 'squash', 'r', 't')`,
      async (engine) => {
        const expected = [
          'ledger',
          'The ledger of app.db has an entry `squash` that this mig does not know.',
          'It needs a newer mig.',
        ] as const;
        await isRefused(() => engine.readLog(), expected);
        await isRefused(() => engine.readLog(1), expected);
      },
    ));
  const damages: readonly (readonly [sql: string, what: string])[] = [
    ["UPDATE mig_log SET parents = '{}' WHERE seq = 1", '"{}"'],
    ["UPDATE mig_log SET depends = '[' WHERE seq = 1", '"["'],
    ["UPDATE mig_log SET revision = x'00' WHERE seq = 1", 'bytes in `revision`'],
    ["UPDATE mig_log SET message = x'ff' WHERE seq = 1", 'bytes in `message`'],
    [
      'UPDATE mig_log SET step = 9223372036854775807 WHERE seq = 1',
      'an integer that is too large.',
    ],
    ['UPDATE mig_log SET seq = 9223372036854775807 WHERE seq = 1', 'an integer that is too large.'],
  ];
  for (const [sql, what] of damages) {
    test(`damaged: ${sql}`, () =>
      changed(sql, (engine) =>
        isRefused(
          () => engine.readLog(),
          [
            'ledger',
            `The ledger of app.db holds what mig never writes: ${what}`,
            'Somebody changed it by hand. Put it right, or restore a backup.',
          ],
        ),
      ));
  }
  test('a number that is too large, as it runs', () =>
    changed('UPDATE mig_log SET seq = 9223372036854775807 WHERE seq = 1', (engine) =>
      isRefused(
        () => runAll(engine, 1, [upStep('b', '')]),
        [
          'ledger',
          'The ledger of app.db holds what mig never writes: an integer that is too large.',
          'Somebody changed it by hand. Put it right, or restore a backup.',
        ],
      ),
    ));
  test('more columns than mig knows are fine', () =>
    changed('ALTER TABLE mig_log ADD COLUMN ticket TEXT', async (engine) => {
      assert.equal(await logOf(engine), ['up a']);
      await runAll(engine, 1, [upStep('b', '')]);
      assert.equal(await logOf(engine), ['up a', 'up b']);
    }));
  test('ops that other commands write are known', () =>
    changed(
      `INSERT INTO mig_log (seq, op, run, at, parents) VALUES (2, 'begin', 'r', 't', NULL), (3, 'settle', 'r', 't', NULL)`,
      async (engine) => {
        const rows = await engine.readLog(1);
        assert.equal(
          rows.map(({ op, parents, depends }) => [op, parents, depends]),
          [
            ['begin', [], []],
            ['settle', [], []],
          ],
        );
      },
    ));
});

suite('SqliteEngine: a database that somebody holds', (test) => {
  const LOCKED = [
    'busy',
    'app.db is locked by another process.',
    'Look who holds it open for writing, and try again; `--lock-timeout 5m` waits longer.',
  ] as const;
  const withHolder = (
    use: (path: string, holder: DatabaseSync) => Promise<void>,
    setUp = 'CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)',
  ) =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      using holder = new DatabaseSync(path);
      holder.exec(setUp);
      await use(path, holder);
    });

  test('a writer: readers read, a run gives up after the lock timeout', () =>
    withHolder(async (path, holder) => {
      holder.exec('BEGIN IMMEDIATE');
      await using engine = sqliteAt(path);
      assert.equal(await engine.readLog(), []);
      const { error, committed } = await runToFailure(engine, null, [CREATE]);
      assert.equal([error.kind, error.message], [LOCKED[0], LOCKED[1]]);
      assert.equal(committed, []);
      holder.exec('ROLLBACK');
      await runAll(engine, null, [CREATE]);
      assert.equal(await logOf(engine), ['up a']);
    }));
  test('an exclusive one: nobody gets in', () =>
    withHolder(async (path, holder) => {
      holder.exec('BEGIN EXCLUSIVE');
      await using engine = sqliteAt(path);
      await areRefused(engine, LOCKED);
      holder.exec('COMMIT');
      assert.equal(await engine.readLog(), []);
    }));
  test('no waiting at all with a timeout of zero', () =>
    withHolder(async (path, holder) => {
      holder.exec('BEGIN IMMEDIATE');
      const waits: number[] = [];
      await using engine = sqliteAt(path, { lockTimeoutMs: 0 });
      const watch = { onWait: (ms: number) => void waits.push(ms) };
      const { error } = await runToFailure(engine, null, [CREATE], optionsOf('each', watch));
      assert.is(error.kind, 'busy');
      assert.equal(waits, []);
    }));
  test('who lets go in time is waited for', () =>
    withHolder(async (path, holder) => {
      holder.exec('BEGIN IMMEDIATE');
      let told = 0;
      const onWait = (ms: number) => {
        assert.ok(ms >= 0);
        if (told++ === 0) holder.exec('ROLLBACK');
      };
      await using engine = sqliteAt(path, { lockTimeoutMs: 30_000 });
      await runAll(engine, null, [CREATE], optionsOf('each', { onWait }));
      assert.is(told, 1);
      assert.equal(await logOf(engine), ['up a']);
    }));
  test('who wrote meanwhile is seen after the wait: a conflict', () =>
    withHolder(async (path, holder) => {
      await using engine = sqliteAt(path, { lockTimeoutMs: 30_000 });
      await runAll(engine, null, [CREATE]);
      holder.exec('BEGIN IMMEDIATE');
      const onWait = () => {
        if (!holder.isTransaction) return;
        holder.exec(`INSERT INTO mig_log (seq, op, revision, run, at)
                     VALUES (2, 'down', 'a', 'bob', 't'); COMMIT`);
      };
      const options = optionsOf('each', { onWait });
      const { error } = await runToFailure(engine, 1, [upStep('b', 'SELECT 1;')], options);
      assert.is(error.kind, 'conflict');
      assert.equal(await logOf(engine), ['up a', 'down a']);
    }));
  test('a reader: the commit waits, and the step is undone when it waits in vain', () =>
    withHolder(async (path, holder) => {
      const reader = holder.prepare('SELECT x FROM t').iterate();
      reader.next();
      await using engine = sqliteAt(path);
      const { error, committed } = await runToFailure(engine, null, [CREATE]);
      assert.equal([error.kind, error.message], [LOCKED[0], LOCKED[1]]);
      assert.is(error.failure.failedStep, 0);
      assert.equal(committed, []);
      reader.return!();
      assert.equal(await engine.readLog(), []);
      await runAll(engine, null, [CREATE]);
      assert.equal(await logOf(engine), ['up a']);
    }));
  test('a reader that leaves in time', () =>
    withHolder(async (path, holder) => {
      const reader = holder.prepare('SELECT x FROM t').iterate();
      reader.next();
      const onWait = () => void reader.return!();
      await using engine = sqliteAt(path, { lockTimeoutMs: 30_000 });
      await runAll(engine, null, [CREATE], optionsOf('each', { onWait }));
      assert.equal(await logOf(engine), ['up a']);
    }));
  test('a reader of a WAL database is in nobody’s way', () =>
    withHolder(async (path, holder) => {
      const reader = holder.prepare('SELECT x FROM t').iterate();
      reader.next();
      await using engine = sqliteAt(path);
      await runAll(engine, null, [CREATE]);
      assert.equal(await logOf(engine), ['up a']);
      reader.return!();
    }, 'PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)'));
  test('each: a run holds nothing between two steps', () =>
    withHolder(async (path, holder) => {
      await using engine = sqliteAt(path);
      const steps = [CREATE, upStep('b', 'CREATE TABLE b (x);')];
      let written = 0;
      for await (const _ of engine.run(null, steps, optionsOf())) {
        holder.exec('INSERT INTO t VALUES (3)');
        written++;
      }
      assert.is(written, 2);
    }));
});

suite('SqliteEngine: after a crash', (test) => {
  /** Begins a transaction too large for its cache, so that part of it is in the file, and dies. */
  const CRASH = `
    import { DatabaseSync } from 'node:sqlite';
    const db = new DatabaseSync(process.argv[1]);
    db.exec('PRAGMA cache_size = 5; BEGIN IMMEDIATE');
    db.exec("INSERT INTO mig_log (seq, op, revision, run, at) VALUES (2, 'down', 'a', 'r', 't')");
    db.exec("UPDATE a SET x = randomblob(500)");
    process.kill(process.pid, 'SIGKILL');
  `;
  const SETUP = `CREATE TABLE a (x);
    WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
    INSERT INTO a SELECT zeroblob(500) FROM n;`;
  const crash = (path: string) => assert.is(runChild(CRASH, [path]).signal, 'SIGKILL');
  const untouched = (path: string) =>
    assert.equal(query(path, 'SELECT count(*) FROM a WHERE x = zeroblob(500)'), [1000]);

  const withCrash = (
    use: (bench: { engine: Engine; path: string; dir: string }) => Promise<void>,
    mode = 'delete',
  ) =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      prepare(path, `PRAGMA journal_mode = ${mode}`);
      await using first = sqliteAt(path);
      await runAll(first, null, [upStep('a', SETUP)]);
      await first[Symbol.asyncDispose]();
      await using engine = sqliteAt(path);
      await use({ engine, path, dir });
    });

  test('a hot journal is rolled back by whoever reads first', () =>
    withCrash(async ({ engine, path, dir }) => {
      crash(path);
      assert.equal(readdirSync(dir).sort(), ['app.db', 'app.db-journal']);
      assert.ok(statSync(join(dir, 'app.db-journal')).size > 0);
      assert.equal(await logOf(engine), ['up a']);
      assert.equal(readdirSync(dir), ['app.db']);
      untouched(path);
    }));
  test('also by an engine that was reading before', () =>
    withCrash(async ({ engine, path, dir }) => {
      assert.equal(await logOf(engine), ['up a']);
      crash(path);
      assert.equal(await logOf(engine), ['up a']);
      assert.equal(readdirSync(dir), ['app.db']);
      untouched(path);
    }));
  test('a run just goes on', () =>
    withCrash(async ({ engine, path, dir }) => {
      crash(path);
      await runAll(engine, 1, [upStep('b', 'CREATE TABLE b (x);')]);
      assert.equal(await logOf(engine), ['up a', 'up b']);
      assert.equal(readdirSync(dir), ['app.db']);
      untouched(path);
    }));
  test('a WAL that was left behind', () =>
    withCrash(async ({ engine, path }) => {
      crash(path);
      assert.equal(await logOf(engine), ['up a']);
      await runAll(engine, 1, [upStep('b', 'CREATE TABLE b (x);')]);
      assert.equal(await logOf(engine), ['up a', 'up b']);
      untouched(path);
    }, 'wal'));
});

suite('SqliteEngine: a ledger that takes no entries', (test) => {
  test('stops the run, and takes it back', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      await runAll(engine, null, [CREATE]);
      prepare(
        path,
        'CREATE TRIGGER g BEFORE INSERT ON mig_log BEGIN SELECT raise(IGNORE); END; CREATE TABLE t (x)',
      );
      const { error } = await runToFailure(engine, 1, [upStep('b', 'DROP TABLE t;')]);
      assert.equal(
        [error.kind, error.message],
        ['ledger', 'The ledger of app.db does not take an entry: a trigger on it is in the way.'],
      );
      assert.equal(query(path, 'SELECT count(*) FROM t'), [0]);
    }));
});

suite('SqliteEngine: the rest of the database stays as it is', (test) => {
  const SETTINGS =
    'SELECT * FROM pragma_journal_mode, pragma_user_version, pragma_application_id, pragma_page_size, pragma_encoding, pragma_auto_vacuum';
  for (const mode of ['delete', 'truncate', 'persist', 'wal'] as const) {
    // Of these only `wal` is kept in the file; the others are each connection's own.
    const kept = mode === 'wal' ? 'wal' : 'delete';
    const setUp = `PRAGMA page_size = 1024; PRAGMA encoding = 'UTF-16le'; PRAGMA auto_vacuum = FULL;
      PRAGMA journal_mode = ${mode}; PRAGMA user_version = 42; PRAGMA application_id = 77; CREATE TABLE t (x)`;
    const SAME = [kept, 42, 77, 1024, 'UTF-16le', 1];

    const withFile = (use: (dir: string, path: string) => Promise<void>) =>
      inTemp(async (dir) => {
        const path = join(dir, 'app.db');
        prepare(path, setUp);
        await use(dir, path);
      });
    test(`${mode}: reading`, () =>
      withFile(async (dir, path) => {
        const files = readdirSync(dir);
        const before = readFileSync(path);
        const engine = sqliteAt(path);
        assert.equal(await engine.readLog(), []);
        assert.is((await engine.readFiles([1])).size, 0);
        await engine[Symbol.asyncDispose]();
        assert.equal(readdirSync(dir), files);
        assert.equal(readFileSync(path), before);
      }));
    test(`${mode}: running and failing`, () =>
      withFile(async (dir, path) => {
        const files = readdirSync(dir).filter((name) => name === 'app.db');
        const engine = sqliteAt(path);
        await runAll(engine, null, [CREATE]);
        await runToFailure(engine, 1, [upStep('b', 'SELECT * FROM nowhere;')]);
        await engine[Symbol.asyncDispose]();
        assert.equal(
          readdirSync(dir).filter((name) => !name.endsWith('-journal')),
          files,
        );
        assert.equal(query(path, SETTINGS), SAME);
      }));
  }
  test('wal: reading through a link', () =>
    inTemp(async (dir) => {
      const real = join(dir, 'real');
      mkdirSync(real);
      prepare(join(real, 'app.db'), 'PRAGMA journal_mode = wal; CREATE TABLE t (x)');
      symlinkSync(join(real, 'app.db'), join(dir, 'link.db'));
      const engine = sqliteAt(join(dir, 'link.db'));
      assert.equal(await engine.readLog(), []);
      await engine[Symbol.asyncDispose]();
      assert.equal(readdirSync(real), ['app.db']);
    }));
  test('wal: the files of somebody who is connected stay', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      using other = new DatabaseSync(path);
      other.exec('PRAGMA journal_mode = wal; CREATE TABLE t (x)');
      const engine = sqliteAt(path);
      assert.equal(await engine.readLog(), []);
      await engine[Symbol.asyncDispose]();
      assert.equal(readdirSync(dir).sort(), ['app.db', 'app.db-shm', 'app.db-wal']);
      other.exec('INSERT INTO t VALUES (1)');
      assert.is(other.prepare('SELECT count(*) AS n FROM t').get()?.n, 1);
    }));
  test('what a script says about user_version and application_id counts', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      const sql = 'PRAGMA user_version = 3; PRAGMA application_id = 4;';
      await runAll(engine, null, [upStep('a', sql)]);
      assert.equal(query(path, 'SELECT * FROM pragma_user_version, pragma_application_id'), [3, 4]);
      const failing = `PRAGMA user_version = 5; SELECT * FROM nowhere;`;
      await runToFailure(engine, 1, [upStep('b', failing)]);
      assert.equal(query(path, 'PRAGMA user_version'), [3]);
    }));
});

/** Applies small revisions and a large one on a small disk, and tells how that ended. */
const FULL = (group: RunOptions['group']) => `
  import { join } from 'node:path';
  const { SqliteEngine } = await import(${moduleUrl('engine/sqlite.ts')});
  const engine = new SqliteEngine({
    path: join(process.argv[1], 'app.db'), shown: 'app.db', table: 'mig_log', lockTimeoutMs: 20,
  });
  const author = { run: 'r', by: 'b', now: () => new Date(0), ticks: () => 0 };
  const step = (revision, sql) => ({
    facts: [{ op: 'stamp', facts: { revision, path: '', downPath: null, parents: [], depends: [],
      message: '', checksum: '', downChecksum: null }, files: { up: '', down: null } }],
    script: { sql, foreignKeys: 'auto' },
  });
  const result = {};
  try {
    const steps = [
      step('a', 'CREATE TABLE a (x);'),
      step('b', 'CREATE TABLE b (x);'),
      step('c', 'CREATE TABLE c (x); INSERT INTO c VALUES (randomblob(100000));'),
      step('d', 'CREATE TABLE d (x);'),
    ];
    for await (const _ of engine.run(null, steps, { group: '${group}', author }));
  } catch (error) {
    const { kind, message, failure } = error;
    Object.assign(result, { kind, message, failedStep: failure.failedStep });
  }
  result.log = (await engine.readLog()).map(({ op, revision }) => op + ' ' + revision);
  console.log(JSON.stringify(result));
`;

if (canMount()) {
  suite('SqliteEngine: no room left', (test) => {
    for (const group of ['each', 'timed'] as const)
      test(`${group}: the step fails, those before it stay`, () =>
        inTemp((dir) => {
          assert.equal(runChild(FULL(group), [dir], smallDisk(dir)).json, {
            kind: 'database',
            message: 'There is no room left for app.db: database or disk is full.',
            failedStep: 2,
            log: ['init null', 'stamp a', 'stamp b'],
          });
        }));
  });
} else console.log('NOTE: no tmpfs can be mounted here: SqliteEngine on a full disk is not tested');
