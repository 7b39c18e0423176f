import { GRAPH_FORMATS, graphFormat } from '../commands/formats.ts';
import type { CommandSpec } from './command-table.ts';
import { flags, RANGE, text } from './given.ts';

/** Commands that show something, and change nothing. */
export const VIEW_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'status',
    aliases: [],
    args: [],
    options: [{ name: 'check', help: 'exit 3 pending, 4 several heads, 5 drift' }],
    summary: 'files and database, side by side',
    details: 'What is applied and pending, and where files and database tell different stories.',
    examples: ['mig status', 'mig status --check'],
    run: async (project, { options }) =>
      (await import('../commands/status.ts')).status(project, flags(options, ['check'])),
  },
  {
    name: 'current',
    aliases: [],
    args: [],
    options: [{ name: 'check-heads', help: 'exit 3 when something is pending' }],
    summary: 'the head or heads of the database',
    details: 'The applied revisions that nothing applied follows.',
    examples: ['mig current', 'mig current --check-heads'],
    run: async (project, { options }) =>
      (await import('../commands/current.ts')).current(project, flags(options, ['check-heads'])),
  },
  {
    name: 'heads',
    aliases: [],
    args: [],
    options: [{ name: 'check', help: 'exit 4 when there are several' }],
    summary: 'the head or heads of the files',
    details: 'Several heads mean that branches diverged: `mig merge` joins them.',
    examples: ['mig heads', 'mig heads --check'],
    run: async (project, { options }) =>
      (await import('../commands/heads.ts')).heads(project, flags(options, ['check'])),
  },
  {
    name: 'branches',
    aliases: [],
    args: [],
    options: [],
    summary: 'the revisions that several others follow',
    details: 'The branch points of the files, each with what follows it.',
    examples: ['mig branches'],
    run: async (project) => (await import('../commands/branches.ts')).branches(project),
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
    run: async (project, { options }) =>
      (await import('../commands/history.ts')).history(project, {
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
      'A lane for every line of revisions, newest on top, dashed where one only depends on another. Where a database is given, it tells ● applied from ○ pending, and ◌ is what only the database has.',
    examples: ['mig graph', 'mig graph -d app.db', 'mig graph --format svg > graph.svg'],
    run: async (project, { options }) =>
      (await import('../commands/graph.ts')).graph(project, {
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
    run: async (project, { args }) =>
      (await import('../commands/show.ts')).show(project, { revisions: args }),
  },
  {
    name: 'dump',
    aliases: [],
    args: [],
    options: [
      { name: 'revisions', help: 'what the revisions build, also where a database is given' },
    ],
    summary: 'the schema as ordered, stable SQL',
    details:
      'Of the database, where one is given; else of what the revisions build in an empty one. Each statement stands as it was written.',
    examples: ['mig dump --revisions > schema.sql', 'mig dump -d app.db'],
    run: async (project, { options }) =>
      (await import('../commands/dump.ts')).dump(project, flags(options, ['revisions'])),
  },
];
