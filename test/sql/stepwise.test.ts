import * as assert from 'uvu/assert';
import { statements } from '../../lib/sql/statements.ts';
import { Blocks, isCommitting, isOfConnection, runsAlone } from '../../lib/sql/stepwise.ts';
import { suite } from '../support/suite.ts';

/** For each statement of a script, whether it leaves the script in a transaction of its own. */
function blocksOf(sql: string): readonly boolean[] {
  const blocks = new Blocks();
  return [...statements(sql)].map((statement) => blocks.after(sql, statement));
}

suite('Blocks', (test) => {
  const table: readonly (readonly [sql: string, open: readonly boolean[]])[] = [
    ['SELECT 1; SELECT 2;', [false, false]],
    ['BEGIN; SELECT 1; COMMIT; SELECT 2;', [true, true, false, false]],
    ['begin immediate; SELECT 1; end transaction;', [true, true, false]],
    ['BEGIN; SELECT 1; ROLLBACK; SELECT 2;', [true, true, false, false]],
    ['BEGIN; SAVEPOINT a; ROLLBACK TO a; RELEASE a; COMMIT;', [true, true, true, true, false]],
    ['SAVEPOINT a; SELECT 1; RELEASE a; SELECT 2;', [true, true, false, false]],
    ['SAVEPOINT a; SAVEPOINT "B"; RELEASE b; RELEASE SAVEPOINT A;', [true, true, true, false]],
    ['SAVEPOINT a; SAVEPOINT b; RELEASE a;', [true, true, false]],
  ];
  for (const [sql, open] of table) test(sql, () => assert.equal(blocksOf(sql), open));
});

suite('what a statement needs', (test) => {
  const table: readonly (readonly [sql: string, alone: boolean, ends: boolean, own: boolean])[] = [
    ['INSERT INTO t VALUES (1)', false, false, false],
    ['VACUUM', true, false, false],
    ['PRAGMA journal_mode = WAL', true, false, true],
    ["ATTACH 'x.db' AS x", true, false, true],
    ['COMMIT', true, true, false],
    ['RELEASE a', true, true, false],
    ['ROLLBACK TO a', true, false, false],
    ['CREATE TRIGGER t AFTER INSERT ON u BEGIN SELECT 1; END', false, false, false],
  ];
  for (const [sql, alone, ends, own] of table) {
    test(sql, () => {
      const [statement] = statements(sql);
      assert.is(runsAlone(sql, statement!), alone);
      assert.is(isCommitting(sql, statement!), ends);
      assert.is(isOfConnection(sql, statement!), own);
    });
  }
});
