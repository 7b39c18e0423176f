import { join } from 'node:path';
import { CHECKING_BOTH, READING } from './bare.ts';
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
  timeRow,
} from './measure.ts';
import { EMPTY, emptyScript, MIG, mig } from './programs.ts';

/** Ten years of a large team. */
export const LARGE = 10_000;

const ABOVE_START_MS = 250;
const MEMORY_BYTES = 120e6;

/** The whole program against Node alone. */
export function startRows(dir: string): readonly Row[] {
  writeHistory(dir, chain(100));
  const [empty, version, heads, reading] = medians(41, [
    emptyScript(dir),
    mig(dir, ['--version']),
    mig(dir, ['heads']),
    READING.contender(dir),
  ]);
  const what = 'mig heads, 100 revisions';
  return [
    timeRow('mig --version', version!, EMPTY, empty!),
    { ...timeRow(what, heads!, EMPTY, empty!), goal: atMostTimes(1.15, heads! / empty!) },
    timeRow(what, heads!, READING.name, reading!),
  ];
}

/** Everything that reads, with a long history. */
export function largeRows(dir: string): readonly Row[] {
  writeHistory(dir, randomDag(LARGE));
  mig(dir, ['stamp', 'heads', '-d', 'app.db']).run();
  const readers = [
    { args: ['heads'], bare: READING },
    { args: ['history'], bare: READING },
    { args: ['status', '-d', 'app.db'], bare: CHECKING_BOTH },
  ];
  const completes = ['__complete', 'revisions'];
  const [empty, complete, ...times] = medians(7, [
    emptyScript(dir),
    mig(dir, completes),
    ...readers.flatMap(({ args, bare }) => [mig(dir, args), bare.contender(dir)]),
  ]);
  const named = (args: readonly string[]) => `mig ${args[0]}, ${thousands(LARGE)} revisions`;
  return [
    ...readers.flatMap(({ args, bare }, index) => {
      const [own, least] = times.slice(2 * index);
      return [
        { ...timeRow(named(args), own!, EMPTY, empty!), goal: aboveStart(own! - empty!) },
        timeRow(named(args), own!, bare.name, least!),
      ];
    }),
    timeRow(named(completes), complete!, EMPTY, empty!),
    ...readers.map(({ args }) => memoryRow(dir, args, named(args))),
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
