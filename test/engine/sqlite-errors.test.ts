import * as assert from 'uvu/assert';
import type { Watch } from '../../lib/engine/engine.ts';
import { optionsOf, runAll, runToFailure, sqliteAt, upStep } from '../support/engine.ts';
import { suite } from '../support/suite.ts';

/**
 * Scripts with the place that the error has to point at: `⟦ … ⟧` around the statement that
 * fails, `→` before the token to blame. The marks are taken out before the script runs.
 */
interface Marked {
  readonly sql: string;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

function unmark(marked: string): Marked {
  const places: Record<string, number> = {};
  let sql = '';
  for (const char of marked) {
    if ('⟦⟧→'.includes(char)) places[char] = sql.length;
    else sql += char;
  }
  return { sql, start: places['⟦']!, end: places['⟧']!, offset: places['→']! };
}

/** What the scripts find: `t` with the columns a and b, and their indexes, views, triggers. */
const SCHEMA = `
  CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL UNIQUE, c INTEGER CHECK (c > 0));
  CREATE TABLE u (x REFERENCES t(a));
  CREATE INDEX by_c ON t (c);
  CREATE VIEW v AS SELECT a FROM t;
  CREATE TRIGGER no_thirteen BEFORE INSERT ON t WHEN new.a = 13
    BEGIN SELECT RAISE(ABORT, 'thirteen; never'); END;
  INSERT INTO t VALUES (1, 'one', 1);
`;

type Row = readonly [name: string, script: string, message: string];

const table: readonly Row[] = [
  // Syntax.
  ['the first word', '⟦→SELEC 1;⟧', 'near "SELEC": syntax error'],
  ['a comma too many', '⟦CREATE TABLE n (x, y,→);⟧', 'near ")": syntax error'],
  ['the second of two equal words', '⟦SELECT a FROM t WHERE →FROM;⟧', 'near "FROM": syntax error'],
  ['the third of three equal commas', '⟦SELECT a, b,→, c FROM t;⟧', 'near ",": syntax error'],
  ['a word too many', '⟦SELECT 1 AS one →two;⟧', 'near "two": syntax error'],
  [
    'the last statement, without `;`',
    'SELECT 1;\n⟦DROP →t⟧\n-- the end\n',
    'near "t": syntax error',
  ],
  ['the file ends too early', 'SELECT 1;\n⟦CREATE TABLE n (x→⟧', 'incomplete input'],
  [
    'a string that never ends',
    "SELECT 1;\n⟦INSERT INTO t VALUES (2, →'two, 2);⟧",
    'unrecognized token: "\'two, 2);"',
  ],
  ['a character that is none', '⟦SELECT →\\ 1;⟧', 'unrecognized token: "\\"'],
  [
    'inside the body of a trigger',
    'SELECT 1; ⟦CREATE TRIGGER g AFTER INSERT ON t BEGIN\n  SELECT 1;\n  →INSER INTO t VALUES (1);\nEND;⟧ SELECT 2;',
    'near "INSER": syntax error',
  ],

  // Names.
  ['a missing table', '⟦INSERT INTO →nowhere VALUES (1);⟧', 'no such table: nowhere'],
  ['a missing table in main', '⟦SELECT * FROM →main.nowhere;⟧', 'no such table: main.nowhere'],
  ['a missing table, quoted', '⟦SELECT * FROM →"no where";⟧', 'no such table: no where'],
  ['a missing table, in brackets', '⟦DROP TABLE →[no where];⟧', 'no such table: no where'],
  ['a missing table, in another case', '⟦SELECT * FROM →NoWhere;⟧', 'no such table: NoWhere'],
  ['a missing column', '⟦SELECT a, →nope FROM t;⟧', 'no such column: nope'],
  [
    'a missing column of a table, whose name stands before it',
    '⟦UPDATE t SET b = 1 WHERE t.a = →z.b;⟧',
    'no such column: z.b',
  ],
  [
    'a missing column of an alias',
    '⟦SELECT n.b, nope FROM t AS n, (SELECT 1 AS nope) WHERE →n.nope;⟧',
    'no such column: n.nope',
  ],
  [
    'text in double quotes',
    'SELECT 1;\n⟦UPDATE t SET b = →"nope";⟧',
    'no such column: "nope" - should this be a string literal in single-quotes?',
  ],
  [
    'a column that a table has not',
    '⟦INSERT INTO t (a, →nope) VALUES (2, 2);⟧',
    'table t has no column named nope',
  ],
  ['a missing table with a dot in its name', '⟦SELECT 1 AS b FROM →"a.b";⟧', 'no such table: a.b'],
  ['a missing function', '⟦SELECT →nofun(a) FROM t;⟧', 'no such function: nofun'],
  ['a missing index', '⟦DROP INDEX →by_b;⟧', 'no such index: by_b'],
  ['a missing view', '⟦DROP VIEW →w;⟧', 'no such view: w'],
  ['a missing trigger', '⟦DROP TRIGGER →g;⟧', 'no such trigger: g'],
  [
    'a missing collation',
    "⟦SELECT 'a' = 'b' COLLATE →loose;⟧",
    'no such collation sequence: loose',
  ],
  [
    'a trigger on a missing table',
    '⟦CREATE TRIGGER g AFTER INSERT ON →nowhere BEGIN SELECT 1; END;⟧',
    'no such table: main.nowhere',
  ],
  ['a table that is there', 'SELECT 1;⟦CREATE TABLE →t (x);⟧', 'table t already exists'],
  ['an index that is there', '⟦CREATE INDEX →by_c ON t (c);⟧', 'index by_c already exists'],
  ['a view that is there', '⟦CREATE VIEW →v AS SELECT 1;⟧', 'view v already exists'],
  [
    'a trigger that is there',
    '⟦CREATE TRIGGER →no_thirteen AFTER INSERT ON t BEGIN SELECT 1; END;⟧',
    'trigger no_thirteen already exists',
  ],
  ['a column twice', '⟦CREATE TABLE n (x, y, →x);⟧', 'duplicate column name: x'],
  ['a column that is there', '⟦ALTER TABLE t ADD COLUMN →b TEXT;⟧', 'duplicate column name: b'],

  // What goes wrong as it runs: the statement is all there is to point at.
  ['NOT NULL', '⟦→INSERT INTO t VALUES (2, NULL, 1);⟧', 'NOT NULL constraint failed: t.b'],
  ['UNIQUE', "⟦→INSERT INTO t VALUES (2, 'one', 1);⟧", 'UNIQUE constraint failed: t.b'],
  ['PRIMARY KEY', "⟦→INSERT INTO t VALUES (1, 'x', 1);⟧", 'UNIQUE constraint failed: t.a'],
  ['CHECK', "⟦→INSERT INTO t VALUES (2, 'two', 0);⟧", 'CHECK constraint failed: c > 0'],
  ['a trigger that refuses', "⟦→INSERT INTO t VALUES (13, 'x', 1);⟧", 'thirteen; never'],
  [
    'too many values',
    '⟦→INSERT INTO u VALUES (1, 2);⟧',
    'table u has 1 columns but 2 values were supplied',
  ],
  ['an ambiguous column', '⟦→SELECT a FROM t, t AS n;⟧', 'ambiguous column name: a'],
  [
    'the second row of a SELECT',
    `⟦→SELECT json(j) FROM (SELECT '1' AS j UNION ALL SELECT '{');⟧`,
    'malformed JSON',
  ],

  // Where the statement begins.
  [
    'behind comments and strings with semicolons',
    "/* a; b */ INSERT INTO u SELECT a FROM t WHERE b = 'x;''y'; -- c; d\n-- e;\n⟦INSERT INTO →nowhere VALUES (';');⟧ -- f\nSELECT 1;",
    'no such table: nowhere',
  ],
  [
    'behind quoted names with semicolons',
    'CREATE TABLE "a;b" ([c;d], `e;f`);\n⟦SELECT →nope FROM "a;b";⟧',
    'no such column: nope',
  ],
  [
    'behind a trigger',
    "CREATE TRIGGER g AFTER INSERT ON t BEGIN\n  INSERT INTO u VALUES (CASE WHEN 1 THEN 1 END);\n  SELECT ';';\nEND;\n⟦→INSERT INTO t VALUES (1, 'x', 1);⟧",
    'UNIQUE constraint failed: t.a',
  ],
  [
    'behind an emoji: offsets count UTF-16 units',
    "INSERT INTO t VALUES (2, '😀é日本', 1);⟦SELECT '😀', * FROM →nowhere;⟧",
    'no such table: nowhere',
  ],
  [
    'behind CRLF and a header',
    '-- ---\r\n-- parents: base\r\n-- ---\r\n\r\nSELECT 1;\r\n⟦SELECT *\r\n  FROM →nowhere;⟧\r\n',
    'no such table: nowhere',
  ],
  ['behind empty statements', ';;\n; /* x */ ;⟦SELECT →nope;⟧;;', 'no such column: nope'],
  [
    'behind what it needs: the same statement would be fine at the end',
    '⟦INSERT INTO →later VALUES (1);⟧ CREATE TABLE later (x); INSERT INTO later VALUES (1);',
    'no such table: later',
  ],
  [
    'the second of two equal statements',
    'CREATE TABLE n (x); ⟦CREATE TABLE →n (x);⟧',
    'table n already exists',
  ],
];

const setUp = { ...upStep('schema', SCHEMA), facts: [] };

for (const [mode, watch] of [
  ['as a whole', undefined],
  ['statement by statement', { onStatement: () => {} }],
] as const satisfies readonly (readonly [string, Watch | undefined])[]) {
  suite(`SqliteEngine: where a script failed that ran ${mode}`, (test) => {
    for (const [name, marked, message] of table) {
      test(name, async () => {
        const { sql, start, end, offset } = unmark(marked);
        await using engine = sqliteAt(':memory:');
        await runAll(engine, null, [setUp]);
        const steps = [upStep('a', 'SELECT 1;'), upStep('b', sql)];
        const { error } = await runToFailure(engine, 0, steps, optionsOf('each', watch));
        const { kind, failedStep, statement } = error.failure;
        assert.equal([kind, error.message, failedStep], ['sql', message, 1]);
        assert.equal(statement === undefined ? null : [statement.start, statement.end], [
          start,
          end,
        ]);
        assert.is(error.failure.offset, offset);
      });
    }
    test('in one transaction with what came before it', async () => {
      await using engine = sqliteAt(':memory:');
      const { sql, start, end, offset } = unmark(
        'CREATE TABLE two (x); INSERT INTO one VALUES (1); ⟦SELECT * FROM →three;⟧',
      );
      const steps = [upStep('a', 'CREATE TABLE one (x);'), upStep('b', sql)];
      const { error } = await runToFailure(engine, null, steps, optionsOf('all', watch));
      assert.is(error.message, 'no such table: three');
      assert.is(error.failure.statement?.start, start);
      assert.is(error.failure.statement?.end, end);
      assert.is(error.failure.offset, offset);
    });
  });
}

suite('SqliteEngine: statements are told', (test) => {
  const told = async (sql: string) => {
    await using engine = sqliteAt(':memory:');
    const found: (readonly [step: number, sql: string])[] = [];
    const watch: Watch = { onStatement: (index, text) => void found.push([index, text.trim()]) };
    await runAll(engine, null, [upStep('a', sql)], optionsOf('each', watch));
    return found;
  };

  test('each once, in order, comments and empty statements aside', async () => {
    const sql =
      '-- a;\nCREATE TABLE t (x);\n\nINSERT INTO t VALUES (1), (2); SELECT x FROM t\n-- end';
    const found = await told(sql);
    assert.equal(
      found.map(([index]) => index),
      [0, 0, 0],
    );
    assert.ok(found[0]![1].endsWith('CREATE TABLE t (x);'));
    assert.is(found[1]![1], 'INSERT INTO t VALUES (1), (2);');
    assert.ok(found[2]![1].startsWith('SELECT x FROM t'));
  });
  test('none of a file that has none', async () => {
    assert.equal(await told(''), []);
    assert.equal(await told('-- Nothing to undo.\n'), []);
    assert.equal(await told(' \r\n /* a; */ '), []);
  });
  test('as they are, in a long file, wherever it is cut', async () => {
    const tricky = [
      'CREATE TABLE t (x);',
      "\nINSERT INTO t VALUES ('a;\u{1d11e}');",
      '\nSELECT 1 -- a;\n + (SELECT 2 /* ; */);',
      '\nCREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END;',
      '\nDROP TRIGGER g;',
    ];
    const tail = tricky.slice(1).join('');
    for (const shift of Array.from(tail, (_, index) => index)) {
      const long = `INSERT INTO t VALUES ('${'x'.repeat(2 ** 14 - 100 - shift)}');`;
      const after = `\nINSERT INTO t VALUES ('${'y'.repeat(2 ** 17)}');`;
      const all = [tricky[0]!, long, ...tricky.slice(1), after];
      const found = await told(all.join(''));
      assert.equal(
        found.map(([, text]) => text),
        all.map((text) => text.trim()),
      );
    }
  });
  test('of a long file in a time that grows as it does', async () => {
    const row = "INSERT INTO t VALUES (1, 'some text that makes it longer than it would be');\n";
    const timeOf = async (rows: number) => {
      const started = performance.now();
      assert.is((await told(`CREATE TABLE t (x, y);\n${row.repeat(rows)}`)).length, rows + 1);
      return performance.now() - started;
    };
    const factor = (await timeOf(80_000)) / (await timeOf(8000));
    assert.ok(factor < 30, `ten times the length takes ${factor} times as long`);
  });
  test('empty statements do not end the file', async () => {
    const found = await told(';; CREATE TABLE t (x);;; INSERT INTO t VALUES (1);;');
    assert.is(found.filter(([, text]) => text.includes('t')).length, 2);
  });
});
