import type { Step } from '../engine/engine.ts';
import { obstacleToOneTransaction } from '../engine/sqlite-groups.ts';
import {
  type Expectation,
  lineEndInText,
  type ScriptStep,
  sqliteScript,
} from '../engine/sqlite-script.ts';
import { errorOf, MigError, type Problem } from '../error.ts';
import { withinLine } from '../graph/controls.ts';
import { type Graph, inOrder, withAncestors } from '../graph/graph.ts';
import { type Plan, planDowngrade, planUpgrade } from '../graph/plan.ts';
import { resolveRevisions, resolveTarget } from '../graph/target.ts';
import { type Applied, EMPTY_LEDGER, type Ledger } from '../ledger/fold.ts';
import { positionAt } from '../sql/statements.ts';
import type { StepsDocument } from './documents.ts';
import { plannedDocument } from './execute.ts';
import { factsOf, NOTHING_STORED, type PreparedStep, prepare } from './prepare.ts';
import { newRun, type Project } from './project.ts';
import { readFiles, type Situation, situationOf } from './situation.ts';

/** A plan that was made on a database. */
interface Decided {
  readonly situation: Situation;
  readonly plan: Plan;
  readonly steps: readonly PreparedStep[];
}

/**
 * Writes a plan as a script for the sqlite3 program, instead of running it.
 *
 * @param from the plan, where a database was read; else the target, `from:to` or a target
 *   alone, which then starts at base.
 */
export async function writeScript<Command extends 'upgrade' | 'downgrade'>(
  project: Project,
  command: Command,
  from: Decided | string,
  { atomic = false }: { readonly atomic?: boolean },
): Promise<StepsDocument<Command>> {
  const { situation, plan, steps } =
    typeof from === 'string' ? await withoutDatabase(project, command, from) : from;
  if (atomic) refuseAtomic(steps);
  const problems = steps.flatMap(changedByShell);
  if (problems.length > 0) throw errorOf(problems);
  // It brings the scratch database along, which an upgrade that runs has no use for.
  const { refuseMissedCascades } = await import('./script-cascades.ts');
  await refuseMissedCascades(project, situation, steps);
  const expects: Expectation =
    typeof from === 'string'
      ? { kind: 'applied', revisions: inOrder(situation.graphs.union, situation.state.applied) }
      : { kind: 'seen', seq: situation.ledger.last };
  const at = (heads: readonly string[]) => (heads.length === 0 ? 'base' : heads.join(' '));
  const sql = sqliteScript({
    table: project.table,
    title: [
      `mig ${command}: ${steps.length} ${steps.length === 1 ? 'revision' : 'revisions'}, from ${at(plan.before)} to ${at(plan.after)}`,
      'Run it with: sqlite3 DATABASE < this-file',
    ],
    steps: steps.map(scriptStep),
    expects,
    atomic,
    run: newRun(project.world),
    by: project.world.by(),
  });
  return { ...plannedDocument(command, plan, steps), sql };
}

function scriptStep({ plan, message, step }: PreparedStep): ScriptStep & Step {
  // A line of its own, whatever the message holds: it may come from the ledger.
  const title = withinLine(`${plan.direction} ${plan.revision} ${message}`);
  return { ...step, title: title.trimEnd() };
}

/** The state is what the range says: everything that its beginning needs is applied. */
async function withoutDatabase(
  project: Project,
  command: 'upgrade' | 'downgrade',
  text: string,
): Promise<Decided> {
  const folder = readFiles(project);
  const [from, to] = ends(command, text);
  const applied = withAncestors(folder.graph, startOf(folder.graph, from));
  const situation = situationOf(
    folder,
    ledgerOf(folder.graph, applied, folder.revisions),
    new Map(),
  );
  const { graphs, state } = situation;
  if (text.includes(':')) refuseTurned(command, folder.graph, [from, to]);
  const plan =
    command === 'upgrade'
      ? planUpgrade(graphs, state, resolveTarget(graphs.files, to, { direction: 'up' }))
      : planDowngrade(graphs.union, state, resolveTarget(graphs.union, to, { direction: 'down' }));
  const steps = await prepare(NOTHING_STORED, situation, plan);
  return { situation, plan, steps };
}

function ends(command: 'upgrade' | 'downgrade', text: string): readonly [from: string, to: string] {
  if (text.includes(':')) {
    const [from = '', to = '', ...others] = text.split(':');
    if (others.length === 0)
      return [from || 'base', to || (command === 'upgrade' ? 'head' : 'base')];
    throw new MigError({
      code: 'usage',
      message: `\`${text}\` is no range.`,
      hint: 'Say `from:to`.',
    });
  }
  if (command === 'upgrade') return ['base', text];
  throw new MigError({
    code: 'no-database',
    message: 'From where? Without a database, `downgrade --sql` needs a range.',
    hint: 'Say `mig downgrade --sql head:base`, or give the database with `-d`.',
  });
}

/** An upgrade has to lead up, and a downgrade down: the other way round is a slip. */
function refuseTurned(
  command: 'upgrade' | 'downgrade',
  graph: Graph,
  [from, to]: readonly [from: string, to: string],
): void {
  if (/^(.*@)?[+-]/.test(to)) return;
  const up = command === 'upgrade';
  const [low, high] = [up ? to : from, up ? from : to].map((text) => startOf(graph, text));
  const below = withAncestors(graph, high!);
  if (high!.length === 0 || low!.some((id) => !below.has(id) || high!.includes(id))) return;
  throw new MigError({
    code: 'usage',
    message: `The range leads ${up ? 'down' : 'up'}, from ${from} to ${to}`,
    hint: `An upgrade goes from the older to the newer end, a downgrade back: \`mig ${command} ${to}:${from} --sql\`.`,
  });
}

function startOf(graph: Graph, text: string): readonly string[] {
  return resolveRevisions(graph, text);
}

/** A ledger in which the given revisions were applied from the files, in graph order. */
function ledgerOf(
  graph: Graph,
  applied: ReadonlySet<string>,
  revisions: Situation['folder']['revisions'],
): Ledger {
  if (applied.size === 0) return EMPTY_LEDGER;
  const entries = inOrder(graph, applied).map((id, index): [string, Applied] => [
    id,
    {
      ...factsOf(revisions.get(id)!).facts,
      seq: index + 1,
      filesSeq: index + 1,
      run: '',
      at: '',
      by: '',
    },
  ]);
  return { ...EMPTY_LEDGER, applied: new Map(entries), last: entries.length };
}

/** @throws MigError where the steps cannot be one transaction, as a run would say. */
function refuseAtomic(steps: readonly PreparedStep[]): void {
  const obstacle = obstacleToOneTransaction(steps.map(({ step }) => step));
  if (obstacle === null) return;
  const { hint } = obstacle;
  if (obstacle.step === null)
    throw new MigError({ code: 'failed', message: obstacle.message, hint });
  const { revision } = steps[obstacle.step]!.plan;
  throw new MigError({
    code: 'failed',
    message: `${revision} says \`transaction: off\`, so it cannot be part of one transaction for all.`,
    hint,
    revision,
  });
}

function changedByShell({ sql, file, plan }: PreparedStep): Problem[] {
  const offset = sql === null ? null : lineEndInText(sql.text);
  if (sql === null || offset === null) return [];
  return [
    {
      code: 'statement',
      message:
        'A text spans lines that end in CRLF here, and the sqlite3 program would drop the CR.',
      hint: 'Run `mig upgrade` without `--sql`, or save the file with LF.',
      revision: plan.revision,
      file: file ?? undefined,
      ...positionAt(sql.text, offset),
    },
  ];
}
