import * as assert from 'uvu/assert';
import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import { generate } from '../../lib/schema/generate.ts';
import { provePair } from '../../lib/schema/prove-pair.ts';
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
];

suite('what random schemas found', (test) => {
  for (const [what, { before, after, renames = {}, has, notes = [] }] of FOUND) {
    test(what, async () => {
      const options = {
        renames: new Map(Object.entries(renames)),
        noRename: true,
        allowDrop: true,
        fill: new Map<string, string>(),
        columnOrder: 'ignore' as const,
      };
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
      assert.equal(verdict, { ok: true, notes });
    });
  }
});
