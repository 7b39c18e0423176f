import { readFileSync } from 'node:fs';
import { MigError } from '../error.ts';
import { decode } from '../files/decode.ts';
import type { SchemaScript } from '../schema/read/materialise.ts';
import type { Project, SchemaFile } from './project.ts';

/** The project's schema file. @throws MigError `setting` where none is set */
export function requireSchemaFile({ schemaFile }: Project): SchemaFile {
  if (schemaFile !== null) return schemaFile;
  throw new MigError({
    code: 'setting',
    message: 'Which schema file? None was given.',
    hint: 'Say `--schema-file schema.sql`, set MIG_SCHEMA_FILE, or put `"schemaFile": "schema.sql"` into mig.json.',
  });
}

/**
 * The schema file as a script for scratch.
 *
 * @throws MigError `setting` where there is no such file, `io` where it cannot be read,
 *   `file-encoding` where it is not UTF-8.
 */
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
