/**
 * How long things take, as ratios within one run: `node test/bench/run.ts [part of a group]…`.
 * With `--docs`, docs/benchmarks.md and its plot are written. Measures the built program.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine, rowsTable } from './measure.ts';
import { bringPeers, type Tools } from './peer-tools.ts';
import { ROOT } from './programs.ts';
import { type Measured, SECTIONS, type Section } from './sections.ts';

const HEAD = `# Benchmarks

<!-- Made by \`make bench-docs\`. -->

\`make bench\` measures, \`make bench-docs\` writes this page. Each time is a median; the two sides of a ratio ran in turn in one run, so believe the ratios more than the times. A goal that is not reached is marked as missed.
`;

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const writesDocs = process.argv.includes('--docs');
if (writesDocs && words.length > 0) {
  console.error('The page is written whole: --docs goes without the names of groups.');
  process.exit(2);
}
const isWanted = (name: string) => words.length === 0 || words.some((word) => name.includes(word));

// Asked before anything runs: the load that others make.
const about = machine();
const peersDir = mkdtempSync(join(tmpdir(), 'mig-bench-'));
try {
  let brought: Tools | null = null;
  const tools = () => {
    brought ??= bringPeers(peersDir);
    return brought;
  };
  const parts: string[] = [];
  const pictures: Record<string, string> = {};
  for (const section of SECTIONS) {
    const measured = await measure(section, tools);
    if (measured.length === 0) continue;
    parts.push(textOf(section, measured));
    for (const each of measured) Object.assign(pictures, each.pictures);
  }
  const page = [HEAD, `Measured with ${about}.${lacking(brought)}\n`, ...parts].join('\n');
  console.log(page);
  if (writesDocs) write({ ...pictures, 'benchmarks.md': page });
} finally {
  rmSync(peersDir, { recursive: true, force: true });
}

async function measure({ groups }: Section, tools: () => Tools): Promise<readonly Measured[]> {
  const all: Measured[] = [];
  for (const [name, group] of Object.entries(groups)) {
    if (!isWanted(name)) continue;
    console.error(`${name} …`);
    const measured = await group(tools);
    // A long run that is cut has told what it knows.
    console.error(rowsTable(measured.rows));
    all.push(measured);
  }
  return all;
}

function lacking(tools: Tools | null): string {
  const names = Object.entries(tools ?? {}).filter(([, tool]) => tool === null);
  if (names.length === 0) return '';
  return ` Left out, as it cannot be had there: ${names.map(([name]) => name).join(', ')}.`;
}

function textOf({ title, about: words }: Section, measured: readonly Measured[]): string {
  const rows = measured.flatMap((each) => each.rows);
  return [
    `## ${title}\n`,
    `${words}\n`,
    ...(rows.length === 0 ? [] : [rowsTable(rows)]),
    ...measured.flatMap(({ text }) => (text === undefined ? [] : [text])),
  ].join('\n');
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(ROOT, 'docs', path), text);
}
