import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { EngineError } from '../../lib/engine/engine.ts';
import type { ForeignKeys } from '../../lib/graph/header.ts';
import { logOf, optionsOf, runAll, sqliteAt, upStep } from '../support/engine.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

/**
 * What loses rows in silence elsewhere: each trap with the rows of its tables before and
 * after, and with what mig says.
 */
interface Trap {
  readonly name: string;
  /** The database before; enforcement is off while it is made. */
  readonly schema: string;
  readonly sql: string;
  readonly modes?: readonly ForeignKeys[];
  /** Rows of each table, `table: rows`, in the order of names. */
  readonly before: string;
  /** The same afterwards, where it runs. */
  readonly after?: string;
  /** Where it fails: kind and message, and what it points at. Then nothing has changed. */
  readonly fails?: readonly [kind: 'sql' | 'refused', message: RegExp, blamed?: string];
  /** What is told of violations from before. */
  readonly told?: RegExp;
}

const FAMILY = `
  CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
  CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE);
  INSERT INTO p VALUES (1, 'one'), (2, 'two');
  INSERT INTO c VALUES (10, 1), (11, 1), (20, 2);
`;
const WITH_TRIGGER = `${FAMILY} CREATE TABLE q (x UNIQUE);
  CREATE TRIGGER t AFTER INSERT ON q BEGIN INSERT INTO p VALUES (new.x, 'x'); END;`;
const plain = (schema: string) => schema.replaceAll(/ ON (DELETE|UPDATE) [A-Z]+( NULL)?/g, '');
const REBUILD = `CREATE TABLE p_new (id INTEGER PRIMARY KEY, name TEXT UNIQUE, more);
  INSERT INTO p_new (id, name) SELECT id, name FROM p;
  DROP TABLE p;
  ALTER TABLE p_new RENAME TO p;`;
const OLD_FIRST = `ALTER TABLE p RENAME TO p_old;
  CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT UNIQUE, more);
  INSERT INTO p (id, name) SELECT id, name FROM p_old;
  DROP TABLE p_old;`;
const ORPHANS = `${FAMILY} INSERT INTO c VALUES (30, 3), (31, 3);`;
const NO_DELETE = /would set off ON DELETE (CASCADE|SET NULL|SET DEFAULT) of c, which does not/;
const NO_UPDATE = /would set off ON UPDATE (CASCADE|SET NULL) of c, which does not/;
const BY_HAND = ['auto', 'off'] as const;

