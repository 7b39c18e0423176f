import { join } from 'node:path';
import { MigError } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { shownPath, stemOf } from '../files/names.ts';
import { type NewFile, writeNew } from '../files/write.ts';
import { type Header, messageFault, printHeader } from '../graph/header.ts';
import { labelFault, slugOf } from '../graph/id.ts';
import type { Project } from './project.ts';

/** A revision that is not written yet. */
interface NewRevision {
  readonly id: string;
  readonly header: Header;
  readonly upSql: string;
  readonly downSql: string;
}

/** Writes the pair, both files or none. Returns them as a person would type them. */
export function writePair(project: Project, revision: NewRevision): readonly string[] {
  const files = pairFiles(project, revision);
  writeNew(files);
  return files.map((file) => file.shown);
}

/** The pair, not written yet. */
export function pairFiles(project: Project, revision: NewRevision): readonly NewFile[] {
  const stem = stemOf(revision.id, slugOf(revision.header.message ?? ''));
  return [
    { path: `${stem}.up.sql`, text: `${printHeader(revision.header)}${revision.upSql}` },
    { path: `${stem}.down.sql`, text: revision.downSql },
  ].map(({ path, text }) => ({
    path: join(project.dir, path),
    shown: shownPath(project.shownDir, path),
    text,
  }));
}

/** The comment that a new down file begins with, and its line end. */
export function undoComment(message: string): string {
  return message === '' ? '-- Undo the up file.\n' : `-- Undo: ${message}\n`;
}

/** A message as it goes into a header. @throws MigError `usage` */
export function checkedMessage(text: string): string {
  const message = text.trim();
  const fault = messageFault(message);
  if (fault === null) return message;
  throw new MigError({
    code: 'usage',
    message: `The message cannot be written: ${fault}.`,
    hint: 'Details go into comments in the file.',
  });
}

/** Labels that may stand on a new revision. @throws MigError `usage` */
export function checkedLabels(labels: readonly string[], { graph }: Folder): readonly string[] {
  for (const [index, label] of labels.entries()) {
    const fault = labelFault(label);
    if (fault !== null) {
      throw new MigError({ code: 'usage', message: `\`${label}\` cannot be a label: ${fault}.` });
    }
    const owner = graph.labels.get(label) ?? (graph.nodes.has(label) ? label : undefined);
    if (owner !== undefined) {
      throw new MigError({
        code: 'usage',
        message: `The label ${label} is taken by ${owner}`,
        hint: 'A label names one line: choose another.',
      });
    }
    if (labels.indexOf(label) !== index) {
      throw new MigError({ code: 'usage', message: `The label ${label} is given twice.` });
    }
  }
  return labels;
}
