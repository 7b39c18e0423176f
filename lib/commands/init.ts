import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MigError } from '../error.ts';
import { CONFIG_NAME, DEFAULT_DIR, readConfig } from '../files/config.ts';
import { writeNew } from '../files/write.ts';
import type { InitDocument } from './documents.ts';
import type { Project } from './project.ts';

export interface InitOptions {
  /** The database URL to put into mig.json, if one was given. */
  readonly database?: string | undefined;
}

/** Makes the migrations folder and a `mig.json` in the current folder. What exists stays. */
export async function init(project: Project, options: InitOptions = {}): Promise<InitDocument> {
  const { cwd, dir, shownDir } = project;
  const created: string[] = [];
  if (!existsSync(dir)) {
    try {
      mkdirSync(dir, { recursive: true });
    } catch (error) {
      throw new MigError(
        {
          code: 'io',
          message: `The folder ${shownDir} cannot be made (${(error as NodeJS.ErrnoException).code}).`,
          hint:
            (error as NodeJS.ErrnoException).code === 'ENOTDIR'
              ? 'A part of this path is a file. Name another folder: `mig init DIR`.'
              : 'Look at the permissions of the folder that it goes into.',
        },
        { cause: error },
      );
    }
    created.push(shownDir);
  } else if (!statSync(dir).isDirectory()) {
    throw new MigError({
      code: 'exists',
      message: `${shownDir} is a file, not a folder.`,
      hint: 'Name another folder: `mig init DIR`.',
      file: shownDir,
    });
  }
  const path = join(cwd, CONFIG_NAME);
  if (!existsSync(path)) {
    const config = {
      ...(options.database === undefined ? {} : { database: options.database }),
      dir: shownDir,
    };
    writeNew([{ path, shown: CONFIG_NAME, text: `${JSON.stringify(config, null, 2)}\n` }]);
    created.push(CONFIG_NAME);
  } else {
    const { config } = readConfig(path, CONFIG_NAME);
    const { database = config.database } = options;
    const lines = [
      ...(database === config.database ? [] : [`"database": ${JSON.stringify(database)}`]),
      ...(resolve(cwd, config.dir ?? DEFAULT_DIR) === dir
        ? []
        : [`"dir": ${JSON.stringify(shownDir)}`]),
    ];
    if (lines.length > 0) {
      const message = `${CONFIG_NAME} stays as it is, and does not say ${lines.join(', ')}`;
      project.world.tell({ kind: 'warning', message });
    }
  }
  return { version: 1, command: 'init', dir: shownDir, created };
}
