import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { isGood } from '../../lib/schema/prove/proof.ts';
import { type Branches, proofOfBranches, proofOfShape, summaryOf } from '../support/branches.ts';
import { interleavingsOf } from '../support/interleavings.ts';
import { faultOf } from '../support/merge-rules.ts';
import { randomOf } from '../support/random.ts';
import { randomBranches } from '../support/random-branches.ts';
import { suite } from '../support/suite.ts';
import { thrownBy } from '../support/temp.ts';
import commuteCases from './commute_cases.json' with { type: 'json' };

const T = `CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, s TEXT);
INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y');
CREATE TABLE u(id INTEGER PRIMARY KEY, x);
CREATE TABLE log(m);
`;
const REBUILD =
  'CREATE TABLE n(id INTEGER PRIMARY KEY, a INT, s TEXT); INSERT INTO n SELECT id, a, s FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;';

suite('the worked cases of merges', (test) => {
  for (const { name, base, a, b, verdict } of commuteCases) {
    test(name, async () => {
      assert.is((await proofOfBranches({ base, a: [a], b: [b] })).verdict, verdict);
      const swapped = await proofOfBranches({ base, a: [b], b: [a] });
      assert.is(swapped.verdict, verdict, 'the other way round');
    });
  }
});

suite('what a proof claims', (test) => {
  type Case = readonly [name: string, summary: string, a: string, b: string, more?: string];
  const table: readonly Case[] = [
    ['different tables', 'commutes proved', 'UPDATE t SET a = 1', 'UPDATE u SET x = 1'],
    ['new tables', 'commutes proved', 'CREATE TABLE n(x)', 'CREATE TABLE o(x)'],
    ['one table', 'commutes tested', 'UPDATE t SET a = 1', 'UPDATE t SET s = 1'],
    ['nothing at all', 'commutes proved', '', 'SELECT 1'],
    [
      'tables tied by a foreign key',
      'commutes tested',
      'DELETE FROM t WHERE id = 2',
      'INSERT INTO c VALUES (1, 1)',
      'CREATE TABLE c(id INTEGER PRIMARY KEY, t REFERENCES t)',
    ],
    [
      'tables tied by a foreign key of one branch',
      'commutes tested',
      'UPDATE t SET a = 1',
      'CREATE TABLE c(id INTEGER PRIMARY KEY, t REFERENCES t)',
    ],
    [
      'tables tied by a view',
      'commutes tested',
      'UPDATE t SET a = 1',
      'CREATE VIEW w AS SELECT * FROM v',
      'CREATE VIEW v AS SELECT a FROM t',
    ],
    [
      'tables tied by a trigger',
      'commutes tested',
      'UPDATE t SET a = a',
      "INSERT INTO log VALUES ('b')",
      'CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (1); END',
    ],
    [
      'a read of what the other writes',
      'differs tested',
      'INSERT INTO u SELECT 1, count(*) FROM t',
      'DELETE FROM t',
    ],
    [
      'schema reads',
      'commutes tested',
      'UPDATE t SET a = 1',
      "INSERT INTO u SELECT 1, count(*) FROM sqlite_schema WHERE name = 'z'",
    ],
    [
      'schema reads that see the other branch',
      'differs tested',
      'CREATE TABLE n(x)',
      'INSERT INTO u SELECT 1, count(*) FROM sqlite_schema',
    ],
    [
      'changes()',
      'commutes tested',
      'UPDATE t SET a = 1',
      'INSERT INTO u VALUES (1, 1); INSERT INTO log SELECT changes()',
    ],
    [
      'the counter of AUTOINCREMENT',
      'differs tested',
      'INSERT INTO k(v) VALUES (1)',
      'UPDATE sqlite_sequence SET seq = seq + 100',
      'CREATE TABLE k(id INTEGER PRIMARY KEY AUTOINCREMENT, v)',
    ],
    ['RENAME', 'commutes tested', 'ALTER TABLE t RENAME TO o', 'UPDATE u SET x = 1'],
    ['DROP COLUMN', 'commutes tested', 'ALTER TABLE t DROP COLUMN s', 'UPDATE u SET x = 1'],
    [
      'a name, not a table, in common',
      'conflict tested',
      'CREATE INDEX i ON t(a)',
      'CREATE INDEX i ON u(x)',
    ],
    [
      'a name in common, IF NOT EXISTS',
      'differs tested',
      'CREATE INDEX IF NOT EXISTS i ON t(a)',
      'CREATE INDEX IF NOT EXISTS i ON u(x)',
    ],
    [
      'the user’s numbers in the header',
      'differs tested',
      'PRAGMA user_version = 5',
      'PRAGMA user_version = 7',
    ],
    [
      'a number in the header that both set alike',
      'commutes tested',
      'PRAGMA application_id = 5',
      'PRAGMA application_id = 5',
    ],
    [
      'a default that counts',
      'commutes tested',
      'UPDATE t SET a = 1 WHERE id > 5',
      'INSERT INTO k(x) VALUES (1)',
      'CREATE TABLE k(x, n DEFAULT (total_changes() * 0));',
    ],
    [
      'what tells of all tables',
      'commutes tested',
      'UPDATE t SET a = 1',
      'INSERT INTO u SELECT 1, count(*) > 0 FROM dbstat',
    ],
    [
      'columns in another order',
      'commutes-up-to-order tested',
      'ALTER TABLE t ADD COLUMN p',
      'ALTER TABLE t ADD COLUMN q',
    ],
    [
      'triggers in another order',
      'commutes-up-to-order tested',
      'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END',
      'CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 2; END',
    ],
    [
      'triggers of other events, whose order does not matter',
      'commutes tested',
      'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END',
      'CREATE TRIGGER h AFTER DELETE ON t BEGIN SELECT 2; END',
    ],
  ];
  for (const [name, summary, a, b, more = ''] of table) {
    test(name, async () => {
      const proof = await proofOfBranches({ base: T + more, a: [a], b: [b] });
      assert.is(summaryOf(proof), summary, proof.findings.map((each) => each.message).join('\n'));
    });
  }

  test('what is only order is noted', async () => {
    const { findings } = await proofOfBranches({
      base: T,
      a: ['ALTER TABLE t ADD COLUMN p'],
      b: ['ALTER TABLE t ADD COLUMN q'],
    });
    assert.equal(
      findings.map(({ code }) => code),
      ['order'],
    );
    assert.match(findings[0]!.message, /^Run as b1 then a1 \(not as a1 then b1\): .*`t`.*\.$/);
  });
});

