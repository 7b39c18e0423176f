import { DatabaseSync } from 'node:sqlite';

/**
 * The slow oracle of merges: plain node:sqlite runs every interleaving of two branches, and
 * looks at each point on the way with PRAGMAs and sorted rows. Nothing of lib/ is used.
 *
 *     M ─ a1 ─ a2        points (0,0) … (2,1); the paths to (2,1) are
 *     M ─ b1             a1 a2 b1, a1 b1 a2 and b1 a1 a2
 */
export interface Interleavings {
  /** What A, then B came to, and B, then A. */
  readonly whole: readonly [Outcome, Outcome];
  /** What the paths to each point came to, the whole ones included. */
  readonly points: ReadonlyMap<string, readonly Outcome[]>;
}

/** `failed …`, `broken …`, or what is there. */
export interface Outcome {
  readonly kind: 'failed' | 'broken' | 'good';
  /** Without the order of columns and triggers. */
  readonly content: string;
  readonly ordered: string;
}

export function interleavingsOf(
  base: string,
  a: readonly string[],
  b: readonly string[],
): Interleavings {
  using db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  db.exec(base);
  const known = new Set(faultsOf(db));
  const points = new Map<string, Outcome[]>();
  const wholes = new Map<string, Outcome>();
  const note = (i: number, j: number, path: string, outcome: Outcome) => {
    const all = points.get(`${i} ${j}`);
    if (all === undefined) points.set(`${i} ${j}`, [outcome]);
    else all.push(outcome);
    if (i === a.length && j === b.length) wholes.set(path, outcome);
  };
  const fail = (i: number, j: number, path: string, message: string) => {
    const outcome: Outcome = { kind: 'failed', content: 'failed', ordered: message };
    note(i, j, path, outcome);
    // Whoever fails here fails on the way to everything behind it.
    if (i < a.length) fail(i + 1, j, `${path}a`, message);
    if (j < b.length) fail(i, j + 1, `${path}b`, message);
  };
  const visit = (i: number, j: number, path: string) => {
    note(i, j, path, look(db, known));
    for (const step of ['a', 'b'] as const) {
      const sql = step === 'a' ? a[i] : b[j];
      if (sql === undefined) continue;
      const [nextI, nextJ] = step === 'a' ? [i + 1, j] : [i, j + 1];
      const name = `at_${i}_${j}`;
      db.exec(`SAVEPOINT ${name}`);
      try {
        const before = orphansOf(db);
        db.exec(sql);
        // A run looks at its keys after each revision, not only at the end.
        const orphans = orphansOf(db).filter((each) => !before.includes(each));
        if (orphans.length > 0) fail(nextI, nextJ, path + step, orphans.join('; '));
        else visit(nextI, nextJ, path + step);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') throw error;
        fail(nextI, nextJ, path + step, (error as Error).message);
      }
      db.exec(`ROLLBACK TO ${name}; RELEASE ${name}`);
    }
  };
  visit(0, 0, '');
  const [as, bs] = ['a'.repeat(a.length), 'b'.repeat(b.length)];
  return { whole: [wholes.get(as + bs)!, wholes.get(bs + as)!], points };
}

function look(db: DatabaseSync, known: ReadonlySet<string>): Outcome {
  const faults = faultsOf(db).filter((each) => !known.has(each));
  if (faults.length > 0) return { kind: 'broken', content: 'broken', ordered: faults.join('; ') };
  const { content, ordered } = contentOf(db);
  return { kind: 'good', content, ordered };
}

type Row = Readonly<Record<string, unknown>>;

function all(db: DatabaseSync, sql: string): readonly Row[] {
  return db.prepare(sql).all() as Row[];
}

const quoted = (name: unknown) => `"${String(name).replaceAll('"', '""')}"`;

function contentOf(db: DatabaseSync): { content: string; ordered: string } {
  const loose: string[] = [];
  const strict: string[] = [];
  const objects = all(
    db,
    "SELECT * FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY rowid",
  );
  for (const { type, name, tbl_name: table, sql } of objects) {
    const who = `${type} ${String(name).toLowerCase()}`;
    if (type !== 'table') {
      loose.push(`${who} on ${String(table).toLowerCase()}: ${plain(sql)}`);
      if (type === 'trigger') strict.push(`trigger ${group(table, sql)} ${who}`);
      continue;
    }
    const columns = all(db, `PRAGMA table_xinfo(${quoted(name)})`).map(({ cid: _, ...each }) =>
      JSON.stringify({ ...each, name: String(each.name).toLowerCase() }),
    );
    const indexes = all(db, `PRAGMA index_list(${quoted(name)})`).map((index) => {
      const parts = all(db, `PRAGMA index_xinfo(${quoted(index.name)})`)
        .filter(({ key }) => key === 1)
        .map(({ name: column, desc, coll }) => [column, desc, coll]);
      return JSON.stringify([index.unique, index.origin, index.partial, parts]);
    });
    const keys = all(db, `PRAGMA foreign_key_list(${quoted(name)})`).map(({ id: _, ...each }) =>
      JSON.stringify(each),
    );
    const rows = all(db, `SELECT * FROM ${quoted(name)}`).map((row) =>
      JSON.stringify(
        Object.entries(row)
          .map(([column, value]) => [column.toLowerCase(), typeof value, String(value)])
          .sort(),
      ),
    );
    // PRAGMAs do not tell of CHECKs.
    const checks = plain(sql).match(/check\(.*?\)/g) ?? [];
    loose.push(
      [who, ...[columns, indexes, keys, rows, checks].map((each) => [...each].sort().join())].join(
        ' ',
      ),
    );
    strict.push(`${who} ${columns.join()}`);
  }
  const content = loose.sort().join('\n');
  // Tables in any order, and triggers of one event as they were made.
  const kinds = Map.groupBy(strict, (each) => each.split(' ', 3).join(' '));
  const ordered = [...kinds.values()].map((each) => each.join('\n')).sort();
  return { content, ordered: [...ordered, content].join('\n') };
}

