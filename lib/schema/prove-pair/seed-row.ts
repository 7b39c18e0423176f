import { nameOf } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import type { Column, ForeignKey, Schema, Table } from '../model.ts';
import { fold, quoted } from '../names.ts';
import { type Scratch, ScratchError } from '../scratch.ts';
import { findRowidName } from './contents.ts';
import { candidatesFor, freshFor } from './seed-values.ts';

/** How a row is begun; what the constraints refuse of it is then changed. */
export interface RowStyle {
  /** Which of the typical values each column begins with. */
  readonly turn: number;
  readonly nulls: 'none' | 'where allowed';
}

const ATTEMPTS = 40;

/** Puts rows into one table, by what is known of it. */
export class TableSeeder {
  readonly table: Table;
  readonly #scratch: Scratch;
  readonly #schema: Schema;
  readonly #candidates: ReadonlyMap<string, readonly string[]>;
  readonly #columns: readonly Column[];
  readonly #rowid: string | null;
  readonly #firstRowid: number;
  readonly #orphans: number | null;
  #count = 0;
  #chance: number;

  private constructor(
    scratch: Scratch,
    schema: Schema,
    table: Table,
    expressions: readonly string[],
    known: { rowid: string | null; firstRowid: number; orphans: number | null },
  ) {
    this.table = table;
    this.#scratch = scratch;
    this.#schema = schema;
    this.#columns = table.columns.filter((column) => column.generated === null);
    this.#candidates = new Map(
      this.#columns.map((each) => [fold(each.name), candidatesFor(each, table, expressions)]),
    );
    this.#rowid = known.rowid;
    this.#firstRowid = known.firstRowid;
    this.#orphans = known.orphans;
    this.#chance = [...table.name].reduce((sum, each) => sum * 31 + each.charCodeAt(0), 7) % 65521;
  }

  /** @param expressions of checks and indexes, in whose literals good values are looked for. */
  static async of(
    scratch: Scratch,
    schema: Schema,
    table: Table,
    expressions: readonly string[],
  ): Promise<TableSeeder> {
    const names = table.columns.map((each) => each.name);
    const rowid = await findRowidName(scratch, table.name, names);
    const orphans = await countOrphans(scratch, table.name);
    const [last] =
      rowid === null
        ? []
        : await scratch.query(`SELECT max(${rowid}) AS last FROM main.${quoted(table.name)}`);
    const firstRowid = typeof last?.last === 'number' && last.last > 0 ? last.last + 1 : 1;
    return new TableSeeder(scratch, schema, table, expressions, { rowid, firstRowid, orphans });
  }

  /** Puts in one row that all constraints accept. Null, or why there was none to be found. */
  async addRow(style: RowStyle, gap: number): Promise<string | null> {
    const values = this.#firstValues(style, this.#firstRowid + gap);
    let keys = await this.#firstKeys(style);
    let failure = '';
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const row = this.#withKeys(values, keys);
      const refused = await this.#insert(row, this.#firstRowid + gap);
      if (refused === null) return null;
      failure = refused;
      const blamed = this.#blamed(refused);
      for (const name of blamed) this.#change(values, name, attempt);
      if (refused === ORPHAN || this.table.foreignKeys.some((key) => isOf(key, blamed))) {
        keys = await this.#otherKeys();
      }
    }
    return failure;
  }

  #firstValues({ turn, nulls }: RowStyle, rowid: number): Map<string, string> {
    const values = new Map<string, string>();
    for (const [index, column] of this.#columns.entries()) {
      const name = fold(column.name);
      const candidates = this.#candidates.get(name)!;
      const isNull = nulls === 'where allowed' && this.#mayBeNull(column);
      if (this.#isAlias(name)) values.set(name, `${rowid}`);
      else values.set(name, isNull ? 'NULL' : candidates[(turn + index) % 4]!);
    }
    return values;
  }

  #isAlias(name: string): boolean {
    const { primaryKey } = this.table;
    return primaryKey?.rowidAlias === true && fold(primaryKey.columns[0]!.name) === name;
  }

  #mayBeNull({ name, notNull }: Column): boolean {
    const isKey = this.table.primaryKey?.columns.some((each) => fold(each.name) === fold(name));
    return notNull === null && isKey !== true;
  }

  #change(values: Map<string, string>, name: string, attempt: number): void {
    const column = this.#columns.find((each) => fold(each.name) === name);
    if (column === undefined) return;
    const candidates = this.#candidates.get(name)!;
    const at = this.#random(candidates.length + 2);
    // After a while NULL may be what a check wants.
    const last = attempt > 8 && this.#mayBeNull(column) ? 'NULL' : undefined;
    const fresh = freshFor(column, this.table, this.#count++);
    values.set(name, candidates[at] ?? (at === candidates.length ? fresh : (last ?? fresh)));
  }

  /** For each foreign key the columns of a row that is there, or null to leave them empty. */
  async #firstKeys({ turn, nulls }: RowStyle): Promise<readonly Chosen[]> {
    return this.#keys((rows, mayBeEmpty) => {
      if (mayBeEmpty && (nulls === 'where allowed' || rows.length === 0)) return null;
      return rows[turn % rows.length] ?? 'itself';
    });
  }

  async #otherKeys(): Promise<readonly Chosen[]> {
    return this.#keys((rows, mayBeEmpty) => {
      const at = this.#random(rows.length + 2);
      if (at < rows.length) return rows[at]!;
      return at === rows.length && mayBeEmpty ? null : 'itself';
    });
  }

  async #keys(
    choose: (rows: readonly (readonly string[])[], mayBeEmpty: boolean) => Chosen['parent'],
  ): Promise<readonly Chosen[]> {
    const chosen: Chosen[] = [];
    for (const key of this.table.foreignKeys) {
      const mayBeEmpty = key.columns.some((name) =>
        this.#columns.some((each) => fold(each.name) === fold(name) && this.#mayBeNull(each)),
      );
      chosen.push({ key, parent: choose(await this.#parents(key), mayBeEmpty) });
    }
    return chosen;
  }

  async #parents({ parent, parentColumns }: ForeignKey): Promise<readonly (readonly string[])[]> {
    if (parentColumns.length === 0 || !this.#schema.tables.has(fold(parent))) return [];
    const list = parentColumns.map((name, index) => `quote(${quoted(name)}) AS c${index}`);
    try {
      const rows = await this.#scratch.query(
        `SELECT ${list.join(', ')} FROM main.${quoted(parent)} LIMIT 20`,
      );
      return rows.map((row) => parentColumns.map((_, index) => String(row[`c${index}`])));
    } catch (error) {
      if (error instanceof ScratchError) return [];
      throw error;
    }
  }

  #withKeys(
    values: ReadonlyMap<string, string>,
    keys: readonly Chosen[],
  ): ReadonlyMap<string, string> {
    const row = new Map(values);
    for (const { key, parent } of keys) {
      for (const [index, column] of key.columns.entries()) {
        const name = fold(column);
        if (!row.has(name)) continue;
        if (parent === null) {
          const found = this.#columns.find((each) => fold(each.name) === name)!;
          if (this.#mayBeNull(found)) row.set(name, 'NULL');
        } else if (parent === 'itself') {
          const own = row.get(fold(key.parentColumns[index] ?? ''));
          if (fold(key.parent) === fold(this.table.name) && own !== undefined) row.set(name, own);
        } else row.set(name, parent[index]!);
      }
    }
    return row;
  }

  /** Null when it was taken; otherwise why it was not, and nothing of it stays. */
  async #insert(row: ReadonlyMap<string, string>, rowid: number): Promise<string | null> {
    const names = [...row.keys()].map(quoted);
    const values = [...row.values()];
    if (this.#rowid !== null && this.table.primaryKey?.rowidAlias !== true) {
      names.unshift(this.#rowid);
      values.unshift(`${rowid}`);
    }
    const mark = await this.#scratch.mark();
    const refused = await this.#tryInsert(names, values);
    if (refused !== null) await mark.rollback();
    await mark.release();
    return refused;
  }

  async #tryInsert(names: readonly string[], values: readonly string[]): Promise<string | null> {
    const table = quoted(this.table.name);
    try {
      // OR ABORT, because the table's own clauses could drop the row, or others, silently.
      await this.#scratch.exec(
        names.length === 0
          ? `INSERT OR ABORT INTO main.${table} DEFAULT VALUES`
          : `INSERT OR ABORT INTO main.${table}(${names.join(', ')}) VALUES (${values.join(', ')})`,
      );
      await this.#scratch.query(`SELECT * FROM main.${table}`);
    } catch (error) {
      if (error instanceof ScratchError) return error.message;
      throw error;
    }
    if (this.#orphans === null || this.table.foreignKeys.length === 0) return null;
    return (await countOrphans(this.#scratch, this.table.name)) === this.#orphans ? null : ORPHAN;
  }

  /** The columns that a refusal is about; all where it does not tell. */
  #blamed(message: string): readonly string[] {
    const own = this.#columns.map((each) => fold(each.name));
    const told = this.#named(message);
    const names = own.filter((name) => told.has(name));
    return names.length > 0 ? names : own.filter((name) => !this.#isAlias(name));
  }

  #named(message: string): ReadonlySet<string> {
    const [, what, rest = ''] =
      /^(UNIQUE|NOT NULL|CHECK) constraint failed: (.*)$/s.exec(message) ?? [];
    const prefix = `${this.table.name}.`;
    if (what === 'CHECK') {
      const check = this.table.checks.find((each) => each.name === rest);
      return wordsOf(check?.expression ?? rest);
    }
    const [, index] = /^index '(.*)'$/s.exec(rest) ?? [];
    if (index !== undefined) return wordsOf(this.#schema.indexes.get(fold(index))?.text ?? '');
    if (what !== undefined) {
      return new Set(rest.split(', ').map((each) => fold(each.slice(prefix.length))));
    }
    const [, column] = /^cannot store .* column (.*)$/s.exec(message) ?? [];
    return new Set(column === undefined ? [] : [fold(column.slice(prefix.length))]);
  }

  /** The same every time, so that a proof is. */
  #random(below: number): number {
    this.#chance = (this.#chance * 17364 + 1) % 65521;
    return this.#chance % below;
  }
}

interface Chosen {
  readonly key: ForeignKey;
  /** The key of a row that is there; `itself` where a row refers to itself; null for none. */
  readonly parent: readonly string[] | 'itself' | null;
}

const ORPHAN = 'FOREIGN KEY constraint failed';

/** Null where the keys of the table do not fit their parents, so that none can be looked up. */
async function countOrphans(scratch: Scratch, table: string): Promise<number | null> {
  try {
    const rows = await scratch.query('SELECT 1 FROM pragma_foreign_key_check(?)', table);
    return rows.length;
  } catch (error) {
    if (error instanceof ScratchError) return null;
    throw error;
  }
}

function isOf({ columns }: ForeignKey, names: readonly string[]): boolean {
  return columns.some((column) => names.includes(fold(column)));
}

function wordsOf(expression: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const token of tokens(expression)) {
    if (token.kind === 'word' || token.kind === 'quoted')
      names.add(fold(nameOf(expression, token)));
  }
  return names;
}
