/**
 * mig as a library: the commands as functions that return what `--json` prints.
 *
 *     import { createMig } from 'mig-sql';
 *     const mig = createMig({ database: 'sqlite:app.db', dir: 'migrations' });
 *     await mig.upgrade();
 */
import { resolve } from 'node:path';
import { DatabaseSync, type DatabaseSyncOptions } from 'node:sqlite';
import type { CheckOptions } from './commands/check.ts';
import {
  checkOptions,
  FUNCTION,
  type Kinds,
  NAME,
  OPTIONS_OF,
  objectOf,
  oneOf,
  TEXT,
} from './commands/checked-options.ts';
import type * as documents from './commands/documents.ts';
import type { DowngradeOptions } from './commands/downgrade.ts';
import type { DumpOptions } from './commands/dump.ts';
import { asMigError } from './commands/engine-errors.ts';
import type { GraphOptions } from './commands/graph.ts';
import type { HistoryOptions } from './commands/history.ts';
import type { ImportOptions } from './commands/import.ts';
import type { InitOptions } from './commands/init.ts';
import type { MergeOptions } from './commands/merge.ts';
import { type Project, type ProjectEvent, schemaFileAt, type World } from './commands/project.ts';
import type { RedoOptions } from './commands/redo.ts';
import type { RepairOptions } from './commands/repair.ts';
import type { RevisionOptions } from './commands/revision.ts';
import type { StampOptions } from './commands/stamp.ts';
import type { StatusOptions } from './commands/status.ts';
import type { SyncOptions } from './commands/sync.ts';
import type { TestOptions } from './commands/test.ts';
import type { UpgradeOptions } from './commands/upgrade.ts';
import {
  type DatabaseLocation,
  locateConnection,
  locateDatabase,
  pathFrom,
} from './engine/location.ts';
import { checkedTable, DEFAULTS, parseDuration } from './files/config.ts';
import { REAL_WORLD } from './world.ts';

export type * from './commands/documents.ts';
export { type ErrorCode, type ExitCode, MigError, type Problem } from './error.ts';
export type {
  CheckOptions,
  DowngradeOptions,
  DumpOptions,
  GraphOptions,
  HistoryOptions,
  ImportOptions,
  InitOptions,
  MergeOptions,
  ProjectEvent,
  RedoOptions,
  RepairOptions,
  RevisionOptions,
  StampOptions,
  StatusOptions,
  SyncOptions,
  TestOptions,
  UpgradeOptions,
};

/** What `createMig` takes. Nothing is required: a command that needs more says so. */
export interface MigOptions {
  /**
   * A path or URL, as `--database` takes it, or a database that the application has open: its
   * connection is used, and is given back as it was. Functions that need one say so when it is
   * missing.
   */
  readonly database?: string | DatabaseSync;
  /** The migrations folder; default `migrations`. */
  readonly dir?: string;
  /** The folder that relative paths start from; default the current one. */
  readonly cwd?: string;
  /** Name of the ledger's table; default `mig_log`. */
  readonly table?: string;
  /** The desired schema as a file of SQL, as `--schema-file` takes it; default none. */
  readonly schemaFile?: string;
  /** How long to wait for a locked database, as `--lock-timeout` takes it; default `30s`. */
  readonly lockTimeout?: string;
  /** What new ids are made of; default `random`. */
  readonly ids?: 'random' | 'timestamp';
  /** Told what happens while a function works. */
  readonly onEvent?: (event: ProjectEvent) => void;
  /** Another clock, other chance, another user: for tests. */
  readonly world?: Partial<Pick<World, 'now' | 'ticks' | 'randomBytes'>> & {
    readonly by?: string;
  };
}

const SETTINGS = {
  dir: NAME,
  cwd: NAME,
  table: NAME,
  schemaFile: NAME,
  lockTimeout: NAME,
  ids: oneOf(['random', 'timestamp']),
  onEvent: FUNCTION,
  world: objectOf({ now: FUNCTION, ticks: FUNCTION, randomBytes: FUNCTION, by: TEXT }),
} as const satisfies Kinds;

