import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { isWithin, pathFrom } from '../engine/location.ts';
import { MigError } from '../error.ts';
import { decode } from '../files/decode.ts';
import { type Folder, readFolder, readRevisions, requireSound } from '../files/folder.ts';
import { readAlembic, type SqlScript } from '../files/import/alembic.ts';
import { type Carriage, carry, requireSome } from '../files/import/carry.ts';
import { readFlyway } from '../files/import/flyway.ts';
import {
  type Remark,
  TOOLS,
  type Tool,
  type ToolFolder,
  type ToolHistory,
} from '../files/import/history.ts';
import { readDbmate, readGoose } from '../files/import/marked.ts';
import { readNumbered } from '../files/import/numbered.ts';
import { ownFile, recognise } from '../files/import/recognise.ts';
import { readSqitch } from '../files/import/sqitch.ts';
import { shownPath } from '../files/names.ts';
import { inMemory, onDisk } from '../files/source.ts';
import { writeNew } from '../files/write.ts';
import { headsOf, inOrder } from '../graph/graph.ts';
import type { Finding, ImportDocument } from './documents.ts';
import { problemFinding } from './findings.ts';
import { stateOfTool } from './import-state.ts';
import { statementProblems } from './prepare.ts';
import type { Project } from './project.ts';
import { stamp } from './stamp.ts';

export interface ImportOptions {
  /** The folder of the other tool. */
  readonly source: string;
  /** The tool, where it cannot be told from the files. */
  readonly from?: string;
  /** Files with the SQL that Alembic printed, for up and for down. */
  readonly sqlScripts?: readonly string[];
  /** Stamp what the tool has applied: true, or the database that has its table. */
  readonly stampFrom?: boolean | string;
  readonly dryRun?: boolean;
}

/** Takes over the history of another tool. Nothing of it is changed, nothing overwritten. */
export async function importHistory(
  project: Project,
  options: ImportOptions,
): Promise<ImportDocument> {
  const source = resolve(project.cwd, options.source);
  const from = pathFrom(project.cwd, source);
  refuseTarget(project, source, from);
  const folder = toolFolder(project, source, from);
  const history = readHistory(project, folder, from, options);
  requireSome(history, from);
  const carriage = carry(history);
  const target = targetOf(project, carriage);
  const state = await stateOfTool(project, history, folder, options.stampFrom);
  const applied = carriage.revisions.filter(({ name }) => state?.has(name)).map(({ id }) => id);
  const stamped = inOrder(target.graph, new Set(applied));
  if (!options.dryRun) await writeAndStamp(project, carriage, stamped);

  const names = new Map(carriage.revisions.map(({ id, name }) => [id, name]));
  return {
    version: 1,
    command: 'import',
    status: options.dryRun ? 'planned' : 'done',
    tool: history.tool,
    dir: project.shownDir,
    imported: target.graph.order.map((id) => {
      const { message, irreversible, up, down } = target.revisions.get(id)!;
      const files = [up, ...(down === null ? [] : [down])];
      return {
        revision: id,
        name: names.get(id)!,
        message,
        irreversible,
        files: files.map(({ path }) => shownPath(project.shownDir, path)),
      };
    }),
    heads: headsOf(target.graph),
    stamped: state === null ? null : stamped,
    findings: [
      ...carriage.remarks
        .filter(({ code }) => code === 'not-carried')
        .map((remark) => findingOf(remark, folder)),
      ...target.graph.order.flatMap((id) => refusedIn(target, id)),
    ],
    notes: carriage.remarks.filter(({ code }) => code === 'changed').map(({ message }) => message),
  };
}

/** The folder as it will be. @throws MigError with every problem of it */
function targetOf(project: Project, { revisions }: Carriage): Folder {
  const encoder = new TextEncoder();
  const bytes = new Map(
    revisions
      .flatMap(({ files }) => [...files])
      .map(([path, text]) => [path, encoder.encode(text)] as const),
  );
  return requireSound(readRevisions(inMemory(bytes), project.dir, project.shownDir));
}

/** What mig would refuse to run: carried over all the same, since a person can mend it there. */
function refusedIn({ revisions, shown }: Folder, id: string): readonly Finding[] {
  const { up, down } = revisions.get(id)!;
  return [up, ...(down === null ? [] : [down])]
    .flatMap((file) => statementProblems(file, shownPath(shown, file.path), id))
    .map((problem) => problemFinding('error', problem));
}

