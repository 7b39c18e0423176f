import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { randomOf } from '../support/random.ts';
import { inTemp } from '../support/temp.ts';
import { inspect, start, writeChain } from './project.ts';

export interface CrowdOptions {
  readonly seed: number;
  readonly processes: number;
  readonly revisions: number;
  readonly journal: 'delete' | 'wal';
  /** Every so many milliseconds one is killed, and another takes its place; 0 for none. */
  readonly killEveryMs: number;
  /** At most so many are killed. */
  readonly mostKills: number;
  /** More words for the command; each process has the next of them. */
  readonly flags: readonly (readonly string[])[];
}

export interface CrowdFigures {
  readonly processes: number;
  readonly kills: number;
  /** Rows that somebody else wrote meanwhile. */
  readonly written: number;
  readonly seconds: number;
}

/** Writes one row after the other, until its input ends; then tells how many. */
const WRITER = `
  import { DatabaseSync } from 'node:sqlite';
  const db = new DatabaseSync(process.argv[1], { timeout: 60_000 });
  const insert = db.prepare('INSERT INTO other VALUES (1)');
  let written = 0;
  let isOver = false;
  process.stdin.on('end', () => (isOver = true)).resume();
  const next = () => {
    if (isOver) return void console.log(written);
    insert.run();
    written++;
    setTimeout(next, 1);
  };
  next();
`;

/**
 * Many processes that upgrade one database at once, and somebody else who writes to it.
 *
 * @throws Error unless every revision was applied once and all that were left alone end with 0.
 */
export function crowd(options: CrowdOptions): Promise<CrowdFigures> {
  return inTemp((dir) => crowdIn(dir, options));
}

async function crowdIn(dir: string, options: CrowdOptions): Promise<CrowdFigures> {
  const started = performance.now();
  const { processes, revisions, journal, killEveryMs, mostKills } = options;
  const shape = { count: revisions, largeEvery: 25, stepwiseEvery: 0 };
  const ids = writeChain(join(dir, 'migrations'), shape);
  const path = join(dir, 'app.db');
  using setUp = new DatabaseSync(path);
  setUp.exec(`PRAGMA journal_mode = ${journal}; CREATE TABLE other (x)`);
  setUp.close();

  const writer = startWriter(path);
  const random = randomOf(options.seed);
  const alive = new Map<number, () => void>();
  const wrong: string[] = [];
  let kills = 0;
  let launched = 0;
  const launch = async (): Promise<void> => {
    const flags = options.flags[launched++ % options.flags.length]!;
    const words = ['upgrade', '-d', 'app.db', '--lock-timeout', '120s', ...flags];
    const { child, ended } = start(dir, words);
    alive.set(child.pid!, () => child.kill('SIGKILL'));
    const { status, signal, stderr } = await ended;
    alive.delete(child.pid!);
    if (signal === 'SIGKILL') return launch();
    if (status !== 0) wrong.push(`${status}: ${stderr}`);
  };
  const all = Array.from({ length: processes }, launch);
  const timer =
    killEveryMs === 0
      ? undefined
      : setInterval(() => {
          if (alive.size === 0 || kills >= mostKills) return;
          kills++;
          random.pick([...alive.values()])();
        }, killEveryMs);
  await Promise.all(all);
  clearInterval(timer);
  const written = await writer.end();

  if (wrong.length > 0) throw new Error(`${wrong.length} ended with an error: ${wrong[0]}`);
  const { applied, ups } = await inspect(path);
  const twice = ids.filter((id) => ups.get(id) !== 1);
  if (twice.length > 0) throw new Error(`not applied once: ${twice.join(' ')}`);
  if (applied.join() !== ids.join()) throw new Error('applied in another order');
  if (rowsIn(path) !== written)
    throw new Error(`the writer lost rows: ${rowsIn(path)} of ${written}`);
  return { processes, kills, written, seconds: (performance.now() - started) / 1000 };
}

function startWriter(path: string): { readonly end: () => Promise<number> } {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    end: async () => {
      child.stdin.end();
      const status = await ended;
      if (status !== 0) throw new Error(`the writer ended with ${status}`);
      return Number(output);
    },
  };
}

function rowsIn(path: string): number {
  using db = new DatabaseSync(path);
  return Number(db.prepare('SELECT count(*) AS n FROM other').get()?.n);
}
