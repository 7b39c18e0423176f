import { main } from '../../lib/cli/main.ts';
import type { Ran } from './program.ts';

/** What a test may set of the world that `main` sees. */
export interface Seen {
  readonly env?: Readonly<Record<string, string>>;
  /** Which streams are a terminal. */
  readonly terminal?: 'both' | 'out' | 'err' | 'none';
  readonly columns?: number;
  /** Milliseconds between two looks at the clock. */
  readonly tick?: number;
  /** What a person answers; without one, nobody is there to ask. */
  readonly confirm?: (question: string) => boolean | null;
  readonly choose?: (question: string, choices: readonly string[]) => number | null;
  readonly edit?: (files: readonly string[]) => void;
}

export const NOW = '2026-11-22T15:06:00.000Z';

/**
 * Runs the program inside the test's own process, with a clock that stands still, chance
 * that counts, and streams that are kept. Exact, and a hundred times as fast as a process.
 */
export async function mig(
  cwd: string,
  args: readonly string[],
  {
    env = {},
    terminal = 'none',
    columns = 80,
    tick = 5,
    confirm = () => null,
    choose,
    edit = () => {},
  }: Seen = {},
): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  let ms = 0;
  let byte = 0;
  const nextByte = () => {
    byte = (byte + 17) & 0xff;
    return byte;
  };
  const status = await main({
    argv: args,
    env,
    cwd,
    version: '1.2.3',
    out: {
      isTerminal: terminal === 'both' || terminal === 'out',
      columns,
      write: (text) => {
        stdout += text;
      },
    },
    err: {
      isTerminal: terminal === 'both' || terminal === 'err',
      columns,
      write: (text) => {
        stderr += text;
      },
    },
    world: {
      now: () => new Date(NOW),
      ticks: () => {
        ms += tick;
        return ms;
      },
      randomBytes: (count) => Uint8Array.from({ length: count }, nextByte),
      by: () => 'ann@host',
      confirm,
      choose,
      edit,
    },
  });
  return { status, stdout, stderr };
}
