import { MigError } from '../error.ts';
import { type Graph, headsOf, lineage, withAncestors } from './graph.ts';
import { compareIds } from './id.ts';

/** What a merge will join, or why there is nothing to join. */
export type MergeChoice =
  | {
      readonly kind: 'merge';
      readonly parents: readonly string[];
      readonly left: readonly string[];
    }
  | { readonly kind: 'exists'; readonly revision: string; readonly parents: readonly string[] }
  | { readonly kind: 'nothing'; readonly why: string };

/**
 * Chooses the parents of a merge of named revisions, which have to be heads.
 *
 * @throws MigError `usage` or `not-a-head`.
 */
export function chooseNamed(graph: Graph, named: readonly string[]): MergeChoice {
  const parents = [...new Set(named)].sort(compareIds);
  if (parents.length < 2) {
    throw new MigError({
      code: 'usage',
      message: `A merge joins two revisions or more${parents.length === 1 ? `, not ${parents[0]} alone` : ''}.`,
      hint: 'Name them, or say `mig merge` for all heads.',
    });
  }
  const existing = mergeOf(graph, parents);
  if (existing !== null) return { kind: 'exists', revision: existing, parents };
  for (const id of parents) refuseCovered(graph, id, parents);
  return { kind: 'merge', parents, left: [] };
}

/**
 * Chooses the parents of a merge of all heads. Heads that share no history, and those of
 * which one depends on another, are separate on purpose: they are joined only when named.
 *
 *     a ─ b        a bare merge joins b and c;
 *       ╲ c        y, from a base of its own, is left
 *     x ─ y
 */
export function chooseHeads(graph: Graph): MergeChoice {
  const heads = headsOf(graph);
  if (heads.length < 2) {
    const why =
      heads.length === 0 ? 'There are no revisions yet.' : `There is one head: ${heads[0]}`;
    return { kind: 'nothing', why };
  }
  const families = related(graph, heads).filter((family) => family.length > 1);
  const [family, second] = families;
  if (family === undefined) {
    return {
      kind: 'nothing',
      why: `The ${heads.length} heads (${heads.join(' ')}) share no history, or one depends on another: name them to join them all the same.`,
    };
  }
  if (second !== undefined) {
    throw new MigError({
      code: 'several-heads',
      message: `The heads form ${families.length} groups without a common history: ${families.map((each) => each.join(' ')).join(' and ')}`,
      hint: 'Merge one group at a time, by naming its heads.',
    });
  }
  const parents = [...family].sort(compareIds);
  return { kind: 'merge', parents, left: heads.filter((id) => !family.includes(id)) };
}

/** Groups of heads that share a common ancestor by parents, none depending on another. */
function related(graph: Graph, heads: readonly string[]): readonly (readonly string[])[] {
  const needed = heads.filter((id) =>
    heads.some((other) => other !== id && withAncestors(graph, [other]).has(id)),
  );
  const needing = heads.filter((id) =>
    needed.some((other) => other !== id && withAncestors(graph, [id]).has(other)),
  );
  const free = heads.filter((id) => !needed.includes(id) && !needing.includes(id));
  let families: readonly Family[] = [];
  for (const head of free) {
    const bases = [...lineage(graph, head)].filter(
      (id) => graph.nodes.get(id)!.parents.length === 0,
    );
    const kin = families.filter((family) => bases.some((base) => family.bases.has(base)));
    const joined: Family = {
      members: [...kin.flatMap((family) => family.members), head],
      bases: new Set([...kin.flatMap((family) => [...family.bases]), ...bases]),
    };
    families = [...families.filter((family) => !kin.includes(family)), joined];
  }
  return families.map((family) => family.members);
}

interface Family {
  readonly members: readonly string[];
  readonly bases: ReadonlySet<string>;
}

/** The revision that already joins exactly these parents. */
function mergeOf(graph: Graph, parents: readonly string[]): string | null {
  const wanted = parents.join();
  for (const child of graph.children.get(parents[0]!) ?? []) {
    if ([...graph.nodes.get(child)!.parents].sort(compareIds).join() === wanted) return child;
  }
  return null;
}

function refuseCovered(graph: Graph, id: string, parents: readonly string[]): void {
  const above = parents.find((other) => other !== id && lineage(graph, other).has(id));
  if (above !== undefined) {
    throw notAHead(id, `${id} comes before ${above} already.`);
  }
  const children = graph.children.get(id) ?? [];
  if (children.length > 0) {
    const follow = children.length === 1 ? 'follows' : 'follow';
    throw notAHead(id, `${id} is no head: ${children.join(' ')} ${follow} it.`);
  }
}

function notAHead(revision: string, message: string): MigError {
  return new MigError({
    code: 'not-a-head',
    message,
    hint: '`mig heads` lists what can be merged.',
    revision,
  });
}
