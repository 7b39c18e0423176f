import type { Token } from '../../sql/tokens.ts';
import type { Check, Column, ForeignKey, KeyColumn, PrimaryKey, Table, Unique } from '../model.ts';
import { fold } from '../names.ts';
import { Unparsed } from './reader.ts';
import { type KnownNames, unwrapped, wordsOf } from './words.ts';

/** A table while it is read: inline and table-level constraints end up in the same lists. */
export class TableDraft {
  readonly sql: string;
  readonly columns: Column[] = [];
  readonly unique: Unique[] = [];
  readonly checks: Check[] = [];
  readonly foreignKeys: ForeignKey[] = [];
  #primaryKey: PrimaryKey | null = null;
  #uniqueBeforeKey = 0;
  readonly #known: KnownNames;

  constructor(sql: string, known: KnownNames) {
    this.sql = sql;
    this.#known = known;
  }

  /** An expression as a token string, without parentheses around all of it. */
  expression(all: readonly Token[]): string {
    return wordsOf(this.sql, unwrapped(this.sql, all), this.#known);
  }

  /** The same, of as many parentheses as there are. */
  words(all: readonly Token[]): string {
    return wordsOf(this.sql, all, this.#known);
  }

  setPrimaryKey(key: Omit<PrimaryKey, 'rowidAlias'>, isInline: 'inline' | 'table'): void {
    if (this.#primaryKey !== null) throw new Unparsed('a second primary key');
    const [only, ...others] = key.columns;
    // The rowid's own quirk: `INTEGER PRIMARY KEY DESC` is not it, `PRIMARY KEY (id DESC)` is.
    const rowidAlias =
      others.length === 0 &&
      this.#typeOf(only!) === 'INTEGER' &&
      !(isInline === 'inline' && only!.direction === 'desc');
    this.#primaryKey = { ...key, rowidAlias };
    this.#uniqueBeforeKey = this.unique.length;
  }

  /** How many UNIQUE constraints come before the primary key. */
  get uniqueBeforeKey(): number {
    return this.#uniqueBeforeKey;
  }

  result(): Pick<Table, 'columns' | 'primaryKey' | 'unique' | 'checks' | 'foreignKeys'> {
    const { columns, unique, checks, foreignKeys } = this;
    return { columns, primaryKey: this.#primaryKey, unique, checks, foreignKeys };
  }

  #typeOf({ name }: KeyColumn): string | undefined {
    return this.columns.find((column) => fold(column.name) === fold(name))?.type;
  }
}
