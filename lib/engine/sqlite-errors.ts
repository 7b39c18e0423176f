import { EngineError, type EngineFailure } from './engine.ts';

/** What node:sqlite throws for whatever SQLite itself complains about. */
interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR';
  /** The extended result code. */
  readonly errcode: number;
}

/** Whether an error is one of SQLite itself, and none of the program. */
export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as SqliteError).code === 'ERR_SQLITE_ERROR';
}

/** Primary result codes (sqlite.org/rescode.html); extended ones carry them in the low byte. */
export const RESULT = {
  busy: 5,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  constraint: 19,
  auth: 23,
  notADatabase: 26,
} as const;

/** `SQLITE_CONSTRAINT_PRIMARYKEY`, `…_UNIQUE`, `…_ROWID`: a number that is taken. */
export const TAKEN = [1555, 2067, 2579];

/** `SQLITE_READONLY_ROLLBACK`: a hot journal that a read-only connection cannot roll back. */
export const HOT_JOURNAL = 776;
/** `SQLITE_READONLY_DIRECTORY` and `…_DBMOVED`: a WAL database whose -shm cannot be made. */
export const WAL_NEEDS_WRITING = [1544, 1032];

/** The primary result code, whatever more the extended one says. */
export function primaryCode(error: SqliteError): number {
  return error.errcode & 0xff;
}

/** Whether somebody else holds the database: then it is worth trying again. */
export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && primaryCode(error) === RESULT.busy;
}

/**
 * An error of opening, reading or writing the database as a whole, in words.
 *
 * @param shown the database as it goes into messages.
 */
export function databaseError(error: unknown, shown: string): EngineError {
  if (error instanceof EngineError) return error;
  if (!isSqliteError(error)) throw error;
  return new EngineError({ ...inWords(error, shown), engineCode: error.errcode, cause: error });
}

/**
 * An error as the engine's, with the step that met it. What is neither the engine's nor SQLite's
 * goes through as it is.
 *
 * @param shown the database as it goes into messages. @param failedStep index of the step
 */
export function errorAtStep(error: unknown, shown: string, failedStep: number): unknown {
  if (!(error instanceof EngineError) && !isSqliteError(error)) return error;
  const known = databaseError(error, shown);
  return known.failure.failedStep === undefined
    ? new EngineError({ ...known.failure, failedStep })
    : known;
}

/** Errors of the database as a whole, though a statement met them. */
const DATABASE_CODES: readonly number[] = [
  RESULT.busy,
  RESULT.readOnly,
  RESULT.io,
  RESULT.corrupt,
  RESULT.full,
];

/** An error that a statement met: its own, or one of the database as a whole, in words. */
export function statementFailure(error: SqliteError, shown: string): EngineFailure {
  return DATABASE_CODES.includes(primaryCode(error))
    ? databaseError(error, shown).failure
    : { kind: 'sql', message: error.message, engineCode: error.errcode };
}

/** Whether the database may not be written: then the first write fails, whatever it says. */
export function isReadOnly(error: unknown): boolean {
  return isSqliteError(error) && primaryCode(error) === RESULT.readOnly;
}

function inWords(error: SqliteError, shown: string): EngineFailure {
  switch (primaryCode(error)) {
    case RESULT.busy:
      return {
        kind: 'busy',
        message: `${shown} is locked by another process.`,
        hint: 'Look who holds it open for writing, and try again; `--lock-timeout 5m` waits longer.',
      };
    case RESULT.readOnly:
      return {
        kind: 'database',
        message: `${shown} is read-only.`,
        hint: 'Look at the permissions of the file and of its folder: SQLite needs to write in both.',
      };
    case RESULT.corrupt:
      return {
        kind: 'database',
        message: `${shown} is damaged: ${error.message}.`,
        hint: '`PRAGMA integrity_check` says how badly. Restore a backup, or try `.recover` of the sqlite3 program on a copy.',
      };
    case RESULT.full:
      return {
        kind: 'database',
        message: `There is no room left for ${shown}: ${error.message}.`,
        hint: 'Free some, then run the same command again.',
      };
    case RESULT.cantOpen:
      return {
        kind: 'database',
        message: `${shown} cannot be opened: ${error.message}.`,
        hint: 'Look at the path and its permissions.',
      };
    case RESULT.notADatabase:
      return {
        kind: 'not-a-database',
        message: `${shown} is not an SQLite database.`,
        hint: 'Is the path right? An encrypted database looks like this too.',
      };
    default:
      return { kind: 'database', message: `${shown}: ${error.message}.` };
  }
}
