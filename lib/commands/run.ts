import type { EngineErrorKind, EngineFailure } from '../engine/engine.ts';
import { MigError } from '../error.ts';
import { headsAfter, type Plan, type PlanStep } from '../graph/plan.ts';
import { executableSql } from '../graph/revision.ts';
import { foldLedger, type Ledger } from '../ledger/fold.ts';
import type { LogRow, Seq } from '../ledger/row.ts';
import { positionAt } from '../sql/statements.ts';
import type { StepDocument, StepsCommand, StepsDocument } from './documents.ts';
import { CODE_OF } from './engine-errors.ts';
import { excerptAt } from './excerpt.ts';
import type { PreparedStep } from './prepare.ts';
import type { Situation } from './situation.ts';

/** What is known of a plan while it runs: what is done, what remains, where the database is. */
export class Run<Command extends StepsCommand> {
  readonly total: number;
  #steps: readonly PreparedStep[];
  /** So many of the steps are done. */
  #next = 0;
  readonly #done: { readonly step: PreparedStep; readonly ms: number }[] = [];
  readonly #situation: Situation;
  readonly #plan: Plan;
  readonly #command: Command;
  #ledger: Ledger;
  #seen: Seq | null;
  #applied: Set<string>;
  /** Applied since the ledger was read. */
  readonly #renewed = new Set<string>();

  constructor(
    situation: Situation,
    plan: Plan,
    prepared: readonly PreparedStep[],
    command: Command,
  ) {
    this.#steps = prepared;
    this.total = prepared.length;
    this.#situation = situation;
    this.#plan = plan;
    this.#command = command;
    this.#ledger = situation.ledger;
    this.#seen = situation.ledger.last;
    this.#applied = new Set(plan.stateBefore);
  }

  get remaining(): readonly PreparedStep[] {
    return this.#steps.slice(this.#next);
  }

  /** The number of the last row that was read or written. */
  get seen(): Seq | null {
    return this.#seen;
  }

  done(step: PreparedStep, seq: Seq, ms: number): void {
    this.#seen = seq;
    this.#next++;
    this.#done.push({ step, ms });
    this.#moved(step.plan.revision, isForward(step.plan));
  }

  #moved(revision: string, isApplied: boolean): void {
    if (isApplied) {
      this.#applied.add(revision);
      this.#renewed.add(revision);
    } else this.#applied.delete(revision);
  }

  /**
   * Somebody else wrote. What they did of the plan is taken away from it; the plan is not
   * made again, so that two that revert one revision revert one between them.
   *
   * @param rows behind `seen`. @throws MigError `conflict` when they went the other way, or
   *   when there are none: then the ledger is an older one than was read.
   */
  afterConflict(rows: readonly LogRow[]): void {
    if (rows.length === 0) throw this.#rewound();
    this.#ledger = foldLedger(rows, this.#ledger);
    const { interrupted } = this.#ledger;
    const { remaining } = this;
    const contrary = rows.find((row) => goesAgainst(row, remaining, interrupted));
    this.#seen = rows.at(-1)?.seq ?? this.#seen;
    for (const { op, revision } of rows) {
      if (revision === null) continue;
      if (op === 'up' || op === 'stamp') this.#moved(revision, true);
      if (op === 'down' || op === 'unstamp') this.#moved(revision, false);
    }
    if (contrary !== undefined) throw this.#stopped(contrary);
    this.#steps = remaining.filter(
      ({ plan: step }) => isForward(step) !== this.#applied.has(step.revision),
    );
    this.#next = 0;
  }

  /** @param failedAt index of the failing step among those that remain. */
  document(status: 'done' | 'failed', failedAt: number | null = null): StepsDocument<Command> {
    return {
      version: 1,
      command: this.#command,
      status,
      before: this.#plan.before,
      after: this.heads,
      steps: [
        ...this.#done.map(({ step, ms }) => stepDocument(step, 'done', ms)),
        ...this.remaining.map((step, at) =>
          stepDocument(step, at === failedAt ? 'failed' : 'not-tried'),
        ),
      ],
    };
  }

  get heads(): readonly string[] {
    return headsAfter(this.#situation.graphs, this.#applied, this.#renewed);
  }

  /** @param index of the failing step among those that remain; before it, all were taken back. */
  failed(failure: EngineFailure, index: number): MigError {
    const step = this.remaining[index];
    if (step === undefined) throw new RangeError(`no step ${index} in the run`);
    const { sql } = step;
    const headline = headlineOf(step, failure);
    const isPlaced = sql !== null && failure.offset !== undefined;
    return new MigError(
      {
        code: failure.interrupted === undefined ? CODE_OF[failure.kind] : 'failed',
        message: headline === null ? failure.message : `${headline}: ${failure.message}`,
        hint: hintOf(step, failure),
        revision: step.plan.revision,
        // What is wrong with the database as a whole is no matter of this file.
        file: isOfTheFile(failure) ? (step.file ?? undefined) : undefined,
        ...(isPlaced ? positionAt(executableSql(sql), failure.offset) : {}),
      },
      {
        headline: isPlaced && headline !== null ? headline : undefined,
        excerpt: [
          ...(isPlaced ? excerptAt(executableSql(sql), failure.offset, failure.message) : []),
          ...this.#whereItStands(index),
        ],
        document: { ...this.document('failed', index) },
        cause: failure.cause,
      },
    );
  }

  #whereItStands(index: number): readonly string[] {
    const at = this.heads.length === 0 ? 'base' : this.heads.join(' ');
    const notTried = this.remaining.length - index - 1;
    return [
      `${wordFor(this.#plan)} before it: ${this.#done.length} (the database is at ${at})   not tried: ${notTried}`,
      ...(index > 0 ? [`taken back with it, because it was one transaction: ${index}`] : []),
    ];
  }

  #stopped(row: LogRow): MigError {
    return this.#conflict(`The database changed meanwhile: ${describeRow(row)}`, row.revision);
  }

  #rewound(): MigError {
    return this.#conflict('The database is not the one that was read: its ledger is older now.');
  }

  #conflict(message: string, revision?: string | null): MigError {
    return new MigError(
      {
        code: 'conflict',
        message,
        hint: 'Nothing more was run. Look at `mig status`, and decide again.',
        revision: revision ?? undefined,
      },
      { document: { ...this.document('failed') } },
    );
  }
}

