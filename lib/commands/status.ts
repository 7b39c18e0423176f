import { EXIT_OF } from '../error.ts';
import { headsOf, inOrder, maximal } from '../graph/graph.ts';
import type { ErrorDocument, StatusDocument } from './documents.ts';
import { openEngine, type Project, tellOfNewDatabase } from './project.ts';
import { downEditedIn, driftIn, readSituation, readStored } from './situation.ts';

export interface StatusOptions {
  /** Exit 3, 4 or 5 when something is pending, several heads are there, or files and ledger differ. */
  readonly check?: boolean;
}

/** Files and database, side by side. */
export async function status(
  project: Project,
  options: StatusOptions = {},
): Promise<StatusDocument> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  const { graphs, state } = situation;
  if (!options.check) tellOfNewDatabase(project);
  const stored = await readStored(situation, engine);
  const drift = driftIn(situation, stored);
  const document: StatusDocument = {
    version: 1,
    command: 'status',
    heads: headsOf(graphs.files),
    current: maximal(graphs.union, state.applied),
    applied: inOrder(graphs.union, state.applied),
    ...drift,
    downEdited: downEditedIn(situation, stored, drift),
    interrupted: [...situation.ledger.interrupted.keys()],
  };
  const error = options.check ? whatIsWrong(document) : null;
  return error === null ? document : { ...document, error };
}

/** The first of: drift (5), several heads (4), pending (3). A database that is only ahead is fine. */
function whatIsWrong(document: StatusDocument): ErrorDocument | null {
  const { interrupted, edited, reparented, inserted, missing, pending, heads } = document;
  const several = (ids: readonly string[], one: string, many: string) =>
    ids.length === 1 ? `${ids[0]} ${one}.` : `${ids.join(' ')} ${many}.`;
  if (interrupted.length > 0) {
    return problem('interrupted', several(interrupted, 'was interrupted', 'were interrupted'));
  }
  if (edited.length > 0) {
    return problem(
      'edited',
      several(edited, 'changed after it was applied', 'changed after they were applied'),
    );
  }
  if (reparented.length > 0) {
    return problem(
      'reparented',
      several(
        reparented,
        'has other parents than when it was applied',
        'have other parents than when they were applied',
      ),
    );
  }
  if (inserted.length > 0) {
    return problem(
      'inserted',
      several(
        inserted,
        'is not applied, but what needs it is',
        'are not applied, but what needs them is',
      ),
    );
  }
  if (missing.length > 0 && pending.length > 0) {
    return problem(
      'missing',
      several(missing, 'is applied, but has no file here', 'are applied, but have no files here'),
    );
  }
  if (heads.length > 1) {
    return problem('several-heads', `There are ${heads.length} heads: ${heads.join(' ')}`);
  }
  if (pending.length > 0) {
    return problem('pending', several(pending, 'is pending', 'are pending'));
  }
  return null;
}

function problem(code: keyof typeof EXIT_OF, message: string): ErrorDocument {
  return { code, message, exit: EXIT_OF[code] };
}
