import { join } from 'node:path';
import { MigError } from '../error.ts';
import { readName, shownPath } from '../files/names.ts';
import { type NewFile, writeNew } from '../files/write.ts';
import { hasControls } from '../graph/controls.ts';
import { inOrder, withAncestors } from '../graph/graph.ts';
import type { Applied } from '../ledger/fold.ts';
import type { PullDocument } from './documents.ts';
import { namedRevisions } from './named.ts';
import { openEngine, type Project } from './project.ts';
import { missingIn, readSituation } from './situation.ts';

/** Writes the files that only the database has, byte for byte, where they stood. */
export async function pull(
  project: Project,
  { revisions = [] }: { readonly revisions?: readonly string[] } = {},
): Promise<PullDocument> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  const { ledger, graphs, folder } = situation;
  const gone = new Set(missingIn(folder, ledger).map((each) => each.revision));
  const missing = inOrder(graphs.union, gone);
  const named = namedRevisions(graphs.union, revisions);
  for (const id of named) {
    if (missing.includes(id)) continue;
    throw new MigError({
      code: folder.revisions.has(id) ? 'exists' : 'not-applied',
      message: folder.revisions.has(id)
        ? `${id} has its files here, and mig never overwrites a file.`
        : `${id} is not applied, so the database does not have it.`,
      hint: '`mig status` lists what is missing.',
      revision: id,
    });
  }
  // What a revision needs comes with it: files without their parents are no graph.
  const wanted = withAncestors(graphs.union, named);
  const ids = named.length === 0 ? missing : missing.filter((id) => wanted.has(id));
  const applied = ids.map((id) => ledger.applied.get(id)!);
  const stored = await engine.readFiles(applied.map((each) => each.filesSeq));
  const files: NewFile[] = [];
  for (const each of applied) {
    const texts = stored.get(each.filesSeq);
    if (texts === undefined) {
      throw new MigError({
        code: 'ledger',
        message: `The ledger has no files for ${each.revision}`,
      });
    }
    files.push(newFile(project, each, 'up', each.path, texts.up));
    if (texts.down !== null)
      files.push(newFile(project, each, 'down', each.downPath ?? '', texts.down));
  }
  writeNew(files);
  return { version: 1, command: 'pull', revisions: ids, files: files.map((file) => file.shown) };
}

/**
 * The path comes from the database, so it is not trusted: it has to be that of this
 * revision's file, inside the folder.
 */
function newFile(
  project: Project,
  { revision }: Applied,
  side: 'up' | 'down',
  path: string,
  text: string,
): NewFile {
  const parts = path.split('/');
  const name = readName(parts.at(-1) ?? '');
  const isInside =
    parts.every((part) => part !== '' && part !== '.' && part !== '..') &&
    !/[\\:]/.test(path) &&
    !hasControls(path);
  if (!isInside || name.kind !== 'revision' || name.id !== revision || name.side !== side) {
    throw new MigError({
      code: 'ledger',
      message: `The ledger has no proper path for the ${side} file of ${revision}`,
      hint: `\`mig show ${revision}\` prints its SQL; write the file yourself.`,
      revision,
    });
  }
  return { path: join(project.dir, ...parts), shown: shownPath(project.shownDir, path), text };
}
