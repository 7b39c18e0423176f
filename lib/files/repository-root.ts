import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The root of the git repository that a folder is in; the folder itself where it is in none. */
export function repositoryRoot(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, '.git'))) return dir;
    if (dirname(dir) === dir) return from;
  }
}
