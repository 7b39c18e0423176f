import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';

/** What SQLite hands to a function and takes back, apart from NULL: node:sqlite's values. */
type Value = SQLOutputValue;

/** Functions of the clock, with the place of each time value among their arguments. */
const WITH_TIMES = {
  date: [0],
  time: [0],
  datetime: [0],
  julianday: [0],
  unixepoch: [0],
  strftime: [1],
  timediff: [0, 1],
} as const;

const WITHOUT_ARGUMENTS = {
  current_date: 'date',
  current_time: 'time',
  current_timestamp: 'datetime',
} as const;

/**
 * Freezes the clock and chance of a connection, so that the same script leaves the same
 * data whenever it runs: `now` is one moment, and random() gives, after each `restart`, the
 * numbers that belong to a seed.
 *
 * SQLite's own functions are shadowed by user functions of the same name and number of
 * arguments, which works for CURRENT_TIMESTAMP and for what defaults, checks, views and
 * triggers call, too (Node 24.15 and 26.10). They are declared deterministic, because an
 * index on date(x) could not be made otherwise; so an index on date('now'), which SQLite
 * refuses, is let through. Validity is for an unfrozen database to tell.
 */
export class FrozenWorld {
  /** SQLite's own functions, of a connection where nothing is shadowed. */
  readonly #own = new DatabaseSync(':memory:', {});
  readonly #statements = new Map<string, StatementSync>();
  readonly #now: string;
  #seed = '';
  #count = 0;

  /** @param now the moment, as `2026-11-22 15:06:00`. */
  constructor(db: DatabaseSync, now: string) {
    this.#now = now;
    const options = { deterministic: true, useBigIntArguments: true } as const;
    for (const [name, times] of Object.entries(WITH_TIMES)) {
      const frozen = (...given: Value[]) => this.#call(name, this.#withoutNow(given, times));
      // The number of arguments has to be that of the original, or it stays.
      if (name === 'timediff') {
        db.function(name, options, (a: Value, b: Value) => frozen(a, b));
      } else db.function(name, { ...options, varargs: true }, frozen);
    }
    for (const [name, like] of Object.entries(WITHOUT_ARGUMENTS)) {
      db.function(name, options, () => this.#call(like, [now]));
    }
    db.function('random', {}, () => this.#bytes(8).readBigInt64LE());
    db.function('randomblob', { useBigIntArguments: true }, (length: Value) =>
      this.#bytes(Math.max(1, Math.trunc(Number.parseFloat(String(length))) || 1)),
    );
  }

  /** From here on, chance is what belongs to this seed. */
  restart(seed: string): void {
    this.#seed = seed;
    this.#count = 0;
  }

  close(): void {
    this.#own.close();
  }

  /** `now`, said or left out, as the moment. */
  #withoutNow(given: readonly Value[], times: readonly number[]): Value[] {
    const frozen = [...given];
    for (const at of times) {
      const value = frozen[at];
      const isLeftOut = at === given.length;
      const isNow = typeof value === 'string' && value.toLowerCase() === 'now';
      if (isLeftOut || isNow) frozen[at] = this.#now;
      // `subsec` in the place of a time is now, with its fraction.
      else if (typeof value === 'string' && /^subsec(?:ond)?$/i.test(value)) {
        frozen.splice(at, 1, this.#now, value);
      }
    }
    return frozen;
  }

  #call(name: string, given: readonly Value[]): Value {
    const sql = `SELECT ${name}(${given.map(() => '?').join(', ')}) AS value`;
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#own.prepare(sql);
      statement.setReadBigInts(true);
      this.#statements.set(sql, statement);
    }
    return statement.get(...given)!.value!;
  }

  #bytes(length: number): Buffer {
    // Not imported: loading it costs every command milliseconds, and few run a frozen script.
    const { createHash } = process.getBuiltinModule('node:crypto');
    const hash = createHash('shake256', { outputLength: length });
    return hash.update(`${this.#seed}\0${this.#count++}`).digest();
  }
}
