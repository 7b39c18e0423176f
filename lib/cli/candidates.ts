import type { World } from '../commands/project.ts';
import { readFolder } from '../files/folder.ts';
import { printable } from '../graph/controls.ts';
import { headsOf } from '../graph/graph.ts';
import type { Options } from './arguments.ts';
import { type Environment, projectFrom } from './settings.ts';

/**
 * `mig __complete revisions WORDS…`: what may stand for a revision, as lines of the word, a
 * tab and a description. Whatever is wrong (no folder, a broken file, half a command line),
 * what is left is answered: a person is in the middle of a word.
 *
 * @param words what was typed so far; only the settings of the folder are read.
 */
export function candidates(
  [kind, ...words]: readonly string[],
  env: Environment,
  cwd: string,
  world: Omit<World, 'tell'>,
): string {
  if (kind !== 'revisions') return '';
  return [...PLACES, ...revisionsIn(words, env, cwd, world)]
    .map(([word, about]) => `${word}\t${printable(about)}\n`)
    .join('');
}

type Candidate = readonly [word: string, about: string];

const PLACES: readonly Candidate[] = [
  ['head', 'the head of the files'],
  ['heads', 'all heads'],
  ['base', 'before the first revision'],
];

function revisionsIn(
  words: readonly string[],
  env: Environment,
  cwd: string,
  world: Omit<World, 'tell'>,
): readonly Candidate[] {
  try {
    const project = projectFrom(settingsIn(words), env, cwd, { ...world, tell: () => {} });
    const { graph, revisions } = readFolder(project.dir, project.shownDir, 'up');
    const heads = new Set(headsOf(graph));
    const about = (id: string) => `${heads.has(id) ? '(head) ' : ''}${revisions.get(id)!.message}`;
    return [
      ...[...graph.labels].map(([label, id]): Candidate => [label, `the line of ${id}`]),
      ...graph.order.map((id): Candidate => [id, about(id)]).reverse(),
    ];
  } catch {
    return [];
  }
}

const SETTING = /^--(dir|config|env-file)(?:=(.*))?$/s;

function settingsIn(words: readonly string[]): Options {
  // The database is not looked at, so one that mig does not know is no reason to stop.
  const options: Record<string, string> = { database: ':memory:' };
  for (const [index, word] of words.entries()) {
    const [, name, attached] = SETTING.exec(word) ?? [];
    const value = attached ?? words[index + 1];
    if (name !== undefined && value !== undefined) options[name] = value;
  }
  return options;
}
