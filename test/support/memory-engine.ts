import {
  type Committed,
  type Engine,
  EngineError,
  type RunOptions,
  type Script,
  type Step,
} from '../../lib/engine/engine.ts';
import type { Fact, Files, LogRow, Op, Seq } from '../../lib/ledger/row.ts';

/**
 * A database of nothing but a ledger: the second implementation of the seam, so that no rule
 * of SQLite's slips into it. Several engines may share one.
 */
export interface MemoryDatabase {
  rows: readonly (LogRow & { readonly files: Files | null })[];
  /** The scripts that ran, as they were handed in. */
  executed: readonly string[];
}

/** A database without a row. */
export function memoryDatabase(): MemoryDatabase {
  return { rows: [], executed: [] };
}

/** What stands for running a script; throws to make it fail. */
type Execute = (script: Script) => void;

/** The seam, kept by a plain list of rows; scripts are only taken down. */
export class MemoryEngine implements Engine {
  readonly #database: MemoryDatabase;
  readonly #execute: Execute;

  constructor(database: MemoryDatabase, execute: Execute = () => {}) {
    this.#database = database;
    this.#execute = execute;
  }

  async readLog(after: Seq = -1): Promise<readonly LogRow[]> {
    return this.#database.rows.filter((row) => row.seq > after).map(({ files: _, ...row }) => row);
  }

  async readFiles(seqs: readonly Seq[]): Promise<ReadonlyMap<Seq, Files>> {
    const found = new Map<Seq, Files>();
    for (const seq of seqs) {
      const files = this.#database.rows[seq]?.files;
      if (files) found.set(seq, files);
    }
    return found;
  }

  async *run(
    seen: Seq | null,
    steps: readonly Step[],
    options: RunOptions,
  ): AsyncGenerator<Committed> {
    let last = seen;
    const groups = options.group === 'all' ? [steps] : steps.map((step) => [step]);
    let index = 0;
    for (const group of groups) {
      if (group.length === 0) continue;
      const committed = this.#batch(last, group, index, options);
      last = committed.at(-1)?.seq ?? last;
      index += group.length;
      yield* committed;
    }
  }

  /** There is nothing on a disk to copy. */
  async backup(): Promise<void> {
    throw new EngineError({ kind: 'unsupported', message: 'A database in memory has no backup.' });
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #batch(
    seen: Seq | null,
    group: readonly Step[],
    firstIndex: number,
    { author, watch }: RunOptions,
  ): readonly Committed[] {
    const { rows, executed } = this.#database;
    if ((rows.at(-1)?.seq ?? null) !== seen) {
      throw new EngineError({ kind: 'conflict', message: 'The ledger has moved on.' });
    }
    const newRows = [...rows];
    const newExecuted = [...executed];
    const committed: Committed[] = [];
    const append = (fact: Fact) =>
      newRows.push({
        ...rowOf(fact, newRows.length),
        run: author.run,
        by: author.by,
        at: author.now().toISOString(),
      });
    if (newRows.length === 0) append({ op: 'init' });
    for (const [offset, step] of group.entries()) {
      const index = firstIndex + offset;
      watch?.onStep?.(index);
      if (step.script !== undefined) {
        this.#perform(step.script, index);
        newExecuted.push(step.script.sql);
      }
      for (const fact of step.facts) append(fact);
      committed.push({ index, seq: newRows.length - 1, ms: 0 });
    }
    this.#database.rows = newRows;
    this.#database.executed = newExecuted;
    return committed;
  }

  #perform(script: Script, index: number): void {
    try {
      this.#execute(script);
    } catch (error) {
      throw new EngineError({
        kind: 'sql',
        message: (error as Error).message,
        failedStep: index,
        cause: error,
      });
    }
  }
}

function rowOf(fact: Fact, seq: Seq) {
  const facts = 'facts' in fact ? fact.facts : null;
  return {
    seq,
    op: fact.op as Op,
    direction: 'direction' in fact ? fact.direction : null,
    step: 'step' in fact ? fact.step : null,
    revision: facts?.revision ?? ('revision' in fact ? fact.revision : null),
    path: facts?.path ?? null,
    downPath: facts?.downPath ?? null,
    parents: facts?.parents ?? [],
    depends: facts?.depends ?? [],
    message: facts?.message ?? null,
    checksum: facts?.checksum ?? null,
    downChecksum: facts?.downChecksum ?? null,
    files: 'files' in fact ? fact.files : null,
  };
}
