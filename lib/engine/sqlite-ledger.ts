import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  COLUMNS,
  type ColumnName,
  columnsOf,
  createLedgerSql,
  type Fact,
  type Files,
  LEDGER_FORMAT,
  type LogRow,
  ledgerAddress,
  nextSeqSql,
  OPS,
  type Op,
  type Seq,
} from '../ledger/row.ts';
import { quoted } from '../schema/names.ts';
import { type Author, EngineError } from './engine.ts';
import { isSqliteError, TAKEN } from './sqlite-errors.ts';

const INSERTED = COLUMNS.map(([name]) => name).filter((name) => name !== 'seq');

/** The ledger's table in an SQLite database: its rows, read and appended. */
export class LedgerTable {
  readonly #name: string;
  readonly #address: string;
  readonly #nextSeq: string;
  readonly #shown: string;
  /** By the SQL of their number: to prepare one costs more than to run it. */
  #inserts: { readonly db: DatabaseSync; readonly of: Map<string, StatementSync> } | null = null;

  /** @param shown the database as it goes into messages. */
  constructor(name: string, shown: string) {
    this.#name = name;
    this.#address = ledgerAddress(name);
    this.#nextSeq = nextSeqSql(name, '?1');
    this.#shown = shown;
  }

  /** @throws EngineError `ledger` when something else has the name. */
  exists(db: DatabaseSync): boolean {
    const found = db
      .prepare('SELECT type FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE')
      .get(this.#name) as { type: string } | undefined;
    if (found === undefined) return false;
    const columns = db
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(this.#name)
      .map((row) => row.name);
    if (found.type === 'table' && COLUMNS.every(([name]) => columns.includes(name))) return true;
    throw new EngineError({
      kind: 'ledger',
      message: `${this.#shown} has a ${found.type} \`${this.#name}\` that is not mig's ledger.`,
      hint: '`--table` gives the ledger another name.',
    });
  }

  /** The rows behind a number, without their files. */
  read(db: DatabaseSync, after: Seq): readonly LogRow[] {
    if (!this.exists(db)) return [];
    const columns = COLUMNS.map(([name]) => name).filter((name) => !name.endsWith('_file'));
    const rows = db
      .prepare(
        `SELECT ${columns.map(columnSql).join(', ')} FROM ${this.#address}
          WHERE seq > ? OR seq = 0 ORDER BY seq`,
      )
      .all(after) as unknown as readonly RawRow[];
    this.#checkFormat(rows);
    return rows.filter((row) => row.seq > after).map((row) => this.#readRow(row));
  }

  readFiles(db: DatabaseSync, seqs: readonly Seq[]): ReadonlyMap<Seq, Files> {
    const found = new Map<Seq, Files>();
    if (!this.exists(db)) return found;
    const select = db.prepare(
      `SELECT ${wholeSql('up_file')}, ${wholeSql('down_file')} FROM ${this.#address} WHERE seq = ?`,
    );
    for (const seq of seqs) {
      const row = select.get(seq) as { up_file: StoredText; down_file: StoredText } | undefined;
      const up = textOf(row?.up_file ?? null);
      if (up !== null) found.set(seq, { up, down: textOf(row?.down_file ?? null) });
    }
    return found;
  }

  /** The last row's number; null where there is none. */
  last(db: DatabaseSync): Seq | null {
    if (!this.exists(db)) return null;
    const row = db.prepare(`SELECT max(seq) AS last FROM ${this.#address}`).get();
    return (row?.last ?? null) as Seq | null;
  }

  /**
   * Begins a batch, inside an open transaction: makes sure that nobody wrote since, and that
   * there is a row 0. Returns the last row's number.
   *
   * @throws EngineError `conflict`
   */
  begin(db: DatabaseSync, seen: Seq | null, author: Author): Seq {
    const last = this.last(db);
    if (last !== seen) throw conflict();
    if (last !== null) return last;
    db.exec(createLedgerSql(this.#name));
    this.#insert(db, '?1', 0, { op: 'init' }, author, null);
    return 0;
  }

  /**
   * Appends a fact behind the row that was seen, and returns its number.
   *
   * @param ms what the fact's SQL took; null where there was none.
   * @throws EngineError `conflict` when somebody else took the number.
   */
  append(db: DatabaseSync, seen: Seq, fact: Fact, author: Author, ms: number | null): Seq {
    try {
      this.#insert(db, this.#nextSeq, seen, fact, author, ms);
      return seen + 1;
    } catch (error) {
      if (!isSqliteError(error) || !TAKEN.includes(error.errcode)) throw error;
      throw conflict(error);
    }
  }

  #insert(
    db: DatabaseSync,
    seqSql: string,
    seqValue: Seq,
    fact: Fact,
    author: Author,
    ms: number | null,
  ): void {
    const values: Partial<Record<ColumnName, SQLInputValue>> = {
      ...columnsOf(fact),
      run: author.run,
      at: author.now().toISOString(),
      by: author.by,
      duration_ms: ms === null ? null : Math.round(ms),
    };
    const insert = this.#insertInto(db, seqSql);
    const { changes } = insert.run(seqValue, ...INSERTED.map((name) => values[name] ?? null));
    if (changes === 1) return;
    throw new EngineError({
      kind: 'ledger',
      message: `The ledger of ${this.#shown} does not take an entry: a trigger on it is in the way.`,
      hint: 'Drop the trigger: what is not in the ledger did not happen.',
    });
  }

  #insertInto(db: DatabaseSync, seqSql: string): StatementSync {
    if (this.#inserts?.db !== db) this.#inserts = { db, of: new Map() };
    const { of } = this.#inserts;
    const known = of.get(seqSql);
    if (known !== undefined) return known;
    const names = INSERTED.map(quoted).join(', ');
    const places = INSERTED.map((_, index) => `?${index + 2}`).join(', ');
    const insert = db.prepare(
      `INSERT INTO ${this.#address} ("seq", ${names}) VALUES (${seqSql}, ${places})`,
    );
    of.set(seqSql, insert);
    return insert;
  }

  #checkFormat(rows: readonly RawRow[]): void {
    const options = this.#json(rows[0]?.options ?? '{}') as { format?: number } | null;
    const format = options?.format ?? LEDGER_FORMAT;
    const unknown = rows.find((row) => !(OPS as readonly string[]).includes(row.op));
    if (format <= LEDGER_FORMAT && unknown === undefined) return;
    throw new EngineError({
      kind: 'ledger',
      message:
        unknown === undefined
          ? `The ledger of ${this.#shown} has format ${format}, and this mig knows ${LEDGER_FORMAT}.`
          : `The ledger of ${this.#shown} has an entry \`${unknown.op}\` that this mig does not know.`,
      hint: 'It needs a newer mig.',
    });
  }

  #readRow(row: RawRow): LogRow {
    return {
      seq: row.seq,
      op: row.op as Op,
      direction: row.direction === 'up' || row.direction === 'down' ? row.direction : null,
      revision: row.revision,
      path: textOf(row.path),
      downPath: textOf(row.down_path),
      parents: this.#list(row.parents),
      depends: this.#list(row.depends),
      message: row.message,
      checksum: row.checksum,
      downChecksum: row.down_checksum,
      step: row.step,
      run: row.run,
      at: row.at,
      by: row.by,
    };
  }

  #list(text: string | null): readonly string[] {
    if (text === null || text === '[]') return [];
    const value = this.#json(text);
    if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value;
    throw this.#damaged(text);
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#damaged(text);
    }
  }

