/**
 * What the foreign-key check costs: 1,000 revisions in a database with 100,000 rows that
 * they have nothing to do with, against the same in an empty one. `node test/bench/foreign-keys.ts`
 */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { inTemp } from '../support/temp.ts';
import { chain, writeHistory } from './histories.ts';
import { execute, machine, medians, milliseconds, type Row, rowsTable } from './measure.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/mig.cjs');
const REVISIONS = 1000;
const CHILD_ROWS = 100_000;
const TIMES = 7;

/** A family that nobody touches, with or without its rows. */
const FAMILY = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
`;
const ROWS = `
  INSERT INTO parent WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n;
  INSERT INTO child WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${CHILD_ROWS})
    SELECT i, 1 + i % 1000 FROM n;
`;

const databases = { empty: '', 'a key without rows': FAMILY, 'a key with rows': FAMILY + ROWS };

await inTemp((dir) => {
  writeHistory(dir, chain(REVISIONS));
  for (const [name, sql] of Object.entries(databases)) {
    using db = new DatabaseSync(join(dir, `${name}.db`));
    db.exec(`BEGIN; ${sql} COMMIT`);
  }
  const rows: Row[] = [];
  for (const [how, options] of [
    ['a transaction each', []],
    ['one for all', ['--atomic']],
  ] as const) {
    const names = Object.keys(databases);
    const taken = medians(
      TIMES,
      names.map((name) => ({
        prepare: () => {
          rmSync(join(dir, 'app.db'), { force: true });
          copyFileSync(join(dir, `${name}.db`), join(dir, 'app.db'));
        },
        run: () =>
          execute(process.execPath, [PROGRAM, 'upgrade', '-d', 'app.db', ...options], { cwd: dir }),
      })),
    );
    const [against] = taken;
    for (const [index, name] of names.entries()) {
      rows.push({
        what: `${REVISIONS} revisions, ${how}: ${name}`,
        value: milliseconds(taken[index]!),
        ...(index === 0 ? {} : { against: names[0]!, ratio: taken[index]! / against! }),
      });
    }
  }
  console.log(`${machine()}\n\n${rowsTable(rows)}`);
});
