import { EXIT_OF } from '../error.ts';
import { headsOf } from '../graph/graph.ts';
import { headDocument } from './describe.ts';
import type { HeadsDocument } from './documents.ts';
import type { Project } from './project.ts';
import { viewOfFiles } from './view.ts';

/** The heads of the files. With `check`, several are an error (exit 4). */
export async function heads(
  project: Project,
  options: { readonly check?: boolean } = {},
): Promise<HeadsDocument<'heads'>> {
  const { view } = viewOfFiles(project);
  const ids = headsOf(view.graphs.files);
  const document: HeadsDocument<'heads'> = {
    version: 1,
    command: 'heads',
    heads: ids.map((id) => headDocument(view, id)),
  };
  if (!options.check || ids.length < 2) return document;
  return {
    ...document,
    error: {
      code: 'several-heads',
      message: `There are ${ids.length} heads: ${ids.join(' ')}`,
      hint: 'Join them with `mig merge`.',
      exit: EXIT_OF['several-heads'],
    },
  };
}
