import type { CommandSpec, OptionSpec } from './command-table.ts';
import {
  argumentOf,
  LIST_REFS,
  namesOf,
  optionsOf,
  spellings,
  type Wanted,
  wantedFor,
} from './completion-words.ts';

/** The script for fish, 3.4 and later. */
export function fishScript(
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  const valued = optionsOf(commands, globals)
    .filter((option) => option.value !== undefined && !option.optional)
    .flatMap(spellings);
  const names = commands.flatMap((command) =>
    namesOf(command).map(
      (name) => `complete -c mig -n __mig_no_command -a ${name} -d ${quoted(command.summary)}`,
    ),
  );
  return `# fish completion for mig: mig completion fish > ~/.config/fish/completions/mig.fish

# The words before the cursor that are no options: the command and its arguments.
function __mig_words
    set -l words (commandline -opc)[2..]
    while set -q words[1]
        switch $words[1]
            case ${valued.join(' ')}
                set -e words[1]
            case '-*'
                string match -qr '^-[0-9]' -- $words[1]; and echo $words[1]
            case help
            case '*'
                echo $words[1]
        end
        set -e words[1]
    end
end

function __mig_no_command
    test (count (__mig_words)) -eq 0
end

function __mig_command
    set -l words (__mig_words)
    set -q words[1]; and contains -- $words[1] $argv
end

function __mig_first_argument
    test (count (__mig_words)) -eq 1
end

# Of a:b, a,b and label@rev, the last part is completed.
function __mig_revisions
    set -l words (commandline -opc)
    set -l token (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    set -l stem (string replace -r '[^:,@=]*$' '' -- $token)
    $words[1] __complete revisions $words[2..] 2>/dev/null | string replace -r '^' -- "$stem"
end

complete -c mig -f
complete -c mig -n __mig_no_command -a help -d 'tell more of a command'
${names.join('\n')}
${globals.map((option) => optionLine(option)).join('\n')}
${commands.flatMap(commandLines).join('\n')}
`;
}

function commandLines(command: CommandSpec): readonly string[] {
  const condition = `__mig_command ${namesOf(command).join(' ')}`;
  const lines = command.options.map((option) => optionLine(option, condition));
  const argument = argumentOf(command);
  if (argument === null || argument.wanted === 'nothing') return lines;
  const place = argument.variadic ? condition : `${condition}; and __mig_first_argument`;
  return [...lines, `complete -c mig -n ${quoted(place)} ${values(argument.wanted)}`];
}

function optionLine(option: OptionSpec, condition?: string): string {
  const names = spellings(option).map((each) =>
    each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`,
  );
  return [
    'complete -c mig',
    ...(condition === undefined ? [] : [`-n ${quoted(condition)}`]),
    ...names,
    ...(option.value === undefined
      ? []
      : [...(option.optional ? [] : ['-r']), values(wantedFor(option.value))]),
    `-d ${quoted(option.help)}`,
  ].join(' ');
}

const VALUES = {
  revisions: "-f -k -a '(__mig_revisions)'",
  folders: "-f -a '(__fish_complete_directories)'",
  files: '-F',
  refs: `-f -k -a ${quoted(`(${LIST_REFS})`)}`,
  nothing: '-f',
} as const;

function values(wanted: Wanted): string {
  return typeof wanted === 'string' ? VALUES[wanted] : `-f -a ${quoted(wanted.join(' '))}`;
}

/** In single quotes: fish reads a backslash before a quote in them. */
function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
