import { type Engine, EngineError, type EngineFailure } from '../engine/engine.ts';
import { type ErrorCode, MigError } from '../error.ts';
import { maximal } from '../graph/graph.ts';
import type { Plan, PlanStep } from '../graph/plan.ts';
import { executableSql } from '../graph/revision.ts';
import { foldLedger } from '../ledger/fold.ts';
import type { LogRow, Seq } from '../ledger/row.ts';
import { positionAt } from '../sql/statements.ts';
import type { StepDocument, StepsCommand, StepsDocument } from './documents.ts';
import { excerptAt } from './excerpt.ts';
import type { PreparedStep } from './prepare.ts';
import { newRun, type Project } from './project.ts';
import type { Situation } from './situation.ts';

export interface ExecuteOptions<Command extends StepsCommand> {
  readonly command: Command;
  /** One transaction for the whole plan. */
  readonly atomic: boolean;
  /** Tell every statement as it runs. */
  readonly statements: boolean;
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
 * When somebody else wrote to the ledger meanwhile, the plan is not made again: what they
 * did of it is taken away, and the rest goes on; when they went the other way, it stops.
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
  const run = new Run(project, situation, plan, prepared, options.command);
  if (prepared.length === 0) return run.document('done');
  const { world } = project;
  const author = { run: newRun(world), by: world.by, now: world.now, ticks: world.ticks };
  for (;;) {
    const remaining = run.remaining;
    try {
      const committed = engine.run(
        run.seen,
        remaining.map((each) => each.step),
        {
          group: options.atomic ? 'all' : 'each',
          author,
          watch: {
            onStep: (index) => run.begin(remaining[index]!),
            onWait: (ms) => world.tell({ kind: 'waiting', ms }),
            ...(options.statements
              ? { onStatement: (_, sql, ms) => world.tell({ kind: 'statement', sql, ms }) }
              : {}),
          },
        },
      );
      for await (const { index, seq, ms } of committed) run.done(remaining[index]!, seq, ms);
      return run.document('done');
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.kind !== 'conflict') {
        const doneHere = remaining.length - run.remaining.length;
        throw run.failed(error.failure, (error.failure.failedStep ?? doneHere) - doneHere);
      }
      run.afterConflict(await engine.readLog());
      if (run.remaining.length === 0) return run.document('done');
    }
  }
}

/** What is known of a run while it goes on. */
class Run<Command extends StepsCommand> {
  seen: Seq | null;
  remaining: readonly PreparedStep[];
  readonly #finished: { readonly step: PreparedStep; readonly ms: number }[] = [];
  #applied: Set<string>;
  readonly #project: Project;
  readonly #situation: Situation;
  readonly #plan: Plan;
  readonly #total: number;
  readonly #command: Command;

  constructor(
    project: Project,
    situation: Situation,
    plan: Plan,
    prepared: readonly PreparedStep[],
    command: Command,
  ) {
    this.seen = situation.ledger.last;
    this.remaining = prepared;
    this.#applied = new Set(plan.stateBefore);
    this.#project = project;
    this.#situation = situation;
    this.#plan = plan;
    this.#total = prepared.length;
    this.#command = command;
  }

  begin({ plan: step }: PreparedStep): void {
    const index = this.#total - this.remaining.length;
    this.#project.world.tell({ kind: 'begin', step, index, total: this.#total });
  }

  done(prepared: PreparedStep, seq: Seq, ms: number): void {
    const { plan: step, message } = prepared;
    this.seen = seq;
    this.remaining = this.remaining.slice(1);
    this.#finished.push({ step: prepared, ms });
    if (step.direction === 'up' || step.direction === 'stamp') this.#applied.add(step.revision);
    else this.#applied.delete(step.revision);
    this.#project.world.tell({ kind: 'done', step, message, ms });
  }

  /** Goes on with what others have left to do. @throws MigError `conflict` */
  afterConflict(rows: readonly LogRow[]): void {
    const others = rows.filter((row) => row.seq > (this.seen ?? -1) && row.op !== 'init');
    const contrary = others.find((row) => goesAgainst(row, this.remaining));
    const ledger = foldLedger(rows);
    this.seen = ledger.last;
    this.#applied = new Set(ledger.applied.keys());
    if (contrary !== undefined) throw this.#stopped(contrary);
    this.remaining = this.remaining.filter(({ plan: step }) => {
      const isThere = this.#applied.has(step.revision);
      return step.direction === 'up' || step.direction === 'stamp' ? !isThere : isThere;
    });
  }

