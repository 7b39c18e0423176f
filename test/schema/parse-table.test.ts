import * as assert from 'uvu/assert';
import type { Column, Table } from '../../lib/schema/model.ts';
import { parseTable } from '../../lib/schema/read/parse-table.ts';
import { schemaFrom, tableIn } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

/** A table that SQLite itself has stored, and that agrees with its PRAGMAs. */
async function tableFrom(sql: string): Promise<Table> {
  const table = tableIn(await schemaFrom(sql), 't');
  if (table === undefined) throw new Error('the parser does not know all of it');
  return table;
}

async function columnFrom(definition: string): Promise<Column> {
  return (await tableFrom(`CREATE TABLE t(other, ${definition})`)).columns[1]!;
}

suite('the columns of a table', (test) => {
  const table: readonly (readonly [definition: string, Partial<Column>])[] = [
    ['a', { name: 'a', type: '', notNull: null, default: null, collation: 'BINARY', text: 'a' }],
    ['a int', { type: 'INT', text: 'a int' }],
    ['a varchar ( 10 , -2 )', { type: 'VARCHAR(10, -2)' }],
    ['a Double  Precision', { type: 'DOUBLE PRECISION' }],
    ['a "integer"', { type: 'INTEGER' }],
    ["a 'text'", { type: 'TEXT' }],
    ['a [two words]', { type: '"TWO WORDS"' }],
    ['action action key', { name: 'action', type: 'ACTION KEY' }],
    ['left int', { name: 'left', type: 'INT' }],
    ['"sel""ect" int', { name: 'sel"ect' }],
    ['[b c] int', { name: 'b c' }],
    ['`b``c`', { name: 'b`c' }],
    ["'b' int", { name: 'b' }],
    ['a generated always', { type: '' }],
    [
      'a int generated always as (1)',
      { type: 'INT', generated: { expression: '1', kind: 'virtual' } },
    ],
    ['a as (other + 1) stored', { generated: { expression: 'other + 1', kind: 'stored' } }],
    ['a int as ((other)) virtual', { generated: { expression: 'other', kind: 'virtual' } }],
    ['a not null', { notNull: { conflict: 'ABORT', name: null } }],
    [
      'a constraint "N" not null on conflict ignore',
      { notNull: { conflict: 'IGNORE', name: 'N' } },
    ],
    ['a not null on conflict fail not null', { notNull: { conflict: 'ABORT', name: null } }],
    ['a null', { notNull: null }],
    ['a null on conflict fail', { notNull: null }],
    ['a collate nocase', { collation: 'NOCASE' }],
    ['a collate nocase collate "rtrim"', { collation: 'RTRIM' }],
    ['a constraint n', { notNull: null, default: null }],
    ['a int /* b */ not null -- c\n', { text: 'a int /* b */ not null' }],
  ];
  for (const [definition, expected] of table) {
    test(definition, async () => {
      const column = await columnFrom(definition);
      for (const [key, value] of Object.entries(expected)) {
        assert.equal(column[key as keyof Column], value, key);
      }
    });
  }
});

suite('the default of a column', (test) => {
  const table: readonly (readonly [sql: string, expected: string | null, constant?: boolean])[] = [
    ['5', '5', true],
    ['+5', '5', true],
    ['-  5', '-5', true],
    ['(5)', '5', true],
    ['((-5))', '-5', true],
    ['- 0x10', '-0x10', true],
    ['1_000', '1_000', true],
    ['.5', '.5', true],
    ["'it''s'", "'it''s'", true],
    ["('X')", "'X'", true],
    ["x'0Aff'", "x'0Aff'", true],
    ['abc', "'abc'", true],
    ['"Abc"', "'Abc'", true],
    ['[q r]', "'q r'", true],
    ['True', 'true', true],
    ['"true"', "'true'", true],
    ['null', null],
    ['(NULL)', null],
    ['Current_Timestamp', 'current_timestamp', false],
    ['(CURRENT_DATE)', 'current_date', false],
    ['(1+1)', '(1 + 1)', false],
    ['( json_array ( 1,2 ) )', '(json_array(1, 2))', false],
    ['((1)+(1))', '((1) + (1))', false],
    ["('a' || 'B')", "('a' || 'B')", false],
    ['5 default 6', '6', true],
  ];
  for (const [sql, expected, constant] of table) {
    test(sql, async () => {
      const { default: found } = await columnFrom(`a default ${sql}`);
      assert.equal(found, expected === null ? null : { sql: expected, constant });
    });
  }
});

