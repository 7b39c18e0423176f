/**
 * The rules of docs/graph.md once more, slow and obvious: sets, filters and fixpoints over
 * all revisions, nothing shared with lib/graph. The property tests compare the two.
 */
export interface ModelRevision {
  readonly id: string;
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly labels: readonly string[];
  readonly created: string | null;
}

export type Revisions = readonly ModelRevision[];

/** `[label@]symbol[±N]`, or `[label@]±N`, taken apart. */
export interface ModelTarget {
  /** An id or a label; null where nothing stands before an `@`. */
  readonly label: string | null;
  /** An id, a label, `head`, `heads`, `base`; null for `±N` alone. */
  readonly symbol: string | null;
  readonly count: number;
}

export interface ModelOutcome {
  readonly steps: readonly string[];
  readonly heads: readonly string[];
}

/** What the model answers where a command has to be refused: the code of the error. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

type Edges = (revision: ModelRevision) => readonly string[];
const byParents: Edges = (revision) => revision.parents;
const byBoth: Edges = (revision) => [...revision.parents, ...revision.depends];

export function targetText({ label, symbol, count }: ModelTarget): string {
  const steps = count === 0 ? '' : count > 0 ? `+${count}` : String(count);
  return `${label === null ? '' : `${label}@`}${symbol ?? ''}${steps}`;
}

/** Kahn's rule, read aloud: pop, place, look at everybody for who is ready now. */
export function order(all: Revisions): readonly string[] {
  const placed: string[] = [];
  const stack: ModelRevision[] = [];
  const pushReady = () => {
    const ready = all.filter(
      (revision) =>
        !placed.includes(revision.id) &&
        !stack.includes(revision) &&
        byBoth(revision).every((id) => placed.includes(id)),
    );
    const key = (revision: ModelRevision) => [revision.created ?? '', revision.id] as const;
    ready.sort((a, b) => {
      const [dayA, idA] = key(a);
      const [dayB, idB] = key(b);
      return dayA < dayB ? -1 : dayA > dayB ? 1 : idA < idB ? -1 : 1;
    });
    stack.push(...ready.reverse());
  };
  pushReady();
  while (stack.length > 0) {
    placed.push(stack.pop()!.id);
    pushReady();
  }
  return placed;
}

export function heads(all: Revisions): readonly string[] {
  return order(all).filter((id) => all.every((other) => !other.parents.includes(id)));
}

export function bases(all: Revisions): readonly string[] {
  return order(all).filter((id) => get(all, id).parents.length === 0);
}

/** The applied revisions that no applied one names as parent or dependency. */
export function currentHeads(all: Revisions, applied: ReadonlySet<string>): readonly string[] {
  return order(all).filter(
    (id) =>
      applied.has(id) &&
      all.every((other) => !applied.has(other.id) || !byBoth(other).includes(id)),
  );
}

/** The ids and, again and again, all that a member names, until nothing changes. */
export function ancestors(all: Revisions, ids: Iterable<string>, edges = byBoth): Set<string> {
  return fixpoint(ids, (set) =>
    all.filter((each) => set.has(each.id)).flatMap((each) => edges(each)),
  );
}

/** The ids and, again and again, all that names a member, until nothing changes. */
export function descendants(all: Revisions, ids: Iterable<string>, edges = byBoth): Set<string> {
  return fixpoint(ids, (set) =>
    all.filter((each) => edges(each).some((id) => set.has(id))).map((each) => each.id),
  );
}

export function line(all: Revisions, id: string): Set<string> {
  return new Set([...ancestors(all, [id], byParents), ...descendants(all, [id], byParents)]);
}

export function upgrade(
  all: Revisions,
  applied: ReadonlySet<string>,
  target: ModelTarget,
): ModelOutcome {
  if (target.symbol === null) {
    if (target.count < 0) throw new Refused('usage');
    const head = oneHead(all, lineFor(all, target));
    const plan = missing(all, applied, head);
    if (plan.length < target.count) throw new Refused('unknown-revision');
    return finish(all, applied, [], plan.slice(0, target.count), '+');
  }
  const place = resolve(all, target);
  return finish(all, applied, [], place === 'base' ? [] : missing(all, applied, place), '+');
}

export function downgrade(
  all: Revisions,
  newestFirst: readonly string[],
  target: ModelTarget,
): ModelOutcome {
  const applied = new Set(newestFirst);
  return finish(all, applied, reverted(all, newestFirst, target), [], '+');
}

export function redo(
  all: Revisions,
  newestFirst: readonly string[],
  target: ModelTarget,
): ModelOutcome {
  const gone = reverted(all, newestFirst, target);
  const again = order(all).filter((id) => gone.includes(id));
  return finish(all, new Set(newestFirst), gone, again, '+');
}

export function stamp(
  all: Revisions,
  applied: ReadonlySet<string>,
  targets: readonly ModelTarget[],
  how: 'purge' | 'keep',
): ModelOutcome {
  const named = new Set<string>();
  const beyond = new Set<string>();
  for (const target of targets) {
    const place = resolve(all, target);
    if (place === 'base') {
      const within = lineFor(all, target);
      const roots = bases(all).filter((id) => within === null || within.has(id));
      for (const id of descendants(all, roots)) beyond.add(id);
    } else {
      for (const id of place) {
        named.add(id);
        for (const each of descendants(all, [id])) if (each !== id) beyond.add(each);
      }
    }
  }
  const wanted = ancestors(all, named);
  const unstamped = order(all)
    .filter((id) => applied.has(id))
    .filter((id) => how === 'purge' || (beyond.has(id) && !wanted.has(id)));
  const stamped = order(all).filter(
    (id) => wanted.has(id) && (!applied.has(id) || unstamped.includes(id)),
  );
  return finish(all, applied, unstamped.reverse(), stamped, '*');
}

