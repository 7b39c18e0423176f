import { openScratch } from '../engine/sqlite-scratch.ts';
import type { Folder } from '../files/folder.ts';
import { shownPath } from '../files/names.ts';
import { executableSql, type SqlFile } from '../graph/revision.ts';
import type { Schema } from '../schema/model.ts';
import { runScripts, type SchemaScript, schemaOf } from '../schema/read/materialise.ts';
import type { Project } from './project.ts';

/** What the revisions of a folder build, in a database of its own. @throws MigError `failed` */
export async function buildSchema(project: Project, folder: Folder): Promise<Schema> {
  await using scratch = await openScratch({ table: project.table, from: 'empty' });
  await runScripts(scratch, upScripts(folder));
  return await schemaOf(scratch);
}

/**
 * The up files of revisions as scripts for scratch.
 *
 * @param ids in the order in which they run; all, in the order of the graph, where left out.
 */
export function upScripts(
  folder: Pick<Folder, 'graph' | 'revisions' | 'shown'>,
  ids: readonly string[] = folder.graph.order,
): readonly SchemaScript[] {
  return ids.map((revision) => scriptOf(folder, revision, folder.revisions.get(revision)!.up));
}

/** One file of a revision as a script for scratch. */
export function scriptOf(
  { shown }: Pick<Folder, 'shown'>,
  revision: string,
  file: SqlFile,
): SchemaScript {
  const { foreignKeys, transaction, path } = file;
  return {
    sql: executableSql(file),
    foreignKeys,
    transaction,
    file: shownPath(shown, path),
    revision,
  };
}
