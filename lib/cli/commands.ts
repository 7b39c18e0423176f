import { check } from '../commands/check.ts';
import type { CompletionDocument } from '../commands/documents.ts';
import { downgrade } from '../commands/downgrade.ts';
import { dump } from '../commands/dump.ts';
import { edit } from '../commands/edit.ts';
import { GRAPH_FORMATS, graph, graphFormat } from '../commands/graph.ts';
import { branches, current, heads } from '../commands/heads.ts';
import { history } from '../commands/history.ts';
import { init } from '../commands/init.ts';
import { merge } from '../commands/merge.ts';
import type { Project } from '../commands/project.ts';
import { pull } from '../commands/pull.ts';
import { redo } from '../commands/redo.ts';
import { repair } from '../commands/repair.ts';
import { revision } from '../commands/revision.ts';
import { show } from '../commands/show.ts';
import { stamp } from '../commands/stamp.ts';
import { status } from '../commands/status.ts';
import { sync } from '../commands/sync.ts';
import { test } from '../commands/test.ts';
import { upgrade } from '../commands/upgrade.ts';
import { MigError } from '../error.ts';
import type { Options } from './arguments.ts';
import { type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from './command-table.ts';
import { completionScript, isShell, SHELLS } from './completion.ts';

const DRY_RUN: OptionSpec = { name: 'dry-run', help: 'print the plan, run nothing' };
const SQL: OptionSpec = {
  name: 'sql',
  help: 'print a script for the sqlite3 program, run nothing',
};
const ATOMIC: OptionSpec = { name: 'atomic', help: 'the whole plan in one transaction' };
const BACKUP: OptionSpec = {
  name: 'backup',
  value: 'PATH',
  optional: true,
  help: 'copy the database first (to DATABASE.TIME.bak)',
};
const YES: OptionSpec = { name: 'yes', short: 'y', help: 'revert without asking' };
const LABEL: OptionSpec = {
  name: 'label',
  aliases: ['branch-label'],
  value: 'NAME',
  repeats: true,
  help: 'a label for the line that begins here',
};
const MESSAGE: OptionSpec = {
  name: 'message',
  short: 'm',
  value: 'TEXT',
  help: 'what it is about, in one line',
};

const RANGE: OptionSpec = {
  name: 'range',
  short: 'r',
  aliases: ['rev-range'],
  value: 'A:B',
  help: 'only from A to B, both included',
};

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    aliases: [],
    args: [{ name: 'DIR', what: 'a folder' }],
    options: [],
    summary: 'make the migrations folder and a mig.json',
    details: 'Makes the folder and a mig.json that names it. What exists already is left as it is.',
    examples: ['mig init', 'mig init db/migrations -d sqlite:app.db'],
    run: (project, { options }) =>
      init(project, { database: options.database as string | undefined }),
  },
  {
    name: 'revision',
    aliases: ['new', 'create'],
    args: [{ name: 'MESSAGE', what: 'a message', variadic: true }],
    options: [
      MESSAGE,
      {
        name: 'parent',
        aliases: ['head'],
        value: 'REV',
        help: 'the revision that it follows (the head); base for a new root',
      },
      {
        name: 'depends',
        aliases: ['depends-on'],
        value: 'REV',
        repeats: true,
        help: 'a revision of another branch that it needs',
      },
      LABEL,
      { name: 'rev-id', value: 'ID', help: 'its id (12 random hex digits)' },
      { name: 'edit', help: 'open both files in $VISUAL or $EDITOR' },
    ],
    summary: 'write a new pair of files on the head',
    details:
      'Writes <id>_<slug>.up.sql and .down.sql, with a header that names the parent. Where there are several heads, say which one with --parent.',
    examples: [
      'mig revision -m "Add users"',
      'mig new add users',
      'mig revision -m "Fix" --parent a261',
    ],
    run: newRevision,
  },
  {
    name: 'merge',
    aliases: [],
    args: [{ name: 'REV', what: 'revisions', variadic: true }],
    options: [
      MESSAGE,
      LABEL,
      { name: 'no-prove', help: 'write it without proving that the branches commute' },
      { name: 'on', value: 'URL', help: 'prove on a copy of this database, with its rows' },
      {
        name: 'depends',
        value: 'A=B',
        help: 'write into the file of A that it needs B, and prove again',
      },
    ],
    summary: 'prove that heads commute, and join them',
    details:
      'Joins all heads, or those that are named, once their branches are run in every order and come to the same. Whoever merges the same heads writes the same two files, byte for byte.',
    examples: ['mig merge', 'mig merge 32c8 adfa -m "Join task expiry"'],
    run: (project, { args, options }) =>
      merge(project, {
        revisions: args,
        ...text('message', options.message),
        labels: list(options.label),
        ...flags(options, ['no-prove']),
        ...text('on', options.on),
        ...text('depends', options.depends),
      }),
  },
  {
    name: 'upgrade',
    aliases: ['up', 'migrate'],
    args: [{ name: 'TARGET', what: 'a target' }],
    options: [
      DRY_RUN,
      SQL,
      ATOMIC,
      BACKUP,
      { name: 'allow-missing', help: 'go on although the database has revisions without files' },
      { name: 'allow-inserted', help: 'apply revisions below those that are applied already' },
    ],
    summary: 'apply what is pending, up to a target (head)',
    details:
      'The target is an id or its beginning, a label, head, heads, +N, or rev+N. Each revision runs in a transaction of its own: those before a failure stay.',
    examples: [
      'mig upgrade',
      'mig up +2',
      'mig upgrade a261 --dry-run',
      'mig upgrade --sql > script.sql',
    ],
    run: (project, { args, options, statements }) =>
      upgrade(project, {
        ...text('target', args[0]),
        ...flags(options, ['dry-run', 'sql', 'atomic', 'allow-missing', 'allow-inserted']),
        ...backup(options),
        statements,
      }),
  },
  {
    name: 'downgrade',
    aliases: ['down', 'rollback'],
    args: [
      {
        name: 'TARGET',
        what: 'a target',
        hint: '`mig downgrade -1` goes one back; `base` goes all the way.',
        required: true,
      },
    ],
    options: [
      DRY_RUN,
      SQL,
      ATOMIC,
      BACKUP,
      { ...YES, help: 'run SQL that only the ledger still has, without asking' },
    ],
    summary: 'revert what is above a target',
    details:
      'The target stays: an id, base, or -N for the N revisions applied last. Of several branches above it, label@target picks one.',
    examples: ['mig downgrade -1', 'mig down base', 'mig downgrade 32c8 --dry-run'],
    run: (project, { args, options, statements }) =>
      downgrade(project, {
        target: args[0]!,
        ...flags(options, ['dry-run', 'sql', 'atomic', 'yes']),
        ...backup(options),
        statements,
      }),
  },
  {
    name: 'redo',
    aliases: [],
    args: [{ name: '-N', what: 'a number of revisions' }],
    options: [DRY_RUN, ATOMIC, BACKUP],
    summary: 'revert the last revision and apply it again',
    details:
      'Reverts what really ran, from the ledger where the file was edited, and applies what the file says now.',
    examples: ['mig redo', 'mig redo -2'],
    run: (project, { args, options, statements }) =>
      redo(project, {
        count: redoCount(args[0]),
        ...flags(options, ['dry-run', 'atomic']),
        ...backup(options),
        statements,
      }),
  },
  {
    name: 'sync',
    aliases: [],
    args: [],
    options: [DRY_RUN, BACKUP, YES],
    summary: 'make the database what the checkout has',
    details:
      'Reverts what the files no longer have as it was applied, and all that depends on it; then upgrades to the heads. For switching git branches. It asks before it reverts.',
    examples: ['mig sync --dry-run', 'mig sync', 'mig sync --yes --backup'],
    run: (project, { options, statements }) =>
      sync(project, { ...flags(options, ['dry-run', 'yes']), ...backup(options), statements }),
  },
  {
    name: 'stamp',
    aliases: [],
    args: [{ name: 'REV', what: 'a revision, or base', required: true, variadic: true }],
    options: [DRY_RUN, { name: 'purge', help: 'forget everything that is applied first' }],
    summary: 'set what counts as applied, without running SQL',
    details:
      'For a database that was made by other means. The ancestors of what is named count as applied too.',
    examples: ['mig stamp head', 'mig stamp base', 'mig stamp 32c8 adfa --purge'],
    run: (project, { args, options }) =>
      stamp(project, { targets: args, ...flags(options, ['purge', 'dry-run']) }),
  },
  {
    name: 'status',
    aliases: [],
    args: [],
    options: [{ name: 'check', help: 'exit 3 pending, 4 several heads, 5 drift' }],
    summary: 'files and database, side by side',
    details: 'What is applied and pending, and where files and database tell different stories.',
    examples: ['mig status', 'mig status --check'],
    run: (project, { options }) => status(project, flags(options, ['check'])),
  },
  {
    name: 'current',
    aliases: [],
    args: [],
    options: [{ name: 'check-heads', help: 'exit 3 when something is pending' }],
    summary: 'the head or heads of the database',
    details: 'The applied revisions that nothing applied follows.',
    examples: ['mig current', 'mig current --check-heads'],
    run: (project, { options }) => current(project, flags(options, ['check-heads'])),
  },
  {
    name: 'heads',
    aliases: [],
    args: [],
    options: [{ name: 'check', help: 'exit 4 when there are several' }],
    summary: 'the head or heads of the files',
    details: 'Several heads mean that branches diverged: `mig merge` joins them.',
    examples: ['mig heads', 'mig heads --check'],
    run: (project, { options }) => heads(project, flags(options, ['check'])),
  },
  {
    name: 'branches',
    aliases: [],
    args: [],
    options: [],
    summary: 'the revisions that several others follow',
    details: 'The branch points of the files, each with what follows it.',
    examples: ['mig branches'],
    run: (project) => branches(project),
  },
  {
    name: 'history',
    aliases: ['log'],
    args: [],
    options: [
      RANGE,
      { name: 'indicate-current', short: 'i', help: 'read the database, and mark what is applied' },
      { name: 'graph', help: 'draw the graph beside them' },
    ],
    summary: 'the revisions, newest first',
    details: 'Reads the database only with -i, or where the range says `current`.',
    examples: ['mig history', 'mig log -i', 'mig log --graph', 'mig history -r 32c8:head'],
    run: (project, { options }) =>
      history(project, {
        ...text('range', options.range),
        ...flags(options, ['indicate-current', 'graph']),
      }),
  },
  {
    name: 'graph',
    aliases: [],
    args: [],
    options: [
      {
        name: 'format',
        value: GRAPH_FORMATS.join('|'),
        help: 'as lanes in the terminal (text), as a file for a page, or as data',
      },
      RANGE,
    ],
    summary: 'the graph, drawn',
    details:
      'A lane for every line of revisions, newest on top, dashed where one only depends on another. Where a database is given and exists, it tells ● applied from ○ pending, and ◌ is what only the database has.',
    examples: ['mig graph', 'mig graph -d app.db', 'mig graph --format svg > graph.svg'],
    run: (project, { options }) =>
      graph(project, {
        ...text('range', options.range),
        format: graphFormat((options.format as string | undefined) ?? 'text'),
      }),
  },
  {
    name: 'show',
    aliases: [],
    args: [{ name: 'REV', what: 'a revision', required: true, variadic: true }],
    options: [],
    summary: 'a revision with its SQL',
    details: 'Where the file is gone and a database is given, the ledger has it still.',
    examples: ['mig show head', 'mig show current', 'mig show a261'],
    run: (project, { args }) => show(project, { revisions: args }),
  },
  {
    name: 'pull',
    aliases: [],
    args: [{ name: 'REV', what: 'revisions', variadic: true }],
    options: [],
    summary: 'write the files that only the database has',
    details:
      'Writes missing pairs back where they stood, byte for byte. Nothing is overwritten. Without arguments: all that are missing.',
    examples: ['mig pull', 'mig pull a261'],
    run: (project, { args }) => pull(project, { revisions: args }),
  },
  {
    name: 'repair',
    aliases: [],
    args: [{ name: 'REV', what: 'a revision', required: true, variadic: true }],
    options: [
      { name: 'resume', help: 'go on with what was interrupted, at its next statement' },
      { name: 'applied', help: 'believe that what was interrupted is applied' },
      { name: 'reverted', help: 'believe that it is not' },
    ],
    summary: 'accept an edited file, or settle an interruption',
    details:
      'Alone, it takes the files as they are now for what is applied: no SQL runs. A revision with `transaction: off` that broke off is settled with one of the options.',
    examples: ['mig repair a261', 'mig repair a261 --resume'],
    run: (project, { args, options, statements }) =>
      repair(project, {
        revisions: args,
        ...flags(options, ['resume', 'applied', 'reverted']),
        statements,
      }),
  },
  {
    name: 'edit',
    aliases: [],
    args: [{ name: 'REV', what: 'a revision', required: true }],
    options: [],
    summary: 'open both files in $VISUAL or $EDITOR',
    details: 'Takes what `show` takes.',
    examples: ['mig edit head'],
    run: (project, { args }) => edit(project, { revision: args[0]! }),
  },
  {
    name: 'check',
    aliases: [],
    args: [],
    options: [
      {
        name: 'against',
        value: 'REF',
        help: 'check what a git merge with this branch will bring',
      },
    ],
    summary: 'look for everything that is wrong with the files',
    details:
      'The gate for CI, without a database: names, pairs, headers, the graph, several heads, statements that would break a transaction.',
    examples: ['mig check', 'mig check --against origin/main', 'mig check --json'],
    run: (project, { options }) => check(project, text('against', options.against)),
  },
  {
    name: 'dump',
    aliases: [],
    args: [],
    options: [],
    summary: 'the schema as ordered, stable SQL',
    details:
      'Of the database, where one is given; else of what the revisions build in an empty one. Each statement stands as it was written.',
    examples: ['mig dump > schema.sql', 'mig dump -d app.db'],
    run: (project) => dump(project),
  },
  {
    name: 'test',
    aliases: [],
    args: [],
    options: [
      { name: 'since', value: 'REV', help: 'only what comes after this revision' },
      { name: 'on', value: 'URL', help: 'what is pending, on a copy of this database' },
    ],
    summary: 'run every revision up, down and up again',
    details:
      'In a database that is thrown away: the down has to bring back what was, and the second up what the first one made. Merges are reached in every order of their branches. With --on it counts the rows of each table before and after.',
    examples: ['mig test', 'mig test --since a261', 'mig test --on app.db'],
    run: (project, { options }) =>
      test(project, { ...text('since', options.since), ...text('on', options.on) }),
  },
  {
    name: 'completion',
    aliases: [],
    args: [
      {
        name: SHELLS.join('|'),
        what: 'a shell',
        hint: `Name one: ${SHELLS.join(', ')}.`,
        required: true,
      },
    ],
    options: [],
    summary: 'a script that completes commands, options and revisions',
    details:
      'Prints a script for the shell: bash and zsh source it (zsh after compinit), fish reads it from its folder of completions.',
    examples: [
      'source <(mig completion bash)',
      'source <(mig completion zsh)',
      'mig completion fish > ~/.config/fish/completions/mig.fish',
    ],
    run: async (_, { args }) => completion(args[0]!),
  },
];

