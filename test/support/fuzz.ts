import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GLOBAL_OPTIONS } from '../../lib/cli/command-table.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { EXIT_OF } from '../../lib/error.ts';
import type { Ran } from './program.ts';
import { copyDemo, DEMO, filesBelow } from './project.ts';
import { type Random, randomOf } from './random.ts';
import { mig } from './terminal.ts';

/**
 * Trials that must end well: garbage and almost good input, by the program inside this
 * process. Whatever is typed or stands in a file, mig answers with a sentence and one of
 * its exit codes, in time; what is certainly wrong never ends with 0; and where it says
 * that it failed, files and database are as they were.
 */
export interface Trial {
  readonly seed: number;
  readonly kind: Kind;
  /** What is wrong with how mig took it; null when nothing is. */
  readonly complaint: string | null;
  /** What was tried, as something that can be pasted. */
  readonly input: string;
}

const KINDS = ['bytes', 'mutated file', 'arguments', 'mutated line'] as const;
export type Kind = (typeof KINDS)[number];

/** Milliseconds that a trial may take; a defect here takes seconds or for ever. */
const TIME_LIMIT_MS = 2000;
const FOLDER = 'migrations';

/** Runs one trial in a folder that `prepare` made. The kinds take turns. */
export async function trial(dir: string, seed: number): Promise<Trial> {
  const random = randomOf(seed);
  const kind = KINDS[seed % KINDS.length]!;
  const isOfFiles = kind === 'bytes' || kind === 'mutated file';
  const { input, complaint } = await (isOfFiles
    ? fileTrial(dir, random, kind)
    : lineTrial(dir, random, kind));
  return { seed, kind, input, complaint };
}

/** A folder to run trials in: the demo, applied up to its merge. */
export async function prepare(dir: string): Promise<void> {
  copyDemo(dir);
  mkdirSync(join(dir, '.git'));
  const { status } = await mig(dir, ['upgrade', DEMO.merge, '-d', 'app.db']);
  if (status !== 0) throw new Error('the demo cannot be applied');
}

type Result = Pick<Trial, 'input' | 'complaint'>;

// Files

async function fileTrial(dir: string, random: Random, kind: Kind): Promise<Result> {
  const names = readdirSync(join(dir, FOLDER));
  const name = random.chance(0.2) ? 'f0f0_new.up.sql' : random.pick(names);
  const path = join(dir, FOLDER, name);
  const before = names.includes(name) ? readFileSync(path) : null;
  const bytes = kind === 'bytes' ? randomBytes(random) : mutated(random, before ?? SAMPLE);
  writeFileSync(path, bytes);
  try {
    const args = random.pick(READERS);
    const tree = filesBelow(dir);
    const { ran, late } = await timed(() => mig(dir, args));
    const input = `${args.join(' ')} with ${name}: ${JSON.stringify(bytes.toString('latin1'))}`;
    return {
      input,
      complaint: late ?? fault(ran) ?? garbageTaken(name, bytes, args, ran) ?? changed(tree, dir),
    };
  } finally {
    if (before === null) rmSync(path);
    else writeFileSync(path, before);
  }
}

/** What only reads files, so that nothing may change whatever stands in them. */
const READERS: readonly (readonly string[])[] = [
  ['check'],
  ['check', '--json'],
  ['heads'],
  ['history', '--json'],
  ['show', 'heads'],
  ['status', '-d', 'app.db'],
  ['upgrade', 'heads', '--dry-run', '-d', 'app.db'],
  ['upgrade', 'heads', '--sql'],
  ['downgrade', 'base', '--dry-run', '-d', 'app.db'],
];

/**
 * Certainly wrong: a file that is not UTF-8 or has a NUL, or an up file that does not begin
 * with the fence of a header. (A command may stop earlier, over something else; but not at 0.)
 */
function garbageTaken(
  name: string,
  bytes: Buffer,
  args: readonly string[],
  ran: Ran,
): string | null {
  if (ran.status !== 0) return null;
  const isUp = name.endsWith('.up.sql');
  // Other commands read the down files that they need.
  if (!isUp && args[0] !== 'check') return null;
  const isText = !bytes.includes(0) && Buffer.from(bytes.toString('utf8')).equals(bytes);
  const opened = /^\uFEFF?\s*--[ \t]+---/.test(bytes.toString('utf8'));
  if (isText && (opened || !isUp)) return null;
  return `exit 0 of ${args[0]} for garbage`;
}

const SAMPLE = Buffer.from(
  '-- ---\n-- parents: a261d8461fde\n-- message: Add tags\n-- depends: adfa6c905b9d\n-- labels: tags\n-- transaction: on\n-- foreign_keys: auto\n-- irreversible: why not\n-- x-ticket: 12\n-- ---\nCREATE TABLE tags (id INTEGER PRIMARY KEY);\nCREATE TRIGGER t AFTER INSERT ON tags BEGIN SELECT 1; END;\n',
);

