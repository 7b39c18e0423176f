import { existsSync, statSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { MigError } from '../error.ts';

/** Where a database is. */
export interface DatabaseLocation {
  /** Absolute, or `:memory:`. */
  readonly path: string;
  /** As it goes into messages: relative where that is shorter, and never a password. */
  readonly shown: string;
  /** The application's own connection to it, to be used instead of a new one. */
  readonly connection?: DatabaseSync;
  /** Where `sqlite:///app.db` names nothing, a file `app.db` that may have been meant. */
  readonly meant?: string;
}

/** SQLite's name for a database that lives in its connection alone. */
export const MEMORY = ':memory:';
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):/;
const KNOWN =
  '`sqlite:app.db`, `sqlite:///absolute/app.db`, `file:app.db`, `app.db` and `sqlite::memory:`';

/** An absolute path as a person would type it: relative with `/`, unless that leads outside. */
export function pathFrom(cwd: string, absolute: string): string {
  return isWithin(cwd, absolute) ? relative(cwd, absolute).replaceAll(sep, '/') || '.' : absolute;
}

/** Whether a path is a folder or in it; both are absolute. */
export function isWithin(folder: string, path: string): boolean {
  return !/^\.\.(?:[\\/]|$)/.test(relative(folder, path));
}

/**
 * Reads a database URL or path.
 *
 * @param from the folder that a relative path starts from.
 * @param cwd the folder that messages are relative to.
 * @throws MigError `setting` for what is none; passwords in it are not repeated.
 */
export function locateDatabase(text: string, from: string, cwd: string): DatabaseLocation {
  const path = pathOf(text);
  if (path === MEMORY) return { path, shown: path };
  const absolute = resolve(from, path);
  const location = { path: absolute, shown: pathFrom(cwd, absolute) };
  if (existsSync(absolute) && statSync(absolute).isDirectory()) {
    throw fail(
      `${location.shown} is a folder, not a database.`,
      'The migrations folder goes with `--dir`.',
    );
  }
  const meant = relativelyMeant(text, path, absolute, from);
  return meant === null ? location : { ...location, meant };
}

/** In other tools three slashes begin a relative path. */
function relativelyMeant(text: string, path: string, absolute: string, from: string) {
  if (!/^sqlite3?:\/\/\//i.test(text) || existsSync(absolute)) return null;
  const name = path.replace(/^\/+/, '');
  const near = resolve(from, name);
  return name !== '' && existsSync(near) && statSync(near).isFile() ? name : null;
}

/**
 * The relative URL that `sqlite:///app.db` may have been meant as, for who writes it down:
 * where nothing is there, and its folder is the root or none; null where it is not to be asked.
 */
export function relativeReading(text: string): string | null {
  if (!/^sqlite3?:\/\/\/[^/]/i.test(text)) return null;
  const path = pathOf(text);
  const folder = dirname(path);
  if (existsSync(path) || (folder !== dirname(folder) && existsSync(folder))) return null;
  return `sqlite:${path.slice(1)}`;
}

/**
 * Where a database is that the application has open.
 *
 * @throws MigError `setting` when it is closed.
 */
export function locateConnection(connection: DatabaseSync, cwd: string): DatabaseLocation {
  if (!connection.isOpen) {
    throw fail('The database that was handed in is closed.', 'Open it first, or give its path.');
  }
  const path = connection.location();
  return path === null
    ? { path: MEMORY, shown: MEMORY, connection }
    : { path, shown: pathFrom(cwd, path), connection };
}

function pathOf(text: string): string {
  if (text.includes('\0')) {
    throw fail('The path of the database has a NUL character.', 'No file name can have one.');
  }
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (text === MEMORY) return text;
  if (scheme === undefined) return text;
  const rest = text.slice(scheme.length + 1);
  if (scheme === 'file') return filePath(text, rest);
  if (scheme !== 'sqlite' && scheme !== 'sqlite3') {
    throw fail(
      `mig knows no database \`${scheme}:\` (in ${masked(text)}).`,
      `What it knows: ${KNOWN}.`,
    );
  }
  if (rest === MEMORY) return rest;
  return decoded(withoutAuthority(rest, text), text);
}

function filePath(text: string, rest: string): string {
  if (!rest.startsWith('//')) return decoded(rest, text);
  try {
    return fileURLToPath(text);
  } catch {
    throw fail(`${masked(text)} is no file URL.`, `What mig knows: ${KNOWN}.`);
  }
}

/** `//` must be followed by an absolute path: a name there would be a host. */
function withoutAuthority(rest: string, text: string): string {
  if (!rest.startsWith('//')) return rest;
  if (rest.startsWith('///')) return rest.replace(/^\/+/, '/');
  throw fail(
    `${masked(text)} names a host, and SQLite has none.`,
    'A relative path is `sqlite:app.db`, an absolute one `sqlite:///path/app.db`.',
  );
}

function decoded(path: string, text: string): string {
  if (path === '') throw fail(`${masked(text)} names no file.`, `What mig knows: ${KNOWN}.`);
  if (path.includes('?')) {
    throw fail(
      `${masked(text)} has parameters, and mig takes none.`,
      'Leave out what stands after the `?`.',
    );
  }
  if (path.includes('%00')) {
    throw fail(
      `${masked(text)} has a NUL character.`,
      'No file name can have one: leave out `%00`.',
    );
  }
  try {
    return decodeURIComponent(path);
  } catch {
    throw fail(`${masked(text)} has a \`%\` that begins no character.`, 'Write a plain % as %25.');
  }
}

/** A URL without its password: what stands before the last `@`, whatever characters it has. */
function masked(text: string): string {
  return text
    .replace(/^([^:]*:(?:\/\/)?[^:@]*):.*@/s, '$1:***@')
    .replace(/((?:password|pwd|token|secret|key)[^=&;]*)=[^&;]*/gi, '$1=***');
}

function fail(message: string, hint: string): MigError {
  return new MigError({ code: 'setting', message, hint });
}
