import { maximal } from '../graph/graph.ts';
import { openEngine, type Project } from './project.ts';
import { readFiles, readSituation, type Situation } from './situation.ts';

/** A situation of which the ledger may not have been read. */
export type Overview = Pick<Situation, 'folder' | 'graphs'> & {
  readonly ledger: Situation['ledger'] | null;
};

/** What the up files alone say. @throws MigError with every problem of them */
export function overviewOfFiles(project: Project): { overview: Overview; current: undefined } {
  const folder = readFiles(project, 'up');
  const graphs = { files: folder.graph, union: folder.graph };
  return { overview: { folder, graphs, ledger: null }, current: undefined };
}

/** What files and ledger say together, and the database's heads. @throws MigError */
export async function overviewWithLedger(
  project: Project,
): Promise<{ overview: Overview; current: readonly string[] }> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  const current = maximal(situation.graphs.union, situation.state.applied);
  return { overview: situation, current };
}
