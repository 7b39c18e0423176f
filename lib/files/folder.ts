import { errorOf, type Problem } from '../error.ts';
import { buildGraph, type Graph } from '../graph/graph.ts';
import { placesIn } from '../graph/header.ts';
import { compareIds, mergeId } from '../graph/id.ts';
import type { Revision, SqlFile } from '../graph/revision.ts';
import { sha256 } from './hash.ts';
import { type FileName, readName, shownPath } from './names.ts';
import { DownFile, type NamedFile, type ReadSide, readSide } from './side.ts';
import { type FolderSource, onDisk } from './source.ts';

/** The migrations folder, read as a whole. */
export interface Folder {
  /** Absolute. */
  readonly dir: string;
  /** As a person would type it: relative to where the program runs. */
  readonly shown: string;
  readonly revisions: ReadonlyMap<string, Revision>;
  readonly graph: Graph;
  /** Everything that is wrong with names, pairs, headers and graph. */
  readonly problems: readonly Problem[];
  /** `*.sql` files that are no revision's, relative to the folder. */
  readonly strays: readonly string[];
}

/**
 * Which files are read at once: of `up`, the graph can be built, and a down file is read when
 * somebody asks for it; only then it is known what is wrong with it (`downProblems`).
 */
export type Sides = 'both' | 'up';

/**
 * Reads every revision in a folder and below it.
 *
 * @throws MigError `setting` when there is no such folder, `io` when it cannot be read.
 *   What is wrong with the files in it is returned, not thrown.
 */
export function readFolder(dir: string, shown: string, sides: Sides = 'both'): Folder {
  return readRevisions(onDisk(dir, shown), dir, shown, sides);
}

/** Reads every revision of a folder that need not be on the disk. */
export function readRevisions(
  source: FolderSource,
  dir: string,
  shown: string,
  sides: Sides = 'both',
): Folder {
  const problems: Problem[] = [];
  const strays: string[] = [];
  const pairs = new Map<string, Pair>();
  for (const path of source.paths()) {
    const name = readName(path.slice(path.lastIndexOf('/') + 1));
    const file = shownPath(shown, path);
    if (name.kind === 'stray') strays.push(path);
    else if (name.kind === 'wrong') problems.push({ code: 'file-name', ...name, file });
    else if (name.kind === 'revision') addFile(pairs, { ...name, path, file });
  }
  problems.push(...idsThatDifferByCase(pairs));

  const revisions = new Map<string, Revision>();
  for (const pair of pairs.values()) {
    const { revision, problems: found } = readPair(source, pair, sides);
    problems.push(...found);
    if (revision !== null) revisions.set(revision.id, revision);
  }
  const { graph, problems: ofGraph } = buildGraph(revisions.values());
  // A file that could not be read is no revision: that others name it is not their fault.
  const unread = new Set([...pairs.keys()].filter((id) => !revisions.has(id)));
  problems.push(...ofGraph.filter((problem) => !concernsOnly(problem, unread, revisions)));
  return { dir, shown, revisions, graph, problems, strays };
}

/** The folder when all of it is well. @throws MigError with every problem otherwise. */
export function requireSound(folder: Folder): Folder {
  if (folder.problems.length > 0) throw errorOf(folder.problems);
  return folder;
}

interface Pair {
  readonly id: string;
  readonly up: NamedFile[];
  readonly down: NamedFile[];
}

function addFile(
  pairs: Map<string, Pair>,
  file: Extract<FileName, { kind: 'revision' }> & NamedFile,
) {
  let pair = pairs.get(file.id);
  if (pair === undefined) {
    pair = { id: file.id, up: [], down: [] };
    pairs.set(file.id, pair);
  }
  pair[file.side].push(file);
}

function* idsThatDifferByCase(pairs: ReadonlyMap<string, Pair>): Generator<Problem> {
  const seen = new Map<string, string>();
  for (const id of [...pairs.keys()].sort(compareIds)) {
    const twin = seen.get(id.toLowerCase());
    seen.set(id.toLowerCase(), id);
    if (twin === undefined) continue;
    yield {
      code: 'duplicate-id',
      message: `The ids ${twin} and ${id} differ only by case.`,
      hint: 'Some file systems and all people take them for one: rename one of the pairs.',
      revision: id,
      file: fileOf(pairs.get(id)!),
    };
  }
}

