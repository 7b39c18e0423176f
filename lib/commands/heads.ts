import { EXIT_OF } from '../error.ts';
import { headsOf } from '../graph/graph.ts';
import { headDocument } from './describe.ts';
import type { HeadsDocument } from './documents.ts';
import { overviewOfFiles } from './overview.ts';
import type { Project } from './project.ts';

/** The heads of the files. With `check`, several are an error (exit 4). */
export async function heads(
  project: Project,
  options: { readonly check?: boolean } = {},
): Promise<HeadsDocument<'heads'>> {
  const { overview } = overviewOfFiles(project);
  const ids = headsOf(overview.graphs.files);
  const document: HeadsDocument<'heads'> = {
    version: 1,
    command: 'heads',
    heads: ids.map((id) => headDocument(overview, id)),
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
