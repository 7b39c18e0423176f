import * as assert from 'uvu/assert';
import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import {
  type PairProof,
  type PairVerdict,
  provePair,
} from '../../lib/schema/prove-pair/prove-pair.ts';
import { schemaFrom } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

interface Given {
  readonly before: string;
  readonly after: string;
  readonly up: string;
  readonly down: string;
  readonly columnOrder?: PairProof['columnOrder'];
  readonly renames?: Readonly<Record<string, string>>;
  readonly fill?: Readonly<Record<string, string>>;
}

async function prove(given: Given): Promise<PairVerdict> {
  return provePair(() => openScratch({ table: 'mig_log', from: 'empty' }), {
    before: [{ sql: given.before, revision: 'aaaa' }],
    target: await schemaFrom(given.after),
    up: given.up,
    down: given.down,
    columnOrder: given.columnOrder ?? 'ignore',
    renames: new Map(Object.entries(given.renames ?? {})),
    fill: new Map(Object.entries(given.fill ?? {})),
  });
}

/** `up seeded: message`, or the notes. */
function linesOf(verdict: PairVerdict): readonly string[] {
  return verdict.ok
    ? verdict.notes.map((note) => `note: ${note}`)
    : verdict.problems.map(({ where, on, message }) => `${where} ${on}: ${message}`);
}

const REBUILD = {
  before: `CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT);
    CREATE TABLE c(x REFERENCES p ON DELETE CASCADE, y);
    CREATE INDEX i ON p(a);
    CREATE TRIGGER g AFTER UPDATE ON p BEGIN SELECT 1; END;
    CREATE TRIGGER h AFTER UPDATE ON p BEGIN SELECT 2; END;`,
  after: `CREATE TABLE p(id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT, CHECK (b <> 'never'));
    CREATE TABLE c(x REFERENCES p ON DELETE CASCADE, y);
    CREATE INDEX i ON p(a);
    CREATE TRIGGER g AFTER UPDATE ON p BEGIN SELECT 1; END;
    CREATE TRIGGER h AFTER UPDATE ON p BEGIN SELECT 2; END;`,
};

const rebuildOf = (definition: string) => ({
  create: `CREATE TABLE new_p(${definition});`,
  copy: 'INSERT INTO new_p(id, a, b) SELECT id, a, b FROM p;',
  mark: `UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'p')
    WHERE name = 'new_p';`,
  swap: 'DROP TABLE p; ALTER TABLE new_p RENAME TO p;',
  index: 'CREATE INDEX i ON p(a);',
  triggers: `CREATE TRIGGER g AFTER UPDATE ON p BEGIN SELECT 1; END;
    CREATE TRIGGER h AFTER UPDATE ON p BEGIN SELECT 2; END;`,
});
const COLUMNS = 'id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT';
const UP = rebuildOf(`${COLUMNS}, CHECK (b <> 'never')`);
const DOWN = rebuildOf(COLUMNS);
const script = (parts: Readonly<Record<string, string>>) => Object.values(parts).join('\n');

