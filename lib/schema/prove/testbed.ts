import type { Divergence, RunOrder } from '../../graph/divergence.ts';
import type { Schema } from '../model.ts';
import { runScripts, type SchemaScript } from '../read/materialise.ts';
import { type KnownObjects, knownObjects, readSchema } from '../read/read.ts';
import type { Scratch } from '../scratch.ts';
import { faultsOf } from '../validity.ts';
import { type End, endOf, writtenIn } from './end.ts';

/** Everything that a proof stands on. */
export interface ProofInput {
  readonly divergence: Divergence;
  readonly orders: readonly RunOrder[];
  readonly scriptOf: (revision: string) => SchemaScript;
  /** A database to try in, as all orders find it; with clock and chance stopped, if wanted. */
  readonly open: (options: { readonly frozen: boolean }) => Promise<Scratch>;
  /** Revisions that such a database has already. */
  readonly applied: ReadonlySet<string>;
}

/**
 * Where a proof is held: one database with everything that the branches share in place, from
 * which each attempt starts, and to which each goes back.
 */
export class Testbed implements AsyncDisposable {
  /** The schema that the branches part from. */
  readonly base: Schema;
  /**
   * A script of a branch that cannot be taken back by a savepoint, if there is one: then
   * every attempt has a database of its own.
   */
  readonly unmarkable: SchemaScript | null;
  readonly #input: ProofInput;
  readonly #scratch: Scratch;
  readonly #known: ReadonlySet<string>;
  readonly #read: KnownObjects;
  readonly #written = new Set<string>();

  private constructor(
    input: ProofInput,
    scratch: Scratch,
    base: Schema,
    known: ReadonlySet<string>,
    read: KnownObjects,
  ) {
    this.#read = read;
    const scripts = input.divergence.branches.flat().map(input.scriptOf);
    this.unmarkable =
      scripts.find((each) => each.foreignKeys === 'on' || each.transaction === 'off') ?? null;
    this.base = base;
    this.#input = input;
    this.#scratch = scratch;
    this.#known = known;
  }

  /** @throws MigError when what the branches share does not run. */
  static async open(input: ProofInput, { frozen } = { frozen: false }): Promise<Testbed> {
    const scratch = await input.open({ frozen });
    await runScripts(scratch, missing(input, input.divergence.base));
    const read = knownObjects();
    const base = readSchema(await scratch.inspect(), read);
    const known = await faultsOf(scratch, base);
    return new Testbed(input, scratch, base, new Set(known.map((each) => each.message)), read);
  }

  /** Where a whole order leads. */
  async endOf(order: RunOrder, { frozen }: { readonly frozen: boolean }): Promise<End> {
    const { divergence } = this.#input;
    const base = new Set(divergence.base);
    const startsAtBase = order.ids.slice(0, base.size).every((id) => base.has(id));
    if (!frozen && this.unmarkable === null && startsAtBase) {
      const scripts = order.ids.slice(base.size).map(this.#input.scriptOf);
      return this.trying(() => this.#look(this.#scratch, scripts));
    }
    await using own = await this.#input.open({ frozen });
    return await this.#look(own, missing(this.#input, order.ids));
  }

  /** Where some scripts lead from here. */
  async tryEnd(scripts: readonly SchemaScript[]): Promise<End> {
    return this.trying(() => this.#look(this.#scratch, scripts));
  }

  /**
   * How many tables are known to be written. When it grows, ends that were looked at before
   * say nothing of the rows of the new ones.
   */
  get written(): number {
    return this.#written.size;
  }

  /** Goes on from here. @throws ScratchError */
  async advance(script: SchemaScript): Promise<void> {
    await this.#scratch.exec(script.sql, script);
  }

  /** Does something, and takes it back. */
  async trying<T>(action: () => Promise<T>): Promise<T> {
    const mark = await this.#scratch.mark();
    try {
      return await action();
    } finally {
      await mark.rollback();
      await mark.release();
    }
  }

  async #look(scratch: Scratch, scripts: readonly SchemaScript[]): Promise<End> {
    const end = await endOf(scratch, scripts, {
      known: this.#known,
      tables: this.unmarkable === null ? this.#written : null,
      read: this.#read,
    });
    if (end.kind === 'bad') return end;
    const ofBranches = new Map(end.traces);
    for (const id of this.#input.divergence.base) ofBranches.delete(id);
    for (const name of writtenIn(ofBranches)) this.#written.add(name);
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }
}

function missing(
  { applied, scriptOf }: ProofInput,
  ids: readonly string[],
): readonly SchemaScript[] {
  return ids.filter((id) => !applied.has(id)).map(scriptOf);
}