function randomBytes(random: Random): Buffer {
  const alphabet = random.pick(['any', 'ascii', 'sql'] as const);
  const length = random.int(random.pick([1, 16, 300]));
  if (alphabet === 'sql')
    return Buffer.from(Array.from({ length }, () => random.pick(PIECES)).join(''));
  const bytes = Array.from({ length }, () => random.int(alphabet === 'any' ? 256 : 128));
  return Buffer.from(bytes);
}

const PIECES = [
  ...[
    '-- ---\n',
    '-- parents: ',
    'base',
    '\n',
    '-- ',
    ': ',
    ', ',
    ' ',
    ';',
    "'",
    '"',
    '`',
    '[',
    ']',
  ],
  ...[
    '/*',
    '*/',
    '--',
    '\r\n',
    '\uFEFF',
    '\0',
    'BEGIN',
    'END',
    'COMMIT;',
    'CREATE TRIGGER',
    'CASE',
  ],
  ...[
    'message: ',
    'labels: ',
    'depends: ',
    'created: ',
    'transaction: off',
    DEMO.rename,
    DEMO.merge,
  ],
  ...['SELECT 1', '?', ':x', 'PRAGMA ', '(', ')', 'é', '🎉', '\u2028', 'x-y: ', 'replaces: '],
];

/** A few small changes: something out, in, doubled, swapped, or cut off. */
function mutated(random: Random, bytes: Buffer): Buffer {
  let list = [...bytes];
  for (let left = 1 + random.int(4); left > 0; left--) {
    const at = random.int(list.length + 1);
    const length = random.int(8);
    switch (random.int(6)) {
      case 0:
        list.splice(at, length);
        break;
      case 1:
        list.splice(at, 0, ...Buffer.from(random.pick(PIECES)));
        break;
      case 2:
        list.splice(at, 0, ...list.slice(at, at + 40));
        break;
      case 3:
        list[at] = random.int(256);
        break;
      case 4:
        list = list.slice(0, at);
        break;
      case 5:
        list.splice(at, 1, (list[at] ?? 0) ^ (1 << random.int(8)));
        break;
    }
  }
  return Buffer.from(list);
}

// Command lines

async function lineTrial(dir: string, random: Random, kind: Kind): Promise<Result> {
  const argv = kind === 'arguments' ? randomLine(random) : mutatedLine(random, random.pick(LINES));
  const tree = filesBelow(dir);
  const { ran, late } = await timed(() => mig(dir, argv));
  const input = JSON.stringify(argv);
  const failed = ran.status !== 0;
  const plain = { ...ran, stderr: ran.stderr.replace(argv.includes('--color') ? COLORS : '', '') };
  // A few commands show what they have and then fail; none of those changes anything.
  const complaint =
    late ?? fault(plain) ?? nonsenseTaken(argv, ran) ?? (failed ? changed(tree, dir) : null);
  restore(dir, tree);
  return { input, complaint };
}

const WORDS = [
  ...COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]),
  ...Object.values(DEMO),
  ...[
    'head',
    'heads',
    'base',
    'current',
    'a261',
    '1c7e',
    '32',
    '+1',
    '-1',
    '+99',
    '-99',
    '-0',
    '1',
    '007',
  ],
  ...[
    'a261@head',
    'adfa@-1',
    '32c8+1',
    'head-2',
    'base+1',
    ':',
    'a:b',
    ':a261',
    '@',
    'a@',
    '',
    ' ',
    '-',
  ],
  ...[
    '--',
    '---',
    '=',
    '--=',
    '-x',
    '--no-json',
    '--json=',
    'help',
    '\u0001',
    '\n',
    'é',
    '🎉',
    '__proto__',
  ],
  ...['true', '1e9', '0x10', '%', '%s', '$(x)', '.', 'x'.repeat(300), 'sqlite:', '\uD800'],
];
const FLAGS = [...GLOBAL_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)].flatMap(
  ({ name, short, aliases = [] }) =>
    [name, ...aliases].map((each) => `--${each}`).concat(short === undefined ? [] : `-${short}`),
);

