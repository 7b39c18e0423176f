import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import type { Engine } from '../../lib/engine/engine.ts';
import type { Fact, Files } from '../../lib/ledger/row.ts';
import {
  type KnownRow,
  known,
  logOf,
  NOW,
  optionsOf,
  runAll,
  runToFailure,
  scriptOf,
  sqliteAt,
  upStep,
} from '../support/engine.ts';
import { factsOf, filesOf, upFact } from '../support/ledger.ts';
import { MemoryEngine, memoryDatabase } from '../support/memory-engine.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

/**
 * The rules of the seam, once for every engine. The scripts here are of two kinds: those
 * that create one table each, and those that read from `nowhere`, which fails.
 */
interface Bench {
  /** The engine under test. */
  readonly engine: Engine;
  /** One more engine on the same database; null where nobody else can reach it. */
  readonly other: Engine | null;
  /** What the scripts have created, sorted; null where it cannot be seen. */
  readonly tables: () => readonly string[] | null;
  /** Whether nothing at all was made: no ledger, no file. */
  readonly untouched: () => boolean;
}

type WithBench = (use: (bench: Bench) => Promise<void>) => Promise<void>;

const onMemory: WithBench = async (use) => {
  const database = memoryDatabase();
  const open = () =>
    new MemoryEngine(database, ({ sql }) => {
      if (sql.includes('nowhere')) throw new Error('no such table: nowhere');
    });
  await using engine = open();
  await using other = open();
  const tables = () => database.executed.map((sql) => /TABLE (\w+)/.exec(sql)![1]!).sort();
  await use({ engine, other, tables, untouched: () => database.rows.length === 0 });
};

const onFile: WithBench = (use) =>
  inTemp(async (dir) => {
    const path = join(dir, 'app.db');
    await using engine = sqliteAt(path);
    await using other = sqliteAt(path);
    const tables = () => {
      if (!existsSync(path)) return [];
      using db = new DatabaseSync(path, { readOnly: true });
      return db
        .prepare("SELECT name FROM sqlite_schema WHERE name <> 'mig_log' ORDER BY name")
        .all()
        .map((row) => String(row.name));
    };
    await use({ engine, other, tables, untouched: () => readdirSync(dir).length === 0 });
  });

const inProcess: WithBench = async (use) => {
  await using engine = sqliteAt(':memory:');
  const untouched = () => !existsSync(':memory:');
  await use({ engine, other: null, tables: () => null, untouched });
};

const create = (revision: string) => upStep(revision, `CREATE TABLE ${revision}(x);`);
const fail = (revision: string) => upStep(revision, 'SELECT * FROM nowhere;');

