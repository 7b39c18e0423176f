import * as assert from 'uvu/assert';
import { generate } from '../../lib/schema/generate/generate.ts';
import { failureOf } from '../../lib/schema/scratch.ts';
import { pairOf, permissive } from '../support/generated.ts';
import { inScratch, schemaFrom } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

interface Case {
  readonly before: string;
  readonly after: string;
  readonly rows: string;
  readonly renames?: Readonly<Record<string, string>>;
  readonly fill?: Readonly<Record<string, string>>;
  readonly warning: string;
  /** How many rows the query finds; null for no query. */
  readonly finds: number | null;
  /** How SQLite refuses those rows; null where it takes them. */
  readonly fails: RegExp | null;
}

const P = 'CREATE TABLE p(id INTEGER PRIMARY KEY); ';

/** What may go wrong with rows: the warning, its query, and that it does go wrong. */
const CASES: readonly (readonly [what: string, given: Case])[] = [
  [
    'a UNIQUE over a new column with a default',
    {
      before: 'CREATE TABLE t(a)',
      after: 'CREATE TABLE t(a, b INT DEFAULT 4 UNIQUE)',
      rows: 'INSERT INTO t VALUES (1), (2)',
      warning: '`t` (b) is to be UNIQUE: the up fails where values are the same.',
      finds: 1,
      fails: /UNIQUE/,
    },
  ],
  [
    'a UNIQUE over a new column that is filled',
    {
      before: 'CREATE TABLE t(a, z)',
      after: 'CREATE TABLE t(b, c INT NOT NULL, UNIQUE (c))',
      rows: 'INSERT INTO t VALUES (1, 1), (3, 1), (4, 2)',
      renames: { 't.a': 'b' },
      fill: { 't.c': 'b / 2' },
      warning: '`t` (c) is to be UNIQUE: the up fails where values are the same.',
      finds: 0,
      fails: null,
    },
  ],
  [
    'a key whose texts become numbers',
    {
      before: 'CREATE TABLE t(a TEXT UNIQUE)',
      after: 'CREATE TABLE t(a INT UNIQUE)',
      rows: "INSERT INTO t VALUES ('1'), ('01'), ('x')",
      warning:
        '`t` (a) is UNIQUE, of columns that change: the up fails where values are the same then.',
      finds: 1,
      fails: /UNIQUE/,
    },
  ],
  [
    'an index whose column gets a collation',
    {
      before: 'CREATE TABLE t(a); CREATE UNIQUE INDEX i ON t(a)',
      after: 'CREATE TABLE t(a COLLATE NOCASE); CREATE UNIQUE INDEX i ON t(a)',
      rows: "INSERT INTO t VALUES ('a'), ('A')",
      warning:
        'The index `i` is UNIQUE, over columns that change: the up fails where values are the same then.',
      finds: 1,
      fails: /UNIQUE/,
    },
  ],
  [
    'texts that become numbers',
    {
      before: 'CREATE TABLE t(a TEXT COLLATE RTRIM)',
      after: 'CREATE TABLE t(a INTEGER)',
      rows: "INSERT INTO t VALUES ('12'), ('12 '), ('012'), (NULL)",
      warning: '`t.a` becomes INTEGER, was TEXT: some values change with it.',
      finds: 2,
      fails: null,
    },
  ],
  [
    'texts that become numbers with a fraction',
    {
      before: 'CREATE TABLE t(a TEXT)',
      after: 'CREATE TABLE t(a REAL)',
      rows: "INSERT INTO t VALUES ('12'), ('12.5'), (NULL)",
      warning: '`t.a` becomes REAL, was TEXT: some values change with it.',
      finds: 1,
      fails: null,
    },
  ],
  [
    'a check whose column changes its type',
    {
      before: "CREATE TABLE t(a TEXT, CHECK (typeof(a) = 'text'))",
      after: "CREATE TABLE t(a INT, CHECK (typeof(a) = 'text'))",
      rows: "INSERT INTO t VALUES ('1')",
      warning:
        "`t` has CHECK (typeof(a) = 'text'), over columns that change: the up fails where it does not hold then.",
      finds: null,
      fails: /CHECK/,
    },
  ],
  [
    'another type in a STRICT table',
    {
      before: 'CREATE TABLE t(a TEXT, b ANY) STRICT',
      after: 'CREATE TABLE t(a INT, b ANY) STRICT',
      rows: "INSERT INTO t VALUES (NULL, 1), ('x', 2)",
      warning: '`t` is STRICT: the up fails where a value does not fit the type of its column.',
      finds: 1,
      fails: /cannot store/,
    },
  ],
  [
    'a default that its STRICT column does not take',
    {
      before: 'CREATE TABLE t(a INT) STRICT',
      after: "CREATE TABLE t(a INT, b INT DEFAULT 'x') STRICT",
      rows: 'INSERT INTO t VALUES (1), (2)',
      warning: '`t` is STRICT: the up fails where a value does not fit the type of its column.',
      finds: 2,
      fails: /cannot store/,
    },
  ],
  [
    'what is computed and may not be NULL',
    {
      before: 'CREATE TABLE t(a)',
      after: 'CREATE TABLE t(a, b NOT NULL AS (a + 1) STORED)',
      rows: 'INSERT INTO t VALUES (1), (NULL)',
      warning: '`t.b` is computed and NOT NULL: the up fails where it is NULL.',
      finds: 1,
      fails: /NOT NULL/,
    },
  ],
  [
    'a NULL where a reference becomes the rowid',
    {
      before: `${P}CREATE TABLE t(n INT REFERENCES p)`,
      after: `${P}CREATE TABLE t(n INTEGER PRIMARY KEY REFERENCES p)`,
      rows: 'INSERT INTO p VALUES (1); INSERT INTO t VALUES (1), (NULL)',
      warning:
        '`t.n` becomes the rowid, and refers to other rows: the up fails where it is NULL (`--fill t.n=EXPR` gives those rows a value).',
      finds: 1,
      fails: /datatype mismatch/,
    },
  ],
  [
    'a NULL where another column becomes the rowid',
    {
      before: 'CREATE TABLE t(rowid INT, a INT)',
      after: 'CREATE TABLE t(rowid INT, n INTEGER PRIMARY KEY)',
      rows: 'INSERT INTO t VALUES (1, 1), (2, NULL)',
      renames: { 't.a': 'n' },
      warning:
        '`t.n` becomes the rowid: where it is NULL, SQLite numbers the rows (`--fill t.n=EXPR` gives those rows a value).',
      finds: 1,
      fails: null,
    },
  ],
  [
    'rows that get another rowid',
    {
      before: 'CREATE TABLE t(rowid INT, a INT)',
      after: 'CREATE TABLE t(rowid INT, n INTEGER PRIMARY KEY)',
      rows: 'INSERT INTO t VALUES (1, 1), (2, 9)',
      renames: { 't.a': 'n' },
      warning: '`t.n` becomes the rowid: rows get other rowids than they had.',
      finds: 1,
      fails: null,
    },
  ],
  [
    'what is no rowid',
    {
      before: 'CREATE TABLE t(a NOT NULL)',
      after: 'CREATE TABLE t(a INTEGER PRIMARY KEY)',
      rows: "INSERT INTO t VALUES (1), ('2'), (3.0), (4.5), ('x'), (x'35')",
      warning: '`t.a` becomes the rowid: the up fails where it is no integer.',
      finds: 3,
      fails: /datatype mismatch/,
    },
  ],
  [
    'a key for a table without rowid',
    {
      before: 'CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID',
      after: 'CREATE TABLE t(a, id INTEGER PRIMARY KEY)',
      rows: "INSERT INTO t VALUES ('x')",
      warning: '`t.id` is new and the rowid: SQLite numbers the rows.',
      finds: null,
      fails: null,
    },
  ],
  [
    'a parent whose key becomes a text',
    {
      before: 'CREATE TABLE p(x REAL PRIMARY KEY); CREATE TABLE c(a INT REFERENCES p)',
      after: 'CREATE TABLE p(x TEXT PRIMARY KEY); CREATE TABLE c(a INT REFERENCES p)',
      rows: 'INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1), (1), (NULL)',
      warning:
        '`c` (a) refers to `p`, by columns that change: the up fails where no such row is there then.',
      finds: 2,
      fails: /FOREIGN KEY/,
    },
  ],
  [
    'a parent whose key has no room for all digits any more',
    {
      before: 'CREATE TABLE p(x INT PRIMARY KEY, y); CREATE TABLE c(a REFERENCES p)',
      after: 'CREATE TABLE p(x REAL PRIMARY KEY, y); CREATE TABLE c(a INTEGER REFERENCES p)',
      rows: 'INSERT INTO p(x) VALUES (1), (9007199254740993); INSERT INTO c VALUES (1), (9007199254740993)',
      warning:
        '`c` (a) refers to `p`, by columns that change: the up fails where no such row is there then.',
      finds: 1,
      fails: /FOREIGN KEY/,
    },
  ],
  [
    'a new reference with a default, within a table that is called p',
    {
      before: 'CREATE TABLE p(x INTEGER PRIMARY KEY, y)',
      after: 'CREATE TABLE p(x INTEGER PRIMARY KEY, y, z INT DEFAULT 2 REFERENCES p)',
      rows: 'INSERT INTO p VALUES (1, 1), (3, 3)',
      warning: '`p` (z) is to refer to `p`: the up fails where no such row is there.',
      finds: 2,
      fails: /FOREIGN KEY/,
    },
  ],
  [
    'a reference to a table that is new',
    {
      before: 'CREATE TABLE t(a)',
      after: `${P}CREATE TABLE t(a REFERENCES p)`,
      rows: 'INSERT INTO t VALUES (1), (NULL)',
      warning: '`t` (a) is to refer to `p`: the up fails where no such row is there.',
      finds: 1,
      fails: /FOREIGN KEY/,
    },
  ],
];

