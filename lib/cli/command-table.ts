import type { AnyDocument } from '../commands/documents.ts';
import type { Project } from '../commands/project.ts';
import { DEFAULTS } from '../files/config.ts';
import type { Options } from './arguments.ts';

/** One option, from which parsing, help, completion and the docs are made. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  readonly aliases?: readonly string[];
  /** What stands for its value in the help; without it, the option is a flag. */
  readonly value?: string;
  /** The value may be left out; given, it is attached with `=`. */
  readonly optional?: boolean;
  readonly repeats?: boolean;
  readonly help: string;
}

/** One argument, or several of a kind. */
export interface ArgumentSpec {
  /** As it stands in the help, in capitals. */
  readonly name: string;
  /** In a sentence: "needs a target". */
  readonly what: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly variadic?: boolean;
}

/** One command, from which parsing, help, completion and the docs are made. */
export interface CommandSpec {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly args: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** One line for the list of commands. */
  readonly summary: string;
  /** A paragraph for its own help. */
  readonly details: string;
  readonly examples: readonly string[];
  readonly run: (project: Project, given: Given) => Promise<AnyDocument>;
}

/** What was given on the command line, in the form that commands take. */
export interface Given {
  readonly args: readonly string[];
  readonly options: Options;
  /** `-v`. */
  readonly statements: boolean;
}

/** The hidden command that the completion scripts call (candidates.ts). */
export const COMPLETE = '__complete';

/** The options that every command takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'database',
    short: 'd',
    value: 'URL',
    help: 'the database: app.db, sqlite:app.db, sqlite:///abs/app.db',
  },
  { name: 'dir', value: 'DIR', help: `the migrations folder (${DEFAULTS.dir})` },
  { name: 'table', value: 'NAME', help: `the ledger's table (${DEFAULTS.table})` },
  { name: 'schema-file', value: 'FILE', help: 'the desired schema, as SQL (none)' },
  {
    name: 'lock-timeout',
    value: 'TIME',
    help: `how long to wait for a locked database (${DEFAULTS.lockTimeout})`,
  },
  { name: 'config', value: 'FILE', help: 'the settings file (the nearest mig.json)' },
  { name: 'env-file', value: 'FILE', help: 'read environment variables from a file first' },
  { name: 'json', help: 'print one JSON document' },
  { name: 'quiet', short: 'q', help: 'print errors only' },
  { name: 'verbose', short: 'v', help: 'print every statement and its time' },
  { name: 'color', help: 'colour, whatever the output is' },
  { name: 'no-color', help: 'no colour' },
  { name: 'help', short: 'h', help: 'print help' },
  { name: 'version', short: 'V', help: 'print the version' },
];
