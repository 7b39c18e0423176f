import { type Dirent, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../error.ts';
import { compareIds } from '../graph/id.ts';
import { type Decoded, decode } from './decode.ts';
import { shownPath } from './names.ts';

/** Where the files of a folder come from: the disk, or a commit. */
export interface FolderSource {
  /** Relative to the folder, with `/`, in byte order: nothing depends on the disk's order. */
  readonly paths: () => readonly string[];
  /** @param file as it goes into messages. @throws what reading throws */
  readonly read: (path: string, file: string) => Decoded;
}

/** The folder on the disk. `paths` throws MigError where it cannot be read. */
export function onDisk(
  dir: string,
  shown: string,
): FolderSource & { readonly bytes: (path: string) => Uint8Array } {
  return {
    paths: () => listFiles(dir, shown),
    read: (path, file) => readText(`${dir}/${path}`, file),
    bytes: (path) => readFileSync(`${dir}/${path}`),
  };
}

/** Files that were read before, by their paths. */
export function inMemory(files: ReadonlyMap<string, Uint8Array>): FolderSource {
  return {
    paths: () => [...files.keys()].sort(compareIds),
    read: (path, file) => decode(files.get(path)!, file),
  };
}

function listFiles(dir: string, shown: string): readonly string[] {
  const found: string[] = [];
  const visit = (below: string) => {
    for (const entry of readEntries(
      join(dir, below),
      below === '' ? shown : shownPath(shown, below),
    )) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (!entry.isDirectory()) found.push(path);
      else if (isSearched(entry.name)) visit(path);
    }
  };
  visit('');
  return found.sort(compareIds);
}

/** Whether revisions are looked for in a folder of this name. */
export function isSearched(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

function readEntries(dir: string, shown: string): readonly Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') {
      throw new MigError({
        code: 'setting',
        message: `There is no folder ${shown}.`,
        hint: `${/^[\w.-][\w./-]*$/.test(shown) ? `\`mig init ${shown}\`` : '`mig init DIR`'} makes it; \`--dir\` names another.`,
        file: shown,
      });
    }
    throw new MigError(
      {
        code: code === 'ENOTDIR' ? 'setting' : 'io',
        message:
          code === 'ENOTDIR'
            ? `${shown} is a file, not a folder.`
            : `The folder ${shown} cannot be read (${code}).`,
        hint:
          code === 'ENOTDIR' ? '`--dir` names the migrations folder.' : 'Look at its permissions.',
        file: shown,
      },
      { cause: error },
    );
  }
}

/** Node reads a file as text faster than as bytes; only where something is odd do those count. */
function readText(path: string, file: string): Decoded {
  const text = readFileSync(path, 'utf8');
  const isOdd = text.includes('\0') || text.includes('\uFFFD');
  return isOdd ? decode(readFileSync(path), file) : { text };
}
