import { cac } from 'cac';
import { MigError } from '../error.ts';
import { didYouMean } from '../graph/nearest.ts';
import type { CommandSpec, OptionSpec } from './command-table.ts';

/**
 * The command line, taken apart. cac does the matching; this file is the shield around it,
 * because by itself cac reads `-1` as an option, `001` as the number 1, drops what stands
 * after `--`, and lets unknown commands and stray words pass (cac.dev, and its parser mri).
 * So every word that a person meant as text is marked before cac sees it, and unmarked after.
 */
export interface ParsedArguments {
  readonly command: CommandSpec;
  readonly args: readonly string[];
  readonly options: Options;
}

/** By long name. A value of an option that may repeat is a list; a flag is `true`. */
export type Options = Readonly<Record<string, string | true | readonly string[] | undefined>>;

/** What was asked for instead of a command. */
export type Request =
  | { readonly kind: 'run'; readonly parsed: ParsedArguments }
  | { readonly kind: 'help'; readonly command: CommandSpec | null }
  | { readonly kind: 'version' };

const MARK = '\u0001';
const EMPTY = 'Is a variable of your script empty?';

/**
 * @param argv the words behind the program's name.
 * @throws MigError `usage`, `unknown-command` or `unknown-option`.
 */
export function parseArguments(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): Request {
  const { command, words, help, version } = takeApart(argv, commands, globals);
  if (version) return { kind: 'version' };
  if (help) return { kind: 'help', command };
  if (command === null) {
    throw fail('usage', 'Say what to do.', '`mig --help` lists the commands.');
  }
  const { args, options } = matchWithCac(command, words, globals);
  checkCount(command, args, options);
  refuseEmpty(command, words);
  return { kind: 'run', parsed: { command, args, options } };
}

/** A word of the command line, once it is known what it is. */
type Word =
  | { readonly kind: 'argument'; readonly text: string }
  | { readonly kind: 'option'; readonly option: OptionSpec; readonly value: string | true };

function takeApart(
  argv: readonly string[],
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): { command: CommandSpec | null; words: readonly Word[]; help: boolean; version: boolean } {
  const words: Word[] = [];
  const rest = [...argv];
  let command: CommandSpec | null = null;
  let wantsHelp = false;
  let help = false;
  let version = false;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      words.push(...rest.splice(0).map((text): Word => ({ kind: 'argument', text })));
    } else if (isOption(word)) {
      const known = command === null ? globals : [...globals, ...command.options];
      const { option, attached } = findOption(word, known, command);
      if (option.name === 'help') help = true;
      else if (option.name === 'version') version = true;
      else words.push({ kind: 'option', option, value: takeValue(option, word, attached, rest) });
    } else if (command === null && word === 'help') wantsHelp = true;
    else if (command === null) command = findCommand(word, commands);
    else words.push({ kind: 'argument', text: word });
  }
  refuseRepeats(words);
  return { command, words, help: help || wantsHelp, version };
}

/** `-1` and the like are arguments; so is a `-` alone. */
function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-' && !/^-\d/.test(word);
}

function findCommand(word: string, commands: readonly CommandSpec[]): CommandSpec {
  const found = commands.find((each) => each.name === word || each.aliases.includes(word));
  if (found !== undefined) return found;
  const names = commands.flatMap((each) => [each.name, ...each.aliases]);
  throw fail(
    'unknown-command',
    `There is no command \`${word}\`.`,
    didYouMean(word, names) ?? '`mig --help` lists the commands.',
  );
}

function findOption(
  word: string,
  known: readonly OptionSpec[],
  command: CommandSpec | null,
): { option: OptionSpec; attached: string | null } {
  if (word.startsWith('--')) {
    const [, name = '', attached = null] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const option = known.find((each) => each.name === name || each.aliases?.includes(name));
    if (option !== undefined) return { option, attached };
    const names = known.flatMap((each) => [each.name, ...(each.aliases ?? [])]);
    throw unknownOption(`--${name}`, didYouMean(name, names)?.replace('`', '`--'), command);
  }
  const option = known.find((each) => each.short === word[1]);
  if (option === undefined) throw unknownOption(word, undefined, command);
  if (word.length === 2) return { option, attached: null };
  // `-mtext` and `-m=text` are a value; `-qv` would be two flags, which mig does not take.
  if (option.value === undefined)
    throw unknownOption(word, `Write flags apart: \`-${option.short}\`.`, command);
  return { option, attached: word.slice(2).replace(/^=/, '') };
}

function unknownOption(
  word: string,
  hint: string | undefined,
  command: CommandSpec | null,
): MigError {
  const where = command === null ? 'mig' : `mig ${command.name}`;
  return fail(
    'unknown-option',
    command === null
      ? `There is no option \`${word}\` before a command.`
      : `\`${where}\` has no option \`${word}\`.`,
    hint ?? `\`${where} --help\` lists them.`,
  );
}

