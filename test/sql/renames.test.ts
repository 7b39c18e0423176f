import * as assert from 'uvu/assert';
import { renames } from '../../lib/sql/renames.ts';
import { suite } from '../support/suite.ts';

/** `table → to`, or `table.column → to`. */
const table: readonly (readonly [sql: string, found: readonly string[]])[] = [
  ['', []],
  ['CREATE TABLE renamed (x);', []],
  ['ALTER TABLE a RENAME TO b;', ['a → b']],
  ['alter table main . "a b" rename to [c d]', ['a b → c d']],
  ['ALTER TABLE a RENAME COLUMN x TO y;', ['a.x → y']],
  ['ALTER TABLE a RENAME x TO y;', ['a.x → y']],
  ['ALTER TABLE a RENAME COLUMN "to" TO `column`;', ['a.to → column']],
  ['ALTER /* c */ TABLE a -- RENAME TO x\n RENAME TO b', ['a → b']],
  ['ALTER TABLE a ADD COLUMN rename; ALTER TABLE a DROP COLUMN rename;', []],
  ["SELECT 'ALTER TABLE a RENAME TO b';", []],
  ['CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END; ALTER TABLE a RENAME TO b;', ['a → b']],
  ['ALTER TABLE a RENAME TO b; ALTER TABLE b RENAME TO "it""s";', ['a → b', 'b → it"s']],
  ['ALTER TABLE a RENAME', []],
  ['ALTER TABLE a RENAME x', []],
];

suite('renames', (test) => {
  for (const [sql, found] of table) {
    test(JSON.stringify(sql), () =>
      assert.equal(
        renames(sql).map(({ table: name, column, to }) =>
          column === null ? `${name} → ${to}` : `${name}.${column} → ${to}`,
        ),
        found,
      ),
    );
  }
});
