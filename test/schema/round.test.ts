import * as assert from 'uvu/assert';
import { type Round, runRound } from '../../lib/schema/prove/round.ts';
import type { SchemaScript } from '../../lib/schema/read/materialise.ts';
import { inScratch } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

/** SQL, or SQL with what its header says. */
type Source = string | Pick<SchemaScript, 'sql' | 'foreignKeys' | 'transaction'>;

interface Turn {
  /** What is there before. */
  readonly base?: string;
  readonly up: Source;
  readonly down: Source | null;
}

const scriptOf = (source: Source, file: string): SchemaScript => ({
  ...(typeof source === 'string' ? { sql: source } : source),
  revision: 'aaaa',
  file,
});

function roundOf({ base = '', up, down }: Turn, known = new Set<string>()): Promise<Round> {
  return inScratch(async (scratch) => {
    await scratch.exec(base);
    const downScript = down === null ? null : scriptOf(down, 'aaaa.down.sql');
    const scripts = { revision: 'aaaa', up: scriptOf(up, 'aaaa.up.sql'), down: downScript };
    return runRound(scratch, scripts, known);
  });
}

/** `error code: message`, and the text at its place. */
function linesOf({ findings }: Round): readonly string[] {
  return findings.map(({ code, severity, message, script, offset }) => {
    const at = offset === null ? '' : ` @ ${script.file} ${/^\w*/.exec(script.sql.slice(offset))}`;
    return `${severity} ${code}: ${message}${at}`;
  });
}

const off = (sql: string): Source => ({ sql, transaction: 'off' });
const enforced = (sql: string): Source => ({ sql, foreignKeys: 'on' });

/** A fault that somebody planted, and the same revision without it. */
interface Fault extends Turn {
  readonly what: string;
  readonly found: readonly string[];
  /** What is another in the sound twin. */
  readonly sound: Partial<Turn>;
}

const T = 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);';
const ROWS = `${T} INSERT INTO t VALUES (1, 'x'), (2, 'y');`;
const FAMILY = `CREATE TABLE p(id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);
  CREATE TABLE c(id INTEGER PRIMARY KEY, p REFERENCES p ON DELETE CASCADE);
  INSERT INTO c VALUES (10, 1), (20, 2);`;

/** A rebuild of `t` from its old definition to a new one. */
const rebuild = (table: string, columns = 'a, b') =>
  `CREATE TABLE new_t${table}; INSERT INTO new_t(${columns}) SELECT ${columns} FROM t;
   DROP TABLE t; ALTER TABLE new_t RENAME TO t;`;

