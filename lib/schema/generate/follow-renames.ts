import { nameOf, textOf } from '../../sql/statements.ts';
import { type Token, tokens } from '../../sql/tokens.ts';
import type { AnyTable, Index, Schema, Table, Trigger, View } from '../model.ts';
import { fold, isPlain, quoted } from '../names.ts';
import type { ColumnRename, Renames } from './rename-hints.ts';

/**
 * What a schema is once its tables and columns are renamed by ALTER TABLE. Views and
 * triggers are in it as far as it is certain what SQLite makes of them; of the others, the
 * names are told, and they are better dropped before and made again afterwards.
 */
export interface Followed {
  readonly schema: Schema;
  readonly uncertain: ReadonlySet<string>;
}

/** @param renames as ALTER TABLE does them: tables first, then columns. */
export function followRenames(before: Schema, renames: Renames): Followed {
  if (renames.tables.length === 0 && renames.columns.length === 0) {
    return { schema: before, uncertain: new Set() };
  }
  const names = new NewNames(renames);
  const uncertain = new Set<string>();
  const tables = rekeyed(before.tables, (table) => followTable(table, names));
  const virtualTables = rekeyed(before.virtualTables, (table) => ({
    ...table,
    name: names.table(table.name),
  }));
  const indexes = rekeyed(before.indexes, (index) => followIndex(index, names));
  const follow = <T extends View | Trigger>(each: T): T => {
    const words = followWords(each, before, renames);
    if (words === null) uncertain.add(fold(each.name));
    return words === null ? each : { ...each, words };
  };
  const views = rekeyed(before.views, follow);
  const triggers = rekeyed(before.triggers, (each) => {
    const trigger = follow(each);
    return { ...trigger, table: names.table(trigger.table) };
  });
  return { schema: { tables, indexes, views, triggers, virtualTables }, uncertain };
}

/** Answers what a name is afterwards. */
class NewNames {
  readonly #tables: ReadonlyMap<string, string>;
  readonly #columns: readonly ColumnRename[];

  constructor({ tables, columns }: Renames) {
    this.#tables = new Map(tables.map(({ from, to }) => [fold(from), to]));
    this.#columns = columns;
  }

  table(name: string): string {
    return this.#tables.get(fold(name)) ?? name;
  }

  /** By folded old name: the new names of the columns of a table. */
  columnsOf(table: string): ReadonlyMap<string, string> {
    const own = this.#columns.filter((each) => fold(each.table) === fold(table));
    return new Map(own.map(({ from, to }) => [fold(from), to]));
  }

  column(table: string, name: string): string {
    return this.columnsOf(table).get(fold(name)) ?? name;
  }
}

function rekeyed<T extends { readonly name: string }>(
  map: ReadonlyMap<string, T>,
  change: (item: T) => T,
): ReadonlyMap<string, T> {
  return new Map(
    [...map.values()].map((item) => {
      const changed = change(item);
      return [fold(changed.name), changed];
    }),
  );
}

function followTable(table: AnyTable, names: NewNames): AnyTable {
  const name = names.table(table.name);
  if (table.kind === 'opaque') return { ...table, name };
  const column = (each: string) => names.column(table.name, each);
  const words = (text: string) => replaceNames(text, names.columnsOf(table.name), table.name, name);
  const keyed = <T extends { readonly columns: Table['unique'][number]['columns'] }>(
    key: T,
  ): T => ({
    ...key,
    columns: key.columns.map((each) => ({ ...each, name: column(each.name) })),
  });
  return {
    ...table,
    name,
    columns: table.columns.map((each) => ({
      ...each,
      name: column(each.name),
      generated:
        each.generated === null
          ? null
          : { ...each.generated, expression: words(each.generated.expression) },
    })),
    primaryKey: table.primaryKey === null ? null : keyed(table.primaryKey),
    unique: table.unique.map(keyed),
    checks: table.checks.map((each) => ({ ...each, expression: words(each.expression) })),
    foreignKeys: table.foreignKeys.map((key) => ({
      ...key,
      columns: key.columns.map(column),
      parent: names.table(key.parent),
      parentColumns: key.parentColumns.map((each) => names.column(key.parent, each)),
    })),
  };
}

function followIndex(index: Index, names: NewNames): Index {
  const table = names.table(index.table);
  const words = (text: string) =>
    replaceNames(text, names.columnsOf(index.table), index.table, table);
  return {
    ...index,
    table,
    columns: index.columns.map((each) => ({ ...each, expression: words(each.expression) })),
    where: index.where === null ? null : words(index.where),
  };
}

/** Names of one table's columns in an expression of that table, which can mean nothing else. */
export function replaceNames(
  sql: string,
  columns: ReadonlyMap<string, string>,
  table: string,
  tableAfter: string,
): string {
  return rewritten(sql, (token, next) => {
    if (!isName(token)) return null;
    const name = fold(nameOf(sql, token));
    if (next === '.') return name === fold(table) ? tableAfter : null;
    return next === '(' ? null : (columns.get(name) ?? null);
  });
}

