import { CHECK_FORMATS, checkFormat } from '../commands/formats.ts';
import type { CommandSpec } from './command-table.ts';
import { flags, text } from './given.ts';

/** Commands for CI. */
export const CHECK_COMMANDS: readonly CommandSpec[] = [
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
      { name: 'strict-order', help: 'the order of columns and triggers counts, too' },
      {
        name: 'format',
        value: CHECK_FORMATS.join('|'),
        help: 'for people, for programs, as annotations in GitHub Actions, or for code scanning',
      },
    ],
    summary: 'look for everything that is wrong with the files',
    details:
      'The gate for CI, without a database: names, pairs, headers, the graph, several heads, statements that would break a transaction. With a schema file, also how it differs from what the revisions build (exit 3).',
    examples: [
      'mig check',
      'mig check --schema-file schema.sql',
      'mig check --against origin/main',
      'mig check --format sarif > mig.sarif',
    ],
    run: async (project, { options }) =>
      (await import('../commands/check.ts')).check(project, {
        ...text('against', options.against),
        ...flags(options, ['strict-order']),
        format: checkFormat((options.format as string | undefined) ?? 'text'),
      }),
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
    run: async (project, { options }) =>
      (await import('../commands/test.ts')).test(project, {
        ...text('since', options.since),
        ...text('on', options.on),
      }),
  },
];
