import { type Engine, EngineError } from '../engine/engine.ts';
import { MigError } from '../error.ts';
import { checksumOf } from '../files/hash.ts';
import { shownPath } from '../files/names.ts';
import type { SqlFile } from '../graph/revision.ts';
import type { Interruption } from '../ledger/fold.ts';
import type { Fact } from '../ledger/row.ts';
import { messageOf } from './describe.ts';
import type { RepairDocument } from './documents.ts';
import { CODE_OF } from './engine-errors.ts';
import { execute } from './execute.ts';
import { namedRevisions } from './named.ts';
import { factsOf, preparedScript, storedFiles } from './prepare.ts';
import { newRun, openEngine, type Project, type Verbosity } from './project.ts';
import { describeRow } from './run.ts';
import { downEditedIn, driftIn, readSituation, readStored, type Situation } from './situation.ts';

export interface RepairOptions extends Verbosity {
  readonly revisions: readonly string[];
  /** Go on with an interrupted revision at its next statement. */
  readonly resume?: boolean;
  /** Believe that an interrupted revision is applied. */
  readonly applied?: boolean;
  /** Believe that it is not. */
  readonly reverted?: boolean;
}

type Repaired = RepairDocument['repaired'][number];

/** Accepts edited files as what is applied, or settles what was interrupted. */
export async function repair(project: Project, options: RepairOptions): Promise<RepairDocument> {
  const ways = (['resume', 'applied', 'reverted'] as const).filter((way) => options[way]);
  if (ways.length > 1) {
    throw new MigError({
      code: 'usage',
      message: `\`--${ways[0]}\` and \`--${ways[1]}\` exclude each other.`,
      hint: 'Say one of them.',
    });
  }
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  const { interrupted } = situation.ledger;
  // What was interrupted may be in no graph: its file is gone, and it is not applied.
  const ids = options.revisions.every((text) => interrupted.has(text))
    ? [...new Set(options.revisions)]
    : namedRevisions(situation.graphs.union, options.revisions);
  const repaired: Repaired[] = [];
  const [way] = ways;
  if (way === undefined) repaired.push(...(await accept(project, engine, situation, ids)));
  else {
    if (ids.length !== 1) {
      throw new MigError({
        code: 'usage',
        message: `\`--${way}\` settles one revision at a time.`,
        hint: 'Name the one that was interrupted; `mig status` shows it.',
      });
    }
    const open = interruptionOf(situation, ids[0]!);
    if (way === 'resume') repaired.push(await resume(project, engine, situation, open, options));
    else repaired.push(await settle(project, engine, situation, open, way));
  }
  return { version: 1, command: 'repair', repaired };
}

async function accept(
  project: Project,
  engine: Engine,
  situation: Situation,
  ids: readonly string[],
): Promise<readonly Repaired[]> {
  const stored = await readStored(situation, engine);
  const drift = driftIn(situation, stored);
  const downEdited = downEditedIn(situation, stored, drift, ids);
  const facts: Fact[] = [];
  const repaired = ids.map((id): Repaired => {
    const revision = situation.folder.revisions.get(id);
    if (situation.ledger.interrupted.has(id)) {
      throw new MigError({
        code: 'usage',
        message: `${id} was interrupted: how should that be settled?`,
        hint: '`--resume` goes on; `--applied` and `--reverted` say what to believe.',
        revision: id,
      });
    }
    if (revision === undefined || !situation.ledger.applied.has(id)) {
      throw new MigError({
        code: revision === undefined ? 'missing' : 'not-applied',
        message:
          revision === undefined
            ? `${id} has no file here that could be accepted.`
            : `${id} is not applied, so there is nothing to repair.`,
        hint:
          revision === undefined
            ? '`mig pull` writes it back.'
            : '`mig status` shows what differs.',
        revision: id,
      });
    }
    const as = drift.edited.includes(id)
      ? 'edited'
      : drift.reparented.includes(id)
        ? 'reparented'
        : downEdited.includes(id)
          ? 'down-edited'
          : 'unchanged';
    if (as !== 'unchanged') facts.push({ op: 'repair', ...factsOf(revision) });
    return { revision: id, as };
  });
  await append(project, engine, situation, facts);
  return repaired;
}