function rewritten(
  sql: string,
  rename: (token: Token, next: string, last: string) => string | null,
): string {
  const all = [...tokens(sql)];
  let text = '';
  let end = 0;
  for (const [index, token] of all.entries()) {
    const [next, last] = [all[index + 1], all[index - 1]].map((each) =>
      each === undefined ? '' : textOf(sql, each),
    );
    const name = rename(token, next!, last!);
    text += sql.slice(end, token.start);
    text += name === null ? textOf(sql, token) : wordFor(name);
    end = token.end;
  }
  return text + sql.slice(end);
}

/** As `wordsOf` has it. */
function wordFor(name: string): string {
  return isPlain(name) ? fold(name) : quoted(fold(name));
}

function isName({ kind }: Token): boolean {
  return kind === 'word' || kind === 'quoted';
}

/** The words of a view or a trigger afterwards; null where that is not certain. */
function followWords(
  each: View | Trigger,
  before: Schema,
  { tables, columns }: Renames,
): string | null {
  const sql = each.words;
  const all = [...tokens(sql)];
  const said = new Set(all.filter(isNameOrString).map((token) => fold(nameOf(sql, token))));
  if ('table' in each) said.add(fold(each.table));
  const renamedTables = tables.filter(({ from }) => said.has(fold(from)));
  const renamedColumns = columns.filter(({ from }) => said.has(fold(from)));
  if (renamedTables.length === 0 && renamedColumns.length === 0) return sql;
  const isOneSelect = count(all, sql, 'select') <= 1 && count(all, sql, 'with') === 0;
  const renamed = [...renamedTables, ...renamedColumns];
  if (!isOneSelect || hasAlias(all, sql, renamed) || isListed(each, all, renamed)) return null;
  for (const { from, to } of renamedTables) {
    if (columnsCalled(before, from).length > 0 || said.has(fold(to))) return null;
  }
  const relations = [
    ...before.tables.keys(),
    ...before.views.keys(),
    ...before.virtualTables.keys(),
  ];
  for (const { table, from, to } of renamedColumns) {
    const owners = columnsCalled(before, from);
    const isOnly = owners.length === 1 && fold(owners[0]!) === fold(table);
    const seesViews = relations.some((name) => said.has(name) && !before.tables.has(name));
    if (!isOnly || seesViews || said.has(fold(to)) || relations.includes(fold(from))) return null;
  }
  const newTables = new Map(renamedTables.map(({ from, to }) => [fold(from), to]));
  const newColumns = new Map(renamedColumns.map(({ from, to }) => [fold(from), to]));
  return rewritten(sql, (token, next, last) => {
    if (!isName(token) || next === '(') {
      // `INSERT INTO t (…)` is the one place where a table stands before a parenthesis.
      if (next !== '(' || !isName(token) || fold(last) !== 'into') return null;
    }
    const name = fold(nameOf(sql, token));
    return newTables.get(name) ?? newColumns.get(name) ?? null;
  });
}

function isNameOrString(token: Token): boolean {
  return isName(token) || token.kind === 'string';
}

function count(all: readonly Token[], sql: string, word: string): number {
  return all.filter((token) => token.kind === 'word' && fold(textOf(sql, token)) === word).length;
}

/** Whether a view calls a column of its own so, in the list before its SELECT. */
function isListed(
  each: View | Trigger,
  all: readonly Token[],
  renamed: readonly { readonly from: string }[],
): boolean {
  const sql = each.words;
  if ('table' in each || !sql.startsWith('(')) return false;
  const list = all.slice(
    0,
    all.findIndex((token) => textOf(sql, token) === ')'),
  );
  return list.some((token) => renamed.some(({ from }) => fold(from) === fold(nameOf(sql, token))));
}

/** `AS name`, or a name right behind a name or a `)`: it may mean something else here. */
function hasAlias(
  all: readonly Token[],
  sql: string,
  renamed: readonly { readonly from: string }[],
): boolean {
  const names = new Set(renamed.map(({ from }) => fold(from)));
  return all.some((token, index) => {
    if (!isNameOrString(token) || !names.has(fold(nameOf(sql, token)))) return false;
    if (token.kind === 'string') return true;
    const last = all[index - 1];
    if (last === undefined) return false;
    if (last.kind === 'punctuation') return textOf(sql, last) === ')';
    const word = fold(textOf(sql, last));
    return last.kind !== 'word' || !BEFORE_NAMES.has(word);
  });
}

const BEFORE_NAMES = new Set(
  'select distinct all from join into update on of where and or not by having set when then else case between like in is returning limit offset using glob table delete'.split(
    ' ',
  ),
);

/** The tables with a column of that name. */
function columnsCalled(schema: Schema, column: string): readonly string[] {
  return [...schema.tables.values()].flatMap((table) =>
    table.kind === 'opaque' || table.columns.some((each) => fold(each.name) === fold(column))
      ? [table.name]
      : [],
  );
}
