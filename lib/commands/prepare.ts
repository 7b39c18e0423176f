import type { Engine, Script, Step } from '../engine/engine.ts';
import { errorOf, MigError, type Problem } from '../error.ts';
import { checksumOf } from '../files/hash.ts';
import { shownPath } from '../files/names.ts';
import { downProblems } from '../files/side.ts';
import { parseHeader } from '../graph/header.ts';
import type { Plan, PlanStep } from '../graph/plan.ts';
import { executableSql, type Revision, type SqlFile } from '../graph/revision.ts';
import type { Fact, Files, RevisionFacts } from '../ledger/row.ts';
import { refusals } from '../sql/refusals.ts';
import { positionAt } from '../sql/statements.ts';
import { messageOf } from './describe.ts';
import type { Situation } from './situation.ts';

/** A step of a plan with everything that it takes to run, write or show it. */
export interface PreparedStep {
  readonly plan: PlanStep;
  readonly message: string;
  /** The file as a person would type it; null when the SQL comes from the ledger. */
  readonly file: string | null;
  /** The SQL that runs; null for stamps. */
  readonly sql: SqlFile | null;
  readonly step: Step;
}

/** Who can read the files that a ledger keeps: an engine. */
type StoredReader = Pick<Engine, 'readFiles'>;

/** Where no database is read, no files are stored: every down is that of the files. */
export const NOTHING_STORED: StoredReader = { readFiles: async () => new Map() };

/**
 * Finds the SQL of every step of a plan, and refuses before anything runs what must not:
 * irreversible revisions in the way, and statements that would break the transaction.
 *
 * @throws MigError with every such problem.
 */
export async function prepare(
  engine: StoredReader,
  situation: Situation,
  plan: Plan,
): Promise<readonly PreparedStep[]> {
  const going = plan.steps.filter((step) => step.direction === 'down');
  const stored = await storedFiles(
    engine,
    situation,
    going.map((step) => step.revision),
  );
  refuseIrreversible(situation, plan, stored);
  // A redo goes down and up again: each file is told of once.
  const ids = new Set(plan.steps.map((step) => step.revision));
  const unread = [...ids].flatMap((id) => downProblems(situation.folder.revisions.get(id)));
  if (unread.length > 0) throw errorOf(unread);
  const steps = plan.steps.map((step) => prepareStep(situation, step, stored));
  const problems = steps.flatMap(refusedStatements);
  if (problems.length > 0) throw errorOf(problems);
  return steps;
}

/** What the ledger is told of a revision that is applied from its files. */
export function factsOf(revision: Revision): { facts: RevisionFacts; files: Files } {
  const { up, down } = revision;
  return {
    facts: {
      revision: revision.id,
      path: up.path,
      downPath: down?.path ?? null,
      parents: revision.parents,
      depends: revision.depends,
      message: revision.message,
      checksum: checksumOf(up),
      downChecksum: down === null ? null : checksumOf(down),
    },
    files: { up: up.text, down: down?.text ?? null },
  };
}

/** What would break the transaction of a file, as problems with their places. */
export function statementProblems(
  sql: SqlFile,
  file: string | undefined,
  revision: string,
): Problem[] {
  return refusals(executableSql(sql), sql).map((refusal) => ({
    code: 'statement',
    message: refusal.message,
    hint: refusal.hint,
    revision,
    file,
    ...positionAt(executableSql(sql), refusal.offset),
  }));
}

function prepareStep(
  situation: Situation,
  step: PlanStep,
  stored: ReadonlyMap<string, StoredFiles>,
): PreparedStep {
  const { direction, revision: id } = step;
  const message = messageOf(situation, id);
  if (direction === 'unstamp') {
    return {
      plan: step,
      message,
      file: null,
      sql: null,
      step: { facts: [{ op: 'unstamp', revision: id }] },
    };
  }
  if (direction === 'down') {
    const { sql, file } = downSql(situation, id, stored);
    return {
      plan: step,
      message,
      file,
      sql,
      step: stepOf(sql!, { op: 'down', revision: id }, step),
    };
  }
  const revision = situation.folder.revisions.get(id);
  if (revision === undefined) throw withoutFiles(id);
  const file = shownPath(situation.folder.shown, revision.up.path);
  const fact: Fact = { op: direction, ...factsOf(revision) };
  if (direction === 'stamp')
    return { plan: step, message, file, sql: null, step: { facts: [fact] } };
  return { plan: step, message, file, sql: revision.up, step: stepOf(revision.up, fact, step) };
}

