import { EXIT_OF } from '../error.ts';
import { headsOf, maximal } from '../graph/graph.ts';
import { headDocument, messageOf } from './describe.ts';
import type { BranchesDocument, Finding, HeadsDocument } from './documents.ts';
import { openEngine, type Project } from './project.ts';
import { readFiles, readSituation } from './situation.ts';

/** The heads of the files. With `check`, several are an error (exit 4). */
export async function heads(
  project: Project,
  options: { readonly check?: boolean } = {},
): Promise<HeadsDocument<'heads'>> {
  const folder = readFiles(project, 'up');
  const view = { folder, graphs: { files: folder.graph, union: folder.graph }, ledger: null };
  const ids = headsOf(folder.graph);
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

/** Several heads as a finding of `check`. */
export function severalHeadsFinding(heads: readonly string[]): Finding {
  return {
    code: 'several-heads',
    severity: 'error',
    message: `There are ${heads.length} heads: ${heads.join(' ')}`,
    hint: 'Join them with `mig merge`.',
    revision: null,
    file: null,
    line: null,
    column: null,
  };
}

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

/** The branch points of the files, with their children. */
export async function branches(project: Project): Promise<BranchesDocument> {
  const folder = readFiles(project, 'up');
  const view = { folder, graphs: { files: folder.graph, union: folder.graph }, ledger: null };
  return {
    version: 1,
    command: 'branches',
    branches: folder.graph.order.flatMap((revision) => {
      const children = folder.graph.children.get(revision) ?? [];
      return children.length < 2
        ? []
        : [{ revision, message: messageOf(view, revision), children }];
    }),
  };
}
