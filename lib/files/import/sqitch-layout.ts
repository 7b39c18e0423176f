import { MigError } from '../../error.ts';
import type { ToolFolder } from './history.ts';

const CONFIG = 'sqitch.conf';
const PLAN = 'sqitch.plan';

/** Where sqitch keeps what, as `sqitch.conf` says, by paths relative to the folder. */
export interface SqitchLayout {
  readonly plan: string;
  readonly deploy: string;
  readonly revert: string;
  readonly verify: string;
  /** Of changes that were reworked later. */
  readonly reworkedDeploy: string;
  readonly reworkedRevert: string;
  /** Without the dot. */
  readonly extension: string;
  /** The name of the registry's file. */
  readonly registry: string;
}

type Setting = (key: string) => string | undefined;

/**
 * The layout of a sqitch project; null where the folder has no plan at the place that its
 * `sqitch.conf` names, nor at the usual one.
 */
export function sqitchLayout(folder: ToolFolder): SqitchLayout | null {
  const setting = folder.paths.includes(CONFIG) ? settingsOf(folder.read(CONFIG)) : () => undefined;
  const layout = layoutOf(folder, setting);
  if (folder.paths.includes(layout.plan)) return layout;
  // Somebody names the folder of the plan itself, with a copy of the configuration in it.
  return folder.paths.includes(PLAN) ? layoutOf(folder, () => undefined) : null;
}

function layoutOf(folder: ToolFolder, setting: Setting): SqitchLayout {
  const at = (path: string) => inside(folder, path);
  const top = setting('top_dir') ?? '.';
  const reworked = setting('reworked_dir') ?? top;
  const scripts = (kind: string) => setting(`${kind}_dir`) ?? `${top}/${kind}`;
  const reworkedScripts = (kind: string) =>
    setting(`reworked_${kind}_dir`) ??
    (setting('reworked_dir') === undefined
      ? scripts(kind)
      : `${reworked}/${setting(`${kind}_dir`) ?? kind}`);
  return {
    plan: at(setting('plan_file') ?? `${top}/${PLAN}`),
    deploy: at(scripts('deploy')),
    revert: at(scripts('revert')),
    verify: at(scripts('verify')),
    reworkedDeploy: at(reworkedScripts('deploy')),
    reworkedRevert: at(reworkedScripts('revert')),
    extension: setting('extension') ?? 'sql',
    registry: setting('registry') ?? 'sqitch',
  };
}

/**
 * Looks a setting up as sqitch does: at the target, then at the engine, then at the core.
 * A project for several engines is read as the one for SQLite.
 */
function settingsOf(text: string): Setting {
  const sections = readConfig(text);
  const core = sections.get('core');
  const engine = sections.has('engine.sqlite') ? 'sqlite' : (core?.get('engine') ?? '');
  const ofEngine = sections.get(`engine.${engine}`);
  const target = ofEngine?.get('target') ?? core?.get('target') ?? '';
  const places = [sections.get(`target.${target}`), ofEngine, core];
  return (key) => places.find((place) => place?.has(key))?.get(key);
}

/** A file in the form of Git's configuration: `[engine "sqlite"]` is `engine.sqlite`. */
function readConfig(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let current = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, section, name] = /^\s*\[\s*([\w-]+)(?:\s+"([^"]*)")?\s*\]/.exec(line) ?? [];
    const [, key, quoted, bare = ''] =
      /^\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^#;]*))/.exec(line) ?? [];
    if (section !== undefined) {
      const path = section.toLowerCase() + (name === undefined ? '' : `.${name}`);
      current = sections.get(path) ?? new Map();
      sections.set(path, current);
    } else if (key !== undefined) {
      current.set(key.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare.trim());
    }
  }
  return sections;
}

/** `./sql/deploy/` as `sql/deploy`. @throws MigError where a path leads out of the folder */
function inside(folder: ToolFolder, path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '..' && parts.length > 0) parts.pop();
    else if (part === '..') throw outside(folder, path);
    else if (part !== '.' && part !== '') parts.push(part);
  }
  if (path.startsWith('/')) throw outside(folder, path);
  return parts.join('/');
}

function outside(folder: ToolFolder, path: string): MigError {
  return new MigError({
    code: 'invalid-files',
    message: `${folder.shown(CONFIG)} names \`${path}\`, which is not in this folder.`,
    hint: 'Copy the project into one folder, with a `sqitch.conf` that fits, and import that.',
    file: folder.shown(CONFIG),
  });
}
