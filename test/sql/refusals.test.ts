import * as assert from 'uvu/assert';
import { refusals, unterminatedAt } from '../../lib/sql/refusals.ts';
import { positionAt } from '../../lib/sql/statements.ts';
import { suite } from '../support/suite.ts';

type Mode = 'on' | 'off';

/** Every refusal as `line:column message → hint`. */
function told(sql: string, transaction: Mode = 'on'): readonly string[] {
  return refusals(sql, { transaction }).map(({ offset, message, hint }) => {
    const { line, column } = positionAt(sql, offset);
    return `${line}:${column} ${message} → ${hint}`;
  });
}

const DELETE_IT =
  'Delete it: mig begins and commits. A file that needs its own transactions says `transaction: off`.';
const SAY_OFF = 'Say `transaction: off` in the header.';
const ONE_DATABASE =
  'A revision changes one database; say `transaction: off` in the header if it must reach another.';
const FOREIGN_KEYS =
  'Delete it: mig switches enforcement off around each revision and checks the result. The header key `foreign_keys` changes that.';
const NO_SCHEMA_WRITES =
  'Say it with ALTER TABLE, or build the table anew and copy the rows: docs/cookbook.md has both.';
const IF_NEEDED = 'Say `transaction: off` in the header if this revision needs it.';

suite('refused in a transaction', (test) => {
  const table: readonly (readonly [sql: string, word: string])[] = [
    ['BEGIN', 'BEGIN'],
    ['begin immediate;', 'BEGIN'],
    ['BEGIN DEFERRED TRANSACTION;', 'BEGIN'],
    ['COMMIT;', 'COMMIT'],
    ['Commit Transaction;', 'COMMIT'],
    ['END;', 'END'],
    ['END TRANSACTION', 'END'],
    ['ROLLBACK;', 'ROLLBACK'],
    ['rollback transaction;', 'ROLLBACK'],
    ['ROLLBACK TRANSACTION name;', 'ROLLBACK'],
  ];
  for (const [sql, word] of table) {
    test(sql, () => {
      const message = `\`${word}\` would end the transaction that mig runs this file in.`;
      assert.equal(told(sql), [`1:1 ${message} → ${DELETE_IT}`]);
    });
  }

  const outside: readonly (readonly [sql: string, word: string, hint: string])[] = [
    ['VACUUM;', 'VACUUM', SAY_OFF],
    ["vacuum main into 'x.db'", 'VACUUM', SAY_OFF],
    ["ATTACH 'x.db' AS x;", 'ATTACH', ONE_DATABASE],
    ["attach database 'x.db' as x;", 'ATTACH', ONE_DATABASE],
    ['DETACH x;', 'DETACH', ONE_DATABASE],
  ];
  for (const [sql, word, hint] of outside) {
    test(sql, () =>
      assert.equal(told(sql), [`1:1 \`${word}\` cannot run inside a transaction. → ${hint}`]),
    );
  }

  const pragmas: readonly (readonly [sql: string, name: string, hint?: string])[] = [
    ['PRAGMA foreign_keys = OFF;', 'foreign_keys', FOREIGN_KEYS],
    ['pragma foreign_keys=1', 'foreign_keys', FOREIGN_KEYS],
    ['PRAGMA Foreign_Keys(ON)', 'foreign_keys', FOREIGN_KEYS],
    ['PRAGMA main.foreign_keys = off', 'foreign_keys', FOREIGN_KEYS],
    ['PRAGMA "main"."foreign_keys" = off', 'foreign_keys', FOREIGN_KEYS],
    ['PRAGMA /* x */ foreign_keys -- y\n = off', 'foreign_keys', FOREIGN_KEYS],
    ['PRAGMA journal_mode = WAL', 'journal_mode'],
    ["PRAGMA journal_mode('wal')", 'journal_mode'],
    ['PRAGMA synchronous = OFF', 'synchronous'],
    ['PRAGMA recursive_triggers = 1', 'recursive_triggers'],
    [
      'PRAGMA writable_schema = ON',
      'writable_schema',
      `No revision can write to \`sqlite_schema\`. ${NO_SCHEMA_WRITES}`,
    ],
    ['PRAGMA legacy_alter_table = ON', 'legacy_alter_table'],
    ['PRAGMA schema_version = 7', 'schema_version'],
    ["PRAGMA encoding = 'UTF-16'", 'encoding'],
    ['PRAGMA page_size = 4096', 'page_size'],
    ['PRAGMA auto_vacuum = 1', 'auto_vacuum'],
    ['PRAGMA wal_checkpoint(TRUNCATE)', 'wal_checkpoint'],
    ['PRAGMA case_sensitive_like = ON', 'case_sensitive_like'],
    ['PRAGMA cache_size = -2000', 'cache_size'],
    ['PRAGMA ignore_check_constraints = 1', 'ignore_check_constraints'],
  ];
  for (const [sql, name, hint = IF_NEEDED] of pragmas) {
    test(sql, () =>
      assert.equal(told(sql), [
        `1:1 \`PRAGMA ${name}\` does nothing inside a transaction, or outlives the revision. → ${hint}`,
      ]),
    );
  }

  test('all of them are told, each at its place', () => {
    const sql = [
      '-- COMMIT;',
      'CREATE TABLE t(a);  COMMIT;',
      '/* BEGIN; */ BEGIN;',
      'INSERT INTO t',
      '  VALUES (:a);',
      '  VACUUM',
    ].join('\n');
    assert.equal(
      refusals(sql, { transaction: 'on' }).map(({ offset, message }) => {
        const { line, column } = positionAt(sql, offset);
        return `${line}:${column} ${message}`;
      }),
      [
        '2:21 `COMMIT` would end the transaction that mig runs this file in.',
        '3:14 `BEGIN` would end the transaction that mig runs this file in.',
        '5:11 `:a` is a parameter, and nothing would be bound to it: it would be NULL.',
        '6:3 `VACUUM` cannot run inside a transaction.',
      ],
    );
  });

  test('a COMMIT behind a trigger is found', () =>
    assert.equal(
      refusals('CREATE TRIGGER g INSERT ON t BEGIN SELECT 1; END; COMMIT;', {
        transaction: 'on',
      }).map((each) => each.offset),
      [50],
    ));
});

