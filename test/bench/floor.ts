import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { quoted } from '../../lib/schema/names.ts';
import type { Work } from './histories.ts';
import { type Contender, execute } from './measure.ts';

/** The floor of an upgrade. */
export const SQLITE3 = 'sqlite3, one transaction';

/**
 * One script for the sqlite3 program that leaves what mig left, its ledger with the files in
 * it too, in one transaction.
 *
 * @param dir has an `app.db` that mig upgraded.
 */
export function sqlite3Floor(dir: string, size: number, work: Work): Contender {
  const path = join(dir, 'floor.sql');
  writeFileSync(path, floorScript(join(dir, 'app.db'), size, work));
  return { run: () => execute('sqlite3', ['-bail', 'app.db', '.read floor.sql'], { cwd: dir }) };
}

function floorScript(path: string, size: number, { up }: Work): string {
  using db = new DatabaseSync(path, { readOnly: true });
  const create = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'mig_log'").get()!.sql;
  const names = db
    .prepare("SELECT name FROM pragma_table_info('mig_log')")
    .all()
    .map(({ name }) => quoted(String(name)));
  const values = names.map((name) => `quote(${name})`).join(" || ', ' || ");
  const rows = db.prepare(`SELECT ${values} AS list FROM mig_log ORDER BY seq`).all();
  const inserts = rows.map(({ list }) => `INSERT INTO mig_log VALUES (${list});\n`);
  const revisions = Array.from({ length: size }, (_, at) => `${up(at)}${inserts[at + 1]}`);
  return `BEGIN IMMEDIATE;\n${create};\n${inserts[0]}${revisions.join('')}COMMIT;\n`;
}
