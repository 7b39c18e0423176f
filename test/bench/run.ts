/**
 * How long things take, as ratios within one run: `node test/bench/run.ts [part of a row]…`.
 * With `--docs`, docs/benchmarks.md is written too. Measures the built program.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildGraph } from '../../lib/graph/graph.ts';
import { compareIds } from '../../lib/graph/id.ts';
import { planUpgrade } from '../../lib/graph/plan.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { resolveTarget } from '../../lib/graph/target.ts';
import { inTemp } from '../support/temp.ts';
import { chain, randomDag, writeHistory } from './histories.ts';
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
import { floorScript, installPeers, peersFor } from './peers.ts';

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
  'upgrade 10': () => inTemp((dir) => upgradeRows(dir, 10, 9)),
  'upgrade 1000': () => inTemp((dir) => upgradeRows(dir, 1_000, 3)),
  'upgrade of very many': () => inTemp((dir) => upgradeRows(dir, LARGE, 1)),
  'large history': () => inTemp(largeRows),
};

const peersDir = mkdtempSync(join(tmpdir(), 'mig-bench-'));
if (wanted.length === 0 || wanted.some((part) => part.startsWith('upgrade')))
  installPeers(peersDir);
// Asked before anything runs: the load that others make.
const about = machine();
const rows: Row[] = [];
for (const [name, measure] of Object.entries(GROUPS)) {
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  console.error(`${name} …`);
  const measured = await measure();
  // A long run that is cut has told what it knows.
  console.error(table(measured));
  rows.push(...measured);
}
rmSync(peersDir, { recursive: true, force: true });
const text = `Measured with ${about}.\n\n${table(rows)}`;
console.log(text);
if (process.argv.includes('--docs')) {
  const head = `# Benchmarks

\`make bench\` measures, \`make bench-docs\` writes this page. Each time is a median; the two
sides of a ratio ran in turn in one run, so believe the ratios more than the times. A goal
that is not reached is marked as missed.
`;
  writeFileSync(join(root, 'docs/benchmarks.md'), `${head}\n${text}`);
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
    ...(index === 1 ? { goal: 1.15 } : {}),
  }));
}

/** From nothing to all, beside the floor and the peers; and again with nothing left to do. */
function upgradeRows(dir: string, size: number, times: number): readonly Row[] {
  const shown = size.toLocaleString('en');
  writeHistory(dir, chain(size));
  const removeDatabase = () => rmSync(join(dir, 'app.db'), { force: true });
  const fresh = (contender: Contender) => ({ ...contender, prepare: removeDatabase });
  const upgrade = program(dir, ['upgrade', '-d', 'app.db']);
  const apart = program(dir, ['upgrade', '-d', 'app.db', '--no-group']);
  removeDatabase();
  upgrade.run();
  const [empty, idle] = medians(times, [emptyScript(dir), upgrade]);
  const script = floorScript(join(dir, 'app.db'), size);
  const floor = {
    name: 'sqlite3, one transaction',
    run: () => execute('sqlite3', ['-bail', 'app.db'], { cwd: dir, input: script }),
  };
  const isLarge = size >= LARGE;
  const peers = isLarge ? [] : peersFor(peersDir, dir, size);
  const others = [
    ...(hasSqlite3 ? [floor] : []),
    ...(isLarge ? [] : [{ name: 'mig upgrade --no-group', run: apart.run }]),
    ...peers.map(({ name, version, upgrade: run }) => ({ name: `${name} ${version}`, run })),
  ];
  const [own, ...theirs] = medians(times, [upgrade, ...others].map(fresh));
  const goals: Readonly<Record<string, number>> = {
    [floor.name]: size === 1_000 ? 1.5 : size === LARGE ? 1.2 : Number.NaN,
    ...Object.fromEntries(
      peers.map(({ name, version }) => [
        `${name} ${version}`,
        name === 'dbmate' && size === 1_000 ? 0.2 : 1,
      ]),
    ),
  };
  return [
    ...others.map(({ name }, index) => ({
      what: `fresh upgrade of ${shown}`,
      value: milliseconds(own!),
      against: `${name}: ${milliseconds(theirs[index]!)}`,
      ratio: own! / theirs[index]!,
      ...(goals[name] ? { goal: goals[name] } : {}),
    })),
    {
      what: `upgrade, ${shown} applied, nothing to do`,
      value: milliseconds(idle!),
      against: `node, empty file: ${milliseconds(empty!)}`,
      ratio: idle! / empty!,
      ...(size === 1_000 ? { goal: 2 } : {}),
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
