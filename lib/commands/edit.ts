import { join } from 'node:path';
import { MigError } from '../error.ts';
import { shownPath } from '../files/names.ts';
import { resolveOne, saysCurrent } from '../graph/target.ts';
import type { EditDocument } from './documents.ts';
import { overviewOfFiles, overviewWithLedger } from './overview.ts';
import type { Project } from './project.ts';

/** Opens both files of a revision in the user's editor. */
export async function edit(
  project: Project,
  { revision: text }: { readonly revision: string },
): Promise<EditDocument> {
  const { overview, current } = saysCurrent(text)
    ? await overviewWithLedger(project)
    : overviewOfFiles(project);
  const id = resolveOne(overview.graphs.union, text, { current });
  const revision = overview.folder.revisions.get(id);
  if (revision === undefined) {
    throw new MigError({
      code: 'missing',
      message: `${id} is applied, but there is no file of it here to edit.`,
      hint: 'Switch to the git branch that has it.',
      revision: id,
    });
  }
  const paths = [revision.up, revision.down].flatMap((file) => (file === null ? [] : [file.path]));
  project.world.edit(paths.map((path) => join(project.dir, path)));
  return {
    version: 1,
    command: 'edit',
    files: paths.map((path) => shownPath(project.shownDir, path)),
  };
}
