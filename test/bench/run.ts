/**
 * How long things take, as ratios within one run: `node test/bench/run.ts [part of a row]…`.
 * With `--docs`, docs/benchmarks.md is written too. Measures the built program.
 */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildGraph } from '../../lib/graph/graph.ts';
import { compareIds } from '../../lib/graph/id.ts';
import { planUpgrade } from '../../lib/graph/plan.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { resolveTarget } from '../../lib/graph/target.ts';
import { inTemp } from '../support/temp.ts';
import { chain, randomDag, upSql, writeHistory } from './histories.ts';
import {
  type Contender,
  execute,
  machine,
  medians,
  milliseconds,
  peakMemory,
  type Row,
  table,
} from './measure.ts';

/** Ten years of a large team. */
const LARGE = 10_000;

const root = join(import.meta.dirname, '../..');
const mig = join(root, 'dist/mig.cjs');
const node = process.execPath;
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const hasSqlite3 = spawnSync('sqlite3', ['--version']).error === undefined;

const GROUPS: Readonly<Record<string, () => readonly Row[] | Promise<readonly Row[]>>> = {
  'graph of a chain': () => graphRows('chain', chain),
  'graph of a random DAG': () => graphRows('random DAG', randomDag),
  start: () => inTemp(startRows),
  'upgrade 10': () => inTemp((dir) => upgradeRows(dir, 10, 15)),
  'upgrade 1000': () => inTemp((dir) => upgradeRows(dir, 1_000, 7)),
  'large history': () => inTemp(largeRows),
};

const rows: Row[] = [];
for (const [name, measure] of Object.entries(GROUPS)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  console.error(`${name} …`);
  rows.push(...(await measure()));
}
const text = `Measured with ${machine()}.\n\n${table(rows)}`;
console.log(text);
if (process.argv.includes('--docs')) {
  const about = `# Benchmarks

\`make bench\` measures, \`make bench-docs\` writes this page. Each time is a median; the two
sides of a ratio ran in turn in one run, so believe the ratios more than the times.
`;
  writeFileSync(join(root, 'docs/benchmarks.md'), `${about}\n${text}`);
}

/**
 * Building, ordering and planning an upgrade from nothing, without files. The floor sorts
 * the same ids into a Map: caches and the collector make each id dearer there too, the more
 * there are, which tells the machine's part of the growth from the algorithm's.
 */
function graphRows(shape: string, make: (length: number) => readonly GraphNode[]): readonly Row[] {
  const sizes = [1_000, 10_000, 100_000];
  const costs = sizes.map((size) => {
    const nodes = make(size);
    const [all, floor] = medians(size > 10_000 ? 9 : 25, [
      { run: () => planAll(nodes) },
      { run: () => sortIntoMap(nodes) },
    ]);
    return { size, ms: all!, each: (all! * 1000) / size, floor: floor! };
  });
  const [, middle, large] = costs;
  return [
    ...costs.map(({ size, ms, each, floor }) => ({
      what: `graph, order and plan: ${shape} of ${size.toLocaleString('en')}`,
      value: `${milliseconds(ms)}, ${each.toFixed(2)} µs each`,
      against: 'its ids sorted into a Map',
      ratio: ms / floor,
    })),
    {
      what: `a revision's cost in a ${shape} of 100,000`,
      value: `${large!.each.toFixed(2)} µs`,
      against: `in one of 10,000; for the Map ×${(large!.floor / middle!.floor / 10).toFixed(2)}`,
      ratio: large!.each / middle!.each,
    },
  ];
}

function sortIntoMap(nodes: readonly GraphNode[]): void {
  const sorted = [...nodes].sort((a, b) => compareIds(a.id, b.id));
  if (new Map(sorted.map((node) => [node.id, node])).size !== nodes.length) throw new Error();
}

function planAll(nodes: readonly GraphNode[]): void {
  const { graph, problems } = buildGraph(nodes);
  const state = { applied: new Set<string>(), newestFirst: [] };
  const plan = planUpgrade({ files: graph, union: graph }, state, resolveTarget(graph, 'heads'));
  if (problems.length > 0 || plan.steps.length !== nodes.length) throw new Error('not all planned');
}

