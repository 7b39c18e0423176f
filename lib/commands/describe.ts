import { shownPath } from '../files/names.ts';
import type { HeadDocument, RevisionDocument } from './documents.ts';
import type { Overview } from './overview.ts';

/** The message of a revision: the file's, else what the ledger kept of it. */
export function messageOf({ folder, ledger }: Overview, id: string): string {
  return folder.revisions.get(id)?.message ?? ledger?.applied.get(id)?.message ?? '';
}

/** The up file, as a person would type it; null when there is none here. */
function fileOf({ folder }: Overview, id: string): string | null {
  const revision = folder.revisions.get(id);
  return revision === undefined ? null : shownPath(folder.shown, revision.up.path);
}

/** A head as documents have it. */
export function headDocument(overview: Overview, id: string): HeadDocument {
  return {
    revision: id,
    message: messageOf(overview, id),
    file: fileOf(overview, id),
    labels: overview.graphs.union.nodes.get(id)?.labels ?? [],
  };
}

/** Everything that the graph tells of a revision; `applied` only when a ledger was read. */
export function revisionDocument(overview: Overview, id: string): RevisionDocument {
  const { union } = overview.graphs;
  const node = union.nodes.get(id)!;
  return {
    revision: id,
    parents: node.parents,
    depends: node.depends,
    labels: node.labels,
    message: messageOf(overview, id),
    created: node.created,
    file: fileOf(overview, id),
    head: isHead(overview, id),
    base: node.parents.length === 0,
    branchpoint: (union.children.get(id) ?? []).length > 1,
    mergepoint: node.parents.length > 1,
    ...(overview.ledger === null ? {} : { applied: overview.ledger.applied.has(id) }),
  };
}

/** A file's revision is a head by the files; one that only the ledger has, by both. */
function isHead({ graphs }: Overview, id: string): boolean {
  const graph = graphs.files.nodes.has(id) ? graphs.files : graphs.union;
  return (graph.children.get(id) ?? []).length === 0;
}