function interruptionOf({ ledger }: Situation, id: string): Interruption {
  const open = ledger.interrupted.get(id);
  if (open !== undefined) return open;
  throw new MigError({
    code: 'usage',
    message: `${id} was not interrupted, so there is nothing to settle.`,
    hint: '`mig status` shows what was.',
    revision: id,
  });
}

/** Runs the statements that are left, of the file that was begun and of no other. */
async function resume(
  project: Project,
  engine: Engine,
  situation: Situation,
  open: Interruption,
  { statements }: RepairOptions,
): Promise<Repaired> {
  const id = open.revision;
  const revision = situation.folder.revisions.get(id);
  const now = revision?.[open.direction];
  const isBegun = now != null && checksumOf(now) === open.checksum;
  const file = isBegun ? now : await storedDown(engine, situation, open);
  if (file === null) {
    throw new MigError({
      code: 'interrupted',
      message: `The ${open.direction} file of ${id} is not the one that was begun, so nobody knows which statements are left.`,
      hint: 'Put it back as it was; or mend the database by hand, and say `--applied` or `--reverted`.',
      revision: id,
      file: now == null ? undefined : shownPath(situation.folder.shown, now.path),
    });
  }
  const step = { direction: open.direction, revision: id };
  const { applied } = situation.state;
  const after = new Set(applied);
  if (open.direction === 'up') after.add(id);
  else after.delete(id);
  const plan = {
    steps: [step],
    stateBefore: applied,
    stateAfter: after,
    before: [],
    after: [],
    dragged: [],
  };
  const fact: Fact =
    open.direction === 'up' ? { op: 'up', ...factsOf(revision!) } : { op: 'down', revision: id };
  const script = preparedScript(file, step, open.done);
  const prepared = {
    plan: step,
    message: messageOf(situation, id),
    file: isBegun ? shownPath(situation.folder.shown, file.path) : null,
    sql: file,
    step: { facts: [fact], script },
  };
  const settled = { ...situation, ledger: { ...situation.ledger, interrupted: new Map() } };
  await execute(project, engine, settled, plan, [prepared], {
    command: open.direction === 'up' ? 'upgrade' : 'downgrade',
    statements,
  });
  return { revision: id, as: 'resumed' };
}

/** The down file as the ledger has it, if that is the one that was begun. */
async function storedDown(
  engine: Engine,
  situation: Situation,
  { revision, direction, checksum }: Interruption,
): Promise<SqlFile | null> {
  if (direction === 'up') return null;
  const down = (await storedFiles(engine, situation, [revision])).get(revision)?.down;
  return down != null && checksumOf(down) === checksum ? down : null;
}

async function settle(
  project: Project,
  engine: Engine,
  situation: Situation,
  open: Interruption,
  as: 'applied' | 'reverted',
): Promise<Repaired> {
  const id = open.revision;
  const facts: Fact[] = [];
  if (as === 'applied' && open.direction === 'up') {
    const revision = situation.folder.revisions.get(id);
    if (revision === undefined) {
      throw new MigError({
        code: 'missing',
        message: `${id} has no file here, so the ledger could not say what is applied.`,
        hint: 'Bring the file back first, from git or a backup.',
        revision: id,
      });
    }
    facts.push({ op: 'stamp', ...factsOf(revision) });
  }
  if (as === 'reverted' && open.direction === 'down') facts.push({ op: 'unstamp', revision: id });
  await append(project, engine, situation, [...facts, { op: 'settle', revision: id, as }]);
  return { revision: id, as };
}

/** Facts alone, as one batch. @throws MigError `conflict` when the ledger moved on meanwhile */
async function append(
  { world }: Project,
  engine: Engine,
  { ledger }: Situation,
  facts: readonly Fact[],
): Promise<void> {
  if (facts.length === 0) return;
  const author = { run: newRun(world), by: world.by(), now: world.now, ticks: world.ticks };
  try {
    for await (const _ of engine.run(ledger.last, [{ facts }], { group: 'each', author }));
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const last = error.kind === 'conflict' ? (await engine.readLog()).at(-1) : undefined;
    throw new MigError({
      code: CODE_OF[error.kind],
      message:
        last === undefined ? error.message : `The database changed meanwhile: ${describeRow(last)}`,
      hint: error.failure.hint ?? 'Nothing was written. Look at `mig status`, and decide again.',
    });
  }
}
