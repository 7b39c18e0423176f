import { MigError } from '../error.ts';
import { isSearched } from './source.ts';

const MOST_BYTES = 2 ** 30;

/** SQL files by their paths, relative to the folder that was asked for, with `/`. */
export type GitFiles = ReadonlyMap<string, Uint8Array>;

/**
 * The SQL files below a folder as a ref has them. Nothing is checked out.
 *
 * @param dir absolute, and there. @throws MigError `setting` when there is no such repository or ref.
 */
export function filesAt(ref: string, dir: string): GitFiles {
  const prefix = prefixOf(dir);
  return filesOf(commitOf(ref, dir), dir, prefix);
}

/**
 * The same as of the commit at which the current branch and a ref parted; none where they
 * never met. @throws MigError `setting` also where a shallow clone does not have that commit.
 */
export function mergeBaseFiles(ref: string, dir: string): GitFiles {
  const prefix = prefixOf(dir);
  const base = mergeBase(commitOf(ref, dir), dir);
  if (base !== null) return filesOf(base, dir, prefix);
  if (!isShallow(dir)) return new Map();
  throw new MigError({
    code: 'setting',
    message: `This clone is shallow, and git cannot see where HEAD and \`${ref}\` parted.`,
    hint: 'Fetch the rest: `git fetch --unshallow`. In CI, ask for it: `fetch-depth: 0` on GitHub, `GIT_DEPTH: 0` on GitLab.',
  });
}

function filesOf(commit: string, dir: string, prefix: string): GitFiles {
  const below = prefix === '' ? [] : ['--', prefix];
  const args = ['--literal-pathspecs', 'ls-tree', '-r', '-z', '--full-tree', commit, ...below];
  const entries = asked(dir, args)
    .toString('utf8')
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', , blob = ''] = line.slice(0, tab).split(' ');
      return { mode, blob, path: line.slice(tab + 1 + prefix.length) };
    })
    .filter(({ mode, path }) => FILE_MODE.test(mode) && path.endsWith('.sql') && isFound(path));
  return readBlobs(dir, entries);
}

/** No symbolic links, whose blob is a path, and no submodules. */
const FILE_MODE = /^100/;

/** Whether a file would be found on the disk, too. */
function isFound(path: string): boolean {
  return path.split('/').slice(0, -1).every(isSearched);
}

/** The path of the folder inside its repository, with a `/` at the end; '' for its root. */
function prefixOf(dir: string): string {
  try {
    return git(dir, ['rev-parse', '--show-prefix']).toString('utf8').replace(/\n$/, '');
  } catch (error) {
    if (!(error instanceof GitRefusal)) throw error;
    const isNone = /not a git repository/.test(error.message);
    throw new MigError({
      code: 'setting',
      message: isNone
        ? 'The migrations folder is in no git repository.'
        : `git does not read the repository of the migrations folder: ${error.message}`,
      hint: '`--against` compares with a commit of the repository that it is in.',
    });
  }
}

function commitOf(ref: string, dir: string): string {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`];
  const commit = answerOf(dir, args)?.toString('utf8').trim() ?? '';
  // `^main` is a revision to git, but no commit.
  if (/^[0-9a-f]+$/.test(commit)) return commit;
  throw new MigError({
    code: 'setting',
    message: `git knows no commit \`${ref}\` here.`,
    hint: 'In CI, fetch it first: `git fetch origin main`. A shallow clone has only its own.',
  });
}

function mergeBase(commit: string, dir: string): string | null {
  return answerOf(dir, ['merge-base', 'HEAD', commit])?.toString('utf8').trim() ?? null;
}

function isShallow(dir: string): boolean {
  const answer = answerOf(dir, ['rev-parse', '--is-shallow-repository']);
  return answer?.toString('utf8').trim() === 'true';
}

/** All of them with one process: `cat-file --batch` answers `<blob> blob <size>`, then the bytes. */
function readBlobs(
  dir: string,
  entries: readonly { readonly path: string; readonly blob: string }[],
): GitFiles {
  if (entries.length === 0) return new Map();
  const input = `${entries.map((entry) => entry.blob).join('\n')}\n`;
  const answer = asked(dir, ['cat-file', '--batch'], input);
  let at = 0;
  const files = new Map<string, Buffer>();
  for (const { path, blob } of entries) {
    const end = answer.indexOf(0x0a, at);
    const size = Number(answer.toString('utf8', at, end).split(' ')[2]);
    if (Number.isNaN(size)) throw gitFails(`it does not have the file ${path} (${blob})`);
    const bytes = answer.subarray(end + 1, end + 1 + size);
    at = end + 1 + size + 1;
    files.set(path, bytes);
  }
  return files;
}

/** @throws MigError `io` where git refuses. */
function asked(dir: string, args: readonly string[], input?: string): Buffer {
  try {
    return git(dir, args, input);
  } catch (error) {
    if (error instanceof GitRefusal) throw gitFails(error.message, error);
    throw error;
  }
}

/** Null where git refuses. */
function answerOf(dir: string, args: readonly string[]): Buffer | null {
  try {
    return git(dir, args);
  } catch (error) {
    if (error instanceof GitRefusal) return null;
    throw error;
  }
}

/**
 * What git tells the hooks that it starts about the repository it works in, by
 * `git rev-parse --local-env-vars`. With any of it set, git would not look for the repository
 * of the folder. The two that carry settings (`git -c`, `safe.directory` in CI) stay.
 */
const OF_A_REPOSITORY: readonly string[] = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
];

function environment(): NodeJS.ProcessEnv {
  const all = Object.entries(process.env);
  return Object.fromEntries(all.filter(([name]) => !OF_A_REPOSITORY.includes(name)));
}

/** git ended with another code than 0. The message is the first line that it said. */
class GitRefusal extends Error {}

/** @throws GitRefusal @throws MigError where there is no git */
function git(dir: string, args: readonly string[], input?: string): Buffer {
  // Not imported: it brings streams and sockets along, which cost every command milliseconds.
  const { execFileSync } = process.getBuiltinModule('node:child_process');
  try {
    return execFileSync('git', args, {
      cwd: dir,
      env: environment(),
      maxBuffer: MOST_BYTES,
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(input === undefined ? {} : { input }),
    });
  } catch (error) {
    const { code, status, stderr } = error as NodeJS.ErrnoException & {
      status?: number | null;
      stderr?: Buffer;
    };
    if (code === 'ENOENT') {
      throw new MigError({
        code: 'setting',
        message: 'There is no `git` to ask.',
        hint: 'Install git.',
      });
    }
    if (typeof status !== 'number') throw gitFails(`it did not run (${code})`, error);
    const [said = ''] = (stderr?.toString('utf8') ?? '').split('\n');
    throw new GitRefusal(said.replace(/^fatal: /, ''), { cause: error });
  }
}

function gitFails(why: string, cause?: unknown): MigError {
  return new MigError(
    { code: 'io', message: `git failed: ${why}` },
    cause === undefined ? {} : { cause },
  );
}
