import * as assert from 'uvu/assert';
import { compareSchemas } from '../../lib/schema/compare/compare.ts';
import { sentenceOf } from '../../lib/schema/compare/difference.ts';
import { dumpSchema } from '../../lib/schema/dump.ts';
import { schemaOf } from '../../lib/schema/read/materialise.ts';
import { ScratchError, tried } from '../../lib/schema/scratch.ts';
import { tableSql } from '../support/print-table.ts';
import { randomOf } from '../support/random.ts';
import { randomTable } from '../support/random-table.ts';
import { inScratch, tableIn } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';

const SEEDS = 1500;
const PARENT = 'CREATE TABLE parent(x PRIMARY KEY, y, UNIQUE(x, y));';

suite('a random table', (test) => {
  // `schemaOf` holds every one against the PRAGMAs.
  test('is parsed, and as SQL of the model is the same table', () =>
    inScratch(async (scratch) => {
      let taken = 0;
      for (let seed = 0; seed < SEEDS; seed++) {
        const sql = randomTable(randomOf(seed), 'T');
        const told = `seed ${seed}: ${sql}`;
        await tried(scratch, async () => {
          try {
            await scratch.exec(PARENT + sql);
          } catch (error) {
            // Two collations of one key, an autoincrement that is none: SQLite's to refuse.
            if (error instanceof ScratchError) return;
            throw error;
          }
          taken++;
          const first = await schemaOf(scratch).catch((error) => {
            throw new Error(`${told}\n${error.message}`);
          });
          const table = tableIn(first, 't');
          assert.ok(table, told);
          await scratch.exec('DROP TABLE T');
          const printed = tableSql(table);
          await scratch.exec(printed).catch((error) => {
            throw new Error(`${told}\n${printed}\n${error.message}`);
          });
          const differences = compareSchemas(first, await schemaOf(scratch), {
            columnOrder: 'strict',
          });
          assert.equal(differences.map(sentenceOf), [], `${told}\n${printed}`);
        });
      }
      assert.ok(taken > SEEDS / 2, `${taken} of ${SEEDS} were taken`);
    }));

  test('is in the dump so that it comes out the same', () =>
    inScratch(async (scratch) => {
      for (let seed = 0; seed < 200; seed++) {
        await tried(scratch, async () => {
          await scratch.exec(PARENT);
          for (const name of ['T', 'u', 'v v']) {
            await scratch.exec(randomTable(randomOf(seed * 3 + name.length), name)).catch(() => {});
          }
          const first = await schemaOf(scratch).catch(async (error) => {
            const stored = (await scratch.inspect()).map((each) => each.sql);
            throw new Error(`seed ${seed}: ${stored.join('\n\n')}\n${error.message}`);
          });
          const sql = dumpSchema(first);
          for (const { name } of first.tables.values()) await scratch.exec(`DROP TABLE "${name}"`);
          await scratch.exec(sql);
          const again = await schemaOf(scratch);
          assert.equal(compareSchemas(first, again).map(sentenceOf), [], sql);
          assert.is(dumpSchema(again), sql);
        });
      }
    }));
});