suite('clock and chance', (test) => {
  const R = `${T}CREATE TABLE r(id INTEGER PRIMARY KEY, v DEFAULT (random()), w DEFAULT CURRENT_TIMESTAMP, k);`;
  const insert = (id: number) => `INSERT INTO r(id) VALUES (${id})`;
  const table: readonly (readonly [name: string, a: readonly string[], b: readonly string[]])[] = [
    ['in defaults', [insert(1)], [insert(2)]],
    ['in defaults of several revisions', [insert(1), insert(2)], [insert(3), insert(4)]],
    ['in a statement', ['INSERT INTO r(id, k) SELECT 1, random()'], [insert(2)]],
    [
      'in a trigger',
      [
        'CREATE TABLE n(x, y DEFAULT (datetime())); CREATE TRIGGER g AFTER INSERT ON n BEGIN UPDATE n SET x = hex(randomblob(4)); END; INSERT INTO n(x) VALUES (1)',
      ],
      [insert(2)],
    ],
  ];
  const gone =
    'CREATE TABLE x(k, v DEFAULT (random())); INSERT INTO x(k) VALUES (1); UPDATE t SET a = (SELECT v FROM x); DROP TABLE x';
  for (const [name, a, b] of [
    ...table,
    ['in a table that is gone', [gone], ["UPDATE t SET s = 'q'"]],
  ] as const) {
    test(`${name} do not make branches differ`, async () =>
      assert.is((await proofOfBranches({ base: R, a, b })).verdict, 'commutes'));
  }

  test('hide no other difference', async () => {
    const proof = await proofOfBranches({
      base: R,
      a: [`${insert(1)}; UPDATE t SET a = a + 1`],
      b: [`${insert(2)}; UPDATE t SET a = a * 2`],
    });
    assert.is(proof.verdict, 'differs');
    assert.equal(
      proof.findings.map(({ message }) => message),
      ['Run as b1 then a1 (not as a1 then b1): the rows of `t` differ.'],
    );
  });

  test('hide no difference of what lies between', async () => {
    const proof = await proofOfBranches({
      base: R,
      a: ['UPDATE t SET a = a + 1', 'UPDATE t SET a = 0', insert(1)],
      b: ['UPDATE t SET a = a * 2', 'UPDATE t SET a = 0', insert(2)],
    });
    assert.is(proof.verdict, 'differs');
    assert.match(proof.findings[0]!.message, /rows of `t` differ/);
  });
});

