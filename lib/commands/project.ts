import { existsSync } from 'node:fs';
import type { Engine } from '../engine/engine.ts';
import { type DatabaseLocation, pathFrom } from '../engine/location.ts';
import { MigError } from '../error.ts';
import type { PlanStep } from '../graph/plan.ts';

/**
 * Where a command works, and the world as it sees it: clock, chance, user and streams are
 * handed in, so that every test is exact.
 */
export interface Project {
  readonly cwd: string;
  /** The migrations folder, absolute. */
  readonly dir: string;
  /** The same as a person would type it. */
  readonly shownDir: string;
  /** Null when none was given: commands that need one say so. */
  readonly database: DatabaseLocation | null;
  /** Name of the ledger's table. */
  readonly table: string;
  /** The desired schema; null when none was given. */
  readonly schemaFile: SchemaFile | null;
  readonly lockTimeoutMs: number;
  readonly ids: 'random' | 'timestamp';
  readonly world: World;
}

/** Where the desired schema stands, as SQL. */
export interface SchemaFile {
  /** Absolute. */
  readonly path: string;
  /** The same as a person would type it. */
  readonly shown: string;
}

/** The desired schema by its absolute path. */
export function schemaFileAt(cwd: string, path: string): SchemaFile {
  return { path, shown: pathFrom(cwd, path) };
}

/** What a command needs of the outside, besides files and database. */
export interface World {
  readonly now: () => Date;
  /** Milliseconds of a clock that never goes back. */
  readonly ticks: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  /** `user@host`, for the ledger. */
  readonly by: () => string;
  /** Asks a person; null where there is none to ask. */
  readonly confirm: (question: string) => boolean | null;
  /** Has a person choose one of several; its index, or null where nobody did. */
  readonly choose?: ((question: string, choices: readonly string[]) => number | null) | undefined;
  /** Opens files in the user's editor and waits for it. */
  readonly edit: (files: readonly string[]) => void;
  readonly tell: (event: ProjectEvent) => void;
}

/** What a command tells while it works. Nothing depends on anybody listening. */
export type ProjectEvent =
  | {
      readonly kind: 'begin';
      readonly step: PlanStep;
      readonly index: number;
      readonly total: number;
    }
  | {
      readonly kind: 'done';
      readonly step: PlanStep;
      readonly message: string;
      readonly ms: number;
    }
  | { readonly kind: 'statement'; readonly sql: string; readonly ms: number }
  | { readonly kind: 'waiting'; readonly ms: number; readonly lastMove: string | null }
  | { readonly kind: 'note'; readonly message: string }
  | { readonly kind: 'warning'; readonly message: string };

/** Whether anybody wants to see every statement: then scripts run one by one. */
export interface Verbosity {
  readonly statements?: boolean;
}

/**
 * The engine of the project's database, loaded only now: what reads files alone starts
 * without it.
 *
 * @throws MigError `no-database`
 */
export async function openEngine(project: Project): Promise<Engine> {
  const { database, table, lockTimeoutMs, world } = project;
  if (database === null) {
    throw new MigError({
      code: 'no-database',
      message: 'Which database? None was given.',
      hint: 'Say `-d app.db`, set MIG_DATABASE or DATABASE_URL, or put `"database": "sqlite:app.db"` into mig.json.',
    });
  }
  const { meant } = database;
  if (meant !== undefined) {
    const message = `${database.shown} is not there, but ${meant} is: three slashes begin an absolute path. \`sqlite:${meant}\` is the one in this folder.`;
    world.tell({ kind: 'warning', message });
  }
  const { SqliteEngine } = await import('../engine/sqlite.ts');
  return new SqliteEngine({ ...database, table, lockTimeoutMs });
}

/** The error of a place where a database should be, and none is. */
export function noDatabase({ shown }: DatabaseLocation, hint: string): MigError {
  return new MigError({ code: 'no-database', message: `There is no database ${shown}`, hint });
}

/** A mistyped path looks just like a new database. */
export function tellOfNewDatabase({ database, world }: Project): void {
  if (database === null || database.path === ':memory:' || existsSync(database.path)) return;
  world.tell({ kind: 'note', message: `There is no database ${database.shown} yet.` });
}

/** A token that all ledger rows of one invocation share. */
export function newRun({ randomBytes }: World): string {
  return Buffer.from(randomBytes(8)).toString('hex');
}
