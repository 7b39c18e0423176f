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
  OPS,
  type Op,
  type Seq,
} from '../ledger/row.ts';
import { quoted } from '../schema/names.ts';
import { type Author, EngineError } from './engine.ts';
import { isSqliteError, TAKEN } from './sqlite-errors.ts';

const NAMES = COLUMNS.map(([name]) => name);
/** Columns whose text is taken as it is: SQLite keeps bytes there, too, and hands them out. */
const TEXTS = ['revision', 'message', 'checksum', 'down_checksum', 'run', 'at', 'by'] as const;

/** The ledger's table in an SQLite database: its rows, read and appended. */
export class LedgerTable {
  readonly #name: string;
  readonly #address: string;
  readonly #shown: string;
  /** To prepare it costs more than to run it. */
  #insert: { readonly db: DatabaseSync; readonly statement: StatementSync } | null = null;

  /** @param shown the database as it goes into messages. */
  constructor(name: string, shown: string) {
    this.#name = name;
    this.#address = ledgerAddress(name);
    this.#shown = shown;
  }

  /** @throws EngineError `ledger` when something else has the name. */
  exists(db: DatabaseSync): boolean {
    const found = db
      .prepare('SELECT type FROM main.sqlite_schema WHERE name = ? COLLATE NOCASE')
      .get(this.#name) as { type: string } | undefined;
    if (found === undefined) return false;
    const columns = db
      .prepare("SELECT name FROM pragma_table_info(?, 'main')")
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
    const columns = NAMES.filter((name) => !name.endsWith('_file'));
    const rows = db
      .prepare(
        `SELECT ${columns.map(columnSql).join(', ')} FROM ${this.#address}
          WHERE seq > ? OR seq = 0 ORDER BY seq`,
      )
      .iterate(after) as Iterable<unknown> as Iterable<RawRow>;
    const read: LogRow[] = [];
    // One after the other: tens of thousands, in both forms at once, would take twice the room.
    this.#exactly(() => {
      for (const row of rows) {
        this.#checkFormat(row);
        if (row.seq > after) read.push(this.#readRow(row));
      }
    });
    return read;
  }

  readFiles(db: DatabaseSync, seqs: readonly Seq[]): ReadonlyMap<Seq, Files> {
    const found = new Map<Seq, Files>();
    if (!this.exists(db)) return found;
    // One statement for all: to run one for each takes several times as long.
    const rows = db
      .prepare(
        `SELECT seq, ${wholeSql('up_file')}, ${wholeSql('down_file')}
          FROM json_each(?) CROSS JOIN ${this.#address} ON seq = json_each.value`,
      )
      .iterate(JSON.stringify(seqs)) as Iterable<unknown> as Iterable<RawFiles>;
    for (const { seq, up_file, down_file } of rows) {
      const up = wholeText(up_file);
      if (up !== null) found.set(seq, { up, down: wholeText(down_file) });
    }
    return found;
  }

  /** The last row's number; null where there is none. */
  last(db: DatabaseSync): Seq | null {
    if (!this.exists(db)) return null;
    const select = db.prepare(`SELECT max(seq) AS last FROM ${this.#address}`);
    return this.#exactly(() => (select.get()?.last ?? null) as Seq | null);
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
    this.#write(db, 0, { op: 'init' }, author, null);
    return 0;
  }

  /**
   * Appends a fact behind the last row, and returns its number. The open transaction has the
   * write lock since `begin`, so nobody can have written in between; if somebody had, the
   * primary key would refuse the row.
   *
   * @param ms what the fact's SQL took; null where there was none.
   * @throws EngineError `conflict` when somebody else took the number.
   */
  append(db: DatabaseSync, last: Seq, fact: Fact, author: Author, ms: number | null): Seq {
    try {
      this.#write(db, last + 1, fact, author, ms);
      return last + 1;
    } catch (error) {
      if (!isSqliteError(error) || !TAKEN.includes(error.errcode)) throw error;
      throw conflict(error);
    }
  }

