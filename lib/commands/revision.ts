import { type AutogenerateOptions, autogenerate } from './autogenerate.ts';
import type { GeneratedDocument } from './documents.ts';
import { undoComment, writePair } from './new-revision.ts';
import { type PlacementOptions, placeRevision } from './place-revision.ts';
import type { Project } from './project.ts';
import { readFiles } from './situation.ts';

export interface RevisionOptions extends PlacementOptions {
  /** Write what leads to the schema file, and back; null or left out: empty files. */
  readonly autogenerate?: AutogenerateOptions | null;
}

/** Writes a new pair of files on the head, or where it is told. */
export async function revision(
  project: Project,
  options: RevisionOptions = {},
): Promise<GeneratedDocument> {
  const folder = readFiles(project);
  const place = placeRevision(project, folder, options);
  if (options.autogenerate) return autogenerate(project, folder, place, options.autogenerate);
  const { id, parents, header, message, notes } = place;
  const files = writePair(project, {
    id,
    header,
    upSql: '',
    downSql: undoComment(message),
  });
  return { version: 1, command: 'revision', revision: id, parents, files, notes };
}
