import { EngineError, type RunOptions, type Script, type Step } from './engine.ts';

/** Steps that share a transaction; where its time is over, only the first of them. */
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
  if (how === 'all') return wholeOf(steps);
  let end = at + 1;
  if (how === 'timed' && isShared(steps[at]!)) {
    while (end < steps.length && isShared(steps[end]!)) end++;
  }
  return {
    steps: steps.slice(at, end),
    first: at,
    enforcement: enforcementOf(steps[at]!.script),
    keeps: 'earlier',
  };
}

/** Whether a step can have others beside it: else what comes before or behind would differ. */
function isShared({ script }: Step): boolean {
  return script?.stepwise === undefined && enforcementOf(script) === 'off';
}

/** Under `auto` and `off` alike, SQLite enforces nothing: mig looks at the keys itself. */
function enforcementOf(script: Script | undefined): Group['enforcement'] {
  return script?.foreignKeys === 'on' ? 'on' : 'off';
}

function wholeOf(steps: readonly Step[]): Group {
  const obstacle = obstacleToOneTransaction(steps);
  if (obstacle !== null) {
    const { message, hint } = obstacle;
    throw new EngineError({ kind: 'unsupported', message, hint });
  }
  const first = steps.find(({ script }) => script !== undefined);
  return { steps, first: 0, enforcement: enforcementOf(first?.script), keeps: 'nothing' };
}

/** Why steps cannot share one transaction, as sentences. */
interface Obstacle {
  readonly message: string;
  readonly hint: string;
  /** Index of the step that is in the way by itself; null where it takes two. */
  readonly step: number | null;
}

/** What keeps steps from sharing one transaction for all of them; null where they can. */
export function obstacleToOneTransaction(steps: readonly Step[]): Obstacle | null {
  const stepwise = steps.findIndex(({ script }) => script?.stepwise !== undefined);
  if (stepwise !== -1) {
    return {
      message: 'A revision with `transaction: off` cannot be part of one transaction for all.',
      hint: 'Leave out `--atomic`.',
      step: stepwise,
    };
  }
  // What only changes the ledger goes with either.
  const scripts = steps.flatMap(({ script }) => (script === undefined ? [] : [script]));
  if (new Set(scripts.map(enforcementOf)).size < 2) return null;
  return {
    message: 'Revisions with and without `foreign_keys: on` cannot share one transaction.',
    hint: 'SQLite cannot switch enforcement inside one: leave out `--atomic`.',
    step: null,
  };
}