/** What a downgrade reverts, in the order in which it does. */
function reverted(
  all: Revisions,
  newestFirst: readonly string[],
  target: ModelTarget,
): readonly string[] {
  const applied = new Set(newestFirst);
  const going = descendants(all, dropped(all, newestFirst, target));
  return order(all)
    .filter((id) => going.has(id) && applied.has(id))
    .reverse();
}

/** The applied revisions that a downgrade drops because of its target, not of what they need. */
function dropped(
  all: Revisions,
  newestFirst: readonly string[],
  target: ModelTarget,
): readonly string[] {
  const within = lineFor(all, target);
  const inLine = (id: string) => within === null || within.has(id);
  if (target.symbol === null) {
    if (target.count > 0) throw new Refused('usage');
    const candidates = newestFirst.filter(inLine);
    if (candidates.length < -target.count) throw new Refused('unknown-revision');
    return candidates.slice(0, -target.count);
  }
  const isApplied = (id: string) => newestFirst.includes(id);
  const place = resolve(all, target);
  if (place === 'base') return bases(all).filter(inLine).filter(isApplied);
  if (place.length > 1) throw new Refused('usage');
  const [stays] = place;
  if (stays === undefined) return [];
  if (!isApplied(stays)) throw new Refused('not-applied');
  const children = all.filter((each) => each.parents.includes(stays)).map((each) => each.id);
  if (target.label === null || children.length < 2) return children.filter(isApplied);
  const labelled = idOf(all, target.label);
  const chosen = children.filter((id) => ancestors(all, [labelled], byParents).has(id));
  if (chosen.length === 0) throw new Refused('ambiguous-revision');
  return chosen.filter(isApplied);
}

/** The revisions that `symbol±N` names, within the label's line. */
function resolve(all: Revisions, target: ModelTarget): 'base' | readonly string[] {
  const { symbol, count } = target;
  if (symbol === null) throw new Refused('usage');
  const within = lineFor(all, target);
  const start = resolveSymbol(all, symbol, within);
  if (count === 0) return start;
  if (start === 'base' && count < 0) throw new Refused('usage');
  if (start !== 'base' && start.length === 0) throw new Refused('unknown-revision');
  if (start !== 'base' && start.length > 1) throw new Refused('ambiguous-revision');
  let at = start === 'base' ? 'base' : start[0]!;
  for (let left = Math.abs(count); left > 0; left--) {
    const next = neighbours(all, at, count > 0 ? 'up' : 'down').filter(
      (id) => id === 'base' || within === null || within.has(id),
    );
    if (next.length === 0) throw new Refused('unknown-revision');
    if (next.length > 1) throw new Refused('ambiguous-revision');
    at = next[0]!;
  }
  return at === 'base' ? 'base' : [at];
}

function neighbours(all: Revisions, at: string, way: 'up' | 'down'): readonly string[] {
  if (way === 'up') {
    if (at === 'base') return bases(all);
    return all.filter((each) => each.parents.includes(at)).map((each) => each.id);
  }
  if (at === 'base') return [];
  const { parents } = get(all, at);
  return parents.length === 0 ? ['base'] : parents;
}

function resolveSymbol(
  all: Revisions,
  symbol: string,
  within: ReadonlySet<string> | null,
): 'base' | readonly string[] {
  if (symbol === 'base') return 'base';
  if (symbol === 'head') return oneHead(all, within);
  if (symbol === 'heads') return heads(all).filter((id) => within === null || within.has(id));
  const id = idOf(all, symbol);
  if (within !== null && !within.has(id)) throw new Refused('unknown-revision');
  return [id];
}

function oneHead(all: Revisions, within: ReadonlySet<string> | null): readonly string[] {
  const found = heads(all).filter((id) => within === null || within.has(id));
  if (found.length > 1) throw new Refused('several-heads');
  return found;
}

function lineFor(all: Revisions, { label }: ModelTarget): ReadonlySet<string> | null {
  return label === null ? null : line(all, idOf(all, label));
}

function idOf(all: Revisions, name: string): string {
  const found =
    all.find((each) => each.id === name) ?? all.find((each) => each.labels.includes(name));
  if (found === undefined) throw new Refused('unknown-revision');
  return found.id;
}

function missing(all: Revisions, applied: ReadonlySet<string>, ids: Iterable<string>) {
  const wanted = ancestors(all, ids);
  return order(all).filter((id) => wanted.has(id) && !applied.has(id));
}

function finish(
  all: Revisions,
  applied: ReadonlySet<string>,
  gone: readonly string[],
  come: readonly string[],
  sign: '+' | '*',
): ModelOutcome {
  const after = new Set([...[...applied].filter((id) => !gone.includes(id)), ...come]);
  return {
    steps: [
      ...gone.map((id) => (sign === '+' ? `-${id}` : `~${id}`)),
      ...come.map((id) => sign + id),
    ],
    heads: currentHeads(all, after),
  };
}

function get(all: Revisions, id: string): ModelRevision {
  const found = all.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no revision ${id}`);
  return found;
}

function fixpoint(
  start: Iterable<string>,
  grow: (set: ReadonlySet<string>) => readonly string[],
): Set<string> {
  let set = new Set(start);
  for (;;) {
    const larger = new Set([...set, ...grow(set)]);
    if (larger.size === set.size) return set;
    set = larger;
  }
}
