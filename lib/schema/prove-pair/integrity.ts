import { STRICT_TYPES } from '../affinity.ts';
import type { Schema } from '../model.ts';
import { quoted } from '../names.ts';
import type { Scratch } from '../scratch.ts';

/** What PRAGMA integrity_check finds, without its false alarms. */
export async function damageIn(scratch: Scratch, schema: Schema): Promise<readonly string[]> {
  const lines = (await scratch.query('PRAGMA integrity_check'))
    .map((row) => String(row.integrity_check))
    // Of a number that stands as text, which SQLite lets be: that is no damage.
    .filter((line) => line !== 'ok' && !/^(TEXT|NUMERIC) value in /.test(line));
  const damage: string[] = [];
  for (const line of lines) if (!(await isFalseAlarm(scratch, schema, line))) damage.push(line);
  return damage;
}

/** In a STRICT table with a VIRTUAL column before its rowid it may take a default for the value. */
async function isFalseAlarm(scratch: Scratch, { tables }: Schema, line: string): Promise<boolean> {
  if (!line.startsWith('non-')) return false;
  for (const table of tables.values()) {
    if (table.kind !== 'table' || !table.strict) continue;
    for (const { name, type } of table.columns) {
      const types = STRICT_TYPES[type];
      if (line !== `non-${type} value in ${table.name}.${name}` || types === undefined) continue;
      const wrong = `typeof(${quoted(name)}) NOT IN (${types})`;
      const sql = `SELECT 1 FROM main.${quoted(table.name)} NOT INDEXED WHERE ${wrong} LIMIT 1`;
      return (await scratch.query(sql)).length === 0;
    }
  }
  return false;
}
