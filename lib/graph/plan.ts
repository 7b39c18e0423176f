import { MigError } from '../error.ts';
import {
  basesOf,
  type Graph,
  headsOf,
  inOrder,
  lineage,
  maximal,
  withAncestors,
  withDependents,
} from './graph.ts';
import { requirements } from './revision.ts';
import { type Line, severalHeads, type Target } from './target.ts';

/** The revisions that a database has, by the ledger; nothing is inferred from heads alone. */
export interface State {
  readonly applied: ReadonlySet<string>;
  /** The applied revisions, the one applied last first (the ledger's order, not the clock's). */
  readonly newestFirst: readonly string[];
}

/** What a step does: with SQL (`up`, `down`), or to the ledger alone. */
export type Direction = 'up' | 'down' | 'stamp' | 'unstamp';

/** What is done to one revision. */
export interface PlanStep {
  readonly direction: Direction;
  readonly revision: string;
}

/** What will run, and where it leads. `--dry-run` prints it, `--sql` writes it, the runner does it. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly stateBefore: ReadonlySet<string>;
  readonly stateAfter: ReadonlySet<string>;
  /** The database's heads before and after, in graph order. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** Revisions that go although nobody counted them, because they need one that goes. */
  readonly dragged: readonly string[];
}

/** The graph of the files, and the one that also has what only the database knows. */
export interface Graphs {
  readonly files: Graph;
  /** An applied revision's edges are those that the ledger recorded. */
  readonly union: Graph;
}

/**
 * **upgrade T**: the target and all that it needs, over both kinds of edges, less what is
 * applied, in graph order. `+N`: the first N steps of the plan to `head`.
 *
 * @throws MigError when `+N` asks for more steps than there are, or `-N` stands where `+N` should.
 */
export function planUpgrade(graphs: Graphs, state: State, target: Target): Plan {
  const steps = upgradeIds(graphs.files, state, target).map(
    (revision): PlanStep => ({ direction: 'up', revision }),
  );
  return planOf(graphs, state, steps);
}

function upgradeIds(graph: Graph, state: State, target: Target): readonly string[] {
  if (target.kind === 'base') return [];
  if (target.kind === 'revisions') return pending(graph, state, target.ids);
  if (target.count < 0) {
    throw usage(
      `\`${target.count}\` counts downwards.`,
      'An upgrade counts upwards: `mig upgrade +1`.',
    );
  }
  const heads = headsOf(graph).filter((id) => target.line === null || target.line.members.has(id));
  if (heads.length > 1)
    throw severalHeads(heads, target.line === null ? 'head' : `${target.line.revision}@head`);
  const all = pending(graph, state, heads);
  if (target.count > all.length) throw tooMany('+', target.count, all.length, 'pending');
  return all.slice(0, target.count);
}

function pending(graph: Graph, state: State, ids: readonly string[]): readonly string[] {
  const wanted = withAncestors(graph, ids);
  return inOrder(graph, wanted).filter((id) => !state.applied.has(id));
}

/**
 * **downgrade T**: T stays; its applied children, and all that needs them over either kind
 * of edge, go, in reverse order.
 *
 *     a ─ b ─ m     downgrade b: m goes, c stays
 *       ╲ c ─╱      downgrade a: m, b, c go
 *
 * `label@T`: of several children only those on the way to the label. `base`: all bases go.
 * `-N`: the N revisions applied last, and what needs them.
 *
 * @param graph the union of ledger and files: an applied revision's edges are the ledger's.
 * @throws MigError `not-applied` when T is not applied.
 */
export function planDowngrade(graph: Graph, state: State, target: Target): Plan {
  if (target.kind === 'steps') return planLast(graph, state, target.count, target.line);
  return planBack(graph, state, revert(graph, state, rootsAbove(graph, state, target)));
}

function rootsAbove(
  graph: Graph,
  state: State,
  target: Exclude<Target, { kind: 'steps' }>,
): readonly string[] {
  if (target.kind === 'base') {
    const { line } = target;
    return basesOf(graph).filter((id) => line === null || line.members.has(id));
  }
  const [id, ...others] = target.ids;
  if (id === undefined) return [];
  if (others.length > 0) {
    throw usage(
      `A downgrade has one target, not ${target.ids.length}: ${target.ids.join(' ')}`,
      'Name one revision, or `base`.',
    );
  }
  if (!state.applied.has(id)) {
    throw new MigError({
      code: 'not-applied',
      message: `${id} is not applied, so the database cannot go back to it.`,
      hint: '`mig current` shows where the database is; `mig history` what is below it.',
      revision: id,
    });
  }
  const children = graph.children.get(id) ?? [];
  if (target.line === null || children.length < 2) return children;
  const onTheWay = lineage(graph, target.line.revision);
  const chosen = children.filter((child) => onTheWay.has(child));
  if (chosen.length > 0) return chosen;
  throw new MigError({
    code: 'ambiguous-revision',
    message: `${target.line.revision} does not say which branch above ${id} is meant: ${children.join(' ')}`,
    hint: `Say \`${children[0]}@${id}\` for one of them, or \`${id}\` for all.`,
  });
}

function planLast(graph: Graph, state: State, count: number, line: Line | null): Plan {
  if (count > 0) {
    throw usage(
      `\`+${count}\` counts upwards.`,
      'A downgrade counts downwards: `mig downgrade -1`.',
    );
  }
  const last = state.newestFirst.filter((id) => line === null || line.members.has(id));
  const wanted = -count;
  if (wanted > last.length) throw tooMany('-', wanted, last.length, 'applied');
  const counted = new Set(last.slice(0, wanted));
  const steps = revert(graph, state, counted);
  const dragged = steps.map((step) => step.revision).filter((id) => !counted.has(id));
  return { ...planBack(graph, state, steps), dragged };
}

