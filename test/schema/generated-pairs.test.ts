import * as assert from 'uvu/assert';
import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import { generate } from '../../lib/schema/generate/generate.ts';
import { provePair } from '../../lib/schema/prove-pair/prove-pair.ts';
import { permissive } from '../support/generated.ts';
import { pairTrial } from '../support/pair-trial.ts';
import { schemaFrom } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

/** `make fuzz-pairs` goes on where these end. */
const SEEDS = 300;
const AT_ONCE = 50;

suite('random schemas', (test) => {
  for (let first = 0; first < SEEDS; first += AT_ONCE) {
    test(`${first} to ${first + AT_ONCE - 1}: up and down, with their rows`, async () => {
      const complaints: string[] = [];
      let withRows = 0;
      for (let seed = first; seed < first + AT_ONCE; seed++) {
        const { complaint, rows } = await pairTrial(seed);
        if (complaint !== null) complaints.push(complaint);
        if (rows > 0) withRows++;
      }
      assert.equal(complaints, []);
      assert.ok(withRows > AT_ONCE * 0.6, `only ${withRows} had rows`);
    });
  }
});

interface Case {
  readonly before: string;
  readonly after: string;
  readonly renames?: Readonly<Record<string, string>>;
  readonly fill?: Readonly<Record<string, string>>;
  /** What has to be in the up, or in the down. */
  readonly has?: RegExp;
  readonly notes?: readonly string[];
}

