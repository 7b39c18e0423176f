import { MigError } from '../../error.ts';
import { positionAt, statements, textOf } from '../../sql/statements.ts';
import {
  messageOf,
  originIn,
  type Remark,
  type ToolFolder,
  type ToolHistory,
  type ToolRevision,
  timeOf,
} from './history.ts';
import { type SqitchLayout, sqitchLayout } from './sqitch-layout.ts';

const PRAGMA = /^%\s*([^\s=]+)\s*(?:=\s*(.*?))?\s*(?:#.*)?$/;
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

/** A plan, and where its scripts are. */
interface Plan {
  readonly layout: SqitchLayout;
  readonly project: string | null;
  readonly changes: readonly Change[];
}

/**
 * The changes of a `sqitch.plan`, each above what it requires: of several, the one that is
 * planned last is its parent, the others are `depends`.
 */
export function readSqitch(folder: ToolFolder): ToolHistory {
  const remarks: Remark[] = [];
  const plan = readPlan(folder);
  const { layout, changes } = plan;
  const needs = new Map<string, ReadonlySet<string>>();
  const revisions = changes.map((change) => {
    const said = change.requirements.flatMap((each) => required(each, change, plan, remarks));
    // A reworked change is on top of what it was before, whether it says so or not.
    const former = changes.findLast(
      (each) => each.index < change.index && each.change === change.change,
    );
    const direct = [...new Set(former === undefined ? said : [...said, former.name])].sort(
      (a, b) => indexOf(changes, b) - indexOf(changes, a),
    );
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
      path: layout.plan,
      ...scriptsOf(folder, change, plan, remarks),
    };
  });
  const loose = revisions.slice(1).filter(({ parents }) => parents.length === 0);
  if (loose.length > 0) {
    const which =
      loose.length === 1
        ? `\`${loose[0]!.name}\` requires nothing`
        : `${loose.length} changes require nothing`;
    remarks.push({
      code: 'not-carried',
      message: `The order of the plan is not carried over where nothing is required: ${which}.`,
      hint: 'Each such change is a base now. Where one uses another, add that to its `depends`; `mig test` finds out.',
      path: layout.plan,
    });
  }
  const verified = folder.paths.filter((path) => path.startsWith(`${layout.verify}/`)).length;
  if (verified > 0) {
    remarks.push({
      code: 'not-carried',
      message: `The verify scripts (${verified}) are not carried over: mig has no such step.`,
      hint: '`mig test` runs every revision up, down and up again.',
      path: layout.verify,
    });
  }
  return { tool: 'sqitch', revisions, remarks };
}

/** The registry knows changes by their project's name, and lies beside the database. */
export function sqitchRegistry(folder: ToolFolder): { project: string | null; file: string } {
  const { layout, project } = readPlan(folder);
  return { project, file: layout.registry };
}

/** @throws MigError where there is no plan, or where it has a line that is none of sqitch's */
function readPlan(folder: ToolFolder): Plan {
  const layout = sqitchLayout(folder);
  if (layout === null) {
    throw new MigError({
      code: 'usage',
      message: `There is no sqitch.plan in ${folder.shown('.')}, and no sqitch.conf that names one.`,
      hint: 'Name the folder with the `sqitch.plan`, or with the `sqitch.conf`.',
    });
  }
  const changes: Change[] = [];
  const times = new Map<string, number>();
  let project: string | null = null;
  for (const [index, whole] of folder.read(layout.plan).split('\n').entries()) {
    const line = whole.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, pragma, value] = PRAGMA.exec(line) ?? [];
    if (pragma !== undefined) {
      if (pragma === 'project') project = value ?? null;
      continue;
    }
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
        file: folder.shown(layout.plan),
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
  return { layout, project, changes };
}

/** The change that a requirement means; none where it leads out of the plan. */
function required(
  text: string,
  from: Change,
  { layout, project, changes }: Plan,
  remarks: Remark[],
): readonly string[] {
  const left = (message: string, hint: string) => {
    remarks.push({ code: 'not-carried', message, hint, path: layout.plan, line: from.line });
    return [];
  };
  if (text.startsWith('!')) {
    return left(
      `${from.change} conflicts with \`${text.slice(1)}\`, which mig cannot say.`,
      'Nothing stops both from being applied.',
    );
  }
  const own = project !== null && text.startsWith(`${project}:`) ? project.length : 0;
  const word = text.slice(own).replace(/^:/, '');
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
  folder: ToolFolder,
  change: Change,
  plan: Plan,
  remarks: Remark[],
): Pick<ToolRevision, 'up' | 'down' | 'origin' | 'irreversible'> {
  const deploy = scriptPath(folder, 'deploy', change, plan);
  const revert = scriptPath(folder, 'revert', change, plan);
  if (deploy === null) {
    throw new MigError({
      code: 'invalid-files',
      message: `There is no deploy script for the change \`${change.change}\`.`,
      hint: `It should be ${folder.shown(`${plan.layout.deploy}/${change.change}.${plan.layout.extension}`)}`,
      file: folder.shown(plan.layout.plan),
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
  return {
    up: { sql: up, transaction: 'on' },
    origin: originIn(folder, deploy),
    down: down === null ? null : { sql: down, transaction: 'on' },
    irreversible: 'sqitch had no revert script',
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
  folder: ToolFolder,
  kind: 'deploy' | 'revert',
  { change, index }: Change,
  { layout, changes }: Plan,
): string | null {
  const next = changes.findIndex((each) => each.index > index && each.change === change);
  const between = next === -1 ? [] : changes.slice(index, next).flatMap(({ tags }) => tags);
  const names = next === -1 ? [change] : between.map((tag) => `${change}@${tag}`);
  const reworked = kind === 'deploy' ? layout.reworkedDeploy : layout.reworkedRevert;
  const dir = next === -1 ? layout[kind] : reworked;
  const paths = names.map((name) => `${dir}/${name}.${layout.extension}`);
  return paths.find((path) => folder.paths.includes(path)) ?? null;
}