/** A rebuild with one fault in it, and what is said of it. */
const FAULTS: readonly (readonly [
  what: string,
  up: Partial<typeof UP>,
  down: Partial<typeof UP>,
  ...said: string[],
])[] = [
  [
    'rowids that are counted anew',
    { copy: 'INSERT INTO new_p(a, b) SELECT a, b FROM p;' },
    {},
    'up seeded: After the up something is broken: 2 rows of `c` name rows of `p` that are not there.',
    'up seeded: The up does not keep the data: `p` has no row with the rowid 42 any more.',
  ],
  [
    'a mark that falls back to the last row',
    { mark: '' },
    {},
    'up seeded: The up does not keep the data: the AUTOINCREMENT mark of `p` in sqlite_sequence is 42, and was 142.',
  ],
  [
    'a mark that is there twice',
    {
      mark: "INSERT INTO sqlite_sequence SELECT 'new_p', seq FROM sqlite_sequence WHERE name = 'p';",
    },
    {},
    'up seeded: The up does not keep the data: the AUTOINCREMENT mark of `p` in sqlite_sequence is 42, and was 142.',
    'up seeded: The up does not keep the data: sqlite_sequence has `p` 2 times.',
  ],
  [
    'a column that is copied from another',
    { copy: 'INSERT INTO new_p(id, a, b) SELECT id, a, a FROM p;' },
    {},
    "up seeded: The up does not keep the data: column `b` of `p`, row 1: '007', expected 'déjà vu -- ;'.",
  ],
  [
    'rows that are left behind',
    { copy: 'INSERT INTO new_p(id, a, b) SELECT id, a, b FROM p WHERE a IS NOT NULL;' },
    {},
    'up seeded: The up does not keep the data: `p` has 3 rows, and had 4.',
    'up seeded: The up does not keep the data: `p` has no row with the rowid 5 any more.',
  ],
  [
    'triggers in another order',
    {
      triggers: `CREATE TRIGGER h AFTER UPDATE ON p BEGIN SELECT 2; END;
        CREATE TRIGGER g AFTER UPDATE ON p BEGIN SELECT 1; END;`,
    },
    {},
    'up empty: After the up the schema is not the desired one: table `p`: trigger order after update: h, g, was after update: g, h.',
  ],
  [
    'an index that a down forgets',
    {},
    { index: '' },
    'down empty: After the down the schema is not the old one: index `i` is gone.',
  ],
  [
    'a down that empties another table',
    {},
    { swap: `${DOWN.swap} DELETE FROM c;` },
    'down seeded: The down does not keep the data: `c` has 0 rows, and had 4.',
  ],
  [
    'a statement that fails',
    { copy: 'INSERT INTO new_p(id, a, b) SELECT id, a, nowhere FROM p;' },
    {},
    'up empty: The up fails: no such column: nowhere, in `INSERT INTO new_p(id, a, b) SELECT id, a, nowhere FROM p`.',
  ],
  [
    'a constraint that only the copy breaks',
    { copy: "INSERT INTO new_p(id, a, b) SELECT id, a, 'never' FROM p;" },
    {},
    "up seeded: The up fails: CHECK constraint failed: b <> 'never', in `INSERT INTO new_p(id, a, b) SELECT id, a, 'never' FROM p`.",
  ],
];

suite('a pair with a fault', (test) => {
  test('is found wanting, and without it is proved', async () => {
    const verdict = await prove({ ...REBUILD, up: script(UP), down: script(DOWN) });
    assert.equal(linesOf(verdict), []);
    assert.ok(verdict.ok);
  });

  for (const [what, up, down, ...said] of FAULTS) {
    test(what, async () => {
      const verdict = await prove({
        ...REBUILD,
        up: script({ ...UP, ...up }),
        down: script({ ...DOWN, ...down }),
      });
      assert.not(verdict.ok);
      for (const line of said)
        assert.ok(linesOf(verdict).includes(line), linesOf(verdict).join('\n'));
    });
  }
});

