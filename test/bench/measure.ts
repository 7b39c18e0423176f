import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly value: string;
  /** What it is held against, and how many times as much it is. */
  readonly against?: string;
  readonly ratio?: number;
  readonly goal?: Goal;
}

/** What a figure is to be, and whether it is. */
export interface Goal {
  readonly text: string;
  readonly reached: boolean;
}

/** One time held against another, both in milliseconds. */
export function timeRow(what: string, ms: number, against: string, its: number): Row {
  return {
    what,
    value: milliseconds(ms),
    against: `${against}: ${milliseconds(its)}`,
    ratio: ms / its,
  };
}

export interface Contender {
  /** Put right before each run, not measured. */
  readonly prepare?: () => void;
  readonly run: () => void;
}

/** Milliseconds after which a contender was measured often enough. */
const ENOUGH = 20_000;

/**
 * The medians of some contenders in milliseconds, run in turn, so that noise meets all alike.
 * The quick ones, which noise hurts most, get all rounds.
 */
export function medians(times: number, contenders: readonly Contender[]): readonly number[] {
  const taken = contenders.map((): number[] => []);
  // The first round warms caches and compilers up, and does not count.
  for (let round = 0; round <= times; round++) {
    for (const [index, { prepare, run }] of contenders.entries()) {
      const before = taken[index]!;
      if (before.reduce((sum, each) => sum + each, 0) > ENOUGH) continue;
      prepare?.();
      const start = performance.now();
      run();
      if (round > 0) before.push(performance.now() - start);
    }
  }
  return taken.map(median);
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs a program to its end. @throws when it does not end with 0. */
export function execute(
  program: string,
  args: readonly string[],
  { cwd, input, env }: { cwd?: string; input?: string; env?: Record<string, string> } = {},
): void {
  const { status, error, stderr } = spawnSync(program, args, {
    // A pipe, as in a script: what goes to /dev/null is looked at as a terminal might be.
    stdio: 'pipe',
    maxBuffer: 2 ** 28,
    ...(cwd === undefined ? {} : { cwd }),
    ...(input === undefined ? {} : { input }),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`);
}

/** The most memory that a script of Node has at once, in bytes. */
export function peakMemory(dir: string, script: string, args: readonly string[]): number {
  const report = join(dir, 'max-rss');
  const hook = join(import.meta.dirname, 'max-rss.cjs');
  execute(process.execPath, ['--require', hook, script, ...args], {
    cwd: dir,
    env: { MAX_RSS_FILE: report },
  });
  const kibibytes = Number(readFileSync(report, 'utf8'));
  rmSync(report);
  return kibibytes * 1024;
}

/** What matters of the machine, and nothing that names it. */
export function machine(): string {
  return `${availableParallelism()} cores, Node ${process.versions.node}, SQLite ${process.versions.sqlite}, ${process.platform} ${process.arch}, load ${loadavg()[0]!.toFixed(1)} before`;
}

export function milliseconds(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** In millions of bytes. */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

/** Numbers as people read them: 10,000. */
export function thousands(number: number): string {
  return number.toLocaleString('en');
}

/** A goal for the ratio of a row. */
export function atMostTimes(most: number, ratio: number): Goal {
  return { text: `≤ ×${most}`, reached: ratio <= most };
}

export function rowsTable(rows: readonly Row[]): string {
  return table(
    ['what', 'median', 'against', 'ratio', 'goal'],
    rows.map(({ what, value, against = '', ratio, goal }) => [
      what,
      value,
      against,
      ratio === undefined ? '' : `×${ratio.toFixed(2)}`,
      goal === undefined ? '' : `${goal.text} ${goal.reached ? 'reached' : 'missed'}`,
    ]),
  );
}

/** A table in Markdown, aligned for those who read it as text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]!.length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |\n`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`;
  return `${line(head)}${rule}${rows.map(line).join('')}`;
}
