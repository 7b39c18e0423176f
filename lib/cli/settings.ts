import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { type Project, schemaFileAt, type World } from '../commands/project.ts';
import { type DatabaseLocation, locateDatabase, pathFrom } from '../engine/location.ts';
import { MigError } from '../error.ts';
import {
  checkedTable,
  DEFAULTS,
  type FoundConfig,
  findConfig,
  parseDuration,
  readConfig,
} from '../files/config.ts';
import type { Options } from './arguments.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where each setting comes from: the flag, then the environment, then mig.json, then the
 * default. Paths in mig.json are relative to it, all others to the current folder.
 *
 * @param configAbove whether a mig.json above the current folder counts, too.
 * @throws MigError `setting`
 */
export function projectFrom(
  options: Options,
  environment: Environment,
  cwd: string,
  world: World,
  { configAbove = true }: { readonly configAbove?: boolean } = {},
): Project {
  const fromFile = envFile(options, cwd);
  // An empty variable counts as none: `DATABASE_URL= mig …` means "not that one".
  const variable = (name: string) => environment[name] || fromFile[name] || undefined;
  const found = configFor(options, variable('MIG_CONFIG'), cwd, configAbove);
  const config = found?.config ?? {};
  const home = found === null ? cwd : dirname(found.path);
  const pick = (flag: string, variables: readonly string[], fromConfig: string | undefined) => {
    const byFlag = given(options, flag);
    if (byFlag !== undefined) return { value: byFlag, from: cwd };
    const name = variables.find((each) => variable(each) !== undefined);
    if (name !== undefined) return { value: variable(name)!, from: cwd, variable: name };
    return fromConfig === undefined ? null : { value: fromConfig, from: home };
  };

  const database = pick('database', ['MIG_DATABASE', 'DATABASE_URL'], config.database);
  const dir = pick('dir', ['MIG_DIR'], config.dir) ?? { value: DEFAULTS.dir, from: home };
  const table = pick('table', ['MIG_TABLE'], config.table)?.value ?? DEFAULTS.table;
  const schema = pick('schema-file', ['MIG_SCHEMA_FILE'], config.schemaFile);
  const timeout = pick('lock-timeout', ['MIG_LOCK_TIMEOUT'], config.lockTimeout);
  const absolute = resolve(dir.from, dir.value);
  return {
    cwd,
    dir: absolute,
    shownDir: pathFrom(cwd, absolute),
    // Looked at only by commands that need one: `mig heads` works whatever DATABASE_URL is.
    get database() {
      return database === null ? null : located(database, cwd);
    },
    table: checkedTable(table),
    schemaFile: schema === null ? null : schemaFileAt(cwd, resolve(schema.from, schema.value)),
    lockTimeoutMs: parseDuration(timeout?.value ?? DEFAULTS.lockTimeout),
    ids: config.ids ?? DEFAULTS.ids,
    world,
  };
}

/** Where the database is. Who did not type a URL that is wrong has to be told who did. */
function located(
  { value, from, variable }: { value: string; from: string; variable?: string },
  cwd: string,
): DatabaseLocation {
  try {
    return locateDatabase(value, from, cwd);
  } catch (error) {
    if (!(error instanceof MigError) || variable === undefined) throw error;
    const { code, message, hint } = error;
    throw new MigError({ code, message, hint: `${variable} says so. ${hint}` }, { cause: error });
  }
}

/** What a flag says. An empty one is a slip: it cannot mean "none", as an empty variable does. */
function given(options: Options, flag: string): string | undefined {
  const value = options[flag] as string | undefined;
  if (value === '') throw bad(`\`--${flag}\` is empty.`, 'Is a variable of your script empty?');
  return value;
}

function configFor(
  options: Options,
  variable: string | undefined,
  cwd: string,
  configAbove: boolean,
): FoundConfig | null {
  const named = given(options, 'config') ?? variable;
  if (named !== undefined) return readConfig(resolve(cwd, named), named);
  const found = findConfig(cwd);
  return found === null || configAbove || dirname(found.path) === cwd ? found : null;
}

function envFile(options: Options, cwd: string): Environment {
  const named = given(options, 'env-file');
  if (named === undefined) return {};
  const path = resolve(cwd, named);
  if (!existsSync(path) || statSync(path).isDirectory()) {
    throw bad(`There is no file ${named}.`, '`--env-file` names a file of `NAME=value` lines.');
  }
  return parseEnv(readFileSync(path, 'utf8'));
}

function bad(message: string, hint?: string): MigError {
  return new MigError({ code: 'setting', message, hint });
}