const FAULTS: readonly Fault[] = [
  {
    what: 'a down that does nothing',
    up: 'CREATE TABLE u(x);',
    down: 'SELECT 1;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: table `u` is new.',
      'error up-again-fails: The second up of aaaa fails: table u already exists @ aaaa.up.sql u',
    ],
    sound: { down: 'DROP TABLE u;' },
  },
  {
    what: 'a down that forgets a second table',
    up: 'CREATE TABLE IF NOT EXISTS u(x); CREATE TABLE v(x);',
    down: 'DROP TABLE v;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: table `u` is new.',
    ],
    sound: { down: 'DROP TABLE v; DROP TABLE u;' },
  },
  {
    what: 'a down that forgets an index that the up made',
    base: T,
    up: 'CREATE INDEX IF NOT EXISTS i ON t(b);',
    down: 'SELECT 1;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: index `i` is new.',
    ],
    sound: { down: 'DROP INDEX i;' },
  },
  {
    what: 'a down that forgets an index that the up dropped',
    base: `${T} CREATE INDEX i ON t(b);`,
    up: 'DROP INDEX IF EXISTS i;',
    down: 'SELECT 1;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: index `i` is gone.',
    ],
    sound: { down: 'CREATE INDEX i ON t(b);' },
  },
  {
    what: 'an index that comes back as UNIQUE',
    base: `${T} CREATE INDEX i ON t(b);`,
    up: 'DROP INDEX i;',
    down: 'CREATE UNIQUE INDEX i ON t(b);',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: index `i`: unique, was not.',
    ],
    sound: { down: 'CREATE INDEX i ON t(b);' },
  },
  {
    what: 'an index that comes back without its WHERE',
    base: `${T} CREATE INDEX i ON t(b) WHERE b > 'm';`,
    up: 'DROP INDEX i;',
    down: 'CREATE INDEX i ON t(b);',
    found: [
      "error down-does-not-restore: The down of aaaa does not bring back what was: index `i`: where none, was b > 'm'.",
    ],
    sound: { down: "CREATE INDEX i ON t(b) WHERE b > 'm';" },
  },
  {
    what: 'a down that leaves one of two columns',
    base: T,
    up: 'ALTER TABLE t ADD COLUMN c; ALTER TABLE t ADD COLUMN d;',
    down: 'ALTER TABLE t DROP COLUMN d;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: column `c` of `t` is new: c.',
      'error up-again-fails: The second up of aaaa fails: duplicate column name: c @ aaaa.up.sql c',
    ],
    sound: { down: 'ALTER TABLE t DROP COLUMN d; ALTER TABLE t DROP COLUMN c;' },
  },
  {
    what: 'a column that is dropped and does not come back',
    base: 'CREATE TABLE t(a, b, c);',
    up: 'ALTER TABLE t DROP COLUMN c;',
    down: 'SELECT 1;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: column `c` of `t` is gone: c.',
      'error up-again-fails: The second up of aaaa fails: no such column: "c" @ aaaa.up.sql c',
    ],
    sound: { down: 'ALTER TABLE t ADD COLUMN c;' },
  },
  {
    what: 'a rename that is not taken back',
    base: T,
    up: 'ALTER TABLE t RENAME COLUMN b TO c;',
    down: 'SELECT 1;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: column `b` of `t` is gone: b TEXT.',
      'error down-does-not-restore: The down of aaaa does not bring back what was: column `c` of `t` is new: c TEXT.',
      'error up-again-fails: The second up of aaaa fails: no such column: "b" @ aaaa.up.sql b',
    ],
    sound: { down: 'ALTER TABLE t RENAME COLUMN c TO b;' },
  },
  {
    what: 'a rebuild back without the trigger that fell with the table',
    base: `${ROWS} CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    up: `${rebuild('(a INTEGER PRIMARY KEY, b TEXT NOT NULL)')}
      CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    down: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: trigger `g` is gone.',
    ],
    sound: {
      down: `${rebuild('(a INTEGER PRIMARY KEY, b TEXT)')}
        CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    },
  },
  {
    what: 'a trigger that comes back with another body',
    base: `${T} CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    up: 'DROP TRIGGER g;',
    down: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 2; END;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: trigger `g` has another definition.',
    ],
    sound: { down: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;' },
  },
  {
    what: 'a trigger that comes back BEFORE instead of AFTER',
    base: `${T} CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    up: 'DROP TRIGGER g;',
    down: 'CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT 1; END;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: trigger `g`: time before, was after.',
    ],
    sound: { down: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;' },
  },
  {
    what: 'triggers that come back in another order',
    base: `${T} CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
      CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 2; END;`,
    up: 'DROP TRIGGER g;',
    down: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;',
    found: [
      'warning down-does-not-restore: The down of aaaa does not bring back what was: table `t`: trigger order after insert: h, g, was after insert: g, h.',
    ],
    sound: {
      down: `DROP TRIGGER h; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
        CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 2; END;`,
    },
  },
  {
    what: 'a view that is not put back',
    base: `${T} CREATE VIEW v AS SELECT a FROM t;`,
    up: 'DROP VIEW v; CREATE VIEW v AS SELECT a, b FROM t;',
    down: 'SELECT 1;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: view `v` has another definition.',
    ],
    sound: { down: 'DROP VIEW v; CREATE VIEW v AS SELECT a FROM t;' },
  },
  {
    what: 'a default that is lost',
    base: "CREATE TABLE t(a, b TEXT DEFAULT 'x');",
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b TEXT;',
    found: [
      "error down-does-not-restore: The down of aaaa does not bring back what was: column `b` of `t`: default none, was 'x'.",
    ],
    sound: { down: "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x';" },
  },
  {
    what: 'another default',
    base: 'CREATE TABLE t(a, b DEFAULT 1);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: "ALTER TABLE t ADD COLUMN b DEFAULT '1';",
    found: [
      "error down-does-not-restore: The down of aaaa does not bring back what was: column `b` of `t`: default '1', was 1.",
    ],
    sound: { down: 'ALTER TABLE t ADD COLUMN b DEFAULT 1;' },
  },
  {
    what: 'another type',
    base: 'CREATE TABLE t(a, b INTEGER);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b INT;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: column `b` of `t`: type INT, was INTEGER.',
    ],
    sound: { down: 'ALTER TABLE t ADD COLUMN b INTEGER;' },
  },
  {
    what: 'another collation',
    base: 'CREATE TABLE t(a, b TEXT COLLATE NOCASE);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b TEXT;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: column `b` of `t`: collation BINARY, was NOCASE.',
    ],
    sound: { down: 'ALTER TABLE t ADD COLUMN b TEXT COLLATE NOCASE;' },
  },
  {
    what: 'a CHECK that is weaker',
    base: 'CREATE TABLE t(a, b CHECK (b > 0));',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b CHECK (b >= 0);',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: check (b >= 0) of `t` is new.',
      'error down-does-not-restore: The down of aaaa does not bring back what was: check (b > 0) of `t` is gone.',
    ],
    sound: { down: 'ALTER TABLE t ADD COLUMN b CHECK (b > 0);' },
  },
  {
    what: 'NOT NULL that is lost',
    base: "CREATE TABLE t(a, b NOT NULL DEFAULT '');",
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: "ALTER TABLE t ADD COLUMN b DEFAULT '';",
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: column `b` of `t`: nullable, was not.',
    ],
    sound: { down: "ALTER TABLE t ADD COLUMN b NOT NULL DEFAULT '';" },
  },
  {
    what: 'another order of the columns',
    base: 'CREATE TABLE t(a, b, c);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b;',
    found: [
      'warning down-does-not-restore: The down of aaaa does not bring back what was: table `t`: column order (a, c, b), was (a, b, c).',
    ],
    sound: { down: 'DROP TABLE t; CREATE TABLE t(a, b, c);' },
  },
  {
    what: 'UNIQUE that a rebuild forgets',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE);',
    up: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    down: 'SELECT 1;',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: unique (b) of `t` is gone.',
    ],
    sound: { down: rebuild('(a INTEGER PRIMARY KEY, b TEXT UNIQUE)') },
  },
  {
    what: 'AUTOINCREMENT that a rebuild forgets',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT);',
    up: rebuild('(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT NOT NULL)'),
    down: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: primary key of `t`: not autoincrement any more.',
    ],
    sound: { down: rebuild('(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT)') },
  },
  {
    what: 'STRICT that a rebuild forgets',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT) STRICT;',
    up: rebuild('(a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT'),
    down: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: table `t`: not strict any more.',
    ],
    sound: { down: rebuild('(a INTEGER PRIMARY KEY, b TEXT) STRICT') },
  },
  {
    what: 'a foreign key that comes back without its action',
    base: `${T} CREATE TABLE u(t REFERENCES t ON DELETE CASCADE);`,
    up: 'DROP TABLE u;',
    down: 'CREATE TABLE u(t REFERENCES t);',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: foreign key (t) to t (a) of `u`: on delete NO ACTION, was CASCADE.',
    ],
    sound: { down: 'CREATE TABLE u(t REFERENCES t ON DELETE CASCADE);' },
  },
  {
    what: 'a virtual table that comes back with other columns',
    base: 'CREATE VIRTUAL TABLE f USING fts5(title, body);',
    up: 'DROP TABLE f;',
    down: 'CREATE VIRTUAL TABLE f USING fts5(body);',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: virtual table `f` has another definition.',
    ],
    sound: { down: 'CREATE VIRTUAL TABLE f USING fts5(title, body);' },
  },
  {
    what: 'a down that deletes rows of another table by a cascade',
    base: FAMILY,
    up: 'CREATE TABLE u(x);',
    down: enforced('DROP TABLE u; DELETE FROM p WHERE id = 2;'),
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `p` has 1 row, and had 2.',
      'error rows-of-others: aaaa does not name the table `c`, and after its up and down that has 1 row, and had 2.',
    ],
    sound: { down: enforced('DROP TABLE u;') },
  },
  {
    what: 'a down that leaves rows without their parent',
    base: FAMILY,
    up: 'CREATE TABLE u(x);',
    down: 'DROP TABLE u; DELETE FROM p WHERE id = 2;',
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `p` has 1 row, and had 2.',
      'error broken: After the down of aaaa something is broken: 1 row of `c` names a row of `p` that is not there.',
    ],
    sound: { down: 'DROP TABLE u;' },
  },
  {
    what: 'an INSERT that the down does not take back',
    base: 'CREATE TABLE t(a);',
    up: 'INSERT INTO t VALUES (1);',
    down: 'SELECT 1;',
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `t` has 1 row, and had 0.',
    ],
    sound: { down: 'DELETE FROM t WHERE a = 1;' },
  },
  {
    what: 'an INSERT with a key that works only once',
    base: T,
    up: "INSERT INTO t VALUES (1, 'x');",
    down: 'SELECT 1;',
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `t` has 1 row, and had 0.',
      'error up-again-fails: The second up of aaaa fails: UNIQUE constraint failed: t.a @ aaaa.up.sql INSERT',
    ],
    sound: { down: 'DELETE FROM t WHERE a = 1;' },
  },
  {
    what: 'an UPDATE that cannot be undone',
    base: ROWS,
    up: "UPDATE t SET b = '';",
    down: 'SELECT 1;',
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `t` has other rows.',
    ],
    sound: { up: "UPDATE t SET b = b || '!';", down: "UPDATE t SET b = rtrim(b, '!');" },
  },
  {
    what: 'a number that becomes text on the way',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 1);',
    up: 'UPDATE t SET b = CAST(b AS TEXT);',
    down: 'SELECT 1;',
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `t` has other rows.',
    ],
    sound: { down: 'UPDATE t SET b = CAST(b AS INTEGER);' },
  },
  {
    what: 'a table that an up leaves in TEMP',
    base: T,
    up: 'CREATE TEMP TABLE ids AS SELECT a FROM t; ALTER TABLE t ADD COLUMN c;',
    down: 'ALTER TABLE t DROP COLUMN c;',
    found: [
      'error up-again-fails: The second up of aaaa fails: table ids already exists @ aaaa.up.sql ids',
    ],
    sound: {
      up: 'CREATE TEMP TABLE ids AS SELECT a FROM t; ALTER TABLE t ADD COLUMN c; DROP TABLE ids;',
    },
  },
  {
    what: 'an up that makes something else the second time',
    base: T,
    up: 'CREATE TABLE IF NOT EXISTS keep(x); DROP TABLE IF EXISTS u; CREATE TABLE u(x);',
    down: 'DROP TABLE u; DROP TABLE keep; CREATE TABLE keep(x, y);',
    found: [
      'error down-does-not-restore: The down of aaaa does not bring back what was: table `keep` is new.',
      'error up-not-repeatable: After up, down and up of aaaa it is not as after the first up: column `y` of `keep` is new: y.',
    ],
    sound: { down: 'DROP TABLE u; DROP TABLE keep;' },
  },
  {
    what: 'a down that fails',
    base: T,
    up: 'CREATE INDEX i ON t(b);',
    down: 'DROP INDEX i;\nDROP INDEX j;',
    found: ['error down-fails: The down of aaaa fails: no such index: j @ aaaa.down.sql j'],
    sound: { down: 'DROP INDEX i;\nDROP INDEX IF EXISTS j;' },
  },
  {
    what: 'an up that fails',
    base: T,
    up: 'CREATE INDEX i ON u(b);',
    down: 'DROP INDEX i;',
    found: ['error up-fails: The up of aaaa fails: no such table: main.u @ aaaa.up.sql u'],
    sound: { up: 'CREATE INDEX i ON t(b);' },
  },
  {
    what: 'an up that ends its transaction',
    base: T,
    up: 'CREATE INDEX i ON t(b); COMMIT;',
    down: 'DROP INDEX i;',
    found: [
      'error up-fails: The up of aaaa fails: `COMMIT` would end the transaction that mig runs this file in. @ aaaa.up.sql COMMIT',
    ],
    sound: { up: off('BEGIN; CREATE INDEX i ON t(b); COMMIT; VACUUM;') },
  },
  {
    what: 'an up without a transaction that leaves one open',
    base: T,
    up: off('BEGIN; CREATE INDEX i ON t(b);'),
    down: 'DROP INDEX i;',
    found: ['error up-fails: The up of aaaa fails: The script leaves a transaction open.'],
    sound: { up: off('BEGIN; CREATE INDEX i ON t(b); COMMIT;') },
  },
  {
    what: 'an up that breaks a view',
    base: `${T} CREATE VIEW v AS SELECT a, b FROM t;`,
    up: 'DROP TABLE t; CREATE TABLE t(a INTEGER PRIMARY KEY, c TEXT);',
    down: `DROP TABLE t; ${T}`,
    found: [
      'error broken: After the up of aaaa something is broken: The view `v` cannot be read: no such column: b.',
    ],
    sound: { up: 'DROP TABLE t; CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c);' },
  },
  {
    what: 'an up that breaks a trigger',
    base: `${T} CREATE TABLE log(b); CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM log WHERE b = NEW.b; END;`,
    up: 'DROP TABLE log; CREATE TABLE log(text);',
    down: 'DROP TABLE log; CREATE TABLE log(b);',
    found: [
      'error broken: After the up of aaaa something is broken: The trigger `g` is broken: no such column: b.',
    ],
    sound: { up: 'DROP TABLE log; CREATE TABLE log(b, text);' },
  },
  {
    what: 'an up that drops the parent of a foreign key',
    base: `${T} CREATE TABLE u(t REFERENCES t);`,
    up: 'DROP TABLE t;',
    down: T,
    found: [
      'error broken: After the up of aaaa something is broken: `u` (t) refers to the table `t`, which is not there.',
    ],
    sound: {
      up: 'DROP TABLE u; DROP TABLE t;',
      down: `${T} CREATE TABLE u(t REFERENCES t);`,
    },
  },
  {
    what: 'an up after which rows have no parent',
    base: FAMILY,
    up: 'UPDATE c SET p = p + 5;',
    down: 'UPDATE c SET p = p - 5;',
    found: [
      'error broken: After the up of aaaa something is broken: 2 rows of `c` name rows of `p` that are not there.',
    ],
    sound: { up: 'UPDATE c SET p = 3 - p;', down: 'UPDATE c SET p = 3 - p;' },
  },
  {
    what: 'an up that breaks a foreign key while they are enforced',
    base: FAMILY,
    up: enforced('INSERT INTO c VALUES (30, 3);'),
    down: 'DELETE FROM c WHERE id = 30;',
    found: [
      'error up-fails: The up of aaaa fails: FOREIGN KEY constraint failed @ aaaa.up.sql INSERT',
    ],
    sound: { up: enforced('INSERT INTO c VALUES (30, 2);') },
  },
];

/** Things that are no fault, and more that is told. */
const TURNS: readonly (Turn & {
  readonly what: string;
  readonly found: readonly string[];
  readonly isUp?: boolean;
})[] = [
  { what: 'an empty revision', up: '', down: '-- Nothing to undo.\n', found: [] },
  { what: 'no way back', base: T, up: 'DROP TABLE t;', down: null, found: [] },
  {
    what: 'a table whose name is written otherwise the second time',
    base: 'CREATE TABLE "T"(a);',
    up: 'DROP TABLE t;',
    down: 'CREATE TABLE t (a);',
    found: [],
  },
  {
    what: 'rows of a table that falls with the up',
    base: ROWS,
    up: 'DROP TABLE t;',
    down: T,
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `t` has 0 rows, and had 2.',
    ],
  },
  {
    what: 'a journal that a trigger keeps',
    base: `${T} CREATE TABLE log(b); INSERT INTO log VALUES ('old');
      CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log VALUES (NEW.b); END;`,
    up: "INSERT INTO t VALUES (1, 'x');",
    down: 'DELETE FROM t;',
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `log` has 2 rows, and had 1.',
    ],
  },
  {
    what: 'a rebuild with foreign keys enforced, which deletes the children',
    base: FAMILY,
    up: enforced(
      'CREATE TABLE q(id INTEGER PRIMARY KEY, x); INSERT INTO q(id) SELECT id FROM p; DROP TABLE p; ALTER TABLE q RENAME TO p;',
    ),
    down: enforced('ALTER TABLE p DROP COLUMN x;'),
    found: [
      'error rows-of-others: aaaa does not name the table `c`, and after its up and down that has 0 rows, and had 2.',
    ],
  },
  {
    what: 'a down without a transaction that stops in its middle',
    base: T,
    up: 'CREATE TABLE u(x);',
    down: off('DROP TABLE u;\nDROP TABLE v;'),
    found: ['error down-fails: The down of aaaa fails: no such table: v @ aaaa.down.sql v'],
    isUp: false,
  },
  {
    what: 'a name with quotes and another case',
    base: 'CREATE TABLE "Odd ""Name"(a); INSERT INTO "Odd ""Name" VALUES (1);',
    up: 'DELETE FROM "odd ""name";',
    down: 'SELECT 1;',
    found: [
      'warning rows-not-restored: After the up and the down of aaaa the table `odd "name` has 0 rows, and had 1.',
    ],
  },
];