for (const [name, withBench] of [
  ['MemoryEngine', onMemory],
  ['SqliteEngine on a file', onFile],
  ['SqliteEngine on :memory:', inProcess],
] as const) {
  const isShared = withBench !== inProcess;
  const tablesAre = (bench: Bench, ...expected: readonly string[]) => {
    const found = bench.tables();
    if (found !== null) assert.equal(found, expected);
  };

  suite(`${name}: an empty ledger`, (test) => {
    test('reads as no rows, and nothing is made', () =>
      withBench(async ({ engine, untouched }) => {
        assert.equal(await engine.readLog(), []);
        assert.equal(await engine.readLog(3), []);
        assert.ok(untouched());
      }));
    test('has no files, and nothing is made', () =>
      withBench(async ({ engine, untouched }) => {
        assert.is((await engine.readFiles([])).size, 0);
        assert.is((await engine.readFiles([0, 1])).size, 0);
        assert.ok(untouched());
      }));
    for (const group of ['each', 'timed', 'all'] as const) {
      test(`${group}: running no steps makes nothing`, () =>
        withBench(async ({ engine, untouched }) => {
          assert.equal(await runAll(engine, null, [], optionsOf(group)), []);
          assert.equal(await engine.readLog(), []);
          assert.ok(untouched());
        }));
      test(`${group}: when the first step fails there is still none`, () =>
        withBench(async (bench) => {
          await runToFailure(bench.engine, null, [fail('a'), create('b')], optionsOf(group));
          assert.equal(await bench.engine.readLog(), []);
          tablesAre(bench);
        }));
    }
    test('begins with row 0, in the same batch', () =>
      withBench(async ({ engine }) => {
        await runAll(engine, null, [create('a')]);
        const [init] = await engine.readLog();
        assert.equal(known(init!), {
          seq: 0,
          op: 'init',
          revision: null,
          path: null,
          downPath: null,
          parents: [],
          depends: [],
          message: null,
          checksum: null,
          downChecksum: null,
          run: 'ann',
          at: NOW,
          by: 'ann@host',
        });
      }));
  });

  suite(`${name}: rows`, (test) => {
    const stamped = { run: 'ann', at: NOW, by: 'ann@host' };
    const nothing = { path: null, downPath: null, parents: [], depends: [], message: null };

    test('are as they were handed in, in order', () =>
      withBench(async ({ engine }) => {
        const a = factsOf('a', { message: 'Say "hi", it\'s me; 😀' });
        const b = factsOf('b', { parents: ['a', 'x'], depends: ['y'], path: 'sub/b.up.sql' });
        const c = factsOf('c', { downPath: null, downChecksum: null });
        const facts: readonly Fact[] = [
          { op: 'up', facts: a, files: filesOf('a') },
          { op: 'stamp', facts: b, files: filesOf('b') },
          { op: 'repair', facts: c, files: { up: 'c', down: null } },
          { op: 'down', revision: 'b' },
          { op: 'unstamp', revision: 'a' },
        ];
        await runAll(
          engine,
          null,
          facts.map((fact) => ({ facts: [fact] })),
        );
        const removed = { ...nothing, checksum: null, downChecksum: null };
        assert.equal((await engine.readLog()).slice(1).map(known), [
          { seq: 1, op: 'up', ...a, ...stamped },
          { seq: 2, op: 'stamp', ...b, ...stamped },
          { seq: 3, op: 'repair', ...c, ...stamped },
          { seq: 4, op: 'down', revision: 'b', ...removed, ...stamped },
          { seq: 5, op: 'unstamp', revision: 'a', ...removed, ...stamped },
        ] satisfies readonly KnownRow[]);
      }));
    test('behind a number', () =>
      withBench(async ({ engine }) => {
        await runAll(engine, null, [create('a'), create('b'), create('c')]);
        const numbers = async (after?: number) =>
          (await engine.readLog(after)).map(({ seq }) => seq);
        assert.equal(await numbers(), [0, 1, 2, 3]);
        assert.equal(await numbers(0), [1, 2, 3]);
        assert.equal(await numbers(2), [3]);
        assert.equal(await numbers(3), []);
        assert.equal(await numbers(9), []);
      }));
    test('say who wrote them', () =>
      withBench(async ({ engine }) => {
        await runAll(engine, null, [create('a')], optionsOf('each', {}, 'ann'));
        await runAll(engine, 1, [create('b')], optionsOf('each', {}, 'bob'));
        assert.equal(
          (await engine.readLog()).map(({ run, by }) => [run, by]),
          [
            ['ann', 'ann@host'],
            ['ann', 'ann@host'],
            ['bob', 'bob@host'],
          ],
        );
      }));
    test('a plain read is not changed by what comes later', () =>
      withBench(async ({ engine }) => {
        await runAll(engine, null, [create('a')]);
        const before = await engine.readLog();
        await runAll(engine, 1, [create('b')]);
        assert.is(before.length, 2);
        assert.is((await engine.readLog()).length, 3);
      }));
  });

  suite(`${name}: files`, (test) => {
    const table: readonly (readonly [name: string, files: Files])[] = [
      ['empty', { up: '', down: '' }],
      ['irreversible', { up: 'x', down: null }],
      ['BOM and CRLF', { up: '\uFEFF-- ---\r\nSELECT 1;\r\n', down: '\uFEFF\r\n\r\n' }],
      [
        'an emoji, combining marks, other scripts',
        { up: '😀👩‍👩‍👧 e\u0301 日本', down: '\u{10FFFF}' },
      ],
      ['quotes of all kinds', { up: `'it''s' "x""y" \`z\` [w]`, down: "';--" }],
      ['control characters, blank lines, tabs', { up: '\x01\x1b[31m\t\n\n\r', down: '\x7f\v\f' }],
      ['placeholders', { up: '?1 :a @b $c %s', down: '?' }],
      ['large', { up: 'SELECT 1;\n'.repeat(50_000), down: '-- \n'.repeat(50_000) }],
    ];
    for (const [title, files] of table) {
      test(`round trip: ${title}`, () =>
        withBench(async ({ engine }) => {
          await runAll(engine, null, [{ facts: [upFact('a', {}, files)] }]);
          const found = (await engine.readFiles([1])).get(1)!;
          assert.ok(found.up === files.up);
          assert.ok(found.down === files.down);
        }));
    }
    test('only of the rows that were asked for and that have any', () =>
      withBench(async ({ engine }) => {
        const down: Fact = { op: 'down', revision: 'b' };
        await runAll(engine, null, [create('a'), create('b'), { facts: [down] }]);
        const found = await engine.readFiles([2, 0, 3, 99]);
        assert.equal([...found], [[2, filesOf('b')]]);
      }));
  });

  suite(`${name}: a run`, (test) => {
    for (const group of ['each', 'timed', 'all'] as const) {
      test(`${group}: every step in order, with the number of its last row`, () =>
        withBench(async (bench) => {
          const steps = [
            create('a'),
            { facts: [upFact('s')] },
            { facts: [upFact('t'), { op: 'down', revision: 's' } as const] },
            create('b'),
          ];
          const committed = await runAll(bench.engine, null, steps, optionsOf(group));
          assert.equal(
            committed.map(({ index, seq }) => [index, seq]),
            [
              [0, 1],
              [1, 2],
              [2, 4],
              [3, 5],
            ],
          );
          assert.equal(await logOf(bench.engine), ['up a', 'up s', 'up t', 'down s', 'up b']);
          tablesAre(bench, 'a', 'b');
        }));
      test(`${group}: goes on behind what is there`, () =>
        withBench(async ({ engine }) => {
          await runAll(engine, null, [create('a')], optionsOf(group));
          const [next] = await runAll(engine, 1, [create('b')], optionsOf(group));
          assert.is(next!.seq, 2);
          assert.equal(
            (await engine.readLog()).map(({ op }) => op),
            ['init', 'up', 'up'],
          );
        }));
      test(`${group}: tells before each step`, () =>
        withBench(async ({ engine }) => {
          const told: number[] = [];
          const watch = { onStep: (index: number) => void told.push(index) };
          await runAll(engine, null, [create('a'), create('b')], optionsOf(group, watch));
          assert.equal(told, [0, 1]);
        }));
      test(`${group}: what was returned is committed by then`, () =>
        withBench(async ({ engine, other }) => {
          const steps = [create('a'), create('b'), create('c')];
          for await (const { seq } of engine.run(null, steps, optionsOf(group))) {
            const last = (await (other ?? engine).readLog()).at(-1)!.seq;
            assert.ok(group === 'each' ? last === seq : last >= seq);
            if (group === 'all') assert.is(last, 3);
          }
        }));
    }
    test('each: who stops listening stops the run', () =>
      withBench(async (bench) => {
        for await (const _ of bench.engine.run(null, [create('a'), create('b')], optionsOf()))
          break;
        assert.equal(await logOf(bench.engine), ['up a']);
        tablesAre(bench, 'a');
      }));
    test('a script may be empty', () =>
      withBench(async ({ engine }) => {
        const steps = [{ facts: [upFact('a')], script: scriptOf('') }];
        await runAll(engine, null, steps);
        assert.equal(await logOf(engine), ['up a']);
      }));
    test('closing twice is no harm', () =>
      withBench(async ({ engine, other }) => {
        await runAll(engine, null, [create('a')]);
        await engine[Symbol.asyncDispose]();
        await engine[Symbol.asyncDispose]();
        if (other !== null) assert.equal(await logOf(other), ['up a']);
      }));
  });

  suite(`${name}: a failure`, (test) => {
    for (const group of ['each', 'timed'] as const)
      test(`${group}: what came before stays, what comes behind is not tried`, () =>
        withBench(async (bench) => {
          const told: number[] = [];
          const watch = { onStep: (index: number) => void told.push(index) };
          const steps = [create('a'), create('b'), fail('c'), create('d')];
          const { error, committed } = await runToFailure(
            bench.engine,
            null,
            steps,
            optionsOf(group, watch),
          );
          assert.equal([error.kind, error.message], ['sql', 'no such table: nowhere']);
          assert.is(error.failure.failedStep, 2);
          assert.equal(committed, [0, 1]);
          assert.equal(told, [0, 1, 2]);
          assert.equal(await logOf(bench.engine), ['up a', 'up b']);
          tablesAre(bench, 'a', 'b');
        }));
    test('all: nothing of it stays', () =>
      withBench(async (bench) => {
        await runAll(bench.engine, null, [create('z')]);
        const steps = [create('a'), create('b'), fail('c'), create('d')];
        const { error, committed } = await runToFailure(bench.engine, 1, steps, optionsOf('all'));
        assert.equal([error.kind, error.message], ['sql', 'no such table: nowhere']);
        assert.is(error.failure.failedStep, 2);
        assert.equal(committed, []);
        assert.equal(await logOf(bench.engine), ['up z']);
        tablesAre(bench, 'z');
      }));
    for (const group of ['each', 'timed'] as const)
      test(`${group}: the next run goes on from there`, () =>
        withBench(async (bench) => {
          const options = optionsOf(group);
          await runToFailure(bench.engine, null, [create('a'), fail('b')], options);
          assert.is((await runAll(bench.engine, 1, [create('b')], options))[0]!.seq, 2);
          assert.equal(await logOf(bench.engine), ['up a', 'up b']);
          tablesAre(bench, 'a', 'b');
        }));
  });

  suite(`${name}: a conflict`, (test) => {
    for (const group of ['each', 'timed', 'all'] as const) {
      for (const [title, seen] of [
        ['an old state', 1],
        ['an empty ledger', null],
        ['a state that was taken back', 9],
      ] as const) {
        test(`${group}: who decided on ${title} does nothing`, () =>
          withBench(async (bench) => {
            await runAll(bench.engine, null, [create('a'), create('b')]);
            const { error, committed } = await runToFailure(
              bench.engine,
              seen,
              [create('c'), create('d')],
              optionsOf(group),
            );
            assert.is(error.kind, 'conflict');
            assert.equal(committed, []);
            assert.equal(await logOf(bench.engine), ['up a', 'up b']);
            tablesAre(bench, 'a', 'b');
          }));
      }
    }
    test('a number where there is no ledger', () =>
      withBench(async (bench) => {
        const { error } = await runToFailure(bench.engine, 0, [create('a')]);
        assert.is(error.kind, 'conflict');
        assert.equal(await bench.engine.readLog(), []);
        tablesAre(bench);
      }));
    if (!isShared) return;
    test('somebody else wrote since', () =>
      withBench(async (bench) => {
        const { engine, other } = bench;
        await runAll(engine, null, [create('a')]);
        assert.equal((await other!.readLog()).at(-1)!.seq, 1);
        await runAll(engine, 1, [create('b')]);
        const { error } = await runToFailure(other!, 1, [create('b')]);
        assert.is(error.kind, 'conflict');
        assert.equal(await logOf(other!), ['up a', 'up b']);
        tablesAre(bench, 'a', 'b');
      }));
    test('somebody else was first: the race for row 0', () =>
      withBench(async (bench) => {
        const { engine, other } = bench;
        assert.equal([await engine.readLog(), await other!.readLog()], [[], []]);
        await runAll(engine, null, [create('a')]);
        const { error } = await runToFailure(other!, null, [create('a')]);
        assert.is(error.kind, 'conflict');
        assert.equal(await logOf(other!), ['up a']);
      }));
    test('each: somebody else wrote between two steps', () =>
      withBench(async (bench) => {
        const { engine, other } = bench;
        const committed: number[] = [];
        const steps = [create('a'), create('b'), create('c')];
        let caught: unknown;
        try {
          for await (const { index } of engine.run(null, steps, optionsOf())) {
            committed.push(index);
            if (index === 0) await runAll(other!, 1, [create('x')]);
          }
        } catch (error) {
          caught = error;
        }
        assert.is((caught as { kind?: string }).kind, 'conflict');
        assert.equal(committed, [0]);
        assert.equal(await logOf(engine), ['up a', 'up x']);
        tablesAre(bench, 'a', 'x');
      }));
    test('whoever reads again may go on', () =>
      withBench(async ({ engine, other }) => {
        await runAll(engine, null, [create('a')]);
        await runToFailure(other!, null, [create('b')]);
        await runAll(other!, (await other!.readLog()).at(-1)!.seq, [create('b')]);
        assert.equal(await logOf(engine), ['up a', 'up b']);
      }));
    test('two who take turns see each other’s rows', () =>
      withBench(async ({ engine, other }) => {
        await runAll(engine, null, [create('a')]);
        await runAll(other!, 1, [create('b')]);
        await runAll(engine, 2, [create('c')]);
        assert.equal(await logOf(engine), ['up a', 'up b', 'up c']);
        assert.equal(await logOf(other!), ['up a', 'up b', 'up c']);
      }));
  });
}