suite('values', (test) => {
  test('an integer is no real, where the column lets both be', async () => {
    const base = 'CREATE TABLE t(a, i INT); INSERT INTO t VALUES (1, 1)';
    const branches = (column: string) => ({
      base,
      a: [`UPDATE t SET ${column} = 2`],
      b: [`UPDATE t SET ${column} = 2.0`],
    });
    assert.is((await proofOfBranches(branches('a'))).verdict, 'differs');
    assert.is((await proofOfBranches(branches('i'))).verdict, 'commutes');
  });
});

suite('what lies between', (test) => {
  test('both make and drop a table: whole branches agree, and what lies between does not', async () => {
    const branch = ['CREATE TABLE n(x)', 'DROP TABLE n'];
    const proof = await proofOfBranches({ base: T, a: branch, b: branch });
    assert.is(proof.verdict, 'order-dependent');
    assert.equal(
      proof.findings.map(({ message }) => message),
      [
        'Run as a1 then b1 the revision b1 fails: table n already exists',
        'Run as b1 then a1 the revision a1 fails: table n already exists',
      ],
    );
    assert.is(proof.suggestion, null);
  });

  test('one makes and drops what the other makes for good', async () => {
    const proof = await proofOfBranches({
      base: T,
      a: ['CREATE TABLE n(x)', 'DROP TABLE n', 'SELECT 1'],
      b: ['CREATE TABLE IF NOT EXISTS n(x)'],
    });
    assert.not(isGood(proof));
  });

  test('a failure further up a branch is found', async () => {
    const proof = await proofOfBranches({
      base: T,
      a: ['SELECT 1', 'DROP TABLE log', 'CREATE TABLE log(m)'],
      b: ['SELECT 2', 'INSERT INTO log VALUES (1); DELETE FROM log'],
    });
    assert.is(proof.verdict, 'order-dependent');
    assert.match(proof.findings[0]!.message, /the revision b2 fails: no such table: log$/);
  });
});