suite('warnings', (test) => {
  for (const [what, given] of CASES) {
    test(what, async () => {
      const made = await pairOf(given.before, given.after, permissive(given.renames, given.fill));
      const warning = made.warnings.find(({ message }) => message === given.warning);
      assert.ok(warning, made.warnings.map(({ message }) => message).join('\n'));
      await inScratch(async (scratch) => {
        await scratch.exec(`${given.before}; ${given.rows}`);
        const found = warning?.query == null ? null : await scratch.query(warning.query);
        assert.is(found?.length ?? null, given.finds, warning?.query ?? '');
        const failure =
          (await failureOf(() => scratch.exec(made.up))) ??
          ((await scratch.query('SELECT 1 FROM pragma_foreign_key_check')).length > 0
            ? 'FOREIGN KEY'
            : null);
        if (given.fails === null) assert.is(failure, null);
        else assert.match(failure ?? '', given.fails);
      });
    });
  }

  for (const [what, before, after] of [
    [
      'a UNIQUE index, its columns the other way round',
      'CREATE TABLE t(a, b); CREATE UNIQUE INDEX i ON t(a, b)',
      'CREATE TABLE t(a, b); CREATE UNIQUE INDEX i ON t(b, a)',
    ],
    [
      'an index that is UNIQUE no more',
      'CREATE TABLE t(a); CREATE UNIQUE INDEX i ON t(a)',
      'CREATE TABLE t(a); CREATE INDEX i ON t(a)',
    ],
  ] as const) {
    test(`none for ${what}`, async () => {
      const made = await pairOf(before, after);
      assert.equal(made.warnings, []);
    });
  }

  test('a reference that would be the rowid is asked for', async () => {
    const made = generate(
      await schemaFrom(`${P}CREATE TABLE t(a)`),
      await schemaFrom(`${P}CREATE TABLE t(a, id INTEGER PRIMARY KEY REFERENCES p)`),
      {
        renames: new Map(),
        noRename: false,
        allowDrop: false,
        fill: new Map(),
        columnOrder: 'ignore',
      },
    );
    assert.equal(made, {
      kind: 'refused',
      problems: [
        {
          code: 'autogenerate',
          message:
            'The new column `t.id` is the rowid and refers to other rows: what do the rows get that are there?',
          hint: 'Say `--fill t.id=EXPR`: an SQL expression over the other columns.',
        },
      ],
    });
  });
});
