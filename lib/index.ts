/**
 * mig as a library: the commands as functions that return what `--json` prints.
 *
 *     import { createMig } from 'mig-sql';
 *     const mig = createMig({ database: 'sqlite:app.db', dir: 'migrations' });
 *     await mig.upgrade();
 */
import { resolve } from 'node:path';
import { parseDuration, schemaFileAt, shown } from './cli/settings.ts';
import { type CheckOptions, check } from './commands/check.ts';
import type * as documents from './commands/documents.ts';
import { type DowngradeOptions, downgrade } from './commands/downgrade.ts';
import { dump } from './commands/dump.ts';
import { asMigError } from './commands/execute.ts';
import { type GraphOptions, graph } from './commands/graph.ts';
import { branches, current, heads } from './commands/heads.ts';
import { type HistoryOptions, history } from './commands/history.ts';
import { type InitOptions, init } from './commands/init.ts';
import { type MergeOptions, merge } from './commands/merge.ts';
import type { Project, ProjectEvent, World } from './commands/project.ts';
import { pull } from './commands/pull.ts';
import { type RedoOptions, redo } from './commands/redo.ts';
import { type RepairOptions, repair } from './commands/repair.ts';
import { type RevisionOptions, revision } from './commands/revision.ts';
import { show } from './commands/show.ts';
import { type StampOptions, stamp } from './commands/stamp.ts';
import { type StatusOptions, status } from './commands/status.ts';
import { type SyncOptions, sync } from './commands/sync.ts';
import { type TestOptions, test } from './commands/test.ts';
import { type UpgradeOptions, upgrade } from './commands/upgrade.ts';
import { locateDatabase } from './engine/location.ts';
import { REAL_WORLD } from './world.ts';

export type * from './commands/documents.ts';
export { type ErrorCode, type ExitCode, MigError, type Problem } from './error.ts';
export type {
  CheckOptions,
  DowngradeOptions,
  GraphOptions,
  HistoryOptions,
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

export interface MigOptions {
  /** A path or URL, as `--database` takes it. Functions that need one say so when it is missing. */
  readonly database?: string;
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
  readonly world?: Partial<Pick<World, 'now' | 'ticks' | 'randomBytes' | 'by'>>;
}

/** The commands. Each rejects with a `MigError`; what was done before it is in its `document`. */
export interface Mig {
  init(options?: InitOptions): Promise<documents.InitDocument>;
  revision(options?: RevisionOptions): Promise<documents.GeneratedDocument>;
  merge(options?: MergeOptions): Promise<documents.MergeDocument>;
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
  dump(): Promise<documents.DumpDocument>;
}

/**
 * @throws MigError `setting` when the database's URL is none, or the lock timeout no time.
 */
export function createMig(options: MigOptions = {}): Mig {
  const project = projectOf(options);
  const bind =
    <Given, Result>(command: (project: Project, given: Given) => Promise<Result>) =>
    async (given: Given): Promise<Result> => {
      try {
        return await command(project, given);
      } catch (error) {
        throw asMigError(error);
      }
    };
  return {
    init: bind(init),
    revision: bind(revision),
    merge: bind(merge),
    upgrade: bind(upgrade),
    downgrade: bind(downgrade),
    redo: bind(redo),
    stamp: bind(stamp),
    sync: bind(sync),
    pull: bind(pull),
    repair: bind(repair),
    status: bind(status),
    current: bind(current),
    heads: bind(heads),
    branches: () => bind(branches)(undefined),
    history: bind(history),
    graph: bind(graph),
    show: bind(show),
    check: bind(check),
    test: bind(test),
    dump: () => bind(dump)(undefined),
  };
}

function projectOf(options: MigOptions): Project {
  const cwd = resolve(options.cwd ?? process.cwd());
  const dir = resolve(cwd, options.dir ?? 'migrations');
  return {
    cwd,
    dir,
    shownDir: shown(dir, cwd),
    database: options.database === undefined ? null : locateDatabase(options.database, cwd, cwd),
    table: options.table ?? 'mig_log',
    schemaFile:
      options.schemaFile === undefined ? null : schemaFileAt(resolve(cwd, options.schemaFile), cwd),
    lockTimeoutMs: parseDuration(options.lockTimeout ?? '30s'),
    ids: options.ids ?? 'random',
    world: {
      ...REAL_WORLD,
      ...options.world,
      confirm: () => null,
      edit: () => {},
      tell: options.onEvent ?? (() => {}),
    },
  };
}
