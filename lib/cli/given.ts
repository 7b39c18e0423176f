import type { Options } from './arguments.ts';
import type { Given, OptionSpec } from './command-table.ts';

/** Options that several commands share, and how what was given becomes what commands take. */

export const DRY_RUN: OptionSpec = { name: 'dry-run', help: 'print the plan, run nothing' };
export const SQL: OptionSpec = {
  name: 'sql',
  help: 'print a script for the sqlite3 program, run nothing',
};
export const ATOMIC: OptionSpec = { name: 'atomic', help: 'the whole plan in one transaction' };
export const NO_GROUP: OptionSpec = {
  name: 'no-group',
  help: 'a transaction for each revision, even where several are quick',
};
export const BACKUP: OptionSpec = {
  name: 'backup',
  value: 'PATH',
  optional: true,
  help: 'copy the database first (to DATABASE.TIME.bak)',
};
export const YES: OptionSpec = { name: 'yes', short: 'y', help: 'revert without asking' };
export const LABEL: OptionSpec = {
  name: 'label',
  aliases: ['branch-label'],
  value: 'NAME',
  repeats: true,
  help: 'a label for the line that begins here',
};
export const MESSAGE: OptionSpec = {
  name: 'message',
  short: 'm',
  value: 'TEXT',
  help: 'what it is about, in one line',
};
export const REV_ID: OptionSpec = {
  name: 'rev-id',
  value: 'ID',
  help: 'its id (12 random hex digits)',
};
export const RANGE: OptionSpec = {
  name: 'range',
  short: 'r',
  aliases: ['rev-range'],
  value: 'A:B',
  help: 'only from A to B, both included',
};

/** Flags of the command line as the options of a command: `dry-run` is `dryRun`. */
export function flags<Name extends string>(options: Options, names: readonly Name[]) {
  const given: Record<string, boolean> = {};
  for (const name of names) {
    if (options[name] !== true) continue;
    given[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())] = true;
  }
  return given;
}

/** What every command takes that runs files: `--backup` and `--backup=PATH`, `--no-group`, `-v`. */
export function runOptions({ options, statements }: Given): {
  readonly backup?: boolean | string;
  readonly group?: false;
  readonly statements: boolean;
} {
  const { backup, 'no-group': noGroup } = options;
  return {
    ...(typeof backup === 'string' || backup === true ? { backup } : {}),
    ...(noGroup === true ? { group: false } : {}),
    statements,
  };
}

/** A value that was given, under the name that a command has for it. */
export function text<Key extends string>(key: Key, value: Options[string]) {
  return (typeof value === 'string' ? { [key]: value } : {}) as { readonly [K in Key]?: string };
}

/** The values of an option that may repeat; each may be a list with commas. */
export function list(value: Options[string]): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly string[]).flatMap((each) => each.split(',').map((part) => part.trim()));
}