suite('an order that matters', (test) => {
  test('names what fails, with its place, and the edge that mends it', async () => {
    const b = "INSERT INTO log VALUES (1);\nINSERT INTO t VALUES (3, 30, 'z');";
    const proof = await proofOfBranches({ base: T, a: ['ALTER TABLE t RENAME TO o'], b: [b] });
    assert.is(proof.verdict, 'order-dependent');
    const [first, ...others] = proof.findings;
    assert.equal(others, []);
    assert.is(first!.message, 'Run as a1 then b1 the revision b1 fails: no such table: t');
    assert.equal([first!.script?.file, first!.offset], ['b1.up.sql', b.indexOf('t VALUES')]);
    assert.equal(proof.suggestion, { revision: 'a1', needs: 'b1' });
  });

  test('keys that do not hold between fail there, as they would in a run', async () => {
    const base = `CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
      CREATE TABLE c(p REFERENCES p); INSERT INTO c VALUES (1), (2);`;
    const proof = await proofOfBranches({
      base,
      a: ['DELETE FROM c WHERE p = 2'],
      b: ['DELETE FROM p WHERE id = 2'],
    });
    assert.is(proof.verdict, 'order-dependent');
    assert.match(proof.findings[0]!.message, /b1 then a1 the revision b1 fails: Foreign keys do/);
    assert.equal(proof.suggestion, { revision: 'b1', needs: 'a1' });
  });

  test('what is only broken behind one of the orders names its edge, too', async () => {
    const proof = await proofOfBranches({
      base: T,
      a: ['SELECT 1', 'CREATE VIEW w AS SELECT a FROM t'],
      b: ['ALTER TABLE t RENAME COLUMN a TO z', 'SELECT 2'],
    });
    assert.is(proof.verdict, 'order-dependent');
    assert.match(
      proof.findings[0]!.message,
      /^Run as b2 then a2 it ends broken: The view `w` cannot be read/,
    );
    assert.equal(proof.suggestion, { revision: 'b1', needs: 'a2' });
  });

  test('is mended by what is suggested', async () => {
    const scripts = { m: T, a: 'ALTER TABLE t RENAME TO o', b: 'UPDATE t SET a = 1' };
    assert.is((await proofOfShape('m; a<m; b<m', scripts)).verdict, 'order-dependent');
    assert.is((await proofOfShape('m; a<m +b; b<m', scripts)).verdict, 'commutes');
  });

  test('what ends broken is told as that', async () => {
    const proof = await proofOfBranches({
      base: T,
      a: ['ALTER TABLE t RENAME TO o'],
      b: ['CREATE VIEW v AS SELECT a FROM t'],
    });
    assert.equal([proof.verdict, proof.findings[0]!.code], ['order-dependent', 'broken']);
    assert.match(proof.findings[0]!.message, /The view `v` cannot be read: no such table: main\.t/);
  });

  test('what was broken before is nobody’s fault', async () => {
    const sql = `${T}CREATE VIEW bad AS SELECT * FROM missing; CREATE TABLE orphan(t REFERENCES t);
      PRAGMA foreign_keys = OFF; INSERT INTO orphan VALUES (99);`;
    const proof = await proofOfBranches({
      base: { sql, foreignKeys: 'on', transaction: 'off' },
      a: ['UPDATE t SET a = 1'],
      b: ['UPDATE u SET x = 1'],
    });
    assert.is(proof.verdict, 'commutes');
  });

  test('all orders fail: each is named', async () => {
    const proof = await proofOfBranches({
      base: T,
      a: ["INSERT INTO t VALUES (3, 10, 'dup')"],
      b: ['CREATE UNIQUE INDEX i ON t(a)'],
    });
    assert.is(proof.verdict, 'conflict');
    assert.equal(
      proof.findings.map(({ message, script }) => `${script?.file} ${message}`),
      [
        'b1.up.sql Run as a1 then b1 the revision b1 fails: UNIQUE constraint failed: t.a',
        'a1.up.sql Run as b1 then a1 the revision a1 fails: UNIQUE constraint failed: t.a',
      ],
    );
  });
});

suite('who lost what', (test) => {
  test('a rebuild from an older table loses the new column', async () => {
    const { verdict, findings } = await proofOfBranches({
      base: T,
      a: ['ALTER TABLE t ADD COLUMN p'],
      b: [REBUILD],
    });
    assert.is(verdict, 'differs');
    assert.equal(
      findings.map(({ code, message }) => `${code}: ${message}`),
      [
        'differs: Run as b1 then a1 (not as a1 then b1): column `p` of `t` is new: p.',
        'differs: Run as b1 then a1 (not as a1 then b1): the rows of `t` differ.',
        'lost: Run as a1 then b1 what a1 did is lost: column `p` of `t` is new: p.',
      ],
    );
  });

  test('both rebuild: each loses in one order', async () => {
    const rebuild = (column: string) =>
      REBUILD.replace('s TEXT)', `s TEXT, ${column})`).replace(
        'INTO n SELECT',
        'INTO n(id, a, s) SELECT',
      );
    const { findings } = await proofOfBranches({ base: T, a: [rebuild('p')], b: [rebuild('q')] });
    assert.equal(
      findings.filter(({ code }) => code === 'lost').map(({ message }) => message),
      [
        'Run as a1 then b1 what a1 did is lost: column `p` of `t` is new: p.',
        'Run as b1 then a1 what b1 did is lost: column `q` of `t` is new: q.',
      ],
    );
  });
});

