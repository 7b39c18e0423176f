import { errorOf, type Problem } from '../error.ts';
import { buildGraph, type Graph } from '../graph/graph.ts';
import { type Places, placesIn } from '../graph/header.ts';
import { compareIds, mergeId } from '../graph/id.ts';
import type { Revision, SqlFile } from '../graph/revision.ts';
import { sha256 } from './hash.ts';
import { readName, shownPath } from './names.ts';
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
    else if (name.kind === 'revision') {
      const { id, slug, side } = name;
      addFile(pairs, { id, slug, side, path, file });
    }
  }
  problems.push(...idsThatDifferByCase(pairs));

  const revisions = new Map<string, Revision>();
  for (const pair of pairs.values()) {
    const revision = readPair(source, pair, sides, problems);
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
  up: NamedFile | null;
  down: NamedFile | null;
  /** Files of a side beyond its first; null where there are none. */
  more: NamedFile[] | null;
}

function addFile(pairs: Map<string, Pair>, file: NamedFile) {
  const pair = pairs.get(file.id);
  if (pair === undefined) {
    const { id, side } = file;
    const [up, down] = side === 'up' ? [file, null] : [null, file];
    pairs.set(id, { id, up, down, more: null });
  } else if (pair[file.side] === null) pair[file.side] = file;
  else {
    pair.more ??= [];
    pair.more.push(file);
  }
}

function* idsThatDifferByCase(pairs: ReadonlyMap<string, Pair>): Generator<Problem> {
  const different = new Set([...pairs.keys()].map((id) => id.toLowerCase()));
  if (different.size === pairs.size) return;
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
  return (pair.up ?? pair.down)?.file;
}

/** Reads a pair, and adds what is wrong with it; null where it is no revision. */
function readPair(
  source: FolderSource,
  pair: Pair,
  sides: Sides,
  problems: Problem[],
): Revision | null {
  const { id } = pair;
  const up = pair.up === null ? null : readSide(source, pair.up, problems);
  const down = pair.down === null ? null : downOf(source, pair.down, sides, problems);
  // The up files first.
  for (const second of pair.more?.sort((a, b) => compareIds(b.side, a.side)) ?? []) {
    problems.push(doubled(id, pair[second.side]!, second, up?.header.parents));
  }
  if (pair.up === null) {
    const { file } = pair.down!;
    problems.push({
      code: 'file-pair',
      message: `${id} has a down file but no up file.`,
      hint: `Write ${file.replace(/\.down\.sql$/, '.up.sql')}, or delete this file.`,
      revision: id,
      file,
    });
    return null;
  }
  if (up === null) return null;
  if ((pair.down === null) === (up.header.irreversible === null)) problems.push(oddPair(pair, up));
  // Without parents the graph would take it for a base, and complain about the wrong things.
  return up.isSound ? new FileRevision(pair.up, up, down) : null;
}

/** The down file, read now or when something of it is asked for. */
function downOf(
  source: FolderSource,
  named: NamedFile,
  sides: Sides,
  problems: Problem[],
): SqlFile | null {
  if (sides === 'up') return new DownFile(source, named);
  return readSide(source, named, problems)?.file ?? null;
}

/** A class for the sake of `places`: on an object of its own, the getter would cost more. */
class FileRevision implements Revision {
  readonly id: string;
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly labels: readonly string[];
  readonly created: string | null;
  readonly message: string;
  readonly irreversible: string | null;
  readonly up: SqlFile;
  readonly down: SqlFile | null;
  readonly file: string;

  constructor({ id, slug, file }: NamedFile, { header, file: up }: ReadSide, down: SqlFile | null) {
    this.id = id;
    this.parents = header.parents;
    this.depends = header.depends;
    this.labels = header.labels;
    this.created = header.created;
    this.message = header.message ?? slug.replaceAll('_', ' ');
    this.irreversible = header.irreversible;
    this.up = up;
    this.down = down;
    this.file = file;
  }

  get places(): Places {
    return placesIn(this.up.text);
  }
}

/** A pair that says that it is irreversible and has a down file, or neither. */
function oddPair({ id, up, down }: Pair, { file }: ReadSide): Problem {
  if (down === null) {
    return {
      code: 'file-pair',
      message: `${id} has no down file.`,
      hint: `Write ${up!.file.replace(/\.up\.sql$/, '.down.sql')}, or say why there is none: \`-- irreversible: <reason>\` in the header.`,
      revision: id,
      file: up!.file,
    };
  }
  const place = placesIn(file.text).irreversible;
  return {
    code: 'file-pair',
    message: `${id} says that it is irreversible, but has a down file: ${down.file}.`,
    hint: 'Delete one of the two.',
    revision: id,
    file: up!.file,
    line: place?.line,
    column: place?.column,
  };
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
