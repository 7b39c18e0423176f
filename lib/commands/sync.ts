import { obstacleToOneTransaction } from '../engine/sqlite-groups.ts';
import { planSync } from '../graph/plan.ts';
import { askToRevert } from './ask.ts';
import type { StepsDocument } from './documents.ts';
import { execute, plannedDocument, refuseInterrupted } from './execute.ts';
import { prepare } from './prepare.ts';
import { openEngine, type Project, type Verbosity } from './project.ts';
import { driftIn, readSituation, readStored } from './situation.ts';

export interface SyncOptions extends Verbosity {
  readonly dryRun?: boolean;
  /** Whether quick revisions may share a transaction, where not all do; default true. */
  readonly group?: boolean;
  /** Copy the database first: to a path, or beside it (true). */
  readonly backup?: boolean | string;
  /** Revert without asking. */
  readonly yes?: boolean;
}

/**
 * Makes the database what the checkout has: reverts what is missing, edited or reparented
 * and all that depends on it, then upgrades to the heads.
 */
export async function sync(
  project: Project,
  options: SyncOptions = {},
): Promise<StepsDocument<'sync'>> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  refuseInterrupted(situation, 'sync');
  const drift = driftIn(situation, await readStored(situation, engine));
  const plan = planSync(situation.graphs, situation.state, [
    ...drift.missing,
    ...drift.edited,
    ...drift.reparented,
  ]);
  const steps = await prepare(engine, situation, plan);
  if (options.dryRun) return plannedDocument('sync', plan, steps);
  const going = steps.filter((step) => step.plan.direction === 'down');
  if (going.length > 0 && !options.yes) askToRevert(project, going);
  // Awaited here: the engine is closed when this function is left.
  return await execute(project, engine, situation, plan, steps, {
    ...options,
    command: 'sync',
    // All in one transaction, unless a file needs one of its own or none.
    atomic: obstacleToOneTransaction(steps.map(({ step }) => step)) === null,
  });
}
