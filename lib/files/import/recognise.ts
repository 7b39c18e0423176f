import { MigError } from '../../error.ts';
import { parseHeader } from '../../graph/header.ts';
import { baseName, GO_MIGRATION, type Tool, type ToolFolder, topLevel } from './history.ts';
import { sqitchLayout } from './sqitch-layout.ts';

/**
 * The tool that a folder was written for.
 *
 * @throws MigError where there is none, or more than one.
 */
export function recognise(folder: ToolFolder, shown: string): Tool {
  const found = [...signs(folder)];
  const [tool, another] = found;
  if (tool !== undefined && another === undefined) return tool;
  const below = tool === undefined ? foldersBelow(folder) : [];
  throw new MigError({
    code: 'usage',
    message:
      tool === undefined
        ? `Nothing in ${shown} looks like migrations of a tool that mig knows.`
        : `${shown} looks like the migrations of several tools: ${found.join(', ')}.`,
    hint:
      below.length > 0
        ? folderHint(below.map((path) => folder.shown(path)))
        : 'Say which with `--from`: golang-migrate, sqlx, dbmate, goose, flyway, sqitch or alembic.',
    file: shown,
  });
}

/** Where migrations seem to be that are not in the folder itself: in one for each database, say. */
function foldersBelow({ paths }: ToolFolder): readonly string[] {
  const found = paths
    .filter((path) => path.includes('/') && /^(?:\d.*\.sql|sqitch\.plan)$/.test(baseName(path)))
    .map((path) => path.slice(0, path.lastIndexOf('/')));
  return [...new Set(found)];
}

const NAMED_AT_MOST = 5;

function folderHint(folders: readonly string[]): string {
  const forSqlite = folders.filter((each) => /lite3?$/i.test(each));
  const [only] = forSqlite.length > 0 ? forSqlite : folders;
  if (forSqlite.length === 1 || folders.length === 1) {
    return `There are some below it: \`mig import ${only}\``;
  }
  const more = folders.length > NAMED_AT_MOST ? ` and ${folders.length - NAMED_AT_MOST} more` : '';
  return `Name the one that is for SQLite: ${folders.slice(0, NAMED_AT_MOST).join(' ')}${more}`;
}

function* signs(folder: ToolFolder): Generator<Tool> {
  if (sqitchLayout(folder) !== null) {
    // Everything below belongs to its plan.
    yield 'sqitch';
    return;
  }
  const top = topLevel(folder);
  const isAlembic = folder.paths.some(
    (path) => path.endsWith('.py') && /^down_revision\b/m.test(folder.read(path)),
  );
  if (isAlembic) yield 'alembic';
  if (folder.paths.some((path) => /^(?:[VUB]\d.*|R)__.*\.sql$/.test(baseName(path))))
    yield 'flyway';
  const go = top.filter((path) => GO_MIGRATION.test(path));
  const marked = { dbmate: false, goose: go.some((path) => /\bgoose\b/.test(folder.read(path))) };
  let pairs = false;
  let singles = false;
  for (const path of top) {
    if (!/^\d+.*\.sql$/.test(path)) continue;
    const text = folder.read(path);
    if (/^--[ \t]*migrate:up\b/m.test(text)) marked.dbmate = true;
    else if (/^--[ \t]*\+goose[ \t]+up\b/im.test(text)) marked.goose = true;
    else if (/\.(?:up|down)\./.test(path)) pairs = true;
    else singles = true;
  }
  // Others have Go code beside their files too.
  if (!pairs && !singles && !marked.dbmate && go.length > 0) marked.goose = true;
  if (marked.dbmate) yield 'dbmate';
  if (marked.goose) yield 'goose';
  if (singles && !marked.dbmate && !marked.goose) yield 'sqlx';
  else if (pairs) yield 'golang-migrate';
}

/** A file that has mig's own header, if there is one. */
export function ownFile(folder: ToolFolder): string | undefined {
  return folder.paths.find(
    (path) =>
      path.endsWith('.up.sql') && parseHeader(folder.read(path), 'up').problems.length === 0,
  );
}
