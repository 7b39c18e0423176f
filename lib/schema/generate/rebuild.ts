import { nameOf, textOf } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import { affinityIn } from '../affinity.ts';
import { columnIn } from '../columns.ts';
import { closed } from '../dump.ts';
import type { Column, Table } from '../model.ts';
import { fold, literal, nameSql } from '../names.ts';
import { Reader } from '../read/reader.ts';
import {
  aliasOf,
  isReference,
  isUnnumbered,
  NO_NUMBER,
  numberedColumn,
  rowidName,
} from '../rowid.ts';
import { replaceNames } from './follow-renames.ts';

/** What a rebuild has to know besides the table as it is and as it is to be. */
interface RebuildOptions {
  /** A name that nothing has. */
  readonly temporary: string;
  /** By folded column: where the values of a new column come from, or of one that is NULL. */
  readonly fill: ReadonlyMap<string, string>;
  /** By folded new name: the names that columns have until now. */
  readonly oldNames: ReadonlyMap<string, string>;
}

/** The statements that make a table anew and take its rows along, without their comments. */
interface Rebuild {
  readonly create: string;
  readonly copy: string;
  /** Null where there is no AUTOINCREMENT to go on with. */
  readonly mark: string | null;
  readonly drop: string;
  readonly rename: string;
}

/** @param before under the name that it is to have afterwards, its columns as well. */
export function rebuildOf(before: Table, after: Table, options: RebuildOptions): Rebuild {
  const { temporary } = options;
  const isMarked = before.primaryKey?.autoincrement && after.primaryKey?.autoincrement;
  return {
    create: closed(createdAs(after, temporary)),
    copy: copySql(before, after, options),
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

function copySql(before: Table, after: Table, options: RebuildOptions): string {
  const held = underOldNames(before, options.oldNames);
  const kept = [
    ...rowidOf(before, after, options.fill, held),
    ...columnsOf(before, after, options),
  ];
  const copied = kept.length === 0 ? [placeholder(after)] : kept;
  // What the table itself does in a conflict must not lose rows without a word.
  const verb = resolvesConflicts(after) ? 'INSERT OR ABORT INTO' : 'INSERT INTO';
  const into = list(
    `${verb} ${nameSql(options.temporary)} (`,
    copied.map((each) => each.to),
    ')',
  );
  const select = list(
    'SELECT ',
    copied.map((each) => each.from),
    '',
  );
  // A number that SQLite gives to a NULL must not be one that a later row has.
  const last = numberedColumn(before, after);
  const order =
    last === null || isReference(after, last)
      ? ''
      : `\nORDER BY ${copied.find((each) => each.to === nameSql(aliasOf(after)!))!.from} IS NULL`;
  return `${into}\n${select}\nFROM ${nameSql(before.name)}${order};`;
}

/** A table with the names that its columns have as yet. @param oldNames by folded new name. */
export function underOldNames(table: Table, oldNames: ReadonlyMap<string, string>): Table {
  const old = (name: string) => oldNames.get(fold(name)) ?? name;
  const { primaryKey: key } = table;
  return {
    ...table,
    columns: table.columns.map((each) => ({ ...each, name: old(each.name) })),
    primaryKey:
      key === null
        ? null
        : { ...key, columns: key.columns.map((each) => ({ ...each, name: old(each.name) })) },
  };
}

const WIDTH = 88;

function list(head: string, items: readonly string[], tail: string): string {
  const line = `${head}${items.join(', ')}${tail}`;
  if (line.length <= WIDTH && !line.includes('\n')) return line;
  const rows = items.map((item) => `  ${item}`).join(',\n');
  return `${head.trimEnd()}\n${rows}${tail === '' ? '' : `\n${tail}`}`;
}

/** Of tables that share no column at all the rows stay, with what they would have anyway. */
function placeholder({ columns }: Table): Copied {
  const { name, default: given } = columns.find((each) => each.generated === null)!;
  return { to: nameSql(name), from: given?.sql ?? 'NULL' };
}

/** Whether a rebuild leaves every row its rowid and its values: then what indexes them stays true. */
export function keepsRows(before: Table, after: Table, fill: ReadonlyMap<string, string>): boolean {
  if (!keepsRowids(before, after, fill)) return false;
  return after.columns.every((column) => {
    const was = columnIn(before, column.name);
    if (was === undefined) return true;
    return (
      was.type === column.type &&
      was.generated?.expression === column.generated?.expression &&
      !fill.has(fold(column.name))
    );
  });
}

/** Whether a rebuild leaves every row its rowid. */
export function keepsRowids(
  before: Table,
  after: Table,
  fill: ReadonlyMap<string, string>,
): boolean {
  const [old, now] = [aliasOf(before), aliasOf(after)];
  const isSameAlias = old !== null && now !== null && fold(old) === fold(now);
  return isSameAlias || rowidOf(before, after, fill).length > 0;
}

/** Rows keep their rowid, whoever may remember it: a full-text index does. */
function rowidOf(
  before: Table,
  after: Table,
  fill: ReadonlyMap<string, string>,
  held: Table = before,
): readonly Copied[] {
  if (before.withoutRowid || after.withoutRowid) return [];
  const alias = aliasOf(after);
  if (alias !== null) {
    if (columnIn(before, alias) !== undefined || fill.has(fold(alias))) return [];
    if (isUnnumbered(before, after, { name: alias })) return [];
  }
  const from = rowidName(held);
  const to = alias === null ? rowidName(after) : nameSql(alias);
  return from === null || to === null ? [] : [{ to, from }];
}

function columnsOf(
  before: Table,
  after: Table,
  { fill, oldNames }: RebuildOptions,
): readonly Copied[] {
  const numbered = numberedColumn(before, after);
  const oldWords = (sql: string) =>
    oldNames.size === 0 ? sql : replaceNames(sql, oldNames, before.name, before.name);
  return after.columns.flatMap((column): readonly Copied[] => {
    if (column.generated !== null) return [];
    const source = columnIn(before, column.name);
    const given = fill.get(fold(column.name));
    const fills = given === undefined ? [] : [oldWords(given)];
    if (source === undefined) {
      const needed = isUnnumbered(before, after, column) ? [NO_NUMBER] : [];
      const [from] = [...fills, ...needed];
      return from === undefined ? [] : [{ to: nameSql(column.name), from }];
    }
    const held = sourceOf(before, oldNames.get(fold(source.name)) ?? source.name);
    const value = isMistaken(before, source) ? asReal(held) : held;
    const last = source === numbered && isReference(after, source) ? [NO_NUMBER] : [];
    const values = [value, ...fills, ...last];
    const from = values.length === 1 ? value : `coalesce(${values.join(', ')})`;
    return [{ to: nameSql(column.name), from }];
  });
}

/** A name in quotes that is no column would be a text: with the table before it, it is an error. */
function sourceOf(table: Table, name: string): string {
  const sql = nameSql(name);
  return sql.startsWith('"') ? `${nameSql(table.name)}.${sql}` : sql;
}

/** INSERT takes the value of a VIRTUAL column of REAL for an integer where it is a whole number. */
function isMistaken(table: Table, column: Column): boolean {
  return column.generated?.kind === 'virtual' && affinityIn(table, column) === 'real';
}

function asReal(value: string): string {
  return `CASE WHEN typeof(${value}) IN ('integer', 'real') THEN CAST(${value} AS REAL) ELSE ${value} END`;
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
