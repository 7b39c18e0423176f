import * as assert from 'uvu/assert';
import { areDisjoint, tiesOf, touchOf, untraceable } from '../../lib/schema/prove/touch.ts';
import { schemaOf } from '../../lib/schema/read/materialise.ts';
import { inScratch } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

const BASE = `
  CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES P);
  CREATE TABLE t(a); CREATE TABLE log(m); CREATE TABLE alone(a); CREATE TABLE k(id INTEGER PRIMARY KEY AUTOINCREMENT);
  CREATE VIEW v AS SELECT a FROM t;
  CREATE TRIGGER g AFTER INSERT ON "T" BEGIN INSERT INTO Log VALUES (new.a); END;`;

/** What a script touches, sorted. */
function touched(sql: string): Promise<string> {
  return inScratch(async (scratch) => {
    await scratch.exec(BASE);
    const before = await schemaOf(scratch);
    const trace = await scratch.exec(sql);
    return [...touchOf(trace, tiesOf([before, await schemaOf(scratch)]))].sort().join(' ');
  });
}

suite('what a script touches', (test) => {
  const table: readonly (readonly [sql: string, touched: string])[] = [
    ['INSERT INTO alone VALUES (1)', 'alone'],
    ['SELECT 1', ''],
    ['UPDATE alone SET a = (SELECT count(*) FROM p)', 'alone c p'],
    ['DELETE FROM c', 'c p'],
    ['DELETE FROM p', 'c p'],
    ['SELECT * FROM v', 'log t v'],
    ['INSERT INTO t VALUES (1)', 'log t v'],
    ['INSERT INTO log VALUES (1)', 'log t v'],
    ['CREATE TABLE n(a)', 'n'],
    ['CREATE TABLE n(a REFERENCES alone)', 'alone n'],
    ['CREATE VIEW w AS SELECT a FROM alone', 'alone w'],
    ['CREATE VIEW w AS SELECT a FROM v', 'log t v w'],
    ["CREATE VIEW w AS SELECT a FROM 'alone'", 'alone w'],
    ["DROP TABLE IF EXISTS 'missing'", 'missing'],
    ['CREATE INDEX i ON alone(a)', 'alone i'],
    ['DROP INDEX IF EXISTS missing', 'missing'],
    ['CREATE TABLE IF NOT EXISTS Alone(b)', 'alone'],
    ['CREATE TRIGGER h AFTER INSERT ON alone BEGIN DELETE FROM c; END', 'alone c h p'],
    ['CREATE TABLE n AS SELECT * FROM alone', 'alone n'],
  ];
  for (const [sql, expected] of table) {
    test(sql, async () => assert.is(await touched(sql), expected));
  }

  test('two are disjoint where they share nothing', () => {
    assert.ok(areDisjoint(new Set(['a']), new Set(['b', 'c'])));
    assert.ok(areDisjoint(new Set(), new Set()));
    assert.not(areDisjoint(new Set(['a', 'b']), new Set(['b'])));
  });
});

suite('what no trace tells', (test) => {
  const table: readonly (readonly [sql: string, why: RegExp | null])[] = [
    ['INSERT INTO t VALUES (1)', null],
    ['SELECT count(*) FROM sqlite_schema', /reads the schema/],
    ["SELECT name FROM pragma_table_info('t')", /reads the schema/],
    ['PRAGMA table_info(t)', /reads the schema/],
    ["SELECT count(*) FROM 'sqlite_master'", /reads the schema/],
    ['UPDATE sqlite_sequence SET seq = 0', /reads the schema/],
    ['DELETE FROM t; INSERT INTO log SELECT changes()', /changes\(\)/],
    [
      'INSERT INTO log VALUES (1); INSERT INTO log VALUES (last_insert_rowid())',
      /last_insert_rowid/,
    ],
    ['ALTER TABLE alone RENAME TO other', /renames/],
    ['ALTER TABLE alone RENAME COLUMN a TO b', /renames/],
    ['ALTER TABLE p ADD COLUMN x; ALTER TABLE p DROP COLUMN x', /drops a column/],
    ['ALTER TABLE alone ADD COLUMN b', null],
    ['DROP TABLE alone', null],
  ];
  for (const [sql, why] of table) {
    test(sql, () =>
      inScratch(async (scratch) => {
        await scratch.exec(BASE);
        const found = untraceable(await scratch.exec(sql));
        if (why === null) assert.is(found, null);
        else assert.match(found ?? '', why);
      }),
    );
  }
});