function fileOf(pair: Pair): string | undefined {
  return (pair.up[0] ?? pair.down[0])?.file;
}

function readPair(
  source: FolderSource,
  pair: Pair,
  sides: Sides,
): { revision: Revision | null; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const up = readSide(source, pair.up[0], problems);
  const down =
    sides === 'both'
      ? readSide(source, pair.down[0], problems)?.file
      : unread(source, pair.down[0]);
  for (const side of ['up', 'down'] as const) {
    const [first, second] = pair[side];
    if (first !== undefined && second !== undefined) {
      problems.push(doubled(pair.id, first, second, up?.header.parents));
    }
  }
  if (pair.up[0] === undefined) {
    problems.push({
      code: 'file-pair',
      message: `${pair.id} has a down file but no up file.`,
      hint: `Write ${pair.down[0]!.file.replace(/\.down\.sql$/, '.up.sql')}, or delete this file.`,
      revision: pair.id,
      file: pair.down[0]!.file,
    });
    return { revision: null, problems };
  }
  if (up === null) return { revision: null, problems };
  const { header, file } = up;
  problems.push(...pairProblems(pair, up));
  const revision: Revision = {
    id: pair.id,
    parents: header.parents,
    depends: header.depends,
    labels: header.labels,
    created: header.created,
    message: header.message ?? pair.up[0].slug.replaceAll('_', ' '),
    irreversible: header.irreversible,
    up: file,
    down: down ?? null,
    file: pair.up[0].file,
    get places() {
      return placesIn(file.text);
    },
  };
  // Without parents the graph would take it for a base, and complain about the wrong things.
  return { revision: up.isSound ? revision : null, problems };
}

function unread(source: FolderSource, named: NamedFile | undefined): SqlFile | null {
  return named === undefined ? null : new DownFile(source, named);
}

function* pairProblems(pair: Pair, { header, file }: ReadSide): Generator<Problem> {
  const [up] = pair.up;
  const [down] = pair.down;
  if (down === undefined && header.irreversible === null) {
    yield {
      code: 'file-pair',
      message: `${pair.id} has no down file.`,
      hint: `Write ${up!.file.replace(/\.up\.sql$/, '.down.sql')}, or say why there is none: \`-- irreversible: <reason>\` in the header.`,
      revision: pair.id,
      file: up!.file,
    };
  }
  if (down !== undefined && header.irreversible !== null) {
    const place = placesIn(file.text).irreversible;
    yield {
      code: 'file-pair',
      message: `${pair.id} says that it is irreversible, but has a down file: ${down.file}.`,
      hint: 'Delete one of the two.',
      revision: pair.id,
      file: up!.file,
      line: place?.line,
      column: place?.column,
    };
  }
}

function doubled(
  id: string,
  first: NamedFile,
  second: NamedFile,
  parents: readonly string[] = [],
): Problem {
  const isMerge = parents.length > 1 && mergeId(parents, sha256) === id;
  return {
    code: 'duplicate-id',
    message: `The id ${id} is taken twice: by ${first.file} and by ${second.file}.`,
    hint: isMerge
      ? 'Both are the same merge: either may go, with its down file.'
      : 'Rename the pair that is not applied anywhere yet to a new id.',
    revision: id,
    file: second.file,
  };
}

/** Whether a problem is only that an edge leads to a file which is there but not readable. */
function concernsOnly(
  { code, revision, column }: Problem,
  unread: ReadonlySet<string>,
  revisions: ReadonlyMap<string, Revision>,
): boolean {
  if (code !== 'unknown-parent' && code !== 'unknown-dependency') return false;
  const key = code === 'unknown-parent' ? 'parents' : 'depends';
  const node = revisions.get(revision!)!;
  // A list may name a readable file, an unreadable one and none at all: the column tells which.
  return node[key].some(
    (id, index) => unread.has(id) && node.places?.[key]?.columns[index] === column,
  );
}