/** Pairs that are right, and what is said of them. */
const SOUND: readonly (readonly [what: string, given: Given, ...said: string[]])[] = [
  [
    'a unique index, for rows of which some come twice',
    {
      before: 'CREATE TABLE t(a TEXT, b);',
      after: 'CREATE TABLE t(a TEXT, b); CREATE UNIQUE INDEX u ON t(a);',
      up: 'CREATE UNIQUE INDEX u ON t(a);',
      down: 'DROP INDEX u;',
    },
    'note: The up fails where rows of `t` do not fit: UNIQUE constraint failed: t.a. It was proved on rows that fit.',
  ],
  [
    'a check that no row fits',
    {
      before: 'CREATE TABLE t(a TEXT); CREATE TABLE u(b);',
      after: 'CREATE TABLE t(a TEXT, CHECK (a IS NULL AND a IS NOT NULL)); CREATE TABLE u(b);',
      up: `CREATE TABLE n(a TEXT, CHECK (a IS NULL AND a IS NOT NULL));
        INSERT INTO n(rowid, a) SELECT rowid, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;`,
      down: `CREATE TABLE n(a TEXT);
        INSERT INTO n(rowid, a) SELECT rowid, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;`,
    },
    'note: The up fails where rows of `t` do not fit: CHECK constraint failed: a IS NULL AND a IS NOT NULL. The table was proved without rows.',
  ],
  [
    'a new column that is filled, and renames',
    {
      before: 'CREATE TABLE t(a TEXT, b); CREATE TABLE u(c);',
      after: 'CREATE TABLE s(x TEXT, b, n TEXT NOT NULL); CREATE TABLE u(c);',
      up: `CREATE TABLE s(x TEXT, b, n TEXT NOT NULL);
        INSERT INTO s(rowid, x, b, n) SELECT rowid, a, b, coalesce(a, 'none') FROM t; DROP TABLE t;`,
      down: `CREATE TABLE t(a TEXT, b);
        INSERT INTO t(rowid, a, b) SELECT rowid, x, b FROM s; DROP TABLE s;`,
      renames: { t: 's', 't.a': 'x' },
      fill: { 's.n': "coalesce(a, 'none')" },
    },
  ],
  [
    'another type, which stores numbers otherwise',
    {
      before: 'CREATE TABLE t(a INTEGER, b TEXT);',
      after: 'CREATE TABLE t(a TEXT, b REAL);',
      up: `CREATE TABLE n(a TEXT, b REAL); INSERT INTO n(rowid, a, b) SELECT rowid, a, b FROM t;
        DROP TABLE t; ALTER TABLE n RENAME TO t;`,
      down: `CREATE TABLE n(a INTEGER, b TEXT); INSERT INTO n(rowid, a, b) SELECT rowid, a, b FROM t;
        DROP TABLE t; ALTER TABLE n RENAME TO t;`,
    },
  ],
  [
    'a table that swaps its name with another',
    {
      before: 'CREATE TABLE a(x, y); CREATE TABLE b(z);',
      after: 'CREATE TABLE b(x, y); CREATE TABLE a(z);',
      up: 'ALTER TABLE a RENAME TO s; ALTER TABLE b RENAME TO a; ALTER TABLE s RENAME TO b;',
      down: 'ALTER TABLE a RENAME TO s; ALTER TABLE b RENAME TO a; ALTER TABLE s RENAME TO b;',
      renames: { a: 'b', b: 'a' },
    },
  ],
  [
    'a foreign key that rows do not keep',
    {
      before: 'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(x INT NOT NULL);',
      after: 'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(x INT NOT NULL REFERENCES p);',
      up: `CREATE TABLE n(x INT NOT NULL REFERENCES p); INSERT INTO n(rowid, x) SELECT rowid, x FROM c;
        DROP TABLE c; ALTER TABLE n RENAME TO c;`,
      down: `CREATE TABLE n(x INT NOT NULL); INSERT INTO n(rowid, x) SELECT rowid, x FROM c;
        DROP TABLE c; ALTER TABLE n RENAME TO c;`,
    },
    'note: The up fails where rows of `c` do not fit: FOREIGN KEY constraint failed. It was proved on rows that fit.',
  ],
  [
    'a table that nothing can be put in',
    {
      before: 'CREATE TABLE t(a CHECK (a IS NULL AND a IS NOT NULL));',
      after: 'CREATE TABLE t(a CHECK (a IS NULL AND a IS NOT NULL), b);',
      up: 'ALTER TABLE t ADD COLUMN b;',
      down: 'ALTER TABLE t DROP COLUMN b;',
    },
    'note: `t` was proved without rows: no row was found for it (CHECK constraint failed: a IS NULL AND a IS NOT NULL).',
  ],
];

suite('a pair that is right', (test) => {
  for (const [what, given, ...said] of SOUND) {
    test(what, async () => {
      const verdict = await prove(given);
      assert.equal(linesOf(verdict), said);
      assert.ok(verdict.ok);
    });
  }
});

const TRIGGER =
  'CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO f(rowid, a) VALUES (new.rowid, new.a); END;';
const FTS = `CREATE TABLE t(a TEXT);
  CREATE VIRTUAL TABLE f USING fts5(a, content='t');
  ${TRIGGER}`;

