import {
  type Author,
  type Committed,
  type Engine,
  EngineError,
  type RunOptions,
  type Script,
  type Step,
  type Watch,
} from '../../lib/engine/engine.ts';
import { SqliteEngine, type SqliteOptions } from '../../lib/engine/sqlite.ts';
import type { ForeignKeys } from '../../lib/graph/header.ts';
import type { LogRow, Seq } from '../../lib/ledger/row.ts';
import { upFact } from './ledger.ts';
import { thrownBy } from './temp.ts';

export const NOW = '2026-11-22T15:06:00.000Z';

/** An author whose clocks are the test's: every look at `ticks` is five milliseconds later. */
export function authorOf(run: string): Author {
  let ms = 0;
  return {
    run,
    by: `${run}@host`,
    now: () => new Date(NOW),
    ticks: () => {
      ms += 5;
      return ms;
    },
  };
}

export function optionsOf(
  group: RunOptions['group'] = 'each',
  watch?: Watch,
  run = 'ann',
): RunOptions {
  return { group, author: authorOf(run), ...(watch === undefined ? {} : { watch }) };
}

export function scriptOf(sql: string, foreignKeys: ForeignKeys = 'auto'): Script {
  // An engine may ask for more of a script than these tests are about.
  return { sql, foreignKeys } as Script;
}

/** The step that applies a revision. */
export function upStep(revision: string, sql: string, foreignKeys: ForeignKeys = 'auto'): Step {
  return { facts: [upFact(revision)], script: scriptOf(sql, foreignKeys) };
}

export async function runAll(
  engine: Engine,
  seen: Seq | null,
  steps: readonly Step[],
  options: RunOptions = optionsOf(),
): Promise<readonly Committed[]> {
  const committed: Committed[] = [];
  for await (const each of engine.run(seen, steps, options)) committed.push(each);
  return committed;
}

/** Runs steps that fail, and hands back the error and what was committed before it. */
export async function runToFailure(
  engine: Engine,
  seen: Seq | null,
  steps: readonly Step[],
  options: RunOptions = optionsOf(),
): Promise<{ readonly error: EngineError; readonly committed: readonly number[] }> {
  const committed: number[] = [];
  const error = await thrownBy(EngineError, async () => {
    for await (const { index } of engine.run(seen, steps, options)) committed.push(index);
  });
  return { error, committed };
}

/** `up a`, `down a`, … of a ledger, `init` left out. */
export async function logOf(engine: Engine): Promise<readonly string[]> {
  return (await engine.readLog())
    .filter(({ op }) => op !== 'init')
    .map(({ op, revision }) => `${op} ${revision}`);
}

const KNOWN = [
  'seq',
  'op',
  'revision',
  'path',
  'downPath',
  'parents',
  'depends',
  'message',
  'checksum',
  'downChecksum',
  'run',
  'at',
  'by',
] as const satisfies readonly (keyof LogRow)[];

export type KnownRow = Pick<LogRow, (typeof KNOWN)[number]>;

/** What the seam promises of every row; what else it may carry is left out. */
export function known(row: LogRow): KnownRow {
  return Object.fromEntries(KNOWN.map((key) => [key, row[key]])) as unknown as KnownRow;
}

/** An engine on a file, which messages call `app.db`. */
export function sqliteAt(path: string, options: Partial<SqliteOptions> = {}): SqliteEngine {
  return new SqliteEngine({
    path,
    shown: 'app.db',
    table: 'mig_log',
    lockTimeoutMs: 20,
    ...options,
  });
}
