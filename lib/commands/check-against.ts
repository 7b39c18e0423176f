import { type Folder, readRevisions } from '../files/folder.ts';
import { filesAt, mergeBaseFiles } from '../files/git.ts';
import { sha256 } from '../files/hash.ts';
import { shownPath } from '../files/names.ts';
import { inMemory, onDisk } from '../files/source.ts';
import { headsOf } from '../graph/graph.ts';
import { mergeId } from '../graph/id.ts';
import { chooseHeads } from '../graph/merge.ts';
import { isGood } from '../schema/prove/proof.ts';
import type { AgainstDocument, Finding } from './documents.ts';
import { placed, severalHeadsFinding } from './findings.ts';
import type { Project } from './project.ts';
import { proofDocument, proveHeads, refusalOf } from './prove.ts';

interface Against {
  /** The folder as it will be after the merge. */
  readonly folder: Folder;
  readonly document: AgainstDocument;
  readonly findings: readonly Finding[];
}

/**
 * The folder as it will be once this work tree is merged with a git ref, and what a merge
 * revision would meet there. git is only read.
 *
 * @throws MigError where git cannot say what the ref has.
 */
export async function against(project: Project, ref: string): Promise<Against> {
  const { dir, shownDir } = project;
  const { files, conflicts } = mergedFiles(project, ref);
  const folder = readRevisions(inMemory(files), dir, shownDir);
  const findings: Finding[] = conflicts.map((path) => ({
    code: 'git-conflict',
    severity: 'warning',
    message: 'Both sides changed this file, and git may ask which is right. Yours was looked at.',
    revision: null,
    ...placed({ file: shownPath(shownDir, path) }),
  }));
  const heads = headsOf(folder.graph);
  const document: AgainstDocument = { ref, heads, merge: null, proof: null };
  if (folder.problems.length > 0 || heads.length < 2) return { folder, document, findings };

  const choice = chooseHeads(folder.graph);
  if (choice.kind !== 'merge') {
    return { folder, document, findings: [...findings, severalHeadsFinding(heads)] };
  }
  const { parents } = choice;
  const id = mergeId(parents, sha256);
  const proof = await proveHeads(project, folder, parents);
  const shown = proofDocument(proof);
  const merge = { revision: id, parents };
  const told: Finding = isGood(proof)
    ? {
        ...severalHeadsFinding(heads),
        hint: `They commute (${proof.claim}): merge ${ref} into this branch, then \`mig merge\` writes ${id}`,
      }
    : {
        code: 'proof',
        severity: 'error',
        message: refusalOf(proof, parents),
        hint: `Merge ${ref} into this branch, and see what \`mig merge\` says.`,
        revision: null,
        ...placed({}),
      };
  const details = isGood(proof)
    ? []
    : shown.findings.map((each): Finding => ({ ...each, severity: 'error' }));
  return {
    folder,
    document: { ...document, merge, proof: shown },
    findings: [...findings, told, ...details],
  };
}

/**
 * What git will make of both sides, file by file: what only one side changed since they
 * parted is as that side has it.
 */
function mergedFiles(
  { dir, shownDir }: Project,
  ref: string,
): { files: ReadonlyMap<string, Uint8Array>; conflicts: readonly string[] } {
  // First the disk: git cannot start in a folder that is not there.
  const mine = new Map<string, Uint8Array>();
  const disk = onDisk(dir, shownDir);
  for (const path of disk.paths()) if (path.endsWith('.sql')) mine.set(path, disk.bytes(path));
  const theirs = filesAt(ref, dir);
  const base = mergeBaseFiles(ref, dir);

  const files = new Map<string, Uint8Array>();
  const conflicts: string[] = [];
  for (const path of new Set([...mine.keys(), ...theirs.keys()])) {
    const [was, here, there] = [base.get(path), mine.get(path), theirs.get(path)];
    const [hereChanged, thereChanged] = [!isSame(was, here), !isSame(was, there)];
    if (hereChanged && thereChanged && !isSame(here, there)) conflicts.push(path);
    const kept = hereChanged ? here : there;
    if (kept !== undefined) files.set(path, kept);
  }
  return { files, conflicts: conflicts.sort() };
}

/** Line ends do not count: git may write others into the work tree than it keeps. */
function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return withoutReturns(a) === withoutReturns(b);
}

function withoutReturns(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n');
}