const rebuilds: readonly Trap[] = [
  {
    name: 'the naive rebuild',
    schema: FAMILY,
    sql: REBUILD,
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
  {
    name: 'the naive rebuild with enforcement does what SQLite does: the children go',
    schema: FAMILY,
    sql: REBUILD,
    modes: ['on'],
    before: 'c: 3, p: 2',
    after: 'c: 0, p: 2',
  },
  {
    name: 'a rebuild that loses a parent',
    schema: FAMILY,
    sql: REBUILD.replace('FROM p;', 'FROM p WHERE id = 1;'),
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: [
      'sql',
      /^Foreign keys do not hold after it: 1 row of c \(rowid 20\) names a row of p that is not there\.$/,
    ],
  },
  {
    name: 'a rebuild that renames the old table first',
    schema: FAMILY,
    sql: OLD_FIRST,
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: ['sql', /c \(p\) refers to the table p_old, which is not there/],
  },
  {
    name: 'the same with an empty child, which SQLite’s own check does not see',
    schema: `${FAMILY} DELETE FROM c;`,
    sql: OLD_FIRST,
    modes: BY_HAND,
    before: 'c: 0, p: 2',
    fails: [
      'sql',
      /^Foreign keys do not hold after it: c \(p\) refers to the table p_old, which is not there\.$/,
    ],
  },
  {
    name: 'a rebuild with views and triggers on the table',
    schema: `${FAMILY} CREATE TABLE log (x); CREATE VIEW v AS SELECT name FROM p;
      CREATE TRIGGER t AFTER INSERT ON c BEGIN INSERT INTO log SELECT name FROM p WHERE id = new.p; END;`,
    sql: `DROP VIEW v; DROP TRIGGER t; ${REBUILD} CREATE VIEW v AS SELECT name, more FROM p;
      CREATE TRIGGER t AFTER INSERT ON c BEGIN INSERT INTO log SELECT name FROM v; END; INSERT INTO c VALUES (12, 1);`,
    modes: BY_HAND,
    before: 'c: 3, log: 0, p: 2',
    after: 'c: 4, log: 2, p: 2',
  },
  {
    name: 'a trigger elsewhere that names the table: SQLite refuses the last step',
    schema: `${FAMILY} CREATE TABLE log (x);
      CREATE TRIGGER t AFTER INSERT ON c BEGIN INSERT INTO log SELECT name FROM p; END;`,
    sql: REBUILD,
    modes: BY_HAND,
    before: 'c: 3, log: 0, p: 2',
    fails: ['sql', /^error in trigger t: no such table: main.p$/, 'ALTER TABLE p_new RENAME TO p;'],
  },
  {
    name: 'a rebuild with a trigger on the table, which goes with it and is made again',
    schema: `${FAMILY} CREATE TABLE log (x); CREATE TRIGGER t AFTER DELETE ON p BEGIN INSERT INTO log VALUES (old.id); END;`,
    sql: `${REBUILD} CREATE TRIGGER t AFTER DELETE ON p BEGIN INSERT INTO log VALUES (old.id); END;`,
    modes: BY_HAND,
    before: 'c: 3, log: 0, p: 2',
    after: 'c: 3, log: 0, p: 2',
  },
  {
    name: 'a rebuild of the child, the old one renamed first',
    schema: ORPHANS,
    sql: `ALTER TABLE c RENAME TO c_old; CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p (id));
      INSERT INTO c SELECT * FROM c_old; DROP TABLE c_old;`,
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'c: 5, p: 2',
    told: /^2 rows of c \(rowid 30, 31\) name rows of p that are not there$/,
  },
  {
    name: 'a parent that is dropped under its children',
    schema: FAMILY,
    sql: 'DROP TABLE p;',
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: ['sql', /c \(p\) refers to the table p, which is not there; 3 rows of c/],
  },
  {
    name: 'a parent that loses its unique key in the rebuild',
    schema: FAMILY,
    sql: REBUILD.replace('id INTEGER PRIMARY KEY', 'id INTEGER'),
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: ['sql', /c \(p\) refers to p, which has no such unique key/],
  },
  {
    name: 'a parent that loses the index that made its key unique',
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT); CREATE UNIQUE INDEX i ON p (name);
      CREATE TABLE c (p REFERENCES p (name));`,
    sql: 'DROP INDEX i;',
    modes: BY_HAND,
    before: 'c: 0, p: 0',
    fails: [
      'sql',
      /^Foreign keys do not hold after it: c \(p\) refers to p, which has no such unique key\.$/,
    ],
  },
  {
    name: 'a parent that gets another such index',
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT); CREATE UNIQUE INDEX i ON p (name);
      CREATE TABLE c (p REFERENCES p (name));`,
    sql: 'DROP INDEX i; CREATE UNIQUE INDEX j ON p (name);',
    modes: BY_HAND,
    before: 'c: 0, p: 0',
    after: 'c: 0, p: 0',
  },
  {
    name: 'names with capitals that only SQLite takes as they are',
    schema: 'CREATE TABLE Ärzte (id INTEGER PRIMARY KEY); CREATE TABLE Öfen (Ä REFERENCES Ärzte);',
    sql: 'INSERT INTO Öfen VALUES (9);',
    modes: BY_HAND,
    before: 'Ärzte: 0, Öfen: 0',
    fails: ['sql', /1 row of Öfen \(rowid 1\) names a row of Ärzte that is not there/],
  },
  {
    name: 'the same in a table that the file makes',
    schema: 'CREATE TABLE Ärzte (id INTEGER PRIMARY KEY);',
    sql: 'CREATE TABLE Öfen (Ä REFERENCES Ärzte); INSERT INTO Öfen VALUES (9);',
    modes: BY_HAND,
    before: 'Ärzte: 0',
    fails: ['sql', /1 row of Öfen \(rowid 1\) names a row of Ärzte that is not there/],
  },
  {
    name: 'a child that is renamed takes its new violations along',
    schema: FAMILY,
    sql: 'INSERT INTO c VALUES (30, 3); ALTER TABLE c RENAME TO kid;',
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: ['sql', /1 row of kid \(rowid 30\) names a row of p that is not there/],
  },
  {
    name: 'a parent that is renamed does, too',
    schema: plain(FAMILY),
    sql: 'DELETE FROM p WHERE id = 2; ALTER TABLE p RENAME TO parents;',
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: ['sql', /1 row of c \(rowid 20\) names a row of parents that is not there/],
  },
];