/** The whole program against Node alone. */
function startRows(dir: string): readonly Row[] {
  writeHistory(dir, chain(100));
  const [empty, ...others] = medians(41, [
    emptyScript(dir),
    program(dir, ['--version']),
    program(dir, ['heads']),
  ]);
  return ['mig --version', 'mig heads, 100 revisions'].map((what, index) => ({
    what,
    value: milliseconds(others[index]!),
    against: 'node, empty file',
    ratio: others[index]! / empty!,
  }));
}

/** From nothing to all, and again with nothing left to do. */
function upgradeRows(dir: string, size: number, times: number): readonly Row[] {
  const shown = size.toLocaleString('en');
  const revisions = chain(size);
  writeHistory(dir, revisions);
  const removeDatabase = () => rmSync(join(dir, 'app.db'), { force: true });
  const fresh = (contender: Contender) => ({ ...contender, prepare: removeDatabase });
  const upgrade = program(dir, ['upgrade', '-d', 'app.db']);
  const atomic = program(dir, ['upgrade', '-d', 'app.db', '--atomic']);
  const script = revisions.map((_, index) => upSql(index));
  const sqlite3 = (input: string): Contender => ({
    run: () => execute('sqlite3', ['-bail', 'app.db'], { cwd: dir, input }),
  });
  const together = sqlite3(`BEGIN;\n${script.join('')}COMMIT;\n`);
  const apart = sqlite3(script.map((each) => `BEGIN;\n${each}COMMIT;\n`).join(''));
  const contenders = hasSqlite3 ? [upgrade, atomic, together, apart] : [upgrade, atomic];
  const [each, all, floor, floorApart] = medians(times, contenders.map(fresh));

  removeDatabase();
  upgrade.run();
  const [empty, idle] = medians(times, [emptyScript(dir), upgrade]);
  const held = (ms: number, against: string, other: number | undefined) =>
    other === undefined ? {} : { against, ratio: ms / other };
  return [
    {
      what: `upgrade of ${shown}`,
      value: milliseconds(each!),
      ...held(each!, 'sqlite3, one transaction', floor),
    },
    {
      what: `upgrade of ${shown}`,
      value: milliseconds(each!),
      ...held(each!, 'sqlite3, a transaction each', floorApart),
    },
    {
      what: `upgrade --atomic of ${shown}`,
      value: milliseconds(all!),
      ...held(all!, 'sqlite3, one transaction', floor),
    },
    {
      what: `upgrade, ${shown} applied, nothing to do`,
      value: milliseconds(idle!),
      against: 'node, empty file',
      ratio: idle! / empty!,
    },
  ];
}

/** Everything that reads, with a long history. */
function largeRows(dir: string): readonly Row[] {
  const size = LARGE.toLocaleString('en');
  writeHistory(dir, randomDag(LARGE));
  program(dir, ['stamp', 'heads', '-d', 'app.db']).run();
  const commands = [
    ['heads'],
    ['history'],
    ['status', '-d', 'app.db'],
    ['__complete', 'revisions'],
  ];
  const [empty, ...times] = medians(7, [
    emptyScript(dir),
    ...commands.map((args) => program(dir, args)),
  ]);
  const floor = peakMemory(dir, join(dir, 'empty.cjs'), []);
  return [
    ...commands.map(([name], index) => ({
      what: `mig ${name}, ${size} revisions`,
      value: milliseconds(times[index]!),
      against: 'node, empty file',
      ratio: times[index]! / empty!,
    })),
    ...commands.slice(0, 3).map((args) => {
      const peak = peakMemory(dir, mig, args);
      return {
        what: `peak memory of mig ${args[0]}, ${size} revisions`,
        value: `${Math.round(peak)} MiB`,
        against: `node, empty file: ${Math.round(floor)} MiB`,
        ratio: peak / floor,
      };
    }),
  ];
}

function program(dir: string, args: readonly string[]): Contender {
  return { run: () => execute(node, [mig, ...args], { cwd: dir }) };
}

function emptyScript(dir: string): Contender {
  const path = join(dir, 'empty.cjs');
  writeFileSync(path, '');
  return { run: () => execute(node, [path], { cwd: dir }) };
}