const OPTIONS_OF_MIG: { readonly [Key in keyof Required<MigOptions>]: Kinds[string] } = {
  ...SETTINGS,
  database: {
    admits: (value) => NAME.admits(value) || value instanceof DatabaseSync,
    words: 'a path, a URL or a DatabaseSync',
  },
};

/** The commands. Each rejects with a `MigError`; what was done before it is in its `document`. */
export interface Mig {
  init(options?: InitOptions): Promise<documents.InitDocument>;
  revision(options?: RevisionOptions): Promise<documents.GeneratedDocument>;
  merge(options?: MergeOptions): Promise<documents.MergeDocument>;
  import(options: ImportOptions): Promise<documents.ImportDocument>;
  upgrade(options?: UpgradeOptions): Promise<documents.StepsDocument<'upgrade'>>;
  downgrade(options: DowngradeOptions): Promise<documents.StepsDocument<'downgrade'>>;
  redo(options?: RedoOptions): Promise<documents.StepsDocument<'redo'>>;
  stamp(options: StampOptions): Promise<documents.StepsDocument<'stamp'>>;
  status(options?: StatusOptions): Promise<documents.StatusDocument>;
  current(options?: { readonly checkHeads?: boolean }): Promise<documents.HeadsDocument<'current'>>;
  heads(options?: { readonly check?: boolean }): Promise<documents.HeadsDocument<'heads'>>;
  sync(options?: SyncOptions): Promise<documents.StepsDocument<'sync'>>;
  pull(options?: { readonly revisions?: readonly string[] }): Promise<documents.PullDocument>;
  repair(options: RepairOptions): Promise<documents.RepairDocument>;
  branches(): Promise<documents.BranchesDocument>;
  history(options?: HistoryOptions): Promise<documents.HistoryDocument>;
  graph(options?: GraphOptions): Promise<documents.GraphDocument>;
  show(options: { readonly revisions: readonly string[] }): Promise<documents.ShowDocument>;
  test(options?: TestOptions): Promise<documents.TestDocument>;
  check(options?: CheckOptions): Promise<documents.CheckDocument>;
  dump(options?: DumpOptions): Promise<documents.DumpDocument>;
}

/** What `createSnapshot` takes: all but a database, since it makes one. */
export interface SnapshotOptions extends Omit<MigOptions, 'database'> {
  /** As `upgrade` takes it; default `head`. */
  readonly target?: string;
  /** Puts in what every copy shall have, once, behind the migrations. */
  readonly seed?: (database: DatabaseSync) => void | Promise<void>;
}

const OPTIONS_OF_SNAPSHOT: { readonly [Key in keyof Required<SnapshotOptions>]: Kinds[string] } = {
  ...SETTINGS,
  target: NAME,
  seed: FUNCTION,
};

/** A migrated database, of which copies are made. */
export interface Snapshot extends Disposable {
  /**
   * A copy in memory, for this caller alone; the options are those of node:sqlite.
   *
   * @throws MigError `usage` when the snapshot is closed.
   */
  open(options?: DatabaseSyncOptions): DatabaseSync;
  /** No more copies. Those that are open stay open. */
  close(): void;
}

/**
 * Migrates a database in memory once, for tests that each want a fresh one.
 *
 * @throws MigError as `createMig` and `upgrade` do; what `seed` throws goes through.
 */
