import { type ErrorCode, EXIT_OF, type Problem } from '../error.ts';
import { type Folder, readFolder } from '../files/folder.ts';
import { shownPath } from '../files/names.ts';
import { headsOf, redundantParents } from '../graph/graph.ts';
import { executableSql, type Revision } from '../graph/revision.ts';
import { statements } from '../sql/statements.ts';
import { against } from './check-against.ts';
import type { CheckDocument, Finding } from './documents.ts';
import { severalHeadsFinding } from './heads.ts';
import { statementProblems } from './prepare.ts';
import type { Project } from './project.ts';

export interface CheckOptions {
  /** A git ref: check what a merge with it will bring. */
  readonly against?: string;
}

/** Everything that can be said of the files without a database. */
export async function check(project: Project, options: CheckOptions = {}): Promise<CheckDocument> {
  const merged = options.against === undefined ? null : await against(project, options.against);
  const folder = merged?.folder ?? readFolder(project.dir, project.shownDir);
  const heads = headsOf(folder.graph);
  const findings = [
    ...folder.problems.map((problem) => finding('error', problem)),
    ...[...folder.revisions.values()].flatMap((each) => findingsOf(each, folder)),
    ...(merged?.findings ?? (heads.length > 1 ? [severalHeadsFinding(heads)] : [])),
    ...folder.strays.map((path) => stray(folder, path)),
  ];
  const errors = findings.filter((each) => each.severity === 'error');
  const document: CheckDocument = {
    version: 1,
    command: 'check',
    ok: errors.length === 0,
    findings,
    ...(merged === null ? {} : { against: merged.document }),
  };
  if (document.ok) return document;
  const onlyHeads = errors.every((each) => each.code === 'several-heads');
  const code: ErrorCode = onlyHeads ? 'several-heads' : 'check-failed';
  const message = onlyHeads
    ? errors[0]!.message
    : `${errors.length} ${errors.length === 1 ? 'error' : 'errors'} in ${project.shownDir}.`;
  return { ...document, error: { code, message, exit: EXIT_OF[code] } };
}

function findingsOf(revision: Revision, folder: Folder): Finding[] {
  const { id, up, down } = revision;
  const upFile = shownPath(folder.shown, up.path);
  const found = statementProblems(up, upFile, id).map((each) => finding('error', each));
  if (down !== null) {
    const downFile = shownPath(folder.shown, down.path);
    for (const each of statementProblems(down, downFile, id)) found.push(finding('error', each));
    if (up.transaction === 'off' && down.transaction === 'on') {
      found.push(
        warning(
          'down-in-transaction',
          id,
          downFile,
          `Only the up file of ${id} says \`transaction: off\`; the down file runs inside one.`,
          'The header is not inherited: say it in the down file too, if its statements need it.',
        ),
      );
    }
  }
  const idle = redundantParents(folder.graph, revision);
  if (idle.length > 0) {
    found.push(
      warning(
        'redundant-parent',
        id,
        upFile,
        `${idle.join(' ')} ${idle.length === 1 ? 'is' : 'are'} an ancestor of another parent of ${id} already.`,
        'It may be left out.',
        revision.places?.parents,
      ),
    );
  }
  if (revision.parents.length < 2 && isEmpty(up)) {
    found.push(
      warning(
        'empty',
        id,
        upFile,
        `The up file of ${id} has no statement.`,
        'Write its SQL, or delete the pair.',
      ),
    );
  }
  return found;
}

function isEmpty(file: Revision['up']): boolean {
  return statements(executableSql(file)).next().done === true;
}

function stray(folder: Folder, path: string): Finding {
  return warning(
    'stray-file',
    null,
    shownPath(folder.shown, path),
    'This SQL file is no revision, and mig does not run it.',
    'A revision is `<id>_<slug>.up.sql` and `<id>_<slug>.down.sql`.',
  );
}

/** A problem, as a check tells it. */
export function finding(severity: Finding['severity'], problem: Problem): Finding {
  return {
    code: problem.code,
    severity,
    message: problem.message,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    revision: problem.revision ?? null,
    file: problem.file ?? null,
    line: problem.line ?? null,
    column: problem.column ?? null,
  };
}

function warning(
  code: string,
  revision: string | null,
  file: string,
  message: string,
  hint: string,
  place?: { readonly line: number; readonly column: number },
): Finding {
  return {
    code,
    severity: 'warning',
    message,
    hint,
    revision,
    file,
    line: place?.line ?? null,
    column: place?.column ?? null,
  };
}