suite('limits', (test) => {
  const C = `${T}CREATE TABLE c(id INTEGER PRIMARY KEY, t REFERENCES t ON DELETE CASCADE); INSERT INTO c VALUES (1, 1);`;
  const only = /^a1 says `foreign_keys: on` or `transaction: off`, so only whole branches were run/;

  test('foreign_keys: on and transaction: off are told, and are never proved', async () => {
    for (const a of [
      { sql: 'DELETE FROM t WHERE id = 2', foreignKeys: 'on' },
      { sql: 'BEGIN; CREATE TABLE n(x); COMMIT; VACUUM', transaction: 'off' },
    ] as const) {
      const proof = await proofOfBranches({ base: C, a: [a], b: ['UPDATE u SET x = 1'] });
      assert.is(summaryOf(proof), 'commutes tested');
      assert.match(proof.findings[0]!.message, only);
    }
  });

  test('cascades of foreign_keys: on happen', async () => {
    const a = [{ sql: 'DELETE FROM t WHERE id = 1', foreignKeys: 'on' }] as const;
    const proof = await proofOfBranches({ base: C, a, b: ['UPDATE c SET t = 2'] });
    assert.is(proof.verdict, 'differs');
    assert.match(proof.findings[0]!.message, /rows of `c` differ/);
  });

  test('foreign_keys: on in what the branches share is no limit', async () => {
    const scripts = { m: { sql: C, foreignKeys: 'on' }, a: 'CREATE TABLE n(x)' } as const;
    assert.is(summaryOf(await proofOfShape('m; a<m; b<m', scripts)), 'commutes proved');
  });

  test('an order that matters is found all the same', async () => {
    const a = [{ sql: 'ALTER TABLE t RENAME TO o', transaction: 'off' }] as const;
    const proof = await proofOfBranches({ base: T, a, b: ['UPDATE t SET a = 1'] });
    assert.is(proof.verdict, 'order-dependent');
    assert.equal(proof.suggestion, { revision: 'a1', needs: 'b1' });
  });

  test('rows of virtual tables are compared', async () => {
    const base = "CREATE VIRTUAL TABLE f USING fts5(body); INSERT INTO f VALUES ('x');";
    const add = (text: string) => [`UPDATE f SET body = body || '${text}'`];
    assert.is((await proofOfBranches({ base, a: add('a'), b: add('b') })).verdict, 'differs');
    assert.is((await proofOfBranches({ base, a: add('a'), b: add('a') })).verdict, 'commutes');
  });

  test('what the branches share has to run', async () => {
    const error = await thrownBy(MigError, () =>
      proofOfBranches({ base: 'UPDATE missing SET a = 1', a: [''], b: [''] }),
    );
    assert.equal([error.code, error.file, error.line], ['failed', 'm.up.sql', 1]);
  });

  test('a dependency that comes late: each branch goes first all the same', async () => {
    const shape = 'm @1; b1<m @2; b2<b1 @3; a1<m @4; a2<a1 +b1 @5';
    const bad = await proofOfShape(shape, { m: T, a1: 'DROP TABLE t', b1: 'UPDATE t SET a = 1' });
    assert.is(bad.verdict, 'order-dependent');
    assert.is(
      bad.findings[0]!.message,
      'Run as a2 then b2 the revision b1 fails: no such table: t',
    );
    const good = await proofOfShape(shape, { m: T, a1: 'DROP TABLE t', b1: 'UPDATE u SET x = 1' });
    assert.is(summaryOf(good), 'commutes tested');
    assert.match(good.findings[0]!.message, /^Both branches need b1 by a dependency,/);
  });
});

