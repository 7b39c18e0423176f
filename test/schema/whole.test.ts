import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { compareSchemas } from '../../lib/schema/compare/compare.ts';
import { sentenceOf } from '../../lib/schema/compare/difference.ts';
import { lostChanges } from '../../lib/schema/compare/lost.ts';
import { orderDependents } from '../../lib/schema/compare/order-matters.ts';
import { dumpSchema } from '../../lib/schema/dump.ts';
import { runSchemaFile, runScripts, schemaOf } from '../../lib/schema/read/materialise.ts';
import { faultsOf } from '../../lib/schema/validity.ts';
import { volatileDefaults } from '../../lib/schema/volatile.ts';
import { inScratch, isSameSchema, schemaFrom } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';
import { thrownBy } from '../support/temp.ts';
import commuteCases from './commute_cases.json' with { type: 'json' };
import diffCases from './diff_cases.json' with { type: 'json' };

suite('faultsOf', (test) => {
  const table: readonly (readonly [sql: string, ...faults: string[]])[] = [
    ['CREATE TABLE t(a); CREATE VIEW v AS SELECT a FROM t'],
    ['CREATE TABLE t(a INTEGER PRIMARY KEY, b REFERENCES t)'],
    ['CREATE TABLE t(a REFERENCES gone)', 'no-parent t'],
    ['CREATE TABLE p(a); CREATE TABLE t(a REFERENCES p(a))', 'parent-key t'],
    ['CREATE TABLE p(a); CREATE TABLE t(a REFERENCES p)', 'parent-key t'],
    [
      'CREATE TABLE p(a UNIQUE); CREATE TABLE t(a REFERENCES p(a)); INSERT INTO t VALUES (1), (2)',
      'rows t',
    ],
    ['CREATE VIEW v AS SELECT a FROM gone', 'view v'],
    ['CREATE VIEW v AS SELECT a FROM w; CREATE VIEW w AS SELECT a FROM v', 'view v', 'view w'],
    [
      'CREATE TABLE t(a); CREATE TRIGGER "odd ""name" AFTER INSERT ON t BEGIN INSERT INTO gone VALUES (1); END',
      'trigger odd "name',
    ],
    [
      'CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM gone; END; CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT missing FROM t; END; CREATE VIEW v AS SELECT a FROM gone',
      'view v',
      'trigger g',
      'trigger h',
    ],
    [
      'CREATE TABLE t(a); CREATE TABLE u(b); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO u(gone) VALUES (1); END',
      'trigger g',
    ],
    [
      'CREATE TABLE t(a); CREATE TABLE u(b); CREATE TRIGGER g BEFORE DELETE ON t BEGIN UPDATE u SET gone = 1; END',
      'trigger g',
    ],
    [
      'CREATE TABLE t(a, b, c AS (a)); CREATE TABLE u(x, y); CREATE TRIGGER g AFTER UPDATE OF b ON t BEGIN INSERT INTO u VALUES (1); END',
      'trigger g',
    ],
    [
      'CREATE TABLE t(a); CREATE TABLE u(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO u(gone) VALUES (1); END; CREATE TRIGGER h AFTER INSERT ON t BEGIN DELETE FROM u; END; CREATE TRIGGER i AFTER DELETE ON u BEGIN UPDATE t SET a = 1; END; CREATE TRIGGER j AFTER DELETE ON u BEGIN UPDATE t SET gone = 1; END',
      'trigger g',
      'trigger j',
    ],
    [
      'CREATE TABLE t(a); CREATE VIEW v AS SELECT a FROM t; CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN INSERT INTO t(gone) VALUES (new.a); END; CREATE TRIGGER h INSTEAD OF UPDATE ON v BEGIN UPDATE t SET a = new.a; END',
      'trigger g',
    ],
    [
      'CREATE TABLE p(a REFERENCES gone); CREATE TRIGGER g AFTER INSERT ON p BEGIN UPDATE p SET nope = 1; END',
      'no-parent p',
      'trigger g',
    ],
    // Nothing is wrong with any of these.
    [
      `CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT NOT NULL, c TEXT AS (b || a) STORED, d INT AS (a)) STRICT;
       CREATE TABLE kv(k TEXT PRIMARY KEY, v NOT NULL) WITHOUT ROWID;
       CREATE VIEW v AS SELECT a, b, c, count(*) OVER () AS n FROM t;
       CREATE VIEW only_read AS SELECT * FROM t, kv;
       CREATE VIRTUAL TABLE f USING fts5(b, content='t', content_rowid='a');
       CREATE VIRTUAL TABLE r USING rtree(id, x, y);
       CREATE TRIGGER t_i AFTER INSERT ON t WHEN new.c <> '' BEGIN
         INSERT INTO f(rowid, b) VALUES (new.a, new.b);
         INSERT INTO r VALUES (new.a, 1, 2);
         INSERT INTO kv VALUES (new.b, new.c) ON CONFLICT (k) DO UPDATE SET v = excluded.v;
       END;
       CREATE TRIGGER t_u AFTER UPDATE OF b ON t BEGIN
         INSERT INTO f(f, rowid, b) VALUES ('delete', old.a, old.b);
         UPDATE t SET b = new.b WHERE a = new.a;
       END;
       CREATE TRIGGER kv_d BEFORE DELETE ON kv BEGIN SELECT RAISE(ABORT, 'no') FROM only_read; END;
       CREATE TRIGGER kv_u AFTER UPDATE ON kv BEGIN DELETE FROM kv WHERE k = old.k; END;
       CREATE TRIGGER v_d INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE a = old.a; END;
       CREATE TRIGGER v_u INSTEAD OF UPDATE OF b ON v BEGIN UPDATE t SET b = new.b WHERE a = old.a; END;
       CREATE TRIGGER v_i INSTEAD OF INSERT ON v BEGIN INSERT INTO t(b) VALUES (new.b); END`,
    ],
    // The program that uses the database may bring the function.
    [
      'CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = of_the_app(a); END',
    ],
    ["CREATE VIRTUAL TABLE f USING fts5(a, content='gone')", 'virtual-table f'],
    ['CREATE TABLE mig_probe_0(a); CREATE TABLE mig_probed_1(a)'],
  ];
  for (const [sql, ...faults] of table) {
    test(sql, () =>
      inScratch(async (scratch) => {
        await scratch.exec(sql);
        const schema = await schemaOf(scratch);
        const found = await faultsOf(scratch, schema);
        assert.equal(
          found.map(({ kind, name }) => `${kind} ${name}`),
          faults,
        );
        assert.ok(isSameSchema(schema, await schemaOf(scratch)));
      }),
    );
  }
});

