import type { ProjectEvent } from '../commands/project.ts';
import { printable } from '../graph/controls.ts';
import { duration } from './duration.ts';
import type { Stream } from './main.ts';
import { renderDone } from './render.ts';
import type { Style } from './style.ts';

/** Work that is over sooner shows no live line. */
const LIVE_AFTER_MS = 500;
/** A lock that is gone sooner is not worth a word. */
const WAIT_AFTER_MS = 500;

interface ProgressOptions {
  /** Where the lines of finished steps go; null for nowhere. */
  readonly out: Stream | null;
  /** Where the live line, notes and statements go. */
  readonly err: Stream | null;
  readonly outStyle: Style;
  readonly errStyle: Style;
  readonly ticks: () => number;
}

/**
 * What is seen while a command works: a line for each step that is done, on stdout; and on
 * stderr, if it is a terminal, one live line for work that takes long.
 */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #started: number;
  #isLive = false;
  /** Lines of steps that were committed together, written at once. */
  #lines = '';
  #saidWaiting = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#started = options.ticks();
  }

  tell(event: ProjectEvent): void {
    const { out, err, outStyle, errStyle } = this.#options;
    if (event.kind === 'done') {
      if (out === null) return;
      this.#lines += renderDone({ ...event.step, message: event.message, ms: event.ms }, outStyle);
      return;
    }
    this.#writeLines();
    switch (event.kind) {
      case 'begin':
        this.#live(event);
        return;
      case 'statement':
        this.end();
        err?.write(`${errStyle.dim(duration(event.ms).padStart(9))}  ${firstLine(event.sql)}\n`);
        return;
      case 'waiting':
        this.#wait(event.ms, event.lastMove);
        return;
      case 'note':
        this.end();
        err?.write(`${printable(event.message, { lines: true })}\n`);
        return;
      case 'warning':
        this.end();
        err?.write(`${errStyle.yellow('warning:')} ${printable(event.message, { lines: true })}\n`);
    }
  }

  /** Takes the live line away, and writes what is done. */
  end(): void {
    if (this.#isLive) this.#options.err?.write('\r\x1b[K');
    this.#isLive = false;
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '') this.#options.out?.write(lines);
  }

  #writeLines(): void {
    if (this.#lines !== '') this.end();
  }

  #live({ index, total, step }: Extract<ProjectEvent, { kind: 'begin' }>): void {
    const { err, errStyle, ticks } = this.#options;
    if (!err?.isTerminal) return;
    const elapsed = ticks() - this.#started;
    if (elapsed < LIVE_AFTER_MS) return;
    const text = `${index + 1} of ${total}  ${step.direction} ${step.revision}`;
    const line = `${text}  ${duration(elapsed)}`.slice(0, err.columns - 1);
    err.write(`\r\x1b[K${errStyle.dim(line)}`);
    this.#isLive = true;
  }

  #wait(ms: number, lastMove: string | null): void {
    if (ms < WAIT_AFTER_MS || this.#saidWaiting || !this.#options.err?.isTerminal) return;
    this.#saidWaiting = true;
    this.end();
    const last = lastMove === null ? '' : ` (the last that mig did: ${printable(lastMove)})`;
    this.#options.err.write(`The database is locked by another process; waiting for it${last}\n`);
  }
}

function firstLine(sql: string): string {
  const text = printable(
    sql
      .replace(/(^|\n)\s*--[^\n]*/g, '')
      .trim()
      .replace(/\s+/g, ' '),
  );
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