/** Both, or nothing: files without the stamp would be half of what was asked for. */
async function writeAndStamp(
  project: Project,
  { revisions }: Carriage,
  ids: readonly string[],
): Promise<void> {
  const files = revisions
    .flatMap((each) => [...each.files])
    .map(([path, text]) => ({
      path: join(project.dir, path),
      shown: shownPath(project.shownDir, path),
      text,
    }));
  writeNew(files);
  if (ids.length === 0) return;
  try {
    await stamp(project, { targets: ids });
  } catch (error) {
    for (const { path } of files) rmSync(path, { force: true });
    throw error;
  }
}

/** Another history may be there already, or be what is to be imported. */
function refuseTarget(project: Project, source: string, from: string): void {
  const { dir, shownDir } = project;
  if (!existsSync(source) || !statSync(source).isDirectory()) {
    throw new MigError({
      code: 'usage',
      message: existsSync(source)
        ? `${from} is a file, not a folder.`
        : `There is no folder ${from}`,
      hint: 'Name the folder that has the migrations of the other tool.',
    });
  }
  if (isWithin(dir, source)) {
    throw new MigError({
      code: 'usage',
      message:
        source === dir
          ? `${from} is the migrations folder itself, and mig changes nothing of what it imports.`
          : `${from} lies in the migrations folder, where mig would find its files too.`,
      hint: 'Move it away first, or write to another folder: `--dir`.',
    });
  }
  if (!existsSync(dir)) return;
  const { revisions, problems } = readFolder(dir, shownDir);
  if (revisions.size === 0 && problems.length === 0) return;
  throw new MigError({
    code: 'exists',
    message: `${shownDir} has revisions already: an imported history begins one.`,
    hint: 'Import into an empty folder: `--dir`.',
    file: shownDir,
  });
}

function toolFolder(project: Project, source: string, from: string): ToolFolder {
  const disk = onDisk(source, from);
  // A project's folder may hold the migrations folder that is written to.
  const own = relative(source, project.dir).replaceAll('\\', '/');
  const paths = disk.paths().filter((path) => !path.startsWith(`${own}/`));
  const shown = (path: string) => shownPath(from, path);
  return {
    paths,
    shown,
    read: (path) => {
      const { text, problem } = disk.read(path, shown(path));
      if (problem !== undefined) throw new MigError(problem);
      return text.replace(/^\uFEFF/, '');
    },
  };
}

function readHistory(
  project: Project,
  folder: ToolFolder,
  from: string,
  { from: said, sqlScripts = [] }: ImportOptions,
): ToolHistory {
  const own = ownFile(folder);
  if (own !== undefined) {
    throw new MigError({
      code: 'usage',
      message: `${folder.shown(own)} is a file of mig already.`,
      hint: '`--dir` names the migrations folder; nothing has to be imported.',
      file: folder.shown(own),
    });
  }
  const tool = said === undefined ? recognise(folder, from) : toolNamed(said);
  if (tool !== 'alembic' && sqlScripts.length > 0) {
    throw new MigError({
      code: 'usage',
      message: `\`--sql-script\` is for Alembic, and this is a history of ${tool}.`,
      hint: 'Leave it out, or say `--from alembic`.',
    });
  }
  switch (tool) {
    case 'golang-migrate':
    case 'sqlx':
      return readNumbered(folder, tool);
    case 'dbmate':
      return readDbmate(folder);
    case 'goose':
      return readGoose(folder);
    case 'flyway':
      return readFlyway(folder);
    case 'sqitch':
      return readSqitch(folder);
    case 'alembic':
      return readAlembic(
        folder,
        sqlScripts.map((path) => readScript(project, path)),
      );
  }
}

function toolNamed(name: string): Tool {
  const found = TOOLS.find((tool) => tool === name);
  if (found !== undefined) return found;
  throw new MigError({
    code: 'usage',
    message: `mig cannot import from \`${name}\`.`,
    hint: `\`--from\` takes ${TOOLS.join(', ')}.`,
  });
}

function readScript({ cwd }: Project, path: string): SqlScript {
  const absolute = resolve(cwd, path);
  if (!existsSync(absolute) || statSync(absolute).isDirectory()) {
    throw new MigError({
      code: 'usage',
      message: `There is no file ${path}`,
      hint: '`--sql-script` names a file with the output of `alembic upgrade heads --sql`.',
    });
  }
  const { text, problem } = decode(readFileSync(absolute), path);
  if (problem !== undefined) throw new MigError(problem);
  return { shown: path, text: text.replace(/^\uFEFF/, '') };
}

function findingOf({ code, message, hint, path, file, line }: Remark, folder: ToolFolder): Finding {
  return {
    code,
    severity: 'warning',
    message,
    ...(hint === undefined ? {} : { hint }),
    revision: null,
    file: path === null ? (file ?? null) : folder.shown(path),
    line: line ?? null,
    column: null,
  };
}
