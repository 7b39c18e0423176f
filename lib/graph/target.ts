import { type ErrorCode, MigError } from '../error.ts';
import { basesOf, type Graph, headsOf, inOrder, lineOf } from './graph.ts';
import { didYouMean } from './nearest.ts';

/**
 * What a person types for a place in the graph: `[label@]symbol[±N]`, or `±N` alone.
 * The rules are those of docs/graph.md, "Naming a revision".
 */
export type Target =
  /** Revisions: one for an id, a prefix, a label, `head`; any number for `heads`, `current`. */
  | { readonly kind: 'revisions'; readonly ids: readonly string[]; readonly line: Line | null }
  /** Before everything, or before everything of a line. */
  | { readonly kind: 'base'; readonly line: Line | null }
  /** `+N` or `-N`: so many steps of a plan. Positive is up. */
  | { readonly kind: 'steps'; readonly count: number; readonly line: Line | null };

/** What stands before the `@`: a revision, and its ancestors and descendants by parents. */
export interface Line {
  readonly revision: string;
  readonly members: ReadonlySet<string>;
}

/** What the graph alone does not say of a target. */
export interface ResolveOptions {
  /** What `current` means; where it means nothing, it is refused. */
  readonly current?: readonly string[] | undefined;
  /** For the hint to someone who typed `1` and meant a number of steps. */
  readonly direction?: 'up' | 'down' | undefined;
}

const TARGET = /^(?:([^@:]*)@)?([^@:+-]*)([+-]\d+)?$/;

/**
 * Resolves a target in a graph.
 *
 * @throws MigError `usage` when the text is no target at all, `unknown-revision` or
 *   `ambiguous-revision` when it names nothing or too much, `several-heads` for `head`
 *   where there are several.
 */
export function resolveTarget(graph: Graph, text: string, options: ResolveOptions = {}): Target {
  const match = TARGET.exec(text);
  const [, label, symbol = '', signed] = match ?? [];
  const bareLabel =
    label !== undefined && (label === '' || (symbol === '' && signed === undefined));
  if (match === null || bareLabel || (symbol === '' && signed === undefined))
    throw notATarget(text);

  const count = signed === undefined ? 0 : Number(signed);
  if (signed !== undefined && (count === 0 || !Number.isSafeInteger(count))) {
    throw fail('usage', `\`${text}\` does not say how many steps.`, 'Say `+1`, `-2` and the like.');
  }
  const line = label === undefined ? null : lineNamed(graph, label, options);
  if (symbol === '') return { kind: 'steps', count, line };

  const start = resolveSymbol(graph, symbol, line, options, text);
  if (signed === undefined) return start;
  return walk(graph, start, count, text);
}

/**
 * The ids of a target that has to name revisions (for `show`, `merge`, `--parent` and the
 * like); none for `base`.
 */
export function resolveRevisions(
  graph: Graph,
  text: string,
  options: ResolveOptions = {},
): readonly string[] {
  const target = resolveTarget(graph, text, options);
  if (target.kind === 'revisions') return target.ids;
  if (target.kind === 'base') return [];
  throw fail(
    'usage',
    `\`${text}\` counts steps, but a revision is wanted here.`,
    'Name one: an id, the beginning of an id, a label, `head`.',
  );
}

/** The one id of a target that has to name exactly one revision. */
export function resolveOne(graph: Graph, text: string, options: ResolveOptions = {}): string {
  const ids = resolveRevisions(graph, text, options);
  const [id, ...others] = ids;
  if (id !== undefined && others.length === 0) return id;
  throw fail(
    id === undefined ? 'unknown-revision' : 'ambiguous-revision',
    id === undefined
      ? `\`${text}\` names no revision.`
      : `\`${text}\` names ${ids.length} revisions: ${ids.join(' ')}`,
    'Name exactly one.',
  );
}

/** Whether a target or a range names `current`, which only a database can tell. */
export function saysCurrent(text: string): boolean {
  return /(?:^|[@:])current\b/.test(text);
}

