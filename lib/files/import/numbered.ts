import {
  compareNumbers,
  draftOf,
  GO_MIGRATION,
  inChain,
  originIn,
  type Remark,
  refuseTwins,
  type ToolFolder,
  type ToolHistory,
  type ToolRevision,
  type ToolScript,
  topLevel,
} from './history.ts';

const PAIR = /^(\d+)_(.*)\.(up|down)\.sql$/;
/** golang-migrate takes any ending behind the direction, and so also two dots. */
const ANY_PAIR = /^(\d+)_(.*)\.(up|down)\..*sql$/;
const SINGLE = /^(\d+)_(.*)\.sql$/;
/** sqlx's own mark, on the first line of a file. */
const NO_TRANSACTION = /^-- no-transaction/;

interface Draft {
  readonly name: string;
  readonly title: string;
  up?: string;
  down?: string;
  single?: true;
}

/** `000001_x.up.sql` and `.down.sql`; sqlx also takes `1_x.sql`, which has no way back. */
export function readNumbered(folder: ToolFolder, tool: 'golang-migrate' | 'sqlx'): ToolHistory {
  const drafts: Draft[] = [];
  const remarks: Remark[] = [];
  for (const path of topLevel(folder)) {
    const [, name, title, side] = (tool === 'sqlx' ? PAIR : ANY_PAIR).exec(path) ?? [];
    const [, single, singleTitle] = (tool === 'sqlx' && SINGLE.exec(path)) || [];
    if (name !== undefined) {
      const draft = draftFor(drafts, name, title!, side as 'up' | 'down');
      draft[side as 'up' | 'down'] = path;
    } else if (single !== undefined) {
      drafts.push({ name: single, title: singleTitle!, up: path, single: true });
    } else if (path.endsWith('.sql')) {
      remarks.push(notCarried(path, `This file is not named as ${tool} names migrations.`));
    } else if (GO_MIGRATION.test(path)) {
      remarks.push(
        notCarried(
          path,
          'This Go code beside the migrations is not carried over: mig runs SQL only.',
        ),
      );
    }
  }
  const whole = drafts.filter((draft) => {
    if (draft.up !== undefined) return true;
    remarks.push(notCarried(draft.down!, 'There is no up file beside this down file.'));
    return false;
  });
  whole.sort((a, b) => compareNumbers(a.name, b.name));
  const revisions = whole.map((draft) => revisionOf(folder, draft, tool));
  refuseTwins(folder, revisions, (name) => BigInt(name).toString());
  return { tool, revisions: inChain(revisions), remarks };
}

/** The pair that a file goes to: the same version and title, and its place still free. */
function draftFor(drafts: Draft[], name: string, title: string, side: 'up' | 'down'): Draft {
  const same = drafts.filter((each) => each.name === name && !each.single && !each[side]);
  // golang-migrate pairs by the version alone: the titles may differ.
  const found = same.find((each) => each.title === title) ?? same[0];
  if (found !== undefined) return found;
  const draft: Draft = { name, title };
  drafts.push(draft);
  return draft;
}

function revisionOf(
  folder: ToolFolder,
  { name, title, up, down, single }: Draft,
  tool: 'golang-migrate' | 'sqlx',
): Omit<ToolRevision, 'parents'> {
  const script = (path: string): ToolScript => {
    const sql = folder.read(path);
    const isOff = tool === 'sqlx' && NO_TRANSACTION.test(sql);
    return { sql, transaction: isOff ? 'off' : 'on' };
  };
  return {
    ...draftOf(up!, name, title),
    up: script(up!),
    origin: originIn(folder, up!),
    down: down === undefined ? null : script(down),
    irreversible: single ? 'a forward-only migration of sqlx' : `${tool} had no down file`,
  };
}

function notCarried(path: string, message: string): Remark {
  return { code: 'not-carried', message, path };
}
