import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Hands over a new empty folder, and removes it afterwards with everything in it. */
export async function inTemp<T>(use: (dir: string) => T | Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'mig-test-'));
  // Whoever `withoutRoot` turns into has to get through it.
  chmodSync(dir, 0o755);
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Files by their path below a folder; the folders between are made. */
export type Tree = Readonly<Record<string, string | Uint8Array>>;

export function writeTree(dir: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

const NOBODY = 65534;

/** Does something as a user whom permission bits bind: they do not bind root. */
export async function withoutRoot<T>(action: () => T | Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid!(NOBODY);
  try {
    return await action();
  } finally {
    process.seteuid!(0);
  }
}

/** What an action throws, as an instance of the expected class. */
export async function thrownBy<E extends Error>(
  kind: abstract new (...args: never[]) => E,
  action: () => unknown,
): Promise<E> {
  try {
    await action();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`it should have thrown a ${kind.name}`);
}
