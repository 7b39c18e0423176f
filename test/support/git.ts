import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { filesOf, type Pair } from './commands.ts';
import { hasProgram, skip } from './program.ts';
import { type Tree, writeTree } from './temp.ts';

/** Whether git is here; says so where it is not. */
export function hasGit(what: string): boolean {
  if (hasProgram('git')) return true;
  skip(what, 'there is no git');
  return false;
}

/** Nothing of the user's settings, and commits that are the same every time. */
const ENV = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@host',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@host',
};

/** A git repository in a folder. */
export class Repository {
  readonly dir: string;
  /** The folder that holds `migrations`, inside the repository. */
  readonly home: string;

  constructor(dir: string, home = '') {
    this.dir = dir;
    this.home = join(dir, home);
    mkdirSync(this.home, { recursive: true });
    this.git('init', '-q', '-b', 'main');
  }

  git(...args: readonly string[]): string {
    const env = { ...process.env, ...ENV };
    return execFileSync('git', args, {
      cwd: this.dir,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  write(tree: Tree): void {
    writeTree(this.home, tree);
  }

  remove(...paths: readonly string[]): void {
    for (const path of paths) rmSync(join(this.home, path), { recursive: true });
  }

  /** Writes revisions and commits everything there is. */
  commit(...pairs: readonly Pair[]): void {
    this.write({ 'migrations/.keep': '' });
    for (const pair of pairs) this.write(filesOf(pair));
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', 'x');
  }

  /** Goes to a new branch, from where another one is. */
  branch(name: string, from = 'HEAD'): void {
    this.git('checkout', '-q', '-b', name, from);
  }

  checkout(name: string): void {
    this.git('checkout', '-q', name);
  }

  /** What a command that only reads must leave as it was. */
  state(): string {
    const parts = [
      ['status', '--porcelain', '--ignored'],
      ['rev-parse', 'HEAD'],
      ['symbolic-ref', 'HEAD'],
      ['for-each-ref'],
      ['stash', 'list'],
      ['worktree', 'list'],
    ];
    return parts.map((args) => this.git(...args)).join('\n--\n');
  }
}
