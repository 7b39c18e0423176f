import { quoted } from '../schema/names.ts';
import type { SqliteLocation } from './sqlite-connection.ts';
import { Connection } from './sqlite-connection.ts';

/** A row of somebody else's table; values as text, NULL as null. */
type TextRow = Readonly<Record<string, string | null>>;

/**
 * All rows of a table, in the order of a column; null where there is no such table. The
 * database is neither made nor changed.
 *
 * @throws EngineError
 */
export function readTable(
  location: SqliteLocation,
  table: string,
  order: string,
): readonly TextRow[] | null {
  const connection = new Connection(location);
  try {
    return connection.reading((db) => {
      const found = db
        .prepare(
          "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        )
        .get(table);
      if (found === undefined) return null;
      const query = db.prepare(`SELECT * FROM main.${quoted(table)} ORDER BY ${quoted(order)}`);
      query.setReadBigInts(true);
      return query
        .all()
        .map((row) =>
          Object.fromEntries(
            Object.entries(row).map(([key, value]) => [
              key.toLowerCase(),
              value === null ? null : String(value),
            ]),
          ),
        );
    });
  } finally {
    connection.close();
  }
}
