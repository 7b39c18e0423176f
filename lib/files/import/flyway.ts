import {
  baseName,
  createdOf,
  type ForeignFolder,
  type ForeignHistory,
  type ForeignRevision,
  type ForeignScript,
  inChain,
  messageOf,
  type Remark,
  refuseTwins,
} from './history.ts';

const NAME = /^([VUB])(\d+(?:[._]\d+)*)(?:__(.*))?\.sql$/;
const REPEATABLE = /^R__.*\.sql$/;
const JAVA = /^[VURB].*__.*\.(?:java|class)$/;

/** `V1.2__Add_users.sql`, with `U1.2__Add_users.sql` for the way back where there is one. */
export function readFlyway(folder: ForeignFolder): ForeignHistory {
  const remarks: Remark[] = [];
  const left = (path: string, message: string, hint?: string) =>
    remarks.push({ code: 'not-carried', message, path, ...(hint === undefined ? {} : { hint }) });
  const versioned: { readonly name: string; readonly title: string; readonly path: string }[] = [];
  const undo = new Map<string, string>();
  for (const path of folder.paths) {
    const file = baseName(path);
    const [, kind, digits, title = ''] = NAME.exec(file) ?? [];
    if (kind === 'V') versioned.push({ name: versionOf(digits!), title, path });
    else if (kind === 'U') undo.set(canonical(digits!), path);
    else if (kind === 'B') {
      left(path, 'A baseline migration is not carried over: the versions that it sums up are.');
    } else if (REPEATABLE.test(file)) {
      left(
        path,
        'A repeatable migration has no place in a history: it runs again whenever it is changed.',
        'Write a revision with what it says now; when it changes, write another.',
      );
    } else if (JAVA.test(file)) {
      left(path, 'A migration in Java cannot be carried over: mig runs SQL only.');
    } else if (file.endsWith('.sql')) {
      left(path, 'This file is not named as Flyway names migrations.');
    }
  }
  versioned.sort((a, b) => compareVersions(a.name, b.name));
  refuseTwins(folder, versioned, canonical);
  const revisions = versioned.map(({ name, title, path }): Omit<ForeignRevision, 'parents'> => {
    const down = undo.get(canonical(name));
    undo.delete(canonical(name));
    return {
      name,
      id: `V${name.replaceAll('.', 'p')}`,
      depends: [],
      labels: [],
      message: messageOf(title),
      created: createdOf(name),
      path,
      up: scriptOf(folder, path, remarks),
      down: down === undefined ? null : scriptOf(folder, down, remarks),
      irreversible: 'Flyway had no undo migration',
    };
  });
  for (const path of undo.values()) left(path, 'There is no versioned migration that this undoes.');
  return { tool: 'flyway', revisions: inChain(revisions), remarks };
}

function scriptOf(folder: ForeignFolder, path: string, remarks: Remark[]): ForeignScript {
  const sql = folder.read(path);
  for (const [index, line] of sql.split('\n').entries()) {
    if (!/\$\{[^}]+\}/.test(line)) continue;
    remarks.push({
      code: 'not-carried',
      message: 'Flyway puts a value in here; mig leaves the placeholder as it is.',
      hint: 'Write the value itself.',
      path,
      line: index + 1,
    });
  }
  const config = folder.paths.includes(`${path}.conf`) ? folder.read(`${path}.conf`) : '';
  const isOff = /^\s*executeInTransaction\s*=\s*false\s*$/im.test(config);
  return { sql, transaction: isOff ? 'off' : 'on' };
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

export function compareVersions(a: string, b: string): number {
  const left = canonical(a).split('.').map(BigInt);
  const right = canonical(b).split('.').map(BigInt);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0n) - (right[at] ?? 0n);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
