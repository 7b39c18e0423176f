import { MigError } from '../error.ts';
import { planDowngrade, planRedo } from '../graph/plan.ts';
import type { StepsDocument } from './documents.ts';
import { execute, plannedDocument, refuseInterrupted } from './execute.ts';
import { prepare } from './prepare.ts';
import { openEngine, type Project, type Verbosity } from './project.ts';
import { readSituation } from './situation.ts';

export interface RedoOptions extends Verbosity {
  /** How many of the revisions applied last; default 1. */
  readonly count?: number;
  readonly dryRun?: boolean;
  readonly atomic?: boolean;
  /** Whether quick revisions may share a transaction, which shows in nothing; default true. */
  readonly group?: boolean;
  /** Copy the database first: to a path, or beside it (true). */
  readonly backup?: boolean | string;
}

/** Reverts the revisions applied last and applies exactly those again. */
export async function redo(
  project: Project,
  options: RedoOptions = {},
): Promise<StepsDocument<'redo'>> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  refuseInterrupted(situation, 'redo');
  const { graphs, state, folder } = situation;
  const down = planDowngrade(graphs.union, state, {
    kind: 'steps',
    count: -(options.count ?? 1),
    line: null,
  });
  const gone = down.steps.find((step) => !folder.revisions.has(step.revision));
  if (gone !== undefined) {
    throw new MigError({
      code: 'missing',
      message: `${gone.revision} has no file here, so it could be reverted but not applied again.`,
      hint: '`mig downgrade -1` reverts it.',
      revision: gone.revision,
    });
  }
  const plan = planRedo(graphs, state, down);
  const steps = await prepare(engine, situation, plan);
  if (options.dryRun) return plannedDocument('redo', plan, steps);
  // Awaited here: the engine is closed when this function is left.
  return await execute(project, engine, situation, plan, steps, { ...options, command: 'redo' });
}