suite('dumpSchema', (test) => {
  test('is ordered, keeps what was written, and ends each statement', async () => {
    const schema = await schemaFrom(`
      CREATE TABLE b(x /* kept */);
      CREATE TRIGGER z AFTER INSERT ON b BEGIN SELECT 1; END;
      CREATE TRIGGER y AFTER INSERT ON b BEGIN SELECT 2; END;
      CREATE VIEW v AS SELECT x FROM b -- the view
      ;
      CREATE TABLE a(x
        );
      CREATE INDEX j ON a(x); CREATE INDEX i ON a(x);
      CREATE VIRTUAL TABLE f USING fts5(body);`);
    assert.is(
      dumpSchema(schema),
      `CREATE TABLE a(x
        );

CREATE INDEX i ON a(x);

CREATE INDEX j ON a(x);

CREATE TABLE b(x /* kept */);

CREATE VIRTUAL TABLE f USING fts5(body);

CREATE VIEW v AS SELECT x FROM b -- the view
;

CREATE TRIGGER z AFTER INSERT ON b BEGIN SELECT 1; END;

CREATE TRIGGER y AFTER INSERT ON b BEGIN SELECT 2; END;
`,
    );
  });

  test('of nothing is nothing', async () => assert.is(dumpSchema(await schemaFrom('')), ''));
});

suite('the worked cases', (test) => {
  for (const { name, before, after, expect } of diffCases) {
    if (name === 'invalid-schema-with-rows') continue;
    test(name, async () => {
      const [a, b] = [await schemaFrom(before), await schemaFrom(after)];
      const found = compareSchemas(a, b).filter((each) => !each.cosmetic);
      assert.is(found.length === 0, expect === 'none', found.map(sentenceOf).join('\n'));
      for (const schema of [a, b]) {
        const again = await schemaFrom(dumpSchema(schema));
        assert.equal(compareSchemas(schema, again, { columnOrder: 'strict' }), []);
      }
    });
  }

  for (const { name, base, a, b, verdict, why } of commuteCases) {
    if (verdict !== 'commutes' && !why.startsWith('schema:')) continue;
    test(`${name}: ${verdict}`, async () => {
      const ab = await schemaFrom(`${base};${a};${b}`);
      const ba = await schemaFrom(`${base};${b};${a}`);
      assert.is(isSameSchema(ab, ba), verdict === 'commutes');
    });
  }
});

