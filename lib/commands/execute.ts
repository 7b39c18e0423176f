import { type Engine, EngineError, type RunOptions, type Watch } from '../engine/engine.ts';
import { MigError } from '../error.ts';
import { maximal } from '../graph/graph.ts';
import type { Plan } from '../graph/plan.ts';
import type { LogRow } from '../ledger/row.ts';
import { makeBackup } from './backup.ts';
import type { StepsCommand, StepsDocument } from './documents.ts';
import type { PreparedStep } from './prepare.ts';
import { newRun, type Project } from './project.ts';
import { describeRow, Run, stepDocument } from './run.ts';
import type { Situation } from './situation.ts';

interface ExecuteOptions<Command extends StepsCommand> {
  readonly command: Command;
  /** One transaction for the whole plan. */
  readonly atomic?: boolean | undefined;
  /** Whether quick revisions may share a transaction; as if true. */
  readonly group?: boolean | undefined;
  /** Tell every statement as it runs. */
  readonly statements?: boolean | undefined;
  /** Copy the database before the first step: to a path, or beside it (true). */
  readonly backup?: boolean | string | undefined;
}

/** The document of a plan that is only shown. */
export function plannedDocument<Command extends StepsCommand>(
  command: Command,
  plan: Plan,
  steps: readonly PreparedStep[],
): StepsDocument<Command> {
  return {
    version: 1,
    command,
    status: 'planned',
    before: plan.before,
    after: plan.after,
    steps: steps.map((step) => stepDocument(step, 'planned')),
  };
}

/**
 * Runs a plan. Only what the engine says is committed counts as done.
 *
 * @throws MigError whose document tells the steps that were done, failed, not tried.
 */
export async function execute<Command extends StepsCommand>(
  project: Project,
  engine: Engine,
  situation: Situation,
  plan: Plan,
  prepared: readonly PreparedStep[],
  options: ExecuteOptions<Command>,
): Promise<StepsDocument<Command>> {
  const run = new Run(situation, plan, prepared, options.command);
  if (prepared.length === 0) return run.document('done');
  const backup = await makeBackup(project, engine, options.backup ?? false);
  try {
    await perform(project, engine, run, options, situation.ledger.lastMove);
  } catch (error) {
    if (backup === null || !(error instanceof MigError)) throw error;
    throw withBackup(error, backup.restore);
  }
  const document = run.document('done');
  return backup === null ? document : { ...document, backup: backup.shown };
}

async function perform<Command extends StepsCommand>(
  project: Project,
  engine: Engine,
  run: Run<Command>,
  options: ExecuteOptions<Command>,
  lastMove: LogRow | null,
): Promise<void> {
  const { world } = project;
  const author = { run: newRun(world), by: world.by(), now: world.now, ticks: world.ticks };
  while (run.remaining.length > 0) {
    const { remaining } = run;
    const watch = watchFor(project, run, remaining, options, lastMove);
    try {
      const steps = remaining.map((each) => each.step);
      for await (const { index, seq, ms } of engine.run(run.seen, steps, {
        group: groupOf(options),
        author,
        watch,
      })) {
        const step = remaining[index]!;
        run.done(step, seq, ms);
        world.tell({ kind: 'done', step: step.plan, message: step.message, ms });
      }
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.kind === 'conflict' && error.failure.interrupted === undefined) {
        run.afterConflict(await engine.readLog(run.seen ?? undefined));
        continue;
      }
      const doneHere = remaining.length - run.remaining.length;
      const failed = run.failed(error.failure, (error.failure.failedStep ?? doneHere) - doneHere);
      const isLocked = error.kind === 'busy' && error.failure.interrupted === undefined;
      throw isLocked ? await staysLocked(project, engine, failed) : failed;
    }
  }
}

/** Who watches statement by statement sees each revision end where it ends: alone. */
function groupOf({
  atomic,
  group = true,
  statements,
}: Pick<ExecuteOptions<StepsCommand>, 'atomic' | 'group' | 'statements'>): RunOptions['group'] {
  if (atomic) return 'all';
  return group && !statements ? 'timed' : 'each';
}

function watchFor<Command extends StepsCommand>(
  { world }: Project,
  run: Run<Command>,
  remaining: readonly PreparedStep[],
  { statements }: ExecuteOptions<Command>,
  lastMove: LogRow | null,
): Watch {
  return {
    onStep: (index) =>
      world.tell({
        kind: 'begin',
        step: remaining[index]!.plan,
        index: run.total - remaining.length + index,
        total: run.total,
      }),
    onWait: (ms) =>
      world.tell({
        kind: 'waiting',
        ms,
        lastMove: lastMove === null ? null : describeRow(lastMove),
      }),
    onOldViolations: (index, violations) => {
      const { plan, step } = remaining[index]!;
      const isResumed = step.script?.stepwise?.resumeAt !== undefined;
      world.tell({
        kind: 'warning',
        message: `Before ${plan.revision} ${isResumed ? 'went on' : 'ran'}, foreign keys did not hold: ${violations.join('; ')}. They were left alone.`,
      });
    },
    ...(statements
      ? { onStatement: (_, sql, ms) => world.tell({ kind: 'statement', sql, ms }) }
      : {}),
  };
}

/**
 * Nothing moves, and nothing is planned, while it is not known what a revision left behind.
 *
 * @throws MigError `interrupted`
 */
export function refuseInterrupted(
  { ledger, graphs, state }: Situation,
  command: StepsCommand,
): void {
  const [open] = ledger.interrupted.values();
  if (open === undefined) return;
  const heads = maximal(graphs.union, state.applied);
  const document: StepsDocument = {
    version: 1,
    command,
    status: 'failed',
    before: heads,
    after: heads,
    steps: [],
  };
  throw new MigError(
    {
      code: 'interrupted',
      message: `${open.revision} was interrupted on its way ${open.direction}: ${open.done} of its statements ${open.done === 1 ? 'is' : 'are'} recorded as done (${open.by}, ${open.at}).`,
      hint: `If nobody is still at it: \`mig repair ${open.revision} --resume\` goes on; or mend the database by hand, and say what to believe: \`--applied\` or \`--reverted\`.`,
      revision: open.revision,
    },
    { document: { ...document } },
  );
}

/** The error of a lock, with who wrote last, as far as it can be read. */
async function staysLocked(project: Project, engine: Engine, error: MigError): Promise<MigError> {
  const last = await engine.readLog().then(
    (rows) => rows.findLast((row) => row.revision !== null),
    () => undefined,
  );
  const seconds = project.lockTimeoutMs / 1000;
  const who = last === undefined ? '' : ` The last that mig did to it: ${describeRow(last)}`;
  return new MigError(
    {
      code: 'locked',
      message: `${project.database?.shown} stayed locked for ${seconds} s.${who}`,
      hint: error.hint,
    },
    { excerpt: error.excerpt, document: error.document ?? {} },
  );
}

function withBackup(error: MigError, restore: string): MigError {
  return new MigError(
    { ...error, message: error.message, hint: [error.hint, restore].filter(Boolean).join('\n') },
    {
      problems: error.problems,
      excerpt: error.excerpt,
      headline: error.headline,
      document: error.document ?? {},
      cause: error.cause,
    },
  );
}
