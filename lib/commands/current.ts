import { EXIT_OF } from '../error.ts';
import { maximal } from '../graph/graph.ts';
import { headDocument } from './describe.ts';
import type { HeadsDocument } from './documents.ts';
import { openEngine, type Project } from './project.ts';
import { readSituation } from './situation.ts';

/** The heads of the database. With `checkHeads`, anything pending is an error (exit 3). */
export async function current(
  project: Project,
  options: { readonly checkHeads?: boolean } = {},
): Promise<HeadsDocument<'current'>> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  const { graphs, state } = situation;
  const document: HeadsDocument<'current'> = {
    version: 1,
    command: 'current',
    heads: maximal(graphs.union, state.applied).map((id) => headDocument(situation, id)),
  };
  const pending = graphs.files.order.filter((id) => !state.applied.has(id));
  if (!options.checkHeads || pending.length === 0) return document;
  return {
    ...document,
    error: {
      code: 'pending',
      message: `${pending.length} ${pending.length === 1 ? 'revision is' : 'revisions are'} pending: ${pending.join(' ')}`,
      hint: `\`mig upgrade\` applies ${pending.length === 1 ? 'it' : 'them'}.`,
      exit: EXIT_OF.pending,
    },
  };
}
