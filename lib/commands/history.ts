import { MigError } from '../error.ts';
import { headsOf, inOrder, withAncestors } from '../graph/graph.ts';
import { parseRange, resolveRevisions, saysCurrent } from '../graph/target.ts';
import { revisionDocument } from './describe.ts';
import type { HistoryDocument } from './documents.ts';
import { type Overview, overviewOfFiles, overviewWithLedger } from './overview.ts';
import type { Project } from './project.ts';

export interface HistoryOptions {
  /** `a:b`, `a:` or `:b`, both ends included. */
  readonly range?: string;
  /** Read the database, and tell what is applied. */
  readonly indicateCurrent?: boolean;
  /** Have the graph drawn beside the revisions. */
  readonly graph?: boolean;
}

/** The revisions, newest first. The database is read only when it is asked for. */
export async function history(
  project: Project,
  options: HistoryOptions = {},
): Promise<HistoryDocument> {
  const asksForDatabase = options.indicateCurrent || saysCurrent(options.range ?? '');
  const { overview, current } = asksForDatabase
    ? await overviewWithLedger(project)
    : overviewOfFiles(project);
  const ids = idsInRange(overview, options.range ?? null, current);
  return {
    version: 1,
    command: 'history',
    revisions: ids.map((id) => revisionDocument(overview, id)).reverse(),
    ...(options.graph ? { graph: true } : {}),
  };
}

/** In graph order: what the end needs, less what the beginning needs: both ends stay. */
export function idsInRange(
  { graphs }: Overview,
  range: string | null,
  current: readonly string[] | undefined,
): readonly string[] {
  const graph = graphs.union;
  if (range === null) return graph.order;
  const { from, to } = parseRange(range);
  const ends = to === null ? headsOf(graph) : resolveRevisions(graph, to, { current });
  const wanted = withAncestors(graph, ends);
  if (from === null) return inOrder(graph, wanted);
  const starts = resolveRevisions(graph, from, { current });
  const outside = starts.find((id) => !wanted.has(id));
  if (outside !== undefined) {
    throw new MigError({
      code: 'usage',
      message: `${outside} does not lead to ${to ?? 'heads'}, so there is no such range.`,
      hint: 'A range goes from the older to the newer end.',
    });
  }
  const before = withAncestors(graph, starts);
  for (const id of starts) before.delete(id);
  return inOrder(graph, wanted).filter((id) => !before.has(id));
}
