import type { Scratch, ScratchRow } from './scratch.ts';

/** SQLite's own table of where AUTOINCREMENT goes on; it is there once a table needs it. */
export const SEQUENCE_TABLE = 'sqlite_sequence';

/** Its rows, `name` (of a table) and `seq`; none where it is not there. @throws ScratchError */
export async function sequenceRows(scratch: Scratch): Promise<readonly ScratchRow[]> {
  const sql = 'SELECT 1 FROM main.sqlite_schema WHERE name = ?';
  const found = await scratch.query(sql, SEQUENCE_TABLE);
  if (found.length === 0) return [];
  return await scratch.query(`SELECT name, seq FROM main.${SEQUENCE_TABLE}`);
}
