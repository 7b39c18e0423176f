import { execFileSync } from 'node:child_process';
import { MigError } from '../error.ts';

const MOST_BYTES = 2 ** 30;

/** SQL files by their paths, relative to the folder that was asked for, with `/`. */
export type GitFiles = ReadonlyMap<string, Buffer>;

/**
 * The SQL files below a folder as a ref has them. Nothing is checked out.
 *
 * @param dir absolute. @throws MigError `setting` when there is no such repository or ref.
 */
export function filesAt(ref: string, dir: string): GitFiles {
  return filesOf(commitOf(ref, dir), dir, ref);
}

/** The same as of the commit at which the current branch and a ref parted; none where they never met. */
export function mergeBaseFiles(ref: string, dir: string): GitFiles {
  try {
    const base = git(dir, ['merge-base', 'HEAD', commitOf(ref, dir)], null)
      .toString('utf8')
      .trim();
    return filesOf(base, dir, ref);
  } catch (error) {
    if (error instanceof MigError) throw error;
    return new Map();
  }
}

function filesOf(commit: string, dir: string, ref: string): GitFiles {
  const listing = git(
    dir,
    ['ls-tree', '-r', '-z', '--full-tree', `${commit}:${prefixOf(dir)}`],
    ref,
  );
  const entries = listing
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [about = '', path = ''] = line.split('\t');
      return { path, blob: about.split(' ')[2] ?? '', kind: about.split(' ')[1] };
    })
    .filter((entry) => entry.kind === 'blob' && entry.path.endsWith('.sql'));
  return readBlobs(dir, entries, ref);
}

/** The path of the folder inside its repository, without a `/` at the end; '' for its root. */
function prefixOf(dir: string): string {
  return git(dir, ['rev-parse', '--show-prefix'], null).toString('utf8').trim().replace(/\/$/, '');
}

function commitOf(ref: string, dir: string): string {
  try {
    return git(
      dir,
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`],
      null,
    )
      .toString('utf8')
      .trim();
  } catch (error) {
    if (error instanceof MigError) throw error;
    throw new MigError({
      code: 'setting',
      message: `git knows no commit \`${ref}\` here.`,
      hint: 'In CI, fetch it first: `git fetch origin main`. A shallow clone has only its own.',
    });
  }
}

/** All of them with one process: `cat-file --batch` answers `<blob> blob <size>`, then the bytes. */
function readBlobs(
  dir: string,
  entries: readonly { readonly path: string; readonly blob: string }[],
  ref: string,
): GitFiles {
  if (entries.length === 0) return new Map();
  const asked = `${entries.map((entry) => entry.blob).join('\n')}\n`;
  const answer = git(dir, ['cat-file', '--batch'], ref, asked);
  let at = 0;
  const files = new Map<string, Buffer>();
  for (const { path } of entries) {
    const end = answer.indexOf(0x0a, at);
    const size = Number(answer.toString('utf8', at, end).split(' ')[2]);
    const bytes = answer.subarray(end + 1, end + 1 + size);
    at = end + 1 + size + 1;
    files.set(path, bytes);
  }
  return files;
}

/** @param ref for the message; null where the caller has a better one. */
function git(dir: string, args: readonly string[], ref: string | null, input?: string): Buffer {
  try {
    return execFileSync('git', args, {
      cwd: dir,
      maxBuffer: MOST_BYTES,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    if (code === 'ENOENT') {
      throw new MigError({
        code: 'setting',
        message: 'There is no `git` to ask.',
        hint: 'Install git.',
      });
    }
    const said = stderr?.toString('utf8').trim() ?? '';
    if (/not a git repository/.test(said)) {
      throw new MigError({
        code: 'setting',
        message: 'The migrations folder is in no git repository.',
        hint: '`--against` compares with a commit of the repository that it is in.',
      });
    }
    if (/Not a valid object name|does not exist|exists on disk/.test(said) && ref !== null) {
      return Buffer.alloc(0);
    }
    if (ref === null) throw error;
    throw new MigError(
      { code: 'io', message: `git failed: ${said.split('\n')[0]}` },
      { cause: error },
    );
  }
}
