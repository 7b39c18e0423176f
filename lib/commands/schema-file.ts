import { readFileSync } from 'node:fs';
import { openScratch } from '../engine/sqlite-scratch.ts';
import { MigError } from '../error.ts';
import { decode } from '../files/decode.ts';
import { runSchemaFile, type SchemaScript } from '../schema/materialise.ts';
import type { Schema } from '../schema/model.ts';
import type { Project, SchemaFile } from './project.ts';

/**
 * The desired schema: what the project's schema file makes in an empty database.
 *
 * @throws MigError `setting` where none is set or there is no such file, `io` where it cannot
 *   be read, `file-encoding`, and `failed` for one that fails, with its place, or that does
 *   more than describe a schema.
 */
export async function readSchemaFile(project: Project): Promise<Schema> {
  const script = schemaScript(requireSchemaFile(project));
  await using scratch = await openScratch({ table: project.table, from: 'empty' });
  return await runSchemaFile(scratch, script);
}

/** The project's schema file. @throws MigError `setting` where none is set */
export function requireSchemaFile({ schemaFile }: Project): SchemaFile {
  if (schemaFile !== null) return schemaFile;
  throw new MigError({
    code: 'setting',
    message: 'Which schema file? None was given.',
    hint: 'Say `--schema-file schema.sql`, set MIG_SCHEMA_FILE, or put `"schemaFile": "schema.sql"` into mig.json.',
  });
}

/** The schema file as a script for scratch. */
export function schemaScript({ path, shown }: SchemaFile): SchemaScript {
  const decoded = decode(bytesOf(path, shown), shown);
  if (decoded.problem !== undefined) throw new MigError(decoded.problem);
  return { sql: decoded.text, file: shown };
}

function bytesOf(path: string, shown: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new MigError({
        code: 'setting',
        message: `There is no schema file ${shown}`,
        hint: `\`mig dump --revisions > ${shown}\` writes it from the revisions.`,
        file: shown,
      });
    }
    throw new MigError(
      { code: 'io', message: `${shown} cannot be read (${code}).`, file: shown },
      { cause: error },
    );
  }
}
