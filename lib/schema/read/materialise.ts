import { MigError, type Problem } from '../../error.ts';
import { positionAt } from '../../sql/statements.ts';
import type { Schema } from '../model.ts';
import { fold, quoted } from '../names.ts';
import { type Scratch, ScratchError, type ScratchExec, type ScratchTrace } from '../scratch.ts';
import { contradictions } from './cross-check.ts';
import { readSchema } from './read.ts';

/** A script that takes part in a schema: the file of a revision, or `schema.sql`. */
export interface SchemaScript extends ScratchExec {
  readonly sql: string;
  /** The file as a person would type it. */
  readonly file?: string | undefined;
  readonly revision?: string | undefined;
}

/**
 * The model of what a scratch database holds.
 *
 * @throws MigError `internal` where SQLite itself sees the tables otherwise than mig does.
 */
export async function schemaOf(scratch: Scratch): Promise<Schema> {
  const schema = readSchema(await scratch.inspect());
  const [first, ...others] = await contradictions(scratch, schema);
  if (first === undefined) return schema;
  throw new MigError({
    code: 'internal',
    message: `mig and SQLite read a table differently: ${[first, ...others].join('; ')}`,
    hint: 'This is a defect of mig, and nothing was done. Please report it with the CREATE TABLE.',
  });
}

/** Runs scripts, one after the other. @throws MigError `failed`, with file and line */
export async function runScripts(
  scratch: Scratch,
  scripts: readonly SchemaScript[],
): Promise<readonly ScratchTrace[]> {
  const traces: ScratchTrace[] = [];
  for (const script of scripts) {
    try {
      traces.push(await scratch.exec(script.sql, script));
    } catch (error) {
      if (!(error instanceof ScratchError)) throw error;
      throw new MigError(problemOf(script, error), { cause: error });
    }
  }
  return traces;
}

/** The failure of a script in scratch, with its place. */
function problemOf(script: SchemaScript, error: ScratchError): Problem {
  const { sql, file, revision } = script;
  const who = revision ?? file ?? 'The script';
  const place = error.place === undefined ? {} : positionAt(sql, error.place.offset);
  return {
    code: 'failed',
    message: `${who} fails in an empty database: ${error.message}`,
    hint: error.hint,
    revision,
    file,
    ...place,
  };
}

/**
 * Runs a `schema.sql`, which describes a schema and nothing else.
 *
 * @throws MigError `failed` for one that fails, leaves rows or makes TEMP objects.
 */
export async function runSchemaFile(scratch: Scratch, script: SchemaScript): Promise<Schema> {
  const { file } = script;
  const trace = await runAsSchema(scratch, script);
  const what = file ?? 'The schema';
  if (trace.makesTemp) {
    throw new MigError({
      code: 'failed',
      message: `${what} makes TEMP objects, which belong to a connection and to no schema.`,
      file,
    });
  }
  const schema = await schemaOf(scratch);
  const filled = await tablesWithRows(scratch, schema);
  if (filled.length === 0) return schema;
  throw new MigError({
    code: 'failed',
    message: `${what} leaves rows in ${filled.map((name) => `\`${name}\``).join(', ')}: it describes a schema, and rows are for revisions.`,
    hint: 'Take the INSERT out of it, and put it into a revision.',
    file,
  });
}

/** Runs a schema's script. What fails like the sqlite3 program's own scripts gets a hint. */
async function runAsSchema(scratch: Scratch, script: SchemaScript): Promise<ScratchTrace> {
  try {
    return await scratch.exec(script.sql, script);
  } catch (error) {
    if (!(error instanceof ScratchError)) throw error;
    const problem = problemOf(script, error);
    const isDumped = /end the transaction|reserved for internal use/.test(error.message);
    const hint = isDumped
      ? 'Scripts of `.dump` and `.schema` have more in them than the schema: `mig dump` writes it alone.'
      : problem.hint;
    throw new MigError({ ...problem, hint }, { cause: error });
  }
}

/** The tables that have rows; of virtual ones, those that can be asked. */
async function tablesWithRows(scratch: Scratch, schema: Schema): Promise<readonly string[]> {
  const filled: string[] = [];
  for (const { name } of [...schema.tables.values(), ...schema.virtualTables.values()]) {
    try {
      const rows = await scratch.query(`SELECT 1 FROM main.${quoted(name)} LIMIT 1`);
      if (rows.length > 0) filled.push(name);
    } catch (error) {
      if (!(error instanceof ScratchError) || !schema.virtualTables.has(fold(name))) throw error;
    }
  }
  return filled;
}
