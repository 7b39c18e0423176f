import { nameOf, textOf } from '../sql/statements.ts';
import { tokens } from '../sql/tokens.ts';
import { columnIn } from './alter.ts';
import { closed } from './dump.ts';
import type { Column, Table } from './model.ts';
import { fold, literal, nameSql } from './names.ts';
import { Reader } from './reader.ts';

/** What a rebuild has to know besides the table as it is and as it is to be. */
export interface RebuildOptions {
  /** A name that nothing has. */
  readonly temporary: string;
  /** By folded column: where the values of a new column come from, or of one that is NULL. */
  readonly fill: ReadonlyMap<string, string>;
}

/** The statements that make a table anew and take its rows along, without their comments. */
export interface Rebuild {
  readonly create: string;
  readonly copy: string;
  /** Null where there is no AUTOINCREMENT to go on with. */
  readonly mark: string | null;
  readonly drop: string;
  readonly rename: string;
}

/** @param before under the name that it is to have afterwards, its columns as well. */
export function rebuildOf(
  before: Table,
  after: Table,
  { temporary, fill }: RebuildOptions,
): Rebuild {
  const isMarked = before.primaryKey?.autoincrement && after.primaryKey?.autoincrement;
  return {
    create: closed(createdAs(after, temporary)),
    copy: copySql(before, after, temporary, fill),
    mark: isMarked === true ? markSql(before.name, temporary) : null,
    drop: `DROP TABLE ${nameSql(before.name)};`,
    rename: `ALTER TABLE ${nameSql(temporary)} RENAME TO ${nameSql(after.name)};`,
  };
}

/** The table's own text under another name, wherever it names itself to qualify a column. */
function createdAs({ name, text }: Table, temporary: string): string {
  const reader = new Reader(text);
  reader.expects('CREATE', 'TABLE');
  reader.takes('IF', 'NOT', 'EXISTS');
  reader.name();
  if (reader.takesSymbol('.')) reader.name();
  const body = text.slice(reader.last.end);
  const all = [...tokens(body)];
  let sql = `CREATE TABLE ${nameSql(temporary)}`;
  // `CREATE TABLE t(a)` is as well written as `CREATE TABLE t (a)`.
  let end = 0;
  for (const [index, token] of all.entries()) {
    const next = all[index + 1];
    const isQualifier =
      (token.kind === 'word' || token.kind === 'quoted') &&
      next !== undefined &&
      textOf(body, next) === '.' &&
      fold(nameOf(body, token)) === fold(name);
    if (!isQualifier) continue;
    sql += `${body.slice(end, token.start)}${nameSql(temporary)}`;
    end = token.end;
  }
  return sql + body.slice(end);
}

interface Copied {
  readonly to: string;
  readonly from: string;
}

function copySql(
  before: Table,
  after: Table,
  temporary: string,
  fill: ReadonlyMap<string, string>,
): string {
  const found = [...rowidOf(before, after, fill), ...columnsOf(before, after, fill)];
  // A row is a row, even where nothing of it stays.
  const copied = found.length > 0 ? found : [defaultOf(after)];
  // What the table itself does in a conflict must not lose rows without a word.
  const verb = resolvesConflicts(after) ? 'INSERT OR ABORT INTO' : 'INSERT INTO';
  const into = list(
    `${verb} ${nameSql(temporary)} (`,
    copied.map((each) => each.to),
    ')',
  );
  const select = list(
    'SELECT ',
    copied.map((each) => each.from),
    '',
  );
  return `${into}\n${select}\nFROM ${nameSql(before.name)};`;
}

const WIDTH = 88;

function list(head: string, items: readonly string[], tail: string): string {
  const line = `${head}${items.join(', ')}${tail}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  const rows = items.map((item) => `  ${item}`).join(',\n');
  return `${head.trimEnd()}\n${rows}${tail === '' ? '' : `\n${tail}`}`;
}

/** Rows keep their rowid, whoever may remember it: a full-text index does. */
function rowidOf(
  before: Table,
  after: Table,
  fill: ReadonlyMap<string, string>,
): readonly Copied[] {
  if (before.withoutRowid || after.withoutRowid) return [];
  const alias = aliasOf(after);
  if (alias !== null && (columnIn(before, alias) !== undefined || fill.has(fold(alias)))) return [];
  const from = rowidName(before);
  const to = alias === null ? rowidName(after) : nameSql(alias);
  return from === null || to === null ? [] : [{ to, from }];
}

/** The column that is the rowid under another name. */
export function aliasOf({ primaryKey }: Table): string | null {
  return primaryKey?.rowidAlias === true ? primaryKey.columns[0]!.name : null;
}

/** A name of the rowid that no column hides; null where all are hidden. */
export function rowidName(table: Table): string | null {
  if (table.withoutRowid) return null;
  const free = ['rowid', '_rowid_', 'oid'].find((name) => columnIn(table, name) === undefined);
  const alias = aliasOf(table);
  return free ?? (alias === null ? null : nameSql(alias));
}

function columnsOf(
  before: Table,
  after: Table,
  fill: ReadonlyMap<string, string>,
): readonly Copied[] {
  return after.columns.flatMap((column): readonly Copied[] => {
    if (column.generated !== null) return [];
    const source = columnIn(before, column.name);
    const given = fill.get(fold(column.name));
    if (source === undefined) {
      return given === undefined ? [] : [{ to: nameSql(column.name), from: given }];
    }
    const value = sourceOf(before, source);
    const from = given === undefined ? value : `coalesce(${value}, ${given})`;
    return [{ to: nameSql(column.name), from }];
  });
}

/** A column with what it gets anyway. */
function defaultOf({ columns }: Table): Copied {
  const { name, default: given } = columns.find((each) => each.generated === null)!;
  return { to: nameSql(name), from: given?.sql ?? 'NULL' };
}

/** A name in quotes that is no column would be a text: with the table before it, it is an error. */
function sourceOf(table: Table, { name }: Column): string {
  const sql = nameSql(name);
  return sql.startsWith('"') ? `${nameSql(table.name)}.${sql}` : sql;
}

function resolvesConflicts({ columns, primaryKey, unique }: Table): boolean {
  const all = [...columns.map((each) => each.notNull), primaryKey, ...unique];
  return all.some((each) => each !== null && each.conflict !== 'ABORT');
}

/** AUTOINCREMENT goes on where it was, even in a table that has been emptied. */
function markSql(name: string, temporary: string): string {
  return [
    `DELETE FROM sqlite_sequence WHERE name = ${literal(temporary)};`,
    `INSERT INTO sqlite_sequence (name, seq)`,
    `SELECT ${literal(temporary)}, seq FROM sqlite_sequence WHERE name = ${literal(name)};`,
  ].join('\n');
}