function group(table: unknown, sql: unknown): string {
  const event = /\b(insert|update|delete)\b/.exec(plain(sql))?.[0];
  return `${String(table).toLowerCase()} ${event}`;
}

function plain(sql: unknown): string {
  return String(sql)
    .toLowerCase()
    .replace(/["\s]+/g, ' ')
    .replace(/ ?([(),.;]) ?/g, '$1')
    .trim();
}

/** What is broken in a database, though it loads. */
export function faultsOf(db: DatabaseSync): readonly string[] {
  const found = [...orphansOf(db)];
  const views = all(db, "SELECT name FROM sqlite_schema WHERE type = 'view'");
  for (const { name } of views)
    attempt(found, () => all(db, `SELECT * FROM ${quoted(name)} LIMIT 0`), `view ${name}`);
  db.exec('SAVEPOINT probe');
  // What a view breaks is known by now; RENAME parses triggers as well.
  for (const { name } of views) {
    if (found.some((each) => each.startsWith(`view ${name}:`)))
      db.exec(`DROP VIEW ${quoted(name)}`);
  }
  db.exec('CREATE TABLE probe_before(a)');
  attempt(found, () => db.exec('ALTER TABLE probe_before RENAME TO probe_after'), 'schema');
  db.exec('ROLLBACK TO probe; RELEASE probe');
  const isKnown = (name: unknown) =>
    found.some((each) => new RegExp(`(view|trigger) ${name}\\b`).test(each));
  for (const trigger of triggersOf(db)) {
    if (isKnown(trigger.name) || isKnown(trigger.tbl_name)) continue;
    db.exec('SAVEPOINT probe');
    for (const { name } of triggersOf(db)) {
      if (name !== trigger.name) db.exec(`DROP TRIGGER ${quoted(name)}`);
    }
    attempt(found, () => compileWriting(db, trigger.tbl_name), `trigger ${trigger.name}`);
    db.exec('ROLLBACK TO probe; RELEASE probe');
  }
  return found;
}

/** What does not hold of foreign keys. */
function orphansOf(db: DatabaseSync): readonly string[] {
  const found: string[] = [];
  const tables = new Set(
    all(db, "SELECT lower(name) AS name FROM sqlite_schema WHERE type = 'table'").map(
      (each) => each.name,
    ),
  );
  for (const table of tables) {
    for (const { table: parent } of all(db, `PRAGMA foreign_key_list(${quoted(table)})`)) {
      if (!tables.has(String(parent).toLowerCase())) found.push(`${table} has no parent ${parent}`);
    }
    attempt(
      found,
      () => {
        for (const { parent, rows } of all(
          db,
          `SELECT parent, count(*) AS "rows" FROM pragma_foreign_key_check('${String(table).replaceAll("'", "''")}') GROUP BY parent`,
        )) {
          found.push(`${rows} rows of ${table} point nowhere in ${parent}`);
        }
      },
      `keys of ${table}`,
    );
  }
  return found;
}

function triggersOf(db: DatabaseSync) {
  return all(db, "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'");
}

/** Compiles every way to write a table, with what it sets off. No view of the tests has triggers. */
function compileWriting(db: DatabaseSync, table: unknown): void {
  const columns = all(db, `PRAGMA table_info(${quoted(table)})`).map(({ name }) => quoted(name));
  all(db, `EXPLAIN INSERT INTO ${quoted(table)} DEFAULT VALUES`);
  all(db, `EXPLAIN DELETE FROM ${quoted(table)}`);
  all(db, `EXPLAIN UPDATE ${quoted(table)} SET ${columns.map((each) => `${each} = 1`).join()}`);
}

function attempt(found: string[], action: () => unknown, what: string): void {
  try {
    action();
  } catch (error) {
    found.push(`${what}: ${(error as Error).message}`);
  }
}