  document(status: 'done' | 'failed'): StepsDocument<Command> {
    const [failed, ...notTried] = status === 'failed' ? this.remaining : [];
    return {
      version: 1,
      command: this.#command,
      status,
      before: this.#plan.before,
      after: maximal(this.#situation.graphs.union, this.#applied),
      steps: [
        ...this.#finished.map(({ step, ms }) => stepDocument(step, 'done', ms)),
        ...(failed === undefined ? [] : [stepDocument(failed, 'failed')]),
        ...notTried.map((step) => stepDocument(step, 'not-tried')),
      ],
    };
  }

  /** @param index of the failing step among those that remain; before it, all were taken back. */
  failed(failure: EngineFailure, index: number): MigError {
    const step = this.remaining[index];
    if (step === undefined) throw new RangeError(`no step ${index} in the run`);
    const sentence = SQL_KINDS.has(failure.kind)
      ? `${nameOf(step)} failed, and was rolled back`
      : null;
    const isPlaced = step.sql !== null && failure.offset !== undefined;
    return new MigError(
      {
        code: CODE_OF[failure.kind],
        message: sentence === null ? failure.message : `${sentence}: ${failure.message}`,
        hint: failure.hint,
        revision: step.plan.revision,
        file: step.file ?? undefined,
        ...(isPlaced ? positionAt(executableSql(step.sql), failure.offset) : {}),
      },
      {
        headline: isPlaced && sentence !== null ? sentence : undefined,
        excerpt: [
          ...(isPlaced ? excerptAt(executableSql(step.sql), failure.offset, failure.message) : []),
          ...this.#whereItStands(index),
        ],
        document: { ...this.document('failed'), steps: this.#stepsAround(index) },
        cause: failure.cause,
      },
    );
  }

  /** In a run of one transaction, steps before the failing one were taken back with it. */
  #stepsAround(index: number): readonly StepDocument[] {
    return [
      ...this.#finished.map(({ step, ms }) => stepDocument(step, 'done', ms)),
      ...this.remaining.map((step, at) =>
        stepDocument(step, at === index ? 'failed' : 'not-tried'),
      ),
    ];
  }

  #whereItStands(index: number): readonly string[] {
    const heads = maximal(this.#situation.graphs.union, this.#applied);
    const at = heads.length === 0 ? 'base' : heads.join(' ');
    const done = wordFor(this.#plan);
    const notTried = this.remaining.length - index - 1;
    return [
      `${done} before it: ${this.#finished.length} (the database is at ${at})   not tried: ${notTried}`,
      ...(index > 0 ? [`taken back with it, by --atomic: ${index}`] : []),
    ];
  }

  #stopped(row: LogRow): MigError {
    const document = this.document('failed');
    return new MigError(
      {
        code: 'conflict',
        message: `Somebody changed the database meanwhile: ${row.by} did \`${row.op}\` of ${row.revision} at ${row.at}.`,
        hint: 'Nothing more was run. Look at `mig status`, and decide again.',
        revision: row.revision ?? undefined,
      },
      {
        document: {
          ...document,
          steps: document.steps.map((step) =>
            step.status === 'failed' ? { ...step, status: 'not-tried' } : step,
          ),
        },
      },
    );
  }
}

const CODE_OF = {
  sql: 'failed',
  conflict: 'conflict',
  busy: 'locked',
  database: 'database',
  'not-a-database': 'not-a-database',
  ledger: 'ledger',
  unsupported: 'failed',
} as const satisfies Record<EngineError['kind'], ErrorCode>;

const SQL_KINDS: ReadonlySet<EngineError['kind']> = new Set(['sql']);

/** Turns an error of reading into one of the family. Everything else goes through. */
export function asMigError(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const { kind, message, hint } = error.failure;
  return new MigError({ code: CODE_OF[kind], message, hint }, { cause: error });
}

function goesAgainst(row: LogRow, remaining: readonly PreparedStep[]): boolean {
  if (row.op === 'repair') return true;
  const directions = new Set(remaining.map((each) => isUp(each.plan)));
  // A plan that goes both ways (redo) has no direction that others could share.
  if (directions.size > 1) return true;
  const rowIsUp = row.op === 'up' || row.op === 'stamp';
  return !directions.has(rowIsUp);
}

function wordFor({ steps }: Plan): string {
  if (steps.every((step) => step.direction === 'up')) return 'applied';
  return steps.every((step) => step.direction === 'down') ? 'reverted' : 'done';
}

function isUp({ direction }: PlanStep): boolean {
  return direction === 'up' || direction === 'stamp';
}

function nameOf({ plan, message }: PreparedStep): string {
  return message === '' ? plan.revision : `${plan.revision} (${message})`;
}

function stepDocument(
  { plan, message, file }: PreparedStep,
  status: StepDocument['status'],
  ms?: number,
): StepDocument {
  return {
    ...plan,
    message,
    file,
    status,
    ...(ms === undefined ? {} : { ms: Math.round(ms * 10) / 10 }),
  };
}
