import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import {
  holdsStatement,
  leadingWords,
  nameOf,
  positionAt,
  statements,
  textOf,
} from '../../lib/sql/statements.ts';
import { type Token, tokens } from '../../lib/sql/tokens.ts';
import { randomOf } from '../support/random.ts';
import { suite } from '../support/suite.ts';

/** The statements of a text as they stand. */
function cut(sql: string): readonly string[] {
  return Array.from(statements(sql), ({ start, end }) => sql.slice(start, end));
}

const SIMPLE_TRIGGER = 'CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; SELECT 1; END;';

/** Scripts that a database with no table in it runs, and their statements. */
const SCRIPTS: readonly (readonly [what: string, sql: string, ...statements: string[]])[] = [
  ['one', 'SELECT 1;', 'SELECT 1;'],
  ['two', 'SELECT 1;\nSELECT 2;\n', 'SELECT 1;', 'SELECT 2;'],
  ['no semicolon at the end', 'SELECT 1; SELECT 2', 'SELECT 1;', 'SELECT 2'],
  ['no semicolon, a comment behind', 'SELECT 1; SELECT 2 -- two', 'SELECT 1;', 'SELECT 2'],
  ['empty statements', ';; SELECT 1;;;SELECT 2;;', 'SELECT 1;', 'SELECT 2;'],
  ['nothing', ''],
  ['nothing but space', ' \n\t'],
  ['nothing but comments', '-- a;\n/* b; */'],
  ['nothing but semicolons', ' ; ;; -- ;\n ;'],
  [
    'comments between and inside',
    '-- one;\nSELECT /* a;b */ 1 -- c;\n; /* two; */ SELECT 2;-- end;',
    'SELECT /* a;b */ 1 -- c;\n;',
    'SELECT 2;',
  ],
  [
    'a comment that nothing closes',
    'SELECT 1; SELECT 2 /* ; SELECT 3',
    'SELECT 1;',
    'SELECT 2 /* ; SELECT 3',
  ],
  ['strings', "SELECT 'a;b', 'it''s;'; SELECT ';'", "SELECT 'a;b', 'it''s;';", "SELECT ';'"],
  [
    'quoted names',
    'CREATE TABLE "a;b"([c;d], `e;f`, "g"";h"); SELECT [c;d] FROM "a;b";',
    'CREATE TABLE "a;b"([c;d], `e;f`, "g"";h");',
    'SELECT [c;d] FROM "a;b";',
  ],
  ['blobs and numbers', "SELECT x'3b', 1.5e3; SELECT .5;", "SELECT x'3b', 1.5e3;", 'SELECT .5;'],
  ['CRLF', 'SELECT 1;\r\nSELECT 2;\r\n', 'SELECT 1;', 'SELECT 2;'],
  ['a BOM', '\uFEFFSELECT 1; SELECT 2;', 'SELECT 1;', 'SELECT 2;'],
  [
    'letters of other alphabets',
    "SELECT '🦆;' AS été; SELECT 2;",
    "SELECT '🦆;' AS été;",
    'SELECT 2;',
  ],
  [
    'a CASE',
    'SELECT CASE WHEN 1 THEN 2 END; SELECT 3;',
    'SELECT CASE WHEN 1 THEN 2 END;',
    'SELECT 3;',
  ],
  [
    'a trigger',
    `CREATE TABLE t(a); CREATE TABLE u(b); ${SIMPLE_TRIGGER} SELECT 2;`,
    'CREATE TABLE t(a);',
    'CREATE TABLE u(b);',
    SIMPLE_TRIGGER,
    'SELECT 2;',
  ],
  [
    'a trigger without a semicolon at the end',
    'CREATE TABLE t(a); CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END',
    'CREATE TABLE t(a);',
    'CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END',
  ],
  ...[
    'create temp trigger if not exists g before delete on t begin select 1; end;',
    'CREATE TEMPORARY TRIGGER g UPDATE ON t BEGIN SELECT 1; END;',
    'CREATE /* ; */ TRIGGER -- ;\n "g;h" DELETE ON t BEGIN SELECT 1 /* END; */ ; -- END;\n END ;',
    'CREATE TRIGGER g INSERT ON t BEGIN UPDATE t SET a = CASE WHEN a THEN 1 ELSE 2 END; END;',
    'CREATE TRIGGER g INSERT ON t BEGIN SELECT CASE a WHEN 1 THEN CASE WHEN 2 THEN 3 END END; SELECT 1; END;',
    'CREATE TRIGGER g INSERT ON t WHEN CASE WHEN NEW.a THEN 1 END BEGIN SELECT 1; END;',
    "CREATE TRIGGER g INSERT ON t BEGIN INSERT INTO t VALUES ('; END;'), (NEW.a); END;",
    "CREATE TRIGGER g INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no; END;'); END;",
    'CREATE TRIGGER "end" INSERT ON t BEGIN SELECT a AS [begin] FROM t; END;',
    'CREATE TRIGGER g UPDATE OF a ON t FOR EACH ROW WHEN NEW.a > OLD.a BEGIN SELECT 1; END;',
    'EXPLAIN CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END;',
    'EXPLAIN QUERY PLAN CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END;',
  ].map(
    (trigger) =>
      [
        trigger,
        `CREATE TABLE t(a);\n${trigger}\nSELECT 2;`,
        'CREATE TABLE t(a);',
        trigger,
        'SELECT 2;',
      ] as const,
  ),
  [
    'two triggers in a row',
    `CREATE TABLE t(a);CREATE TABLE u(a);${SIMPLE_TRIGGER}${SIMPLE_TRIGGER.replace(' g ', ' h ')}`,
    'CREATE TABLE t(a);',
    'CREATE TABLE u(a);',
    SIMPLE_TRIGGER,
    SIMPLE_TRIGGER.replace(' g ', ' h '),
  ],
  [
    'a table called trigger',
    'CREATE TABLE "trigger"(a); SELECT 1;',
    'CREATE TABLE "trigger"(a);',
    'SELECT 1;',
  ],
  [
    'a view, an index, an upsert',
    'CREATE TABLE t(a UNIQUE); CREATE VIEW v AS SELECT 1; CREATE INDEX i ON t(a); INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;',
    'CREATE TABLE t(a UNIQUE);',
    'CREATE VIEW v AS SELECT 1;',
    'CREATE INDEX i ON t(a);',
    'INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING;',
  ],
  [
    'a transaction',
    'BEGIN; CREATE TABLE t([begin], "end"); COMMIT; BEGIN IMMEDIATE; END;',
    'BEGIN;',
    'CREATE TABLE t([begin], "end");',
    'COMMIT;',
    'BEGIN IMMEDIATE;',
    'END;',
  ],
  [
    'JSON operators and parameters',
    "SELECT '{}'->>'$.a;b', :a, $b::c(d;e), ?1, @c(;); SELECT 2;",
    "SELECT '{}'->>'$.a;b', :a, $b::c(d;e), ?1, @c(;);",
    'SELECT 2;',
  ],
];

