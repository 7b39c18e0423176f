import type { TextRow as Row, TextTable } from '../../engine/sqlite-rows.ts';
import { MigError } from '../../error.ts';
import { canonical, compareVersions } from './flyway.ts';
import { compareNumbers, type Tool, type ToolHistory } from './history.ts';

interface ToolTable {
  readonly table: string;
  /** The column that tells the order of the rows. */
  readonly order: string;
  /** The other columns that count. */
  readonly columns: readonly string[];
  /** A column by which a table is known to be of another tool. */
  readonly without?: string;
}

/** Where a tool keeps what it has applied. */
export const TABLES: Readonly<Record<Tool, ToolTable>> = {
  'golang-migrate': { table: 'schema_migrations', order: 'version', columns: ['dirty'] },
  sqlx: { table: '_sqlx_migrations', order: 'version', columns: ['success'] },
  dbmate: { table: 'schema_migrations', order: 'version', columns: [], without: 'dirty' },
  goose: { table: 'goose_db_version', order: 'id', columns: ['version_id', 'is_applied'] },
  flyway: {
    table: 'flyway_schema_history',
    order: 'installed_rank',
    columns: ['version', 'type', 'success'],
  },
  sqitch: { table: 'changes', order: 'committed_at', columns: ['change', 'project'] },
  alembic: { table: 'alembic_version', order: 'version_num', columns: [] },
};

/**
 * The names of the revisions that a tool's table says are applied.
 *
 * @param project of sqitch, whose registry may hold several.
 * @throws MigError `conflict` where a migration failed half-way, or where the table does not
 *   fit the files
 */
export function appliedIn(
  history: ToolHistory,
  found: TextTable,
  project: string | null = null,
): ReadonlySet<string> {
  refuseOtherTable(history.tool, found);
  const { rows } = found;
  const names = namesIn(history, rows, project);
  const applied = new Set(names);
  const unknown = names.find((name) => !history.revisions.some((each) => each.name === name));
  if (unknown !== undefined) {
    throw refused(
      `The database has ${unknown || 'an empty version'} applied, and the folder has no such migration.`,
      'Import the folder that the database was made with.',
    );
  }
  for (const { name, parents, depends } of history.revisions) {
    const hole = [...parents, ...depends].find((each) => !applied.has(each));
    if (!applied.has(name) || hole === undefined) continue;
    throw refused(
      `The database has ${name} applied, but not ${hole} before it.`,
      `Apply it with ${history.tool} first: mig cannot leave out what is below.`,
    );
  }
  return applied;
}

/** golang-migrate and dbmate call their tables the same, and so do others. */
function refuseOtherTable(tool: Tool, found: TextTable): void {
  const { table, order, columns, without } = TABLES[tool];
  const wanted = [order, ...columns];
  const hasColumns = wanted.every((column) => found.columns.includes(column));
  const isForeign = without !== undefined && found.columns.includes(without);
  const isLog = tool === 'golang-migrate' && found.rows.length > 1;
  if (hasColumns && !isForeign && !isLog) return;
  const no = isForeign ? `, and without ${without}` : '';
  const has = isLog ? `${found.rows.length} rows` : `the columns ${found.columns.join(', ')}`;
  const kept = isLog ? 'one row' : `the columns ${wanted.join(', ')}${no}`;
  throw refused(
    `The table \`${table}\` of this database is not as ${tool} makes it. ${tool} has ${kept} there; this one has ${has}.`,
    'If another tool made it, `--from` names that one. Without `--stamp-from`, the files alone are taken over, and `mig stamp REV` says what is applied.',
  );
}

function namesIn(history: ToolHistory, rows: readonly Row[], project: string | null) {
  switch (history.tool) {
    case 'golang-migrate':
      return ofGolangMigrate(history, rows);
    case 'sqlx':
      return ofSqlx(history, rows);
    case 'dbmate':
      return rows.map((row) => numbered(history, row.version ?? ''));
    case 'goose':
      return ofGoose(history, rows);
    case 'flyway':
      return ofFlyway(history, rows);
    case 'sqitch':
      return ofSqitch(rows, project);
    case 'alembic':
      return ofAlembic(history, rows);
  }
}

