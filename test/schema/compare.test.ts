import * as assert from 'uvu/assert';
import { compareSchemas } from '../../lib/schema/compare/compare.ts';
import { sentenceOf } from '../../lib/schema/compare/difference.ts';
import { isSameSchema, schemaFrom } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

/** A schema with something of everything, in which each mutation changes one thing. */
const BASE = `
CREATE TABLE p(a INT, b INT, PRIMARY KEY(a, b));
CREATE TABLE auto(id INTEGER PRIMARY KEY AUTOINCREMENT, x);
CREATE TABLE w(k TEXT PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;
CREATE TABLE t(
  id INTEGER PRIMARY KEY,
  a INT NOT NULL DEFAULT 1,
  b TEXT COLLATE NOCASE,
  c VARCHAR(10) UNIQUE,
  d INT, e INT,
  g INT GENERATED ALWAYS AS (a + 1) VIRTUAL,
  CONSTRAINT positive CHECK (a > 0),
  UNIQUE (d, e DESC) ON CONFLICT IGNORE,
  FOREIGN KEY (d, e) REFERENCES p ON DELETE CASCADE ON UPDATE SET NULL
);
CREATE INDEX i ON t(b DESC, lower(c)) WHERE a > 1;
CREATE VIEW v AS SELECT a, b FROM t WHERE a > 1;
CREATE TRIGGER one AFTER INSERT ON t WHEN new.a > 1 BEGIN SELECT 1; END;
CREATE TRIGGER two AFTER INSERT ON t BEGIN SELECT 2; END;
CREATE VIRTUAL TABLE f USING fts5(body, tokenize = 'porter');
`;

