import { basename, dirname, resolve } from 'node:path';
import { locateDatabase } from '../engine/location.ts';
import { readTable } from '../engine/sqlite-rows.ts';
import { MigError } from '../error.ts';
import { appliedIn, TABLES } from '../files/import/applied.ts';
import type { ToolFolder, ToolHistory } from '../files/import/history.ts';
import { sqitchRegistry } from '../files/import/sqitch.ts';
import { foldLedger } from '../ledger/fold.ts';
import { openEngine, type Project } from './project.ts';

/**
 * What the tool itself says is applied, by its own names; null when nobody asked.
 *
 * @param from true for the project's database, else the database that has the tool's table.
 * @throws MigError `conflict` where that state cannot be taken over
 */
export async function stateOfTool(
  project: Project,
  history: ToolHistory,
  folder: ToolFolder,
  from: boolean | string | undefined,
): Promise<ReadonlySet<string> | null> {
  if (from === undefined || from === false) return null;
  await using engine = await openEngine(project);
  const ledger = foldLedger(await engine.readLog());
  if (ledger.applied.size > 0) {
    throw new MigError({
      code: 'exists',
      message: `mig's own ledger is in ${project.database!.shown} already, with revisions applied.`,
      hint: '`mig status` shows them. A state is taken over once, into a database that mig does not manage yet.',
    });
  }
  const registry = history.tool === 'sqitch' ? sqitchRegistry(folder) : null;
  const location = tableLocation(project, registry?.file ?? null, from);
  const { table, order } = TABLES[history.tool];
  const found = readTable({ ...location, lockTimeoutMs: project.lockTimeoutMs }, table, order);
  if (found === null) {
    throw new MigError({
      code: 'usage',
      message: `${location.shown} has no table \`${table}\`, in which ${history.tool} keeps what is applied.`,
      hint:
        history.tool === 'golang-migrate'
          ? 'sqlx writes the same pairs of files: say `--from sqlx` if it was that.'
          : 'Leave out `--stamp-from` for a database that is not made yet.',
    });
  }
  return appliedIn(history, found, registry?.project ?? null);
}

/**
 * Where the tool's table is. sqitch keeps its registry in a file of its own beside the
 * database, with the ending of that: `sqitch.db` beside `app.db`.
 */
function tableLocation(project: Project, registry: string | null, from: true | string) {
  if (from !== true) return locateDatabase(from, project.cwd, project.cwd);
  const database = project.database!;
  if (registry === null) return database;
  const ending = registry.includes('.') ? '' : (/\..*$/s.exec(basename(database.path))?.[0] ?? '');
  return locateDatabase(
    resolve(dirname(database.path), registry + ending),
    project.cwd,
    project.cwd,
  );
}
