import {
  type ArgumentSpec,
  type CommandSpec,
  GLOBAL_OPTIONS,
  type OptionSpec,
} from './command-table.ts';
import type { Style } from './style.ts';

const WIDTH = 80;

/** `mig --help`: what there is, in 80 columns. */
export function generalHelp(commands: readonly CommandSpec[], style: Style): string {
  const list = commands.map((command): Row => {
    const aliases = command.aliases.length === 0 ? '' : `, ${command.aliases.join(', ')}`;
    return [`${command.name}${aliases}`, command.summary];
  });
  return [
    'SQL-file migrations with a real revision graph.',
    '',
    `${style.bold('Usage')}  mig COMMAND [OPTIONS]`,
    '',
    style.bold('Commands'),
    ...rows(list),
    '',
    style.bold('Options for every command'),
    ...rows(GLOBAL_OPTIONS.map(optionRow)),
    '',
    '`mig COMMAND --help` tells more of each.',
    '',
  ].join('\n');
}

/** `mig COMMAND --help`. */
export function commandHelp(command: CommandSpec, style: Style): string {
  const args = command.args.map((each) => ` ${argumentText(each)}`).join('');
  const aliases =
    command.aliases.length === 0
      ? []
      : [`Also: ${command.aliases.map((each) => `mig ${each}`).join(', ')}`];
  const options =
    command.options.length === 0
      ? []
      : ['', style.bold('Options'), ...rows(command.options.map(optionRow))];
  return [
    `${style.bold('Usage')}  mig ${command.name}${args} [OPTIONS]`,
    ...aliases,
    '',
    ...wrap(command.details, WIDTH),
    ...options,
    '',
    style.bold(command.examples.length === 1 ? 'Example' : 'Examples'),
    ...command.examples.map((example) => `  ${example}`),
    '',
    '`mig --help` lists the options that every command takes.',
    '',
  ].join('\n');
}

/** `REV`, `[REV]`, `REV…`, `[REV…]`. */
export function argumentText({ name, required, variadic }: ArgumentSpec): string {
  const text = `${name}${variadic ? '…' : ''}`;
  return required ? text : `[${text}]`;
}

/** `-m, --message TEXT`. */
export function optionText({ name, short, value, optional }: OptionSpec): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : optional ? `[=${value}]` : ` ${value}`}`;
}

type Row = readonly [left: string, right: string];

function optionRow(option: OptionSpec): Row {
  const aliases = option.aliases?.map((alias) => `--${alias}`).join(', ');
  return [
    optionText(option),
    aliases === undefined ? option.help : `${option.help}; also ${aliases}`,
  ];
}

/** Two columns, the right one wrapped. */
function rows(list: readonly Row[]): readonly string[] {
  const width = Math.max(...list.map(([left]) => left.length)) + 4;
  return list.flatMap(([left, right]) => {
    const [first = '', ...others] = wrap(right, WIDTH - width);
    return [`  ${left}`.padEnd(width) + first, ...others.map((line) => ' '.repeat(width) + line)];
  });
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