suite('statements', (test) => {
  for (const [what, sql, ...expected] of SCRIPTS) {
    test(what, () => assert.equal(cut(sql), expected));
    test(`${what}, as SQLite cuts it`, () => assert.equal(cut(sql), cutBySqlite(sql)));
  }

  test('a few hundred random scripts, as they were put together', () => {
    const whole = SCRIPTS.flatMap(([, , ...each]) => each).filter((each) => each.endsWith(';'));
    for (let seed = 0; seed < 300; seed++) {
      const random = randomOf(seed);
      const expected = Array.from({ length: random.int(8) }, () => random.pick(whole));
      const between = () => random.pick(['', ' ', '\n', ';', ' -- a; "\n', "/* ; ' */", '\uFEFF']);
      const sql = expected.map((each) => between() + each).join('') + between();
      assert.equal(cut(sql), expected, `seed ${seed}: ${sql}`);
    }
  });

  test('have their tokens without comments and without the closing semicolon', () => {
    const sql = '/* a */ SELECT -- b\n 1 ; SELECT 2';
    const found = Array.from(statements(sql), (each) =>
      each.tokens.map((token) => textOf(sql, token)),
    );
    assert.equal(found, [
      ['SELECT', '1'],
      ['SELECT', '2'],
    ]);
  });

  test('a trigger keeps the semicolons inside', () => {
    const [statement] = statements(SIMPLE_TRIGGER);
    const semicolons = statement!.tokens.filter((token) => textOf(SIMPLE_TRIGGER, token) === ';');
    assert.is(semicolons.length, 2);
  });

  test('a trigger that is never closed takes the rest', () => {
    const sql =
      'CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; SELECT 2; SELECT CASE WHEN 1 THEN 2 END;';
    assert.equal(cut(`SELECT 0;${sql}`), ['SELECT 0;', sql]);
  });

  test('a string that is never closed takes the rest', () =>
    assert.equal(cut("SELECT 1; SELECT 'a; SELECT 3;"), ['SELECT 1;', "SELECT 'a; SELECT 3;"]));

  test('20,000 statements, and a trigger of 20,000', () => {
    const many = 'INSERT INTO u VALUES (1);'.repeat(20_000);
    assert.is(cut(many).length, 20_000);
    assert.is(cut(`CREATE TRIGGER g INSERT ON t BEGIN ${many} END; SELECT 1;`).length, 2);
  });
});

