import { MigError } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { headsOf, withAncestors } from '../graph/graph.ts';
import { type Header, headerOf } from '../graph/header.ts';
import { createdAt, idFault, randomId, timestampId } from '../graph/id.ts';
import { resolveOne, resolveTarget, severalHeads } from '../graph/target.ts';
import { chooseParent } from './choose.ts';
import { checkedLabels, checkedMessage } from './new-revision.ts';
import type { Project } from './project.ts';

export interface PlacementOptions {
  readonly message?: string;
  /** The revision that it follows, or `base`; default: the head. */
  readonly parent?: string;
  /** Revisions of other branches that it needs. */
  readonly depends?: readonly string[];
  readonly labels?: readonly string[];
  readonly revId?: string;
}

/** A revision that is to be, but for its SQL. */
export interface PlacedRevision {
  readonly id: string;
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly message: string;
  readonly header: Header;
  /** What a person should know about its place, as sentences. */
  readonly notes: readonly string[];
}

/** Where a new revision stands, and what it is called. @throws MigError */
export function placeRevision(
  project: Project,
  folder: Folder,
  options: PlacementOptions,
): PlacedRevision {
  const notes: string[] = [];
  const parents = parentsOf(folder, options.parent ?? chooseParent(project, folder), notes);
  const depends = dependsOf(folder, parents, options.depends ?? []);
  const message = checkedMessage(options.message ?? '');
  const labels = checkedLabels(options.labels ?? [], folder);
  const id = newId(project, folder, options.revId);
  const header = headerOf({
    parents,
    message: message === '' ? null : message,
    created: createdAt(project.world.now()),
    depends,
    labels,
  });
  return { id, parents, depends, message, header, notes };
}

function parentsOf(
  { graph }: Folder,
  parent: string | undefined,
  notes: string[],
): readonly string[] {
  const heads = headsOf(graph);
  if (parent === undefined) {
    if (heads.length > 1) {
      const error = severalHeads(heads);
      throw new MigError({
        code: 'several-heads',
        message: error.message,
        hint: 'Say which one it follows with `--parent`, or join them with `mig merge`.',
      });
    }
    return heads;
  }
  const target = resolveTarget(graph, parent);
  if (target.kind === 'base') {
    if (graph.order.length > 0) notes.push('It is a base of its own: the files have several now.');
    return [];
  }
  const id = resolveOne(graph, parent);
  if (!heads.includes(id)) {
    notes.push(
      `${id} is no head, so this forks: \`mig heads\` shows what \`mig merge\` joins later.`,
    );
  }
  return [id];
}

function dependsOf(
  { graph }: Folder,
  parents: readonly string[],
  texts: readonly string[],
): readonly string[] {
  const ids = [...new Set(texts.map((text) => resolveOne(graph, text)))];
  const already = withAncestors(graph, parents);
  const idle = ids.find((id) => already.has(id));
  if (idle === undefined) return ids;
  throw new MigError({
    code: 'usage',
    message: `${idle} comes before it anyway, so there is nothing to depend on.`,
    hint: '`--depends` names a revision of another branch.',
  });
}

/** The id of a new revision: the wanted one, where it is free. @throws MigError */
export function newId(
  project: Project,
  { revisions }: Pick<Folder, 'revisions'>,
  wanted: string | undefined,
): string {
  const taken = new Map([...revisions.keys()].map((id) => [id.toLowerCase(), id]));
  if (wanted !== undefined) {
    const fault = idFault(wanted);
    if (fault !== null) {
      throw new MigError({ code: 'usage', message: `\`${wanted}\` cannot be an id: ${fault}.` });
    }
    const twin = taken.get(wanted.toLowerCase());
    if (twin === undefined) return wanted;
    throw new MigError({
      code: 'exists',
      message: `There is a revision ${twin} already.`,
      hint: 'Choose another id; they may not differ by case alone.',
    });
  }
  if (project.ids === 'random') {
    for (;;) {
      const id = randomId(project.world.randomBytes(6));
      if (!taken.has(id)) return id;
    }
  }
  // Two in one second: the next free second.
  for (let time = project.world.now().getTime(); ; time += 1000) {
    const id = timestampId(new Date(time));
    if (!taken.has(id)) return id;
  }
}