/** What is replaced, by what, and the sentence that says so. */
const MUTATIONS: readonly (readonly [old: string, now: string, ...sentences: string[]])[] = [
  ['DEFAULT 1,', 'DEFAULT 2,', 'column `a` of `t`: default 2, was 1'],
  ['DEFAULT 1,', ',', 'column `a` of `t`: default none, was 1'],
  ['DEFAULT 1,', "DEFAULT '1',", "column `a` of `t`: default '1', was 1"],
  ['DEFAULT 1,', 'DEFAULT (1+0),', 'column `a` of `t`: default (1 + 0), was 1'],
  ['a INT NOT NULL', 'a INT', 'column `a` of `t`: nullable, was not'],
  ['d INT,', 'd INT NOT NULL,', 'column `d` of `t`: not nullable any more'],
  ['NOT NULL', 'NOT NULL ON CONFLICT FAIL', 'column `a` of `t`: conflict FAIL, was ABORT'],
  ['COLLATE NOCASE', 'COLLATE RTRIM', 'column `b` of `t`: collation RTRIM, was NOCASE'],
  ['COLLATE NOCASE', '', 'column `b` of `t`: collation BINARY, was NOCASE'],
  ['d INT, e INT', 'd INT, e TEXT', 'column `e` of `t`: type TEXT, was INT'],
  ['VARCHAR(10)', 'VARCHAR(11)', 'column `c` of `t`: type VARCHAR(11), was VARCHAR(10)'],
  ['d INT, e INT', 'd INT, e', 'column `e` of `t`: type none, was INT'],
  [
    '(a + 1) VIRTUAL',
    '(a + 1) STORED',
    'column `g` of `t`: generated (a + 1) stored, was (a + 1) virtual',
  ],
  ['(a + 1)', '(a + 2)', 'column `g` of `t`: generated (a + 2) virtual, was (a + 1) virtual'],
  [
    'GENERATED ALWAYS AS (a + 1) VIRTUAL',
    '',
    'column `g` of `t`: generated none, was (a + 1) virtual',
  ],
  ['d INT,', 'd INT, extra INT DEFAULT 5,', 'column `extra` of `t` is new: extra INT DEFAULT 5'],
  ['CHECK (a > 0)', 'CHECK (a >= 0)', 'check positive of `t`: expression a >= 0, was a > 0'],
  ['CONSTRAINT positive CHECK (a > 0),', '', 'check positive of `t` is gone'],
  ['CONSTRAINT positive ', '', 'check (a > 0) of `t`: constraint name none, was positive'],
  [
    'CONSTRAINT positive',
    'CONSTRAINT above',
    'check above of `t`: constraint name above, was positive',
  ],
  ['c VARCHAR(10) UNIQUE', 'c VARCHAR(10)', 'unique (c) of `t` is gone'],
  [
    'UNIQUE (d, e DESC)',
    'UNIQUE (e DESC, d)',
    'unique (d, e DESC) of `t` is gone',
    'unique (e DESC, d) of `t` is new',
  ],
  ['e DESC', 'e', 'unique (d, e DESC) of `t` is gone', 'unique (d, e) of `t` is new'],
  [
    'ON CONFLICT IGNORE',
    'ON CONFLICT REPLACE',
    'unique (d, e DESC) of `t`: conflict REPLACE, was IGNORE',
  ],
  ['ON CONFLICT IGNORE', '', 'unique (d, e DESC) of `t`: conflict ABORT, was IGNORE'],
  [
    'ON DELETE CASCADE',
    'ON DELETE SET NULL',
    'foreign key (d, e) to p (a, b) of `t`: on delete SET NULL, was CASCADE',
  ],
  [
    'ON UPDATE SET NULL',
    '',
    'foreign key (d, e) to p (a, b) of `t`: on update NO ACTION, was SET NULL',
  ],
  [
    'ON UPDATE SET NULL',
    'ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED',
    'foreign key (d, e) to p (a, b) of `t`: deferrable, was not',
  ],
  [
    'KEY (d, e) REFERENCES p',
    'KEY (d, e) REFERENCES p (b, a)',
    'foreign key (d, e) to p (a, b) of `t` is gone: ON DELETE CASCADE ON UPDATE SET NULL',
    'foreign key (d, e) to p (b, a) of `t` is new: ON DELETE CASCADE ON UPDATE SET NULL',
  ],
  [
    'PRIMARY KEY(a, b)',
    'PRIMARY KEY(b, a)',
    'primary key of `p`: columns (b, a), was (a, b)',
    'foreign key (d, e) to p (a, b) of `t` is gone: ON DELETE CASCADE ON UPDATE SET NULL',
    'foreign key (d, e) to p (b, a) of `t` is new: ON DELETE CASCADE ON UPDATE SET NULL',
  ],
  [
    'PRIMARY KEY(a, b)',
    'PRIMARY KEY(a, b) ON CONFLICT REPLACE',
    'primary key of `p`: conflict REPLACE, was ABORT',
  ],
  ['AUTOINCREMENT', '', 'primary key of `auto`: not autoincrement any more'],
  [
    'INTEGER PRIMARY KEY AUTOINCREMENT',
    'INT PRIMARY KEY',
    'column `id` of `auto`: type INT, was INTEGER',
    'primary key of `auto`: not rowid alias any more',
    'primary key of `auto`: not autoincrement any more',
  ],
  [
    'id INTEGER PRIMARY KEY,',
    'id INTEGER PRIMARY KEY DESC,',
    'primary key of `t`: columns (id DESC), was (id)',
    'primary key of `t`: not rowid alias any more',
  ],
  ['STRICT, WITHOUT ROWID', 'WITHOUT ROWID', 'table `w`: not strict any more'],
  ['STRICT, WITHOUT ROWID', 'STRICT', 'table `w`: not without rowid any more'],
  ['CREATE TABLE w(k TEXT PRIMARY KEY, v ANY) STRICT, WITHOUT ROWID;', '', 'table `w` is gone'],
  ['lower(c)) WHERE a > 1', 'lower(c)) WHERE a > 2', 'index `i`: where a > 2, was a > 1'],
  ['lower(c)) WHERE a > 1', 'lower(c))', 'index `i`: where none, was a > 1'],
  ['b DESC', 'b', 'index `i`: columns (b, lower(c)), was (b DESC, lower(c))'],
  ['CREATE INDEX i', 'CREATE UNIQUE INDEX i', 'index `i`: unique, was not'],
  ['CREATE INDEX i', 'CREATE INDEX j', 'index `i` is gone', 'index `j` is new'],
  ['FROM t WHERE a > 1', 'FROM t WHERE a > 2', 'view `v` has another definition'],
  ['SELECT a, b FROM t', 'SELECT a, b AS "B" FROM t', 'view `v` has another definition'],
  ['WHEN new.a > 1', '', 'trigger `one` has another definition'],
  ['two AFTER INSERT', 'two BEFORE INSERT', 'trigger `two`: time before, was after'],
  [
    'two AFTER INSERT',
    'two AFTER UPDATE OF a',
    'trigger `two`: event update, was insert',
    'trigger `two` has another definition',
  ],
  [
    'INSERT ON t BEGIN SELECT 2',
    'INSERT ON auto BEGIN SELECT 2',
    'trigger `two`: table auto, was t',
  ],
  ["tokenize = 'porter'", "tokenize = 'ascii'", 'virtual table `f` has another definition'],
  ['fts5(body', 'fts5(body, title', 'virtual table `f` has another definition'],
];

suite('a small change', (test) => {
  for (const [old, now, ...sentences] of MUTATIONS) {
    test(`${old} → ${now}`, async () => {
      assert.ok(BASE.includes(old));
      const [before, after] = [await schemaFrom(BASE), await schemaFrom(BASE.replace(old, now))];
      const found = compareSchemas(before, after);
      assert.equal(
        found
          .filter((each) => !each.cosmetic)
          .map(sentenceOf)
          .sort(),
        [...sentences].sort(),
      );
      assert.not(isSameSchema(after, before));
    });
  }
});