suite('refused in any mode', (test) => {
  for (const mode of ['on', 'off'] as const) {
    for (const parameter of ['?', '?1', ':name', '@name', '$name', '#name']) {
      test(`${parameter} with transaction: ${mode}`, () =>
        assert.equal(told(`SELECT 1;\nINSERT INTO t VALUES (1, ${parameter});`, mode), [
          `2:26 \`${parameter}\` is a parameter, and nothing would be bound to it: it would be NULL. → Write the value itself; text goes between single quotes.`,
        ]));
    }
  }

  const writes: readonly (readonly [sql: string, table: string | null])[] = [
    ["UPDATE sqlite_master SET sql = 'x';", 'sqlite_master'],
    ['update or ignore main . "SQLite_Schema" set sql = 1', 'sqlite_schema'],
    ['DELETE FROM [sqlite_schema];', 'sqlite_schema'],
    ['delete from temp.sqlite_temp_master', 'sqlite_temp_master'],
    ['INSERT INTO sqlite_schema VALUES (1);', 'sqlite_schema'],
    ['INSERT OR REPLACE INTO main.sqlite_master VALUES (1);', 'sqlite_master'],
    ['REPLACE INTO sqlite_temp_schema VALUES (1);', 'sqlite_temp_schema'],
    ['SELECT * FROM sqlite_master;', null],
    ['INSERT INTO t SELECT name FROM sqlite_schema;', null],
    ['UPDATE t SET a = (SELECT 1 FROM sqlite_master);', null],
    ['DELETE FROM sqlite_sequence;', null],
    ['UPDATE sqlite_stat1 SET stat = 1;', null],
    ["INSERT INTO t VALUES ('UPDATE sqlite_master');", null],
    ['UPDATE', null],
  ];
  for (const [sql, table] of writes) {
    for (const mode of ['on', 'off'] as const) {
      test(`${sql} with transaction: ${mode}`, () => {
        const message = `No statement can write to \`${table}\`: SQLite in Node does not allow it, not even with \`PRAGMA writable_schema\`.`;
        const expected = table === null ? [] : [`2:3 ${message} → ${NO_SCHEMA_WRITES}`];
        assert.equal(told(`SELECT 1;\n  ${sql}`, mode), expected);
      });
    }
  }

  for (const mode of ['on', 'off'] as const) {
    test(`a comment that does not end, with transaction: ${mode}`, () => {
      assert.equal(told('SELECT 1;\n /* a\nSELECT 2;', mode), [
        '2:2 This comment does not end, so nothing behind it would run. → Close it with `*/`.',
      ]);
      assert.equal(told("SELECT '/*', 1; -- /*\n/* a */", mode), []);
    });
  }

  test('the first parameter of a statement, and one of each statement', () => {
    const sql = 'SELECT :a, :b; SELECT :c;';
    const offsets = refusals(sql, { transaction: 'off' }).map((each) => each.offset);
    assert.equal(offsets, [7, 22]);
  });

  test('a parameter in the body of a trigger', () =>
    assert.is(told('CREATE TRIGGER g INSERT ON t BEGIN SELECT :a; END;', 'off').length, 1));
});

