import type { DatabaseSync } from 'node:sqlite';
import { fold } from '../schema/names.ts';
import { renames } from '../sql/renames.ts';
import type { Trace } from './sqlite-changes.ts';
import {
  CASCADE_HINT,
  type DatabaseForeignKey,
  missedCascade,
  replacedTables,
  requireHeld,
  type Violation,
  violationsOf,
} from './sqlite-foreign-keys.ts';
import { RefusedError } from './sqlite-guard.ts';
import { allForeignKeys } from './sqlite-key-catalogue.ts';
import type { Tracer } from './sqlite-tracer.ts';

/** A statement would have set off a cascade, and enforcement is off. */
export class MissedCascadeError extends RefusedError {}

/**
 * What a run does by hand where enforcement is off, for a script in a scratch database, so
 * that a proof fails where a run would: under `auto`, what would have set off a cascade is
 * refused; under `auto` and `off`, keys that held before hold afterwards.
 *
 * A script runs as a whole first. Only where something looks odd then, it runs once more,
 * slowly: with `check` after each statement and `finish` behind the last.
 */
export class KeyWatch {
  readonly #db: DatabaseSync;
  readonly #tracer: Tracer;
  readonly #sql: string;
  readonly #rule: 'auto' | 'off';
  #keys: readonly DatabaseForeignKey[] = [];
  /** What did not hold before. */
  #old: readonly Violation[] = [];

  constructor(db: DatabaseSync, tracer: Tracer, sql: string, rule: 'auto' | 'off') {
    this.#db = db;
    this.#tracer = tracer;
    this.#sql = sql;
    this.#rule = rule;
  }

  /** Before the script. */
  begin(): void {
    this.#tracer.changes.take();
    // Read anew each time: rollbacks in a scratch database give an old schema version new tables.
    this.#keys = allForeignKeys(this.#db);
  }

  /** Before the script runs slowly. */
  beginSlowly(): void {
    this.begin();
    this.#old = violationsOf(this.#db, this.#keys);
  }

  /** Whether what ran since the beginning, as a whole, looks as if it broke a rule. */
  isSuspicious(): boolean {
    return this.#tracer.aside(() => {
      const trace = this.#tracer.changes.take();
      const after = allForeignKeys(this.#db);
      return (
        this.#missed(this.#sql, trace, after) !== null ||
        violationsOf(this.#db, this.#touched(trace, after)).length > 0
      );
    });
  }

  /** After each statement. @throws MissedCascadeError */
  check(statement: string): void {
    const [after, missed] = this.#tracer.aside(() => {
      const keys = allForeignKeys(this.#db);
      return [keys, this.#missed(statement, this.#tracer.changes.take(), keys)] as const;
    });
    if (missed !== null) throw new MissedCascadeError(missed, CASCADE_HINT);
    this.#keys = after;
  }

  /** Behind the last statement. @throws RefusedError */
  finish(): void {
    const now = this.#tracer.aside(() => violationsOf(this.#db, allForeignKeys(this.#db)));
    requireHeld(this.#old, now, this.#sql);
  }

  #missed(sql: string, trace: Trace, after: readonly DatabaseForeignKey[]): string | null {
    if (this.#rule === 'off') return null;
    return missedCascade(this.#db, [...this.#keys, ...after], trace, replacedTables(sql));
  }

  /** The keys of now whose child or parent the script wrote, altered or renamed. */
  #touched(
    { touched }: Trace,
    after: readonly DatabaseForeignKey[],
  ): readonly DatabaseForeignKey[] {
    const names = new Set([...touched, ...renames(this.#sql).map(({ to }) => fold(to))]);
    return after.filter(({ child, parent }) => names.has(fold(child)) || names.has(fold(parent)));
  }
}
