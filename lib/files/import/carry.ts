import { MigError } from '../../error.ts';
import { headerOf, messageFault, parseHeader, printHeader } from '../../graph/header.ts';
import { idFault, labelFault, slugOf } from '../../graph/id.ts';
import { holdsStatement } from '../../sql/statements.ts';
import { sha256 } from '../hash.ts';
import { stemOf } from '../names.ts';
import { otherDialect } from './dialect.ts';
import type { Remark, Tool, ToolHistory, ToolRevision, ToolScript } from './history.ts';
import { type Unwrapped, withoutWrapper } from './wrapper.ts';

/** A revision as mig writes it. */
interface Carried {
  readonly id: string;
  /** What the tool called it. */
  readonly name: string;
  /** By their names in the migrations folder. */
  readonly files: ReadonlyMap<string, string>;
}

export interface Carriage {
  readonly revisions: readonly Carried[];
  readonly remarks: readonly Remark[];
}

/** The files out of which something was left that mig does itself. */
type LeftOut = Readonly<Record<'transaction' | 'foreign-keys', string[]>>;

/** Makes the pairs of files of a history. Writes nothing. */
export function carry(history: ToolHistory): Carriage {
  const remarks: Remark[] = [...otherDialect(history.revisions), ...history.remarks];
  const ids = idsOf(history, remarks);
  const labels = new Set<string>();
  const left: LeftOut = { transaction: [], 'foreign-keys': [] };
  const revisions = history.revisions.map((revision) => {
    const id = ids.get(revision.name)!;
    const kept = legalLabels(revision, labels, [...ids.values()], remarks);
    return {
      id,
      name: revision.name,
      files: filesOf(revision, id, kept, ids, history.tool, left),
    };
  });
  for (const [what, files] of Object.entries(left)) {
    const [file] = files;
    if (file === undefined) continue;
    const where = files.length === 1 ? file : `${files.length} files`;
    const message =
      what === 'transaction'
        ? `\`BEGIN\` and \`COMMIT\` in ${where} are left out: mig begins and commits.`
        : `\`PRAGMA foreign_keys\` in ${where} is left out: mig switches enforcement off around each revision, and checks the keys after it. Where it was OFF, the header says \`foreign_keys: off\`: no cascade is asked for.`;
    remarks.push({ code: 'changed', message, path: null });
  }
  return { revisions, remarks };
}

/** The tool's own ids where they can be mig's, else the first digits of a hash of the name. */
function idsOf({ tool, revisions }: ToolHistory, remarks: Remark[]): Map<string, string> {
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const { name, id: wanted, path } of revisions) {
    const isFree = idFault(wanted) === null && !taken.has(wanted.toLowerCase());
    const id = isFree ? wanted : sha256(`${tool}:${name}`).slice(0, 12);
    if (!isFree) {
      remarks.push({
        code: 'changed',
        message: `${name} is called ${id} now: mig's ids are letters and digits.`,
        path,
      });
    }
    taken.add(id.toLowerCase());
    ids.set(name, id);
  }
  return ids;
}

function legalLabels(
  { name, labels, path }: ToolRevision,
  taken: Set<string>,
  ids: readonly string[],
  remarks: Remark[],
): readonly string[] {
  return labels.filter((label) => {
    const why =
      labelFault(label) ??
      (taken.has(label) || ids.includes(label) ? 'the name is taken already' : null);
    taken.add(label);
    if (why === null) return true;
    remarks.push({
      code: 'not-carried',
      message: `\`${label}\` at ${name} cannot be a label: ${why}.`,
      path,
    });
    return false;
  });
}

function filesOf(
  revision: ToolRevision,
  id: string,
  labels: readonly string[],
  ids: ReadonlyMap<string, string>,
  tool: Tool,
  left: LeftOut,
): ReadonlyMap<string, string> {
  const { parents, depends, created } = revision;
  const message = revision.message.replace(/\s+/g, ' ').trim();
  const stem = stemOf(id, slugOf(message));
  const bare = (script: ToolScript, file: string): Unwrapped => {
    const unwrapped = withoutWrapper(script);
    for (const what of unwrapped.leftOut) left[what].push(file);
    return unwrapped;
  };
  const up = bare(revision.up, `${stem}.up.sql`);
  const down = revision.down === null ? null : bare(revision.down, `${stem}.down.sql`);
  const isEmpty =
    down !== null && !isOnPurpose(tool) && holdsStatement(up.sql) && !holdsStatement(down.sql);
  const header = headerOf({
    parents: parents.map((each) => ids.get(each)!),
    depends: depends.map((each) => ids.get(each)!),
    labels,
    message: message === '' || messageFault(message) !== null ? null : message,
    created,
    transaction: up.transaction,
    foreignKeys: up.foreignKeys,
    irreversible: isEmpty
      ? `the down script of ${tool} had no statement`
      : down === null
        ? revision.irreversible
        : null,
    extra: [['x-imported-from', `${tool} ${revision.name}`]],
  });
  const files = new Map([[`${stem}.up.sql`, printHeader(header) + up.sql]]);
  if (down !== null && !isEmpty) files.set(`${stem}.down.sql`, downHeader(down, up) + down.sql);
  return files;
}

/**
 * A way back without a statement takes nothing back, and where the tool makes its place by
 * itself, it says nothing. Who adds an empty file of its own means that nothing is to be done.
 */
function isOnPurpose(tool: Tool): boolean {
  return tool === 'golang-migrate' || tool === 'sqlx';
}

/** A down file needs a header only where it says something, or where its SQL looks like one. */
function downHeader({ transaction, foreignKeys, sql }: Unwrapped, up: Unwrapped): string {
  const lines = [
    // Where one runs without, the other says what it does, so that nobody has to be asked.
    ...(transaction === 'off' || up.transaction === 'off' ? [`transaction: ${transaction}`] : []),
    ...(foreignKeys === 'off' ? ['foreign_keys: off'] : []),
  ];
  if (lines.length === 0 && parseHeader(sql, 'down').sqlStart === 0) return '';
  return `-- ---\n${lines.map((line) => `-- ${line}\n`).join('')}-- ---\n`;
}

/** @throws MigError where there is nothing to carry */
export function requireSome(history: ToolHistory, shown: string): void {
  if (history.revisions.length > 0) return;
  throw new MigError({
    code: 'usage',
    message: `There is no migration of ${history.tool} in ${shown}.`,
    hint: 'Is it the right folder? `--from` names the tool.',
    file: shown,
  });
}
