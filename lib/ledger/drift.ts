import { type Graph, inOrder } from '../graph/graph.ts';
import { compareIds, sameIds } from '../graph/id.ts';
import type { GraphNode } from '../graph/revision.ts';
import type { Applied, Ledger } from './fold.ts';

/** How the files and the ledger differ. Every list is in graph order. */
export interface Drift {
  /** In the files, not applied. */
  readonly pending: readonly string[];
  /** Applied, and the SQL of the up file is another now. */
  readonly edited: readonly string[];
  /** Applied, and the file names other parents or dependencies now. */
  readonly reparented: readonly string[];
  /** Applied, and there is no such file. */
  readonly missing: readonly string[];
  /** Not applied, but something that needs it is. */
  readonly inserted: readonly string[];
}

/**
 * Compares the files with the ledger, but for the down files (`downEditedOf`).
 *
 * @param files the graph of the files.
 * @param union the graph of files and ledger, for the order of what the files lack.
 * @param upChecksum of a revision's up file; asked only for applied revisions, null where
 *   there are no files of it.
 */
export function driftOf(
  files: Graph,
  union: Graph,
  ledger: Ledger,
  upChecksum: (id: string) => string | null,
): Drift {
  const edited = new Set<string>();
  const reparented = new Set<string>();
  const missing = new Set<string>();
  for (const [id, applied] of ledger.applied) {
    const node = files.nodes.get(id);
    const now = node === undefined ? null : upChecksum(id);
    if (node === undefined || now === null) {
      missing.add(id);
      continue;
    }
    if (now !== applied.checksum) edited.add(id);
    if (isReparented(node, applied, ledger)) reparented.add(id);
  }
  const pending = new Set(files.order.filter((id) => !ledger.applied.has(id)));
  return {
    pending: inOrder(files, pending),
    edited: inOrder(union, edited),
    reparented: inOrder(union, reparented),
    missing: inOrder(union, missing),
    inserted: insertedAmong(files, pending, ledger),
  };
}

/**
 * Those of some revisions that are applied and whose up file is as it was while the down file
 * is another now, in graph order. That never blocks, so only who tells of it has to read the
 * down files.
 *
 * @param downChecksum null where a revision has no down file.
 * @param ids all that are applied, where none are given.
 */
export function downEditedOf(
  union: Graph,
  ledger: Ledger,
  { edited, missing }: Drift,
  downChecksum: (id: string) => string | null,
  ids: Iterable<string> = ledger.applied.keys(),
): readonly string[] {
  const others = new Set([...edited, ...missing]);
  const found = [...ids].filter((id) => {
    const applied = ledger.applied.get(id);
    return applied !== undefined && !others.has(id) && downChecksum(id) !== applied.downChecksum;
  });
  return inOrder(union, new Set(found));
}

/**
 * Whether the edges differ. A dependency added on a revision that was applied earlier
 * changes nothing that happened, so it does not count.
 */
function isReparented(node: GraphNode, applied: Applied, ledger: Ledger): boolean {
  if (!sameSet(node.parents, applied.parents)) return true;
  if (applied.depends.some((id) => !node.depends.includes(id))) return true;
  return node.depends.some((id) => {
    if (applied.depends.includes(id)) return false;
    const other = ledger.applied.get(id);
    return other === undefined || other.seq > applied.seq;
  });
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  // Nearly always they stand in the same order, too.
  if (sameIds(a, b)) return true;
  const sorted = (ids: readonly string[]) => [...ids].sort(compareIds).join(',');
  return sorted(a) === sorted(b);
}

function insertedAmong(
  files: Graph,
  pending: ReadonlySet<string>,
  ledger: Ledger,
): readonly string[] {
  // Downwards from what is applied, so that the cost is one pass and not one a revision.
  const needed = new Set<string>();
  for (const id of [...files.order].reverse()) {
    const dependents = files.dependents.get(id) ?? [];
    if (dependents.some((each) => ledger.applied.has(each) || needed.has(each))) needed.add(id);
  }
  return files.order.filter((id) => pending.has(id) && needed.has(id));
}
