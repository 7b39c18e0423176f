import { DatabaseSync } from 'node:sqlite';
import { faultsOf } from './interleavings.ts';
import type { Random } from './random.ts';

/** A base and two branches of it, each revision a piece of SQL. */
export interface RandomBranches {
  readonly base: string;
  readonly a: readonly string[];
  readonly b: readonly string[];
}

const TABLES = `CREATE TABLE t(id INTEGER PRIMARY KEY, a INT, s TEXT);
INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y');
CREATE TABLE u(id INTEGER PRIMARY KEY, t_id INT, n INT);
INSERT INTO u VALUES (1, 1, 5), (2, 2, 6);
CREATE TABLE l(x);
`;

/** What a base may have besides. */
const MORE = [
  'CREATE VIEW v1 AS SELECT a FROM t;\n',
  'CREATE TRIGGER g1 AFTER UPDATE ON t BEGIN INSERT INTO l VALUES (new.id); END;\n',
  'CREATE INDEX i1 ON t(a);\n',
  'CREATE TABLE c(id INTEGER PRIMARY KEY, t_id INT REFERENCES t(id));\nINSERT INTO c VALUES (1, 1);\n',
  'CREATE VIEW v2 AS SELECT n FROM u;\n',
];

/** Branches whose revisions mostly run by themselves; what they do to each other is chance's. */
export function randomBranches(random: Random): RandomBranches {
  const base = TABLES + MORE.filter(() => random.chance(0.25)).join('');
  return { base, a: randomBranch(random, base, 1), b: randomBranch(random, base, 2) };
}

function randomBranch(random: Random, base: string, own: number): readonly string[] {
  using db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  db.exec(base);
  const home = random.pick(['t', 't', 'u', 'l']);
  return Array.from({ length: 1 + random.int(3) }, () => {
    const statements = Array.from({ length: 1 + random.int(2) }, () =>
      randomStatement(random, db, home, own),
    );
    return statements.join('\n');
  });
}

function randomStatement(random: Random, db: DatabaseSync, home: string, own: number): string {
  for (let tries = 0; tries < 20; tries++) {
    const sql = anyStatement(random, home, own);
    db.exec('SAVEPOINT s');
    try {
      db.exec(sql);
      const isBroken = faultsOf(db).length > 0;
      if (isBroken && !random.chance(0.1)) throw new Error('broken');
      db.exec('RELEASE s');
      return sql;
    } catch {
      db.exec('ROLLBACK TO s; RELEASE s');
      if (random.chance(0.02)) return sql;
    }
  }
  return 'SELECT 1;';
}

function anyStatement(random: Random, home: string, own: number): string {
  const table = random.chance(0.7) ? home : random.pick(['t', 'u', 'l', 'n', 'o', 'c']);
  const column = random.pick(['a', 's', 'n', 'x', 'p', 'q', 'id', 't_id']);
  const other = random.chance(0.6) ? ['', 'p', 'q'][own]! : random.pick(['p', 'q', 'a']);
  const number = random.int(4);
  // Mostly each branch has names of its own.
  const suffix = random.chance(0.6) ? own : 3 - own;
  const guard = random.chance(0.3);
  const unless = guard ? 'IF NOT EXISTS ' : '';
  const exists = guard ? 'IF EXISTS ' : '';
  return random.pick<() => string>([
    () => `ALTER TABLE ${table} ADD COLUMN ${other} INT DEFAULT ${number};`,
    () => `ALTER TABLE ${table} ADD COLUMN ${other};`,
    () => `INSERT INTO ${table}(${column}) VALUES (${10 * number});`,
    () => `INSERT INTO ${table} VALUES (${number}, 10, ${number});`,
    () => `INSERT OR REPLACE INTO ${table} VALUES (${number}, 11, 'z');`,
    () => `INSERT INTO ${table} SELECT * FROM l;`,
    () => `INSERT INTO l SELECT count(*) FROM ${table};`,
    () => `INSERT INTO l VALUES (${number});`,
    () => `INSERT INTO l SELECT ${column} FROM v${suffix};`,
    () => `UPDATE ${table} SET ${column} = ${column} + ${number};`,
    () => `UPDATE ${table} SET ${column} = ${number} WHERE ${other} > 10;`,
    () => `UPDATE ${table} SET ${column} = (SELECT count(*) FROM l);`,
    () => `UPDATE ${table} SET ${column} = upper(${column});`,
    () => `DELETE FROM ${table} WHERE ${column} = ${10 * number};`,
    () => `DELETE FROM ${table};`,
    () => `CREATE INDEX ${unless}i${suffix} ON ${table}(${column});`,
    () => `CREATE UNIQUE INDEX ${unless}i${suffix} ON ${table}(${column});`,
    () => `DROP INDEX ${exists}i${suffix};`,
    () => `CREATE VIEW ${unless}v${suffix} AS SELECT ${column} FROM ${table};`,
    () => `CREATE VIEW ${unless}v${suffix} AS SELECT * FROM ${random.pick(['v1', 'v2', table])};`,
    () => `DROP VIEW ${exists}v${suffix};`,
    () =>
      `CREATE TRIGGER ${unless}g${suffix} AFTER ${random.pick(['INSERT', 'UPDATE', 'DELETE'])} ON ${table} BEGIN INSERT INTO l VALUES (${number}); END;`,
    () =>
      `CREATE TRIGGER ${unless}g${suffix} AFTER INSERT ON ${table} BEGIN UPDATE u SET n = n + 1; END;`,
    () => `DROP TRIGGER ${exists}g${suffix};`,
    () => `DROP TABLE ${exists}${table};`,
    () =>
      `CREATE TABLE ${unless}${random.chance(0.6) ? ['', 'n', 'o'][own] : random.pick(['n', 'o'])}(id INTEGER PRIMARY KEY, ${other} INT, s);`,
    () => `CREATE TABLE ${unless}n(id INTEGER PRIMARY KEY, t_id INT REFERENCES ${table}(id));`,
    () => `CREATE TABLE n AS SELECT * FROM ${table};`,
    () => `ALTER TABLE ${table} RENAME TO ${random.pick(['n', 'o'])};`,
    () => `ALTER TABLE ${table} RENAME COLUMN ${column} TO ${other};`,
    () => `ALTER TABLE ${table} DROP COLUMN ${column};`,
    () =>
      'CREATE TABLE new_t(id INTEGER PRIMARY KEY, a INT NOT NULL, s TEXT); INSERT INTO new_t SELECT id, a, s FROM t; DROP TABLE t; ALTER TABLE new_t RENAME TO t;',
    () =>
      `CREATE TABLE new_u(id INTEGER PRIMARY KEY, t_id INT, n INT CHECK (n > ${number})); INSERT INTO new_u(id, t_id, n) SELECT id, t_id, n FROM u; DROP TABLE u; ALTER TABLE new_u RENAME TO u;`,
    () => `UPDATE ${table} SET ${column} = ${number}; INSERT INTO l SELECT changes();`,
    () => `INSERT INTO l SELECT count(*) FROM sqlite_schema;`,
  ])();
}