suite('planted faults', (test) => {
  for (const { what, found, sound, ...turn } of FAULTS) {
    test(`${what} is found, and its sound twin is not`, async () => {
      assert.equal(linesOf(await roundOf(turn)), found);
      const twin = await roundOf({ ...turn, ...sound });
      assert.equal([linesOf(twin), twin.isUp], [[], true], 'the twin');
    });
  }
});

suite('runRound', (test) => {
  for (const { what, found, isUp = true, ...turn } of TURNS) {
    test(what, async () => {
      const round = await roundOf(turn);
      assert.equal([linesOf(round), round.isUp], [found, isUp]);
    });
  }

  test('is up where others can follow', async () => {
    const ups = async (turn: Turn) => (await roundOf(turn)).isUp;
    const up = 'CREATE TABLE t(a);';
    assert.is(await ups({ up: 'SELECT nonesuch;', down: null }), false, 'up fails');
    assert.is(await ups({ up, down: 'DROP TABLE u;' }), true, 'down fails');
    assert.is(await ups({ up, down: 'SELECT 1;' }), false, 'up again fails');
  });

  test('tells a fault once, and again when it comes back', () =>
    inScratch(async (scratch) => {
      await scratch.exec('CREATE TABLE t(a); CREATE VIEW v AS SELECT a FROM t;');
      const known = new Set<string>();
      const codes = async (sql: string) => {
        const up = scriptOf(sql, 'aaaa.up.sql');
        const { findings } = await runRound(scratch, { revision: 'aaaa', up, down: null }, known);
        return findings.map((each) => each.code);
      };
      const lose = 'DROP TABLE t; CREATE TABLE t(b);';
      assert.equal(await codes(lose), ['broken']);
      assert.equal(await codes('CREATE TABLE u(x);'), []);
      assert.equal(await codes('DROP TABLE t; CREATE TABLE t(a);'), []);
      assert.equal(await codes(lose), ['broken']);
    }));

  test('tells nothing of what was broken before', async () => {
    const base = 'CREATE TABLE t(b); CREATE VIEW v AS SELECT a FROM t;';
    const known = new Set(['The view `v` cannot be read: no such column: a.']);
    const round = await roundOf({ base, up: 'CREATE TABLE u(x);', down: 'SELECT 1;' }, known);
    assert.equal(
      round.findings.map((each) => each.code),
      ['down-does-not-restore', 'up-again-fails'],
    );
  });
});