/** Pairs that are wrong in other ways than a rebuild. */
const WRONG: readonly (readonly [what: string, given: Given, ...said: string[]])[] = [
  [
    'ADD COLUMN that no table with rows takes',
    {
      before: 'CREATE TABLE t(a);',
      after: 'CREATE TABLE t(a, b NOT NULL);',
      up: 'ALTER TABLE t ADD COLUMN b NOT NULL;',
      down: 'ALTER TABLE t DROP COLUMN b;',
    },
    'up seeded: The up fails: Cannot add a NOT NULL column with default value NULL, in `ALTER TABLE t ADD COLUMN b NOT NULL`.',
  ],
  [
    'rows that a conflict clause drops',
    {
      before: 'CREATE TABLE t(a, b);',
      after: 'CREATE TABLE t(a, b, UNIQUE (a) ON CONFLICT IGNORE);',
      up: `CREATE TABLE n(a, b, UNIQUE (a) ON CONFLICT IGNORE);
        INSERT INTO n(rowid, a, b) SELECT rowid, a, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;`,
      down: `CREATE TABLE n(a, b);
        INSERT INTO n(rowid, a, b) SELECT rowid, a, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;`,
    },
    'up seeded: The up does not keep the data: `t` has 3 rows, and had 4.',
    'up seeded: The up does not keep the data: `t` has no row with the rowid 42 any more.',
  ],
  [
    'a full-text index that finds other rows',
    {
      before: FTS,
      after: FTS.replace('a TEXT', 'a TEXT, CHECK (a <> 1)'),
      up: `DROP TRIGGER g; CREATE TABLE n(a TEXT, CHECK (a <> 1)); INSERT INTO n(a) SELECT a FROM t;
        DROP TABLE t; ALTER TABLE n RENAME TO t; ${TRIGGER}`,
      down: `DROP TRIGGER g; CREATE TABLE n(a TEXT); INSERT INTO n(rowid, a) SELECT rowid, a FROM t;
        DROP TABLE t; ALTER TABLE n RENAME TO t; ${TRIGGER}`,
    },
    'up seeded: The up does not keep the data: `t` has no row with the rowid 5 any more.',
    'up seeded: The up does not keep the data: `t` has no row with the rowid 7 any more.',
    'up seeded: The up does not keep the data: `t` has no row with the rowid 42 any more.',
    'up seeded: The up does not keep the data: the full-text index `f` does not agree with its table any more.',
  ],
  [
    'columns in another order, when it is strict',
    {
      before: 'CREATE TABLE t(a, b);',
      after: 'CREATE TABLE t(a, c, b);',
      up: 'ALTER TABLE t ADD COLUMN c;',
      down: 'ALTER TABLE t DROP COLUMN c;',
      columnOrder: 'strict',
    },
    'up empty: After the up the schema is not the desired one: table `t`: column order (a, b, c), was (a, c, b).',
  ],
  [
    'rows that the revisions themselves leave, and that do not fit',
    {
      before: 'CREATE TABLE t(a); INSERT INTO t VALUES (1), (1);',
      after: 'CREATE TABLE t(a); CREATE UNIQUE INDEX u ON t(a);',
      up: 'CREATE UNIQUE INDEX u ON t(a);',
      down: 'DROP INDEX u;',
    },
    'up empty: The up fails: UNIQUE constraint failed: t.a, in `CREATE UNIQUE INDEX u ON t(a)`.',
  ],
  [
    'a number that loses digits on its way through another type',
    {
      before: 'CREATE TABLE t(a TEXT, b);',
      after: 'CREATE TABLE t(a TEXT, b, c);',
      up: `CREATE TABLE n(a TEXT, b, c); INSERT INTO n(rowid, a, b) SELECT rowid, a, b + 0.0 FROM t;
        DROP TABLE t; ALTER TABLE n RENAME TO t;`,
      down: 'ALTER TABLE t DROP COLUMN c;',
    },
    "up seeded: The up does not keep the data: column `b` of `t`, row 1: 0.0, expected 'text'.",
    "up seeded: The up does not keep the data: column `b` of `t`, row 42: 0.0, expected 'text'.",
  ],
];

suite('a pair that is wrong', (test) => {
  for (const [what, given, ...said] of WRONG) {
    test(what, async () => {
      assert.equal(linesOf(await prove(given)), said);
    });
  }
});
