import { planStamp } from '../graph/plan.ts';
import { resolveTarget } from '../graph/target.ts';
import type { StepsDocument } from './documents.ts';
import { execute, plannedDocument, refuseInterrupted } from './execute.ts';
import { prepare } from './prepare.ts';
import { openEngine, type Project } from './project.ts';
import { readSituation } from './situation.ts';

export interface StampOptions {
  readonly targets: readonly string[];
  /** Forget everything that is applied first. */
  readonly purge?: boolean;
  readonly dryRun?: boolean;
}

/** Changes what the ledger says is applied, without running any SQL. */
export async function stamp(
  project: Project,
  options: StampOptions,
): Promise<StepsDocument<'stamp'>> {
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  refuseInterrupted(situation, 'stamp');
  const { graphs, state } = situation;
  const targets = options.targets.map((text) => resolveTarget(graphs.files, text));
  const plan = planStamp(graphs, state, targets, { purge: options.purge ?? false });
  const steps = await prepare(engine, situation, plan);
  if (options.dryRun) return plannedDocument('stamp', plan, steps);
  // The ledger would be wrong between two stamps: they are one.
  // Awaited here: the engine is closed when this function is left.
  return await execute(project, engine, situation, plan, steps, {
    command: 'stamp',
    atomic: true,
  });
}
