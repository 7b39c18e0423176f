import type { Engine } from '../engine/engine.ts';
import { errorOf, MigError, type Problem } from '../error.ts';
import { type Folder, readFolder, requireSound, type Sides } from '../files/folder.ts';
import { checksumOf } from '../files/hash.ts';
import { readDown } from '../files/side.ts';
import { buildGraph, type Graph } from '../graph/graph.ts';
import { parseHeader } from '../graph/header.ts';
import { sameIds } from '../graph/id.ts';
import type { Graphs, State } from '../graph/plan.ts';
import { type GraphNode, requirements } from '../graph/revision.ts';
import { type Drift, downEditedOf, driftOf } from '../ledger/drift.ts';
import { type Applied, foldLedger, type Ledger } from '../ledger/fold.ts';
import type { Files, Seq } from '../ledger/row.ts';
import type { Project } from './project.ts';

/** Files and ledger, read once, before anything is decided. */
export interface Situation {
  readonly folder: Folder;
  readonly ledger: Ledger;
  readonly graphs: Graphs;
  readonly state: State;
}

/** Reads the files alone. @throws MigError with every problem of the files that were read */
export function readFiles(project: Project, sides: Sides = 'both'): Folder {
  return requireSound(readFolder(project.dir, project.shownDir, sides));
}

/**
 * Reads up files and ledger. The database is neither created nor changed. Down files are read
 * when they are asked for: most plans need few of them.
 */
export async function readSituation(project: Project, engine: Engine): Promise<Situation> {
  const folder = readFolder(project.dir, project.shownDir, 'up');
  // Problems of the files first: they need no database to be told.
  if (!folder.problems.every(isUnknownEdge)) requireSound(folder);
  const ledger = foldLedger(await engine.readLog());
  const missing = await missingFiles(folder, ledger, engine);
  return situationOf(requireSound(completed(folder, ledger, missing)), ledger, missing);
}

function isUnknownEdge({ code }: Problem): boolean {
  return code === 'unknown-parent' || code === 'unknown-dependency';
}

/**
 * The folder, with what the ledger knows of revisions that files name and that have no
 * files themselves: else a file that is gone below others would stop even `pull`, which
 * brings it back.
 */
function completed(folder: Folder, ledger: Ledger, missing: ReadonlyMap<string, Files>): Folder {
  if (folder.problems.length === 0) return folder;
  const nodes = new Map<string, GraphNode>(folder.revisions);
  const needed = [...folder.revisions.values()].flatMap(requirements);
  for (let id = needed.pop(); id !== undefined; id = needed.pop()) {
    const applied = ledger.applied.get(id);
    if (nodes.has(id) || applied === undefined) continue;
    nodes.set(id, nodeOf(applied, missing.get(id)));
    needed.push(...applied.parents, ...applied.depends);
  }
  const { graph, problems } = buildGraph(nodes.values());
  return { ...folder, graph, problems };
}

/**
 * Puts files and ledger together: the edges of an applied revision are those that the
 * ledger recorded, those of the others stand in the files.
 */
export function situationOf(
  folder: Folder,
  ledger: Ledger,
  missing: ReadonlyMap<string, Files>,
): Situation {
  const nodes = new Map<string, GraphNode>(folder.revisions);
  let differs = false;
  for (const [id, applied] of ledger.applied) {
    const node = nodes.get(id);
    if (node !== undefined && sameEdges(node, applied)) continue;
    differs = true;
    nodes.set(id, {
      ...(node ?? nodeOf(applied, missing.get(id))),
      ...edgesOf(applied),
      places: node?.places,
    });
  }
  const union = differs ? unionOf(nodes.values()) : folder.graph;
  return {
    folder,
    ledger,
    graphs: { files: folder.graph, union },
    state: stateOf(ledger),
  };
}

/** @throws MigError `reparented` where the edges of then and now together go in a circle. */
function unionOf(nodes: Iterable<GraphNode>): Graph {
  const { graph, problems } = buildGraph(nodes);
  const circle = problems.find(
    ({ code }) => code === 'cycle' || code === 'dependency-on-descendant',
  );
  if (circle === undefined) return graph;
  throw new MigError({
    ...circle,
    code: 'reparented',
    message: `What is applied and what the files say now do not fit together. ${circle.message}`,
    hint: 'Put the headers back as they were when the revisions were applied; `mig show` tells.',
  });
}

