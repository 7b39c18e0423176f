import { planDowngrade } from '../graph/plan.ts';
import { resolveTarget } from '../graph/target.ts';
import { askToRunStored } from './ask.ts';
import type { StepsDocument } from './documents.ts';
import { execute, plannedDocument, refuseInterrupted } from './execute.ts';
import { prepare } from './prepare.ts';
import { openEngine, type Project, type Verbosity } from './project.ts';
import { writeScript } from './script.ts';
import { readSituation } from './situation.ts';

export interface DowngradeOptions extends Verbosity {
  /** Required: a downgrade never guesses. `from:to` with `sql` and no database. */
  readonly target: string;
  readonly dryRun?: boolean;
  /** Write a script for the sqlite3 program instead of running anything. */
  readonly sql?: boolean;
  /** The whole plan in one transaction. */
  readonly atomic?: boolean;
  /** Whether quick revisions may share a transaction, which shows in nothing; default true. */
  readonly group?: boolean;
  /** Copy the database first: to a path, or beside it (true). */
  readonly backup?: boolean | string;
  /** Run SQL that stands only in the ledger. */
  readonly yes?: boolean;
}

/** Reverts what is above the target. */
export async function downgrade(
  project: Project,
  options: DowngradeOptions,
): Promise<StepsDocument<'downgrade'>> {
  if (options.sql && (project.database === null || options.target.includes(':'))) {
    return writeScript(project, 'downgrade', options.target, options);
  }
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  refuseInterrupted(situation, 'downgrade');
  const { graphs, state } = situation;
  const target = resolveTarget(graphs.union, options.target, { direction: 'down' });
  const plan = planDowngrade(graphs.union, state, target);
  if (plan.dragged.length > 0) {
    project.world.tell({
      kind: 'note',
      message: `${plan.dragged.join(' ')} ${plan.dragged.length === 1 ? 'goes' : 'go'} too, because of what ${plan.dragged.length === 1 ? 'it depends' : 'they depend'} on.`,
    });
  }
  const steps = await prepare(engine, situation, plan);
  if (options.sql) {
    return await writeScript(project, 'downgrade', { situation, plan, steps }, options);
  }
  if (options.dryRun) return plannedDocument('downgrade', plan, steps);
  const unseen = steps.filter((step) => step.file === null);
  if (unseen.length > 0 && !options.yes) askToRunStored(project, unseen);
  // Awaited here: the engine is closed when this function is left.
  return await execute(project, engine, situation, plan, steps, {
    ...options,
    command: 'downgrade',
  });
}
