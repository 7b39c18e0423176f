import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { relativeReading } from '../engine/location.ts';
import { MigError } from '../error.ts';
import { CONFIG_NAME, DEFAULTS, type FoundConfig, readConfig } from '../files/config.ts';
import { writeNew } from '../files/write.ts';
import { type AdoptOptions, adopt } from './adopt.ts';
import type { InitDocument } from './documents.ts';
import { type Project, schemaFileAt } from './project.ts';
import { stamp } from './stamp.ts';

export interface InitOptions extends Partial<AdoptOptions> {
  /** The database URL to put into mig.json, if one was given. */
  readonly database?: string | undefined;
  /** The same of the schema file, which `fromDatabase` also writes where it is not there. */
  readonly schemaFile?: string | undefined;
  /** With `fromDatabase`: write nothing. */
  readonly dryRun?: boolean;
}

/**
 * Makes the migrations folder and a `mig.json` in the current folder. What exists stays. With
 * `fromDatabase` also the first revision, which that database then counts as applied.
 */
export async function init(project: Project, options: InitOptions = {}): Promise<InitDocument> {
  const { fromDatabase } = options;
  if (fromDatabase === undefined) {
    if (options.message !== undefined || options.revId !== undefined || options.dryRun) {
      throw new MigError({
        code: 'usage',
        message: '`--message`, `--rev-id` and `--dry-run` are for a revision that `init` writes.',
        hint: 'It writes one with `--from-database`; `mig revision` writes the others.',
      });
    }
    return makeProject(project, options);
  }
  if (options.database !== undefined && options.database !== fromDatabase) {
    throw new MigError({
      code: 'usage',
      message: '`--database` and `--from-database` name two databases.',
      hint: '`--from-database` says it all: mig.json names that one.',
    });
  }
  const { database, revision, files, notes } = await adopt(withSchemaFile(project, options), {
    ...options,
    fromDatabase,
  });
  if (options.dryRun) {
    const planned = files.map(({ shown, text }) => ({ file: shown, text }));
    const { shownDir } = project;
    return { version: 1, command: 'init', dir: shownDir, created: [], revision, notes, planned };
  }
  const made = makeProject(project, { ...options, database: fromDatabase });
  writeNew(files);
  const created = [...made.created, ...files.map((file) => file.shown)];
  await stampFirst({ ...project, database }, revision);
  return { ...made, created, revision, notes };
}

/** What mig.json will name is what is written: a program may say it only here. */
function withSchemaFile(project: Project, { schemaFile }: InitOptions): Project {
  if (schemaFile === undefined) return project;
  const { cwd } = project;
  return { ...project, schemaFile: schemaFileAt(cwd, resolve(cwd, schemaFile)) };
}

/** The files are there by now: what is left to do has to be said. */
async function stampFirst(project: Project, revision: string): Promise<void> {
  try {
    await stamp(project, { targets: [revision] });
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    const { code, message } = error;
    const { shown } = project.database!;
    const hint = `The files are written, and the database does not know of them yet: \`mig stamp ${revision} -d ${shown}\` tells it.`;
    throw new MigError({ code, message, hint }, { cause: error });
  }
}

function makeProject(project: Project, options: InitOptions): InitDocument {
  const created = [...makeFolder(project), ...makeConfig(project, options)];
  return { version: 1, command: 'init', dir: project.shownDir, created };
}

/** The migrations folder, where there is none. Returns what was made. */
function makeFolder({ dir, shownDir }: Project): readonly string[] {
  if (existsSync(dir)) {
    if (statSync(dir).isDirectory()) return [];
    throw new MigError({
      code: 'exists',
      message: `${shownDir} is a file, not a folder.`,
      hint: 'Name another folder: `mig init DIR`.',
      file: shownDir,
    });
  }
  try {
    mkdirSync(dir, { recursive: true });
    return [shownDir];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new MigError(
      {
        code: 'io',
        message: `The folder ${shownDir} cannot be made (${code}).`,
        hint:
          code === 'ENOTDIR'
            ? 'A part of this path is a file. Name another folder: `mig init DIR`.'
            : 'Look at the permissions of the folder that it goes into.',
      },
      { cause: error },
    );
  }
}

/** A mig.json, where there is none; tells what one that is there does not say. */
function makeConfig(project: Project, options: InitOptions): readonly string[] {
  const { cwd, shownDir } = project;
  const path = join(cwd, CONFIG_NAME);
  if (existsSync(path)) {
    tellUnsaid(project, options, readConfig(path, CONFIG_NAME).config);
    return [];
  }
  tellOfSlashes(project, options.database);
  const config = {
    ...(options.database === undefined ? {} : { database: options.database }),
    dir: shownDir,
    ...(options.schemaFile === undefined ? {} : { schemaFile: options.schemaFile }),
  };
  writeNew([{ path, shown: CONFIG_NAME, text: `${JSON.stringify(config, null, 2)}\n` }]);
  return [CONFIG_NAME];
}

/** In other tools three slashes begin a relative path, and here it is written down for all. */
function tellOfSlashes({ world }: Project, database: string | undefined): void {
  const relative = database === undefined ? null : relativeReading(database);
  if (relative === null) return;
  const message = `${database} is an absolute path, and there is no such file. If the one in this folder is meant, write \`"database": "${relative}"\` into ${CONFIG_NAME}`;
  world.tell({ kind: 'warning', message });
}

function tellUnsaid(
  { cwd, dir, shownDir, world }: Project,
  options: InitOptions,
  config: FoundConfig['config'],
): void {
  const { database = config.database, schemaFile = config.schemaFile } = options;
  const lines = [
    ...(database === config.database ? [] : [`"database": ${JSON.stringify(database)}`]),
    ...(resolve(cwd, config.dir ?? DEFAULTS.dir) === dir
      ? []
      : [`"dir": ${JSON.stringify(shownDir)}`]),
    ...(schemaFile === config.schemaFile ? [] : [`"schemaFile": ${JSON.stringify(schemaFile)}`]),
  ];
  if (lines.length === 0) return;
  const message = `${CONFIG_NAME} stays as it is, and does not say ${lines.join(', ')}`;
  world.tell({ kind: 'warning', message });
}
