import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { EngineError, type Step } from '../../lib/engine/engine.ts';
import type { ForeignKeys } from '../../lib/graph/header.ts';
import { authorOf, optionsOf, runAll, runToFailure, sqliteAt, upStep } from '../support/engine.ts';
import { upFact } from '../support/ledger.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

/** Clocks that end a group never, now and then, and behind every step. */
const CLOCKS = { 'one group': 0, 'some groups': 40, 'a group a step': 600 };

const create = (id: string) => upStep(id, `CREATE TABLE ${id} (x);`);
const fails = (id: string, sql: string, foreignKeys?: ForeignKeys) =>
  upStep(id, `CREATE TABLE ${id} (x); ${sql}`, foreignKeys);
const stepwise = (id: string, sql: string): Step => ({
  facts: [upFact(id)],
  script: {
    sql,
    foreignKeys: 'auto',
    stepwise: { revision: id, direction: 'up', checksum: id },
  },
});
const ABC = [create('a'), create('b'), create('c')];

const FAMILY = `
  CREATE TABLE p (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK, n);
  CREATE TABLE k (id INTEGER PRIMARY KEY AUTOINCREMENT, p REFERENCES p ON DELETE CASCADE);
  CREATE TABLE d (id INTEGER PRIMARY KEY, p REFERENCES p DEFERRABLE INITIALLY DEFERRED);
  INSERT INTO p VALUES (1, 'one'), (2, 'two');
  INSERT INTO k (p) VALUES (1), (2), (2);
`;
const REBUILD = `
  CREATE TABLE q (id INTEGER PRIMARY KEY, n, more);
  INSERT INTO q (id, n) SELECT * FROM p;
  DROP TABLE p;
  ALTER TABLE q RENAME TO p;
`;
const SEEN = `CREATE TABLE IF NOT EXISTS seen (changes, last, total, deferred);
  INSERT INTO seen SELECT changes(), last_insert_rowid(), total_changes(), defer_foreign_keys
    FROM pragma_defer_foreign_keys;`;

/** Each behind the family. */
const PLANS: Readonly<Record<string, readonly Step[]>> = {
  'nothing fails': ABC,
  'a stamp among them': [create('a'), { facts: [upFact('s')] }, create('b')],
  'the first fails': [fails('x', 'SELECT * FROM nowhere;'), ...ABC],
  'one in the middle fails': [...ABC, fails('x', 'SELECT * FROM nowhere;'), create('e')],
  'the last fails': [...ABC, fails('x', 'INSERT INTO k VALUES (1, 1);')],
  'one is refused': [...ABC, fails('x', 'COMMIT;'), create('e')],
  'one leaves a TEMP table': [...ABC, fails('x', 'CREATE TEMP TABLE y (z);'), create('e')],
  'one ends the transaction: the table’s own conflict clause': [
    ...ABC,
    fails('x', "INSERT INTO p VALUES (1, 'again');"),
    create('e'),
  ],
  'one ends the transaction: OR ROLLBACK': [
    ...ABC,
    fails('x', 'INSERT OR ROLLBACK INTO k VALUES (1, 1);'),
    create('e'),
  ],
  'the first ends the transaction': [
    fails('x', 'INSERT OR ROLLBACK INTO k VALUES (1, 1);'),
    create('e'),
  ],
  'a key does not hold': [create('a'), fails('x', 'INSERT INTO k (p) VALUES (9);'), create('e')],
  'a key does not hold, and the next would mend it': [
    create('a'),
    upStep('x', 'INSERT INTO k (p) VALUES (9);'),
    upStep('y', "INSERT INTO p VALUES (9, 'nine');"),
  ],
  'a cascade is missed': [create('a'), fails('x', 'DELETE FROM p WHERE id = 1;'), create('e')],
  'keys that did not hold before': [
    upStep('o', 'INSERT INTO k (p) VALUES (8), (9);', 'off'),
    create('a'),
    upStep('u', 'UPDATE k SET id = id + 100;'),
    create('b'),
  ],
  'a table is rebuilt': [
    create('a'),
    upStep('r', REBUILD),
    upStep('i', 'INSERT INTO p (n) VALUES (3);'),
  ],
  'enforcement in between: a cascade': [
    create('a'),
    upStep('f', 'DELETE FROM p WHERE id = 2;', 'on'),
    upStep('g', 'INSERT INTO k (p) VALUES (1);', 'on'),
    create('b'),
  ],
  'enforcement in between: a key does not hold at the commit': [
    create('a'),
    upStep('f', 'INSERT INTO d VALUES (1, 7);', 'on'),
    create('b'),
  ],
  'without a transaction in between': [
    create('a'),
    stepwise('f', 'CREATE TABLE f (x); PRAGMA user_version = 7;'),
    create('b'),
  ],
  'without a transaction, broken off': [
    create('a'),
    create('b'),
    stepwise('f', 'CREATE TABLE f (x); SELECT * FROM nowhere;'),
    create('c'),
  ],
  'what a connection knows of earlier statements': [
    upStep('s', SEEN),
    upStep('t', `PRAGMA defer_foreign_keys = ON; ${SEEN}`),
    upStep('u', SEEN),
    create('a'),
    upStep('v', SEEN),
  ],
  'a trigger on the ledger refuses one': [
    create('a'),
    { facts: [upFact('forbidden')], script: { sql: 'CREATE TABLE y (x);', foreignKeys: 'auto' } },
    create('b'),
  ],
};

