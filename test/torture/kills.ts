import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Random, randomOf } from '../support/random.ts';
import { inTemp } from '../support/temp.ts';
import { type Found, inspect, type Shape, start, writeChain } from './project.ts';

export interface KillOptions extends Shape {
  readonly seed: number;
  /** SIGKILLs that have to hit a running program. */
  readonly kills: number;
  readonly journal: 'delete' | 'wal';
  /** Whether `sync` between two branches is among the commands. */
  readonly sync: boolean;
  /** More words for every command. */
  readonly flags: readonly string[];
}

export interface KillFigures {
  readonly kills: number;
  /** By command. */
  readonly upgrade: number;
  readonly downgrade: number;
  readonly sync: number;
  /** Kills behind which the ledger had grown: the program had begun to write. */
  readonly partWay: number;
  /** Kills that left a journal to roll back, or a WAL. */
  readonly leftovers: number;
  /** Kills that left an interrupted revision. */
  readonly interrupted: number;
  readonly seconds: number;
}

interface Move {
  readonly command: 'upgrade' | 'downgrade' | 'sync';
  readonly args: readonly string[];
  /** What is applied when it has run to its end. */
  readonly goal: readonly string[];
  readonly dir: 'a' | 'b';
}

/**
 * Kills the program at random moments, and looks each time whether schema and ledger agree,
 * whether the state is one that the command passes through, and whether the same command
 * then runs to its end.
 *
 * @throws Error for the first thing that does not fit, with the seed and the number of the kill.
 */
export function killCampaign(options: KillOptions): Promise<KillFigures> {
  return inTemp((dir) => campaignIn(dir, options));
}

async function campaignIn(dir: string, options: KillOptions): Promise<KillFigures> {
  const started = performance.now();
  const random = randomOf(options.seed);
  const fork = Math.floor(options.count / 2);
  const chains = {
    a: writeChain(join(dir, 'a'), options),
    b: writeChain(join(dir, 'b'), options, { branch: 'b', fork }),
  };
  const path = join(dir, 'app.db');
  using setUp = new DatabaseSync(path);
  setUp.exec(`PRAGMA journal_mode = ${options.journal}; CREATE TABLE other (x)`);
  setUp.close();

  const figures = {
    kills: 0,
    upgrade: 0,
    downgrade: 0,
    sync: 0,
    partWay: 0,
    leftovers: 0,
    interrupted: 0,
  };
  let here: 'a' | 'b' = 'a';
  let found: Found = { applied: [], interrupted: null, ups: new Map() };
  for (let round = 0; figures.kills < options.kills; round++) {
    const move = nextMove(random, chains, here, found.applied, options.sync);
    const before = found.applied;
    try {
      const isKilled = await killed(dir, move, options.flags, random);
      const hadLeftovers = ['-journal', '-wal'].some((end) => sizeOf(`${path}${end}`) > 0);
      found = await inspect(path);
      requireOnTheWay(before, found, move);
      if (isKilled) {
        figures.kills++;
        figures[move.command]++;
        if (hadLeftovers) figures.leftovers++;
        if (found.applied.length !== before.length || found.interrupted !== null) figures.partWay++;
        if (found.interrupted !== null) figures.interrupted++;
      }
      if (found.interrupted !== null) {
        await finish(dir, ['repair', found.interrupted, '--resume', '--dir', move.dir]);
      }
      await finish(dir, move.args);
      found = await inspect(path);
      requireSame(found.applied, move.goal);
    } catch (error) {
      throw new Error(
        `seed ${options.seed}, round ${round} (${options.journal}, ${move.args.join(' ')}): ${(error as Error).message}`,
      );
    }
    here = move.dir;
  }
  return { ...figures, seconds: (performance.now() - started) / 1000 };
}

function nextMove(
  random: Random,
  chains: Readonly<Record<'a' | 'b', readonly string[]>>,
  here: 'a' | 'b',
  applied: readonly string[],
  sync: boolean,
): Move {
  const chain = chains[here];
  if (sync && random.chance(0.4)) {
    const dir = here === 'a' ? 'b' : 'a';
    return { command: 'sync', args: ['sync', '--yes', '--dir', dir], goal: chains[dir], dir };
  }
  const isUp = applied.length === 0 || (applied.length < chain.length && random.chance(0.5));
  const length = isUp
    ? applied.length + 1 + random.int(chain.length - applied.length)
    : random.int(applied.length);
  const target = length === 0 ? 'base' : chain[length - 1]!;
  const command = isUp ? 'upgrade' : 'downgrade';
  return {
    command,
    args: [command, target, '--dir', here],
    goal: chain.slice(0, length),
    dir: here,
  };
}

/**
 * Runs a command and kills it, half of the times some moments behind its start, half behind
 * one of the revisions that it reports. False when it was done before.
 */
async function killed(
  cwd: string,
  { args }: Move,
  flags: readonly string[],
  random: Random,
): Promise<boolean> {
  let lines = random.chance(0.5) ? 1 + random.int(12) : Number.POSITIVE_INFINITY;
  const delay = random.int(4);
  const kill = () => void child.kill('SIGKILL');
  const { child, ended } = start(cwd, [...args, ...flags, '-d', 'app.db'], () => {
    if (--lines === 0) setTimeout(kill, delay);
  });
  const timer = setTimeout(kill, lines === Number.POSITIVE_INFINITY ? 50 + random.int(150) : 5000);
  const { status, signal, stderr } = await ended;
  clearTimeout(timer);
  if (signal !== 'SIGKILL' && status !== 0) throw new Error(`it ended with ${status}: ${stderr}`);
  return signal === 'SIGKILL';
}

async function finish(cwd: string, args: readonly string[]): Promise<void> {
  const { status, stderr } = await start(cwd, [...args, '-d', 'app.db']).ended;
  if (status !== 0) throw new Error(`\`${args.join(' ')}\` ended with ${status}: ${stderr}`);
}

/** `sync` is one transaction; the others pass through one state a revision. */
function requireOnTheWay(before: readonly string[], { applied }: Found, move: Move): void {
  const { command, goal } = move;
  const isEnd = sameList(applied, goal) || sameList(applied, before);
  if (command === 'sync' ? isEnd : isBetween(applied, before, goal)) return;
  throw new Error(`it stands at ${applied.at(-1) ?? 'base'}, which is not on its way`);
}

function isBetween(
  applied: readonly string[],
  before: readonly string[],
  goal: readonly string[],
): boolean {
  const [short, long] = before.length < goal.length ? [before, goal] : [goal, before];
  return (
    applied.length >= short.length &&
    applied.length <= long.length &&
    sameList(applied, long.slice(0, applied.length))
  );
}

function requireSame(applied: readonly string[], goal: readonly string[]): void {
  if (!sameList(applied, goal)) throw new Error(`it ended at ${applied.at(-1) ?? 'base'}`);
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}
