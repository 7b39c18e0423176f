import * as assert from 'uvu/assert';
import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import { type PairProof, type PairVerdict, provePair } from '../../lib/schema/prove-pair.ts';
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
