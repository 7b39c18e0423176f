import type { CommandSpec, OptionSpec } from './command-table.ts';
import {
  argumentOf,
  differingOptions,
  LIST_REFS,
  namesOf,
  optionsOf,
  quoted,
  spellings,
  wantedFor,
} from './completion-words.ts';

/** The script for bash, 3.2 (macOS) and later: no `mapfile`, no negative index. */
export function bashScript(
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  const valued = optionsOf(commands, globals).flatMap((option) =>
    option.value === undefined
      ? []
      : [`    ${spellings(option).join(' | ')}) wanted=${behind(option, option.value)} ;;`],
  );
  const differing = differingOptions(commands).flatMap(([{ name }, option]) =>
    option.value === undefined
      ? []
      : [
          `    ${spellings(option)
            .map((each) => quoted(`${name} ${each}`))
            .join(' | ')}) wanted=${behind(option, option.value)} ;;`,
        ],
  );
  const named = commands.map(
    (command) => `    ${namesOf(command).join(' | ')}) command=${command.name} ;;`,
  );
  const taking = commands.flatMap((command) => {
    const argument = argumentOf(command);
    if (argument === null) return [];
    const positions = argument.variadic ? '*' : '0';
    return [
      `    ${quoted(`${command.name} `)}${positions}) wanted=${wantedWord(argument.name)} ;;`,
    ];
  });
  const having = commands
    .filter((command) => command.options.length > 0)
    .map((command) => `    ${command.name}) options=${quoted(allSpellings(command.options))} ;;`);
  return `# bash completion for mig. In ~/.bashrc: source <(mig completion bash)

# Sets \`wanted\` to what stands behind an option, to nothing for a flag. A value that may be
# left out stands only behind a \`=\`, of which the second argument tells.
_mig_option() {
  case "$command $1" in
${differing.join('\n')}
    *) _mig_option_anywhere "$@" ;;
  esac
}

_mig_option_anywhere() {
  case $1 in
${valued.join('\n')}
    *) wanted= ;;
  esac
}

# Sets \`command\` to the name of a command or an alias.
_mig_command() {
  case $1 in
${named.join('\n')}
  esac
}

# Sets \`wanted\` to what the argument at a position (from 0) of a command is.
_mig_argument() {
  case "$1 $2" in
${taking.join('\n')}
    *) wanted=nothing ;;
  esac
}

# Sets \`options\` to those of a command.
_mig_options() {
  case $1 in
${having.join('\n')}
    *) options= ;;
  esac
}

_mig() {
  local words=() word glue= shown last i
  # Bash splits words at = : @ where mig does not: they are joined again, without quotes.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    word=\${word//[\\\\\\"\\']/}
    if [[ -n $word && -z \${word//[=:@]/} ]]; then
      words[\${#words[@]}-1]+=$word
      glue=1
    elif [[ -n $glue ]]; then
      words[\${#words[@]}-1]+=$word
      glue=
    else
      words+=("$word")
    fi
  done
  last=$((\${#words[@]} - 1))
  shown=$word

  local command= wanted= count=0 options
  for ((i = 1; i < last; i++)); do
    word=\${words[i]}
    if [[ $word == -[!0-9]* ]]; then
      _mig_option "$word"
      # A value that stands there already is passed over.
      if [[ -n $wanted ]] && ((++i < last)); then wanted=; fi
    elif [[ -n $command ]]; then
      ((count++))
    else
      _mig_command "$word"
    fi
  done

  # What bash replaces is what stands behind the last of its own separators, an @ included.
  local cur=\${words[last]} stem= candidates= line
  if [[ -z \${shown//[=:]/} ]]; then shown=; fi
  if [[ $2 == @* && $shown != @* ]]; then shown=@$shown; fi
  local before=\${cur%"$shown"}
  if [[ -n $wanted ]]; then
    :
  elif [[ $cur == --*=* ]]; then
    _mig_option "\${cur%%=*}" =
    stem=\${cur%%=*}=
  elif [[ $cur == -* ]]; then
    _mig_options "$command"
    candidates="$options "${quoted(allSpellings(globals))}
  elif [[ -z $command ]]; then
    candidates=${quoted([...commands.flatMap(namesOf), 'help'].join(' '))}
  else
    _mig_argument "$command" "$count"
  fi

  case $wanted in
    revisions)
      # Of a:b, a,b and label@rev, the last part is completed.
      stem=\${cur%"\${cur##*[=:,@]}"}
      candidates=$("$1" __complete revisions "\${words[@]:1:last-1}" 2> /dev/null | cut -f 1)
      ;;
    files | folders)
      compopt -o filenames 2> /dev/null
      if [[ $cur == *sqlite:* || $cur == *file:* ]]; then stem=\${cur%%:*}:; fi
      if [[ $wanted == files ]]; then word=-f; else word=-d; fi
      candidates=$(compgen $word -- "\${cur#"$stem"}")
      ;;
    refs) candidates=$(${LIST_REFS}) ;;
    words*) candidates=\${wanted#words } ;;
  esac

  COMPREPLY=()
  if [[ $wanted != files && $wanted != folders ]]; then candidates=\${candidates// /$'\\n'}; fi
  while IFS= read -r line; do
    if [[ -n $line && $stem$line == "$cur"* ]]; then
      line=$stem$line
      COMPREPLY+=("\${line#"$before"}")
    fi
  done <<< "$candidates"
}

complete -o nosort -F _mig mig 2> /dev/null || complete -F _mig mig
`;
}

function allSpellings(options: readonly OptionSpec[]): string {
  return options.flatMap(spellings).join(' ');
}

/** The shell's word for what is wanted; empty without a `=`, where the value may be left out. */
function behind({ optional }: OptionSpec, placeholder: string): string {
  const word = wantedWord(placeholder);
  return optional ? `\${2:+${word}}` : word;
}

function wantedWord(placeholder: string): string {
  const wanted = wantedFor(placeholder);
  return typeof wanted === 'string' ? wanted : quoted(`words ${wanted.join(' ')}`);
}
