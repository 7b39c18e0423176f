import type { CommandSpec, OptionSpec } from './command-table.ts';
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { zshScript } from './completion-zsh.ts';

/** The shells that completion is written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Whether completion is written for a shell of that name. */
export function isShell(word: string): word is Shell {
  return (SHELLS as readonly string[]).includes(word);
}

/**
 * The script that teaches a shell to complete mig, made of the command table alone; only
 * revisions and labels are asked of mig itself, while somebody types (candidates.ts).
 */
export function completionScript(
  shell: Shell,
  commands: readonly CommandSpec[],
  globals: readonly OptionSpec[],
): string {
  const write = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return write(commands, globals);
}
