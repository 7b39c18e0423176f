import * as assert from 'uvu/assert';
import type { SchemaScript } from '../../lib/schema/materialise.ts';
import { type Round, runRound } from '../../lib/schema/round.ts';
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
    found: [],
    sound: { down: 'DROP TABLE u;' },
  },
  {
    what: 'a down that forgets a second table',
    up: 'CREATE TABLE IF NOT EXISTS u(x); CREATE TABLE v(x);',
    down: 'DROP TABLE v;',
    found: [],
    sound: { down: 'DROP TABLE v; DROP TABLE u;' },
  },
  {
    what: 'a down that forgets an index that the up made',
    base: T,
    up: 'CREATE INDEX IF NOT EXISTS i ON t(b);',
    down: 'SELECT 1;',
    found: [],
    sound: { down: 'DROP INDEX i;' },
  },
  {
    what: 'a down that forgets an index that the up dropped',
    base: `${T} CREATE INDEX i ON t(b);`,
    up: 'DROP INDEX IF EXISTS i;',
    down: 'SELECT 1;',
    found: [],
    sound: { down: 'CREATE INDEX i ON t(b);' },
  },
  {
    what: 'an index that comes back as UNIQUE',
    base: `${T} CREATE INDEX i ON t(b);`,
    up: 'DROP INDEX i;',
    down: 'CREATE UNIQUE INDEX i ON t(b);',
    found: [],
    sound: { down: 'CREATE INDEX i ON t(b);' },
  },
  {
    what: 'an index that comes back without its WHERE',
    base: `${T} CREATE INDEX i ON t(b) WHERE b > 'm';`,
    up: 'DROP INDEX i;',
    down: 'CREATE INDEX i ON t(b);',
    found: [],
    sound: { down: "CREATE INDEX i ON t(b) WHERE b > 'm';" },
  },
  {
    what: 'a down that leaves one of two columns',
    base: T,
    up: 'ALTER TABLE t ADD COLUMN c; ALTER TABLE t ADD COLUMN d;',
    down: 'ALTER TABLE t DROP COLUMN d;',
    found: [],
    sound: { down: 'ALTER TABLE t DROP COLUMN d; ALTER TABLE t DROP COLUMN c;' },
  },
  {
    what: 'a column that is dropped and does not come back',
    base: 'CREATE TABLE t(a, b, c);',
    up: 'ALTER TABLE t DROP COLUMN c;',
    down: 'SELECT 1;',
    found: [],
    sound: { down: 'ALTER TABLE t ADD COLUMN c;' },
  },
  {
    what: 'a rename that is not taken back',
    base: T,
    up: 'ALTER TABLE t RENAME COLUMN b TO c;',
    down: 'SELECT 1;',
    found: [],
    sound: { down: 'ALTER TABLE t RENAME COLUMN c TO b;' },
  },
  {
    what: 'a rebuild back without the trigger that fell with the table',
    base: `${ROWS} CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    up: `${rebuild('(a INTEGER PRIMARY KEY, b TEXT NOT NULL)')}
      CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    down: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    found: [],
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
    found: [],
    sound: { down: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;' },
  },
  {
    what: 'a trigger that comes back BEFORE instead of AFTER',
    base: `${T} CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;`,
    up: 'DROP TRIGGER g;',
    down: 'CREATE TRIGGER g BEFORE INSERT ON t BEGIN SELECT 1; END;',
    found: [],
    sound: { down: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;' },
  },
  {
    what: 'triggers that come back in another order',
    base: `${T} CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;
      CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 2; END;`,
    up: 'DROP TRIGGER g;',
    down: 'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END;',
    found: [],
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
    found: [],
    sound: { down: 'DROP VIEW v; CREATE VIEW v AS SELECT a FROM t;' },
  },
  {
    what: 'a default that is lost',
    base: "CREATE TABLE t(a, b TEXT DEFAULT 'x');",
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b TEXT;',
    found: [],
    sound: { down: "ALTER TABLE t ADD COLUMN b TEXT DEFAULT 'x';" },
  },
  {
    what: 'another default',
    base: 'CREATE TABLE t(a, b DEFAULT 1);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: "ALTER TABLE t ADD COLUMN b DEFAULT '1';",
    found: [],
    sound: { down: 'ALTER TABLE t ADD COLUMN b DEFAULT 1;' },
  },
  {
    what: 'another type',
    base: 'CREATE TABLE t(a, b INTEGER);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b INT;',
    found: [],
    sound: { down: 'ALTER TABLE t ADD COLUMN b INTEGER;' },
  },
  {
    what: 'another collation',
    base: 'CREATE TABLE t(a, b TEXT COLLATE NOCASE);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b TEXT;',
    found: [],
    sound: { down: 'ALTER TABLE t ADD COLUMN b TEXT COLLATE NOCASE;' },
  },
  {
    what: 'a CHECK that is weaker',
    base: 'CREATE TABLE t(a, b CHECK (b > 0));',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b CHECK (b >= 0);',
    found: [],
    sound: { down: 'ALTER TABLE t ADD COLUMN b CHECK (b > 0);' },
  },
  {
    what: 'NOT NULL that is lost',
    base: "CREATE TABLE t(a, b NOT NULL DEFAULT '');",
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: "ALTER TABLE t ADD COLUMN b DEFAULT '';",
    found: [],
    sound: { down: "ALTER TABLE t ADD COLUMN b NOT NULL DEFAULT '';" },
  },
  {
    what: 'another order of the columns',
    base: 'CREATE TABLE t(a, b, c);',
    up: 'ALTER TABLE t DROP COLUMN b;',
    down: 'ALTER TABLE t ADD COLUMN b;',
    found: [],
    sound: { down: 'DROP TABLE t; CREATE TABLE t(a, b, c);' },
  },
  {
    what: 'UNIQUE that a rebuild forgets',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE);',
    up: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    down: 'SELECT 1;',
    found: [],
    sound: { down: rebuild('(a INTEGER PRIMARY KEY, b TEXT UNIQUE)') },
  },
  {
    what: 'AUTOINCREMENT that a rebuild forgets',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT);',
    up: rebuild('(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT NOT NULL)'),
    down: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    found: [],
    sound: { down: rebuild('(a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT)') },
  },
  {
    what: 'STRICT that a rebuild forgets',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT) STRICT;',
    up: rebuild('(a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT'),
    down: rebuild('(a INTEGER PRIMARY KEY, b TEXT)'),
    found: [],
    sound: { down: rebuild('(a INTEGER PRIMARY KEY, b TEXT) STRICT') },
  },
  {
    what: 'a foreign key that comes back without its action',
    base: `${T} CREATE TABLE u(t REFERENCES t ON DELETE CASCADE);`,
    up: 'DROP TABLE u;',
    down: 'CREATE TABLE u(t REFERENCES t);',
    found: [],
    sound: { down: 'CREATE TABLE u(t REFERENCES t ON DELETE CASCADE);' },
  },
  {
    what: 'a virtual table that comes back with other columns',
    base: 'CREATE VIRTUAL TABLE f USING fts5(title, body);',
    up: 'DROP TABLE f;',
    down: 'CREATE VIRTUAL TABLE f USING fts5(body);',
    found: [],
    sound: { down: 'CREATE VIRTUAL TABLE f USING fts5(title, body);' },
  },
  {
    what: 'a down that deletes rows of another table by a cascade',
    base: FAMILY,
    up: 'CREATE TABLE u(x);',
    down: enforced('DROP TABLE u; DELETE FROM p WHERE id = 2;'),
    found: [],
    sound: { down: enforced('DROP TABLE u;') },
  },
  {
    what: 'a down that leaves rows without their parent',
    base: FAMILY,
    up: 'CREATE TABLE u(x);',
    down: 'DROP TABLE u; DELETE FROM p WHERE id = 2;',
    found: [],
    sound: { down: 'DROP TABLE u;' },
  },
  {
    what: 'an INSERT that the down does not take back',
    base: 'CREATE TABLE t(a);',
    up: 'INSERT INTO t VALUES (1);',
    down: 'SELECT 1;',
    found: [],
    sound: { down: 'DELETE FROM t WHERE a = 1;' },
  },
  {
    what: 'an INSERT with a key that works only once',
    base: T,
    up: "INSERT INTO t VALUES (1, 'x');",
    down: 'SELECT 1;',
    found: [],
    sound: { down: 'DELETE FROM t WHERE a = 1;' },
  },
  {
    what: 'an UPDATE that cannot be undone',
    base: ROWS,
    up: "UPDATE t SET b = '';",
    down: 'SELECT 1;',
    found: [],
    sound: { up: "UPDATE t SET b = b || '!';", down: "UPDATE t SET b = rtrim(b, '!');" },
  },
  {
    what: 'a number that becomes text on the way',
    base: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES (1, 1);',
    up: 'UPDATE t SET b = CAST(b AS TEXT);',
    down: 'SELECT 1;',
    found: [],
    sound: { down: 'UPDATE t SET b = CAST(b AS INTEGER);' },
  },
  {
    what: 'a table that an up leaves in TEMP',
    base: T,
    up: 'CREATE TEMP TABLE ids AS SELECT a FROM t; ALTER TABLE t ADD COLUMN c;',
    down: 'ALTER TABLE t DROP COLUMN c;',
    found: [],
    sound: {
      up: 'CREATE TEMP TABLE ids AS SELECT a FROM t; ALTER TABLE t ADD COLUMN c; DROP TABLE ids;',
    },
  },
  {
    what: 'an up that makes something else the second time',
    base: T,
    up: 'CREATE TABLE IF NOT EXISTS keep(x); DROP TABLE IF EXISTS u; CREATE TABLE u(x);',
    down: 'DROP TABLE u; DROP TABLE keep; CREATE TABLE keep(x, y);',
    found: [],
    sound: { down: 'DROP TABLE u; DROP TABLE keep;' },
  },
  {
    what: 'a down that fails',
    base: T,
    up: 'CREATE INDEX i ON t(b);',
    down: 'DROP INDEX i;\nDROP INDEX j;',
    found: [],
    sound: { down: 'DROP INDEX i;\nDROP INDEX IF EXISTS j;' },
  },
  {
    what: 'an up that fails',
    base: T,
    up: 'CREATE INDEX i ON u(b);',
    down: 'DROP INDEX i;',
    found: [],
    sound: { up: 'CREATE INDEX i ON t(b);' },
  },
  {
    what: 'an up that ends its transaction',
    base: T,
    up: 'CREATE INDEX i ON t(b); COMMIT;',
    down: 'DROP INDEX i;',
    found: [],
    sound: { up: off('BEGIN; CREATE INDEX i ON t(b); COMMIT; VACUUM;') },
  },
  {
    what: 'an up without a transaction that leaves one open',
    base: T,
    up: off('BEGIN; CREATE INDEX i ON t(b);'),
    down: 'DROP INDEX i;',
    found: [],
    sound: { up: off('BEGIN; CREATE INDEX i ON t(b); COMMIT;') },
  },
  {
    what: 'an up that breaks a view',
    base: `${T} CREATE VIEW v AS SELECT a, b FROM t;`,
    up: 'DROP TABLE t; CREATE TABLE t(a INTEGER PRIMARY KEY, c TEXT);',
    down: `DROP TABLE t; ${T}`,
    found: [],
    sound: { up: 'DROP TABLE t; CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c);' },
  },
  {
    what: 'an up that breaks a trigger',
    base: `${T} CREATE TABLE log(b); CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO log(b) VALUES (NEW.b); END;`,
    up: 'DROP TABLE log; CREATE TABLE log(text);',
    down: 'DROP TABLE log; CREATE TABLE log(b);',
    found: [],
    sound: { up: 'DROP TABLE log; CREATE TABLE log(b, text);' },
  },
  {
    what: 'an up that drops the parent of a foreign key',
    base: `${T} CREATE TABLE u(t REFERENCES t);`,
    up: 'DROP TABLE t;',
    down: T,
    found: [],
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
    found: [],
    sound: { up: 'UPDATE c SET p = 3 - p;', down: 'UPDATE c SET p = 3 - p;' },
  },
  {
    what: 'an up that breaks a foreign key while they are enforced',
    base: FAMILY,
    up: enforced('INSERT INTO c VALUES (30, 3);'),
    down: 'DELETE FROM c WHERE id = 30;',
    found: [],
    sound: { up: enforced('INSERT INTO c VALUES (30, 2);') },
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