suite('shapes', (test) => {
  const heads = (count: number) => 'abcdef'.slice(0, count).split('');
  const octopus = (count: number) =>
    `m; ${heads(count)
      .map((id) => `${id}<m`)
      .join('; ')}`;

  for (const count of [3, 4]) {
    test(`${count} heads`, async () => {
      const scripts = Object.fromEntries(heads(count).map((id) => [id, `CREATE TABLE t_${id}(x)`]));
      const proof = await proofOfShape(octopus(count), scripts);
      assert.is(summaryOf(proof), 'commutes tested');
      const orders = count === 3 ? 6 : 24;
      assert.equal(
        proof.findings.map(({ message }) => message),
        [
          `Of ${count} heads, whole branches were run in ${orders} orders, and not what lies between.`,
        ],
      );
    });
  }

  test('three heads of which only two meet, behind the third', async () => {
    const scripts = {
      m: T,
      a: 'UPDATE t SET a = a + 1',
      b: 'CREATE TABLE n(x)',
      c: 'UPDATE t SET a = a * 2',
    };
    const proof = await proofOfShape(octopus(3), scripts);
    assert.is(proof.verdict, 'differs');
    assert.is(proof.suggestion, null);
  });

  test('a criss-cross', async () => {
    const scripts = {
      m: T,
      a: 'ALTER TABLE t ADD COLUMN p',
      b: 'CREATE TABLE n(x)',
      c: 'UPDATE t SET p = 1',
    };
    const shape = 'm; a<m; b<m; c<a,b; d<a,b';
    assert.is(
      summaryOf(await proofOfShape(shape, { ...scripts, d: 'UPDATE n SET x = 1' })),
      'commutes proved',
    );
    assert.is(
      (await proofOfShape(shape, { ...scripts, d: 'UPDATE t SET p = 2' })).verdict,
      'differs',
    );
  });

  test('no common ancestor', async () => {
    const made = await proofOfShape('a; b', { a: 'CREATE TABLE t(x)', b: 'CREATE TABLE u(x)' });
    assert.is(summaryOf(made), 'commutes proved');
    const both = await proofOfShape('a; b', { a: 'CREATE TABLE t(x)', b: 'CREATE TABLE t(x)' });
    assert.is(both.verdict, 'conflict');
  });

  test('a fork inside a branch', async () => {
    const scripts = {
      m: T,
      a: 'UPDATE t SET a = 1',
      d: 'UPDATE u SET x = 1',
      e: 'CREATE TABLE n(x)',
    };
    assert.is(
      summaryOf(await proofOfShape('m; a<m; c<m; d<c; e<c; n<d,e', scripts)),
      'commutes proved',
    );
  });
});

/** Faults such as people make: no merge may call them good. */
const PLANTED: Readonly<Record<string, Branches>> = {
  'a rebuild loses the new column': {
    base: T,
    a: ['ALTER TABLE t ADD COLUMN p'],
    b: [REBUILD],
  },
  'a rebuild loses a new default': {
    base: T,
    a: ['ALTER TABLE t ADD COLUMN p DEFAULT 5'],
    b: ['ALTER TABLE t ADD COLUMN p DEFAULT 6'],
  },
  'a rebuild loses an index': {
    base: T,
    a: ['CREATE INDEX i ON t(a)'],
    b: [REBUILD],
  },
  'a rebuild loses a trigger': {
    base: T,
    a: ['CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM log; END'],
    b: [REBUILD],
  },
  'a rebuild loses a constraint': {
    base: T,
    a: [REBUILD.replace('a INT', 'a INT CHECK (a > 0)')],
    b: [REBUILD.replace('s TEXT', 's TEXT NOT NULL')],
  },
  'a rebuild loses a collation': {
    base: T,
    a: [REBUILD.replace('s TEXT', 's TEXT COLLATE NOCASE')],
    b: [REBUILD],
  },
  'a rebuild loses rows': {
    base: T,
    a: ["INSERT INTO t VALUES (3, 30, 'z')"],
    b: [REBUILD.replace('FROM t', 'FROM t WHERE id < 3')],
  },
  'an index is dropped in one order, and stays in the other': {
    base: T,
    a: ['CREATE INDEX IF NOT EXISTS i ON t(a)'],
    b: ['DROP INDEX IF EXISTS i'],
  },
  'a view is made in two ways': {
    base: T,
    a: ['DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT a FROM t'],
    b: ['DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT s FROM t'],
  },
  'a trigger is made in two ways': {
    base: T,
    a: ['DROP TRIGGER IF EXISTS g; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END'],
    b: ['DROP TRIGGER IF EXISTS g; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 2; END'],
  },
  'an index becomes unique, or not': {
    base: T,
    a: ['CREATE INDEX IF NOT EXISTS i ON t(a)'],
    b: ['CREATE UNIQUE INDEX IF NOT EXISTS i ON t(a)'],
  },
  'a new trigger counts what the other branch writes': {
    base: T,
    a: ['CREATE TRIGGER g AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (1); END'],
    b: ['UPDATE t SET a = 1 WHERE id = 1'],
  },
  'rows are deleted that the other branch changes first': {
    base: T,
    a: ['DELETE FROM t WHERE a > 15'],
    b: ['UPDATE t SET a = a + 10'],
  },
  'rows are copied before, or after': {
    base: T,
    a: ['CREATE TABLE backup AS SELECT * FROM t'],
    b: ['DELETE FROM t WHERE id = 1'],
  },
  'a default fills what the other branch inserts': {
    base: T,
    a: ['ALTER TABLE t ADD COLUMN p DEFAULT 5; UPDATE t SET p = 7'],
    b: ["INSERT INTO t(id, a, s) VALUES (3, 30, 'z')"],
  },
  'an INSERT without a column list meets a new column': {
    base: T,
    a: ['ALTER TABLE t ADD COLUMN p'],
    b: ["INSERT INTO t VALUES (3, 30, 'z')"],
  },
  'a column is renamed that the other branch writes': {
    base: T,
    a: ['ALTER TABLE t RENAME COLUMN a TO amount'],
    b: ['UPDATE t SET a = 1'],
  },
  'a column is dropped that a new view reads': {
    base: T,
    a: ['ALTER TABLE t DROP COLUMN s'],
    b: ['CREATE VIEW v AS SELECT s FROM t'],
  },
  'a table is dropped that a new foreign key names': {
    base: T,
    a: ['DROP TABLE u'],
    b: ['CREATE TABLE c(u REFERENCES u(id))'],
  },
  'rows are deleted that new rows name': {
    base: `${T}CREATE TABLE c(t REFERENCES t(id));`,
    a: ['DELETE FROM t WHERE id = 1'],
    b: ['INSERT INTO c VALUES (1)'],
  },
  'both insert the same key, and say OR IGNORE': {
    base: T,
    a: ["INSERT OR IGNORE INTO t VALUES (3, 30, 'a')"],
    b: ["INSERT OR IGNORE INTO t VALUES (3, 31, 'b')"],
  },
  'ids are given by chance of order': {
    base: T,
    a: ["INSERT INTO t(a, s) VALUES (30, 'a')"],
    b: ["INSERT INTO t(a, s) VALUES (31, 'b')"],
  },
  'a value is 1 in one order, and the text 1 in the other': {
    base: 'CREATE TABLE k(v); INSERT INTO k VALUES (0);',
    a: ['UPDATE k SET v = 1'],
    b: ["UPDATE k SET v = '1'"],
  },
  'the table is renamed once its rows differ': {
    base: `${T}CREATE INDEX i ON t(a);`,
    a: [REBUILD],
    b: ['INSERT INTO log SELECT count(*) FROM sqlite_schema; ALTER TABLE log RENAME TO diary'],
  },
  'the difference is far up both branches, and covered up again': {
    base: T,
    a: ['SELECT 1', 'UPDATE t SET a = a + 1', 'UPDATE t SET a = 0'],
    b: ['SELECT 2', 'UPDATE t SET a = a * 2', 'UPDATE t SET a = 0'],
  },
};

