import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import type { Engine, EngineError } from '../../lib/engine/engine.ts';
import { type Violation, whatDoesNotHold } from '../../lib/engine/sqlite-foreign-keys.ts';
import type { ForeignKeys } from '../../lib/graph/header.ts';
import { logOf, optionsOf, runAll, runToFailure, sqliteAt, upStep } from '../support/engine.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

const SCHEMA = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE child (
    id INTEGER PRIMARY KEY,
    parent_id INTEGER REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE
  );
  INSERT INTO parent VALUES (1, 'one'), (2, 'two');
  INSERT INTO child VALUES (10, 1), (20, 2);
`;

/** The rebuild that SQLite's documentation describes. */
const REBUILD = `
  CREATE TABLE new_parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  INSERT INTO new_parent SELECT id, name FROM parent;
  DROP TABLE parent;
  ALTER TABLE new_parent RENAME TO parent;
`;

const TWO_ORPHANS = `
  PRAGMA foreign_keys = off;
  INSERT INTO child VALUES (30, 3), (40, 4);
`;

interface Bench {
  readonly engine: Engine;
  /** `child → parent` of every child row. */
  readonly children: () => string;
}

/** An engine on a database that has the schema, and row 1 in its ledger. */
function withSchema(use: (bench: Bench) => Promise<void>, before = ''): Promise<void> {
  return inTemp(async (dir) => {
    const path = join(dir, 'app.db');
    await using engine = sqliteAt(path);
    await runAll(engine, null, [upStep('schema', SCHEMA)]);
    using db = new DatabaseSync(path, { timeout: 1000 });
    db.exec(before);
    const children = () =>
      db
        .prepare('SELECT id, parent_id FROM child ORDER BY id')
        .all()
        .map(({ id, parent_id }) => `${id}→${parent_id}`)
        .join(' ');
    await use({ engine, children });
  });
}

const run = (engine: Engine, sql: string, foreignKeys: ForeignKeys) =>
  runAll(engine, 1, [upStep('a', sql, foreignKeys)]);

async function refused(
  engine: Engine,
  sql: string,
  foreignKeys: ForeignKeys,
): Promise<EngineError> {
  const { error, committed } = await runToFailure(engine, 1, [upStep('a', sql, foreignKeys)]);
  assert.equal([error.kind, error.failure.failedStep, committed], ['sql', 0, []]);
  assert.equal(await logOf(engine), ['up schema']);
  return error;
}

for (const foreignKeys of ['auto', 'off'] as const) {
  suite(`SqliteEngine: foreign keys ${foreignKeys}`, (test) => {
    test('a table rebuild keeps the rows that point at it', () =>
      withSchema(async ({ engine, children }) => {
        await run(engine, REBUILD, foreignKeys);
        assert.is(children(), '10→1 20→2');
      }));
    test('rows may be wrong meanwhile, if they are right at the end', () =>
      withSchema(async ({ engine, children }) => {
        const sql = "INSERT INTO child VALUES (30, 3); INSERT INTO parent VALUES (3, 'three');";
        await run(engine, sql, foreignKeys);
        assert.is(children(), '10→1 20→2 30→3');
      }));
    test('rows that point nowhere at the end fail it, and nothing stays', () =>
      withSchema(async ({ engine, children }) => {
        const error = await refused(engine, 'INSERT INTO child VALUES (30, 3);', foreignKeys);
        assert.match(error.message, /\b1 row of child\b.*\bparent\b/);
        assert.is(children(), '10→1 20→2');
      }));
    test('the error counts them', () =>
      withSchema(async ({ engine }) => {
        const sql = 'INSERT INTO child VALUES (30, 3), (40, 4), (50, 1);';
        assert.match((await refused(engine, sql, foreignKeys)).message, /\b2 rows of child\b/);
      }));
    test('what was wrong before does not fail it', () =>
      withSchema(async ({ engine, children }) => {
        await run(engine, 'INSERT INTO child VALUES (50, 1);', foreignKeys);
        assert.is(children(), '10→1 20→2 30→3 40→4 50→1');
      }, TWO_ORPHANS));
    test('what was wrong before is not told as new', () =>
      withSchema(async ({ engine, children }) => {
        const error = await refused(engine, 'INSERT INTO child VALUES (50, 5);', foreignKeys);
        assert.match(error.message, /\b1 row of child\b/);
        assert.is(children(), '10→1 20→2 30→3 40→4');
      }, TWO_ORPHANS));
    test('a rebuild that loses a parent row fails', () =>
      withSchema(async ({ engine, children }) => {
        const sql = REBUILD.replace('FROM parent;', 'FROM parent WHERE id = 1;');
        assert.match((await refused(engine, sql, foreignKeys)).message, /\b1 row of child\b/);
        assert.is(children(), '10→1 20→2');
      }));
    test('all: the later step that breaks it takes all with it', () =>
      withSchema(async ({ engine, children }) => {
        const steps = [
          upStep('a', 'INSERT INTO child VALUES (30, 1);', foreignKeys),
          upStep('b', 'INSERT INTO child VALUES (40, 4);', foreignKeys),
        ];
        const { error } = await runToFailure(engine, 1, steps, optionsOf('all'));
        assert.equal([error.kind, error.failure.failedStep], ['sql', 1]);
        assert.equal(await logOf(engine), ['up schema']);
        assert.is(children(), '10→1 20→2');
      }));
  });
}

suite('SqliteEngine: foreign keys off', (test) => {
  test('cascades do not run', () =>
    withSchema(async ({ engine, children }) => {
      const sql = "DELETE FROM parent WHERE id = 1; INSERT INTO parent VALUES (1, 'again');";
      await run(engine, sql, 'off');
      assert.is(children(), '10→1 20→2');
    }));
});

suite('SqliteEngine: foreign keys on', (test) => {
  test('cascades run', () =>
    withSchema(async ({ engine, children }) => {
      await run(engine, 'DELETE FROM parent WHERE id = 1; UPDATE parent SET id = 7;', 'on');
      assert.is(children(), '20→7');
    }));
  test('a violation fails its statement, which is pointed at', () =>
    withSchema(async ({ engine, children }) => {
      const sql = 'SELECT 1; INSERT INTO child VALUES (30, 3); SELECT 2;';
      const error = await refused(engine, sql, 'on');
      assert.is(error.message, 'FOREIGN KEY constraint failed');
      assert.equal([error.failure.statement?.start, error.failure.statement?.end], [10, 43]);
      assert.is(children(), '10→1 20→2');
    }));
  test('a deferred violation fails at the end', () =>
    withSchema(async ({ engine, children }) => {
      const sql =
        'CREATE TABLE late (p REFERENCES parent DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (9);';
      await refused(engine, sql, 'on');
      assert.is(children(), '10→1 20→2');
    }));
  test('what was wrong before does not fail it', () =>
    withSchema(async ({ engine, children }) => {
      await run(engine, 'INSERT INTO child VALUES (50, 1);', 'on');
      assert.is(children(), '10→1 20→2 30→3 40→4 50→1');
    }, TWO_ORPHANS));
});

suite('SqliteEngine: foreign keys from one step to the next', (test) => {
  test('each: every script has its own', () =>
    withSchema(async ({ engine, children }) => {
      await runAll(engine, 1, [
        upStep('a', REBUILD, 'auto'),
        upStep('b', 'DELETE FROM parent WHERE id = 1;', 'on'),
        upStep('c', REBUILD, 'off'),
      ]);
      assert.is(children(), '20→2');
    }));
  test('all: scripts that differ cannot share a transaction', () =>
    withSchema(async ({ engine, children }) => {
      const steps = [upStep('a', REBUILD, 'auto'), upStep('b', 'DELETE FROM parent;', 'on')];
      const { error, committed } = await runToFailure(engine, 1, steps, optionsOf('all'));
      assert.is(error.kind, 'unsupported');
      assert.is(
        error.message,
        'Revisions with and without `foreign_keys: on` cannot share one transaction.',
      );
      assert.equal(committed, []);
      assert.equal(await logOf(engine), ['up schema']);
      assert.is(children(), '10→1 20→2');
    }));
  test('all: auto and off can', () =>
    withSchema(async ({ engine, children }) => {
      const steps = [upStep('a', REBUILD, 'auto'), upStep('b', REBUILD, 'off')];
      await runAll(engine, 1, steps, optionsOf('all'));
      assert.is(children(), '10→1 20→2');
    }));
});

suite('what does not hold, as it is told', (test) => {
  const key = {
    child: 'c',
    columns: ['p'],
    parent: 'p',
    parentColumns: [],
    onUpdate: 'NO ACTION',
    onDelete: 'NO ACTION',
    number: 0,
  };
  const table: readonly (readonly [kinds: readonly Violation['kind'][], hint: RegExp])[] = [
    [['rows'], /^Mend the rows/],
    [['mismatch'], /primary key of its table/],
    [['no-parent'], /^A parent is made/],
    [['rows', 'mismatch'], /primary key of its table/],
    [['rows', 'no-parent', 'mismatch'], /^A parent is made/],
  ];
  for (const [kinds, hint] of table) {
    test(`${kinds.join(', ')}: what to mend first`, () => {
      const told = whatDoesNotHold(
        kinds.map((kind) => ({ key, kind, rows: kind === 'rows' ? 2 : 0, first: [] })),
      );
      assert.match(told.hint, hint);
      assert.is(told.message.split('; ').length, kinds.length);
    });
  }
});
