import { edit } from '../commands/edit.ts';
import { init } from '../commands/init.ts';
import { merge } from '../commands/merge.ts';
import type { Project } from '../commands/project.ts';
import { pull } from '../commands/pull.ts';
import { revision } from '../commands/revision.ts';
import { MigError } from '../error.ts';
import { AUTOGENERATE_OPTIONS, autogenerateOptions } from './autogenerate-options.ts';
import type { CommandSpec } from './command-table.ts';
import { flags, LABEL, list, MESSAGE, text } from './given.ts';

/** Commands that write or open revision files. */
export const FILE_COMMANDS: readonly CommandSpec[] = [
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
      ...AUTOGENERATE_OPTIONS,
    ],
    summary: 'write a new pair of files on the head',
    details:
      'Writes <id>_<slug>.up.sql and .down.sql, with a header that names the parent. Where there are several heads, say which one with --parent. With --autogenerate, the files hold the SQL that leads from what the revisions build to the schema file, and back; both are proved before they are written.',
    examples: [
      'mig revision -m "Add users"',
      'mig revision --autogenerate -m "Full names" --rename users.name=full_name',
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
    name: 'edit',
    aliases: [],
    args: [{ name: 'REV', what: 'a revision', required: true }],
    options: [],
    summary: 'open both files in $VISUAL or $EDITOR',
    details: 'Takes what `show` takes.',
    examples: ['mig edit head'],
    run: (project, { args }) => edit(project, { revision: args[0]! }),
  },
];

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
    autogenerate: autogenerateOptions(options),
  });
  if (options.edit === true && document.revision !== null)
    await edit(project, { revision: document.revision });
  return document;
}
