import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Contender, execute } from './measure.ts';

export const ROOT = join(import.meta.dirname, '../..');
export const MIG = join(ROOT, 'dist/mig.cjs');

/** The floor of what starts Node. */
export const EMPTY = 'node, empty file';

export const HAS_SQLITE3 = spawnSync('sqlite3', ['--version']).error === undefined;

/** The built program, in a folder. */
export function mig(dir: string, args: readonly string[]): Contender {
  return { run: () => execute(process.execPath, [MIG, ...args], { cwd: dir }) };
}

/** A script of Node's, put into a folder. */
export function script(dir: string, name: string, text: string): Contender {
  const path = join(dir, name);
  writeFileSync(path, text);
  return { run: () => execute(process.execPath, [path], { cwd: dir }) };
}

export function emptyScript(dir: string): Contender {
  return script(dir, 'empty.cjs', '');
}

/** The same, each time from no database. */
export function fresh(dir: string, contender: Contender): Contender {
  return { ...contender, prepare: () => removeDatabase(dir) };
}

export function removeDatabase(dir: string): void {
  for (const end of ['', '-journal', '-wal', '-shm']) {
    rmSync(join(dir, `app.db${end}`), { force: true });
  }
}
