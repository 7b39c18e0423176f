import type { DatabaseSync } from 'node:sqlite';
import { HEADER_NUMBERS_SQL, type HeaderNumbers } from '../schema/header-numbers.ts';
import type { SchemaObject } from '../schema/model.ts';
import { fold } from '../schema/names.ts';
import { Connection, type SqliteLocation } from './sqlite-connection.ts';

/** The schema of a database as it is. It is neither created nor changed. @throws EngineError */
export function inspectDatabase(location: SqliteLocation, ledger: string): readonly SchemaObject[] {
  const connection = new Connection(location);
  try {
    return connection.reading((db) => inspectObjects(db, ledger));
  } finally {
    connection.close();
  }
}

/** The user's numbers in the header of a database. @throws EngineError */
export function headerNumbers(location: SqliteLocation): HeaderNumbers {
  const connection = new Connection(location);
  try {
    return connection.reading((db) => ({
      ...(db.prepare(HEADER_NUMBERS_SQL).get() as unknown as HeaderNumbers),
    }));
  } finally {
    connection.close();
  }
}

/**
 * What there is in a database, in the order of its creation: without mig's own table,
 * SQLite's own, the shadow tables of virtual ones, and whatever hangs on any of those.
 */
export function inspectObjects(db: DatabaseSync, ledger: string): readonly SchemaObject[] {
  const rows = db
    .prepare(
      `SELECT type, name, tbl_name AS "table", sql FROM main.sqlite_schema
        WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name <> ? COLLATE NOCASE
        ORDER BY rowid`,
    )
    .all(ledger) as unknown as readonly SchemaObject[];
  const shadows = shadowTables(db, rows.filter(isVirtual));
  return rows.filter((row) => !shadows.has(fold(row.table))).map((row) => ({ ...row }));
}

function isVirtual({ sql }: SchemaObject): boolean {
  return /^create\s+virtual/i.test(sql ?? '');
}

/** Without those that are the user's own, and only called like a shadow. */
function shadowTables(
  db: DatabaseSync,
  virtualTables: readonly SchemaObject[],
): ReadonlySet<string> {
  if (virtualTables.length === 0) return new Set();
  const rows = db
    .prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'`)
    .all();
  const shadows = new Set(rows.map((row) => fold(String(row.name))));
  for (const { sql } of virtualTables) {
    const content = contentOf(sql ?? '');
    if (content !== null) shadows.delete(fold(content));
  }
  return shadows;
}

/** The table that a full-text table indexes: `f` may name `f_content`, which has to be made first. */
function contentOf(sql: string): string | null {
  const found = /\bcontent\s*=\s*(?:'([^']*)'|"([^"]*)"|`([^`]*)`|\[([^\]]*)\]|([^\s,)]+))/i.exec(
    sql,
  );
  return found?.slice(1).find((each) => each !== undefined) ?? null;
}
