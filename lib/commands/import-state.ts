import { dirname, join } from 'node:path';
import { locateDatabase } from '../engine/location.ts';
import { readTable } from '../engine/sqlite-rows.ts';
import { MigError } from '../error.ts';
import { appliedIn, TABLES } from '../files/import/applied.ts';
import type { ForeignFolder, ForeignHistory } from '../files/import/history.ts';
import { sqitchProject } from '../files/import/sqitch.ts';
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
  history: ForeignHistory,
  folder: ForeignFolder,
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
  const location = registryOf(project, history, from);
  const { table, order } = TABLES[history.tool];
  const rows = readTable({ ...location, lockTimeoutMs: project.lockTimeoutMs }, table, order);
  if (rows === null) {
    throw new MigError({
      code: 'usage',
      message: `${location.shown} has no table \`${table}\`, in which ${history.tool} keeps what is applied.`,
      hint:
        history.tool === 'golang-migrate'
          ? 'sqlx writes the same pairs of files: say `--from sqlx` if it was that.'
          : 'Leave out `--stamp-from` for a database that is not made yet.',
    });
  }
  const isSqitch = history.tool === 'sqitch';
  return appliedIn(history, rows, isSqitch ? sqitchProject(folder) : null);
}

/** sqitch keeps its registry in a file of its own, `sqitch.db`, beside the database. */
function registryOf(project: Project, { tool }: ForeignHistory, from: true | string) {
  if (from !== true) return locateDatabase(from, project.cwd, project.cwd);
  const database = project.database!;
  if (tool !== 'sqitch') return database;
  return locateDatabase(join(dirname(database.path), 'sqitch.db'), project.cwd, project.cwd);
}