function stepOf(sql: SqlFile, fact: Fact, step: PlanStep): Step {
  return { facts: [fact], script: preparedScript(sql, step) };
}

/**
 * A file as the engine runs it.
 *
 * @param resumeAt with `transaction: off`, the index of the statement to go on with.
 */
export function preparedScript(
  sql: SqlFile,
  { direction, revision }: PlanStep,
  resumeAt?: number,
): Script {
  const script = { sql: executableSql(sql), foreignKeys: sql.foreignKeys };
  if (sql.transaction === 'on') return script;
  const stepwise = {
    revision,
    direction: direction === 'down' ? ('down' as const) : ('up' as const),
    checksum: checksumOf(sql),
    ...(resumeAt === undefined ? {} : { resumeAt }),
  };
  return { ...script, stepwise };
}

/** The files of an applied revision as the ledger has them. */
interface StoredFiles {
  readonly down: SqlFile | null;
  readonly irreversible: string | null;
}

/**
 * The down that belongs to what was applied: the file's while its up is what was applied
 * (somebody may have mended the down since), otherwise the ledger's.
 */
function downSql(
  { folder, ledger }: Situation,
  id: string,
  stored: ReadonlyMap<string, StoredFiles>,
): { sql: SqlFile | null; file: string | null; irreversible: string | null } {
  const revision = folder.revisions.get(id);
  if (revision !== undefined && checksumOf(revision.up) === ledger.applied.get(id)?.checksum) {
    const { down, irreversible } = revision;
    return {
      sql: down,
      file: down === null ? null : shownPath(folder.shown, down.path),
      irreversible,
    };
  }
  const files = stored.get(id);
  return { sql: files?.down ?? null, file: null, irreversible: files?.irreversible ?? null };
}

/** @throws MigError `ledger` where a stored down file does not match its checksum */
export async function storedFiles(
  engine: StoredReader,
  { ledger }: Situation,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredFiles>> {
  const going = ids.map((id) => ledger.applied.get(id)!);
  const files = await engine.readFiles(going.map((applied) => applied.filesSeq));
  const stored = new Map<string, StoredFiles>();
  for (const applied of going) {
    const found = files.get(applied.filesSeq);
    if (found === undefined) continue;
    const down = found.down === null ? null : sqlFile(applied.downPath ?? '', found.down);
    if (down !== null && checksumOf(down) !== applied.downChecksum) throw damaged(applied.revision);
    const irreversible = parseHeader(found.up, 'up').header.irreversible;
    stored.set(applied.revision, { down, irreversible });
  }
  return stored;
}

function withoutFiles(revision: string): MigError {
  return new MigError({
    code: 'missing',
    message: `${revision} has no files here, so it could not be applied again, and others need it.`,
    hint: '`mig pull` writes them back from the database.',
    revision,
  });
}

/** Finds accidents, not attackers: whoever writes the ledger can write both. */
function damaged(revision: string): MigError {
  return new MigError({
    code: 'ledger',
    message: `The ledger's copy of the down file of ${revision} does not match its checksum.`,
    hint: 'Somebody changed the ledger by hand. Nothing was run.',
    revision,
  });
}

function sqlFile(path: string, text: string): SqlFile {
  const { header, sqlStart } = parseHeader(text, 'down');
  return { path, text, sqlStart, transaction: header.transaction, foreignKeys: header.foreignKeys };
}

function refuseIrreversible(
  situation: Situation,
  plan: Plan,
  stored: ReadonlyMap<string, StoredFiles>,
): void {
  const stuck = plan.steps
    .filter((step) => step.direction === 'down')
    .map((step) => ({ id: step.revision, ...downSql(situation, step.revision, stored) }))
    .filter(({ sql }) => sql === null);
  if (stuck.length === 0) return;
  const each = stuck
    .slice(0, 3)
    .map(({ id, irreversible }) => `${id} (${irreversible ?? 'it has no down file'})`);
  if (stuck.length > each.length) each.push(`${stuck.length - each.length} more`);
  throw new MigError({
    code: 'irreversible',
    message: `There is no way back over ${each.join(' and ')}`,
    hint: 'Nothing was run. Restore a backup, or write a new revision that mends what is wrong.',
    revision: stuck[0]!.id,
  });
}

function refusedStatements({ sql, file, plan }: PreparedStep): Problem[] {
  return sql === null ? [] : statementProblems(sql, file ?? undefined, plan.revision);
}
