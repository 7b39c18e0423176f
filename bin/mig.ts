/** The executable: the real world, handed to `main`. */
import { fstatSync, readSync, statSync, writeSync } from 'node:fs';
import { main, type Stream } from '../lib/cli/main.ts';
import { MigError } from '../lib/error.ts';
import { REAL_WORLD } from '../lib/world.ts';
import packageJson from '../package.json' with { type: 'json' };

/** Nobody reads these any more: what is written to them goes nowhere, and the work goes on. */
const closed = new Set<1 | 2>();

/** Does what the command line says, and returns the exit code. */
export function start(): Promise<number> {
  return main({
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    out: stream(1),
    err: stream(2),
    version: packageJson.version,
    world: {
      ...REAL_WORLD,
      confirm,
      choose,
      edit,
    },
  });
}

// The build decides this beforehand (see Makefile): in the package, start.cjs calls `start`.
if (import.meta.main) start().then(process.exit);

/** Written synchronously: `process.stdout` takes milliseconds to set up. */
function stream(handle: 1 | 2): Stream {
  return {
    isTerminal: isTerminal(handle),
    get columns() {
      return (handle === 1 ? process.stdout : process.stderr).columns ?? 80;
    },
    write: (text) => writeAll(handle, Buffer.from(text, 'utf8')),
  };
}

/** node:tty takes milliseconds to load: what is no character device, or /dev/null, is no terminal. */
function isTerminal(handle: 0 | 1 | 2): boolean {
  try {
    const device = fstatSync(handle);
    if (!device.isCharacterDevice()) return false;
    if (device.rdev === statSync('/dev/null', { throwIfNoEntry: false })?.rdev) return false;
  } catch {
    // Closed, as with `>&-`.
    return false;
  }
  return process.getBuiltinModule('node:tty').isatty(handle);
}

function writeAll(handle: 1 | 2, bytes: Buffer): void {
  if (closed.has(handle)) return;
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(handle, bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // `mig history | head`, or `mig upgrade | head`, which has to be done nevertheless.
      if (code === 'EPIPE' || code === 'EBADF') {
        closed.add(handle);
        return;
      }
      // A pipe that does not block and is full: wait a little, and go on where it stopped.
      if (code !== 'EAGAIN') {
        throw new MigError(
          {
            code: 'io',
            message: `The output cannot be written (${code}).`,
            hint: '`mig status` shows how far the command came.',
          },
          { cause: error },
        );
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Asks at the terminal; null where there is none. */
function confirm(question: string): boolean | null {
  if (!isTerminal(0) || !isTerminal(2)) return null;
  writeAll(2, Buffer.from(`${question} [y/N] `, 'utf8'));
  return /^y(es)?$/i.test(readLine());
}

/** Asks for a number, until it is one; null without a terminal, or after an empty line. */
function choose(question: string, choices: readonly string[]): number | null {
  if (!isTerminal(0) || !isTerminal(2)) return null;
  const list = choices.map((choice, index) => `  ${String(index + 1).padStart(2)}  ${choice}\n`);
  writeAll(2, Buffer.from(`${question}\n${list.join('')}`, 'utf8'));
  for (;;) {
    writeAll(2, Buffer.from(`A number, 1 to ${choices.length}, or nothing to leave: `, 'utf8'));
    const answer = readLine();
    if (answer === '') return null;
    if (/^\d+$/.test(answer) && choices[Number(answer) - 1] !== undefined)
      return Number(answer) - 1;
  }
}

/** What is typed, without its line end; empty at the end of the input. Ctrl-C ends the program. */
function readLine(): string {
  const answer = Buffer.alloc(256);
  return answer.toString('utf8', 0, readSync(0, answer)).trim();
}

function edit(files: readonly string[]): void {
  const editor = process.env.VISUAL || process.env.EDITOR;
  if (!editor) {
    throw new MigError({
      code: 'editor',
      message: 'Which editor? Neither VISUAL nor EDITOR is set.',
      hint: `The files are ${files.join(' and ')}.`,
    });
  }
  // The variable may hold arguments (`code --wait`), so a shell has to read it.
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { status, error } = spawnSync('sh', ['-c', `${editor} "$@"`, 'sh', ...files], {
    stdio: 'inherit',
  });
  if (status === 0 && error === undefined) return;
  throw new MigError({
    code: 'editor',
    message: `The editor (${editor}) ${error === undefined ? `ended with ${status}` : `could not be started: ${error.message}`}.`,
  });
}
