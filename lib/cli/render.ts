import type {
  AnyDocument,
  CheckDocument,
  Finding,
  GeneratedDocument,
  HeadDocument,
  HistoryDocument,
  ImportDocument,
  InitDocument,
  MergeDocument,
  ProofDocument,
  RepairedAs,
  RevisionDocument,
  ShowDocument,
  ShownRevision,
  StatusDocument,
  StepDocument,
  StepsDocument,
  TestDocument,
  WrittenDocument,
} from '../commands/documents.ts';
import { printable } from '../graph/controls.ts';
import { duration } from './duration.ts';
import type { Style } from './style.ts';

/**
 * What a person sees of a document. Pure: a document and a style in, text out. Ids stand
 * free of punctuation, so that a double click takes them.
 */
export async function render(
  document: AnyDocument,
  style: Style,
  columns = Number.POSITIVE_INFINITY,
): Promise<string> {
  switch (document.command) {
    case 'init':
      return renderInit(document);
    case 'revision':
      return renderGenerated(document, style);
    case 'merge':
      return renderWritten(document, style);
    case 'upgrade':
    case 'downgrade':
    case 'redo':
    case 'sync':
    case 'stamp':
      return renderSteps(document, style);
    case 'status':
      return renderStatus(document, style);
    case 'heads':
      return (
        document.heads.map((head) => `${headLine(head, style)}\n`).join('') || 'No revisions yet.\n'
      );
    case 'current':
      return (
        document.heads.map((head) => `${headLine(head, style)}\n`).join('') ||
        'Nothing is applied yet.\n'
      );
    case 'branches':
      return document.branches
        .map(
          ({ revision, message, children }) =>
            `${id(revision, style)}  ${printable(message)}\n${children.map((child) => `  → ${id(child, style)}\n`).join('')}`,
        )
        .join('');
    case 'history':
      return document.graph
        ? (await import('./render-graph.ts')).renderGraph(document.revisions, style, columns)
        : renderHistory(document, style);
    case 'graph':
      if (document.picture !== undefined) return document.picture;
      if (document.format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
      return (await import('./render-graph.ts')).renderGraph(document.revisions, style, columns);
    case 'show':
      return renderShow(document, style);
    case 'import':
      return renderImport(document, style);
    case 'edit':
      return document.files.map((file) => `${file}\n`).join('');
    case 'pull':
      return document.files.map((file) => `wrote  ${file}\n`).join('') || 'Nothing is missing.\n';
    case 'repair':
      return document.repaired
        .map((each) => `${id(each.revision, style)}  ${REPAIRED[each.as]}\n`)
        .join('');
    case 'test':
      return renderTest(document, style);
    case 'check':
      return renderCheck(document, style);
    case 'dump':
      return document.sql;
    case 'completion':
      return document.script;
  }
}

const REPAIRED: Readonly<Record<RepairedAs, string>> = {
  edited: 'accepted as it is now',
  reparented: 'accepted with its new parents',
  'down-edited': 'accepted with its new down file',
  resumed: 'went on to its end',
  applied: 'counts as applied',
  reverted: 'counts as not applied',
  unchanged: 'is as it was applied: nothing to repair',
};

const WORDS = {
  up: { done: 'applied', planned: 'apply' },
  down: { done: 'reverted', planned: 'revert' },
  stamp: { done: 'stamped', planned: 'stamp' },
  unstamp: { done: 'unstamped', planned: 'unstamp' },
} as const;

/** The line of one step that is done. */
export function renderDone(
  step: Pick<StepDocument, 'direction' | 'revision' | 'message' | 'ms'>,
  style: Style,
): string {
  const isForward = step.direction === 'up' || step.direction === 'stamp';
  const word = WORDS[step.direction].done.padEnd(9);
  const time = step.ms === undefined ? '' : style.dim(`  ${duration(step.ms)}`);
  return `${isForward ? style.green(word) : style.yellow(word)}  ${id(step.revision, style)}  ${printable(step.message)}${time}\n`;
}

/** What is left to say once the lines of the steps are printed. */
function renderSteps(document: StepsDocument, style: Style): string {
  if (document.sql !== undefined) return document.sql;
  const { steps, after, before, status, ahead = [] } = document;
  const at = where(after, style);
  const aheadLine =
    ahead.length === 0
      ? ''
      : `The database is ahead of the files, by ${count(ahead.length, 'revision')}: ${ids(ahead, style)}\n`;
  if (steps.length === 0) return `${aheadLine}Nothing to do: the database is at ${at}\n`;
  if (status === 'done') return `The database is at ${at}\n${aheadLine}`;
  const lines = steps.map((step) => {
    const word = WORDS[step.direction].planned.padEnd(7);
    const file = step.file ?? (step.direction === 'unstamp' ? '' : 'SQL from the ledger');
    return `  ${word}  ${id(step.revision, style)}  ${printable(step.message)}  ${style.dim(printable(file))}`.trimEnd();
  });
  return `Nothing has run. ${count(steps.length, 'step')}, from ${where(before, style)} to ${at}\n${lines.join('\n')}\n${aheadLine}`;
}

function renderInit({ dir, created, revision, notes = [], planned = [] }: InitDocument): string {
  const told = notes.map((note) => `${printable(note)}\n`).join('');
  if (planned.length > 0) {
    const files = planned.map(({ file, text }) => `-- ${printable(file)}\n${text}`);
    return `${files.join('\n')}\n${told}Nothing was written.\n`;
  }
  if (revision !== undefined) return `${created.map((each) => `wrote  ${each}\n`).join('')}${told}`;
  if (created.length === 0) return `Everything is there already: ${dir}\n`;
  return `Made ${created.join(' and ')}\n`;
}

function renderWritten(document: WrittenDocument | MergeDocument, style: Style): string {
  const notes = document.notes.map((note) => `${printable(note, { lines: true })}\n`).join('');
  if (document.files.length === 0) return notes;
  const after = document.parents.length === 0 ? 'on base' : `on ${ids(document.parents, style)}`;
  const files = document.files.map((file) => `  ${printable(file)}\n`).join('');
  const proof = 'proof' in document ? renderProof(document.proof, style) : '';
  return `${id(document.revision!, style)}  ${after}\n${files}${proof}${notes}`;
}

/** A new revision; a generated one with what it changes and what to look at. */
function renderGenerated(document: GeneratedDocument, style: Style): string {
  const { differences = [], warnings = [], up, down } = document;
  if (up !== undefined && down !== undefined) return `${up}\n${down}`;
  return [
    renderWritten(document, style),
    ...differences.map((each) => `  ${printable(each)}\n`),
    ...warnings.map(({ message, query }) => {
      // Names may have line breaks: what is printed has to find the rows.
      const found = query === null ? '' : `  ${printable(query, { lines: true })}\n`;
      return `${style.yellow('warning')}: ${printable(message)}\n${found}`;
    }),
  ].join('');
}

const CLAIMS: Readonly<Record<ProofDocument['claim'], string>> = {
  proved:
    'proved: what can run in either order touches different tables, so no order and no database can tell them apart',
  tested: 'tested: run in one order and the other, and no counter-example was found',
};

function renderProof(proof: ProofDocument | null, style: Style): string {
  if (proof === null)
    return style.yellow('Not proved: whether the branches commute is not known.\n');
  const almost =
    proof.verdict === 'commutes-up-to-order' ? ', but for the order of columns or triggers' : '';
  const found = proof.findings.map((each) => `  ${printable(each.message)}\n`).join('');
  return `The branches commute${almost} ${style.dim(`(${CLAIMS[proof.claim]})`)}\n${found}`;
}

function renderStatus(document: StatusDocument, style: Style): string {
  const { heads, current, applied, pending } = document;
  const rows: (readonly [label: string, text: string])[] = [
    ['database', `${where(current, style)}  ${style.dim(`${applied.length} applied`)}`],
    [
      'files',
      heads.length === 0
        ? 'no revisions yet'
        : `${ids(heads, style)}  ${style.dim(heads.length === 1 ? 'head' : `${heads.length} heads: \`mig merge\` joins them`)}`,
    ],
  ];
  const lists = [
    ['pending', pending, style.yellow],
    ['edited', document.edited, style.red],
    ['reparented', document.reparented, style.red],
    ['inserted', document.inserted, style.red],
    ['interrupted', document.interrupted, style.red],
    ['missing', document.missing, style.yellow],
    ['down edited', document.downEdited, style.dim],
  ] as const;
  for (const [label, revisions, paint] of lists) {
    if (revisions.length > 0)
      rows.push([label, `${paint(String(revisions.length))}  ${some(revisions, style)}`]);
  }
  if (rows.length === 2) rows.push(['pending', style.green('nothing')]);
  return rows.map(([label, text]) => `${label.padEnd(12)}${text}\n`).join('');
}

function renderHistory({ revisions }: HistoryDocument, style: Style): string {
  if (revisions.length === 0) return 'No revisions yet.\n';
  return revisions.map((each) => `${historyLine(each, style)}\n`).join('');
}

function historyLine(revision: RevisionDocument, style: Style): string {
  const { applied, parents, depends } = revision;
  const mark =
    applied === undefined ? '' : applied ? `${style.green('✓')} ` : `${style.yellow('·')} `;
  const from = style.dim(`← ${parents.length === 0 ? 'base' : parents.join(' ')}`);
  const needs = depends.length === 0 ? '' : style.dim(` needs ${depends.join(' ')}`);
  return `${mark}${id(revision.revision, style)}  ${printable(revision.message)}${tags(revision, style)}  ${from}${needs}`;
}

function tags(revision: RevisionDocument, style: Style): string {
  const words: string[] = [];
  if (revision.head) words.push(style.green('head'));
  if (revision.branchpoint) words.push('branch point');
  if (revision.mergepoint) words.push('merge point');
  for (const label of revision.labels) words.push(style.magenta(label));
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

function renderShow({ revisions }: ShowDocument, style: Style): string {
  return revisions.map((each) => renderRevision(each, style)).join('\n');
}

function renderRevision(revision: ShownRevision, style: Style): string {
  const rows = [
    ['parents', revision.parents.join(' ') || 'base'],
    ['depends', revision.depends.join(' ')],
    ['created', revision.created ?? ''],
    ['file', revision.file ?? 'gone; what follows is from the ledger'],
    ['applied', revision.applied === undefined ? '' : revision.applied ? 'yes' : 'no'],
  ] as const;
  const about = rows
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `  ${label.padEnd(9)}${printable(value)}\n`)
    .join('');
  const down =
    revision.down === null
      ? style.dim(
          `-- no way back: ${printable(revision.irreversible ?? 'there is no down file')}\n`,
        )
      : block(revision.down);
  return `${id(revision.revision, style)}  ${printable(revision.message)}${tags(revision, style)}\n${about}\n${style.bold('-- up')}\n${block(revision.up)}\n${style.bold('-- down')}\n${down}`;
}

function block(sql: string): string {
  const text = printable(
    sql
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
      .trim(),
    { lines: true },
  );
  return text === '' ? '' : `${text}\n`;
}

function renderCheck(document: CheckDocument, style: Style): string {
  const { findings, ok, schemaFile, format, report } = document;
  if (report !== undefined) return report;
  if (format === 'json') return `${JSON.stringify(document, null, 2)}\n`;
  const shown = findings.map((each) => `${renderFinding(each, style)}\n`).join('');
  if (!ok) return shown;
  const warnings = findings.length === 0 ? '' : ` (${count(findings.length, 'warning')})`;
  const build = schemaFile === undefined ? '' : `, and build ${schemaFile}`;
  return `${shown}${style.green('The files are sound')}${build}${warnings}\n`;
}

function renderImport(document: ImportDocument, style: Style): string {
  const { imported, stamped, heads } = document;
  const lines = imported.map((each) => {
    const back = each.irreversible === null ? '' : style.dim(`  no way back: ${each.irreversible}`);
    return `  ${id(each.revision, style)}  ${printable(each.message)}${back}\n`;
  });
  const findings = document.findings.map((each) => `${renderFinding(each, style)}\n`).join('');
  const notes = document.notes.map((note) => `${printable(note)}\n`).join('');
  const isDone = document.status === 'done';
  const what = `${count(imported.length, 'migration')} of ${document.tool} ${isDone ? (imported.length === 1 ? 'is in' : 'are in') : 'would go into'} ${printable(document.dir)}`;
  const at = `, with ${heads.length === 1 ? 'the head' : `${heads.length} heads:`} ${some(heads, style)}`;
  const stamps =
    stamped === null
      ? ''
      : `${isDone ? 'Stamped' : 'To be stamped'}: ${stamped.length} of ${imported.length}\n`;
  return `${lines.join('')}${findings}${notes}${isDone ? '' : 'Nothing is written. '}${what}${at}\n${stamps}`;
}

function renderTest({ findings, ok, tested, tables, notes }: TestDocument, style: Style): string {
  const shown = findings.map((each) => `${renderFinding(each, style)}\n`).join('');
  const told = notes.map((note) => `${printable(note)}\n`).join('');
  const verdict = ok
    ? `${style.green('Up, down and up again')}: ${count(tested.length, 'revision')}\n`
    : '';
  return `${shown}${tables === undefined ? '' : renderRows(tables)}${verdict}${told}`;
}

/** The tables of which the number of rows changed, and how many did not. */
function renderRows(tables: NonNullable<TestDocument['tables']>): string {
  const changed = tables.filter((each) => each.before !== each.after);
  const width = Math.max(5, ...changed.map((each) => printable(each.table).length));
  const rows = changed.map(({ table, before, after }) => {
    const was = before === null ? 'new' : String(before);
    return `  ${printable(table).padEnd(width)}  ${was.padStart(8)} → ${after === null ? 'gone' : after}\n`;
  });
  const same = tables.length - changed.length;
  return `Rows before and after:\n${rows.join('')}  ${count(same, 'table')} with as many as before\n`;
}

/** `file:line:column: error: message (code)`, which editors and CI know how to read. */
function renderFinding(finding: Finding, style: Style): string {
  const place = placeOf(finding);
  const severity = finding.severity === 'error' ? style.red('error') : style.yellow('warning');
  const hint =
    finding.hint === undefined ? '' : `\n${indented(printable(finding.hint, { lines: true }))}`;
  return `${place === '' ? '' : `${place}: `}${severity}: ${printable(finding.message)} ${style.dim(`[${finding.code}]`)}${hint}`;
}

/** `file:line:column`, as far as it is known. */
export function placeOf(place: {
  readonly file?: string | null | undefined;
  readonly line?: number | null | undefined;
  readonly column?: number | null | undefined;
}): string {
  return printable([place.file, place.line, place.column].filter((part) => part != null).join(':'));
}

/** Every line of a text, two blanks further in. */
export function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
}

function headLine(head: HeadDocument, style: Style): string {
  const labels =
    head.labels.length === 0
      ? ''
      : ` (${head.labels.map((label) => style.magenta(label)).join(', ')})`;
  const file = head.file === null ? 'no file here' : printable(head.file);
  return `${id(head.revision, style)}${labels}  ${printable(head.message)}  ${style.dim(file)}`;
}

function where(heads: readonly string[], style: Style): string {
  return heads.length === 0 ? 'base' : ids(heads, style);
}

function ids(revisions: readonly string[], style: Style): string {
  return revisions.map((each) => id(each, style)).join(' ');
}

const SHOWN_AT_MOST = 6;

function some(revisions: readonly string[], style: Style): string {
  const left = revisions.length - SHOWN_AT_MOST;
  return `${ids(revisions.slice(0, SHOWN_AT_MOST), style)}${left > 0 ? ` and ${left} more` : ''}`;
}

function id(revision: string, style: Style): string {
  return style.cyan(printable(revision));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