suite('not refused', (test) => {
  const inTransaction: readonly string[] = [
    '',
    '-- COMMIT;',
    '/* COMMIT; */ SELECT 1;',
    "INSERT INTO t VALUES ('COMMIT; BEGIN; VACUUM; :a ?');",
    "SELECT '\nCOMMIT;\n';",
    'SELECT "COMMIT;" FROM t;',
    // Words that stand elsewhere.
    'CREATE TABLE t("begin", [end], `commit`, rollback);',
    'INSERT INTO t("begin") VALUES (1);',
    'SELECT begin, commit FROM t;',
    'ALTER TABLE t RENAME COLUMN vacuum TO attach;',
    'INSERT OR ROLLBACK INTO t VALUES (1);',
    'CREATE TABLE t(a UNIQUE ON CONFLICT ROLLBACK);',
    'SELECT CASE WHEN 1 THEN 2 END;',
    'EXPLAIN COMMIT;',
    // Triggers.
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM u; END;',
    'CREATE TEMP TRIGGER g INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 1; END;',
    "CREATE TRIGGER g INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END;",
    "CREATE TRIGGER g INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
    // Savepoints are the file's own business; mig's has a random name.
    'SAVEPOINT a; RELEASE a;',
    'SAVEPOINT a; ROLLBACK TO a; RELEASE SAVEPOINT a;',
    'ROLLBACK TO SAVEPOINT a;',
    'ROLLBACK TRANSACTION TO a;',
    'rollback transaction to savepoint a;',
    'ROLLBACK TRANSACTION name TO SAVEPOINT a;',
    // Pragmas that ask.
    'PRAGMA foreign_keys;',
    'PRAGMA main.journal_mode;',
    'PRAGMA foreign_key_check;',
    'PRAGMA foreign_key_check(t);',
    "PRAGMA main.foreign_key_check('t');",
    'PRAGMA table_info(t); PRAGMA table_xinfo("t"); PRAGMA table_list(t);',
    'PRAGMA index_list(t); PRAGMA index_info(i); PRAGMA index_xinfo(i);',
    'PRAGMA foreign_key_list(t); PRAGMA integrity_check(10); PRAGMA quick_check(t);',
    'PRAGMA compile_options; PRAGMA database_list;',
    // Pragmas that write, and are part of the transaction.
    'PRAGMA user_version = 7;',
    'PRAGMA main.user_version(7);',
    'PRAGMA USER_VERSION = 7',
    'PRAGMA application_id = 0x1234;',
    'PRAGMA defer_foreign_keys = ON;',
    // No parameters.
    "SELECT '{}'->>'$.a', a->'$[0]', 1 || ':b' FROM t;",
    "SELECT time('12:30'), x'3f';",
    'PRAGMA',
    "SELECT 'unclosed COMMIT; ",
  ];
  for (const sql of inTransaction) {
    test(JSON.stringify(sql), () => assert.equal(told(sql), []));
  }

  const outside = [
    'BEGIN; CREATE TABLE t(a); COMMIT;',
    'BEGIN; ROLLBACK; BEGIN; END;',
    "VACUUM; VACUUM INTO 'x'; ATTACH 'x' AS x; DETACH x;",
    'PRAGMA journal_mode = WAL; PRAGMA foreign_keys = OFF;',
  ];
  for (const sql of outside) {
    test(`with transaction: off, ${sql}`, () => assert.equal(told(sql, 'off'), []));
  }
});

suite('unterminatedAt', (test) => {
  const table: readonly (readonly [sql: string, offset: number | null])[] = [
    ['SELECT 1', null],
    ["SELECT 'a;", 7],
    ["SELECT 'a''", 7],
    ["SELECT 'a'''", null],
    ['SELECT "a', 7],
    ['SELECT [a', 7],
    ['SELECT `a', 7],
    ['SELECT 1; /* a', 10],
    ['SELECT 1; -- a', null],
    ["SELECT x'0", 7],
    ['', null],
  ];
  for (const [sql, offset] of table) {
    test(JSON.stringify(sql), () => assert.is(unterminatedAt(sql), offset));
  }
});