function completion(shell: string): CompletionDocument {
  if (isShell(shell)) {
    const script = completionScript(shell, COMMANDS, GLOBAL_OPTIONS);
    return { version: 1, command: 'completion', shell, script };
  }
  throw new MigError({
    code: 'usage',
    message: `mig knows no completion for \`${shell}\`.`,
    hint: `Name one of ${SHELLS.join(', ')}.`,
  });
}

async function newRevision(project: Project, { args, options }: Parameters<CommandSpec['run']>[1]) {
  const words = args.join(' ');
  if (options.message !== undefined && words !== '') {
    throw new MigError({
      code: 'usage',
      message: 'The message is given twice: with `-m` and as words.',
      hint: 'Give it once.',
    });
  }
  const document = await revision(project, {
    message: (options.message as string | undefined) ?? words,
    ...text('parent', options.parent),
    depends: list(options.depends),
    labels: list(options.label),
    ...text('revId', options['rev-id']),
  });
  if (options.edit === true) await edit(project, { revision: document.revision! });
  return document;
}

function redoCount(word: string | undefined): number {
  if (word === undefined) return 1;
  const count = /^-?(\d+)$/.exec(word)?.[1];
  if (count !== undefined && Number(count) > 0) return Number(count);
  throw new MigError({
    code: 'usage',
    message: `\`${word}\` is no number of revisions.`,
    hint: 'Say `mig redo -2`.',
  });
}

/** Flags of the command line as the options of a command: `dry-run` is `dryRun`. */
function flags<Name extends string>(options: Options, names: readonly Name[]) {
  const given: Record<string, boolean> = {};
  for (const name of names) {
    if (options[name] !== true) continue;
    given[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())] = true;
  }
  return given;
}

/** `--backup` and `--backup=PATH`. */
function backup({ backup: value }: Options): { readonly backup?: boolean | string } {
  return typeof value === 'string' || value === true ? { backup: value } : {};
}

function text<Key extends string>(key: Key, value: Options[string]) {
  return (typeof value === 'string' ? { [key]: value } : {}) as { readonly [K in Key]?: string };
}

/** The values of an option that may repeat; each may be a list with commas. */
function list(value: Options[string]): readonly string[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly string[]).flatMap((each) => each.split(',').map((part) => part.trim()));
}
