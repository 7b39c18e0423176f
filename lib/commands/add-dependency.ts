import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { shownPath } from '../files/names.ts';
import { positionAt } from '../sql/statements.ts';

/**
 * Writes `depends` into the header of a revision's up file: that a merge of two branches
 * runs one before the other. Nothing but that line changes.
 *
 * @returns what puts the file back as it was. @throws MigError
 */
export function addDependency(
  folder: Folder,
  { revision: id, needs }: { readonly revision: string; readonly needs: string },
): () => void {
  const revision = folder.revisions.get(id)!;
  const path = join(folder.dir, ...revision.up.path.split('/'));
  const before = readFileSync(path);
  const text = withDependency(revision.up.text, revision.places?.depends?.line, revision, needs);
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new MigError(
      {
        code: 'io',
        message: `${shownPath(folder.shown, revision.up.path)} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
        hint: `Add \`-- depends: ${needs}\` to its header yourself.`,
        revision: id,
      },
      { cause: error },
    );
  }
  return () => writeFileSync(path, before);
}

function withDependency(
  text: string,
  dependsLine: number | undefined,
  {
    depends,
    up,
  }: { readonly depends: readonly string[]; readonly up: { readonly sqlStart: number } },
  needs: string,
): string {
  if (depends.includes(needs)) return text;
  const lines = text.split('\n');
  const end = lines[0]?.endsWith('\r') ? '\r' : '';
  const line = `-- depends: ${[...depends, needs].join(', ')}${end}`;
  if (dependsLine !== undefined) lines[dependsLine - 1] = line;
  else {
    // The SQL begins on the line behind the closing fence.
    const closing = positionAt(text, Math.max(0, up.sqlStart - 1)).line;
    lines.splice(closing - 1, 0, line);
  }
  return lines.join('\n');
}
