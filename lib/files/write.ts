import { closeSync, fsyncSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { MigError } from '../error.ts';

/** A file that is to be written. */
export interface NewFile {
  /** Absolute. */
  readonly path: string;
  /** As a person would type it, for messages. */
  readonly shown: string;
  readonly text: string;
}

/**
 * Writes some new files, all of them or none: an existing file is never overwritten, and
 * when one cannot be written, those before it are taken away again.
 *
 * @throws MigError `exists` or `io`.
 */
export function writeNew(files: readonly NewFile[]): void {
  const written: string[] = [];
  for (const file of files) {
    try {
      mkdirSync(dirname(file.path), { recursive: true });
      const handle = openSync(file.path, 'wx');
      written.push(file.path);
      try {
        writeWhole(handle, file.text);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    } catch (error) {
      for (const path of written) unlinkSync(path);
      throw writeError(error, file);
    }
  }
}

function writeWhole(handle: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  // A disk that is nearly full may take a part and say so only by the count.
  for (let done = 0; done < bytes.length; ) done += writeSync(handle, bytes, done);
}

/** Not of `mkdir`, which says the same where the folder's name is a file's. */
function isExists(error: unknown): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return code === 'EEXIST' && syscall === 'open';
}

function writeError(error: unknown, file: NewFile): MigError {
  if (isExists(error)) {
    return new MigError({
      code: 'exists',
      message: `${file.shown} exists already, and mig never overwrites a file.`,
      hint: 'Nothing was written.',
      file: file.shown,
    });
  }
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new MigError(
    {
      code: 'io',
      message: `${file.shown} cannot be written (${code}).`,
      hint: code === 'ENOSPC' ? 'The disk is full. Nothing was written.' : 'Nothing was written.',
      file: file.shown,
    },
    { cause: error },
  );
}
