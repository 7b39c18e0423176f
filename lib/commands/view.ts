import { maximal } from '../graph/graph.ts';
import { openEngine, type Project } from './project.ts';
import { readFiles, readSituation, type Situation } from './situation.ts';

/** A situation of which the ledger may not have been read. */
export type View = Pick<Situation, 'folder' | 'graphs'> & {
  readonly ledger: Situation['ledger'] | null;
};

/** What the up files say, as a view without a ledger. @throws MigError with all their problems */
export function viewOfFiles(project: Project): { view: View; current: undefined } {
  const folder = readFiles(project, 'up');
  const graphs = { files: folder.graph, union: folder.graph };
  return { view: { folder, graphs, ledger: null }, current: undefined };
}

/** What files and ledger say together, and the database's heads. @throws MigError */
export async function viewWithLedger(
  project: Project,
): Promise<{ view: View; current: readonly string[] }> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  const current = maximal(situation.graphs.union, situation.state.applied);
  return { view: situation, current };
}
