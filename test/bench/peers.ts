import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { quoted } from '../../lib/schema/names.ts';
import { upSql } from './histories.ts';
import { type Contender, execute } from './measure.ts';

/** Another migration tool, with the same history in its own form. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  /** From no database to all revisions. */
  readonly upgrade: Contender['run'];
}

const VERSIONS = { dbmate: '2.36.0', knex: '3.3.0', 'better-sqlite3': '13.2.0' };

/** Installs peers from npm into a folder. What cannot be had is told, and left out. */
export function installPeers(dir: string): void {
  mkdirSync(dir, { recursive: true });
  const allowScripts = { 'better-sqlite3': true };
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, allowScripts }));
  for (const names of [['dbmate'], ['knex', 'better-sqlite3']] as const) {
    const packages = names.map((name) => `${name}@${VERSIONS[name]}`);
    const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...packages], {
      cwd: dir,
      timeout: 120_000,
    });
    if (status !== 0) console.error(`skipped: ${names.join(' and ')} cannot be installed here`);
  }
  for (const name of ['alembic', 'sqitch']) {
    if (spawnSync(name, ['--version']).error !== undefined)
      console.error(`skipped: ${name} is not on this machine`);
  }
}

/** The peers that are there, each with `size` revisions in a folder of its own below `dir`. */
export function peersFor(installed: string, dir: string, size: number): readonly Peer[] {
  const peers: Peer[] = [];
  const dbmate = join(installed, 'node_modules/.bin/dbmate');
  if (existsSync(dbmate)) peers.push(dbmatePeer(dbmate, join(dir, 'dbmate'), size));
  if (knexRuns(installed)) peers.push(knexPeer(installed, join(dir, 'knex'), size));
  return peers;
}

function dbmatePeer(program: string, dir: string, size: number): Peer {
  mkdirSync(join(dir, 'db/migrations'), { recursive: true });
  for (let index = 0; index < size; index++) {
    writeFileSync(
      join(dir, `db/migrations/${numberOf(index)}_add_item_${index}.sql`),
      `-- migrate:up\n${upSql(index)}\n-- migrate:down\nDROP TABLE item_${index};\n`,
    );
  }
  const args = ['--url', 'sqlite:app.db', '--no-dump-schema', 'up'];
  return {
    name: 'dbmate',
    version: VERSIONS.dbmate,
    upgrade: () => {
      removeDatabase(dir);
      execute(program, args, { cwd: dir });
    },
  };
}

function knexPeer(installed: string, dir: string, size: number): Peer {
  mkdirSync(join(dir, 'migrations'), { recursive: true });
  writeFileSync(
    join(dir, 'knexfile.cjs'),
    `module.exports = { client: 'better-sqlite3', connection: { filename: 'app.db' }, useNullAsDefault: true, migrations: { loadExtensions: ['.cjs'] } };\n`,
  );
  for (let index = 0; index < size; index++) {
    const statements = upSql(index)
      .split(';\n')
      .filter((each) => each.trim() !== '');
    const lines = statements.map((sql) => `  await knex.raw(${JSON.stringify(sql)});\n`);
    writeFileSync(
      join(dir, `migrations/${numberOf(index)}_add_item_${index}.cjs`),
      `exports.up = async (knex) => {\n${lines.join('')}};\nexports.down = (knex) => knex.raw('DROP TABLE item_${index}');\n`,
    );
  }
  const cli = join(installed, 'node_modules/knex/bin/cli.js');
  const env = { NODE_PATH: join(installed, 'node_modules') };
  return {
    name: 'knex',
    version: VERSIONS.knex,
    upgrade: () => {
      removeDatabase(dir);
      const args = [cli, 'migrate:latest', '--knexfile', join(dir, 'knexfile.cjs')];
      execute(process.execPath, args, { cwd: dir, env });
    },
  };
}

function knexRuns(installed: string): boolean {
  const probe = "new (require('better-sqlite3'))(':memory:'); require('knex')";
  const { status } = spawnSync(process.execPath, ['-e', probe], { cwd: installed });
  if (status !== 0) console.error('skipped: knex, as its driver does not run here');
  return status === 0;
}

function removeDatabase(dir: string): void {
  for (const end of ['', '-journal', '-wal', '-shm']) {
    rmSync(join(dir, `app.db${end}`), { force: true });
  }
}

/** A name of 14 digits, as a time would be. */
function numberOf(index: number): string {
  return String(20260101000000 + index);
}

/**
 * The floor: one script for the sqlite3 program that leaves what mig left, its ledger with
 * the files in it too, in one transaction.
 *
 * @param path of a database that mig upgraded.
 */
export function floorScript(path: string, size: number): string {
  using db = new DatabaseSync(path, { readOnly: true });
  const create = db.prepare("SELECT sql FROM sqlite_schema WHERE name = 'mig_log'").get()!.sql;
  const names = db
    .prepare("SELECT name FROM pragma_table_info('mig_log')")
    .all()
    .map(({ name }) => quoted(String(name)));
  const values = names.map((name) => `quote(${name})`).join(" || ', ' || ");
  const rows = db.prepare(`SELECT ${values} AS list FROM mig_log ORDER BY seq`).all();
  const inserts = rows.map(({ list }) => `INSERT INTO mig_log VALUES (${list});\n`);
  const revisions = Array.from({ length: size }, (_, at) => `${upSql(at)}${inserts[at + 1]}`);
  return `BEGIN IMMEDIATE;\n${create};\n${inserts[0]}${revisions.join('')}COMMIT;\n`;
}
