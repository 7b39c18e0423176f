import {
  baseName,
  draftOf,
  inChain,
  originIn,
  placeFor,
  placeRemark,
  type Remark,
  refuseTwins,
  type ToolFolder,
  type ToolHistory,
  type ToolRevision,
  type ToolScript,
} from './history.ts';

const NAME = /^([VUB])(\d+(?:[._]\d+)*)(?:__(.*))?\.sql$/;
const REPEATABLE = /^R__.*\.sql$/;
/** `$` is in the name of a class inside of another. */
const CODE = /^([VURB])(\d+(?:[._]\d+)*)?__([^$]*)\.(java|kt|groovy|scala|class)$/;
const LANGUAGES: Readonly<Record<string, string>> = {
  kt: 'Kotlin',
  groovy: 'Groovy',
  scala: 'Scala',
};
const CALLBACK = /^(?:before|after)[A-Z][A-Za-z]*(?:__.*)?\.sql$/;

interface Versioned {
  readonly name: string;
  readonly title: string;
  readonly path: string;
  /** The other language that it is written in; null for SQL. */
  readonly language: string | null;
}

/** `V1.2__Add_users.sql`, with `U1.2__Add_users.sql` for the way back where there is one. */
export function readFlyway(folder: ToolFolder): ToolHistory {
  const remarks: Remark[] = [];
  const left = (path: string, message: string, hint?: string) =>
    remarks.push({ code: 'not-carried', message, path, ...(hint === undefined ? {} : { hint }) });
  const versioned: Versioned[] = [];
  const undo = new Map<string, string>();
  const undone: string[] = [];
  for (const path of folder.paths) {
    const file = baseName(path);
    const [, kind, digits, title = ''] = NAME.exec(file) ?? [];
    const [, codeKind, codeDigits, codeTitle = '', ending = ''] = CODE.exec(file) ?? [];
    const language = LANGUAGES[ending] ?? 'Java';
    if (kind === 'V') versioned.push({ name: versionOf(digits!), title, path, language: null });
    else if (kind === 'U') undo.set(canonical(digits!), path);
    else if (kind === 'B') {
      left(path, 'A baseline migration is not carried over: the versions that it sums up are.');
    } else if (REPEATABLE.test(file)) {
      left(
        path,
        'A repeatable migration has no place in a history: it runs again whenever it is changed.',
        'Write a revision with what it says now; when it changes, write another.',
      );
    } else if (codeKind === 'V' && codeDigits !== undefined) {
      versioned.push({ name: versionOf(codeDigits), title: codeTitle, path, language });
      remarks.push(placeRemark(path, language));
    } else if (codeKind !== undefined) {
      left(path, `A migration in ${language} cannot be carried over: mig runs SQL only.`);
    } else if (CALLBACK.test(file)) {
      left(
        path,
        'A callback is not carried over: it belongs to the runs of Flyway, not to the history.',
        'Run it beside `mig upgrade` where it is still needed.',
      );
    } else if (file.endsWith('.sql')) {
      left(path, 'This file is not named as Flyway names migrations.');
    }
  }
  const scriptsOf = (path: string, down: string | undefined) => ({
    up: scriptOf(folder, path),
    origin: originIn(folder, path),
    down: down === undefined ? null : scriptOf(folder, down),
    irreversible: 'Flyway had no undo migration',
  });
  versioned.sort((a, b) => compareVersions(a.name, b.name));
  refuseTwins(folder, versioned, canonical);
  const revisions = versioned.map(
    ({ name, title, path, language }): Omit<ToolRevision, 'parents'> => {
      const down = undo.get(canonical(name));
      if (down !== undefined) undone.push(down);
      undo.delete(canonical(name));
      return {
        ...draftOf(path, name, title, `V${name.replaceAll('.', 'p')}`),
        ...(language === null ? scriptsOf(path, down) : placeFor(path, language)),
      };
    },
  );
  for (const { path } of versioned) {
    if (!/^\s*shouldExecute\s*=/im.test(configOf(folder, path))) continue;
    left(
      path,
      'Flyway runs this one only where `shouldExecute` in its configuration says so; mig always does.',
      'Empty the new file if it never ran.',
    );
  }
  const written = versioned.filter(({ language }) => language === null).map(({ path }) => path);
  remarks.push(...placeholders(folder, [...written, ...undone]));
  for (const path of undo.values()) left(path, 'There is no versioned migration that this undoes.');
  return { tool: 'flyway', revisions: inChain(revisions), remarks };
}

function scriptOf(folder: ToolFolder, path: string): ToolScript {
  const isOff = /^\s*executeInTransaction\s*=\s*false\s*$/im.test(configOf(folder, path));
  return { sql: folder.read(path), transaction: isOff ? 'off' : 'on' };
}

/** The configuration of a single script, beside it; empty where there is none. */
function configOf(folder: ToolFolder, path: string): string {
  return folder.paths.includes(`${path}.conf`) ? folder.read(`${path}.conf`) : '';
}

/** Of each placeholder its first place: a history may have them in every line. */
function placeholders(folder: ToolFolder, paths: readonly string[]): readonly Remark[] {
  const found = new Map<string, { path: string; line: number; places: number }>();
  for (const path of paths) {
    for (const [index, line] of folder.read(path).split('\n').entries()) {
      for (const [placeholder] of line.matchAll(/\$\{[^}]+\}/g)) {
        const known = found.get(placeholder);
        if (known !== undefined) known.places++;
        else found.set(placeholder, { path, line: index + 1, places: 1 });
      }
    }
  }
  return [...found].map(([placeholder, { path, line, places }]) => ({
    code: 'not-carried',
    message: `Flyway puts a value in for \`${placeholder}\`, and mig leaves it as it stands${places === 1 ? '' : `, here and at ${places - 1} more places`}.`,
    hint: 'Write the value itself into the new files.',
    path,
    line,
  }));
}

/** Flyway takes `_` in a version for a dot. */
function versionOf(digits: string): string {
  return digits.replaceAll('_', '.');
}

/** `1.0`, `01` and `1` are one version. */
export function canonical(version: string): string {
  return versionOf(version)
    .split('.')
    .map((part) => BigInt(part).toString())
    .join('.')
    .replace(/(?:\.0)+$/, '');
}

/** The order of two versions, part by part as numbers; one that is shorter has zeros behind it. */
export function compareVersions(a: string, b: string): number {
  const left = canonical(a).split('.').map(BigInt);
  const right = canonical(b).split('.').map(BigInt);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0n) - (right[at] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
