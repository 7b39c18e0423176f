import * as assert from 'uvu/assert';
import { failureOf } from '../../lib/schema/scratch.ts';
import { pairOf, permissive } from '../support/generated.ts';
import { inScratch } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

interface Case {
  readonly before: string;
  readonly after: string;
  readonly rows: string;
  readonly renames?: Readonly<Record<string, string>>;
  readonly losses: readonly string[];
  /** The rows of `t` behind the up and the down; or how the down fails. */
  readonly back: readonly (readonly (string | number | null)[])[] | RegExp;
}

const P = 'CREATE TABLE p(id INTEGER PRIMARY KEY); ';
const UNKNOWN =
  'The values of `t.id`, which is the rowid and refers to other rows: with rows in `t` this fails, and changes nothing, until an expression for it stands in the SELECT.';

/** What a down says that it cannot bring back, and what comes back. */
const CASES: readonly (readonly [what: string, given: Case])[] = [
  [
    'a table',
    {
      before: 'CREATE TABLE s(a); CREATE TABLE t(a)',
      after: 'CREATE TABLE s(a)',
      rows: 'INSERT INTO t VALUES (1)',
      losses: ['The rows of `t`, which comes back empty.'],
      back: [],
    },
  ],
  [
    'a column',
    {
      before: 'CREATE TABLE t(a, b)',
      after: 'CREATE TABLE t(a)',
      rows: 'INSERT INTO t VALUES (1, 2)',
      losses: ['The values of `t.b`, which comes back as NULL.'],
      back: [[1, null]],
    },
  ],
  [
    'a column with a default',
    {
      before: 'CREATE TABLE t(a, b NOT NULL DEFAULT 7)',
      after: 'CREATE TABLE t(a)',
      rows: 'INSERT INTO t VALUES (1, 2)',
      losses: ['The values of `t.b`, which comes back with its default 7.'],
      back: [[1, 7]],
    },
  ],
  [
    'a column that is NOT NULL and has no default',
    {
      before: 'CREATE TABLE t(a, b NOT NULL)',
      after: 'CREATE TABLE t(a)',
      rows: 'INSERT INTO t VALUES (1, 2)',
      losses: [
        'The values of `t.b`, which is NOT NULL and has no default: with rows in `t` this fails, and changes nothing, until an expression for it stands in the SELECT.',
      ],
      back: /NOT NULL/,
    },
  ],
  [
    'a column that is computed',
    {
      before: 'CREATE TABLE t(a, b AS (a + 1) STORED)',
      after: 'CREATE TABLE t(a)',
      rows: 'INSERT INTO t VALUES (1)',
      losses: [],
      back: [[1, 2]],
    },
  ],
  [
    'values of a column that becomes computed',
    {
      before: 'CREATE TABLE t(a, b)',
      after: 'CREATE TABLE t(a, b AS (a + 1) STORED)',
      rows: 'INSERT INTO t VALUES (1, 5)',
      losses: ['What `t.b` held before it was computed.'],
      back: [[1, 2]],
    },
  ],
  [
    'values that a type changes, under the old name of their column',
    {
      before: 'CREATE TABLE t(a TEXT)',
      after: 'CREATE TABLE t(b INT)',
      rows: "INSERT INTO t VALUES ('01')",
      renames: { 't.a': 'b' },
      losses: ['Values of `t.a` as they were, where INT makes others of them.'],
      back: [['1']],
    },
  ],
  [
    'AUTOINCREMENT',
    {
      before: 'CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a)',
      after: 'CREATE TABLE t(id INTEGER PRIMARY KEY, a)',
      rows: 'INSERT INTO t VALUES (5, 1)',
      losses: ['The AUTOINCREMENT mark of `t`: it starts again at the highest id.'],
      back: [[5, 1]],
    },
  ],
  [
    'rowids',
    {
      before: 'CREATE TABLE t(a PRIMARY KEY, b)',
      after: 'CREATE TABLE t(a PRIMARY KEY, b) WITHOUT ROWID',
      rows: 'INSERT INTO t VALUES (5, 1)',
      losses: ['The rowids of `t`.'],
      back: [[5, 1]],
    },
  ],
  [
    'a key that is the rowid, which the rows keep',
    {
      before: `${P}CREATE TABLE t(id INTEGER PRIMARY KEY REFERENCES p, a)`,
      after: `${P}CREATE TABLE t(a)`,
      rows: 'INSERT INTO p VALUES (5); INSERT INTO t VALUES (5, 1)',
      losses: [],
      back: [[5, 1]],
    },
  ],
  [
    'a key that is the rowid, where another column becomes it',
    {
      before: 'CREATE TABLE t(id INTEGER PRIMARY KEY, a INT)',
      after: 'CREATE TABLE t(a INTEGER PRIMARY KEY)',
      rows: 'INSERT INTO t VALUES (5, 1)',
      losses: ['The values of `t.id`, which comes back as the rowid.'],
      back: [[1, 1]],
    },
  ],
  [
    'the same where it refers to other rows: no number may refer to another one',
    {
      before: `${P}CREATE TABLE t(id INTEGER PRIMARY KEY REFERENCES p, a INT)`,
      after: `${P}CREATE TABLE t(a INTEGER PRIMARY KEY)`,
      rows: 'INSERT INTO p VALUES (1), (5); INSERT INTO t VALUES (5, 1)',
      losses: [UNKNOWN],
      back: /datatype mismatch/,
    },
  ],
  [
    'a key that is the rowid, where there is none any more',
    {
      before: 'CREATE TABLE t(id INTEGER PRIMARY KEY, a)',
      after: 'CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID',
      rows: 'INSERT INTO t VALUES (5, 1)',
      losses: ['The values of `t.id`: the rows are numbered anew.', 'The rowids of `t`.'],
      back: [[1, 1]],
    },
  ],
  [
    'the same where it refers to other rows',
    {
      before: `${P}CREATE TABLE t(id INTEGER PRIMARY KEY REFERENCES p, a)`,
      after: `${P}CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID`,
      rows: 'INSERT INTO p VALUES (1), (5); INSERT INTO t VALUES (5, 1)',
      losses: [UNKNOWN, 'The rowids of `t`.'],
      back: /datatype mismatch/,
    },
  ],
  [
    'a full-text table',
    {
      before: 'CREATE TABLE s(a); CREATE VIRTUAL TABLE t USING fts5(a)',
      after: 'CREATE TABLE s(a)',
      rows: "INSERT INTO t VALUES ('x')",
      losses: ['What `t` held: it comes back empty.'],
      back: [],
    },
  ],
  [
    'a full-text table over another one, which can be filled again',
    {
      before: "CREATE TABLE t(a); CREATE VIRTUAL TABLE f USING fts5(a, content='t')",
      after: 'CREATE TABLE t(a)',
      rows: "INSERT INTO t VALUES ('x')",
      losses: [],
      back: [['x']],
    },
  ],
];