const cascades: readonly Trap[] = [
  {
    name: 'UPDATE of what a computed key follows',
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, b, g AS (b * 2) STORED UNIQUE);
      CREATE TABLE c (x REFERENCES p (g) ON UPDATE CASCADE);
      INSERT INTO p VALUES (1, 1), (2, 2); INSERT INTO c VALUES (2);`,
    sql: 'UPDATE p SET b = 10 WHERE id = 1; UPDATE p SET b = 1 WHERE id = 2;',
    before: 'c: 1, p: 2',
    fails: ['refused', NO_UPDATE, 'UPDATE p SET b = 10 WHERE id = 1;'],
  },
  {
    name: 'a REPLACE of the table’s own, with a comment in between',
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, b UNIQUE ON /* x */ CONFLICT -- y
        REPLACE);
      CREATE TABLE c (x REFERENCES p ON DELETE CASCADE);
      INSERT INTO p VALUES (1, 1), (2, 2); INSERT INTO c VALUES (2);`,
    sql: 'INSERT INTO p VALUES (3, 2); INSERT INTO p VALUES (2, 8);',
    before: 'c: 1, p: 2',
    fails: ['refused', NO_DELETE, 'INSERT INTO p VALUES (3, 2);'],
  },
  {
    name: 'an INSERT in a file that makes a trigger with a REPLACE',
    schema: FAMILY,
    sql: `INSERT INTO p VALUES (3, 'three'); CREATE TABLE q (a);
      CREATE TRIGGER t AFTER INSERT ON q BEGIN INSERT OR REPLACE INTO p VALUES (1, 'x'); END;
      SELECT 9007199254740993;`,
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 3, q: 0',
  },
  {
    name: 'the same, where that trigger fires',
    schema: FAMILY,
    sql: `CREATE TABLE q (a);
      CREATE TRIGGER t AFTER INSERT ON q BEGIN INSERT OR REPLACE INTO p VALUES (1, 'x'); END;
      INSERT INTO q VALUES (1);`,
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE, 'INSERT INTO q VALUES (1);'],
  },
  {
    name: 'a row that points at nothing, with a number beyond 2^53',
    schema: FAMILY,
    sql: 'INSERT INTO c VALUES (9007199254740993, 7);',
    before: 'c: 3, p: 2',
    fails: ['sql', /rowid 9007199254740993\) names a row of p that is not there/],
  },
  {
    name: 'DELETE',
    schema: FAMILY,
    sql: 'SELECT 1; DELETE FROM p WHERE id = 1;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE, 'DELETE FROM p WHERE id = 1;'],
  },
  {
    name: 'DELETE in another case, quoted and qualified',
    schema: FAMILY,
    sql: 'DELETE FROM "main"."P" WHERE id = 1;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE, 'DELETE FROM "main"."P" WHERE id = 1;'],
  },
  {
    name: 'DELETE where the names have capitals that only SQLite takes as they are',
    schema: `CREATE TABLE Ärzte (id INTEGER PRIMARY KEY); INSERT INTO Ärzte VALUES (1);
      CREATE TABLE Öfen (Ä REFERENCES Ärzte ON DELETE CASCADE); INSERT INTO Öfen VALUES (1);`,
    sql: 'DELETE FROM Ärzte; INSERT INTO Ärzte VALUES (1);',
    before: 'Ärzte: 1, Öfen: 1',
    fails: ['refused', /would set off ON DELETE CASCADE of Öfen/, 'DELETE FROM Ärzte;'],
  },
  {
    name: 'DELETE with SET NULL',
    schema: FAMILY.replace('ON DELETE CASCADE', 'ON DELETE SET NULL'),
    sql: 'DELETE FROM p WHERE id = 1;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE],
  },
  {
    name: 'DELETE and INSERT of the same key',
    schema: FAMILY,
    sql: "DELETE FROM p WHERE id = 1; INSERT INTO p VALUES (1, 'another');",
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE, 'DELETE FROM p WHERE id = 1;'],
  },
  {
    name: 'DELETE by a trigger of the file',
    schema: FAMILY,
    sql: 'CREATE TABLE q (x); CREATE TRIGGER t AFTER INSERT ON q BEGIN DELETE FROM p; END; INSERT INTO q VALUES (1);',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE, 'INSERT INTO q VALUES (1);'],
  },
  {
    name: 'DELETE by a trigger from before',
    schema: `${FAMILY} CREATE TABLE q (x); CREATE TRIGGER t AFTER INSERT ON q BEGIN DELETE FROM p WHERE id = new.x; END;`,
    sql: 'INSERT INTO q VALUES (1);',
    before: 'c: 3, p: 2, q: 0',
    fails: ['refused', NO_DELETE, 'INSERT INTO q VALUES (1);'],
  },
  {
    name: 'DELETE through a view',
    schema: `${FAMILY} CREATE VIEW v AS SELECT * FROM p; CREATE TRIGGER t INSTEAD OF DELETE ON v BEGIN DELETE FROM p WHERE id = old.id; END;`,
    sql: 'DELETE FROM v WHERE id = 1;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE],
  },
  {
    name: 'UPDATE of the key',
    schema: FAMILY,
    sql: 'UPDATE p SET id = id + 1 WHERE id = 2;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_UPDATE],
  },
  {
    name: 'UPDATE of the key by the name rowid',
    schema: FAMILY,
    sql: 'UPDATE p SET rowid = 7 WHERE rowid = 2;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_UPDATE],
  },
  {
    name: 'UPDATE of an implicit key, in another case',
    schema: FAMILY.replace('REFERENCES p (id)', 'REFERENCES p'),
    sql: 'UPDATE P SET "ID" = 7 WHERE "Id" = 2;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_UPDATE],
  },
  {
    name: 'UPDATE of an implicit key of a table that is renamed then',
    schema: FAMILY.replace('REFERENCES p (id)', 'REFERENCES p'),
    sql: 'UPDATE p SET id = 7 WHERE id = 2; ALTER TABLE p RENAME TO q;',
    before: 'c: 3, p: 2',
    fails: ['refused', NO_UPDATE, 'UPDATE p SET id = 7 WHERE id = 2;'],
  },
  {
    name: 'an upsert that changes the key',
    schema: FAMILY,
    sql: "INSERT INTO p VALUES (2, 'x') ON CONFLICT (id) DO UPDATE SET id = 9;",
    before: 'c: 3, p: 2',
    fails: ['refused', NO_UPDATE],
  },
  {
    name: 'UPDATE of a part of a composite key',
    schema: `CREATE TABLE p (a, b, x, PRIMARY KEY (a, b)); CREATE TABLE c (a, b, FOREIGN KEY (a, b) REFERENCES p ON UPDATE CASCADE);
      INSERT INTO p VALUES (1, 2, 3); INSERT INTO c VALUES (1, 2);`,
    sql: 'UPDATE p SET b = 3;',
    before: 'c: 1, p: 1',
    fails: ['refused', NO_UPDATE],
  },
  ...[
    "REPLACE INTO p VALUES (1, 'x');",
    "INSERT OR REPLACE INTO p VALUES (1, 'x');",
    "insert or replace into main.[P] values (1, 'x');",
    "UPDATE OR REPLACE p SET name = 'two' WHERE id = 1;",
    "CREATE TABLE q (x); CREATE TRIGGER t AFTER INSERT ON q BEGIN REPLACE INTO p VALUES (new.x, 'x'); END; INSERT INTO q VALUES (1);",
  ].map((sql) => ({
    name: sql,
    schema: FAMILY,
    sql,
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE] as const,
  })),
  {
    name: 'INSERT into a table with ON CONFLICT REPLACE',
    schema: FAMILY.replace('UNIQUE', 'UNIQUE ON CONFLICT REPLACE'),
    sql: "INSERT INTO p VALUES (3, 'one');",
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE],
  },
  {
    name: 'UPDATE of its unique column',
    schema: FAMILY.replace('UNIQUE', 'UNIQUE ON CONFLICT REPLACE'),
    sql: "UPDATE p SET name = 'one' WHERE id = 2;",
    before: 'c: 3, p: 2',
    fails: ['refused', NO_DELETE],
  },
  {
    name: 'UPDATE of its primary key, which no index stands for',
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, name TEXT UNIQUE);
      CREATE TABLE c (p REFERENCES p (name) ON DELETE CASCADE);
      INSERT INTO p VALUES (1, 'one'), (2, 'two'); INSERT INTO c VALUES ('two');`,
    sql: 'UPDATE p SET id = 2 WHERE id = 1;',
    before: 'c: 1, p: 2',
    fails: ['refused', NO_DELETE],
  },
  {
    name: 'REPLACE by a trigger from before',
    schema: `${FAMILY} CREATE TABLE q (x); CREATE TRIGGER t AFTER INSERT ON q BEGIN REPLACE INTO p VALUES (new.x, 'x'); END;`,
    sql: 'INSERT INTO q VALUES (1);',
    before: 'c: 3, p: 2, q: 0',
    fails: ['refused', NO_DELETE],
  },
  {
    name: 'INSERT by a trigger from before, under the REPLACE of the statement',
    schema: WITH_TRIGGER,
    sql: 'REPLACE INTO q VALUES (1);',
    before: 'c: 3, p: 2, q: 0',
    fails: ['refused', NO_DELETE],
  },
  {
    name: 'a self reference',
    schema:
      'CREATE TABLE c (id INTEGER PRIMARY KEY, up REFERENCES c ON DELETE CASCADE); INSERT INTO c VALUES (1, NULL), (2, 1);',
    sql: 'DELETE FROM c WHERE id = 1;',
    before: 'c: 2',
    fails: ['refused', NO_DELETE],
  },
];

/** What looks like one of those and is none. */
const harmless: readonly Trap[] = [
  {
    name: 'DELETE where no action is declared',
    schema: `${plain(FAMILY)} DELETE FROM c WHERE p = 2;`,
    sql: 'DELETE FROM p WHERE id = 2;',
    before: 'c: 2, p: 2',
    after: 'c: 2, p: 1',
  },
  {
    name: 'DELETE of child rows',
    schema: FAMILY,
    sql: 'DELETE FROM c;',
    before: 'c: 3, p: 2',
    after: 'c: 0, p: 2',
  },
  {
    name: 'UPDATE of another column',
    schema: FAMILY,
    sql: "UPDATE p SET name = 'x' WHERE id = 1;",
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
  {
    name: 'DELETE behind the DROP of the child',
    schema: FAMILY,
    sql: 'DROP TABLE c; DELETE FROM p; DROP TABLE p;',
    before: 'c: 3, p: 2',
    after: '',
  },
  {
    name: 'DELETE before the child is made',
    schema: 'CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1);',
    sql: 'DELETE FROM p; CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);',
    before: 'p: 1',
    after: 'c: 0, p: 0',
  },
  {
    name: 'DROP of child and parent',
    schema: FAMILY,
    sql: 'DROP TABLE c; DROP TABLE p;',
    before: 'c: 3, p: 2',
    after: '',
  },
  {
    name: 'DROP of the parent first',
    schema: FAMILY,
    sql: 'DROP TABLE p; DROP TABLE c;',
    before: 'c: 3, p: 2',
    after: '',
  },
  {
    name: 'REPLACE on the child',
    schema: FAMILY,
    sql: 'REPLACE INTO c VALUES (10, 2);',
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
  {
    name: 'REPLACE beside an INSERT into the parent',
    schema: FAMILY,
    sql: "REPLACE INTO c VALUES (10, 2); INSERT INTO p VALUES (3, 'three');",
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 3',
  },
  {
    name: 'the function replace',
    schema: FAMILY,
    sql: "INSERT INTO p SELECT 3, replace('a', 'b', 'c') WHERE 0 OR replace('1', '2', '3');",
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 3',
  },
  {
    name: 'INSERT by a trigger from before',
    schema: WITH_TRIGGER,
    sql: 'INSERT INTO q VALUES (3);',
    before: 'c: 3, p: 2, q: 0',
    after: 'c: 3, p: 3, q: 1',
  },
  {
    name: 'the same beside the function replace',
    schema: WITH_TRIGGER,
    sql: "INSERT INTO q SELECT 3 WHERE 1 OR replace('1', '2', '3');",
    before: 'c: 3, p: 2, q: 0',
    after: 'c: 3, p: 3, q: 1',
  },
  {
    name: 'everything, in a TEMP table of the name of the parent',
    schema: FAMILY,
    sql: `CREATE TEMP TABLE p (id UNIQUE); INSERT INTO p VALUES (1); REPLACE INTO p VALUES (1);
      UPDATE p SET id = 2; DELETE FROM p; DROP TABLE p;`,
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
  {
    name: 'NOT NULL ON CONFLICT REPLACE',
    schema: FAMILY.replace('UNIQUE', "NOT NULL ON CONFLICT REPLACE DEFAULT ''"),
    sql: 'INSERT INTO p VALUES (3, NULL);',
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 3',
  },
  {
    name: 'UPDATE of a column without a key, in a table with ON CONFLICT REPLACE',
    schema: `${FAMILY.replace('UNIQUE', 'UNIQUE ON CONFLICT REPLACE')} ALTER TABLE p ADD COLUMN z;`,
    sql: 'UPDATE p SET z = 1;',
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
  {
    name: 'text that says DELETE FROM p',
    schema: FAMILY,
    sql: "INSERT INTO p VALUES (3, 'DELETE FROM p; REPLACE INTO p'); -- DELETE FROM p",
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 3',
  },
  {
    name: 'a trigger that would delete, and is not set off',
    schema: FAMILY,
    sql: 'CREATE TRIGGER t AFTER INSERT ON c BEGIN DELETE FROM p; END;',
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
];

const violations: readonly Trap[] = [
  {
    name: 'rows from before, their table written',
    schema: ORPHANS,
    sql: 'INSERT INTO c VALUES (12, 1);',
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'c: 6, p: 2',
    told: /^2 rows of c \(rowid 30, 31\) name rows of p/,
  },
  {
    name: 'rows from before, their table left alone',
    schema: `${ORPHANS} CREATE TABLE z (x);`,
    sql: 'INSERT INTO z VALUES (1);',
    modes: BY_HAND,
    before: 'c: 5, p: 2, z: 0',
    after: 'c: 5, p: 2, z: 1',
  },
  {
    name: 'rows from before, some of them mended',
    schema: ORPHANS,
    sql: 'DELETE FROM c WHERE id = 30;',
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'c: 4, p: 2',
    told: /^1 row of c \(rowid 31\) names a row of p that is not there$/,
  },
  {
    name: 'rows from before, all of them mended',
    schema: ORPHANS,
    sql: 'DELETE FROM c WHERE id >= 30;',
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'c: 3, p: 2',
  },
  {
    name: 'rows from before, and one more',
    schema: ORPHANS,
    sql: 'INSERT INTO c VALUES (40, 4);',
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    fails: ['sql', /: 1 row of c \(rowid .*40.*\) names a row/],
  },
  {
    name: 'rows from before, under a new name of the column',
    schema: ORPHANS,
    sql: 'ALTER TABLE c RENAME COLUMN p TO pp;',
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'c: 5, p: 2',
    told: /^2 rows of c /,
  },
  {
    name: 'rows from before, under a new name of the parent’s column',
    schema: ORPHANS,
    sql: 'ALTER TABLE p RENAME id TO "the id";',
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'c: 5, p: 2',
    told: /^2 rows of c /,
  },
  {
    name: 'rows from before, under a new name of the table',
    schema: ORPHANS,
    sql: 'ALTER TABLE main.c RENAME TO "the kid";',
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'p: 2, the kid: 5',
    told: /^2 rows of the kid /,
  },
  {
    name: 'rows from before, through a rebuild of the parent',
    schema: ORPHANS,
    sql: REBUILD,
    modes: BY_HAND,
    before: 'c: 5, p: 2',
    after: 'c: 5, p: 2',
    told: /^2 rows of c /,
  },
  {
    name: 'rows from before of another key of the same child',
    schema: `CREATE TABLE a (x PRIMARY KEY); CREATE TABLE b (x PRIMARY KEY);
      CREATE TABLE c (x REFERENCES a, y REFERENCES b); INSERT INTO c VALUES (1, NULL);`,
    sql: 'INSERT INTO b VALUES (1);',
    modes: BY_HAND,
    before: 'a: 0, b: 0, c: 1',
    after: 'a: 0, b: 1, c: 1',
  },
  {
    name: 'a missing parent from before',
    schema: 'CREATE TABLE c (p REFERENCES gone); INSERT INTO c VALUES (1);',
    sql: 'INSERT INTO c VALUES (NULL);',
    modes: BY_HAND,
    before: 'c: 1',
    after: 'c: 2',
    told: /refers to the table gone, which is not there\|1 row of c/,
  },
  {
    name: 'a mismatch from before',
    schema: 'CREATE TABLE p (x); CREATE TABLE c (p REFERENCES p (x)); INSERT INTO c VALUES (1);',
    sql: 'INSERT INTO c VALUES (2);',
    modes: BY_HAND,
    before: 'c: 1, p: 0',
    after: 'c: 2, p: 0',
    told: /^c \(p\) refers to p, which has no such unique key$/,
  },
  {
    name: 'new orphans of another key, beside a mismatch from before',
    schema: `CREATE TABLE p (x); CREATE TABLE q (id INTEGER PRIMARY KEY, n TEXT UNIQUE);
      CREATE TABLE c (p REFERENCES p (x), q REFERENCES q, n REFERENCES q (n));
      INSERT INTO q VALUES (1, '7'); INSERT INTO c VALUES (1, 1, 7);`,
    sql: 'INSERT INTO c VALUES (2, NULL, NULL), (3, 1, 7), (4, 9, 7);',
    modes: BY_HAND,
    before: 'c: 1, p: 0, q: 1',
    fails: ['sql', /after it: 1 row of c \(rowid 4\) names a row of q that is not there\.$/],
  },
  {
    name: 'old orphans of another key, beside a mismatch from before',
    schema: `CREATE TABLE p (x); CREATE TABLE c (a, b, p REFERENCES p (x), r REFERENCES gone,
        FOREIGN KEY (a, b) REFERENCES q (b, a));
      CREATE TABLE q (a, b, PRIMARY KEY (a, b));
      INSERT INTO q VALUES (1, 2); INSERT INTO c VALUES (1, 2, 1, NULL);`,
    sql: 'INSERT INTO c VALUES (2, 1, 1, NULL), (NULL, 5, 1, NULL);',
    modes: BY_HAND,
    before: 'c: 1, p: 0, q: 1',
    after: 'c: 3, p: 0, q: 1',
    told: /has no such unique key/,
  },
  {
    name: 'a new mismatch',
    schema: 'CREATE TABLE p (x);',
    sql: 'CREATE TABLE c (p REFERENCES p (x));',
    modes: BY_HAND,
    before: 'p: 0',
    fails: ['sql', /c \(p\) refers to p, which has no such unique key/],
  },
  {
    name: 'a new mismatch of a composite key',
    schema: 'CREATE TABLE p (a UNIQUE, b UNIQUE);',
    sql: 'CREATE TABLE c (a, b, FOREIGN KEY (a, b) REFERENCES p (a, b));',
    modes: BY_HAND,
    before: 'p: 0',
    fails: ['sql', /after it: c \(a, b\) refers to p, which has no such unique key\.$/],
  },
  {
    name: 'a view as a parent, beside orphans of another key',
    schema: 'CREATE VIEW v AS SELECT 1 AS x; CREATE TABLE p (id INTEGER PRIMARY KEY);',
    sql: 'CREATE TABLE c (v REFERENCES v (x), p REFERENCES p); INSERT INTO c VALUES (NULL, 9);',
    modes: BY_HAND,
    before: 'p: 0',
    fails: [
      'sql',
      /after it: c \(v\) refers to the table v, which is not there; 1 row of c \(rowid 1\) names a row of p that is not there\.$/,
    ],
  },
  {
    name: 'more than ten new ones: ten are listed',
    schema: FAMILY,
    sql: 'INSERT INTO c WITH RECURSIVE n (i) AS (VALUES (100) UNION ALL SELECT i + 1 FROM n WHERE i < 124) SELECT i, i FROM n;',
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: [
      'sql',
      /: 25 rows of c \(rowid 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, …\) name rows of p that are not there\.$/,
    ],
  },
  {
    name: 'a composite key',
    schema:
      'CREATE TABLE p (a, b, PRIMARY KEY (a, b)); CREATE TABLE c (a, b, FOREIGN KEY (a, b) REFERENCES p); INSERT INTO p VALUES (1, 2);',
    sql: 'INSERT INTO c VALUES (1, 2), (2, 1), (NULL, 3);',
    modes: BY_HAND,
    before: 'c: 0, p: 1',
    fails: ['sql', /: 1 row of c \(rowid 2\)/],
  },
  {
    name: 'an implicit parent key',
    schema: FAMILY.replace('REFERENCES p (id)', 'REFERENCES p'),
    sql: 'INSERT INTO c VALUES (30, 3);',
    modes: BY_HAND,
    before: 'c: 3, p: 2',
    fails: ['sql', /1 row of c \(rowid 30\)/],
  },
  {
    name: 'a self reference',
    schema:
      'CREATE TABLE c (id INTEGER PRIMARY KEY, up REFERENCES c); INSERT INTO c VALUES (1, NULL), (2, 1);',
    sql: 'DELETE FROM c WHERE id = 1;',
    modes: BY_HAND,
    before: 'c: 2',
    fails: ['sql', /1 row of c \(rowid 2\) names a row of c/],
  },
  {
    name: 'a child WITHOUT ROWID',
    schema:
      'CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (id PRIMARY KEY, p REFERENCES p) WITHOUT ROWID;',
    sql: 'INSERT INTO c VALUES (1, 1), (2, 2);',
    modes: BY_HAND,
    before: 'c: 0, p: 0',
    fails: ['sql', /: 2 rows of c name rows of p that are not there\.$/],
  },
  {
    name: 'names in other case, with quotes and spaces',
    schema:
      'CREATE TABLE "The P" (id PRIMARY KEY); CREATE TABLE "it\'s ""c""" (p REFERENCES [the p]);',
    sql: 'INSERT INTO "IT\'S ""C""" VALUES (1);',
    modes: BY_HAND,
    before: 'The P: 0, it\'s "c": 0',
    fails: ['sql', /: 1 row of it's "c" \(rowid 1\) names a row of the p/i],
  },
  {
    name: 'two keys of one child, one wrong from before',
    schema:
      'CREATE TABLE a (x PRIMARY KEY); CREATE TABLE b (x PRIMARY KEY); CREATE TABLE c (x REFERENCES a, y REFERENCES b); INSERT INTO c VALUES (1, NULL);',
    sql: 'INSERT INTO c VALUES (NULL, 1);',
    modes: BY_HAND,
    before: 'a: 0, b: 0, c: 1',
    fails: [
      'sql',
      /^Foreign keys do not hold after it: 1 row of c \(rowid 2\) names a row of b that is not there\.$/,
    ],
  },
  {
    name: 'a key that is new, over rows that were there',
    schema: 'CREATE TABLE p (id PRIMARY KEY); CREATE TABLE c (x); INSERT INTO c VALUES (1);',
    sql: 'CREATE TABLE n (x REFERENCES p); INSERT INTO n SELECT x FROM c; DROP TABLE c; ALTER TABLE n RENAME TO c;',
    modes: BY_HAND,
    before: 'c: 1, p: 0',
    fails: ['sql', /1 row of c \(rowid 1\) names a row of p/],
  },
];

const onPurpose: readonly Trap[] = [
  {
    name: 'DELETE',
    schema: FAMILY,
    sql: 'DELETE FROM p WHERE id = 1;',
    modes: ['on'],
    before: 'c: 3, p: 2',
    after: 'c: 1, p: 1',
  },
  {
    name: 'REPLACE',
    schema: FAMILY,
    sql: "REPLACE INTO p VALUES (1, 'x');",
    modes: ['on'],
    before: 'c: 3, p: 2',
    after: 'c: 1, p: 2',
  },
  {
    name: 'DELETE behind defer_foreign_keys',
    schema: FAMILY,
    sql: 'PRAGMA defer_foreign_keys = on; DELETE FROM p WHERE id = 1;',
    modes: ['on'],
    before: 'c: 3, p: 2',
    after: 'c: 1, p: 1',
  },
  {
    name: 'rows in the wrong order, behind defer_foreign_keys',
    schema: FAMILY,
    sql: "PRAGMA defer_foreign_keys = on; INSERT INTO c VALUES (30, 3); INSERT INTO p VALUES (3, 'x');",
    modes: ['on'],
    before: 'c: 3, p: 2',
    after: 'c: 4, p: 3',
  },
  {
    name: 'a row that is wrong to the end, behind defer_foreign_keys',
    schema: FAMILY,
    sql: 'PRAGMA defer_foreign_keys = on; INSERT INTO c VALUES (30, 3);',
    modes: ['on'],
    before: 'c: 3, p: 2',
    fails: ['sql', /^FOREIGN KEY constraint failed$/],
  },
  {
    name: 'a deferred key that holds in the end',
    schema: FAMILY.replace('UPDATE CASCADE', 'UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED'),
    sql: "INSERT INTO c VALUES (30, 3); INSERT INTO p VALUES (3, 'x');",
    before: 'c: 3, p: 2',
    after: 'c: 4, p: 3',
    modes: ['auto', 'off', 'on'],
  },
  {
    name: 'a deferred key that does not',
    schema: FAMILY.replace('UPDATE CASCADE', 'UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED'),
    sql: 'INSERT INTO c VALUES (30, 3);',
    before: 'c: 3, p: 2',
    fails: ['sql', /FOREIGN KEY constraint failed|1 row of c/],
    modes: ['auto', 'off', 'on'],
  },
  {
    name: 'off: DELETE leaves the children',
    schema: FAMILY,
    sql: "DELETE FROM p WHERE id = 1; INSERT INTO p VALUES (1, 'x');",
    modes: ['off'],
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
  {
    name: 'off: UPDATE leaves them, and that is a violation',
    schema: FAMILY,
    sql: 'UPDATE p SET id = 9 WHERE id = 1;',
    modes: ['off'],
    before: 'c: 3, p: 2',
    fails: ['sql', /2 rows of c/],
  },
  {
    name: 'off: REPLACE',
    schema: FAMILY,
    sql: "REPLACE INTO p VALUES (1, 'x');",
    modes: ['off'],
    before: 'c: 3, p: 2',
    after: 'c: 3, p: 2',
  },
];

const pragmas: readonly Trap[] = (['off', '0', 'on'] as const).map((value) => ({
  name: `PRAGMA foreign_keys = ${value} in the file`,
  schema: FAMILY,
  sql: `PRAGMA foreign_keys = ${value}; ${REBUILD}`,
  modes: ['auto', 'off', 'on'],
  before: 'c: 3, p: 2',
  fails: [
    'refused',
    /^`PRAGMA foreign_keys` does nothing inside a transaction/,
    `PRAGMA foreign_keys = ${value};`,
  ],
}));

for (const [title, traps] of [
  ['table rebuilds', rebuilds],
  ['what would set off an action', cascades],
  ['what sets off none', harmless],
  ['violations', violations],
  ['actions on purpose', onPurpose],
  ['the pragma', pragmas],
] as const) {
  suite(`SqliteEngine, foreign keys: ${title}`, (test) => {
    for (const trap of traps) {
      for (const mode of trap.modes ?? ['auto']) {
        test(`${mode}: ${trap.name}`, () => spring(trap, mode));
      }
    }
  });
}

async function spring(trap: Trap, mode: ForeignKeys): Promise<void> {
  await inTemp(async (dir) => {
    const path = join(dir, 'app.db');
    await using engine = sqliteAt(path);
    await runAll(engine, null, [upStep('first', '')]);
    using db = new DatabaseSync(path, { timeout: 1000, enableForeignKeyConstraints: false });
    db.exec(trap.schema);
    assert.is(rowsIn(db), trap.before);

    const told: string[] = [];
    const onOldViolations = (_: number, all: readonly string[]) => void told.push(all.join('|'));
    const error = await runAll(
      engine,
      1,
      [upStep('a', trap.sql, mode)],
      optionsOf('each', { onOldViolations }),
    ).then(
      () => null,
      (thrown) => thrown,
    );
    if (trap.fails === undefined) {
      if (error !== null) throw error;
      assert.is(rowsIn(db), trap.after);
      assert.is(told.length, trap.told === undefined ? 0 : 1);
      if (trap.told !== undefined) assert.match(told[0]!, trap.told);
      assert.equal(await logOf(engine), ['up first', 'up a']);
    } else {
      assert.instance(error, EngineError);
      const [kind, message, blamed] = trap.fails;
      assert.is(error.kind, kind);
      assert.match(error.message, message);
      const { statement } = error.failure;
      if (blamed !== undefined) assert.is(trap.sql.slice(statement?.start, statement?.end), blamed);
      assert.is(rowsIn(db), trap.before);
      assert.equal(await logOf(engine), ['up first']);
    }
    // The engine is as it was: enforcement off, and nothing known that is not so.
    await runAll(engine, error === null ? 2 : 1, [upStep('next', 'CREATE TABLE "next" (x);')]);
  });
}

/** `table: rows, …` of every table but the ledger. */
function rowsIn(db: DatabaseSync): string {
  return db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'mig_log' ORDER BY name",
    )
    .all()
    .map(({ name }) => {
      const quoted = `"${String(name).replaceAll('"', '""')}"`;
      return `${name}: ${db.prepare(`SELECT count(*) AS n FROM ${quoted}`).get()?.n}`;
    })
    .join(', ');
}

suite('SqliteEngine, foreign keys: the setting of the connection', (test) => {
  test('is each revision’s own, and back for the next', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      const rows = () => {
        using db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
        return rowsIn(db);
      };
      await runAll(engine, null, [upStep('a', FAMILY, 'on'), upStep('b', REBUILD, 'auto')]);
      assert.is(rows(), 'c: 3, p: 2');
      const steps = [
        upStep('c', 'DELETE FROM p WHERE id = 1;', 'on'),
        upStep('d', REBUILD.replace(', more', ''), 'off'),
      ];
      await runAll(engine, 2, steps);
      assert.is(rows(), 'c: 1, p: 1');
    }));
  test('is back behind a revision that failed', () =>
    inTemp(async (dir) => {
      const path = join(dir, 'app.db');
      await using engine = sqliteAt(path);
      await runAll(engine, null, [upStep('a', FAMILY)]);
      await runAll(engine, 1, [upStep('b', 'SELECT * FROM nowhere;', 'on')]).catch(() => {});
      await runAll(engine, 1, [upStep('c', REBUILD)]);
      using db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
      assert.is(rowsIn(db), 'c: 3, p: 2');
    }));
});