  #damaged(text: string | null): EngineError {
    return new EngineError({
      kind: 'ledger',
      message: `The ledger of ${this.#shown} holds what mig never writes: ${JSON.stringify(text)}`,
      hint: 'Somebody changed it by hand. Put it right, or restore a backup.',
    });
  }
}

function conflict(cause?: unknown): EngineError {
  return new EngineError({ kind: 'conflict', message: 'The ledger has moved on.', cause });
}

/**
 * Node 24.15 cuts a text at its first NUL when it reads it (26.10 does not). mig writes none, but a path that only looks
 * proper when it is cut must not pass: such a text is read as bytes.
 */
type StoredText = string | Uint8Array | null;

function wholeSql(column: string): string {
  const name = quoted(column);
  return `CASE WHEN instr(${name}, char(0)) THEN CAST(${name} AS BLOB) ELSE ${name} END AS ${name}`;
}

function columnSql(column: string): string {
  return column === 'path' || column === 'down_path' ? wholeSql(column) : quoted(column);
}

function textOf(stored: StoredText): string | null {
  return stored instanceof Uint8Array ? new TextDecoder().decode(stored) : stored;
}

interface RawRow {
  readonly seq: Seq;
  readonly op: string;
  readonly direction: string | null;
  readonly revision: string | null;
  readonly path: StoredText;
  readonly down_path: StoredText;
  readonly parents: string | null;
  readonly depends: string | null;
  readonly message: string | null;
  readonly checksum: string | null;
  readonly down_checksum: string | null;
  readonly step: number | null;
  readonly options: string | null;
  readonly run: string;
  readonly at: string;
  readonly by: string;
}
