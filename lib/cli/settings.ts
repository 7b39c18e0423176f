import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { Project, SchemaFile, World } from '../commands/project.ts';
import { locateDatabase } from '../engine/location.ts';
import { MigError } from '../error.ts';
import { DEFAULT_DIR, type FoundConfig, findConfig, readConfig } from '../files/config.ts';
import type { Options } from './arguments.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_TABLE = 'mig_log';
const DEFAULT_LOCK_TIMEOUT = '30s';

/**
 * Where each setting comes from: the flag, then the environment, then mig.json, then the
 * default. Paths in mig.json are relative to it, all others to the current folder.
 *
 * @throws MigError `setting`
 */
export function projectFrom(
  options: Options,
  environment: Environment,
  cwd: string,
  world: World,
): Project {
  const fromFile = envFile(options, cwd);
  // An empty variable counts as none: `DATABASE_URL= mig …` means "not that one".
  const variable = (name: string) => environment[name] || fromFile[name] || undefined;
  const found = configFor(options, variable('MIG_CONFIG'), cwd);
  const config = found?.config ?? {};
  const home = found === null ? cwd : dirname(found.path);
  const pick = (flag: string, variables: readonly string[], fromConfig: string | undefined) => {
    const value =
      given(options, flag) ?? variables.map(variable).find((each) => each !== undefined);
    if (value !== undefined) return { value, from: cwd };
    return fromConfig === undefined ? null : { value: fromConfig, from: home };
  };

  const database = pick('database', ['MIG_DATABASE', 'DATABASE_URL'], config.database);
  const dir = pick('dir', ['MIG_DIR'], config.dir) ?? { value: DEFAULT_DIR, from: home };
  const table = pick('table', ['MIG_TABLE'], config.table)?.value ?? DEFAULT_TABLE;
  const schema = pick('schema-file', ['MIG_SCHEMA_FILE'], config.schemaFile);
  const timeout = pick('lock-timeout', ['MIG_LOCK_TIMEOUT'], config.lockTimeout);
  const absolute = resolve(dir.from, dir.value);
  return {
    cwd,
    dir: absolute,
    shownDir: shown(absolute, cwd),
    // Looked at only by commands that need one: `mig heads` works whatever DATABASE_URL is.
    get database() {
      return database === null ? null : locateDatabase(database.value, database.from, cwd);
    },
    table: checkedTable(table),
    schemaFile: schema === null ? null : schemaFileAt(resolve(schema.from, schema.value), cwd),
    lockTimeoutMs: parseDuration(timeout?.value ?? DEFAULT_LOCK_TIMEOUT),
    ids: config.ids ?? 'random',
    world,
  };
}

/** A desired schema by its absolute path. */
export function schemaFileAt(path: string, cwd: string): SchemaFile {
  return { path, shown: shown(path, cwd) };
}

/** A path as a person would type it: relative, unless that leads outside. */
export function shown(path: string, cwd: string): string {
  const short = relative(cwd, path).replaceAll('\\', '/');
  if (short === '') return '.';
  return /^\.\.(?:\/|$)/.test(short) ? path : short;
}

/** `500ms`, `30s`, `2m`, or a bare number of seconds; in milliseconds. @throws MigError `setting` */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim());
  if (match === null) {
    throw bad(`\`${text}\` is no time for \`--lock-timeout\`.`, 'Say `500ms`, `30s` or `2m`.');
  }
  const factor = { ms: 1, s: 1000, m: 60_000 }[match[2] ?? 's']!;
  return Math.round(Number(match[1]) * factor);
}

/** The name, where a ledger's table can have it. @throws MigError `setting` */
export function checkedTable(name: string): string {
  if (/^sqlite_/i.test(name)) {
    throw bad(
      `The ledger's table cannot be called ${name}.`,
      'Names that begin with `sqlite_` are SQLite’s own.',
    );
  }
  if (/[\0-\x1f]/.test(name)) throw bad('The name of the ledger’s table has control characters.');
  return name;
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
): FoundConfig | null {
  const named = given(options, 'config') ?? variable;
  if (named !== undefined) return readConfig(resolve(cwd, named), named);
  return findConfig(cwd);
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
