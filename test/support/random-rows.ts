import type { DatabaseSync } from 'node:sqlite';
import type { Random } from './random.ts';
import type { RandomColumn, RandomSchema, RandomTable } from './random-schemas.ts';

const VALUES: Readonly<Record<string, readonly string[]>> = {
  integer: ['1', '2', '3', '-7', '9007199254740993'],
  real: ['0.5', '2.0', '-1e100', '3'],
  text: ["'a'", "'it''s'", "'12'", "'  b '", "'Ünï'", "'A'"],
  blob: ["x'00ff'", "x''", "x'616263'"],
  any: ['1', "'one'", '2.5', "x'01'"],
};

/** Puts random rows into all tables, as far as they are taken, and none that lacks its parent. */
export function fillRandomly(
  db: DatabaseSync,
  schema: RandomSchema,
  rows: number,
  random: Random,
): void {
  for (const table of schema.tables) {
    for (let count = 0; count < rows * 2; count++) {
      try {
        db.exec(insertSql(db, table, random, 1 + count * (1 + random.int(3))));
      } catch {
        // A constraint does not like it; others will do.
      }
      const [{ n } = {}] = db.prepare(`SELECT count(*) AS n FROM ${quoted(table.name)}`).all();
      if (Number(n) >= rows) break;
    }
    if (table.key.kind === 'counted' && random.chance(0.5)) {
      const mark = db.prepare('UPDATE sqlite_sequence SET seq = seq + 7 WHERE name = ?');
      // It answers with the last rowid, which may be too big for a number.
      mark.setReadBigInts(true);
      mark.run(table.name);
    }
  }
  for (;;) {
    const [orphan] = db
      .prepare('SELECT "table", quote(rowid) AS rowid FROM pragma_foreign_key_check')
      .all();
    if (orphan === undefined) break;
    const which = orphan.rowid === 'NULL' ? '' : ` WHERE _rowid_ = ${orphan.rowid}`;
    db.exec(`DELETE FROM ${quoted(String(orphan.table))}${which}`);
  }
  for (const { name } of schema.fullText)
    db.exec(`INSERT INTO ${name}(${name}) VALUES ('rebuild')`);
}

function insertSql(db: DatabaseSync, table: RandomTable, random: Random, rowid: number): string {
  const values = new Map<RandomColumn, string>();
  for (const column of table.columns) {
    if (column.generated === null) values.set(column, valueFor(column, table, random, rowid));
  }
  for (const { columns, parent, parentColumns } of table.foreignKeys) {
    const list = parentColumns.map((each, at) => `quote(${quoted(each.name)}) AS c${at}`);
    const found = db.prepare(`SELECT ${list.join(', ')} FROM ${quoted(parent.name)}`).all();
    const row = found.length === 0 || random.chance(0.2) ? null : random.pick(found);
    for (const [at, column] of columns.entries()) {
      if (row !== null) values.set(column, String(row[`c${at}`]));
      else if (!column.notNull) values.set(column, 'NULL');
    }
  }
  const names = [...values.keys()].map((each) => quoted(each.name));
  const list = [...values.values()];
  const hasAlias = table.key.kind === 'alias' || table.key.kind === 'counted';
  if (!table.withoutRowid && !hasAlias && random.chance(0.7)) {
    names.push('_rowid_');
    list.push(`${rowid}`);
  }
  if (names.length === 0) return `INSERT INTO ${quoted(table.name)} DEFAULT VALUES`;
  return `INSERT OR ABORT INTO ${quoted(table.name)} (${names.join(', ')}) VALUES (${list.join(', ')})`;
}

function valueFor(column: RandomColumn, table: RandomTable, random: Random, rowid: number): string {
  const { chance, pick } = random;
  const { key } = table;
  if (key.kind !== 'columns' && key.columns.includes(column)) return `${rowid}`;
  if (!column.notNull && chance(0.2)) return 'NULL';
  const kind =
    column.type === 'ANY' || column.type === '' || (!table.strict && chance(0.05))
      ? 'any'
      : /INT|NUM/.test(column.type)
        ? 'integer'
        : /CHAR|TEXT/.test(column.type)
          ? 'text'
          : column.type.toLowerCase();
  const isKey = column.unique || key.columns.includes(column);
  if (isKey && kind === 'integer') return `${random.int(1000)}`;
  if (isKey && kind === 'text') return `'key ${random.int(1000)}'`;
  return pick(VALUES[kind] ?? VALUES.any!);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
