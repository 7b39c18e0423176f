import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { suite } from './suite.ts';

/** How a program ended, and what it printed. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program leaves that printed something, complained of nothing, and ended well. */
export function done(stdout: string): Ran {
  return { status: 0, stdout, stderr: '' };
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export const ROOT = join(import.meta.dirname, '../..');
export const BUNDLE = join(ROOT, 'dist/mig.cjs');

/**
 * The program that the tests start, by MIG_PROGRAM: a built one for Node (`….cjs`), or an
 * executable, which gets on without Node.
 */
export const PROGRAM = process.env.MIG_PROGRAM ?? BUNDLE;
export const IS_EXECUTABLE = !PROGRAM.endsWith('.cjs');

/** A hang shows as a null status, long before the time limit of the test. */
const TIME_LIMIT_MS = 30_000;

/** What every program is started with: nothing that changes what mig says or where it looks. */
const CLEAN: Readonly<Record<string, string>> = {
  PATH: [...(IS_EXECUTABLE ? [] : [dirname(process.execPath)]), process.env.PATH ?? ''].join(
    delimiter,
  ),
  HOME: process.env.HOME ?? tmpdir(),
};

/** Runs the program as its users have it: packed, installed, and found by its name in PATH. */
export function run(cwd: string, args: readonly string[], options: RunOptions = {}): Ran {
  return runProgram(cwd, installedProgram(), args, options);
}

/** Runs any program with a clean environment. */
export function runProgram(
  cwd: string,
  program: string,
  args: readonly string[],
  { env = {}, input = '' }: RunOptions = {},
): Ran {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd,
    input,
    env: { ...CLEAN, ...env },
    encoding: 'utf8',
    timeout: TIME_LIMIT_MS,
    maxBuffer: 1 << 28,
  });
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (error !== undefined && code !== 'ETIMEDOUT' && code !== 'EPIPE') throw error;
  return { status, stdout, stderr };
}

/** A line for a shell, with the installed program as `mig`. */
export function runShell(cwd: string, line: string, { env = {}, ...rest }: RunOptions = {}): Ran {
  const PATH = [dirname(installedProgram()), CLEAN.PATH].join(delimiter);
  return runProgram(cwd, 'sh', ['-c', line], { ...rest, env: { PATH, ...env } });
}

/** Whether a program can be started here. */
export function hasProgram(program: string, args: readonly string[] = ['--version']): boolean {
  return spawnSync(program, args).status === 0;
}

/** Says on the test's output, in one line, why something was not tested. */
export function skip(what: string, why: string): void {
  process.stdout.write(`\nskipped: ${what}: ${why}\n`);
}

/** Declares a suite on the package, which has nothing to do with an executable. */
export const packageSuite: typeof suite = (name, ...rest) => {
  if (IS_EXECUTABLE) skip(name, 'an executable is tested');
  else suite(name, ...rest);
};

let found: string | undefined;

/**
 * The path of the installed program; packing and installing is done once for what was built.
 * An executable is as its users have it.
 */
export function installedProgram(): string {
  if (IS_EXECUTABLE) return PROGRAM;
  found ??= join(installedPackage(), 'node_modules/.bin/mig');
  return found;
}

/**
 * A folder in which the package is installed. Its name says what is in the package, and it
 * appears by a rename: test processes that come at once need no lock, one of them wins.
 */
export function installedPackage(): string {
  const dir = join(tmpdir(), `mig-program-${contentHash()}`);
  if (existsSync(dir)) return dir;
  const making = mkdtempSync(`${dir}.`);
  try {
    const npm = (cwd: string, ...args: readonly string[]) => {
      const ran = runProgram(cwd, 'npm', [
        ...args,
        '--ignore-scripts',
        '--cache',
        `${making}/.npm`,
      ]);
      if (ran.status !== 0) throw new Error(`npm ${args[0]} failed:\n${ran.stderr}`);
    };
    npm(ROOT, 'pack', '--pack-destination', making);
    const tarball = readdirSync(making).find((name) => name.endsWith('.tgz'));
    const app = join(making, 'app');
    mkdirSync(app);
    writeFileSync(join(app, 'package.json'), '{"private": true}\n');
    npm(app, 'install', '--offline', '--no-audit', '--no-fund', `../${tarball}`);
    renameSync(app, dir);
  } catch (error) {
    if (!existsSync(dir)) throw error;
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return dir;
}

function contentHash(): string {
  if (!existsSync(BUNDLE)) throw new Error(`There is no ${BUNDLE}: \`make build\` makes it.`);
  const hash = createHash('sha256');
  const dist = dirname(BUNDLE);
  const built = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const path of [join(ROOT, 'package.json'), ...built]) {
    hash.update(`${path}\0`).update(readFileSync(path)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}
