import { inTemp } from '../support/temp.ts';
import { READING } from './bare.ts';
import { SQLITE3, sqlite3Floor } from './floor.ts';
import { ROWS, randomDag, writeHistory } from './histories.ts';
import {
  atMostTimes,
  type Contender,
  medians,
  milliseconds,
  type Row,
  table,
  thousands,
} from './measure.ts';
import type { Line } from './plot.ts';
import { EMPTY, emptyScript, fresh, HAS_SQLITE3, mig, removeDatabase } from './programs.ts';

/** From ten revisions to a hundred thousand; how often each is measured. */
const SIZES = [
  { size: 10, times: 15 },
  { size: 100, times: 15 },
  { size: 1_000, times: 9 },
  { size: 10_000, times: 5 },
  { size: 100_000, times: 3 },
] as const;

/** Linear, but for what the caches of any machine add. */
export const MOST_GROWTH = 1.25;

/** By the name of the line: the times of one size, in milliseconds. */
type Times = Readonly<Record<string, number>>;

export interface Growth {
  readonly rows: readonly Row[];
  readonly lines: readonly Line[];
}

/**
 * Each size has a folder of its own, which is removed before the next one is made: that of
 * 100,000 has 200,000 files.
 */
export async function measureGrowth(): Promise<Growth> {
  const taken: { readonly size: number; readonly times: Times }[] = [];
  for (const { size, times } of SIZES) {
    console.error(`growth, ${thousands(size)} …`);
    taken.push({ size, times: await inTemp((dir) => timesOf(dir, size, times)) });
  }
  const lines = Object.keys(taken[0]!.times).map((name) => ({
    name,
    isFloor: !name.startsWith('mig '),
    points: taken.map(({ size, times }) => ({ x: size, y: times[name]! })),
  }));
  return { rows: linearRows(lines), lines };
}

function timesOf(dir: string, size: number, times: number): Times {
  writeHistory(dir, randomDag(size), ROWS);
  const upgrade = mig(dir, ['upgrade', 'heads', '-d', 'app.db']);
  upgrade.run();
  const reading: Readonly<Record<string, Contender>> = {
    'mig heads': mig(dir, ['heads']),
    'mig history': mig(dir, ['history']),
    'mig status': mig(dir, ['status', '-d', 'app.db']),
    'mig upgrade, nothing to do': upgrade,
    [READING.name]: READING.contender(dir),
    [EMPTY]: emptyScript(dir),
  };
  const writing: Readonly<Record<string, Contender>> = {
    'mig upgrade, fresh': fresh(dir, upgrade),
    ...(HAS_SQLITE3 ? { [SQLITE3]: fresh(dir, sqlite3Floor(dir, size, ROWS)) } : {}),
  };
  const measured = { ...timed(times, reading), ...timed(size > 10_000 ? 1 : times, writing) };
  removeDatabase(dir);
  return measured;
}

function timed(times: number, contenders: Readonly<Record<string, Contender>>): Times {
  const taken = medians(times, Object.values(contenders));
  return Object.fromEntries(Object.keys(contenders).map((name, index) => [name, taken[index]!]));
}

/** What a revision costs above the start of Node with the most revisions, and with a tenth of them. */
function linearRows(lines: readonly Line[]): readonly Row[] {
  const start = lines.find(({ name }) => name === EMPTY)!;
  const costs = ({ points }: Line) =>
    points.slice(-2).map(({ x, y }, index) => ((y - start.points.at(index - 2)!.y) * 1000) / x);
  const growth = (line: Line) => costs(line)[1]! / costs(line)[0]!;
  const floor = growth(lines.find(({ name }) => name === READING.name)!);
  const [middle, most] = start.points.slice(-2).map(({ x }) => thousands(x));
  return lines
    .filter(({ isFloor }) => !isFloor)
    .map((line) => ({
      what: `a revision's cost in ${line.name}, ${most} revisions`,
      value: `${costs(line)[1]!.toFixed(1)} µs`,
      against: `with ${middle}: ${costs(line)[0]!.toFixed(1)} µs; for reading alone ×${floor.toFixed(2)}`,
      ratio: growth(line),
      goal: atMostTimes(MOST_GROWTH, growth(line)),
    }));
}

/** The points of the plot, as a table. */
export function growthTable(lines: readonly Line[]): string {
  return table(
    ['', ...lines[0]!.points.map(({ x }) => thousands(x))],
    lines.map(({ name, points }) => [name, ...points.map(({ y }) => milliseconds(y))]),
  );
}
