import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IS_EXECUTABLE, PROGRAM } from './program.ts';

/**
 * The tour of the README: its ```console blocks, run for real. A block is what a terminal
 * shows: `$ command`, then the output. All blocks are one session of one shell, in order.
 */
export interface TourStep {
  readonly command: string;
  /** With its line end; empty where nothing is printed. */
  readonly output: string;
}

/** A step as it went. */
export interface PlayedStep extends TourStep {
  readonly status: number;
}

/** The pages with such blocks; each is a session of its own. */
export const TOUR_PAGES = [
  'README.md',
  'docs/start.md',
  'docs/concepts.md',
  'docs/terminal.md',
  'docs/testing.md',
] as const;

const BLOCK = /^```console\n(.*?)^```$/gms;

export function tourOf(markdown: string): readonly TourStep[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, block = '']) => stepsOf(block));
}

function stepsOf(block: string): readonly TourStep[] {
  if (!block.startsWith('$ ')) throw new Error(`A console block begins with a command:\n${block}`);
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const end = step.indexOf('\n');
      return { command: step.slice(0, end), output: step.slice(end + 1) };
    });
}

/** Runs the steps in a folder; a `bin` folder with `mig` is made beside it. */
export function play(steps: readonly TourStep[], dir: string): readonly PlayedStep[] {
  if (!existsSync(PROGRAM)) throw new Error(`There is no ${PROGRAM}: \`make build\` makes it.`);
  const bin = join(dir, 'bin');
  const home = join(dir, 'tour');
  mkdirSync(bin);
  mkdirSync(home);
  const line = IS_EXECUTABLE ? `'${PROGRAM}'` : `'${process.execPath}' '${PROGRAM}'`;
  writeFileSync(join(bin, 'mig'), `#!/bin/sh\nexec ${line} "$@"\n`);
  chmodSync(join(bin, 'mig'), 0o755);
  const script = steps.map(
    ({ command }) => `${command}\nstatus=$?; printf '\\036%s\\036' $status; (exit $status)`,
  );
  const shown = execFileSync('sh', ['-c', ['exec 2>&1', ...script, 'exit 0'].join('\n')], {
    cwd: home,
    encoding: 'utf8',
    // Nothing of this shell: its settings for mig, its colours.
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: home, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const parts = shown.split('\u001e');
  return steps.map(({ command }, index) => ({
    command,
    output: parts[2 * index] ?? '',
    status: Number(parts[2 * index + 1]),
  }));
}

/**
 * The one thing that differs between two runs is time, so a time is compared by its form: a
 * duration at the end of a line (`  3 ms`), and a moment (`2026-11-22T15:06:00Z`).
 */
export function withoutTimes(text: string): string {
  return text
    .replace(/ {2}(?:<1 ms|\d+ ms|\d+\.\d s|\d+ min \d+ s)$/gm, '  <1 ms')
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-11-22T15:06:00Z');
}

/** The Markdown with the outputs of a tour in place of its own, where they differ by more than time. */
export function withOutputs(markdown: string, played: readonly PlayedStep[]): string {
  const left = [...played];
  return markdown.replace(BLOCK, (whole, block: string) => {
    const steps = stepsOf(block).map(({ command, output }) => {
      const now = left.shift()?.output ?? '';
      return `$ ${command}\n${withoutTimes(now) === withoutTimes(output) ? output : now}`;
    });
    return whole.replace(block, () => steps.join(''));
  });
}