const FORBIDDING = `CREATE TRIGGER forbids BEFORE INSERT ON mig_log WHEN NEW.revision = 'forbidden'
  BEGIN SELECT RAISE(ABORT, 'not this one'); END`;

/** Everything that a plan leaves and tells, but for how often it began a step. */
function outcomeOf(
  steps: readonly Step[],
  group: 'each' | 'timed',
  tick: number,
): Promise<Readonly<Record<string, unknown>>> {
  return inTemp(async (dir) => {
    const path = join(dir, 'app.db');
    await using engine = sqliteAt(path);
    await runAll(engine, null, [upStep('family', FAMILY)]);
    using setUp = new DatabaseSync(path);
    setUp.exec(FORBIDDING);
    setUp.close();
    const told: string[] = [];
    let ms = 0;
    const author = { ...authorOf('ann'), ticks: () => (ms += tick) };
    const onOldViolations = (index: number, violations: readonly string[]) =>
      void told.push(`${index} ${violations.join('; ')}`);
    let error: EngineError | null = null;
    try {
      for await (const { index, seq } of engine.run(1, steps, {
        group,
        author,
        watch: { onOldViolations },
      })) {
        told.push(`${index} ${seq}`);
      }
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown;
      error = thrown;
    }
    const { cause: _, ...failure } = error?.failure ?? { cause: null };
    return { told, failure, ...contentOf(path) };
  });
}

function contentOf(path: string): Record<string, unknown> {
  using db = new DatabaseSync(path, { readOnly: true });
  const rows = (sql: string) =>
    db
      .prepare(sql)
      .all()
      .map((row) => ({ ...row }));
  const schema = rows('SELECT type, name, sql FROM sqlite_schema ORDER BY rowid');
  const tables = schema.filter((row) => row.type === 'table' && row.name !== 'mig_log');
  return {
    schema,
    log: rows('SELECT seq, op, revision, at, run FROM mig_log'),
    version: rows('PRAGMA user_version'),
    ...Object.fromEntries(
      tables.map(({ name }) => [String(name), rows(`SELECT * FROM "${name}"`)]),
    ),
  };
}

suite('steps that share a transaction: all is as if each had its own', (test) => {
  for (const [name, steps] of Object.entries(PLANS)) {
    test(name, async () => {
      const alone = await outcomeOf(steps, 'each', 1);
      for (const [clock, tick] of Object.entries(CLOCKS)) {
        const { told, ...together } = await outcomeOf(steps, 'timed', tick);
        assert.equal({ told, ...together }, alone, clock);
      }
    });
  }
});