/** What the random schemas found once, each as small as it could be made. */
const FOUND: readonly (readonly [what: string, given: Case])[] = [
  [
    'no column in common, and no rowid to take along',
    {
      before: 'CREATE TABLE t(a INTEGER PRIMARY KEY)',
      after: 'CREATE TABLE t(b TEXT DEFAULT (1 + 1) PRIMARY KEY) WITHOUT ROWID',
      has: /INSERT INTO new_t \(b\)\nSELECT \(1 \+ 1\)\nFROM t;/,
      notes: [
        'The up fails where rows of `t` do not fit: UNIQUE constraint failed: t.b. It was proved on rows that fit.',
      ],
    },
  ],
  [
    'a STRICT table that gets a default of another type',
    {
      before: 'CREATE TABLE t(a INT) STRICT',
      after: "CREATE TABLE t(a INT, b INT DEFAULT 'x') STRICT",
      has: /CREATE TABLE new_t/,
      notes: [
        'The up fails where rows of `t` do not fit: cannot store TEXT value in INT column t.b. The table was proved without rows.',
      ],
    },
  ],
  [
    'a STRICT table that gets a default of its type',
    {
      before: 'CREATE TABLE t(a INT) STRICT',
      after:
        "CREATE TABLE t(a INT, b TEXT DEFAULT 'x', c REAL DEFAULT -1.5, d ANY DEFAULT x'00') STRICT",
      has: /ADD COLUMN d/,
    },
  ],
  [
    'a full-text index over a table whose rowids become others',
    {
      before:
        "CREATE TABLE t(a TEXT, n INTEGER); CREATE VIRTUAL TABLE f USING fts5(a, content='t')",
      after:
        "CREATE TABLE t(a TEXT, n INTEGER PRIMARY KEY); CREATE VIRTUAL TABLE f USING fts5(a, content='t')",
      has: /INSERT INTO f \(f\) VALUES \('rebuild'\)/,
      notes: [
        'The up fails where rows of `t` do not fit: UNIQUE constraint failed: t.n. It was proved on rows that fit.',
      ],
    },
  ],
  [
    'a full-text index over a table whose values become others',
    {
      before: "CREATE TABLE t(a BLOB); CREATE VIRTUAL TABLE f USING fts5(a, content='t')",
      after: "CREATE TABLE t(a REAL); CREATE VIRTUAL TABLE f USING fts5(a, content='t')",
      has: /INSERT INTO f \(f\) VALUES \('rebuild'\)/,
    },
  ],
  [
    'a key that refers to other rows, whose name another column takes',
    {
      before:
        'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(id INTEGER PRIMARY KEY REFERENCES p, x INT)',
      after: 'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(id INTEGER PRIMARY KEY)',
      renames: { 't.x': 'id' },
      notes: [
        'The up fails where rows of `t` do not fit: UNIQUE constraint failed: t.id. The table was proved without rows.',
        'The down fails where rows of `t` do not fit: datatype mismatch. The table was proved without rows.',
      ],
    },
  ],
  [
    'a view that reads a new column of the name that another one had',
    {
      before: 'CREATE TABLE t(a); CREATE VIEW v AS SELECT x.a FROM t AS x',
      after: 'CREATE TABLE t(b, a); CREATE VIEW v AS SELECT x.a FROM t AS x',
      renames: { 't.a': 'b' },
      has: /DROP VIEW v;/,
    },
  ],
  [
    'an index on a table that takes the name of one that goes',
    {
      before: 'CREATE TABLE t(a); CREATE TABLE u(b); CREATE INDEX i ON u(b)',
      after: 'CREATE TABLE t(b)',
      renames: { u: 't' },
      has: /DROP INDEX i;/,
    },
  ],
  [
    'NULLs of a column that becomes the rowid, which SQLite numbers',
    {
      before: 'CREATE TABLE t(a TEXT, n INTEGER)',
      after: 'CREATE TABLE t(a TEXT, n INTEGER PRIMARY KEY AUTOINCREMENT)',
      notes: [
        'The up fails where rows of `t` do not fit: UNIQUE constraint failed: t.n. It was proved on rows that fit.',
      ],
    },
  ],
  [
    'a NOT NULL column that a down cannot bring back',
    {
      before: 'CREATE TABLE u(id INTEGER PRIMARY KEY, k TEXT NOT NULL, b)',
      after: 'CREATE TABLE v(id INTEGER PRIMARY KEY, b)',
      renames: { u: 'v' },
      notes: [
        'The down fails where rows of `u` do not fit: NOT NULL constraint failed: u.k. The table was proved without rows.',
      ],
    },
  ],
  [
    'a new key that takes over the rowid, and refers to another table',
    {
      before: 'CREATE TABLE q(w INTEGER PRIMARY KEY); CREATE TABLE t(b INTEGER PRIMARY KEY, x)',
      after:
        'CREATE TABLE q(w INTEGER PRIMARY KEY); CREATE TABLE t(c INTEGER PRIMARY KEY REFERENCES q, x)',
      fill: { 't.c': '(SELECT w FROM q LIMIT 1)' },
      notes: [
        'The up fails where rows of `t` do not fit: UNIQUE constraint failed: t.c. It was proved on rows that fit.',
      ],
    },
  ],
  [
    'a table that is renamed while another has its name in the hints',
    {
      before: 'CREATE TABLE t(b, k); CREATE TABLE x(b, z)',
      after: 'CREATE TABLE q(b, k); CREATE TABLE t(c, z)',
      renames: { t: 'q', x: 't', 'x.b': 'c' },
    },
  ],
  [
    'a column that goes while a second CHECK, equal to its own, names it',
    {
      before: 'CREATE TABLE t(a CHECK (a <> 1), b, CHECK (a <> 1)); INSERT INTO t VALUES (2, 3)',
      after: 'CREATE TABLE t(b)',
      has: /CREATE TABLE new_t/,
    },
  ],
  [
    'the same of a column that is called as the rowid is',
    {
      before:
        "CREATE TABLE t(k INTEGER PRIMARY KEY, rowid TEXT CHECK (rowid <> '9'), CHECK (rowid <> '9'))",
      after: 'CREATE TABLE t(k INTEGER PRIMARY KEY)',
      has: /CREATE TABLE new_t/,
    },
  ],
  [
    'a column that goes while a key of two columns names it as its own does',
    {
      before:
        'CREATE TABLE p(x UNIQUE, y, UNIQUE (x, y)); CREATE TABLE t(a REFERENCES p(x), b, FOREIGN KEY (a, b) REFERENCES p(x, y))',
      after: 'CREATE TABLE p(x UNIQUE, y, UNIQUE (x, y)); CREATE TABLE t(b)',
      has: /CREATE TABLE new_t/,
    },
  ],
  [
    'NULLs of a reference that becomes the rowid, which are not to be numbered',
    {
      before: 'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(n INTEGER)',
      after:
        'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(n INTEGER PRIMARY KEY REFERENCES p)',
      has: /SELECT coalesce\(n, 'NULL'\)\nFROM t;/,
      notes: [
        'The up fails where rows of `t` do not fit: datatype mismatch. It was proved on rows that fit.',
      ],
    },
  ],
  [
    'the same with a value for them',
    {
      before:
        'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(n INT PRIMARY KEY REFERENCES p); INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1), (NULL)',
      after:
        'CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE t(n INTEGER PRIMARY KEY REFERENCES p)',
      fill: { 't.n': '2' },
      has: /SELECT coalesce\(n, 2, 'NULL'\)\nFROM t;/,
      notes: [
        'The up fails where rows of `t` do not fit: UNIQUE constraint failed: t.n. It was proved on rows that fit.',
      ],
    },
  ],
  [
    'a NULL that is numbered before another row has that number',
    {
      before: 'CREATE TABLE t(a INTEGER UNIQUE); INSERT INTO t VALUES (NULL), (1), (2)',
      after: 'CREATE TABLE t(a INTEGER NOT NULL PRIMARY KEY)',
      has: /FROM t\nORDER BY a IS NULL;/,
    },
  ],
  [
    'a key that is new in a table without rowid, and says that it is NOT NULL',
    {
      before: "CREATE TABLE t(k PRIMARY KEY) WITHOUT ROWID; INSERT INTO t VALUES ('a'), ('b')",
      after: 'CREATE TABLE t(k UNIQUE, id INTEGER NOT NULL PRIMARY KEY)',
    },
  ],
  [
    'a reference that no down can bring back, as the rowid',
    {
      before:
        'CREATE TABLE p(x INTEGER PRIMARY KEY); CREATE TABLE t(id INTEGER PRIMARY KEY REFERENCES p, k UNIQUE NOT NULL)',
      after: 'CREATE TABLE p(x INTEGER PRIMARY KEY); CREATE TABLE t(k PRIMARY KEY) WITHOUT ROWID',
      has: /SELECT 'NULL', k\nFROM t;/,
      notes: [
        'The down fails where rows of `t` do not fit: datatype mismatch. The table was proved without rows.',
      ],
    },
  ],
  [
    'a parent whose key becomes a text that no child has',
    {
      before:
        'CREATE TABLE p(x REAL PRIMARY KEY); CREATE TABLE t(a INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)',
      after:
        'CREATE TABLE p(x TEXT PRIMARY KEY); CREATE TABLE t(a INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)',
      notes: [
        'The up fails where rows of `t` do not fit: FOREIGN KEY constraint failed. It was proved on rows that fit.',
      ],
    },
  ],
  [
    'an INTEGER key with a new name, beside a UNIQUE, in a table without rowid',
    {
      before:
        "CREATE TABLE t(a INTEGER PRIMARY KEY, b, UNIQUE (b, a)) WITHOUT ROWID; CREATE TABLE c(x REFERENCES t(a)); CREATE VIEW v AS SELECT a FROM t; INSERT INTO t VALUES (7, 'x'); INSERT INTO c VALUES (7)",
      after:
        'CREATE TABLE t(z INTEGER PRIMARY KEY, b, UNIQUE (b, z)) WITHOUT ROWID; CREATE TABLE c(x REFERENCES t(z)); CREATE VIEW v AS SELECT z FROM t',
      renames: { 't.a': 'z' },
      has: /SELECT a, b\nFROM t;/,
    },
  ],
  [
    'the same of a rowid behind a UNIQUE, of which the other column changes, too',
    {
      before: 'CREATE TABLE t(rowid INTEGER, b, UNIQUE (rowid), PRIMARY KEY (rowid))',
      after: 'CREATE TABLE u("a b" INTEGER, c NOT NULL, UNIQUE ("a b"), PRIMARY KEY ("a b"))',
      renames: { t: 'u', 't.rowid': 'a b', 't.b': 'c' },
      fill: { 'u.c': '"a b" + 1' },
      has: /SELECT rowid, coalesce\(b, rowid \+ 1\)\nFROM u;/,
    },
  ],
  [
    'a false alarm of integrity_check',
    {
      before:
        "CREATE TABLE t(a ANY AS (b) VIRTUAL, b INT, id INTEGER PRIMARY KEY, c BLOB DEFAULT 'x') STRICT; INSERT INTO t(b, c) VALUES (1, x'00')",
      after:
        "CREATE TABLE t(n INT DEFAULT (1), a ANY AS (b) VIRTUAL, b INT, id INTEGER PRIMARY KEY, c BLOB DEFAULT 'x') STRICT",
    },
  ],
  [
    'a whole number that was computed as REAL',
    {
      before: "CREATE TABLE t(a, x REAL AS (length(a)) VIRTUAL); INSERT INTO t VALUES ('abc')",
      after: 'CREATE TABLE t(a, x TEXT)',
      has: /CAST\(x AS REAL\)/,
    },
  ],
  [
    'a new column that is computed from one that comes behind it',
    {
      before: 'CREATE TABLE t(a); INSERT INTO t VALUES (1)',
      after: 'CREATE TABLE t(a, x AS (y) CHECK (x <> z), y AS (z), z)',
      has: /ADD COLUMN z;[\s\S]*ADD COLUMN y[\s\S]*ADD COLUMN x/,
    },
  ],
  [
    'two new columns that check each other',
    {
      before: 'CREATE TABLE t(a); INSERT INTO t VALUES (1)',
      after: 'CREATE TABLE t(a, x CHECK (x < y), y CHECK (y > x))',
      has: /CREATE TABLE new_t/,
    },
  ],
];

suite('what random schemas found', (test) => {
  for (const [what, { before, after, renames, fill, has, notes = [] }] of FOUND) {
    test(what, async () => {
      const options = permissive(renames, fill);
      const target = await schemaFrom(after);
      const made = generate(await schemaFrom(before), target, options);
      assert.is(made.kind, 'pair', JSON.stringify(made));
      if (made.kind !== 'pair') return;
      if (has !== undefined) assert.match(`${made.up}\n${made.down}`, has);
      const verdict = await provePair(() => openScratch({ table: 'mig_log', from: 'empty' }), {
        ...options,
        before: [{ sql: before }],
        target,
        up: made.up,
        down: made.down,
      });
      const downFails = verdict.ok ? verdict.downFails : [];
      assert.equal(verdict, { ok: true, notes, downFails });
    });
  }
});
