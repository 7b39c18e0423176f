import * as assert from 'uvu/assert';
import { contentsOf, type TableContents } from '../../lib/schema/prove-pair/contents.ts';
import { type SeedRows, seed, type Unseeded } from '../../lib/schema/prove-pair/seed.ts';
import { schemaOf } from '../../lib/schema/read/materialise.ts';
import type { ScratchRow } from '../../lib/schema/scratch.ts';
import { randomOf } from '../support/random.ts';
import { randomTable } from '../support/random-table.ts';
import { inScratch } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

interface Seeded {
  readonly unseeded: readonly Unseeded[];
  readonly tables: ReadonlyMap<string, TableContents>;
  readonly marks: ReadonlyMap<string, readonly string[]>;
  readonly orphans: readonly ScratchRow[];
  readonly integrity: readonly ScratchRow[];
  readonly triggers: readonly string[];
}

function seeded(sql: string, levels: Readonly<Record<string, SeedRows>> = {}): Promise<Seeded> {
  return inScratch(async (scratch) => {
    await scratch.exec(sql);
    const schema = await schemaOf(scratch);
    const unseeded = await seed(scratch, schema, {
      levels: new Map(Object.entries(levels)),
      hints: null,
    });
    const { tables, marks } = await contentsOf(scratch, schema);
    return {
      unseeded,
      tables,
      marks,
      orphans: await scratch.query('PRAGMA foreign_key_check'),
      integrity: await scratch.query('PRAGMA integrity_check'),
      triggers: [...(await schemaOf(scratch)).triggers.keys()],
    };
  });
}

/** The values of a column, in the order of the rows. */
function valuesOf(all: Seeded, table: string, column: string): readonly string[] {
  const { columns, rows } = all.tables.get(table)!;
  return rows.map((row) => row.values[columns.indexOf(column)]!);
}

