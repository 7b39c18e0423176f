import * as assert from 'uvu/assert';
import { compareSchemas } from '../../lib/schema/compare/compare.ts';
import { sentenceOf } from '../../lib/schema/compare/difference.ts';
import { dropsOf } from '../../lib/schema/drops.ts';
import { dumpSchema } from '../../lib/schema/dump.ts';
import type { Schema } from '../../lib/schema/model.ts';
import { runSchemaFile, schemaOf } from '../../lib/schema/read/materialise.ts';
import { faultsOf } from '../../lib/schema/validity.ts';
import { makeRandomSchema } from '../support/random-schema.ts';
import { inScratch, schemaFrom } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

/** What `mig dump > schema.sql` and `mig check` do: the dump makes the same, and dumps the same. */
async function comesBack(schema: Schema, told: string): Promise<void> {
  const sql = dumpSchema(schema);
  const again = await inScratch((scratch) =>
    runSchemaFile(scratch, { sql, file: 'schema.sql' }).catch((error) => {
      throw new Error(`${told}\n${sql}\n${error.message} at ${error.line}:${error.column}`);
    }),
  );
  const differences = compareSchemas(schema, again, { columnOrder: 'strict' });
  assert.equal(differences.map(sentenceOf), [], `${told}\n${sql}`);
  assert.is(dumpSchema(again), sql, told);
}

suite('a dump makes the schema that it was made from', (test) => {
  const table: readonly string[] = [
    'CREATE TABLE t(a) -- the end',
    'CREATE TABLE t(a /* x; */ ) /* the end */',
    'CREATE TABLE t(a); CREATE INDEX i ON t(a) /* nothing closes it',
    'CREATE TABLE t(a); CREATE INDEX i ON t(a) -- the end',
    'CREATE VIEW v AS SELECT 1 -- the end',
    'CREATE VIEW v AS SELECT 1 /* nothing closes it',
    "CREATE TABLE 'it''s'(a); CREATE UNIQUE INDEX \"i\"\"x\" ON 'it''s'(a COLLATE NOCASE DESC)",
    'CREATE TABLE t(a); ALTER TABLE t RENAME TO "new t"; ALTER TABLE "new t" RENAME a TO "b-c"',
    'CREATE TABLE t(a, b AS (a + 1) STORED, c AS (b)); CREATE INDEX i ON t(a + 1, lower(b)) WHERE c > 1',
    'CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT) STRICT',
    'CREATE TABLE IF NOT EXISTS main.t(a); CREATE VIEW IF NOT EXISTS main.v AS SELECT 1; CREATE INDEX IF NOT EXISTS main.i ON t(a)',
    'CREATE TABLE t AS SELECT 1 AS a, \'x\' AS "b c"',
    'CREATE TABLE c(x REFERENCES b); CREATE TABLE b(x PRIMARY KEY) WITHOUT ROWID',
    'CREATE TABLE t(a); CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM t; CREATE TRIGGER z INSTEAD OF INSERT ON a BEGIN INSERT INTO t VALUES (1); END -- the end',
    'CREATE TABLE t(a); CREATE TRIGGER b AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 2; END; CREATE TRIGGER c AFTER INSERT ON t BEGIN SELECT 3; END',
    "CREATE TABLE d(id INTEGER PRIMARY KEY, b); CREATE VIRTUAL TABLE f USING fts5(b, content='d', content_rowid='id'); CREATE TRIGGER i AFTER INSERT ON d BEGIN INSERT INTO f(rowid, b) VALUES (new.id, new.b); END",
    "CREATE TABLE f_content(id INTEGER PRIMARY KEY, b); CREATE VIRTUAL TABLE f USING fts5(b, content = 'f_content', content_rowid='id')",
    "CREATE VIRTUAL TABLE z USING fts5(a); CREATE VIRTUAL TABLE a USING fts5vocab(z, 'row')",
    'CREATE VIRTUAL TABLE r USING rtree(id, a, b) -- the end',
    "CREATE TABLE t(a CHECK (a <> ';') DEFAULT ';--')",
    'CREATE TABLE mig_log(a); CREATE VIEW v AS SELECT * FROM mig_log',
  ];
  for (const sql of table) {
    test(sql, async () => comesBack(await schemaFrom(sql), sql));
  }

  test('with the triggers in the order in which they were created', async () => {
    const sql = dumpSchema(await schemaFrom(table.find((each) => each.includes('TRIGGER c'))!));
    assert.equal(
      [...sql.matchAll(/TRIGGER (\w)/g)].map(([, name]) => name),
      ['b', 'a', 'c'],
    );
  });

  test('with a content table that is called like a shadow', async () => {
    const schema = await schemaFrom(table.find((each) => each.includes('f_content'))!);
    assert.equal([...schema.tables.keys()], ['f_content']);
  });

  test('of any shape', async () => {
    let statements = 0;
    for (let seed = 0; seed < 400; seed++) {
      const { taken, schema } = await inScratch(async (scratch) => ({
        taken: await makeRandomSchema(scratch, seed),
        schema: await schemaOf(scratch),
      }));
      statements += taken.length;
      await comesBack(schema, `seed ${seed}: ${taken.join(';\n')}`);
    }
    assert.ok(statements > 400 * 5, `${statements} statements were taken`);
  });
});

suite('a random schema', (test) => {
  test('is taken down by its drops', async () => {
    for (let seed = 0; seed < 200; seed++) {
      await inScratch(async (scratch) => {
        await makeRandomSchema(scratch, seed);
        const sql = dropsOf(await schemaOf(scratch));
        await scratch.exec(sql);
        assert.equal(await scratch.inspect(), [], `seed ${seed}: ${sql}`);
      });
    }
  });

  test('has no trigger that is called broken', async () => {
    for (let seed = 0; seed < 200; seed++) {
      await inScratch(async (scratch) => {
        await makeRandomSchema(scratch, seed);
        const faults = await faultsOf(scratch, await schemaOf(scratch));
        // A full-text table whose content table was renamed is broken, in truth.
        assert.equal(
          faults.filter(({ kind }) => kind !== 'virtual-table'),
          [],
          `seed ${seed}`,
        );
      });
    }
  });
});
