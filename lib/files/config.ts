import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MigError } from '../error.ts';
import { didYouMean } from '../graph/nearest.ts';
import { decode } from './decode.ts';

/** `mig.json`. Its paths are relative to the file. */
export interface Config {
  readonly database?: string;
  readonly dir?: string;
  readonly table?: string;
  readonly schemaFile?: string;
  readonly lockTimeout?: string;
  readonly ids?: 'random' | 'timestamp';
}

export interface FoundConfig {
  /** Absolute. */
  readonly path: string;
  readonly config: Config;
}

export const CONFIG_NAME = 'mig.json';
const KEYS = ['database', 'dir', 'table', 'schemaFile', 'lockTimeout', 'ids'] as const;

/**
 * The nearest `mig.json`, in a folder or above it, no higher than the root of the git
 * repository that the folder is in; null when there is none.
 */
export function findConfig(from: string): FoundConfig | null {
  for (let dir = from; ; dir = dirname(dir)) {
    const path = join(dir, CONFIG_NAME);
    if (existsSync(path)) return readConfig(path, path);
    if (existsSync(join(dir, '.git')) || dirname(dir) === dir) return null;
  }
}

/**
 * Reads a `mig.json`.
 *
 * @param shown the path as it goes into messages.
 * @throws MigError `setting`, with the line and column where the JSON is at fault.
 */
export function readConfig(path: string, shown: string): FoundConfig {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new MigError({
      code: 'setting',
      message: code === 'ENOENT' ? `There is no ${shown}.` : `${shown} cannot be read (${code}).`,
      hint: '`--config` and `MIG_CONFIG` name the settings file; `mig init` writes one.',
      file: shown,
    });
  }
  const decoded = decode(bytes, shown);
  if (decoded.problem !== undefined) throw new MigError({ ...decoded.problem, code: 'setting' });
  return { path, config: parseConfig(decoded.text, shown) };
}

/** Checks keys and values. @throws MigError `setting` */
export function parseConfig(text: string, file: string): Config {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const { message } = error as SyntaxError;
    const place = /\(line (\d+) column (\d+)\)/.exec(message);
    throw new MigError({
      code: 'setting',
      message: `${file} is not JSON: ${message.replace(/ in JSON at position .*$/, '')}.`,
      file,
      ...(place === null ? {} : { line: Number(place[1]), column: Number(place[2]) }),
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad(file, 'It has to be an object: `{ "dir": "migrations" }`.');
  }
  for (const [key, each] of Object.entries(value)) {
    if (!(KEYS as readonly string[]).includes(key)) {
      throw bad(
        file,
        `Unknown key \`${key}\`.`,
        didYouMean(key, KEYS) ?? `The keys are ${KEYS.join(', ')}.`,
      );
    }
    if (typeof each !== 'string' || each === '') {
      throw bad(file, `\`${key}\` has to be a text, and not empty.`);
    }
  }
  const config = value as Config;
  if (config.ids !== undefined && config.ids !== 'random' && config.ids !== 'timestamp') {
    throw bad(file, '`ids` is `random` or `timestamp`.');
  }
  return config;
}

function bad(file: string, message: string, hint?: string): MigError {
  return new MigError({ code: 'setting', message: `${file}: ${message}`, hint, file });
}
