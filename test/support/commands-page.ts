import { type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from '../../lib/cli/command-table.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { argumentText, optionText } from '../../lib/cli/help.ts';
import { EXIT_OF, type ExitCode } from '../../lib/error.ts';

/** What each exit code says, but for those of signals. */
export const EXIT_MEANING: Readonly<Record<ExitCode, string>> = {
  0: 'done, or nothing to do',
  1: 'it failed: a migration, the database, an invalid file',
  2: 'asked wrongly: a command, an option, a target, a setting',
  3: 'a check says that something is pending, or that the schema differs',
  4: 'several heads, where one was needed or `--check` asked',
  5: 'drift: files and database tell different stories, or somebody else changed it meanwhile',
  6: 'the database stayed locked past the timeout',
};

/** docs/commands.md, made from the command table: `make docs` writes it. */
export function commandsPage(): string {
  return [
    '# Commands',
    '',
    '<!-- Made by `make docs` from lib/cli/commands.ts and lib/error.ts. Edit those. -->',
    '',
    'This is what `mig COMMAND --help` prints, on one page. What a target is, and how a plan is made, stands in [graph.md](graph.md).',
    '',
    ...table(
      ['command', 'also', ''],
      COMMANDS.map(({ name, aliases, summary }) => [
        `[\`mig ${name}\`](#mig-${name})`,
        aliases.map(code).join(', '),
        summary,
      ]),
    ),
    '',
    ...COMMANDS.flatMap(section),
    '## Options for every command',
    '',
    'They may stand before or after the command.',
    '',
    ...options(GLOBAL_OPTIONS),
    '',
    '## Exit codes',
    '',
    'With `--json`, the key `error` has the code in words and the exit code.',
    '',
    ...table(
      ['exit', '', 'error codes'],
      Object.entries(EXIT_MEANING).map(([exit, meaning]) => [exit, meaning, codesOf(Number(exit))]),
    ),
    '',
    'A signal ends the program at once: 130 after SIGINT, 143 after SIGTERM. SQLite rolls the transaction back that was open.',
    '',
  ].join('\n');
}

function section(command: CommandSpec): readonly string[] {
  const { name, aliases, args, summary, details, examples } = command;
  const usage = [`mig ${name}`, ...args.map(argumentText)].join(' ');
  const also =
    aliases.length === 0 ? '' : ` Also ${aliases.map((each) => code(`mig ${each}`)).join(', ')}.`;
  return [
    `## mig ${name}`,
    '',
    `\`${usage}\`: ${summary}.${also}`,
    '',
    details,
    '',
    ...(command.options.length === 0 ? [] : [...options(command.options), '']),
    '```sh',
    ...examples,
    '```',
    '',
  ];
}

function options(specs: readonly OptionSpec[]): readonly string[] {
  return table(
    ['option', ''],
    specs.map((option) => {
      const also = (option.aliases ?? []).map((alias) => code(`--${alias}`)).join(', ');
      const notes = [
        ...(also === '' ? [] : [`also ${also}`]),
        ...(option.repeats ? ['may be repeated'] : []),
      ];
      return [code(optionText(option).trim()), [option.help, ...notes].join('; ')];
    }),
  );
}

function codesOf(exit: number): string {
  return Object.entries(EXIT_OF)
    .filter(([, each]) => each === exit)
    .map(([name]) => code(name))
    .join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function code(text: string): string {
  return `\`${text}\``;
}
