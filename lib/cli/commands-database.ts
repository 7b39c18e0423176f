import { MigError } from '../error.ts';
import type { CommandSpec } from './command-table.ts';
import { ATOMIC, BACKUP, DRY_RUN, flags, NO_GROUP, runOptions, SQL, text, YES } from './given.ts';

/** Commands that change a database, or its ledger. */
export const DATABASE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'upgrade',
    aliases: ['up', 'migrate'],
    args: [{ name: 'TARGET', what: 'a target' }],
    options: [
      DRY_RUN,
      SQL,
      ATOMIC,
      NO_GROUP,
      BACKUP,
      { name: 'allow-missing', help: 'go on although the database has revisions without files' },
      { name: 'allow-inserted', help: 'apply revisions below those that are applied already' },
    ],
    summary: 'apply what is pending, up to a target (head)',
    details:
      'The target is an id or its beginning, a label, head, heads, +N, or rev+N. Each revision is applied as a whole or not at all: those before a failure stay.',
    examples: [
      'mig upgrade',
      'mig up +2',
      'mig upgrade a261 --dry-run',
      'mig upgrade --sql > script.sql',
    ],
    run: async (project, given) =>
      (await import('../commands/upgrade.ts')).upgrade(project, {
        ...text('target', given.args[0]),
        ...flags(given.options, ['dry-run', 'sql', 'atomic', 'allow-missing', 'allow-inserted']),
        ...runOptions(given),
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
      NO_GROUP,
      BACKUP,
      { ...YES, help: 'run SQL that only the ledger still has, without asking' },
    ],
    summary: 'revert what is above a target',
    details:
      'The target stays: an id, base, or -N for the N revisions applied last. Of several branches above it, label@target picks one.',
    examples: ['mig downgrade -1', 'mig down base', 'mig downgrade 32c8 --dry-run'],
    run: async (project, given) =>
      (await import('../commands/downgrade.ts')).downgrade(project, {
        target: given.args[0]!,
        ...flags(given.options, ['dry-run', 'sql', 'atomic', 'yes']),
        ...runOptions(given),
      }),
  },
  {
    name: 'redo',
    aliases: [],
    args: [{ name: '-N', what: 'a number of revisions' }],
    options: [DRY_RUN, ATOMIC, NO_GROUP, BACKUP],
    summary: 'revert the last revision and apply it again',
    details:
      'Reverts what really ran, from the ledger where the file was edited, and applies what the file says now.',
    examples: ['mig redo', 'mig redo -2'],
    run: async (project, given) =>
      (await import('../commands/redo.ts')).redo(project, {
        count: redoCount(given.args[0]),
        ...flags(given.options, ['dry-run', 'atomic']),
        ...runOptions(given),
      }),
  },
  {
    name: 'sync',
    aliases: [],
    args: [],
    options: [DRY_RUN, NO_GROUP, BACKUP, YES],
    summary: 'make the database what the checkout has',
    details:
      'Reverts what the files no longer have as it was applied, and all that depends on it; then upgrades to the heads. For switching git branches. It asks before it reverts.',
    examples: ['mig sync --dry-run', 'mig sync', 'mig sync --yes --backup'],
    run: async (project, given) =>
      (await import('../commands/sync.ts')).sync(project, {
        ...flags(given.options, ['dry-run', 'yes']),
        ...runOptions(given),
      }),
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
    run: async (project, { args, options }) =>
      (await import('../commands/stamp.ts')).stamp(project, {
        targets: args,
        ...flags(options, ['purge', 'dry-run']),
      }),
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
    run: async (project, { args, options, statements }) =>
      (await import('../commands/repair.ts')).repair(project, {
        revisions: args,
        ...flags(options, ['resume', 'applied', 'reverted']),
        statements,
      }),
  },
];

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
