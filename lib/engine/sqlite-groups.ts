import { EngineError, type RunOptions, type Step } from './engine.ts';

/** Steps that run in one transaction, or some first of which do. */
export interface Group {
  readonly steps: readonly Step[];
  /** Index of its first step in the whole run. */
  readonly first: number;
  /** Enforcement cannot change inside a transaction, so a group has one. */
  readonly enforcement: 'on' | 'off';
  /**
   * What a failure leaves: the steps before it, as if each had had a transaction of its own,
   * or nothing.
   */
  readonly keeps: 'earlier' | 'nothing';
}

/**
 * The steps that may share the next transaction.
 *
 * @param at index of the step to begin with. @throws EngineError `unsupported`
 */
export function groupAt(steps: readonly Step[], at: number, how: RunOptions['group']): Group {
  if (how === 'all') return { ...wholeOf(steps), first: 0, keeps: 'nothing' };
  let end = at + 1;
  if (how === 'timed' && isShared(steps[at]!)) {
    while (end < steps.length && isShared(steps[end]!)) end++;
  }
  return {
    steps: steps.slice(at, end),
    first: at,
    enforcement: steps[at]!.script?.foreignKeys === 'on' ? 'on' : 'off',
    keeps: 'earlier',
  };
}

/** Whether a step can have others beside it: else what comes before or behind would differ. */
function isShared({ script }: Step): boolean {
  return script === undefined || (script.stepwise === undefined && script.foreignKeys !== 'on');
}

function wholeOf(steps: readonly Step[]): Pick<Group, 'steps' | 'enforcement'> {
  if (steps.some((step) => step.script?.stepwise !== undefined)) {
    throw new EngineError({
      kind: 'unsupported',
      message: 'A revision with `transaction: off` cannot be part of one transaction for all.',
      hint: 'Leave out `--atomic`.',
    });
  }
  const wanted = new Set(
    steps.flatMap(({ script }) => (script === undefined ? [] : [script.foreignKeys === 'on'])),
  );
  if (wanted.size > 1) {
    throw new EngineError({
      kind: 'unsupported',
      message: 'Revisions with and without `foreign_keys: on` cannot share one transaction.',
      hint: 'SQLite cannot switch enforcement inside one: leave out `--atomic`.',
    });
  }
  return { steps, enforcement: wanted.has(true) ? 'on' : 'off' };
}
