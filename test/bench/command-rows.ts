import { join } from 'node:path';
import { chain, randomDag, writeHistory } from './histories.ts';
import {
  atMostTimes,
  type Goal,
  medians,
  megabytes,
  milliseconds,
  peakMemory,
  type Row,
  thousands,
} from './measure.ts';
import { EMPTY, emptyScript, MIG, mig } from './programs.ts';

/** Ten years of a large team. */
export const LARGE = 10_000;

const ABOVE_START_MS = 250;
const MEMORY_BYTES = 120e6;

/** The whole program against Node alone. */
export function startRows(dir: string): readonly Row[] {
  writeHistory(dir, chain(100));
  const [empty, version, heads] = medians(41, [
    emptyScript(dir),
    mig(dir, ['--version']),
    mig(dir, ['heads']),
  ]);
  const row = (what: string, ms: number, most?: number): Row => ({
    what,
    value: milliseconds(ms),
    against: `${EMPTY}: ${milliseconds(empty!)}`,
    ratio: ms / empty!,
    ...(most === undefined ? {} : { goal: atMostTimes(most, ms / empty!) }),
  });
  return [row('mig --version', version!), row('mig heads, 100 revisions', heads!, 1.15)];
}

/** Everything that reads, with a long history. */
export function largeRows(dir: string): readonly Row[] {
  writeHistory(dir, randomDag(LARGE));
  mig(dir, ['stamp', 'heads', '-d', 'app.db']).run();
  const readers = [['heads'], ['history'], ['status', '-d', 'app.db']];
  const commands = [...readers, ['__complete', 'revisions']];
  const [empty, ...times] = medians(7, [
    emptyScript(dir),
    ...commands.map((args) => mig(dir, args)),
  ]);
  return [
    ...commands.map(([name], index) => ({
      what: `mig ${name}, ${thousands(LARGE)} revisions`,
      value: milliseconds(times[index]!),
      against: `${EMPTY}: ${milliseconds(empty!)}`,
      ratio: times[index]! / empty!,
      ...(index < readers.length ? { goal: aboveStart(times[index]! - empty!) } : {}),
    })),
    ...readers.map((args) => memoryRow(dir, args, `mig ${args[0]}, ${thousands(LARGE)} revisions`)),
  ];
}

/** The most memory that a command has at once; it ran before. */
export function memoryRow(dir: string, args: readonly string[], what: string): Row {
  emptyScript(dir);
  const peak = peakMemory(dir, MIG, args);
  const floor = peakMemory(dir, join(dir, 'empty.cjs'), []);
  return {
    what: `peak memory of ${what}`,
    value: megabytes(peak),
    against: `${EMPTY}: ${megabytes(floor)}`,
    ratio: peak / floor,
    goal: { text: `≤ ${megabytes(MEMORY_BYTES)}`, reached: peak <= MEMORY_BYTES },
  };
}

function aboveStart(ms: number): Goal {
  return {
    text: `${milliseconds(ms)} above start, ≤ ${milliseconds(ABOVE_START_MS)}`,
    reached: ms <= ABOVE_START_MS,
  };
}
