import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Another migration tool, as it is called here. */
export interface Tool {
  readonly version: string;
  readonly program: string;
  /** What comes before the words of a command. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Each of them where it can be had. */
export interface Tools {
  readonly dbmate: Tool | null;
  readonly knex: Tool | null;
  readonly alembic: Tool | null;
  readonly sqitch: Tool | null;
}

const VERSIONS = { dbmate: '2.36.0', knex: '3.3.0', 'better-sqlite3': '13.2.0' };

/** In milliseconds; a registry that hangs is none. */
const PATIENCE = 120_000;

/**
 * Brings the peers into a folder, and leaves the machine as it is: two come from npm, two from
 * Debian, unpacked and not installed. What cannot be had is told, and left out.
 */
export function bringPeers(dir: string): Tools {
  const tools = { ...fromNpm(join(dir, 'npm')), ...fromDebian(join(dir, 'debian')) };
  for (const [name, tool] of Object.entries(tools)) {
    if (tool === null) console.error(`skipped: ${name} cannot be had here`);
  }
  return tools;
}

function fromNpm(dir: string): Pick<Tools, 'dbmate' | 'knex'> {
  mkdirSync(dir, { recursive: true });
  const allowScripts = { 'better-sqlite3': true };
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, allowScripts }));
  for (const names of [['dbmate'], ['knex', 'better-sqlite3']] as const) {
    const packages = names.map((name) => `${name}@${VERSIONS[name]}`);
    outputOf('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: dir });
  }
  const modules = join(dir, 'node_modules');
  const driver = "new (require('better-sqlite3'))(':memory:'); require('knex')";
  return {
    dbmate: tool(join(modules, '.bin/dbmate')),
    knex:
      outputOf(process.execPath, ['-e', driver], { cwd: dir }) === null
        ? null
        : tool(process.execPath, [join(modules, 'knex/bin/cli.js')], { NODE_PATH: modules }),
  };
}

/** Those that the machine has, or else Debian's packages of them, with what they need. */
function fromDebian(dir: string): Pick<Tools, 'alembic' | 'sqitch'> {
  const [alembic, sqitch] = [tool('alembic'), tool('sqitch')];
  if (alembic !== null && sqitch !== null) return { alembic, sqitch };
  const root = unpackDebian(dir, ['alembic', 'sqitch', 'libdbd-sqlite3-perl']);
  if (root === null) return { alembic, sqitch };
  const places = outputOf('/usr/bin/perl', ['-e', 'print join("\\n", @INC)']) ?? '';
  const perl = places.split('\n').map((place) => join(root, place));
  const env = {
    PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
    PERL5LIB: perl.join(delimiter),
  };
  return {
    alembic: alembic ?? tool(join(root, 'usr/bin/alembic'), [], env),
    sqitch: sqitch ?? tool(join(root, 'usr/bin/sqitch'), [], env),
  };
}

/**
 * Unpacks packages and those that they need and the machine lacks, with package lists of its
 * own: nobody has to be root for it. `null` where there is no apt, or it does not have them.
 */
function unpackDebian(dir: string, packages: readonly string[]): string | null {
  const root = join(dir, 'root');
  for (const each of ['lists/partial', 'cache/archives/partial', 'root']) {
    mkdirSync(join(dir, each), { recursive: true });
  }
  const apt = (...args: string[]) =>
    outputOf(
      'apt-get',
      [
        ...['-q', '-o', `Dir::State::lists=${dir}/lists`, '-o', `Dir::Cache=${dir}/cache`],
        ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=', ...args],
      ],
      { cwd: dir },
    );
  if (apt('update') === null) return null;
  const plan = apt('install', '--simulate', '--no-install-recommends', ...packages);
  // `Inst perl [5.36.0-7] (…)` would be a newer one of what is there.
  const names = [...(plan ?? '').matchAll(/^Inst (\S+) \(/gm)].map(([, name]) => name!);
  if (names.length === 0 || apt('download', ...names) === null) return null;
  const unpack = `for each in "$0"/*.deb; do dpkg-deb --extract "$each" "$0/root" || exit; done`;
  return outputOf('sh', ['-c', unpack, dir]) === null ? null : root;
}

/** A program that tells its version, and nothing that does not. */
function tool(program: string, args: readonly string[] = [], env = {}): Tool | null {
  const told = outputOf(program, [...args, '--version'], { env });
  const version = told?.match(/\d+(?:\.\d+)+/)?.[0];
  return version === undefined ? null : { version, program, args, env };
}

/** What a program prints, or `null` where there is none or it fails. */
function outputOf(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
): string | null {
  const { status, stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: PATIENCE,
    env: { ...process.env, LC_ALL: 'C', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  return status === 0 ? stdout : null;
}
