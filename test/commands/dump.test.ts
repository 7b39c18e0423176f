import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { createMig } from '../../lib/index.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy, writeTree } from '../support/temp.ts';

/** Adds SQL to a file that `revision` wrote. */
function append(cwd: string, file: string, sql: string): void {
  const path = join(cwd, file);
  writeTree(cwd, { [file]: readFileSync(path, 'utf8') + sql });
}

suite('dump', (test) => {
  test('of a database and of what its revisions build is the same, without the ledger', () =>
    inTemp(async (cwd) => {
      const files = createMig({ cwd });
      await files.init();
      const first = await files.revision({ message: 'first', revId: 'aaaaaaaaaaaa' });
      const second = await files.revision({ message: 'second', revId: 'bbbbbbbbbbbb' });
      append(cwd, first.files[0]!, 'CREATE TABLE t(a);\n');
      append(
        cwd,
        second.files[0]!,
        'INSERT INTO t VALUES (1);\nALTER TABLE t ADD COLUMN b;\nCREATE INDEX i ON t(b);\n',
      );
      const mig = createMig({ cwd, database: 'app.db' });
      await mig.upgrade();
      const expected = 'CREATE TABLE t(a, b);\n\nCREATE INDEX i ON t(b);\n';
      assert.equal(await files.dump(), { version: 1, command: 'dump', sql: expected });
      assert.equal(await mig.dump(), { version: 1, command: 'dump', sql: expected });
    }));

  test('says where a revision fails', () =>
    inTemp(async (cwd) => {
      const mig = createMig({ cwd });
      await mig.init();
      const { files } = await mig.revision({ message: 'first', revId: 'aaaaaaaaaaaa' });
      append(cwd, files[0]!, 'CREATE TABLE t(a);\nDROP TABLE u;\n');
      const error = await thrownBy(MigError, () => mig.dump());
      assert.match(error.message, /aaaaaaaaaaaa .*no such table: u/);
      assert.is(error.file, files[0]);
      assert.ok(error.line! > 2);
    }));

  test('of a database that is not there is refused, and makes none', () =>
    inTemp(async (cwd) => {
      const error = await thrownBy(MigError, () => createMig({ cwd, database: 'app.db' }).dump());
      assert.is(error.code, 'no-database');
    }));

  test('of a database that mig does not know is its schema', () =>
    inTemp(async (cwd) => {
      {
        using db = new DatabaseSync(join(cwd, 'app.db'), {});
        db.exec('CREATE TABLE t(a) -- as it is');
      }
      const { sql } = await createMig({ cwd, database: 'app.db' }).dump();
      assert.is(sql, 'CREATE TABLE t(a);\n');
    }));
});
