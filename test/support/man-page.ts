import { type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from '../../lib/cli/command-table.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { argumentText } from '../../lib/cli/help.ts';
import { EXIT_MEANING } from './commands-page.ts';

/** docs/mig.1, made from the command table: `make docs` writes it. */
export function manPage(): string {
  return [
    '.\\" Made by `make docs` from lib/cli/commands.ts and lib/error.ts. Edit those.',
    '.TH MIG 1 "" "mig" "User Commands"',
    '.SH NAME',
    'mig \\- SQL\\-file migrations with a real revision graph',
    '.SH SYNOPSIS',
    '.SY mig',
    '.I COMMAND',
    '.RI [ OPTIONS ]',
    '.YS',
    '.SH DESCRIPTION',
    text(
      'Migrations are pairs of plain SQL files, *.up.sql and *.down.sql, whose headers name their parents: a graph, as in git. mig applies them to an SQLite database and keeps the ledger of what ran in the database itself.',
    ),
    '.SH COMMANDS',
    ...COMMANDS.flatMap(section),
    '.SH OPTIONS',
    'They may stand before or after the command.',
    ...GLOBAL_OPTIONS.flatMap(option),
    '.SH EXIT STATUS',
    ...Object.entries(EXIT_MEANING).flatMap(([exit, meaning]) => entry(exit, meaning)),
    ...entry('130, 143', 'a signal ended it: SIGINT, SIGTERM'),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([names, about]) => entry(names, about)),
    '.SH FILES',
    ...entry('mig.json', 'settings; the nearest one, from the current folder upwards'),
    ...entry('migrations/', 'the revision files'),
    '.SH EXAMPLES',
    'A first revision, its files filled, and the database brought to it:',
    '.PP',
    '.EX',
    ...[
      'mig init',
      'mig revision -m "Add users"',
      'mig upgrade -d app.db --dry-run',
      'mig upgrade -d app.db',
    ].map((line) => `    ${text(line)}`),
    '.EE',
    '',
  ].join('\n');
}

const ENVIRONMENT: readonly (readonly [names: string, about: string])[] = [
  ['MIG_DATABASE, DATABASE_URL', 'the database, where --database is not given'],
  [
    'MIG_DIR, MIG_TABLE, MIG_SCHEMA_FILE, MIG_LOCK_TIMEOUT, MIG_CONFIG',
    'as the options of these names',
  ],
  ['VISUAL, EDITOR', 'what opens the files of mig edit'],
  ['NO_COLOR, FORCE_COLOR', 'no colour, or colour whatever the output is'],
  ['MIG_DEBUG', 'set to 1, it shows where a defect of mig is'],
];

function section({
  name,
  aliases,
  args,
  summary,
  details,
  options,
  examples,
}: CommandSpec): readonly string[] {
  const usage = [`mig ${name}`, ...args.map(argumentText)].join(' ');
  const also =
    aliases.length === 0 ? '' : ` Also ${aliases.map((each) => `mig ${each}`).join(', ')}.`;
  return [
    `.SS ${text(usage)}`,
    text(`${summary[0]!.toUpperCase()}${summary.slice(1)}.${also}`),
    '.PP',
    text(details),
    ...options.flatMap(option),
    '.PP',
    '.EX',
    ...examples.map((line) => `    ${text(line)}`),
    '.EE',
  ];
}

function option({ name, short, aliases = [], value, optional, repeats, help }: OptionSpec) {
  const ways = [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
  const shown = ways.map((way) => `\\fB${text(way)}\\fR`).join(', ');
  const word = value === undefined ? '' : `\\fI${text(value)}\\fR`;
  const tail = value === undefined ? '' : optional ? `[=${word}]` : ` ${word}`;
  const notes = [
    help,
    ...(aliases.length === 0 ? [] : [`also ${aliases.map((each) => `--${each}`).join(', ')}`]),
    ...(repeats ? ['may be repeated'] : []),
  ];
  return ['.TP', `${shown}${tail}`, text(notes.join('; '))];
}

function entry(term: string, about: string): readonly string[] {
  return ['.TP', `.B ${text(term)}`, text(about)];
}

/** A text as roff reads it: no line begins with a control character, and a hyphen stays one. */
function text(plain: string): string {
  const escaped = plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('`', '\\(ga')
    .replace(
      /[^\0-\x7f]/g,
      (each) => `\\[u${each.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}