suite('losses', (test) => {
  for (const [what, given] of CASES) {
    test(what, async () => {
      const { up, down, losses } = await pairOf(
        given.before,
        given.after,
        permissive(given.renames),
      );
      assert.equal(losses, given.losses);
      await inScratch(async (scratch) => {
        await scratch.exec(`${given.before}; ${given.rows}`);
        await scratch.exec(up);
        const failure = await failureOf(() => scratch.exec(down));
        if (given.back instanceof RegExp) {
          assert.match(failure ?? '', given.back);
          return;
        }
        assert.is(failure, null);
        const rows = await scratch.query('SELECT * FROM t');
        assert.equal(rows.map(Object.values), given.back);
      });
    });
  }

  const NUMBERED = 'CREATE TABLE t(a); INSERT INTO t(rowid, a) VALUES (15, 5), (17, 7)';
  for (const [what, before, fill, ids] of [
    ['a table without one: each row has its rowid', NUMBERED, {}, [15, 17]],
    ['the same, where it is filled', NUMBERED, { 't.id': 'a' }, [5, 7]],
    [
      'another one',
      'CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (15), (17)',
      {},
      [15, 17],
    ],
    [
      'rows without rowids',
      'CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES (15), (17)',
      {},
      [1, 2],
    ],
  ] as const) {
    test(`a new key over ${what}`, async () => {
      const { up } = await pairOf(
        before,
        'CREATE TABLE t(id INTEGER PRIMARY KEY, a)',
        permissive({}, fill),
      );
      assert.is(up.includes('each with its rowid'), ids[0] === 15);
      await inScratch(async (scratch) => {
        await scratch.exec(before);
        await scratch.exec(up);
        const found = await scratch.query('SELECT id FROM t ORDER BY id');
        assert.equal(
          found.map(({ id }) => id),
          ids,
        );
      });
    });
  }
});
