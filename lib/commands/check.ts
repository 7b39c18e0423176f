import { join } from 'node:path';
import { EXIT_OF } from '../error.ts';
import { type Folder, readFolder } from '../files/folder.ts';
import { shownPath } from '../files/names.ts';
import { headsOf, redundantParents } from '../graph/graph.ts';
import { placesIn } from '../graph/header.ts';
import { executableSql, type Revision } from '../graph/revision.ts';
import { statements } from '../sql/statements.ts';
import { against } from './check-against.ts';
import { type CheckSchemaOptions, checkSchema } from './check-schema.ts';
import type { CheckDocument, CheckFormat, ErrorDocument, Finding } from './documents.ts';
import { placed, problemFinding, severalHeadsFinding } from './findings.ts';
import { undoComment } from './new-revision.ts';
import { statementProblems } from './prepare.ts';
import type { Project } from './project.ts';
import { reportOf } from './report.ts';

export interface CheckOptions extends CheckSchemaOptions {
  /** A git ref: check what a merge with it will bring. The schema file is left out then. */
  readonly against?: string;
  /** Default `text`. For `github` and `sarif` the document has a `report`. */
  readonly format?: CheckFormat;
}

/** Everything that can be said of the files without a database. */
export async function check(project: Project, options: CheckOptions = {}): Promise<CheckDocument> {
  const merged = options.against === undefined ? null : await against(project, options.against);
  const folder = merged?.folder ?? readFolder(project.dir, project.shownDir);
  const heads = headsOf(folder.graph);
  const ofFiles = [
    ...folder.problems.map((problem) => problemFinding('error', problem)),
    ...[...folder.revisions.values()].flatMap((each) => findingsOf(each, folder)),
  ];
  // git has still to merge the schema file; and files that are not sound build nothing.
  const comparesSchema = merged === null && !ofFiles.some(isError);
  const findings = [
    ...ofFiles,
    ...(merged?.findings ?? (heads.length > 1 ? [severalHeadsFinding(heads)] : [])),
    ...(comparesSchema ? await checkSchema(project, folder, options) : []),
    ...folder.strays
      .filter((path) => join(folder.dir, path) !== project.schemaFile?.path)
      .map((path) => stray(folder, path)),
  ];
  const { format = 'text' } = options;
  const report = reportOf(format, findings, project);
  const error = errorOf(findings, project);
  return {
    version: 1,
    command: 'check',
    ok: error === null,
    ...(format === 'text' ? {} : { format }),
    ...(comparesSchema && project.schemaFile !== null
      ? { schemaFile: project.schemaFile.shown }
      : {}),
    findings,
    ...(merged === null ? {} : { against: merged.document }),
    ...(report === null ? {} : { report }),
    ...(error === null ? {} : { error }),
  };
}

function isError({ severity }: Finding): boolean {
  return severity === 'error';
}

/** What the findings come to: of several kinds, the first of 1, 4 and 3. */
function errorOf(findings: readonly Finding[], project: Project): ErrorDocument | null {
  const errors = findings.filter(isError);
  const others = errors.filter((each) => each.code !== 'schema-differs');
  if (errors.length === 0) return null;
  if (others.length === 0) {
    const { shown } = project.schemaFile!;
    return {
      code: 'schema-differs',
      message: `${shown} differs from what the revisions build: ${counted(errors, 'difference')}.`,
      exit: EXIT_OF['schema-differs'],
      hint: `\`mig revision --autogenerate\` writes the revision that leads there. Where the revisions are right: \`mig dump --revisions > ${shown}\``,
    };
  }
  if (others.every((each) => each.code === 'several-heads')) {
    const [{ message }] = others as [Finding];
    return { code: 'several-heads', message, exit: EXIT_OF['several-heads'] };
  }
  const where = errors.every(({ file }) => file !== null && file === project.schemaFile?.shown)
    ? project.schemaFile!.shown
    : project.shownDir;
  const message = `${counted(errors, 'error')} in ${where}.`;
  return { code: 'check-failed', message, exit: EXIT_OF['check-failed'] };
}

function counted({ length }: readonly unknown[], noun: string): string {
  return `${length} ${noun}${length === 1 ? '' : 's'}`;
}

function findingsOf(revision: Revision, folder: Folder): Finding[] {
  const { id, up, down } = revision;
  const upFile = shownPath(folder.shown, up.path);
  const found = statementProblems(up, upFile, id).map((each) => problemFinding('error', each));
  if (down !== null) {
    const downFile = shownPath(folder.shown, down.path);
    for (const each of statementProblems(down, downFile, id))
      found.push(problemFinding('error', each));
    const isSaid = placesIn(down.text).transaction !== undefined;
    if (up.transaction === 'off' && down.transaction === 'on' && !isSaid) {
      found.push(
        warning(
          'down-in-transaction',
          id,
          downFile,
          `Only the up file of ${id} says \`transaction: off\`; the down file runs inside one.`,
          'The header is not inherited: say it in the down file too, if its statements need it; or `transaction: on`, if they do not.',
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
  } else if (down !== null && !isEmpty(up) && isUntouched(revision, down)) {
    found.push(
      warning(
        'empty',
        id,
        shownPath(folder.shown, down.path),
        `The down file of ${id} is as it was made: a downgrade would revert nothing, and count it as reverted.`,
        'Write its SQL, or say in a comment why nothing is to be undone; or delete the file, and say `irreversible: <reason>` in the header of the up file.',
      ),
    );
  }
  return found;
}

/** Whether a down file has only the comment that `mig revision` put into it. */
function isUntouched({ message }: Revision, down: Revision['up']): boolean {
  const text = executableSql(down).trim();
  return [message, ''].some((each) => text === undoComment(each).trim());
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
    ...placed({ file, ...place }),
  };
}
