import { MigError } from '../../error.ts';

/** The tools whose histories can be taken over. */
export const TOOLS = [
  'golang-migrate',
  'sqlx',
  'dbmate',
  'goose',
  'flyway',
  'sqitch',
  'alembic',
] as const;
export type Tool = (typeof TOOLS)[number];

/** The folder of another tool: its files by their paths, read when they are asked for. */
export interface ToolFolder {
  /** Relative to the folder, with `/`, in byte order. */
  readonly paths: readonly string[];
  /** The text without its BOM. @throws MigError where it is no UTF-8 */
  readonly read: (path: string) => string;
  /** A path as a person would type it. */
  readonly shown: (path: string) => string;
}

/** A history as the tool tells it: what mig makes of it is decided elsewhere. */
export interface ToolHistory {
  readonly tool: Tool;
  /** In the order in which the tool would run them. */
  readonly revisions: readonly ToolRevision[];
  readonly remarks: readonly Remark[];
}

export interface ToolRevision {
  /** What the tool calls it, in its files and in its table. */
  readonly name: string;
  /** The id that it would like to have; another is derived where mig cannot take it. */
  readonly id: string;
  /** Names of revisions that are before it. */
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly labels: readonly string[];
  readonly message: string;
  readonly created: string | null;
  /** The file that says all this. */
  readonly path: string;
  readonly up: ToolScript;
  /** Where the SQL of `up` comes from; none where there was no SQL. */
  readonly origin?: () => Origin;
  /** Null where there is none, or where `irreversible` says why it does not count. */
  readonly down: ToolScript | null;
  /** Why there is no way back, for when `down` is null. */
  readonly irreversible: string;
}

export interface ToolScript {
  readonly sql: string;
  readonly transaction: 'on' | 'off';
}

/** A part of a file, from which a script was cut. */
export interface Origin {
  /** Null where it is no file of the folder. */
  readonly path: string | null;
  /** As a person would type it. */
  readonly shown: string;
  /** Of the whole file. */
  readonly text: string;
  /** Offsets of the part; default all of it. */
  readonly start?: number;
  readonly end?: number;
}

/** Something that a person should know: what was left behind, or what was changed. */
export interface Remark {
  readonly code: 'not-carried' | 'changed';
  readonly message: string;
  readonly hint?: string;
  readonly path: string | null;
  /** As a person would type it, where it is no file of the folder. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/** A revision without its place and its scripts: all that a name in a folder tells. */
export function draftOf(path: string, name: string, title: string, id: string = name) {
  return {
    name,
    id,
    depends: [],
    labels: [],
    message: messageOf(title),
    created: createdOf(name),
    path,
  };
}

/** Go code with a version, which is no test. */
export const GO_MIGRATION = /^(\d+)_(.*)(?<!_test)\.go$/;

/**
 * The place of a migration that was written in another language: a revision without a
 * statement, so that those before and behind it, and what a database has applied, fit.
 */
export function placeFor(
  path: string,
  language: string,
): Pick<ToolRevision, 'up' | 'down' | 'irreversible'> {
  return {
    up: { sql: `-- Write here what ${path} did in ${language}.\n`, transaction: 'on' },
    down: null,
    irreversible: `it was written in ${language}`,
  };
}

/** What is said of such a place. */
export function placeRemark(path: string, language: string): Remark {
  return {
    code: 'not-carried',
    message: `A migration in ${language} cannot be carried over: its revision has no statement.`,
    hint: 'Write what it does as SQL, in the revision that holds its place.',
    path,
  };
}

/** The end of the chain: every revision follows the one before it. */
export function inChain(
  revisions: readonly Omit<ToolRevision, 'parents'>[],
): readonly ToolRevision[] {
  return revisions.map((each, index) => ({
    ...each,
    parents: index === 0 ? [] : [revisions[index - 1]!.name],
  }));
}

/** `20240131120000` as `2024-01-31T12:00:00Z`; null for what is no time. */
export function createdOf(version: string): string | null {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(version);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  return timeOf(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** A time as the header has it, if it is one. */
export function timeOf(text: string): string | null {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return null;
  const printed = `${time.toISOString().slice(0, 19)}Z`;
  // The 30th of February is no time, though JavaScript takes it for one.
  return text.endsWith('Z') && text.slice(0, 19) !== printed.slice(0, 19) ? null : printed;
}

/** `add_users-table` as `add users table`. */
export function messageOf(name: string): string {
  return name.replace(/[_\-\s]+/g, ' ').trim();
}

/** Whole numbers of any length, as text. */
export function compareNumbers(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** @throws MigError where two revisions have one version */
export function refuseTwins(
  folder: ToolFolder,
  revisions: readonly { readonly name: string; readonly path: string }[],
  same: (name: string) => string = (name) => name,
): void {
  const seen = new Map<string, string>();
  for (const { name, path } of revisions) {
    const twin = seen.get(same(name));
    if (twin !== undefined) {
      throw new MigError({
        code: 'duplicate-id',
        message: `The version ${name} is taken twice: by ${folder.shown(twin)} and by ${folder.shown(path)}.`,
        hint: 'Where these are for several databases, import a folder with the files of one. Else say in the source which comes first.',
        file: folder.shown(path),
      });
    }
    seen.set(same(name), path);
  }
}

/** The name of a file without its folders. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A file of the folder as the origin of a script. */
export function originIn(folder: ToolFolder, path: string): () => Origin {
  return () => ({ path, shown: folder.shown(path), text: folder.read(path) });
}

/** The paths that lie in the folder itself. */
export function topLevel({ paths }: ToolFolder): readonly string[] {
  return paths.filter((path) => !path.includes('/'));
}
