import type { DatabaseSync } from 'node:sqlite';
import {
  CASCADE_HINT,
  type ForeignKey,
  missedCascade,
  replacedTables,
} from './sqlite-foreign-keys.ts';
import { RefusedError } from './sqlite-guard.ts';
import { allForeignKeys } from './sqlite-key-catalogue.ts';
import type { Tracer } from './sqlite-tracer.ts';

/** A statement would have set off a cascade, and enforcement is off. */
export class MissedCascadeError extends RefusedError {}

/**
 * The rule of `foreign_keys: auto` for a script in a scratch database: what would have set
 * off a cascade is refused, so that a proof fails where a run would.
 */
export class CascadeWatch {
  readonly #db: DatabaseSync;
  readonly #tracer: Tracer;
  readonly #replaced: ReadonlySet<string>;
  #before: readonly ForeignKey[] = [];

  constructor(db: DatabaseSync, tracer: Tracer, sql: string) {
    this.#db = db;
    this.#tracer = tracer;
    this.#replaced = replacedTables(sql);
  }

  /** Before the script, or before it runs again. */
  begin(): void {
    this.#tracer.changes.take();
    // Read anew each time: rollbacks in a scratch database give an old schema version new tables.
    this.#before = allForeignKeys(this.#db);
  }

  /** Whether what ran since the beginning, as a whole, looks as if it missed a cascade. */
  isSuspicious(): boolean {
    return this.#tracer.aside(() => this.#missed(allForeignKeys(this.#db))) !== null;
  }

  /** After each statement. @throws MissedCascadeError */
  check(): void {
    const [after, missed] = this.#tracer.aside(() => {
      const keys = allForeignKeys(this.#db);
      return [keys, this.#missed(keys)] as const;
    });
    if (missed !== null) throw new MissedCascadeError(missed, CASCADE_HINT);
    this.#before = after;
  }

  #missed(after: readonly ForeignKey[]): string | null {
    const trace = this.#tracer.changes.take();
    return missedCascade(this.#db, [...this.#before, ...after], trace, this.#replaced);
  }
}
