import { errorOf, type Problem } from '../error.ts';
import { type Header, parseHeader } from '../graph/header.ts';
import type { Revision, SqlFile } from '../graph/revision.ts';
import type { Decoded } from './decode.ts';
import type { FolderSource } from './source.ts';

/** One file of a pair, by its name alone. */
export interface NamedFile {
  readonly id: string;
  readonly slug: string;
  readonly side: 'up' | 'down';
  /** Relative to the folder. */
  readonly path: string;
  /** As it goes into messages. */
  readonly file: string;
}

/** One file of a pair, read. */
export interface ReadSide {
  readonly file: SqlFile;
  readonly header: Header;
  /** Whether nothing is wrong with its header. */
  readonly isSound: boolean;
}

/** Reads one file of a pair, and adds what is wrong with it; null where it cannot be read. */
export function readSide(
  source: FolderSource,
  named: NamedFile,
  problems: Problem[],
): ReadSide | null {
  let decoded: Decoded;
  try {
    decoded = source.read(named.path, named.file);
  } catch (error) {
    problems.push({
      code: 'file-unreadable',
      message: `This file cannot be read (${(error as NodeJS.ErrnoException).code}).`,
      hint: 'Look at its permissions, and whether it is a file.',
      revision: named.id,
      file: named.file,
    });
    return null;
  }
  if (decoded.problem !== undefined) {
    problems.push({ ...decoded.problem, revision: named.id });
    return null;
  }
  const { text } = decoded;
  const { header, sqlStart, problems: found } = parseHeader(text, named.side);
  for (const problem of found) {
    problems.push({ ...problem, revision: named.id, file: named.file });
  }
  const { transaction, foreignKeys } = header;
  return {
    file: { path: named.path, text, sqlStart, transaction, foreignKeys },
    header,
    isSound: found.length === 0,
  };
}

/**
 * A down file that is read when something in it is asked for: most commands look at few.
 * Everything but `path` throws MigError where the file cannot be read or understood.
 */
export class DownFile implements SqlFile {
  readonly path: string;
  readonly #source: FolderSource;
  readonly #named: NamedFile;
  #kept: ReadDown | null = null;

  constructor(source: FolderSource, named: NamedFile) {
    this.path = named.path;
    this.#source = source;
    this.#named = named;
  }

  get text(): string {
    return this.#file.text;
  }

  get sqlStart(): number {
    return this.#file.sqlStart;
  }

  get transaction(): SqlFile['transaction'] {
    return this.#file.transaction;
  }

  get foreignKeys(): SqlFile['foreignKeys'] {
    return this.#file.foreignKeys;
  }

  /** Reads the file, unless it was read, and tells what is wrong with it. */
  get problems(): readonly Problem[] {
    this.#kept ??= this.read();
    return this.#kept.problems;
  }

  /** Reads the file, and keeps nothing of it: for those who look at every file of a history. */
  read(): ReadDown {
    const problems: Problem[] = [];
    const side = readSide(this.#source, this.#named, problems);
    return { file: side?.file ?? null, problems };
  }

  get #file(): SqlFile {
    const { problems } = this;
    if (problems.length > 0) throw errorOf(problems);
    return this.#kept!.file!;
  }
}

/** A down file with what is wrong with it; null where it cannot be read. */
interface ReadDown {
  readonly file: SqlFile | null;
  readonly problems: readonly Problem[];
}

/** A down file with what is wrong with it; what was not read before is not kept. */
export function readDown(down: SqlFile): ReadDown {
  return down instanceof DownFile ? down.read() : { file: down, problems: [] };
}

/** What is wrong with the down file of a revision; reads it, where it was not read yet. */
export function downProblems(revision: Revision | undefined): readonly Problem[] {
  return revision?.down instanceof DownFile ? revision.down.problems : [];
}
