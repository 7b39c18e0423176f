import { MissedCascadeError } from '../engine/sqlite-key-watch.ts';
import { openScratch } from '../engine/sqlite-scratch.ts';
import { MigError } from '../error.ts';
import { inOrder } from '../graph/graph.ts';
import { type Scratch, ScratchError } from '../schema/scratch.ts';
import { positionAt } from '../sql/statements.ts';
import { upScripts } from './build.ts';
import type { PreparedStep } from './prepare.ts';
import type { Project } from './project.ts';
import type { Situation } from './situation.ts';

/**
 * The sqlite3 program does not know the rule of `foreign_keys: auto` by which a run refuses
 * a statement whose cascade would not happen. So the plan runs here first, on an empty
 * database with the same history: rows do not matter to that rule. Where the history does
 * not run there, nothing is known, and nothing is refused.
 *
 * @throws MigError `statement`
 */
export async function refuseMissedCascades(
  project: Project,
  { folder, graphs, state }: Situation,
  steps: readonly PreparedStep[],
): Promise<void> {
  if (!steps.some(mayMiss)) return;
  const applied = inOrder(graphs.union, state.applied);
  if (!applied.every((id) => folder.revisions.has(id))) return;
  await using scratch = await openScratch({ table: project.table, from: 'empty' });
  try {
    for (const { sql, ...how } of upScripts(folder, applied)) await scratch.exec(sql, how);
  } catch (error) {
    if (error instanceof ScratchError) return;
    throw error;
  }
  for (const step of steps) {
    const goesOn = await tryStep(scratch, step);
    if (!goesOn) return;
  }
}

/** Only what writes rows can set off a cascade. */
function mayMiss({ step: { script } }: PreparedStep): boolean {
  return script?.foreignKeys === 'auto' && /\b(delete|update|replace)\b/i.test(script.sql);
}

async function tryStep(scratch: Scratch, { step, plan, message, file }: PreparedStep) {
  const { script } = step;
  if (script === undefined) return true;
  const { sql, foreignKeys } = script;
  const transaction = script.stepwise === undefined ? 'on' : 'off';
  try {
    await scratch.exec(sql, { foreignKeys, transaction });
    return true;
  } catch (error) {
    if (!(error instanceof ScratchError)) throw error;
    if (!(error.cause instanceof MissedCascadeError)) return false;
    const { hint, place } = error;
    throw new MigError({
      code: 'statement',
      message: `${plan.revision}${message === '' ? '' : ` (${message})`} would be refused, were it run by mig: ${error.message}`,
      hint,
      revision: plan.revision,
      file: file ?? undefined,
      ...(place === undefined ? {} : positionAt(sql, place.offset)),
    });
  }
}