suite('seeded rows', (test) => {
  test('have gaps in their rowids, NULLs, and values that show when they are copied badly', async () => {
    const all = await seeded('CREATE TABLE t(a INTEGER, b TEXT, c BLOB, d REAL)');
    assert.equal(
      all.tables.get('t')!.rows.map((row) => row.rowid),
      ['1', '5', '7', '42'],
    );
    assert.equal(all.tables.get('t')!.rows[1]!.values, ['NULL', 'NULL', 'NULL', 'NULL']);
    assert.ok(valuesOf(all, 't', 'a').length === 4);
    assert.ok(valuesOf(all, 't', 'b').includes("'007'"));
  });

  test('leave AUTOINCREMENT at a number that no row has', async () => {
    const all = await seeded(`CREATE TABLE "it's"(id INTEGER PRIMARY KEY AUTOINCREMENT)`);
    assert.equal(all.marks, new Map([["it's", ['142']]]));
  });

  const accepted: readonly (readonly [what: string, sql: string])[] = [
    ['a composite key', 'CREATE TABLE t(a INT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID'],
    [
      'foreign keys, the parents first',
      `CREATE TABLE c(x NOT NULL, y NOT NULL, FOREIGN KEY (x, y) REFERENCES p (a, b) ON DELETE CASCADE);
       CREATE TABLE p(a, b, UNIQUE (a, b))`,
    ],
    [
      'a table that refers to itself',
      'CREATE TABLE t(id INTEGER PRIMARY KEY, up NOT NULL REFERENCES t)',
    ],
    [
      'tables that refer to each other',
      'CREATE TABLE a(id INTEGER PRIMARY KEY, b REFERENCES b); CREATE TABLE b(id INTEGER PRIMARY KEY, a NOT NULL REFERENCES a)',
    ],
    [
      'checks',
      `CREATE TABLE t(a TEXT NOT NULL CHECK (a IN ('on', 'off')), b TEXT NOT NULL CHECK (length(b) = 3),
        c TEXT NOT NULL CHECK (json_valid(c)), d INT CHECK (d BETWEEN 10 AND 20), e INT,
        f TEXT NOT NULL CHECK (f LIKE '%_@_%'), CHECK (e > d))`,
    ],
    [
      'unique indexes',
      'CREATE TABLE t(a INT NOT NULL, b TEXT); CREATE UNIQUE INDEX u ON t(a % 10, lower(b))',
    ],
    [
      'what conflict clauses would drop',
      'CREATE TABLE t(a INT UNIQUE ON CONFLICT REPLACE, b TEXT NOT NULL ON CONFLICT IGNORE, c UNIQUE ON CONFLICT ROLLBACK)',
    ],
    [
      'STRICT',
      'CREATE TABLE t(a INT, b REAL, c TEXT, d BLOB, e ANY, id INTEGER PRIMARY KEY) STRICT',
    ],
    [
      'generated columns',
      'CREATE TABLE t(a INT, b AS (a + 1) STORED NOT NULL, c AS (a * 2) UNIQUE)',
    ],
    ['columns that take all names of the rowid', 'CREATE TABLE t(rowid, oid, _rowid_)'],
    ['no column but generated ones and a key', 'CREATE TABLE t(id INTEGER PRIMARY KEY, a AS (1))'],
    [
      'triggers, which do not fire and keep their order',
      `CREATE TABLE t(a);
       CREATE TRIGGER b BEFORE INSERT ON t BEGIN SELECT RAISE(ABORT, 'never'); END;
       CREATE TRIGGER a BEFORE INSERT ON t BEGIN DELETE FROM t; END`,
    ],
    [
      'full-text indexes',
      `CREATE TABLE t(a); CREATE VIRTUAL TABLE f USING fts5(a, content='t'); CREATE VIRTUAL TABLE g USING fts5(a, b)`,
    ],
    [
      'other virtual tables',
      'CREATE VIRTUAL TABLE r USING rtree(id, x0, x1, y0, y1); CREATE VIRTUAL TABLE s USING fts4(a)',
    ],
  ];
  for (const [what, sql] of accepted) {
    test(`are found for ${what}`, async () => {
      const all = await seeded(sql);
      assert.equal(all.unseeded, []);
      for (const [name, { rows }] of all.tables)
        assert.ok(rows.length >= 3, `${name}: ${rows.length}`);
      assert.equal(all.orphans, []);
      assert.equal(all.integrity, [{ integrity_check: 'ok' }]);
      if (sql.includes('TRIGGER')) assert.equal(all.triggers, ['b', 'a']);
    });
  }

  test('are not found where there can be none, and that is told', async () => {
    const { unseeded } = await seeded(
      'CREATE TABLE t(a CHECK (a IS NULL AND a IS NOT NULL)); CREATE TABLE c(x NOT NULL REFERENCES gone)',
    );
    assert.equal(unseeded, [
      { table: 't', why: 'CHECK constraint failed: a IS NULL AND a IS NOT NULL' },
      { table: 'c', why: 'FOREIGN KEY constraint failed' },
    ]);
  });

  test('are as many as they are asked to be', async () => {
    const sql = 'CREATE TABLE a(x); CREATE TABLE b(x); CREATE TABLE c(x); CREATE TABLE d(x)';
    const { tables } = await seeded(sql, { b: 'plain', c: 'single', d: 'none' });
    assert.equal(
      [...tables.values()].map(({ rows }) => rows.length),
      [4, 3, 1, 0],
    );
  });

  test('come beside those that are there', async () => {
    const { tables } = await seeded(
      "CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES ('text'), (2.5)",
    );
    assert.equal(
      tables.get('t')!.rows.map((row) => row.rowid),
      ['1', '2', '3', '7', '9', '44'],
    );
  });
});

suite('rows for random tables', (test) => {
  test('are found for most; the others have checks that nothing fits', () =>
    inScratch(async (scratch) => {
      let [tables, filled] = [0, 0];
      for (let number = 0; number < 300; number++) {
        const mark = await scratch.mark();
        const sql = randomTable(randomOf(number), 'T');
        const made = await scratch
          .exec(`CREATE TABLE parent(x PRIMARY KEY, y, UNIQUE(x, y)); ${sql}`)
          .then(
            () => true,
            () => false,
          );
        if (made) {
          const schema = await schemaOf(scratch);
          const unseeded = await seed(scratch, schema, { levels: new Map(), hints: null });
          tables++;
          if (unseeded.length === 0) filled++;
        }
        await mark.rollback();
        await mark.release();
      }
      assert.ok(filled > tables * 0.7, `${filled} of ${tables} were filled`);
    }));
});
