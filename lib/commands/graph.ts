import { dotOf } from '../graph/dot.ts';
import { assignLanes } from '../graph/layout.ts';
import { mermaidOf } from '../graph/mermaid.ts';
import type { PicturedRevision, RevisionState } from '../graph/pictured.ts';
import { svgOf } from '../graph/svg.ts';
import { saysCurrent } from '../graph/target.ts';
import { revisionDocument } from './describe.ts';
import type { GraphDocument, GraphFormat, RevisionDocument } from './documents.ts';
import { idsInRange } from './history.ts';
import { overviewOfFiles, overviewWithLedger } from './overview.ts';
import { type Project, tellOfNewDatabase } from './project.ts';

export interface GraphOptions {
  /** Default `text`, for which the document has the places and the command line draws. */
  readonly format?: GraphFormat;
  /** `a:b`, `a:` or `:b`, both ends included. */
  readonly range?: string;
}

/** The graph, drawn. A database is read where one is given: it marks what is applied. */
export async function graph(project: Project, options: GraphOptions = {}): Promise<GraphDocument> {
  const { format = 'text', range = null } = options;
  const readsDatabase = project.database !== null || saysCurrent(range ?? '');
  tellOfNewDatabase(project);
  const { overview, current } = readsDatabase
    ? await overviewWithLedger(project)
    : overviewOfFiles(project);
  const revisions = idsInRange(overview, range, current)
    .map((id) => revisionDocument(overview, id))
    .reverse();
  const lanes = assignLanes(revisions.map(picturedOf));
  const picture = pictureOf(revisions, format);
  return {
    version: 1,
    command: 'graph',
    format,
    lanes: lanes.columns,
    rows: lanes.rows,
    revisions: revisions.map((revision, index) => {
      const { column, row } = lanes.spots[index]!;
      return { ...revision, lane: column, row };
    }),
    ...(picture === null ? {} : { picture }),
  };
}

/** What a drawing needs to know of a revision. */
export function picturedOf(revision: RevisionDocument): PicturedRevision {
  const { revision: id, parents, depends, labels, message, head } = revision;
  return { id, parents, depends, labels, message, head, state: stateOf(revision) };
}

function stateOf({ applied, file }: RevisionDocument): RevisionState | null {
  if (applied === undefined) return null;
  if (!applied) return 'pending';
  return file === null ? 'missing' : 'applied';
}

function pictureOf(revisions: readonly RevisionDocument[], format: GraphFormat): string | null {
  const pictured = revisions.map(picturedOf);
  switch (format) {
    case 'mermaid':
      return mermaidOf(pictured);
    case 'dot':
      return dotOf(pictured);
    case 'svg':
      return svgOf(pictured);
    case 'text':
    case 'json':
      return null;
  }
}
