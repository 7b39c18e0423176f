import { quoted } from '../schema/names.ts';
import type { SqliteLocation } from './sqlite-connection.ts';
import { Connection } from './sqlite-connection.ts';

/** A row of somebody else's table; values as text, NULL as null. */
export type TextRow = Readonly<Record<string, string | null>>;

export interface TextTable {
  /** In lower case, as the rows have them. */
  readonly columns: readonly string[];
  readonly rows: readonly TextRow[];
}

/**
 * A table with all its rows, in the order of a column where it has that; null where there is
 * no such table. The database is neither made nor changed.
 *
 * @throws EngineError
 */
export function readTable(
  location: SqliteLocation,
  table: string,
  order: string,
): TextTable | null {
  const connection = new Connection(location);
  try {
    return connection.reading((db) => {
      const found = db
        .prepare(
          "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
        )
        .get(table);
      if (found === undefined) return null;
      const all = `SELECT * FROM main.${quoted(table)}`;
      const columns = db
        .prepare(all)
        .columns()
        .map(({ name }) => name.toLowerCase());
      // A table of somebody else's may have other columns: what it means is decided elsewhere.
      const query = db.prepare(columns.includes(order) ? `${all} ORDER BY ${quoted(order)}` : all);
      query.setReadBigInts(true);
      return { columns, rows: query.all().map(textRow) };
    });
  } finally {
    connection.close();
  }
}

function textRow(row: Readonly<Record<string, unknown>>): TextRow {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key.toLowerCase(),
      value === null ? null : String(value),
    ]),
  );
}