suite('the primary key of a table', (test) => {
  const table: readonly (readonly [sql: string, expected: string])[] = [
    ['CREATE TABLE t(id INTEGER PRIMARY KEY, x)', 'id rowid'],
    ['CREATE TABLE t(id integer, x, PRIMARY KEY("ID"))', 'ID rowid'],
    ['CREATE TABLE t(id "INTEGER" PRIMARY KEY)', 'id rowid'],
    ['CREATE TABLE t(id INTEGER PRIMARY KEY ASC)', 'id rowid'],
    ['CREATE TABLE t(id INTEGER PRIMARY KEY DESC)', 'id desc'],
    ['CREATE TABLE t(id INTEGER, PRIMARY KEY(id DESC))', 'id rowid'],
    ['CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT)', 'id rowid autoincrement'],
    ['CREATE TABLE t(id INTEGER, PRIMARY KEY(id AUTOINCREMENT))', 'id rowid autoincrement'],
    ['CREATE TABLE t(id INT PRIMARY KEY)', 'id'],
    ['CREATE TABLE t(id INTEGER(4) PRIMARY KEY)', 'id'],
    ['CREATE TABLE t(id INTEGER PRIMARY KEY) WITHOUT ROWID', 'id'],
    ['CREATE TABLE t(a, b, PRIMARY KEY(b, a DESC) ON CONFLICT REPLACE)', 'b, a desc REPLACE'],
    ['CREATE TABLE t(a TEXT, b, PRIMARY KEY(a COLLATE nocase, b))', 'a NOCASE, b'],
    ['CREATE TABLE t(a TEXT COLLATE nocase, PRIMARY KEY(a COLLATE NOCASE))', 'a'],
    ['CREATE TABLE t(a PRIMARY KEY ON CONFLICT FAIL)', 'a FAIL'],
    ['CREATE TABLE t(a, b, PRIMARY KEY((a), b, a))', 'a, b, a'],
    ['CREATE TABLE t(a, b, PRIMARY KEY(a, b, a)) WITHOUT ROWID', 'a, b, a'],
    ['CREATE TABLE t(a)', 'none'],
  ];
  for (const [sql, expected] of table) {
    test(sql, async () => {
      const { primaryKey: key } = await tableFrom(sql);
      if (key === null) return assert.is(expected, 'none');
      const columns = key.columns.map(({ name, collation, direction }) =>
        [name, collation, direction === 'desc' ? 'desc' : null].filter(Boolean).join(' '),
      );
      const rest = [
        ...(key.rowidAlias ? ['rowid'] : []),
        ...(key.autoincrement ? ['autoincrement'] : []),
        ...(key.conflict === 'ABORT' ? [] : [key.conflict]),
      ];
      assert.is([columns.join(', '), ...rest].join(' '), expected);
    });
  }
});

suite('the constraints of a table', (test) => {
  const unique: readonly (readonly [sql: string, count: number])[] = [
    ['CREATE TABLE t(a UNIQUE, b UNIQUE ON CONFLICT REPLACE, UNIQUE(a))', 2],
    ['CREATE TABLE t(a PRIMARY KEY UNIQUE)', 0],
    ['CREATE TABLE t(a UNIQUE PRIMARY KEY)', 0],
    ['CREATE TABLE t(a INTEGER PRIMARY KEY UNIQUE)', 1],
    ['CREATE TABLE t(a INTEGER PRIMARY KEY UNIQUE) WITHOUT ROWID', 0],
    ['CREATE TABLE t(a TEXT COLLATE nocase, UNIQUE(a COLLATE rtrim), UNIQUE(a DESC))', 2],
    ['CREATE TABLE t(a, b, UNIQUE(a, b), UNIQUE(b, a), UNIQUE(a, b DESC))', 2],
    ["CREATE TABLE t(a, UNIQUE('a'))", 1],
  ];
  for (const [sql, count] of unique) {
    test(sql, async () => assert.is((await tableFrom(sql)).unique.length, count));
  }

  test('of inline and of table level are the same', async () => {
    const inline = await tableFrom(
      `CREATE TABLE p(id INTEGER PRIMARY KEY);
       CREATE TABLE t(a INT CONSTRAINT c CHECK (a > 0) UNIQUE ON CONFLICT FAIL
         REFERENCES p ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED)`,
    );
    const apart = await tableFrom(
      `CREATE TABLE p(id INTEGER PRIMARY KEY);
       CREATE TABLE t(a INT, FOREIGN KEY(a) REFERENCES p(id) ON DELETE CASCADE ON UPDATE NO ACTION
         DEFERRABLE INITIALLY DEFERRED UNIQUE(a) ON CONFLICT FAIL, CONSTRAINT c CHECK (("a">0)))`,
    );
    for (const part of ['unique', 'checks', 'foreignKeys'] as const) {
      assert.equal(inline[part], apart[part]);
    }
    assert.is(inline.foreignKeys.length, 1);
  });

  const deferred: readonly (readonly [clause: string, deferred: boolean])[] = [
    ['', false],
    ['DEFERRABLE', false],
    ['DEFERRABLE INITIALLY IMMEDIATE', false],
    ['DEFERRABLE INITIALLY DEFERRED', true],
    ['NOT DEFERRABLE INITIALLY DEFERRED', false],
    ['DEFAULT 5 DEFERRABLE INITIALLY DEFERRED', true],
    ['MATCH full ON INSERT CASCADE ON DELETE SET NULL', false],
  ];
  for (const [clause, expected] of deferred) {
    test(`REFERENCES p ${clause}`, async () => {
      const { foreignKeys } = await tableFrom(`CREATE TABLE t(a REFERENCES p ${clause})`);
      assert.is(foreignKeys[0]!.deferred, expected);
    });
  }

  test('fill in the key of a parent that comes later', async () => {
    const table = await tableFrom(
      'CREATE TABLE t(x, y, FOREIGN KEY(x, y) REFERENCES P); CREATE TABLE p(a, b, PRIMARY KEY(b, a))',
    );
    assert.equal(table.foreignKeys[0]!.parentColumns, ['b', 'a']);
  });

  test('may stand without commas, and names without constraints', async () => {
    const table = await tableFrom(
      'CREATE TABLE t(a, b, CONSTRAINT x CONSTRAINT y CHECK(a) CONSTRAINT z UNIQUE(a) PRIMARY KEY(b))',
    );
    assert.equal(table.checks, [{ name: 'y', expression: 'a' }]);
    assert.is(table.unique[0]!.name, 'z');
  });

  test('make columns NOT NULL without saying so', async () => {
    const isNotNull = async (sql: string) => (await tableFrom(sql)).columns[0]!.notNull !== null;
    assert.is(await isNotNull('CREATE TABLE t(a INT PRIMARY KEY)'), false);
    assert.is(await isNotNull('CREATE TABLE t(a INT PRIMARY KEY) STRICT'), true);
    assert.is(await isNotNull('CREATE TABLE t(a INT PRIMARY KEY) WITHOUT ROWID'), true);
    assert.is(await isNotNull('CREATE TABLE t(a INTEGER PRIMARY KEY) STRICT'), false);
    assert.is(await isNotNull('CREATE TABLE t(a INTEGER PRIMARY KEY) STRICT, WITHOUT ROWID'), true);
  });
});