/** The two ends of `a:b`, `a:` or `:b`; null for an end that is left out. */
interface RangeText {
  readonly from: string | null;
  readonly to: string | null;
}

/** Splits a range. @throws MigError `usage` when there is not exactly one `:`, or nothing else. */
export function parseRange(text: string): RangeText {
  const ends = text.split(':');
  const [from, to] = ends;
  if (ends.length !== 2 || (from === '' && to === '')) {
    throw fail('usage', `\`${text}\` is no range.`, 'A range is `a:b`, `a:` or `:b`.');
  }
  return { from: from === '' ? null : from!, to: to === '' ? null : to! };
}

function resolveSymbol(
  graph: Graph,
  symbol: string,
  line: Line | null,
  options: ResolveOptions,
  text: string,
): Exclude<Target, { kind: 'steps' }> {
  switch (symbol) {
    case 'base':
      return { kind: 'base', line };
    case 'heads':
      return { kind: 'revisions', ids: headsWithin(graph, line), line };
    case 'head': {
      const heads = headsWithin(graph, line);
      if (heads.length > 1) throw severalHeads(heads, text);
      return { kind: 'revisions', ids: heads, line };
    }
    case 'current': {
      if (options.current === undefined) {
        throw fail(
          'usage',
          '`current` is what the database has, and names no revision here.',
          'It goes with `show`, `history` and `edit`.',
        );
      }
      const ids = options.current.filter((id) => line === null || line.members.has(id));
      return { kind: 'revisions', ids, line };
    }
    default:
      return { kind: 'revisions', ids: [resolveId(graph, symbol, line, options)], line };
  }
}

function headsWithin(graph: Graph, line: Line | null): readonly string[] {
  const heads = headsOf(graph);
  return line === null ? heads : heads.filter((id) => line.members.has(id));
}

/** An id, else a label, else the beginning of exactly one id. */
function resolveId(graph: Graph, text: string, line: Line | null, options: ResolveOptions): string {
  const exact = graph.nodes.has(text) ? text : graph.labels.get(text);
  if (exact !== undefined) {
    if (line === null || line.members.has(exact)) return exact;
    throw fail(
      'unknown-revision',
      `${text} is not on the line of ${line.revision}`,
      'A line is a revision with its ancestors and descendants. `mig history` shows them.',
    );
  }
  const found = startingWith(graph, text, line);
  const [only] = found;
  if (found.length === 1) return only!;
  if (found.length > 1) {
    const shown = found.slice(0, 8).join(' ');
    throw fail(
      'ambiguous-revision',
      `\`${text}\` begins ${found.length} ids: ${shown}${found.length > 8 ? ' …' : ''}`,
      'Give more of it.',
    );
  }
  throw unknownRevision(graph, text, line, options);
}

function startingWith(graph: Graph, prefix: string, line: Line | null): readonly string[] {
  // `1` is far more often a slip for `-1` than the beginning of an id.
  if (/^\d{1,3}$/.test(prefix)) return [];
  const among = line === null ? graph.nodes.keys() : line.members;
  return [...among].filter((id) => id.length >= 4 && id.startsWith(prefix)).sort();
}

function lineNamed(graph: Graph, label: string, options: ResolveOptions): Line {
  const revision = resolveId(graph, label, null, options);
  return { revision, members: lineOf(graph, revision) };
}