/** `ann@host reverted a261d8461fde at 2026-11-22T15:06:00.000Z`, for messages. */
export function describeRow({ by, op, revision, at }: LogRow): string {
  const words: Partial<Record<LogRow['op'], string>> = {
    up: 'applied',
    down: 'reverted',
    stamp: 'stamped',
    unstamp: 'unstamped',
    repair: 'repaired',
    begin: 'began',
    step: 'worked on',
    settle: 'settled',
  };
  return `${by} ${words[op] ?? op} ${revision} at ${at}`;
}

/** A step as documents have it. @param ms what its SQL took; shown with one decimal */
export function stepDocument(
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

const FILE_KINDS: ReadonlySet<EngineErrorKind> = new Set(['sql', 'refused', 'unsupported']);

function headlineOf({ plan, message }: PreparedStep, failure: EngineFailure): string | null {
  const name = message === '' ? plan.revision : `${plan.revision} (${message})`;
  if (failure.interrupted !== undefined) {
    const { done, total } = failure.interrupted;
    return `${name} broke off: ${done} of its ${total} statements ${done === 1 ? 'is done, and stays' : 'are done, and stay'}`;
  }
  if (failure.kind === 'sql') return `${name} failed, and was rolled back`;
  return failure.kind === 'refused' ? `${name} was refused, and rolled back` : null;
}

function isOfTheFile({ kind, offset, interrupted }: EngineFailure): boolean {
  return FILE_KINDS.has(kind) || offset !== undefined || interrupted !== undefined;
}

function hintOf({ plan }: PreparedStep, failure: EngineFailure): string | undefined {
  if (failure.interrupted === undefined) return failure.hint;
  return `Mend the cause in the database, then go on with \`mig repair ${plan.revision} --resume\`. Where the file is wrong, finish or undo by hand what it began, and say what to believe: \`--applied\` or \`--reverted\`.`;
}

function goesAgainst(
  { op, revision }: LogRow,
  remaining: readonly PreparedStep[],
  interrupted: Ledger['interrupted'],
): boolean {
  if (op === 'init') return false;
  if (op === 'repair' || op === 'settle') return true;
  // Somebody is at work on it, or broke off; if not, the row that ended it tells what it was.
  if (op === 'begin' || op === 'step') return interrupted.has(revision!);
  const directions = new Set(remaining.map((each) => isForward(each.plan)));
  // A plan that goes both ways (redo, sync) has no direction that others could share.
  if (directions.size > 1) return true;
  return !directions.has(op === 'up' || op === 'stamp');
}

function isForward({ direction }: PlanStep): boolean {
  return direction === 'up' || direction === 'stamp';
}

function wordFor({ steps }: Plan): string {
  if (steps.every((step) => step.direction === 'up')) return 'applied';
  return steps.every((step) => step.direction === 'down') ? 'reverted' : 'done';
}
