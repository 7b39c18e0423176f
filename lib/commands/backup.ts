import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Engine, EngineError } from '../engine/engine.ts';
import { MigError } from '../error.ts';
import { CODE_OF } from './engine-errors.ts';
import type { Project } from './project.ts';

interface Backup {
  /** The copy, as a person would type it. */
  readonly shown: string;
  /** How to get it back, as a sentence. */
  readonly restore: string;
}

/**
 * Copies the database before anything runs. The copy is consistent, checked, on disk, and
 * stays there; nothing is overwritten.
 *
 * @param wanted a path, or true for `<database>.<UTC time>.bak`; false makes none.
 * @returns null when none was wanted, or there is no database yet.
 */
export async function makeBackup(
  project: Project,
  engine: Engine,
  wanted: boolean | string,
): Promise<Backup | null> {
  const { database, cwd, world } = project;
  if (wanted === false || database === null) return null;
  if (database.path === ':memory:') {
    throw new MigError({ code: 'usage', message: 'A database in memory has no backup.' });
  }
  if (!existsSync(database.path)) return null;
  const time = world
    .now()
    .toISOString()
    .replace(/[-:]|\.\d+/g, '');
  const shown = typeof wanted === 'string' ? wanted : `${database.shown}.${time}.bak`;
  const path = resolve(cwd, shown);
  refuseOverwriting(path, shown);
  try {
    await engine.backup(path);
  } catch (error) {
    throw backupError(error, shown);
  }
  world.tell({ kind: 'note', message: `The database was copied to ${shown}` });
  const { shown: live } = database;
  return {
    shown,
    // Each of them would be taken for the copy's own.
    restore: `The copy from before is ${shown}. To go back to it: stop what uses the database, delete ${live}-journal, ${live}-wal and ${live}-shm where they are, and copy it over ${live}`,
  };
}

/** A journal that is left of another database would be rolled back into the copy. */
function refuseOverwriting(path: string, shown: string): void {
  const inTheWay = ['', '-journal', '-wal'].find((end) => existsSync(`${path}${end}`));
  if (inTheWay === undefined) return;
  const file = `${shown}${inTheWay}`;
  throw new MigError({
    code: 'exists',
    message: `${file} exists already, and a backup overwrites nothing. Nothing was run.`,
    hint: 'Name another file: `--backup=PATH`.',
    file,
  });
}

/** What the engine or the system said, as an error about the copy; a defect stays what it is. */
function backupError(error: unknown, shown: string): unknown {
  if (error instanceof EngineError) {
    const { kind, message, hint } = error.failure;
    return new MigError(
      {
        code: CODE_OF[kind],
        message: `The backup ${shown} cannot be made: ${message} Nothing was run.`,
        hint: hint ?? 'Try again, or name another place: `--backup=PATH`.',
        file: shown,
      },
      { cause: error },
    );
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !code.startsWith('E') || code.startsWith('ERR_')) return error;
  return new MigError(
    {
      code: 'io',
      message: `The backup ${shown} cannot be written (${code}). Nothing was run.`,
      hint: 'Name another place: `--backup=PATH`.',
      file: shown,
    },
    { cause: error },
  );
}
