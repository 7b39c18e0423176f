import type { Engine } from '../engine/engine.ts';
import { MigError } from '../error.ts';
import { shownPath } from '../files/names.ts';
import { type Plan, planUpgrade, type State } from '../graph/plan.ts';
import { resolveTarget, type Target } from '../graph/target.ts';
import type { Drift } from '../ledger/drift.ts';
import { chooseTarget } from './choose.ts';
import type { StepsDocument } from './documents.ts';
import { execute, plannedDocument, refuseInterrupted } from './execute.ts';
import { prepare } from './prepare.ts';
import { openEngine, type Project, type Verbosity } from './project.ts';
import { writeScript } from './script.ts';
import { driftIn, readSituation, readStored, type Situation } from './situation.ts';
import { unifiedDiff } from './unified-diff.ts';

export interface UpgradeOptions extends Verbosity {
  /** Default `head`; `from:to` with `sql` and no database. */
  readonly target?: string;
  readonly dryRun?: boolean;
  /** Write a script for the sqlite3 program instead of running anything. */
  readonly sql?: boolean;
  /** The whole plan in one transaction. */
  readonly atomic?: boolean;
  /** Whether quick revisions may share a transaction, which shows in nothing; default true. */
  readonly group?: boolean;
  /** Copy the database first: to a path, or beside it (true). */
  readonly backup?: boolean | string;
  /** Go on although the database has revisions that the files do not have. */
  readonly allowMissing?: boolean;
  /** Apply revisions although something that needs them is applied already. */
  readonly allowInserted?: boolean;
}

/** Applies what the target needs and the database does not have. */
export async function upgrade(
  project: Project,
  options: UpgradeOptions = {},
): Promise<StepsDocument<'upgrade'>> {
  const { target: wanted, sql } = options;
  if (sql && (project.database === null || wanted?.includes(':'))) {
    return writeScript(project, 'upgrade', wanted ?? 'head', options);
  }
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  refuseInterrupted(situation, 'upgrade');
  const target = resolveUpgrade(
    situation,
    wanted ?? targetOf(project, situation, options),
    options.backup,
  );
  const plan = planUpgrade(situation.graphs, situation.state, target);
  const drift = driftIn(situation, await readStored(situation, engine));
  if (drift.edited.length > 0) throw await editedError(engine, situation, drift.edited);
  refuseDrift(drift, plan, options);

  const steps = await prepare(engine, situation, plan);
  if (sql) {
    return await writeScript(project, 'upgrade', { situation, plan, steps }, options);
  }
  const document = options.dryRun
    ? plannedDocument('upgrade', plan, steps)
    : await execute(project, engine, situation, plan, steps, { ...options, command: 'upgrade' });
  return drift.missing.length === 0 ? document : { ...document, ahead: drift.missing };
}

/** A script goes to a file, where nobody sees a question beside it. */
function targetOf(project: Project, { folder }: Situation, { sql }: UpgradeOptions): string {
  return (sql ? undefined : chooseTarget(project, folder)) ?? 'head';
}

/** The target, in the files alone: what only the database knows is there already. */
function resolveUpgrade(
  { graphs, ledger }: Situation,
  text: string,
  backup: UpgradeOptions['backup'],
): Target {
  try {
    return resolveTarget(graphs.files, text, { direction: 'up' });
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    if (error.code !== 'unknown-revision' || !ledger.applied.has(text)) {
      const isNoTarget = error.code === 'unknown-revision' || error.code === 'usage';
      throw backup === true && isNoTarget ? notAValue(error, text) : error;
    }
    throw new MigError({
      code: 'missing',
      message: `${text} is applied, but there is no file of it here.`,
      hint: '`mig pull` writes it back; or switch to the git branch that has it.',
      revision: text,
    });
  }
}

/** `--backup PATH`: the word behind it is read as the target. */
function notAValue({ code, message, hint }: MigError, text: string): MigError {
  const also = `A value of \`--backup\` goes behind \`=\`: \`--backup=${text}\`.`;
  return new MigError({ code, message, hint: `${hint ?? ''} ${also}`.trim() });
}

/**
 * Stops before anything runs where files and ledger tell different stories. A database
 * that is merely ahead is none: an older program that starts on a newer schema.
 */
function refuseDrift(drift: Drift, plan: Plan, options: UpgradeOptions): void {
  const { reparented, inserted, missing } = drift;
  if (reparented.length > 0) {
    throw stop(
      'reparented',
      reparented,
      'names other parents than when it was applied',
      'name other parents than when they were applied',
      `Put the header back as it was, accept it with \`mig repair ${reparented.join(' ')}\`, or let \`mig sync\` revert it and run it again.`,
    );
  }
  if (inserted.length > 0 && !options.allowInserted) {
    throw stop(
      'inserted',
      inserted,
      'is not applied, but what needs it is',
      'are not applied, but what needs them is',
      '`--allow-inserted` applies it now, after what needs it.',
    );
  }
  if (missing.length > 0 && plan.steps.length > 0 && !options.allowMissing) {
    throw stop(
      'missing',
      missing,
      'is applied, but has no file here',
      'are applied, but have no files here',
      '`mig sync` reverts it, `mig pull` writes its files back, `--allow-missing` goes on without them.',
    );
  }
}

/** The error for files that changed after they were applied, with what changed in them. */
async function editedError(
  engine: Engine,
  { folder, ledger, state }: Situation,
  ids: readonly string[],
): Promise<MigError> {
  const seqs = ids.map((id) => ledger.applied.get(id)!.filesSeq);
  const stored = await engine.readFiles(seqs);
  const diff = ids.flatMap((id, index) => {
    const { up } = folder.revisions.get(id)!;
    const file = shownPath(folder.shown, up.path);
    const before = stored.get(seqs[index]!)?.up ?? '';
    return unifiedDiff(before, up.text, { before: `${file} (as applied)`, after: `${file} (now)` });
  });
  const hidden = diff.length - MOST_DIFF_LINES;
  const [first] = ids;
  return new MigError(
    {
      code: 'edited',
      message: `${ids.join(' ')} ${ids.length === 1 ? 'changed after it was applied' : 'changed after they were applied'}. Nothing was run.`,
      hint: `Put back what ran and write a new revision; or run the new text with \`${rerun(state, ids)}\`; or accept it with \`mig repair ${ids.join(' ')}\`.`,
      revision: first,
      file: shownPath(folder.shown, folder.revisions.get(first!)!.up.path),
    },
    {
      excerpt:
        hidden > 0 ? [...diff.slice(0, MOST_DIFF_LINES), `… and ${hidden} lines more`] : diff,
    },
  );
}

/** `redo` counts from the end: where others were applied later, it would run those instead. */
function rerun({ newestFirst }: State, edited: readonly string[]): string {
  const last = new Set(newestFirst.slice(0, edited.length));
  if (!edited.every((id) => last.has(id))) return 'mig sync';
  return edited.length === 1 ? 'mig redo' : `mig redo -${edited.length}`;
}

const MOST_DIFF_LINES = 60;

function stop(
  code: 'reparented' | 'inserted' | 'missing',
  ids: readonly string[],
  one: string,
  several: string,
  hint: string,
): MigError {
  return new MigError({
    code,
    message: `${ids.join(' ')} ${ids.length === 1 ? one : several}. Nothing was run.`,
    hint,
    revision: ids[0],
  });
}