/** Both are the same schema. */
const EQUAL: readonly (readonly [what: string, a: string, b: string])[] = [
  ['another way to write it', BASE, BASE.toLowerCase().replaceAll('\n', ' /* b */ ')],
  [
    'ADD COLUMN',
    "CREATE TABLE t(a INT, CHECK(a>0)); ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'x' /* new */",
    "CREATE TABLE t(a INT, b TEXT DEFAULT('x') NOT NULL, CHECK (a > 0))",
  ],
  [
    'DROP COLUMN',
    'CREATE TABLE t(a INT, b INT, c INT); ALTER TABLE t DROP COLUMN b',
    'CREATE TABLE t(a INT, c INT)',
  ],
  [
    'RENAME COLUMN',
    'CREATE TABLE t(a INT CHECK (a > 0), b AS (a + 1)); CREATE INDEX i ON t(a) WHERE a > 1; CREATE VIEW v AS SELECT a FROM t; ALTER TABLE t RENAME a TO "c"',
    'CREATE TABLE t(c INT CHECK (c > 0), b AS (c + 1)); CREATE INDEX i ON t(c) WHERE c > 1; CREATE VIEW v AS SELECT c FROM t',
  ],
  [
    'RENAME TO',
    'CREATE TABLE a(x CHECK (a.x > 0)); CREATE TABLE c(x REFERENCES a); CREATE TRIGGER g AFTER INSERT ON a BEGIN DELETE FROM a; END; ALTER TABLE a RENAME TO "b"',
    'CREATE TABLE b(x CHECK (b.x > 0)); CREATE TABLE c(x REFERENCES b); CREATE TRIGGER g AFTER INSERT ON b BEGIN DELETE FROM b; END',
  ],
  [
    'a rebuild',
    'CREATE TABLE t(a, b); CREATE TABLE n(a NOT NULL, b); DROP TABLE t; ALTER TABLE n RENAME TO t',
    'CREATE TABLE t(a NOT NULL, b)',
  ],
  [
    'BEFORE and FOR EACH ROW',
    'CREATE TABLE t(a); CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END',
    'CREATE TABLE t(a); CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW BEGIN SELECT 1; END',
  ],
  [
    'the names of constraints that no message has',
    'CREATE TABLE t(a UNIQUE, b REFERENCES t(a) MATCH FULL)',
    'CREATE TABLE t(a, b, CONSTRAINT u UNIQUE (a), CONSTRAINT k FOREIGN KEY (b) REFERENCES t(a))',
  ],
  ['how a name is written', 'CREATE TABLE T(Id)', 'CREATE TABLE t(id)'],
  [
    'triggers on different events in another order',
    'CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TRIGGER h AFTER DELETE ON t BEGIN SELECT 1; END',
    'CREATE TABLE t(a); CREATE TRIGGER h AFTER DELETE ON t BEGIN SELECT 1; END; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END',
  ],
];

suite('the same schema', (test) => {
  for (const [what, a, b] of EQUAL) {
    test(`in spite of ${what}`, async () => {
      const found = compareSchemas(await schemaFrom(a), await schemaFrom(b), {
        columnOrder: 'strict',
      });
      assert.equal(found.filter((each) => !each.cosmetic).map(sentenceOf), []);
    });
  }
});

suite('an order', (test) => {
  const table: readonly (readonly [what: string, a: string, b: string, sentence: string])[] = [
    [
      'of columns',
      'CREATE TABLE t(a, b, c)',
      'CREATE TABLE t(a, c, b)',
      'table `t`: column order (a, c, b), was (a, b, c)',
    ],
    [
      'of triggers',
      'CREATE TABLE t(a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 1; END',
      'CREATE TABLE t(a); CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END',
      'table `t`: trigger order after insert: h, g, was after insert: g, h',
    ],
  ];
  for (const [what, a, b, sentence] of table) {
    test(`${what} is cosmetic, unless it is asked for`, async () => {
      const [before, after] = [await schemaFrom(a), await schemaFrom(b)];
      const [only, ...others] = compareSchemas(before, after);
      assert.equal(others, []);
      assert.is(sentenceOf(only!), sentence);
      assert.ok(only!.cosmetic && isSameSchema(before, after));
      assert.not(isSameSchema(before, after, { columnOrder: 'strict' }));
    });
  }

  test('of columns is that of ALTER TABLE: new ones at the end', async () => {
    const before = await schemaFrom('CREATE TABLE t(a, b)');
    const strict = { columnOrder: 'strict' } as const;
    const aspects = async (sql: string) =>
      compareSchemas(before, await schemaFrom(sql), strict).map((each) => each.aspect);
    assert.equal(await aspects('CREATE TABLE t(a, b, c)'), [null]);
    assert.equal(await aspects('CREATE TABLE t(a, c, b)'), ['column order', null]);
  });
});