/** Good command lines, whose parts are then mixed up. */
const LINES: readonly (readonly string[])[] = [
  ['upgrade', '-d', 'app.db', 'head', '--dry-run'],
  ['upgrade', '-d', 'app.db', '+1'],
  ['downgrade', '-1', '-d', 'app.db', '--atomic'],
  ['downgrade', '-d', 'app.db', 'a261@base', '--sql'],
  ['redo', '-2', '-d', 'app.db'],
  ['stamp', 'adfa', '32c8', '-d', 'app.db', '--purge'],
  ['status', '--check', '-d', 'app.db', '--json'],
  ['current', '-d', 'app.db', '--lock-timeout', '10ms'],
  ['history', '-r', '32c8:head', '-i', '-d', 'app.db'],
  ['show', 'head', 'a261', '--json'],
  ['revision', '-m', 'Add tags', '--parent', 'a261', '--label', 'tags'],
  ['merge', 'adfa', '32c8', '-m', 'x'],
  ['check', '--dir', FOLDER],
  ['heads', '--config', 'mig.json', '--table', 't'],
];

function randomLine(random: Random): readonly string[] {
  return Array.from({ length: random.int(7) }, () =>
    random.pick(random.chance(0.3) ? FLAGS : WORDS),
  );
}

function mutatedLine(random: Random, line: readonly string[]): readonly string[] {
  const argv = [...line];
  for (let left = 1 + random.int(3); left > 0; left--) {
    const at = random.int(argv.length + 1);
    switch (random.int(6)) {
      case 0:
        argv.splice(at, 1);
        break;
      case 1:
        argv.splice(at, 0, random.pick(WORDS));
        break;
      case 2:
        argv.splice(at, 0, random.pick(FLAGS));
        break;
      case 3:
        argv.splice(at, 1, random.pick(WORDS));
        break;
      case 4:
        argv.push(argv[random.int(argv.length)] ?? 'x');
        break;
      case 5:
        if (argv[at] !== undefined)
          argv[at] = mutated(random, Buffer.from(argv[at])).toString('utf8');
        break;
    }
  }
  // No shell can hand over a NUL; and a path must not lead out of the trial's folder.
  return argv.map((word) => word.replace(/[\0/]/g, '').replaceAll('..', '.'));
}

/** Certainly wrong: a first word that is no command, or an option that nobody has. */
function nonsenseTaken(argv: readonly string[], ran: Ran): string | null {
  if (ran.status !== 0) return null;
  const names = new Set([
    'help',
    '__complete',
    ...COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]),
  ]);
  const [first] = argv;
  if (first === undefined) return 'exit 0 for an empty command line';
  if (!first.startsWith('-') && !names.has(first)) return `exit 0 for the command ${first}`;
  return null;
}

// What has to hold

async function timed(act: () => Promise<Ran>): Promise<{ ran: Ran; late: string | null }> {
  const started = performance.now();
  try {
    const ran = await act();
    const ms = performance.now() - started;
    return { ran, late: ms > TIME_LIMIT_MS ? `took ${Math.round(ms)} ms` : null };
  } catch (thrown) {
    const stack = thrown instanceof Error ? thrown.stack : String(thrown);
    return { ran: { status: null, stdout: '', stderr: '' }, late: `threw ${stack}` };
  }
}

const COLORS = /\x1b\[\d{1,2}m/g;
const EXITS: ReadonlySet<number | null> = new Set([0, ...Object.values(EXIT_OF)]);

/** What is wrong with an answer, whatever was asked. */
function fault({ status, stdout, stderr }: Ran): string | null {
  if (!EXITS.has(status)) return `exit ${status}`;
  const text = stdout + stderr;
  if (/Something that should not happen did|"code": "internal"/.test(text))
    return `internal: ${text}`;
  if (/^\s+at .+:\d+:\d+\)?$/m.test(text)) return `a stack: ${text}`;
  if (/\bundefined\b|\[object |\bNaN\b(?!`)/.test(stderr.replace(/`[^`]*`/g, '')))
    return `a hole in a sentence: ${stderr}`;
  if (status !== 0 && stderr === '' && !stdout.startsWith('{'))
    return `exit ${status} without a word`;
  if (status === 0 && /^mig: /m.test(stderr)) return `exit 0 with an error: ${stderr}`;
  if (/[\x00-\x08\x0b-\x1f\x7f]/.test(stderr))
    return `control characters: ${JSON.stringify(stderr)}`;
  return null;
}

function changed(before: Readonly<Record<string, string>>, dir: string): string | null {
  const after = filesBelow(dir);
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const differ = [...names].filter((name) => before[name] !== after[name]);
  return differ.length === 0 ? null : `changed ${differ.join(' ')}`;
}

function restore(dir: string, tree: Readonly<Record<string, string>>): void {
  const now = filesBelow(dir);
  for (const name of Object.keys(now)) {
    if (!(name in tree)) rmSync(join(dir, name), { recursive: true, force: true });
  }
  for (const [name, content] of Object.entries(tree)) {
    if (name.endsWith('/') || now[name] === content) continue;
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content, 'latin1');
  }
}
