import { existsSync } from 'node:fs';
import { inspectDatabase } from '../engine/sqlite-inspect.ts';
import { MigError } from '../error.ts';
import { dumpSchema } from '../schema/dump.ts';
import type { Schema } from '../schema/model.ts';
import { readSchema } from '../schema/read.ts';
import { buildSchema } from './build.ts';
import type { DumpDocument } from './documents.ts';
import type { Project } from './project.ts';
import { readFiles } from './situation.ts';

/** The schema of the database; without one, of what the revisions build. */
export async function dump(project: Project): Promise<DumpDocument> {
  const schema =
    project.database === null
      ? await buildSchema(project, readFiles(project))
      : schemaOfDatabase(project, project.database);
  return { version: 1, command: 'dump', sql: dumpSchema(schema) };
}

/** Its text alone is printed, so SQLite's own view of it is not asked for. */
function schemaOfDatabase(
  { table, lockTimeoutMs }: Project,
  database: NonNullable<Project['database']>,
): Schema {
  if (database.path !== ':memory:' && !existsSync(database.path)) {
    throw new MigError({
      code: 'no-database',
      message: `There is no database ${database.shown}`,
      hint: 'Without `-d`, mig dumps what the revisions build.',
    });
  }
  return readSchema(inspectDatabase({ ...database, lockTimeoutMs }, table));
}
