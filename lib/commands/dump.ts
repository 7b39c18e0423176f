import { existsSync } from 'node:fs';
import type { DatabaseLocation } from '../engine/location.ts';
import { inspectDatabase } from '../engine/sqlite-inspect.ts';
import { MigError } from '../error.ts';
import { readFolder } from '../files/folder.ts';
import { compareSchemas } from '../schema/compare/compare.ts';
import { dumpSchema } from '../schema/dump.ts';
import type { Schema } from '../schema/model.ts';
import { readSchema } from '../schema/read/read.ts';
import { buildSchema } from './build.ts';
import type { DumpDocument } from './documents.ts';
import { noDatabase, type Project } from './project.ts';
import { readFiles } from './situation.ts';

export interface DumpOptions {
  /** What the revisions build, also where a database is given. */
  readonly revisions?: boolean;
}

/** The schema of the database; without one, of what the revisions build. */
export async function dump(
  project: Project,
  { revisions = false }: DumpOptions = {},
): Promise<DumpDocument> {
  const { database } = project;
  const schema =
    revisions || database === null
      ? await buildSchema(project, readFiles(project))
      : await schemaOfDatabase(project, database);
  return { version: 1, command: 'dump', sql: dumpSchema(schema) };
}

async function schemaOfDatabase(project: Project, database: DatabaseLocation): Promise<Schema> {
  if (database.path !== ':memory:' && !existsSync(database.path)) {
    throw noDatabase(database, '`mig dump --revisions` prints what the revisions build.');
  }
  const schema = readDatabase(project, database);
  await tellDifference(project, database, schema);
  return schema;
}

/** Its text alone is of use, so SQLite's own view of it is not asked for. */
export function readDatabase(
  { table, lockTimeoutMs }: Pick<Project, 'table' | 'lockTimeoutMs'>,
  database: DatabaseLocation,
): Schema {
  return readSchema(inspectDatabase({ ...database, lockTimeoutMs }, table));
}

/** Who wants a `schema.sql` should know that this one is not what the revisions lead to. */
async function tellDifference(
  project: Project,
  { shown }: DatabaseLocation,
  schema: Schema,
): Promise<void> {
  const built = await builtByRevisions(project);
  if (built === null) return;
  const count = compareSchemas(built, schema).filter((each) => !each.cosmetic).length;
  if (count === 0) return;
  project.world.tell({
    kind: 'note',
    message: `${shown} differs from what the revisions build, in ${count} ${count === 1 ? 'place' : 'places'}: \`mig dump --revisions\` prints what they build.`,
  });
}

/** Null where there are none, or where they are not sound: `mig check` says why. */
async function builtByRevisions(project: Project): Promise<Schema | null> {
  if (!existsSync(project.dir)) return null;
  try {
    const folder = readFolder(project.dir, project.shownDir);
    if (folder.problems.length > 0 || folder.revisions.size === 0) return null;
    return await buildSchema(project, folder);
  } catch (error) {
    if (error instanceof MigError) return null;
    throw error;
  }
}