/** One row: everything up to its version is applied. */
function ofGolangMigrate(history: ToolHistory, rows: readonly Row[]): readonly string[] {
  const [row] = rows;
  if (row === undefined) return [];
  const version = row.version ?? '';
  if (isTrue(row.dirty)) throw failed(history.tool, version);
  const last = numbered(history, version);
  const upTo = history.revisions.findIndex(({ name }) => name === last);
  if (upTo === -1) return [last];
  return history.revisions.slice(0, upTo + 1).map(({ name }) => name);
}

function ofSqlx(history: ToolHistory, rows: readonly Row[]): readonly string[] {
  return rows.map(({ version, success }) => {
    if (!isTrue(success)) throw failed(history.tool, version ?? '');
    return numbered(history, version ?? '');
  });
}

/** A log: the last row of a version counts. Version 0 is goose's own. */
function ofGoose(history: ToolHistory, rows: readonly Row[]): readonly string[] {
  const last = new Map(rows.map((row) => [row.version_id ?? '', isTrue(row.is_applied)]));
  return [...last]
    .filter(([version, isApplied]) => isApplied && version !== '0')
    .map(([version]) => numbered(history, version));
}

/** A log by rank; a baseline stands for all that is not above it. */
function ofFlyway(history: ToolHistory, rows: readonly Row[]): readonly string[] {
  const applied = new Set<string>();
  for (const { version, type, success, description } of rows) {
    if (!isTrue(success)) throw failed('flyway', version ?? description ?? '');
    // Repeatable migrations, and the row for a schema that Flyway made.
    if (version === null || version === undefined) continue;
    if (type === 'BASELINE' || type === 'SQL_BASELINE') {
      for (const { name } of history.revisions) {
        if (compareVersions(name, version) <= 0) applied.add(name);
      }
      continue;
    }
    const name =
      history.revisions.find((each) => canonical(each.name) === canonical(version))?.name ??
      version;
    if (type?.startsWith('UNDO') || type === 'DELETE') applied.delete(name);
    else applied.add(name);
  }
  return [...applied];
}

/** The registry has the changes that are deployed, a reworked one once for each time. */
function ofSqitch(rows: readonly Row[], project: string | null): readonly string[] {
  const times = new Map<string, number>();
  return rows
    .filter((row) => project === null || row.project === project)
    .map(({ change }) => {
      const count = (times.get(change!) ?? 0) + 1;
      times.set(change!, count);
      return count === 1 ? change! : `${change}@${count}`;
    });
}

/** The heads: what they need is applied too. */
function ofAlembic({ revisions }: ToolHistory, rows: readonly Row[]): readonly string[] {
  const names = new Set(rows.map((row) => row.version_num ?? ''));
  for (const name of names) {
    const revision = revisions.find((each) => each.name === name);
    for (const each of [...(revision?.parents ?? []), ...(revision?.depends ?? [])])
      names.add(each);
  }
  return [...names];
}

/** Tables have numbers, files may pad them with zeros. */
function numbered({ revisions }: ToolHistory, version: string): string {
  const found = /^\d+$/.test(version)
    ? revisions.find(({ name }) => compareNumbers(name, version) === 0)
    : undefined;
  return found?.name ?? version;
}

function isTrue(value: string | null | undefined): boolean {
  return value === '1' || value === 'true';
}

function failed(tool: Tool, version: string): MigError {
  return refused(
    `${tool} says that ${version} failed half-way in this database.`,
    `Mend it with ${tool} first; then import again.`,
  );
}

function refused(message: string, hint: string): MigError {
  return new MigError({ code: 'conflict', message, hint });
}
