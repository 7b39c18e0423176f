import type { Project } from '../commands/project.ts';
import { MigError } from '../error.ts';
import { AUTOGENERATE_OPTIONS, autogenerateOptions } from './autogenerate-options.ts';
import type { CommandSpec } from './command-table.ts';
import { DRY_RUN, flags, LABEL, list, MESSAGE, REV_ID, text } from './given.ts';

/** Commands that write or open revision files. */
export const FILE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    aliases: [],
    args: [{ name: 'DIR', what: 'a folder' }],
    options: [
      {
        name: 'from-database',
        value: 'URL',
        help: 'write the first revision from this database, and stamp it there',
      },
      MESSAGE,
      REV_ID,
      { name: 'dry-run', help: 'print what --from-database would write' },
    ],
    summary: 'make the migrations folder and a mig.json',
    details:
      'Makes the folder and a mig.json that names it. What exists already is left as it is. With --from-database also a revision that makes what is in that database, proved in an empty one; with --schema-file the same as a schema file.',
    examples: [
      'mig init',
      'mig init db/migrations -d sqlite:app.db',
      'mig init --from-database app.db --schema-file schema.sql',
    ],
    run: async (project, { options }) =>
      (await import('../commands/init.ts')).init(project, {
        ...text('database', options.database),
        ...text('schemaFile', options['schema-file']),
        ...text('fromDatabase', options['from-database']),
        ...text('message', options.message),
        ...text('revId', options['rev-id']),
        ...flags(options, ['dry-run']),
      }),
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
      REV_ID,
      { name: 'edit', help: 'open both files in $VISUAL or $EDITOR' },
      ...AUTOGENERATE_OPTIONS,
    ],
    summary: 'write a new pair of files on the head',
    details:
      'Writes <id>_<slug>.up.sql and .down.sql, with a header that names the parent. Where there are several heads, say which one with --parent. With --autogenerate, the files hold the SQL that leads from what the revisions build to the schema file, and back; both are proved before they are written.',
    examples: [
      'mig revision -m "Add users"',
      'mig revision --autogenerate -m "Names" --rename users.nm=name',
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
    run: async (project, { args, options }) =>
      (await import('../commands/merge.ts')).merge(project, {
        revisions: args,
        ...text('message', options.message),
        labels: list(options.label),
        ...flags(options, ['no-prove']),
        ...text('on', options.on),
        ...text('depends', options.depends),
      }),
  },
  {
    name: 'import',
    aliases: [],
    args: [{ name: 'DIR', what: 'the folder of another tool', required: true }],
    options: [
      {
        name: 'from',
        value: 'TOOL',
        help: 'golang-migrate, sqlx, dbmate, goose, flyway, sqitch or alembic (what the files look like)',
      },
      {
        name: 'sql-script',
        value: 'FILE',
        repeats: true,
        help: 'what `alembic upgrade --sql` and `alembic downgrade --sql` printed',
      },
      {
        name: 'stamp-from',
        value: 'PATH',
        optional: true,
        help: "stamp what the tool's own table says is applied (in the database)",
      },
      { ...DRY_RUN, help: 'print the report, write nothing' },
    ],
    summary: 'take over the history of another tool',
    details:
      'Writes a pair of files for each migration of the other tool, with its SQL as it stands, and reports what could not be carried over. The source is only read. The migrations folder has to be empty.',
    examples: [
      'mig import db/migrations.old --dry-run',
      'mig import db/migrations.old -d app.db --stamp-from',
      'mig import alembic/versions --sql-script up.sql --sql-script down.sql',
      'mig import sqitch -d app.db --stamp-from=sqitch.db',
    ],
    run: async (project, { args, options }) =>
      (await import('../commands/import.ts')).importHistory(project, {
        source: args[0]!,
        ...text('from', options.from),
        sqlScripts: Array.isArray(options['sql-script']) ? options['sql-script'] : [],
        ...stampFrom(options['stamp-from']),
        ...flags(options, ['dry-run']),
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
    run: async (project, { args }) =>
      (await import('../commands/pull.ts')).pull(project, { revisions: args }),
  },
  {
    name: 'edit',
    aliases: [],
    args: [{ name: 'REV', what: 'a revision', required: true }],
    options: [],
    summary: 'open both files in $VISUAL or $EDITOR',
    details: 'Takes one revision, as `mig show` does.',
    examples: ['mig edit head'],
    run: async (project, { args }) =>
      (await import('../commands/edit.ts')).edit(project, { revision: args[0]! }),
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
  const { revision } = await import('../commands/revision.ts');
  const document = await revision(project, {
    message: (options.message as string | undefined) ?? words,
    ...text('parent', options.parent),
    depends: list(options.depends),
    labels: list(options.label),
    ...text('revId', options['rev-id']),
    autogenerate: autogenerateOptions(options),
  });
  if (options.edit === true && document.revision !== null) {
    const { edit } = await import('../commands/edit.ts');
    await edit(project, { revision: document.revision });
  }
  return document;
}

/** `--stamp-from` and `--stamp-from=PATH`. */
function stampFrom(value: unknown): { readonly stampFrom?: true | string } {
  return value === true || typeof value === 'string' ? { stampFrom: value } : {};
}