function stateOf(ledger: Ledger): State {
  const newestFirst = [...ledger.applied.values()]
    .sort((a, b) => b.seq - a.seq)
    .map((each) => each.revision);
  return { applied: new Set(newestFirst), newestFirst };
}

/** The ledger's files of applied revisions, by the number of the row that holds them. */
export type StoredFiles = ReadonlyMap<Seq, Files>;

/** In characters: what is longer is read from the database more slowly than it is hashed. */
const SHORT_HISTORY = 1_000_000;

/**
 * What the ledger holds of the applied revisions, where that is quick to read; else nothing.
 * A file that is letter by letter what the ledger holds has the checksum that stands beside
 * it, so that nothing is hashed as a rule, and node:crypto, which takes a quarter of the time
 * of a short command to load, is not loaded.
 */
export async function readStored(
  { folder, ledger }: Situation,
  engine: Engine,
): Promise<StoredFiles> {
  let length = 0;
  const seqs: Seq[] = [];
  for (const { revision, filesSeq } of ledger.applied.values()) {
    const file = folder.revisions.get(revision)?.up;
    if (file === undefined) continue;
    length += file.text.length;
    if (length > SHORT_HISTORY) return new Map();
    seqs.push(filesSeq);
  }
  return engine.readFiles(seqs);
}

/** How files and ledger differ, but for the down files: `downEditedIn`. */
export function driftIn({ folder, ledger, graphs }: Situation, stored: StoredFiles): Drift {
  return driftOf(graphs.files, graphs.union, ledger, (id) => {
    const file = folder.revisions.get(id)?.up;
    if (file === undefined) return null;
    const { filesSeq, checksum } = ledger.applied.get(id)!;
    return stored.get(filesSeq)?.up === file.text ? checksum : checksumOf(file);
  });
}

/**
 * Those of some revisions, or of all that are applied, of which only the down file is another
 * now; reads those files.
 *
 * @throws MigError with everything that is wrong with down files.
 */
export function downEditedIn(
  { folder, ledger, graphs }: Situation,
  stored: StoredFiles,
  drift: Drift,
  ids?: readonly string[],
): readonly string[] {
  const problems: Problem[] = [];
  const checksumNow = (id: string) => {
    const down = folder.revisions.get(id)?.down ?? null;
    if (down === null) return null;
    const { file, problems: ofFile } = readDown(down);
    problems.push(...ofFile);
    if (file === null) return null;
    const { filesSeq, downChecksum } = ledger.applied.get(id)!;
    return stored.get(filesSeq)?.down === file.text ? downChecksum : checksumOf(file);
  };
  const found = downEditedOf(graphs.union, ledger, drift, checksumNow, ids);
  if (problems.length > 0) throw errorOf(problems);
  return found;
}

/** What is applied and has no files here, in the order of application. */
export function missingIn(folder: Folder, ledger: Ledger): readonly Applied[] {
  return [...ledger.applied.values()].filter((each) => !folder.revisions.has(each.revision));
}

async function missingFiles(
  folder: Folder,
  ledger: Ledger,
  engine: Engine,
): Promise<ReadonlyMap<string, Files>> {
  const missing = missingIn(folder, ledger);
  const files = await engine.readFiles(missing.map((each) => each.filesSeq));
  return new Map(
    missing.flatMap((each) => {
      const found = files.get(each.filesSeq);
      return found === undefined ? [] : [[each.revision, found] as const];
    }),
  );
}

function sameEdges(node: GraphNode, applied: Applied): boolean {
  return sameIds(node.parents, applied.parents) && sameIds(node.depends, applied.depends);
}

function edgesOf({ parents, depends }: Applied): Pick<GraphNode, 'parents' | 'depends'> {
  return { parents, depends };
}

/** A node for a revision that only the ledger has: labels and date stand in its stored header. */
function nodeOf(applied: Applied, files: Files | undefined): GraphNode {
  const header = files === undefined ? null : parseHeader(files.up, 'up').header;
  return {
    id: applied.revision,
    parents: applied.parents,
    depends: applied.depends,
    labels: header?.labels ?? [],
    created: header?.created ?? null,
  };
}