export async function createSnapshot(options: SnapshotOptions = {}): Promise<Snapshot> {
  checkOptions('createSnapshot', options, OPTIONS_OF_SNAPSHOT);
  const { target, seed, ...rest } = options;
  const database = new DatabaseSync(':memory:');
  try {
    await createMig({ ...rest, database }).upgrade(target === undefined ? {} : { target });
    await seed?.(database);
    const { SqliteSnapshot } = await import('./engine/sqlite-snapshot.ts');
    const snapshot = new SqliteSnapshot(database);
    return {
      open: (given) => snapshot.open(given),
      close: () => snapshot.close(),
      [Symbol.dispose]: () => snapshot.close(),
    };
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}

/**
 * The commands, on one folder and one database. Nothing is opened before one is called.
 *
 * @throws MigError `unknown-option` or `usage` when the options are none; `setting` when the
 *   database's URL is none, the lock timeout no time, or the table's name not to be had.
 */
export function createMig(options: MigOptions = {}): Mig {
  checkOptions('createMig', options, OPTIONS_OF_MIG);
  const project = projectOf(options);
  // Each command is loaded when it is called: a program that only upgrades starts with that.
  const bind =
    <Given, Result>(
      name: keyof Mig,
      load: () => Promise<(project: Project, given: Given) => Promise<Result>>,
    ) =>
    async (given: Given): Promise<Result> => {
      try {
        checkOptions(name, given, OPTIONS_OF[name]);
        const command = await load();
        return await command(project, given);
      } catch (error) {
        throw asMigError(error);
      }
    };
  const branches = bind('branches', async () => (await import('./commands/branches.ts')).branches);
  return {
    init: bind('init', async () => (await import('./commands/init.ts')).init),
    revision: bind('revision', async () => (await import('./commands/revision.ts')).revision),
    merge: bind('merge', async () => (await import('./commands/merge.ts')).merge),
    import: bind('import', async () => (await import('./commands/import.ts')).importHistory),
    upgrade: bind('upgrade', async () => (await import('./commands/upgrade.ts')).upgrade),
    downgrade: bind('downgrade', async () => (await import('./commands/downgrade.ts')).downgrade),
    redo: bind('redo', async () => (await import('./commands/redo.ts')).redo),
    stamp: bind('stamp', async () => (await import('./commands/stamp.ts')).stamp),
    sync: bind('sync', async () => (await import('./commands/sync.ts')).sync),
    pull: bind('pull', async () => (await import('./commands/pull.ts')).pull),
    repair: bind('repair', async () => (await import('./commands/repair.ts')).repair),
    status: bind('status', async () => (await import('./commands/status.ts')).status),
    current: bind('current', async () => (await import('./commands/current.ts')).current),
    heads: bind('heads', async () => (await import('./commands/heads.ts')).heads),
    branches: () => branches(undefined),
    history: bind('history', async () => (await import('./commands/history.ts')).history),
    graph: bind('graph', async () => (await import('./commands/graph.ts')).graph),
    show: bind('show', async () => (await import('./commands/show.ts')).show),
    check: bind('check', async () => (await import('./commands/check.ts')).check),
    test: bind('test', async () => (await import('./commands/test.ts')).test),
    dump: bind('dump', async () => (await import('./commands/dump.ts')).dump),
  };
}

function projectOf(options: MigOptions): Project {
  const cwd = resolve(options.cwd ?? process.cwd());
  const dir = resolve(cwd, options.dir ?? DEFAULTS.dir);
  const { by, ...world } = options.world ?? {};
  return {
    cwd,
    dir,
    shownDir: pathFrom(cwd, dir),
    database: locationOf(options.database, cwd),
    table: checkedTable(options.table ?? DEFAULTS.table),
    schemaFile:
      options.schemaFile === undefined ? null : schemaFileAt(cwd, resolve(cwd, options.schemaFile)),
    lockTimeoutMs: parseDuration(options.lockTimeout ?? DEFAULTS.lockTimeout),
    ids: options.ids ?? DEFAULTS.ids,
    world: {
      ...REAL_WORLD,
      ...world,
      ...(by === undefined ? {} : { by: () => by }),
      confirm: () => null,
      edit: () => {},
      tell: options.onEvent ?? (() => {}),
    },
  };
}

function locationOf(database: MigOptions['database'], cwd: string): DatabaseLocation | null {
  if (database === undefined) return null;
  if (typeof database === 'string') return locateDatabase(database, cwd, cwd);
  return locateConnection(database, cwd);
}