  #write(db: DatabaseSync, seq: Seq, fact: Fact, author: Author, ms: number | null): void {
    const values: Partial<Record<ColumnName, SQLInputValue>> = {
      ...columnsOf(fact),
      seq,
      run: author.run,
      at: author.now().toISOString(),
      by: author.by,
      duration_ms: ms === null ? null : Math.round(ms),
    };
    const { changes } = this.#statement(db).run(...NAMES.map((name) => values[name] ?? null));
    if (changes === 1) return;
    throw new EngineError({
      kind: 'ledger',
      message: `The ledger of ${this.#shown} does not take an entry: a trigger on it is in the way.`,
      hint: 'Drop the trigger: what is not in the ledger did not happen.',
    });
  }

  #statement(db: DatabaseSync): StatementSync {
    if (this.#insert?.db === db) return this.#insert.statement;
    const names = NAMES.map(quoted).join(', ');
    const places = NAMES.map(() => '?').join(', ');
    const statement = db.prepare(`INSERT INTO ${this.#address} (${names}) VALUES (${places})`);
    this.#insert = { db, statement };
    return statement;
  }

  #checkFormat({ seq, op, options }: RawRow): void {
    const format = seq === 0 ? this.#formatIn(options) : LEDGER_FORMAT;
    const isKnown = (OPS as readonly string[]).includes(op);
    if (format <= LEDGER_FORMAT && isKnown) return;
    throw new EngineError({
      kind: 'ledger',
      message: isKnown
        ? `The ledger of ${this.#shown} has format ${format}, and this mig knows ${LEDGER_FORMAT}.`
        : `The ledger of ${this.#shown} has an entry \`${op}\` that this mig does not know.`,
      hint: 'It needs a newer mig.',
    });
  }

  #formatIn(options: string | null): number {
    const { format } = (this.#json(options ?? '{}') ?? {}) as { format?: number };
    return format ?? LEDGER_FORMAT;
  }

  /** Reads, where node:sqlite throws for an integer that is no exact number in JavaScript. */
  #exactly<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_OUT_OF_RANGE') throw error;
      throw this.#damaged('an integer that is too large.');
    }
  }

  #readRow(row: RawRow): LogRow {
    const bytes = TEXTS.find((name) => (row[name] as unknown) instanceof Uint8Array);
    if (bytes !== undefined) throw this.#damaged(`bytes in \`${bytes}\``);
    return {
      seq: row.seq,
      op: row.op as Op,
      direction: row.direction === 'up' || row.direction === 'down' ? row.direction : null,
      revision: row.revision,
      path: wholeText(row.path),
      downPath: wholeText(row.down_path),
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
    throw this.#damaged(JSON.stringify(text));
  }

  #json(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw this.#damaged(JSON.stringify(text));
    }
  }

  #damaged(what: string): EngineError {
    return new EngineError({
      kind: 'ledger',
      message: `The ledger of ${this.#shown} holds what mig never writes: ${what}`,
      hint: 'Somebody changed it by hand. Put it right, or restore a backup.',
    });
  }
}

function conflict(cause?: unknown): EngineError {
  return new EngineError({ kind: 'conflict', message: 'The ledger has moved on.', cause });
}

/**
 * A text, or its bytes where it has a NUL: Node 24.15 cuts a text there when it reads it (26.10
 * does not). mig writes none, but a path that only looks proper when it is cut must not pass.
 */
type StoredText = string | Uint8Array | null;

function wholeSql(column: string): string {
  const name = quoted(column);
  return `CASE WHEN instr(${name}, char(0)) THEN CAST(${name} AS BLOB) ELSE ${name} END AS ${name}`;
}

function columnSql(column: string): string {
  return column === 'path' || column === 'down_path' ? wholeSql(column) : quoted(column);
}

function wholeText(stored: StoredText): string | null {
  return stored instanceof Uint8Array ? new TextDecoder().decode(stored) : stored;
}

interface RawFiles {
  readonly seq: Seq;
  readonly up_file: StoredText;
  readonly down_file: StoredText;
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
