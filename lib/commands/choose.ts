import type { Folder } from '../files/folder.ts';
import { printable } from '../graph/controls.ts';
import { headsOf } from '../graph/graph.ts';
import type { Project } from './project.ts';

/** What stands for all heads, in a question where they may be taken together. */
const ALL: readonly (readonly [target: string, about: string])[] = [['heads', 'all of them']];

/** Which head a new revision follows; undefined where nothing is to be chosen, or nobody chose. */
export function chooseParent(project: Project, folder: Folder): string | undefined {
  return choose(project, folder, 'Which head does it follow?', []);
}

/** Where to upgrade to; undefined where nothing is to be chosen, or nobody chose. */
export function chooseTarget(project: Project, folder: Folder): string | undefined {
  return choose(project, folder, 'Upgrade to which head?', ALL);
}

function choose(
  { world }: Project,
  { graph, revisions }: Folder,
  question: string,
  more: typeof ALL,
): string | undefined {
  const heads = headsOf(graph);
  if (heads.length < 2 || world.choose === undefined) return undefined;
  const choices = [...heads.map((id) => [id, revisions.get(id)?.message ?? ''] as const), ...more];
  const width = Math.max(...choices.map(([target]) => target.length));
  const lines = choices.map(([target, about]) => `${target.padEnd(width)}  ${about}`.trimEnd());
  // Messages come from files: nothing in them may steer a terminal.
  const chosen = world.choose(
    question,
    lines.map((line) => printable(line)),
  );
  return chosen === null ? undefined : choices[chosen]?.[0];
}