suite('lostChanges', (test) => {
  const table: readonly (readonly [
    what: string,
    base: string,
    branch: string,
    result: string,
    ...lost: string[],
  ])[] = [
    ['nothing', 'CREATE TABLE t(a)', 'CREATE TABLE t(a, b)', 'CREATE TABLE t(a, b, c)'],
    [
      'a column',
      'CREATE TABLE t(a)',
      'CREATE TABLE t(a, b)',
      'CREATE TABLE t(a, c)',
      'column `b` of `t` is new: b',
    ],
    [
      'a table',
      'CREATE TABLE t(a)',
      'CREATE TABLE t(a, b)',
      'CREATE TABLE u(a)',
      'column `b` of `t` is new: b',
    ],
    [
      'a default',
      'CREATE TABLE t(a)',
      'CREATE TABLE t(a DEFAULT 1)',
      'CREATE TABLE t(a DEFAULT 2)',
      'column `a` of `t`: default 1, was none',
    ],
    [
      'a part of what is new',
      'CREATE TABLE t(a)',
      'CREATE TABLE t(a); CREATE TABLE u(x, y)',
      'CREATE TABLE t(a); CREATE TABLE u(x)',
      'table `u` is new',
    ],
    [
      'a removal',
      'CREATE TABLE t(a, b)',
      'CREATE TABLE t(a)',
      'CREATE TABLE t(a, b)',
      'column `b` of `t` is gone: b',
    ],
    ['only order', 'CREATE TABLE t(a)', 'CREATE TABLE t(a, b)', 'CREATE TABLE t(b, a)'],
  ];
  for (const [what, base, branch, result, ...lost] of table) {
    test(what, async () => {
      const found = lostChanges(
        await schemaFrom(base),
        await schemaFrom(branch),
        await schemaFrom(result),
      );
      assert.equal(
        found.map(({ change }) => sentenceOf(change)),
        lost,
      );
    });
  }
});

suite('a schema file', (test) => {
  const run = (sql: string) =>
    inScratch((scratch) => runSchemaFile(scratch, { sql, file: 'schema.sql' }));

  test('is a schema', async () => {
    const sql = "CREATE TABLE t(a); CREATE VIRTUAL TABLE f USING fts5(a, content='t')";
    assert.equal([...(await run(sql)).tables.keys()], ['t']);
  });

  const refused: readonly (readonly [sql: string, message: RegExp, line?: number])[] = [
    ['CREATE TABLE t(a); INSERT INTO t VALUES (1)', /leaves rows in `t`/],
    ['CREATE TEMP TABLE t(a)', /TEMP/],
    ["CREATE TABLE t(a);\nATTACH 'x.db' AS x", /other databases/, 2],
    ['CREATE TABLE t(a);\nCREATE TABLE t(b);', /already exists/, 2],
  ];
  for (const [sql, message, line] of refused) {
    test(`is refused: ${sql}`, async () => {
      const error = await thrownBy(MigError, () => run(sql));
      assert.match(error.message, message);
      assert.is(error.file, 'schema.sql');
      if (line !== undefined) assert.is(error.line, line);
    });
  }

  test('of rows that come and go is fine', () =>
    inScratch(async (scratch) => {
      const [trace] = await runScripts(scratch, [
        { sql: 'CREATE TABLE t(a); INSERT INTO t VALUES (1)' },
      ]);
      assert.ok(trace!.writes.has('t'));
    }));
});

suite('orderDependents', (test) => {
  test('are views that select all and triggers that insert blindly', async () => {
    const schema = await schemaFrom(`
      CREATE TABLE t(a, b); CREATE TABLE u(a);
      CREATE VIEW every AS SELECT * FROM t; CREATE VIEW times AS SELECT a * b AS c FROM t;
      CREATE VIEW counts AS SELECT count(*) AS n FROM t; CREATE VIEW other AS SELECT * FROM u;
      CREATE TRIGGER blind AFTER INSERT ON u BEGIN INSERT INTO "T" VALUES (1, 2); END;
      CREATE TRIGGER named AFTER INSERT ON u BEGIN INSERT INTO t(a, b) VALUES (1, 2); END;`);
    assert.equal(
      orderDependents(schema, 'T').map(({ name }) => name),
      ['every', 'blind'],
    );
  });
});

suite('volatileDefaults', (test) => {
  test('are those of clock and chance', async () => {
    const schema = await schemaFrom(`
      CREATE TABLE a(x DEFAULT current_timestamp); CREATE TABLE b(x DEFAULT (hex(randomblob(2))));
      CREATE TABLE c(x DEFAULT 'random'); CREATE TABLE d(x DEFAULT 1);`);
    assert.equal([...volatileDefaults(schema)], ['a', 'b']);
  });
});
