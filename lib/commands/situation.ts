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
import type { Files } from '../ledger/row.ts';
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

/** How files and ledger differ, but for the down files: `downEditedIn`. */
export function driftIn({ folder, ledger, graphs }: Situation): Drift {
  return driftOf(graphs.files, graphs.union, ledger, (id) => {
    const revision = folder.revisions.get(id);
    return revision === undefined ? null : checksumOf(revision.up);
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
  drift: Drift,
  ids?: readonly string[],
): readonly string[] {
  const problems: Problem[] = [];
  const downChecksum = (id: string) => {
    const down = folder.revisions.get(id)?.down ?? null;
    if (down === null) return null;
    const { file, problems: ofFile } = readDown(down);
    problems.push(...ofFile);
    return file === null ? null : checksumOf(file);
  };
  const found = downEditedOf(graphs.union, ledger, drift, downChecksum, ids);
  if (problems.length > 0) throw errorOf(problems);
  return found;
}

async function missingFiles(
  folder: Folder,
  ledger: Ledger,
  engine: Engine,
): Promise<ReadonlyMap<string, Files>> {
  const missing = [...ledger.applied.values()].filter(
    (each) => !folder.revisions.has(each.revision),
  );
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
