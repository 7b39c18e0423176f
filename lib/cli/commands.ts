import type { CompletionDocument } from '../commands/documents.ts';
import { MigError } from '../error.ts';
import { type CommandSpec, GLOBAL_OPTIONS } from './command-table.ts';
import { CHECK_COMMANDS } from './commands-checks.ts';
import { DATABASE_COMMANDS } from './commands-database.ts';
import { FILE_COMMANDS } from './commands-files.ts';
import { VIEW_COMMANDS } from './commands-views.ts';
import { completionScript, isShell, SHELLS } from './completion.ts';

/** In the order of the help: what one does first comes first. */
const ORDER = [
  'init',
  'revision',
  'merge',
  'import',
  'upgrade',
  'downgrade',
  'redo',
  'sync',
  'stamp',
  'status',
  'current',
  'heads',
  'branches',
  'history',
  'graph',
  'show',
  'pull',
  'repair',
  'edit',
  'check',
  'dump',
  'test',
  'completion',
] as const;

/** The one command that is made from all of them. */
const COMPLETION: CommandSpec = {
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
};

const ALL = new Map(
  [...FILE_COMMANDS, ...DATABASE_COMMANDS, ...VIEW_COMMANDS, ...CHECK_COMMANDS, COMPLETION].map(
    (each) => [each.name, each],
  ),
);

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = ORDER.map((name) => ALL.get(name)!);

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