function takeValue(
  option: OptionSpec,
  word: string,
  attached: string | null,
  rest: string[],
): string | true {
  if (option.value === undefined) {
    if (attached === null) return true;
    throw fail('usage', `\`--${option.name}\` takes no value.`, `Leave out \`=${attached}\`.`);
  }
  // Whatever stands next is the value, `-x` and `--` too: somebody meant it so.
  const value = option.optional ? (attached ?? true) : (attached ?? rest.shift());
  if (value !== undefined) return value;
  throw fail('usage', `\`${word}\` needs a value.`, `Say \`${word} ${option.value}\`.`);
}

/** An empty value is a slip. The options of every command are settings: settings.ts refuses them. */
function refuseEmpty(command: CommandSpec, words: readonly Word[]): void {
  for (const word of words) {
    if (word.kind !== 'option' || word.value !== '') continue;
    const { name } = word.option;
    if (name === 'message' || !command.options.includes(word.option)) continue;
    throw fail('usage', `\`--${name}\` is empty.`, EMPTY);
  }
}

function refuseRepeats(words: readonly Word[]): void {
  const seen = new Set<string>();
  for (const word of words) {
    if (word.kind !== 'option' || word.option.repeats) continue;
    const { name } = word.option;
    if (seen.has(name)) {
      throw fail('usage', `\`--${name}\` is given twice.`, 'Give it once.');
    }
    seen.add(name);
  }
}

function matchWithCac(
  command: CommandSpec,
  words: readonly Word[],
  globals: readonly OptionSpec[],
): { args: readonly string[]; options: Options } {
  const cli = cac('mig');
  const declared = cli.command(`${command.name} [...args]`, command.summary);
  const given = new Set(
    words.flatMap((word) => (word.kind === 'option' ? [word.option.name] : [])),
  );
  for (const name of given) declared.option(`--${key(name)} <value>`, '');
  let matched: { args: readonly string[]; options: Options } | null = null;
  declared.action((args: readonly string[], options: Record<string, unknown>) => {
    matched = {
      args: args.map(unmark),
      options: unmarkOptions(options, [...globals, ...command.options]),
    };
  });
  const shielded = words.map((word) =>
    word.kind === 'argument'
      ? MARK + word.text
      : `--${key(word.option.name)}=${MARK}${word.value === true ? '' : word.value}`,
  );
  cli.parse(['', '', command.name, ...shielded], { run: false });
  cli.runMatchedCommand();
  if (matched === null) throw new Error(`cac did not match ${command.name}`);
  return matched;
}

/** A name without hyphens: cac reads `no-x` as the negation of `x`. */
function key(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function unmark(text: string): string {
  return text.slice(MARK.length);
}

function unmarkOptions(
  values: Readonly<Record<string, unknown>>,
  specs: readonly OptionSpec[],
): Options {
  const options: Record<string, string | true | readonly string[]> = {};
  for (const { name, value: takesValue, optional, repeats } of specs) {
    const value = values[key(name)];
    if (value === undefined) continue;
    const texts = [value].flat().map((each) => unmark(String(each)));
    const isFlag = takesValue === undefined || (optional && texts[0] === '');
    options[name] = isFlag ? true : repeats ? texts : texts[0]!;
  }
  return options;
}

function checkCount(command: CommandSpec, args: readonly string[], options: Options): void {
  const needed = command.args.filter((each) => each.required).length;
  const most = command.args.some((each) => each.variadic)
    ? Number.POSITIVE_INFINITY
    : command.args.length;
  if (args.length < needed) {
    const missing = command.args[args.length]!;
    throw fail(
      'usage',
      `\`mig ${command.name}\` needs ${missing.what}.`,
      missing.hint ?? `\`mig ${command.name} --help\` shows how.`,
    );
  }
  if (args.length > most) {
    const bare = command.options.find(({ name, optional }) => optional && options[name] === true);
    throw fail(
      'usage',
      `\`${args[most]}\` is one word too many for \`mig ${command.name}\`.`,
      bare === undefined
        ? `\`mig ${command.name} --help\` shows what it takes.`
        : `A value of \`--${bare.name}\` goes behind \`=\`: \`--${bare.name}=${args[most]}\`.`,
    );
  }
  const empty = command.args.length > 0 && args.includes('') ? args.indexOf('') : -1;
  if (empty !== -1 && command.name !== 'revision') {
    throw fail(
      'usage',
      `An empty word is no ${command.args[Math.min(empty, command.args.length - 1)]!.name}.`,
      EMPTY,
    );
  }
}

function fail(
  code: 'usage' | 'unknown-command' | 'unknown-option',
  message: string,
  hint: string,
): MigError {
  return new MigError({ code, message, hint });
}
