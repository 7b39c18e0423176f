import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BUNDLE, hasProgram } from './program.ts';
import { copyDemo, copyTwoHeads, DEMO, filesOf } from './project.ts';
import { inTemp, writeTree } from './temp.ts';
import { withoutTimes } from './tour.ts';

/**
 * What a terminal shows, as text: the ```text blocks of docs/terminal.md that begin with
 * `$ mig`, in order. Unlike a tour's, these need a terminal, and somebody at its keys.
 */
interface Screen {
  readonly project: (dir: string) => void;
  /** As `tmux send-keys` names them. */
  readonly keys: readonly string[];
  /** On the screen once there is something to see. */
  readonly until: RegExp;
}

const SCREENS: readonly Screen[] = [
  { project: copyTwoHeads, keys: ['mig upgrade ', 'Tab'], until: /^1c7e/m },
  { project: copyTwoHeads, keys: ['mig merge --', 'Tab'], until: /^--verbose/m },
  { project: copySlow, keys: ['mig upgrade -d app.db', 'Enter'], until: /^4 of 6 .* s$/m },
  { project: copyTwoHeads, keys: ['mig revision -m Join', 'Enter'], until: /^A number/m },
];

const BLOCK = /^```text\n(\$ mig .*?)^```$/gms;

/** How high the terminal is. It is 80 columns wide. */
const ROWS = 50;
const PATIENCE_MS = 30_000;
const GLANCE_MS = 50;

/** Whether there is a terminal to look at here, and the shell that is shown. */
export const HAS_SCREEN = hasProgram('tmux', ['-V']) && hasProgram('zsh');

/** The Markdown with its screens as they are now, where they differ by more than time. */
export async function withScreens(markdown: string): Promise<string> {
  const shown: string[] = [];
  for (const screen of SCREENS) shown.push(await look(screen));
  return markdown.replace(BLOCK, (whole, block: string) => {
    const now = shown.shift();
    if (now === undefined) throw new Error(`Nobody knows what makes this screen:\n${block}`);
    return whole.replace(block, () => (withoutTimes(now) === withoutTimes(block) ? block : now));
  });
}

/** The demo, with revisions that take their time, so that each is committed by itself. */
function copySlow(dir: string): void {
  copyDemo(dir);
  for (const id of [DEMO.expire, DEMO.settings, DEMO.merge]) {
    const path = join(dir, 'migrations', filesOf(dir, id).at(-1)!);
    const slow = `CREATE TABLE counted_${id} AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 16000000) SELECT count(*) FROM n;`;
    writeFileSync(path, `${readFileSync(path, 'utf8')}\n${slow}\n`);
  }
}

function look({ project, keys, until }: Screen): Promise<string> {
  return inTemp(async (dir) => {
    project(dir);
    writeTree(dir, {
      'bin/mig': `#!/bin/sh\nexec '${process.execPath}' '${BUNDLE}' "$@"\n`,
      'rc/.zshrc': `PROMPT='$ '\nautoload -Uz compinit; compinit -u -D\nsource <(mig completion zsh)\n`,
    });
    chmodSync(join(dir, 'bin/mig'), 0o755);
    const tmux = (...args: readonly string[]) => {
      const { stdout, stderr, status } = spawnSync('tmux', ['-S', join(dir, 'tmux'), ...args], {
        cwd: dir,
        encoding: 'utf8',
        env: {
          PATH: `${join(dir, 'bin')}:${process.env.PATH}`,
          HOME: dir,
          ZDOTDIR: join(dir, 'rc'),
          LC_ALL: 'C.UTF-8',
        },
      });
      if (status !== 0) throw new Error(`tmux ${args[0]} ended with ${status}: ${stderr}`);
      return stdout;
    };
    tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', `${ROWS}`, 'zsh -d -i');
    try {
      const shown = () => tmux('capture-pane', '-p').trimEnd();
      await seen(shown, /^\$$/m);
      for (const key of keys) tmux('send-keys', key);
      const text = (await seen(shown, until)).replace(/ +$/gm, '');
      // The key that a terminal does not show.
      return `${keys.includes('Tab') ? text.replace(/^.*$/m, `$ ${keys[0]}<TAB>`) : text}\n`;
    } finally {
      tmux('kill-server');
    }
  });
}

/** What is shown once it has what is looked for, and stands still but for its clock. */
async function seen(shown: () => string, wanted: RegExp): Promise<string> {
  const end = performance.now() + PATIENCE_MS;
  for (let last = ''; performance.now() < end; ) {
    const now = shown();
    const still = withoutTimes(now);
    if (wanted.test(now) && still === last) return now;
    last = still;
    await sleep(GLANCE_MS);
  }
  throw new Error(`The screen never had ${wanted}:\n${shown()}`);
}
