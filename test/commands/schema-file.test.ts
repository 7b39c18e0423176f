import * as assert from 'uvu/assert';
import type { Project } from '../../lib/commands/project.ts';
import { requireSchemaFile, schemaScript } from '../../lib/commands/schema-file.ts';
import { type ErrorCode, MigError } from '../../lib/error.ts';
import { dumpSchema } from '../../lib/schema/dump.ts';
import type { Schema } from '../../lib/schema/model.ts';
import { runSchemaFile } from '../../lib/schema/read/materialise.ts';
import { inScratch } from '../support/scratch.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy, writeTree } from '../support/temp.ts';

/** A project as far as a schema file is concerned, with this text in it; null for no file. */
async function withSchemaFile<T>(
  text: string | Uint8Array | null,
  use: (project: Project) => Promise<T>,
): Promise<T> {
  return inTemp(async (dir) => {
    if (text !== null) writeTree(dir, { 'schema.sql': text });
    const schemaFile = { path: `${dir}/schema.sql`, shown: 'schema.sql' };
    return await use({ schemaFile, table: 'mig_log' } as Project);
  });
}

/** What the project's schema file makes in an empty database, as the commands read it. */
async function schemaOfFile(project: Project): Promise<Schema> {
  const script = schemaScript(requireSchemaFile(project));
  return inScratch((scratch) => runSchemaFile(scratch, script));
}

suite('the schema file', (test) => {
  test('is the schema that the file makes, without the ledger', async () => {
    const sql =
      '\uFEFF-- ours\nCREATE TABLE t(a);\nCREATE TABLE mig_log(x);\nCREATE INDEX i ON t(a);';
    const schema = await withSchemaFile(sql, schemaOfFile);
    assert.is(dumpSchema(schema), 'CREATE TABLE t(a);\n\nCREATE INDEX i ON t(a);\n');
  });

  test('of an empty file is an empty schema', async () =>
    assert.is(dumpSchema(await withSchemaFile('', schemaOfFile)), ''));

  const refused: readonly (readonly [
    text: string | Uint8Array | null,
    code: ErrorCode,
    message: RegExp,
    place: string,
  ])[] = [
    [null, 'setting', /^There is no schema file schema\.sql$/, 'schema.sql'],
    ['CREATE TABLE t(a);\n\nCREATE TABLE t(b);', 'failed', /t already exists/, 'schema.sql:3:14'],
    ['CREATE TABLE t(a);\n SELEC', 'failed', /near "SELEC"/, 'schema.sql:2:2'],
    ['CREATE TABLE t(a); INSERT INTO t VALUES(1);', 'failed', /leaves rows in `t`/, 'schema.sql'],
    ['CREATE TEMP TABLE t(a)', 'failed', /makes TEMP objects/, 'schema.sql'],
    ['CREATE TABLE temp.t(a)', 'failed', /makes TEMP objects/, 'schema.sql'],
    ["ATTACH 'x' AS y", 'failed', /cannot reach other databases/, 'schema.sql:1:1'],
    ["ATTACH 'x' || '' AS y", 'failed', /cannot reach other databases/, 'schema.sql:1:1'],
    ['BEGIN;\nCREATE TABLE t(a);', 'failed', /`BEGIN` would end/, 'schema.sql:1:1'],
    [new Uint8Array([0x2d, 0x2d, 0xff]), 'file-encoding', /not UTF-8/, 'schema.sql:1:3'],
  ];
  for (const [text, code, message, place] of refused) {
    test(`refuses ${JSON.stringify(text)}`, async () => {
      const error = await withSchemaFile(text, (project) =>
        thrownBy(MigError, () => schemaOfFile(project)),
      );
      assert.is(error.code, code);
      assert.match(error.message, message);
      const { file, line, column } = error;
      assert.is([file, line, column].filter((each) => each !== undefined).join(':'), place);
    });
  }

  test('says how to name one where none is set', async () => {
    const error = await thrownBy(MigError, () => schemaOfFile({ schemaFile: null } as Project));
    assert.is(error.code, 'setting');
    assert.match(error.hint!, /--schema-file/);
  });

  test('knows the scripts of the sqlite3 program', async () => {
    const sql = 'CREATE TABLE t(a);\nCREATE TABLE sqlite_sequence(name,seq);';
    const error = await withSchemaFile(sql, (project) =>
      thrownBy(MigError, () => schemaOfFile(project)),
    );
    assert.match(error.hint!, /`mig dump`/);
  });
});
