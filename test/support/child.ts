import { spawnSync } from 'node:child_process';

/** How a process ended: by itself, with what it printed as JSON, or by a signal. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly json: unknown;
  readonly stderr: string;
}

export interface ChildOptions {
  /** What a shell does first, in the same process: `ulimit`, `mount`. */
  readonly before?: string;
  /** A program that starts the shell: `unshare -rm`. */
  readonly below?: readonly string[];
}

/** The address of a module of lib/, for an `import()` in a child's code. */
export function moduleUrl(path: string): string {
  return JSON.stringify(new URL(`../../lib/${path}`, import.meta.url).href);
}

/** Runs some code in a Node process of its own; its arguments begin at `process.argv[1]`. */
export function runChild(
  code: string,
  args: readonly string[],
  { before = ':', below = [] }: ChildOptions = {},
): Ended {
  const shell = ['sh', '-c', `${before} || exit 77; exec "$0" "$@"`];
  const node = [process.execPath, '--input-type=module', '-e', code];
  const [command = '', ...rest] = [...below, ...shell, ...node, ...args];
  const { status, signal, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
  const json = status === 0 && stdout !== '' ? JSON.parse(stdout) : undefined;
  return { status, signal, json, stderr };
}

/** A small disk of its own for a child, mounted where only that child sees it. */
export function smallDisk(dir: string): ChildOptions {
  return { before: `mount -t tmpfs -o size=64k tmpfs '${dir}'`, below: ['unshare', '-rm'] };
}

/** Whether this machine lets a process mount something that only it sees. */
export function canMount(): boolean {
  return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}
