import { MigError } from '../../error.ts';
import { holdsStatement, positionAt, statements, textOf } from '../../sql/statements.ts';
import {
  type ForeignFolder,
  type ForeignHistory,
  type ForeignRevision,
  messageOf,
  type Remark,
  timeOf,
} from './history.ts';

export const SQITCH_PLAN = 'sqitch.plan';

const PRAGMA = /^%([\w-]+)\s*=\s*(.*)$/;
const TAG = /^@(\S+)\s+\d{4}-/;
const CHANGE =
  /^\+?\s*([^\s@+-]\S*)(?:\s+\[([^\]]*)\])?\s+(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\s+(?:[^#]*?)(?:<[^>]*>)?\s*(?:#\s?(.*))?$/;

/** A line of the plan that is a change. */
interface Change {
  /** What tells it from its reworked namesakes: `users`, then `users@2`. */
  readonly name: string;
  readonly change: string;
  readonly index: number;
  readonly requirements: readonly string[];
  readonly created: string | null;
  readonly note: string;
  readonly line: number;
  readonly tags: string[];
}

/**
 * The changes of a `sqitch.plan`, each above what it requires: of several, the one that is
 * planned last is its parent, the others are `depends`.
 */
export function readSqitch(folder: ForeignFolder): ForeignHistory {
  const remarks: Remark[] = [];
  const changes = readPlan(folder);
  const needs = new Map<string, ReadonlySet<string>>();
  const revisions = changes.map((change) => {
    const direct = [
      ...new Set(change.requirements.flatMap((each) => required(each, change, changes, remarks))),
    ].sort((a, b) => indexOf(changes, b) - indexOf(changes, a));
    const all = new Set(direct.flatMap((each) => [each, ...needs.get(each)!]));
    needs.set(change.name, all);
    // What another requirement requires anyway need not be said again.
    const [parent, ...depends] = direct.filter(
      (each) => !direct.some((other) => other !== each && needs.get(other)!.has(each)),
    );
    return {
      name: change.name,
      id: change.name,
      parents: parent === undefined ? [] : [parent],
      depends,
      labels: change.tags,
      message: change.note === '' ? messageOf(change.change) : change.note,
      created: change.created,
      path: SQITCH_PLAN,
      ...scriptsOf(folder, change, changes, remarks),
    };
  });
  const verified = folder.paths.filter((path) => /^verify\/.*\.sql$/.test(path)).length;
  if (verified > 0) {
    remarks.push({
      code: 'not-carried',
      message: `The verify scripts (${verified}) are not carried over: mig has no such step.`,
      hint: '`mig test` runs every revision up, down and up again.',
      path: 'verify',
    });
  }
  return { tool: 'sqitch', revisions, remarks };
}

/** The project's name, by which the registry knows its changes. */
export function sqitchProject(folder: ForeignFolder): string | null {
  for (const line of folder.read(SQITCH_PLAN).split('\n')) {
    const [, key, value] = PRAGMA.exec(line.trim()) ?? [];
    if (key === 'project') return value!;
  }
  return null;
}

function readPlan(folder: ForeignFolder): readonly Change[] {
  const changes: Change[] = [];
  const times = new Map<string, number>();
  for (const [index, whole] of folder.read(SQITCH_PLAN).split('\n').entries()) {
    const line = whole.trim();
    if (line === '' || line.startsWith('#') || PRAGMA.test(line)) continue;
    const tag = TAG.exec(line)?.[1];
    if (tag !== undefined) {
      changes.at(-1)?.tags.push(tag);
      continue;
    }
    const [, change, requirements = '', time, note = ''] = CHANGE.exec(line) ?? [];
    if (change === undefined) {
      throw new MigError({
        code: 'invalid-files',
        message: 'This line of the plan is no change and no tag that mig can read.',
        hint: 'A change is `name [requirements] 2026-01-31T12:00:00Z Name <mail> # note`.',
        file: folder.shown(SQITCH_PLAN),
        line: index + 1,
      });
    }
    const count = (times.get(change) ?? 0) + 1;
    times.set(change, count);
    changes.push({
      name: count === 1 ? change : `${change}@${count}`,
      change,
      index: changes.length,
      requirements: requirements.split(/\s+/).filter((each) => each !== ''),
      created: timeOf(time!),
      note: note.replace(/\\n.*$/s, '').trim(),
      line: index + 1,
      tags: [],
    });
  }
  return changes;
}

/** The change that a requirement means; none where it leads out of the plan. */
function required(
  text: string,
  from: Change,
  changes: readonly Change[],
  remarks: Remark[],
): readonly string[] {
  const left = (message: string, hint: string) => {
    remarks.push({ code: 'not-carried', message, hint, path: SQITCH_PLAN, line: from.line });
    return [];
  };
  if (text.startsWith('!')) {
    return left(
      `${from.change} conflicts with \`${text.slice(1)}\`, which mig cannot say.`,
      'Nothing stops both from being applied.',
    );
  }
  const word = text.replace(/^:/, '');
  if (word.includes(':')) {
    return left(
      `${from.change} requires \`${word}\` of another project.`,
      'Import that project too, and add its revision to `depends`.',
    );
  }
  const found = find(word, changes.slice(0, from.index));
  if (found !== undefined) return [found.name];
  return left(
    `${from.change} requires \`${word}\`, which the plan does not have before it.`,
    'Look at the plan: `depends` may have to be added by hand.',
  );
}

/** `users`, `@v1.0` or `users@v1.0`: the last such change before, or at, the tag. */
function find(word: string, before: readonly Change[]): Change | undefined {
  const at = word.indexOf('@');
  const change = at === -1 ? word : word.slice(0, at);
  const tag = at === -1 ? null : word.slice(at + 1);
  const tagged = tag === null ? -1 : before.findIndex(({ tags }) => tags.includes(tag));
  if (tag !== null && tagged === -1 && tag !== 'HEAD') return undefined;
  const upTo = tagged === -1 ? before : before.slice(0, tagged + 1);
  return change === '' ? upTo.at(-1) : upTo.findLast((each) => each.change === change);
}

function indexOf(changes: readonly Change[], name: string): number {
  return changes.findIndex((each) => each.name === name);
}

function scriptsOf(
  folder: ForeignFolder,
  change: Change,
  changes: readonly Change[],
  remarks: Remark[],
): Pick<ForeignRevision, 'up' | 'down' | 'irreversible'> {
  const deploy = scriptPath(folder, 'deploy', change, changes);
  const revert = scriptPath(folder, 'revert', change, changes);
  if (deploy === null) {
    throw new MigError({
      code: 'invalid-files',
      message: `There is no deploy script for the change \`${change.change}\`.`,
      hint: `It should be ${folder.shown(`deploy/${change.change}.sql`)}`,
      file: folder.shown(SQITCH_PLAN),
      line: change.line,
    });
  }
  const read = (path: string) => {
    const sql = folder.read(path);
    remarks.push(...clientCommands(sql, path));
    return sql;
  };
  const up = read(deploy);
  const down = revert === null ? null : read(revert);
  const isEmpty = down !== null && holdsStatement(up) && !holdsStatement(down);
  return {
    up: { sql: up, transaction: 'on' },
    down: down === null || isEmpty ? null : { sql: down, transaction: 'on' },
    irreversible: isEmpty
      ? 'the revert script of sqitch had no statement'
      : 'sqitch had no revert script',
  };
}

/** sqitch hands scripts to the sqlite3 program, which has commands that are no SQL. */
function* clientCommands(sql: string, path: string): Generator<Remark> {
  for (const { start, tokens } of statements(sql)) {
    const [dot, name] = tokens;
    if (sql[start] !== '.' || dot === undefined || name?.start !== dot.end) continue;
    yield {
      code: 'not-carried',
      message: `\`.${textOf(sql, name)}\` is a command of the sqlite3 program, and no SQL.`,
      hint: 'Delete the line in the new file; what it does has to be said in SQL.',
      path,
      line: positionAt(sql, start).line,
    };
  }
}

/**
 * The script of a change. Where it was reworked later, the old script carries one of the
 * tags between the two in its name.
 */
function scriptPath(
  folder: ForeignFolder,
  kind: 'deploy' | 'revert',
  { change, index }: Change,
  changes: readonly Change[],
): string | null {
  const next = changes.findIndex((each) => each.index > index && each.change === change);
  const between = next === -1 ? [] : changes.slice(index, next).flatMap(({ tags }) => tags);
  const names = next === -1 ? [change] : between.map((tag) => `${change}@${tag}`);
  const paths = names.map((name) => `${kind}/${name}.sql`);
  return paths.find((path) => folder.paths.includes(path)) ?? null;
}
