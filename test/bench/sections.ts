import { inTemp } from '../support/temp.ts';
import { LARGE, largeRows, startRows } from './command-rows.ts';
import { graphRows } from './graph-rows.ts';
import { growthTable, MOST_GROWTH, measureGrowth } from './growth.ts';
import { chain, randomDag } from './histories.ts';
import { milliseconds, type Row, thousands } from './measure.ts';
import { packageContents } from './package-contents.ts';
import type { Tools } from './peer-tools.ts';
import { plotSvg } from './plot.ts';
import { upgradeRows } from './upgrade-rows.ts';

/** A part of the page. */
export interface Section {
  readonly title: string;
  readonly about: string;
  readonly groups: Readonly<Record<string, Measure>>;
}

/** Measures something; the peers are brought once somebody asks for them. */
export type Measure = (tools: () => Tools) => Measured | Promise<Measured>;

export interface Measured {
  readonly rows: readonly Row[];
  /** Markdown to follow the table of the rows. */
  readonly text?: string;
  /** Pictures by their path below docs/. */
  readonly pictures?: Readonly<Record<string, string>>;
}

export const SECTIONS: readonly Section[] = [
  {
    title: 'Start',
    about:
      'The whole program, as a shell starts it, beside Node with nothing to do, and beside a script of a few lines that only reads what the command has to read: that much is the least that there is to reach.',
    groups: { start: async () => ({ rows: await inTemp(startRows) }) },
  },
  {
    title: 'Upgrade',
    about:
      'Each revision makes a table and an index, and writes two rows. Every tool has the same statements in its own form; its time is from no database to all of them applied, start of the program included. The floor is the sqlite3 program on one script that leaves the same database, ledger and all. SQLite looks through the whole schema for each new table, so that very many tables grow dear for everybody.',
    groups: {
      'upgrade 10': upgrade(10, 15),
      'upgrade 1000': upgrade(1_000, 11),
      'upgrade of very many': upgrade(LARGE, 3),
    },
  },
  {
    title: 'A long history',
    about: `What reads, with ${thousands(LARGE)} revisions as a team makes them: several lines, forks and merges. A MB is a million bytes.`,
    groups: { 'large history': async () => ({ rows: await inTemp(largeRows) }) },
  },
  {
    title: 'Growth',
    about: `From 10 revisions to 100,000, in a history with forks and merges; each revision writes two rows into one table. Linear is here: with ten times as many, each costs at most ×${MOST_GROWTH}.`,
    groups: { growth },
  },
  {
    title: 'The graph alone',
    about: 'Building the graph, ordering it, and planning an upgrade from nothing, without files.',
    groups: {
      'graph of a chain': () => ({ rows: graphRows('chain', chain) }),
      'graph of a random DAG': () => ({ rows: graphRows('random DAG', randomDag) }),
    },
  },
  {
    title: 'The package',
    about: 'What `npm i -D mig-sql` brings; it depends on nothing. A kB is a thousand bytes.',
    groups: { package: () => ({ rows: [], text: packageContents() }) },
  },
];

function upgrade(size: number, times: number): Measure {
  return async (tools) => ({
    rows: await inTemp((dir) => upgradeRows(dir, { size, times, tools })),
  });
}

async function growth(): Promise<Measured> {
  const { rows, lines } = await measureGrowth();
  const title = 'How long commands take, by the number of revisions';
  const plot = plotSvg({
    title,
    lines,
    x: { name: 'revisions', shown: thousands, tick: thousands },
    y: { name: 'time', shown: milliseconds, tick: wholeTime },
  });
  return {
    rows,
    text: `![${title}](img/growth.svg)\n\n${growthTable(lines)}`,
    pictures: { 'img/growth.svg': plot },
  };
}

/** 1 ms, 10 ms, …, 1 s, 10 s, … */
function wholeTime(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}