suite('holdsStatement', (test) => {
  for (const [what, sql, ...expected] of SCRIPTS) {
    test(what, () => assert.is(holdsStatement(sql), expected.length > 0));
  }
  test('nothing but a comment that nothing closes', () =>
    assert.is(holdsStatement('; /* SELECT 1;'), false));
});

suite('leadingWords', (test) => {
  const table: readonly (readonly [sql: string, words: string])[] = [
    ['create unique Index i on t(a)', 'CREATE UNIQUE INDEX'],
    ['-- x\nBEGIN', 'BEGIN'],
    ['DROP TABLE "t"', 'DROP TABLE'],
    ['PRAGMA "x" = 1', 'PRAGMA'],
    ['(SELECT 1)', ''],
    ['1 a', ''],
  ];
  for (const [sql, words] of table) {
    test(sql, () => {
      const [statement] = statements(sql);
      assert.is(leadingWords(sql, statement!, 3).join(' '), words);
    });
  }
});

suite('nameOf', (test) => {
  const table: readonly (readonly [sql: string, name: string])[] = [
    ['a_B', 'a_B'],
    ['"a""b"', 'a"b'],
    ['`a``b`', 'a`b'],
    ['[a"b]', 'a"b'],
    ["'a''b'", "a'b"],
    ['""', ''],
  ];
  for (const [sql, name] of table) {
    test(sql, () => {
      const [token] = tokens(sql);
      assert.is(nameOf(sql, token!), name);
    });
  }
});

suite('positionAt', (test) => {
  const table: readonly (readonly [text: string, offset: number, place: string])[] = [
    ['', 0, '1:1'],
    ['abc', 0, '1:1'],
    ['abc', 2, '1:3'],
    ['abc', 3, '1:4'],
    ['a\nbc', 1, '1:2'],
    ['a\nbc', 2, '2:1'],
    ['a\nbc', 3, '2:2'],
    ['\n\n', 1, '2:1'],
    ['\n\n', 2, '3:1'],
    ['a\r\nb', 1, '1:2'],
    ['a\r\nb', 3, '2:1'],
    ['a\rb', 2, '1:3'],
    ['🦆b', 2, '1:3'],
    ['\tb', 1, '1:2'],
    ['\uFEFFabc', 1, '1:1'],
    ['\uFEFFabc', 3, '1:3'],
    ['\uFEFFa\nb', 3, '2:1'],
    ['a\n\uFEFFb', 3, '2:2'],
  ];
  for (const [text, offset, place] of table) {
    test(`${JSON.stringify(text)} at ${offset} is ${place}`, () => {
      const { line, column } = positionAt(text, offset);
      assert.is(`${line}:${column}`, place);
    });
  }

  test('finds the statements of a file', () => {
    const sql = '-- ---\n-- parents: base\n-- ---\n\nSELECT 1; SELECT 2;\n  SELECT 3;';
    const places = Array.from(statements(sql), ({ start }) => {
      const { line, column } = positionAt(sql, start);
      return `${line}:${column}`;
    });
    assert.equal(places, ['5:1', '5:11', '6:3']);
  });
});

/**
 * SQLite's own cut: `sourceSQL` is the text of the first statement, with what stands before
 * it. Each is run, so that the next ones find their tables.
 */
function cutBySqlite(sql: string): readonly string[] {
  const database = new DatabaseSync(':memory:');
  try {
    const found: string[] = [];
    let rest = sql;
    while ([...tokens(rest)].some((token) => !isBetween(rest, token))) {
      const statement = database.prepare(rest);
      const { sourceSQL } = statement;
      statement.all();
      found.push(trimmed(sourceSQL));
      rest = rest.slice(sourceSQL.length);
    }
    return found;
  } finally {
    database.close();
  }
}

function isBetween(sql: string, token: Token): boolean {
  return token.kind === 'comment' || textOf(sql, token) === ';';
}

/** Without what `sourceSQL` has before the statement, and behind it where no `;` ends it. */
function trimmed(sourceSql: string): string {
  const all = [...tokens(sourceSql)];
  const first = all.find((token) => !isBetween(sourceSql, token))!;
  const last = all.findLast((token) => token.kind !== 'comment')!;
  return sourceSql.slice(first.start, last.end);
}
