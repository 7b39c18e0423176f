import { MigError } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { sha256 } from '../files/hash.ts';
import { shownPath } from '../files/names.ts';
import { headerOf } from '../graph/header.ts';
import { mergeId } from '../graph/id.ts';
import { chooseHeads, chooseNamed, type MergeChoice } from '../graph/merge.ts';
import { resolveOne, resolveRevisions } from '../graph/target.ts';
import { isGood, type Proof } from '../schema/prove/proof.ts';
import { addDependency } from './add-dependency.ts';
import type { MergeDocument } from './documents.ts';
import { checkedLabels, checkedMessage, writePair } from './new-revision.ts';
import type { Project } from './project.ts';
import { proofDocument, proveHeads, refusalOf } from './prove.ts';
import { readFiles } from './situation.ts';

export interface MergeOptions {
  /** Heads to join; all of them when none is named. */
  readonly revisions?: readonly string[];
  readonly message?: string;
  readonly labels?: readonly string[];
  /** Write it without a proof. */
  readonly noProve?: boolean;
  /** Prove on a copy of this database instead of an empty one. */
  readonly on?: string;
  /** `A=B`: A needs B. Written into A's file first, and kept only if the proof then holds. */
  readonly depends?: string;
}

/**
 * Writes the revision that joins heads, once their branches are proved to commute. Id and
 * text follow from the parents alone, so that two people who merge the same heads write the
 * same two files.
 *
 * @throws MigError `proof` when the branches do not commute; its document has the proof.
 */
export async function merge(project: Project, options: MergeOptions = {}): Promise<MergeDocument> {
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
  if (options.depends === undefined) {
    const proof = await provenOr(project, folder, choice.parents, options);
    return write(project, folder, choice, options, proof);
  }
  const edge = edgeOf(folder, options.depends);
  const undo = addDependency(folder, edge);
  try {
    const changed = readFiles(project);
    const proof = await provenOr(project, changed, choice.parents, options);
    return write(project, changed, choice, options, proof);
  } catch (error) {
    undo();
    throw error;
  }
}

/** The proof, if it holds; null if none was wanted. */
async function provenOr(
  project: Project,
  folder: Folder,
  parents: readonly string[],
  { noProve, on }: MergeOptions,
): Promise<Proof | null> {
  if (noProve) return null;
  const proof = await proveHeads(project, folder, parents, { on });
  if (isGood(proof)) return proof;
  const { suggestion } = proof;
  const document = proofDocument(proof);
  throw new MigError(
    {
      code: 'proof',
      message: refusalOf(proof, parents),
      hint:
        suggestion === null
          ? 'Nothing was written. Mend one of the branches, or say `--no-prove` to join them all the same.'
          : `Nothing was written. \`mig merge --depends ${suggestion.revision}=${suggestion.needs}\` puts ${suggestion.needs} first.`,
    },
    {
      problems: document.findings.map((each) => ({
        code: 'proof',
        message: each.message,
        revision: each.revision ?? undefined,
        file: each.file ?? undefined,
        line: each.line ?? undefined,
        column: each.column ?? undefined,
      })),
      document: { ...documentOf(null, parents, [], []), proof: document },
    },
  );
}

function write(
  project: Project,
  folder: Folder,
  { parents, left }: Extract<MergeChoice, { kind: 'merge' }>,
  options: MergeOptions,
  proof: Proof | null,
): MergeDocument {
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
  return {
    ...documentOf(id, parents, files, leftNotes(left)),
    proof: proof && proofDocument(proof),
  };
}

function leftNotes(left: readonly string[]): readonly string[] {
  if (left.length === 0) return [];
  const [shares, is] = left.length === 1 ? ['shares', 'is'] : ['share', 'are'];
  return [
    `Left alone: ${left.join(' ')} which ${shares} no history with them, or ${is} bound to them by a dependency.`,
  ];
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

function edgeOf({ graph }: Folder, text: string): { revision: string; needs: string } {
  const [revision, needs, ...others] = text.split('=');
  if (!revision || !needs || others.length > 0) {
    throw new MigError({
      code: 'usage',
      message: `\`${text}\` is no dependency.`,
      hint: '`--depends A=B` says that A needs B.',
    });
  }
  return { revision: resolveOne(graph, revision), needs: resolveOne(graph, needs) };
}

function documentOf(
  revision: string | null,
  parents: readonly string[],
  files: readonly string[],
  notes: readonly string[],
): MergeDocument {
  return { version: 1, command: 'merge', revision, parents, files, notes, proof: null };
}