suite('steps that share a transaction', (test) => {
  /** How many transactions wrote to a database with a rollback journal (file format, offset 24). */
  const transactions = (path: string) => readFileSync(path).readUInt32BE(24);
  const begun = async (path: string) => {
    await using engine = sqliteAt(path);
    await runAll(engine, null, [create('z')]);
  };
  const noWait = async () => {};
  const counted = (steps: readonly Step[], group: 'each' | 'timed', tick = 0) =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await begun(path);
      const before = transactions(path);
      await using engine = sqliteAt(path);
      let ms = 0;
      const author = { ...authorOf('ann'), ticks: () => (ms += tick) };
      try {
        for await (const _ of engine.run(1, steps, { group, author, wait: noWait }));
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
      }
      return transactions(path) - before;
    });

  test('one for all that take no time, one each for those that take long', async () => {
    assert.is(await counted(ABC, 'timed'), 1);
    assert.is(await counted(ABC, 'timed', 600), 3);
    assert.is(await counted(ABC, 'each'), 3);
  });
  test('slow commits make long ones, up to half a second', async () => {
    const nine = [...'abcdefghi'].map(create);
    // The clock is asked three times a step and twice a commit. Two steps take 50 ms, the
    // others less than 50 times what the commit took.
    assert.is(await counted(nine, 'timed', 10), 2);
    // One step, and then two at a time: half a second.
    assert.is(await counted(nine, 'timed', 100), 5);
  });
  test('every three seconds others may write in between', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await begun(path);
      using other = new DatabaseSync(path, { timeout: 0 });
      other.exec('CREATE TABLE others (x)');
      const waits: number[] = [];
      const wait = async (ms: number) => {
        waits.push(ms);
        other.exec('INSERT INTO others VALUES (1)');
      };
      await using engine = sqliteAt(path);
      let ms = 0;
      // Each step takes about a second, so that each has a transaction.
      const author = { ...authorOf('ann'), ticks: () => (ms += 250) };
      const steps = [...'abcdef'].map(create);
      await runAll(engine, 1, steps, { group: 'timed', author, wait });
      assert.equal(waits, [200, 200]);
      assert.is(other.prepare('SELECT count(*) AS n FROM others').get()?.n, 2);
    }));
  test('half a second from the start, in a database that was made just now', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      let ms = 0;
      // Thirty milliseconds a step.
      const author = { ...authorOf('ann'), ticks: () => (ms += 10) };
      await runAll(engine, null, [...'abcdefghi'].map(create), { group: 'timed', author });
      assert.is(transactions(path), 1);
    }));
  test('nobody is waited for in a database that was made just now', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(join(dir, 'app.db'));
      let ms = 0;
      const author = { ...authorOf('ann'), ticks: () => (ms += 1_000) };
      const wait = () => Promise.reject(new Error('waited'));
      const committed = await runAll(engine, null, ABC, { group: 'timed', author, wait });
      assert.is(committed.length, 3);
    }));
  test('one for what came before a failure', async () => {
    assert.is(await counted([...ABC, fails('x', 'SELECT * FROM nowhere;')], 'timed'), 1);
  });
  test('enforcement ends them, before and behind', async () => {
    const on = (id: string) => upStep(id, `CREATE TABLE ${id} (x);`, 'on');
    assert.is(await counted([...ABC, on('f'), on('g'), create('h'), create('i')], 'timed'), 4);
  });
  test('behind a transaction that was lost each has its own', async () => {
    const failing = fails('x', 'SELECT * FROM nowhere;');
    assert.is(await counted([...ABC, failing], 'timed'), 1);
    const unique = upStep('u', 'CREATE TABLE u (x UNIQUE ON CONFLICT ROLLBACK);');
    const ends = fails('x', 'INSERT INTO u VALUES (1), (1);');
    assert.is(await counted([...ABC, unique, ends], 'timed'), 4);
  });
  test('a step that comes to run again is told again', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(join(dir, 'app.db'));
      const told: number[] = [];
      const watch = { onStep: (index: number) => void told.push(index) };
      const author = { ...authorOf('ann'), ticks: () => 0 };
      const unique = upStep('u', 'CREATE TABLE u (x UNIQUE ON CONFLICT ROLLBACK);');
      const ends = fails('x', 'INSERT INTO u VALUES (1), (1);');
      const { committed } = await runToFailure(engine, null, [unique, ends], {
        ...optionsOf('timed', watch),
        author,
      });
      assert.equal([told, committed], [[0, 1, 0, 1], [0]]);
    }));
  test('an error that is none of the database’s leaves what came before, too', () =>
    inTemp(async (dir) => {
      await using engine = sqliteAt(join(dir, 'app.db'));
      const onStep = (index: number) => {
        if (index === 2) throw new RangeError('a defect');
      };
      const committed: number[] = [];
      try {
        for await (const { index } of engine.run(null, ABC, optionsOf('timed', { onStep })))
          committed.push(index);
        assert.unreachable();
      } catch (error) {
        assert.is((error as Error).message, 'a defect');
      }
      assert.equal(committed, [0, 1]);
      assert.is((await engine.readLog()).length, 3);
    }));
});
