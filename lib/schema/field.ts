import type { Divergence, RunOrder } from '../graph/divergence.ts';
import { type End, endOf } from './end.ts';
import { runScripts, type SchemaScript, schemaOf } from './materialise.ts';
import type { Schema } from './model.ts';
import type { Scratch } from './scratch.ts';
import { faultsOf } from './validity.ts';

/** Everything that a proof stands on. */
export interface Ground {
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
export class Field implements AsyncDisposable {
  /** The schema that the branches part from. */
  readonly base: Schema;
  /**
   * A script of a branch that cannot be taken back by a savepoint, if there is one: then
   * every attempt has a database of its own.
   */
  readonly unmarkable: SchemaScript | null;
  readonly #ground: Ground;
  readonly #scratch: Scratch;
  readonly #known: ReadonlySet<string>;

  private constructor(ground: Ground, scratch: Scratch, base: Schema, known: ReadonlySet<string>) {
    const scripts = ground.divergence.branches.flat().map(ground.scriptOf);
    this.unmarkable =
      scripts.find((each) => each.foreignKeys === 'on' || each.transaction === 'off') ?? null;
    this.base = base;
    this.#ground = ground;
    this.#scratch = scratch;
    this.#known = known;
  }

  /** @throws MigError when what the branches share does not run. */
  static async open(ground: Ground): Promise<Field> {
    const scratch = await ground.open({ frozen: false });
    await runScripts(scratch, missing(ground, ground.divergence.base));
    const base = await schemaOf(scratch);
    const known = await faultsOf(scratch, base);
    return new Field(ground, scratch, base, new Set(known.map((each) => each.message)));
  }

  /** Where a whole order leads. */
  async endOf(order: RunOrder, { frozen }: { readonly frozen: boolean }): Promise<End> {
    const { divergence } = this.#ground;
    const base = new Set(divergence.base);
    const startsAtBase = order.ids.slice(0, base.size).every((id) => base.has(id));
    const options = { known: this.#known, tables: null };
    if (!frozen && this.unmarkable === null && startsAtBase) {
      const scripts = order.ids.slice(base.size).map(this.#ground.scriptOf);
      return this.trying(() => endOf(this.#scratch, scripts, options));
    }
    await using own = await this.#ground.open({ frozen });
    return await endOf(own, missing(this.#ground, order.ids), options);
  }

  /** Where some scripts lead from here; only the tables that they write are looked at. */
  async tryEnd(scripts: readonly SchemaScript[]): Promise<End> {
    const options = { known: this.#known, tables: new Set<string>() };
    return this.trying(() => endOf(this.#scratch, scripts, options));
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scratch[Symbol.asyncDispose]();
  }
}

function missing({ applied, scriptOf }: Ground, ids: readonly string[]): readonly SchemaScript[] {
  return ids.filter((id) => !applied.has(id)).map(scriptOf);
}