/** The applied ones among the roots, and all that needs them, last first. */
function revert(graph: Graph, state: State, roots: Iterable<string>): readonly PlanStep[] {
  const going = appliedDependents(graph, state, roots);
  return inOrder(graph, going)
    .map((revision): PlanStep => ({ direction: 'down', revision }))
    .reverse();
}

function appliedDependents(graph: Graph, state: State, roots: Iterable<string>): Set<string> {
  const applied = [...roots].filter((id) => state.applied.has(id));
  return new Set([...withDependents(graph, applied)].filter((id) => state.applied.has(id)));
}

/**
 * **redo**: a downgrade, then exactly what it reverted again, in the order of the files.
 *
 * @param down the plan of that downgrade; the files have all of its revisions.
 */
export function planRedo(graphs: Graphs, state: State, down: Plan): Plan {
  const going = new Set(down.steps.map((step) => step.revision));
  const ups = inOrder(graphs.files, going).map(
    (revision): PlanStep => ({ direction: 'up', revision }),
  );
  return { ...planOf(graphs, state, [...down.steps, ...ups]), dragged: down.dragged };
}

/**
 * **sync**: the revisions that the files no longer have as they were applied are reverted,
 * with all that needs them; then everything that the files' heads need is applied, so that
 * what only depended on them comes back.
 *
 * @param unwanted applied revisions that are missing, edited or reparented.
 */
export function planSync(graphs: Graphs, state: State, unwanted: Iterable<string>): Plan {
  const { files, union } = graphs;
  const downs = revert(union, state, unwanted);
  const going = new Set(downs.map((step) => step.revision));
  const ups = files.order
    .filter((id) => !state.applied.has(id) || going.has(id))
    .map((revision): PlanStep => ({ direction: 'up', revision }));
  return planOf(graphs, state, [...downs, ...ups]);
}

/**
 * **stamp T…**: the ledger alone. What needs a target and is no target's ancestor is
 * unstamped; then the targets and their missing ancestors are stamped. Several targets are
 * one stamp; the state is closed under ancestors before and after.
 */
export function planStamp(
  graphs: Graphs,
  state: State,
  targets: readonly Target[],
  { purge = false }: { readonly purge?: boolean } = {},
): Plan {
  const { files, union } = graphs;
  const ids: string[] = [];
  const going = new Set<string>(purge ? state.applied : []);
  for (const target of targets) {
    if (target.kind === 'steps') {
      throw usage('A stamp names revisions and counts no steps.', 'Say `mig stamp <rev>`.');
    }
    if (target.kind === 'revisions') ids.push(...target.ids);
    for (const id of appliedDependents(union, state, rootsBeyond(union, state, target))) {
      going.add(id);
    }
  }
  const wanted = withAncestors(files, ids);
  const unstamped = inOrder(union, going).filter((id) => purge || !wanted.has(id));
  const gone = new Set(unstamped);
  const stamped = inOrder(files, wanted).filter((id) => !state.applied.has(id) || gone.has(id));
  return planOf(graphs, state, [
    ...unstamped.map((revision): PlanStep => ({ direction: 'unstamp', revision })).reverse(),
    ...stamped.map((revision): PlanStep => ({ direction: 'stamp', revision })),
  ]);
}

/** For `base` the bases themselves go; for a revision, what depends on it does. */
function rootsBeyond(
  graph: Graph,
  state: State,
  target: Exclude<Target, { kind: 'steps' }>,
): readonly string[] {
  if (target.kind === 'base') return rootsAbove(graph, state, target);
  return target.ids.flatMap((id) => graph.dependents.get(id) ?? []);
}

/**
 * The heads of a database after some steps, in graph order. What they applied has the edges
 * of its file from then on; the rest keeps those that the ledger recorded.
 *
 * @param applied what is applied then. @param renewed what the steps applied, of that.
 */
export function headsAfter(
  { files, union }: Graphs,
  applied: ReadonlySet<string>,
  renewed: ReadonlySet<string>,
): readonly string[] {
  // As a rule no file names other parents than the ledger, and the two are one graph.
  if (files === union) return maximal(union, applied);
  const needed = new Set<string>();
  for (const id of applied) {
    const node = (renewed.has(id) ? files : union).nodes.get(id);
    for (const each of node === undefined ? [] : requirements(node)) needed.add(each);
  }
  return inOrder(union, applied).filter((id) => !needed.has(id));
}

/** A plan that only reverts, for which the edges in the files do not matter. */
function planBack(graph: Graph, state: State, steps: readonly PlanStep[]): Plan {
  return planOf({ files: graph, union: graph }, state, steps);
}

function planOf(graphs: Graphs, state: State, steps: readonly PlanStep[]): Plan {
  const after = new Set(state.applied);
  const renewed = new Set<string>();
  for (const { direction, revision } of steps) {
    if (direction === 'up' || direction === 'stamp') {
      after.add(revision);
      renewed.add(revision);
    } else after.delete(revision);
  }
  return {
    steps,
    stateBefore: state.applied,
    stateAfter: after,
    before: maximal(graphs.union, state.applied),
    after: headsAfter(graphs, after, renewed),
    dragged: [],
  };
}

function tooMany(sign: string, wanted: number, there: number, what: string): MigError {
  return new MigError({
    code: 'unknown-revision',
    message: `\`${sign}${wanted}\` asks for ${wanted} ${wanted === 1 ? 'step' : 'steps'}, but ${there === 0 ? 'nothing is' : there === 1 ? 'only 1 is' : `only ${there} are`} ${what}.`,
    hint: '`mig status` shows what is applied and what is pending.',
  });
}

function usage(message: string, hint: string): MigError {
  return new MigError({ code: 'usage', message, hint });
}
