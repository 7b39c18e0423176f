import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { MigError } from '../error.ts';
import { hasControls } from '../graph/controls.ts';
import { didYouMean } from '../graph/nearest.ts';
import { positionAt } from '../sql/statements.ts';
import { decode } from './decode.ts';

/** `mig.json`. Its paths are relative to the file. */
interface Config {
  readonly database?: string;
  readonly dir?: string;
  readonly table?: string;
  readonly schemaFile?: string;
  readonly lockTimeout?: string;
  readonly ids?: 'random' | 'timestamp';
}

/** A `mig.json` that is there. */
export interface FoundConfig {
  /** Absolute. */
  readonly path: string;
  readonly config: Config;
}

/** What the settings file is called. */
export const CONFIG_NAME = 'mig.json';
/** What holds where neither flag, environment nor `mig.json` says otherwise. */
export const DEFAULTS = {
  dir: 'migrations',
  table: 'mig_log',
  lockTimeout: '30s',
  ids: 'random',
} as const satisfies Config;
const KEYS = ['database', 'dir', 'table', 'schemaFile', 'lockTimeout', 'ids'] as const;

/** The name, where the ledger's table can have it. @throws MigError `setting` */
export function checkedTable(name: string): string {
  if (/^sqlite_/i.test(name)) {
    throw new MigError({
      code: 'setting',
      message: `The ledger's table cannot be called ${name}.`,
      hint: 'Names that begin with `sqlite_` are SQLite’s own.',
    });
  }
  if (!hasControls(name)) return name;
  throw new MigError({
    code: 'setting',
    message: 'The name of the ledger’s table has control characters.',
  });
}

/**
 * Reads a lock timeout: `500ms`, `30s`, `2m`, or a bare number of seconds.
 *
 * @returns milliseconds. @throws MigError `setting`
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim());
  if (match === null) {
    throw new MigError({
      code: 'setting',
      message: `\`${text}\` is no time for \`--lock-timeout\`.`,
      hint: 'Say `500ms`, `30s` or `2m`.',
    });
  }
  const factor = { ms: 1, s: 1000, m: 60_000 }[match[2] ?? 's']!;
  return Math.round(Number(match[1]) * factor);
}

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
  const json = text.replace(/^\uFEFF/, '');
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    const { what, at } = jsonFault(json, (error as SyntaxError).message);
    throw new MigError({
      code: 'setting',
      message: `${file} is not JSON: ${what}.`,
      file,
      ...positionAt(json, at),
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

/**
 * What V8 says of a text that is no JSON, and where. It gives no place for an unexpected
 * token, and quotes the text around it, line ends and all, instead.
 */
function jsonFault(json: string, message: string): { what: string; at: number } {
  const placed = /^(.*?)(?: in JSON)? at position (\d+)/s.exec(message);
  if (placed !== null) return { what: placed[1]!, at: Number(placed[2]) };
  for (let end = 1; end <= json.length; end++) {
    if (!isUnexpected(json.slice(0, end))) continue;
    const token = String.fromCodePoint(json.codePointAt(end - 1)!);
    return { what: `Unexpected token '${JSON.stringify(token).slice(1, -1)}'`, at: end - 1 };
  }
  return { what: 'Unexpected end of the file', at: json.length };
}

/** Whether the beginning of a JSON text is wrong already, and not only unfinished. */
function isUnexpected(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return false;
  } catch (error) {
    return (error as SyntaxError).message.startsWith('Unexpected token');
  }
}

function bad(file: string, message: string, hint?: string): MigError {
  return new MigError({ code: 'setting', message: `${file}: ${message}`, hint, file });
}