suite('a planted fault is never called good', (test) => {
  for (const [name, branches] of Object.entries(PLANTED)) {
    test(name, async () => {
      const proof = await proofOfBranches(branches);
      const swapped = await proofOfBranches({ ...branches, a: branches.b, b: branches.a });
      assert.not(isGood(proof), summaryOf(proof));
      assert.is(swapped.verdict, proof.verdict);
      assert.ok(proof.findings.length > 0);
      for (const { message } of proof.findings) {
        assert.not.match(message, /(?<!`)\b[ab]\d[.,;:](\s|$)/, 'punctuation behind an id');
      }
    });
  }
});

const PAIRS = 360;

suite('random branches, against every interleaving', (test) => {
  for (let part = 0; part < 4; part++) {
    test(`part ${part + 1}`, async () => {
      const verdicts = new Map<string, number>();
      for (let seed = part; seed < PAIRS; seed += 4) {
        const { base, a, b } = randomBranches(randomOf(seed));
        const proof = await proofOfBranches({ base, a, b });
        const fault = faultOf(proof, interleavingsOf(base, a, b));
        assert.is(fault, null, `seed ${seed}: ${JSON.stringify({ base, a, b }, null, 1)}`);
        verdicts.set(summaryOf(proof), (verdicts.get(summaryOf(proof)) ?? 0) + 1);
      }
      for (const each of [
        'commutes proved',
        'commutes tested',
        'differs tested',
        'order-dependent tested',
        'conflict tested',
      ]) {
        assert.ok((verdicts.get(each) ?? 0) > 0, `${each} was never reached`);
      }
    });
  }
});