suite('a table', (test) => {
  test('that came from a SELECT is a table like any other', async () => {
    const table = await tableFrom(`CREATE TABLE t AS SELECT 1 AS a, CAST(2 AS REAL) AS "b c"`);
    assert.equal(
      table.columns.map(({ name, type }) => [name, type]),
      [
        ['a', ''],
        ['b c', 'REAL'],
      ],
    );
  });

  const unknown = [
    'CREATE TABLE t(a, b) WITHOUT WORRY',
    'CREATE TABLE t(a INT SOMETIMES (1) (2))',
    'CREATE TABLE t(a, FORBID (a > 0))',
    'CREATE TABLE t(a CHECK (a > 0)',
    'CREATE TABLE t',
    'CREATE SHELF t(a)',
    'CREATE TABLE t(a, PRIMARY KEY(b))',
    'CREATE TABLE t(a PRIMARY KEY, b PRIMARY KEY)',
    "CREATE TABLE t(a DEFAULT 'x",
    '',
  ];
  for (const sql of unknown) {
    test(`with something unknown is opaque: ${sql}`, () => {
      const table = parseTable('t', sql);
      assert.is(table.kind, 'opaque');
      assert.is(parseTable('t', `${sql} `.replaceAll(' ', ' \n')).kind, 'opaque');
    });
  }
});

suite('token strings', (test) => {
  const check = async (sql: string) =>
    (await tableFrom(`CREATE TABLE t(a, "Key", "two words", CHECK (${sql}))`)).checks[0]!
      .expression;
  const table: readonly (readonly [a: string, b: string, isSame: boolean])[] = [
    ['a>0', '(( A  > 0 )) -- c\n', true],
    ['"a" > 0', 'a > 0', true],
    ['[A] > 0', '`a` > 0', true],
    ['t.a > 0', '"T"."A" > 0', true],
    ['"Key" > 0', '"key" > 0', true],
    ['"Key" > 0', 'key > 0', false],
    ['[two words] > 0', '"Two Words" > 0', true],
    ["a = 'x'", "a = 'X'", false],
    ['a = 1.0', 'a = 1.00', false],
    ["a = x'ab'", "a = x'AB'", false],
    ['length(a)', 'length (a)', true],
    ['a > 0', 'a >= 0', false],
    ['(a) + (1)', 'a + 1', false],
    ['a IN (1, 2)', 'a in(1,2)', true],
  ];
  for (const [a, b, isSame] of table) {
    test(`${a} ${isSame ? '=' : '≠'} ${b}`, async () =>
      assert.is((await check(a)) === (await check(b)), isSame));
  }

  test('keep the case of what may be a text in double quotes', () => {
    const expression = (sql: string) => {
      const table = parseTable('t', `CREATE TABLE t(a, CHECK (a = ${sql}))`);
      return table.kind === 'table' ? table.checks[0]!.expression : '';
    };
    assert.is.not(expression('"Abc"'), expression('"abc"'));
    assert.is(expression('[Abc]'), expression('abc'));
  });
});