function walk(
  graph: Graph,
  start: Exclude<Target, { kind: 'steps' }>,
  count: number,
  text: string,
): Target {
  const { line } = start;
  const inLine = (ids: readonly string[]) =>
    line === null ? ids : ids.filter((id) => line.members.has(id));
  if (start.kind === 'base' && count < 0) {
    throw fail('usage', `\`${text}\`: there is nothing before \`base\`.`, 'Say `base`.');
  }
  if (start.kind === 'revisions' && start.ids.length !== 1) {
    throw fail(
      start.ids.length === 0 ? 'unknown-revision' : 'ambiguous-revision',
      `\`${text}\` counts from ${start.ids.length === 0 ? 'nothing' : `several revisions: ${start.ids.join(' ')}`}`,
      'Count from one revision.',
    );
  }
  // null is `base`: what lies before the first revision.
  let at: string | null = start.kind === 'base' ? null : start.ids[0]!;
  for (let step = 0; step < Math.abs(count); step++) {
    const choices: readonly (string | null)[] =
      count > 0
        ? inLine(at === null ? basesOf(graph) : (graph.children.get(at) ?? []))
        : at === null
          ? []
          : parentsOrBase(inLine(graph.nodes.get(at)!.parents));
    if (choices.length === 0) throw pastTheEnd(text, count, step);
    if (choices.length > 1) throw atAFork(text, at, count, choices as readonly string[]);
    at = choices[0]!;
  }
  return at === null ? { kind: 'base', line } : { kind: 'revisions', ids: [at], line };
}

function parentsOrBase(parents: readonly string[]): readonly (string | null)[] {
  return parents.length === 0 ? [null] : parents;
}

function pastTheEnd(text: string, count: number, steps: number): MigError {
  const way = count > 0 ? 'up' : 'down';
  const many = steps === 0 ? 'no step' : steps === 1 ? 'only 1 step' : `only ${steps} steps`;
  return fail(
    'unknown-revision',
    `\`${text}\` runs past the end: there ${steps > 1 ? 'are' : 'is'} ${many} ${way} from there.`,
    'Count again with `mig history`.',
  );
}

function atAFork(
  text: string,
  at: string | null,
  count: number,
  choices: readonly string[],
): MigError {
  const where =
    at === null
      ? 'there are several bases'
      : `${at} has several ${count > 0 ? 'children' : 'parents'}`;
  return fail(
    'ambiguous-revision',
    `\`${text}\` is ambiguous: ${where}: ${choices.join(' ')}`,
    'Name the one you mean, or put its label and `@` in front.',
  );
}

/** The error for `head` where there are several (exit 4). */
export function severalHeads(heads: readonly string[], text = 'head'): MigError {
  return fail(
    'several-heads',
    `\`${text}\` is ambiguous: there are ${heads.length} heads: ${heads.join(' ')}`,
    'Join them with `mig merge`, say `heads` for all of them, or name one.',
  );
}

function unknownRevision(
  graph: Graph,
  text: string,
  line: Line | null,
  { direction }: ResolveOptions,
): MigError {
  const within = line === null ? '' : ` on the line of ${line.revision}`;
  return fail(
    'unknown-revision',
    `There is no revision \`${text}\`${within === '' ? '.' : within}`,
    hint(),
  );

  function hint(): string {
    if (/^\d{1,3}$/.test(text)) {
      const sign = direction === 'down' ? '-' : direction === 'up' ? '+' : null;
      return sign === null
        ? 'A short number is not taken for the beginning of an id: give more of it.'
        : `Did you mean \`${sign}${Number(text)}\`, a number of steps?`;
    }
    const beforeSlug = text.slice(0, text.indexOf('_'));
    if (graph.nodes.has(beforeSlug))
      return `Did you mean \`${beforeSlug}\`? The slug is no part of the id.`;
    const words = ['head', 'heads', 'base', 'current', ...graph.labels.keys()];
    const ids = line === null ? graph.nodes.keys() : inOrder(graph, line.members);
    return didYouMean(text, [...words, ...ids]) ?? '`mig history` lists the revisions.';
  }
}

function notATarget(text: string): MigError {
  return fail(
    'usage',
    `\`${text}\` is no target.`,
    text.includes(':')
      ? 'A range such as `a:b` goes with `--sql`, or with `history -r` and `graph -r`.'
      : 'A target is an id or its beginning, a label, `head`, `heads`, `base`, with `+N` or `-N` behind it or a `label@` before it; or `+N`, `-N` alone.',
  );
}

function fail(code: ErrorCode, message: string, hint: string): MigError {
  return new MigError({ code, message, hint });
}
