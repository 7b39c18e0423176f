import type { DatabaseSync } from 'node:sqlite';
import { fold, quoted } from '../schema/names.ts';
import { isSqliteError } from './sqlite-errors.ts';
import type { DatabaseForeignKey, Violation } from './sqlite-foreign-keys.ts';

const SHOWN_ROWS = 10;

/**
 * What does not hold of the keys of one child.
 *
 * @param allTables reads the names of all tables, folded.
 */
export function violatedRows(
  db: DatabaseSync,
  keys: readonly DatabaseForeignKey[],
  allTables: () => ReadonlySet<string>,
): readonly Violation[] {
  const [{ child }] = keys as [DatabaseForeignKey];
  try {
    const counts = db
      .prepare(
        `SELECT fkid, count(*) AS "rows" FROM pragma_foreign_key_check(?, 'main') GROUP BY fkid`,
      )
      .all(child) as unknown as readonly { fkid: number; rows: number }[];
    return counts.flatMap(({ fkid, rows }) => {
      const key = keys.find((each) => each.number === fkid);
      return key === undefined ? [] : [{ key, kind: 'rows', rows, first: firstRows(db, key) }];
    });
  } catch (error) {
    // The check itself fails where the parent has no unique key over the columns.
    if (!isSqliteError(error) || !/foreign key mismatch/.test(error.message)) throw error;
    const named = /referencing "?(.+?)"?$/.exec(error.message)?.[1] ?? '';
    return keyByKey(db, keys, allTables(), named);
  }
}

function firstRows(db: DatabaseSync, { child, number }: DatabaseForeignKey): readonly bigint[] {
  const statement = db.prepare(
    `SELECT rowid AS id FROM pragma_foreign_key_check(?, 'main')
      WHERE fkid = ? AND rowid IS NOT NULL LIMIT ${SHOWN_ROWS}`,
  );
  statement.setReadBigInts(true);
  return statement.all(child, number).map(({ id }) => id as bigint);
}

/** The columns of the parent that a key refers to. */
export function parentKey(
  db: DatabaseSync,
  { parent, parentColumns }: DatabaseForeignKey,
): readonly string[] {
  if (parentColumns.length > 0) return parentColumns;
  return db
    .prepare("SELECT name FROM pragma_table_info(?, 'main') WHERE pk > 0 ORDER BY pk")
    .all(parent)
    .map((row) => String(row.name));
}

/**
 * SQLite's own check stops at the first key that fits no parent, and says nothing of the
 * others, so that each is looked at by itself.
 *
 * @param named the parent that SQLite complained of.
 */
function keyByKey(
  db: DatabaseSync,
  keys: readonly DatabaseForeignKey[],
  tables: ReadonlySet<string>,
  named: string,
): readonly Violation[] {
  const unfit = keys.filter((key) => tables.has(fold(key.parent)) && !fits(db, key));
  // SQLite knows more reasons than `fits` does, collations among them.
  const toBlame = keys.find((key) => fold(key.parent) === fold(named)) ?? keys[0]!;
  const mismatched = new Set(
    unfit.some((key) => fold(key.parent) === fold(named)) ? unfit : [...unfit, toBlame],
  );
  return keys.flatMap((key): readonly Violation[] => {
    if (mismatched.has(key)) return [{ key, kind: 'mismatch', rows: 0, first: [] }];
    const orphans = orphansSql(db, key, tables.has(fold(key.parent)));
    const rows = Number(db.prepare(`SELECT count(*) AS "rows" ${orphans}`).get()?.rows);
    return rows === 0 ? [] : [{ key, kind: 'rows', rows, first: firstOrphans(db, key, orphans) }];
  });
}

/** Whether the parent has a unique key over just the columns that the key refers to. */
function fits(db: DatabaseSync, key: DatabaseForeignKey): boolean {
  const columns = parentKey(db, key);
  if (columns.length !== key.columns.length) return false;
  const wanted = columns.map(fold).sort().join('\0');
  const same = (names: readonly unknown[]) =>
    names
      .map((name) => fold(String(name)))
      .sort()
      .join('\0') === wanted;
  const { parent } = key;
  const primary = db
    .prepare("SELECT name FROM pragma_table_info(?, 'main') WHERE pk > 0")
    .all(parent);
  if (same(primary.map(({ name }) => name))) return true;
  const indexes = db
    .prepare(`SELECT name FROM pragma_index_list(?, 'main') WHERE "unique" AND NOT partial`)
    .all(parent);
  const ofIndex = db.prepare("SELECT name FROM pragma_index_info(?, 'main')");
  return indexes.some((index) => same(ofIndex.all(index.name as string).map(({ name }) => name)));
}

/**
 * The rows of the child that point at nothing. The `+` takes the affinity of the child's
 * column away, so that the parent's decides, as it does in SQLite's own check.
 */
function orphansSql(db: DatabaseSync, key: DatabaseForeignKey, hasParent: boolean): string {
  const { child, columns, parent } = key;
  const isSet = columns.map((each) => `c.${quoted(each)} IS NOT NULL`).join(' AND ');
  const from = `FROM main.${quoted(child)} AS c WHERE ${isSet}`;
  if (!hasParent) return from;
  const of = parentKey(db, key);
  const points = columns.map((each, at) => `p.${quoted(of[at]!)} = +c.${quoted(each)}`);
  return `${from} AND NOT EXISTS (SELECT 1 FROM main.${quoted(parent)} AS p WHERE ${points.join(' AND ')})`;
}

function firstOrphans(
  db: DatabaseSync,
  { child }: DatabaseForeignKey,
  orphans: string,
): readonly bigint[] {
  const { wr } = db
    .prepare("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ? COLLATE NOCASE")
    .get(child) ?? { wr: 1 };
  if (wr !== 0) return [];
  const statement = db.prepare(`SELECT c.rowid AS id ${orphans} LIMIT ${SHOWN_ROWS}`);
  statement.setReadBigInts(true);
  return statement.all().map(({ id }) => id as bigint);
}
