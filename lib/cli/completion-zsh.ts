import type { CommandSpec, OptionSpec } from './command-table.ts';
import {
  argumentOf,
  LIST_REFS,
  namesOf,
  quoted,
  spellings,
  type Wanted,
  wantedFor,
} from './completion-words.ts';

/** The script for zsh: to be sourced after compinit, or put into a folder of `fpath` as `_mig`. */
export function zshScript(
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  const described = commands.flatMap((command) =>
    namesOf(command).map((name) => `    ${quoted(`${name}:${command.summary}`)}`),
  );
  const branches = commands.map((command) => {
    const specs = [...command.options.map(optionSpec), ...argumentSpec(command)];
    return `    ${namesOf(command).join(' | ')}) specs=(${specs.map((each) => `\n      ${each}`).join('')}\n    ) ;;`;
  });
  return `#compdef mig
# zsh completion for mig. In ~/.zshrc, after compinit: source <(mig completion zsh)

_mig_commands() {
  local commands=(
${described.join('\n')}
    'help:tell more of a command'
  )
  _describe -V command commands
}

# Of a:b, a,b and label@rev, the last part is completed.
_mig_revisions() {
  local line revisions=()
  compset -P '*[:,@=]'
  for line in \${(f)"$(\${~typed[1]} __complete revisions "\${(@Q)typed[2,-1]}" 2> /dev/null)"}; do
    revisions+=("\${line/$'\\t'/:}")
  done
  _describe -V revision revisions
}

_mig_refs() {
  local refs=(\${(f)"$(${LIST_REFS})"})
  compadd -a refs
}

_mig() {
  local curcontext=$curcontext state line
  local typed=("\${(@)words[1,CURRENT-1]}") specs=() globals=(
${globals.map((option) => `    ${optionSpec(option)}`).join('\n')}
  )
  typeset -A opt_args
  _arguments -C : $globals '(-): :_mig_commands' '(-)*:: :->command' && return
  if [[ $state != command ]]; then return 1; fi
  case $line[1] in
${branches.join('\n')}
    help) specs=('1: :_mig_commands') ;;
  esac
  _arguments : $globals $specs
}

if [[ $funcstack[1] == _mig ]]; then _mig "$@"; else compdef _mig mig; fi
`;
}

const ACTION = {
  revisions: '_mig_revisions',
  folders: '_files -/',
  files: '_files',
  refs: '_mig_refs',
  nothing: ' ',
} as const;

function action(wanted: Wanted): string {
  return typeof wanted === 'string' ? ACTION[wanted] : `(${wanted.join(' ')})`;
}

/** `'(-m --message)'{-m+,--message=}'[what it is about]:TEXT: '`. */
function optionSpec(option: OptionSpec): string {
  const written = spellings(option);
  const ways = written.map((each) =>
    option.value === undefined
      ? each
      : each.startsWith('--')
        ? `${each}=${option.optional ? '-' : ''}`
        : `${each}+`,
  );
  const head = option.repeats ? "'*'" : quoted(`(${written.join(' ')})`);
  const value =
    option.value === undefined
      ? ''
      : `${option.optional ? '::' : ':'}${escaped(option.value)}:${action(wantedFor(option.value))}`;
  const tail = quoted(`[${escaped(option.help)}]${value}`);
  return ways.length === 1 ? `${head}${ways[0]}${tail}` : `${head}{${ways.join(',')}}${tail}`;
}

function argumentSpec(command: CommandSpec): readonly string[] {
  const argument = argumentOf(command);
  if (argument === null) return [];
  const position = argument.variadic ? '*' : '1';
  return [quoted(`${position}:${escaped(argument.name)}:${action(argument.wanted)}`)];
}

/** What `_arguments` would read as the end of a text. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}
