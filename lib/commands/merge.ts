import { type Folder, shownPath } from '../files/folder.ts';
import { sha256 } from '../files/hash.ts';
import { headerOf } from '../graph/header.ts';
import { mergeId } from '../graph/id.ts';
import { chooseHeads, chooseNamed, type MergeChoice } from '../graph/merge.ts';
import { resolveRevisions } from '../graph/target.ts';
import type { WrittenDocument } from './documents.ts';
import { checkedLabels, checkedMessage, writePair } from './new-revision.ts';
import type { Project } from './project.ts';
import { readFiles } from './situation.ts';

export interface MergeOptions {
  /** Heads to join; all of them when none is named. */
  readonly revisions?: readonly string[];
  readonly message?: string;
  readonly labels?: readonly string[];
}

/**
 * Writes the revision that joins heads. Id and text follow from the parents alone, so that
 * two people who merge the same heads write the same two files.
 */
export async function merge(
  project: Project,
  options: MergeOptions = {},
): Promise<WrittenDocument<'merge'>> {
  const folder = readFiles(project);
  const choice = choose(folder, options.revisions ?? []);
  if (choice.kind === 'nothing') {
    return documentOf(null, [], [], [`Nothing to merge. ${choice.why}`]);
  }
  if (choice.kind === 'exists') {
    const { up } = folder.revisions.get(choice.revision)!;
    const file = shownPath(project.shownDir, up.path);
    return documentOf(choice.revision, choice.parents, [], [`The merge exists already: ${file}`]);
  }
  const { parents, left } = choice;
  const id = mergeId(parents, sha256);
  const message = checkedMessage(options.message ?? `merge ${parents.join(', ')}`);
  const created = parents
    .map((parent) => folder.graph.nodes.get(parent)!.created)
    .reduce((newest, each) => ((each ?? '') > (newest ?? '') ? each : newest), null);
  const labels = checkedLabels(options.labels ?? [], folder);
  const files = writePair(project, {
    id,
    header: headerOf({ parents, message: message === '' ? null : message, created, labels }),
    upSql: '',
    downSql: `-- Nothing to undo: ${id} only joins its parents.\n`,
  });
  const notes =
    left.length === 0
      ? []
      : [
          `Left alone: ${left.join(' ')} which ${left.length === 1 ? 'shares' : 'share'} no history with them, or ${left.length === 1 ? 'is' : 'are'} bound to them by a dependency.`,
        ];
  return documentOf(id, parents, files, notes);
}

function choose({ graph }: Folder, revisions: readonly string[]): MergeChoice {
  if (revisions.length === 0 || (revisions.length === 1 && revisions[0] === 'heads')) {
    return chooseHeads(graph);
  }
  return chooseNamed(
    graph,
    revisions.flatMap((text) => resolveRevisions(graph, text)),
  );
}

function documentOf(
  revision: string | null,
  parents: readonly string[],
  files: readonly string[],
  notes: readonly string[],
): WrittenDocument<'merge'> {
  return { version: 1, command: 'merge', revision, parents, files, notes };
}
