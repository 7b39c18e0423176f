import type { DatabaseSync } from 'node:sqlite';

/** Rows of one table that point at rows which are not there, over one foreign key. */
export interface Violation {
  readonly table: string;
  readonly parent: string;
  /** The foreign key's number in its table, as `PRAGMA foreign_key_list` counts. */
  readonly key: number;
  readonly rows: number;
}

/**
 * Switches enforcement, and makes sure of it: inside a transaction the pragma does nothing,
 * without a word.
 */
export function setEnforcement(db: DatabaseSync, enforcement: 'on' | 'off'): void {
  db.exec(`PRAGMA foreign_keys = ${enforcement}`);
  const now = db.prepare('PRAGMA foreign_keys').get()?.foreign_keys;
  if (now !== (enforcement === 'on' ? 1 : 0)) {
    throw new Error(`PRAGMA foreign_keys = ${enforcement} had no effect`);
  }
}

/** All violations in the database, counted by table, parent and key. */
export function violations(db: DatabaseSync): readonly Violation[] {
  if (!hasForeignKeys(db)) return [];
  return db
    .prepare(
      `SELECT "table", parent, fkid AS "key", count(*) AS "rows"
         FROM pragma_foreign_key_check
        GROUP BY "table", parent, fkid
        ORDER BY "table", fkid, parent`,
    )
    .all()
    .map((row) => ({ ...row }) as unknown as Violation);
}

/** The violations that were not there before, or are more now. */
export function newViolations(
  before: readonly Violation[],
  after: readonly Violation[],
): readonly Violation[] {
  const name = ({ table, parent, key }: Violation) => JSON.stringify([table, parent, key]);
  const known = new Map(before.map((each) => [name(each), each.rows]));
  return after
    .map((each) => ({ ...each, rows: each.rows - (known.get(name(each)) ?? 0) }))
    .filter((each) => each.rows > 0);
}

function hasForeignKeys(db: DatabaseSync): boolean {
  const found = db
    .prepare(
      `SELECT 1 FROM main.sqlite_schema
        WHERE type = 'table' AND sql LIKE '%REFERENCES%' LIMIT 1`,
    )
    .get();
  return found !== undefined;
}
