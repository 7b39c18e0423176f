import type { ArgumentSpec, CommandSpec, OptionSpec } from './command-table.ts';

/** What a shell can complete where a value stands. */
export type Wanted = 'revisions' | 'refs' | 'folders' | 'files' | 'nothing' | readonly string[];

const WANTED: Readonly<Record<string, Wanted>> = {
  REV: 'revisions',
  TARGET: 'revisions',
  'A:B': 'revisions',
  'A=B': 'revisions',
  DIR: 'folders',
  FILE: 'files',
  PATH: 'files',
  REF: 'refs',
  DATABASE: 'files',
  URL: 'files',
};

/** By the word that stands for the value in the help; `a|b|c` are the values themselves. */
export function wantedFor(placeholder: string): Wanted {
  return placeholder.includes('|') ? placeholder.split('|') : (WANTED[placeholder] ?? 'nothing');
}

/** An option with every way to write it: `-m`, `--message`. */
export function spellings({ name, short, aliases = [] }: OptionSpec): readonly string[] {
  return [
    ...(short === undefined ? [] : [`-${short}`]),
    ...[name, ...aliases].map((each) => `--${each}`),
  ];
}

/** A command with its aliases. */
export function namesOf({ name, aliases }: CommandSpec): readonly string[] {
  return [name, ...aliases];
}

/** Every option, the spellings of the same name once. An option means the same in every command. */
export function optionsOf(
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): readonly OptionSpec[] {
  const all = [...globals, ...commands.flatMap((command) => command.options)];
  const found = new Map<string, OptionSpec>();
  for (const option of all) {
    const key = spellings(option).join();
    found.set(key, withValuesOf(option, found.get(key)));
  }
  return [...found.values()];
}

/** `a|b` and `b|c` are `a|b|c`: what stands there is a value, whatever the command. */
function withValuesOf(option: OptionSpec, other: OptionSpec | undefined): OptionSpec {
  if (!option.value?.includes('|') || other?.value === undefined) return option;
  const values = new Set([...other.value.split('|'), ...option.value.split('|')]);
  return { ...option, value: [...values].join('|') };
}

/** The options that have other values in some commands than in others, with their commands. */
export function differingOptions(
  commands: readonly CommandSpec[],
): readonly (readonly [CommandSpec, OptionSpec])[] {
  const all = commands.flatMap((command) =>
    command.options.map((option) => [command, option] as const),
  );
  const wanted = ({ value }: OptionSpec) => String(wantedFor(value ?? ''));
  return all.filter(([, option]) =>
    all.some(([, other]) => other.name === option.name && wanted(other) !== wanted(option)),
  );
}

/** What a command's arguments want; null where it takes none. No command takes two kinds. */
export function argumentOf({ args }: CommandSpec): (ArgumentSpec & { wanted: Wanted }) | null {
  const [first] = args;
  return first === undefined ? null : { ...first, wanted: wantedFor(first.name) };
}

/** What lists the branches and tags of git, which no shell can be sure to complete by itself. */
export const LIST_REFS = "git for-each-ref --format='%(refname:short)' 2> /dev/null";

/** In single quotes, for bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
