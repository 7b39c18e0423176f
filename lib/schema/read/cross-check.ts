import { columnIn } from '../columns.ts';
import type { Column, Index, KeyColumn, Schema, Table } from '../model.ts';
import { capitals, fold } from '../names.ts';
import type { Scratch, ScratchRow } from '../scratch.ts';
import { typeOf } from './parse-column.ts';
import { parseDefault } from './parse-default.ts';
import { namesOf } from './parse-table.ts';
import { Reader } from './reader.ts';
import { TableDraft } from './table-draft.ts';

/**
 * Where the model and what SQLite tells of itself by PRAGMAs do not go together, as
 * sentences. They hide much, so this proves nothing; but a contradiction is a defect.
 */
export async function contradictions(scratch: Scratch, schema: Schema): Promise<readonly string[]> {
  const pragmas = await readPragmas(scratch);
  const indexes = Map.groupBy(schema.indexes.values(), (index) => fold(index.table));
  return [...schema.tables.values()].flatMap((table) => {
    if (table.kind === 'opaque') return [];
    const rows = (map: ReadonlyMap<string, readonly ScratchRow[]>) =>
      map.get(fold(table.name)) ?? [];
    return [
      ...differ(table, 'options', optionsOf(table), rows(pragmas.options).map(optionsTold)),
      ...differ(table, 'columns', columnsOf(table), rows(pragmas.columns).map(columnTold(table))),
      ...differ(table, 'keys', keysOf(table), keysTold(rows(pragmas.keys))),
      ...differ(
        table,
        'indexes',
        indexesOf(indexes.get(fold(table.name)) ?? []),
        rows(pragmas.indexes).map(indexTold),
      ),
      ...differ(
        table,
        'foreign keys',
        foreignKeysOf(table),
        foreignKeysTold(rows(pragmas.foreignKeys)),
      ),
    ];
  });
}

async function readPragmas(scratch: Scratch) {
  const byTable = async (sql: string) =>
    Map.groupBy(await scratch.query(sql), (row) => fold(String(row.of)));
  const each = (columns: string, from: string, order: string) =>
    byTable(
      `SELECT m.name AS "of", ${columns} FROM main.sqlite_schema AS m, ${from}
        WHERE m.type = 'table' ORDER BY m.rowid, ${order}`,
    );
  const indexList = "pragma_index_list(m.name, 'main') AS l";
  return {
    options: await byTable(
      `SELECT name AS "of", wr, strict FROM pragma_table_list WHERE schema = 'main'`,
    ),
    columns: await each('x.*', "pragma_table_xinfo(m.name, 'main') AS x", 'x.cid'),
    keys: await each(
      'l.seq AS number, l.origin, x.name, x.coll, x."desc", x."key"',
      `${indexList}, pragma_index_xinfo(l.name) AS x ON l.origin <> 'c'`,
      'l.seq, x.seqno',
    ),
    indexes: await each('l.name, l."unique", l.partial', `${indexList} ON l.origin = 'c'`, 'l.seq'),
    foreignKeys: await each('f.*', "pragma_foreign_key_list(m.name, 'main') AS f", 'f.id, f.seq'),
  };
}

/** Both as sorted lists of texts. */
function differ(
  { name }: Table,
  what: string,
  mine: readonly unknown[],
  told: readonly unknown[],
): readonly string[] {
  const [a, b] = [mine, told].map((list) => list.map((each) => JSON.stringify(each)).sort());
  if (a!.join() === b!.join()) return [];
  return [`${what} of \`${name}\` are ${a!.join(' ')}, SQLite says ${b!.join(' ')}`];
}

function optionsOf({ strict, withoutRowid }: Table): readonly unknown[] {
  return [[withoutRowid ? 1 : 0, strict ? 1 : 0]];
}

function optionsTold({ wr, strict }: ScratchRow): unknown {
  return [wr, strict];
}

function columnsOf(table: Table): readonly unknown[] {
  const key = [...new Set(table.primaryKey?.columns.map((each) => fold(each.name)))];
  return table.columns.map((column, cid) => [
    cid,
    column.name,
    bareType(column.type),
    column.notNull === null ? 0 : 1,
    column.default?.sql ?? null,
    key.indexOf(fold(column.name)) + 1,
    HIDDEN[column.generated?.kind ?? 'none'],
  ]);
}

/** PRAGMAs take the quotes off a type. */
function bareType(type: string): string {
  return type.replaceAll('"', '');
}

const HIDDEN = { none: 0, virtual: 2, stored: 3 } as const satisfies Record<
  NonNullable<Column['generated']>['kind'] | 'none',
  number
>;

function columnTold(table: Table) {
  return (row: ScratchRow): unknown => [
    row.cid,
    row.name,
    bareType(typeOf(String(row.type))),
    row.notnull,
    row.dflt_value === null ? null : defaultTold(table, String(row.dflt_value)),
    row.pk,
    row.hidden,
  ];
}

/** PRAGMAs leave out the parentheses around an expression, so it may look like a literal. */
function defaultTold(table: Table, sql: string): string | null {
  const draft = (text: string) => new TableDraft(text, namesOf(table));
  try {
    const reader = new Reader(sql);
    const bare = parseDefault(reader, draft(sql));
    if (reader.done) return bare?.sql ?? null;
  } catch {
    // An expression, then.
  }
  const wrapped = `(${sql}\n)`;
  return parseDefault(new Reader(wrapped), draft(wrapped))?.sql ?? null;
}

function keysOf(table: Table): readonly unknown[] {
  const { primaryKey, unique, withoutRowid } = table;
  const isIndex = primaryKey !== null && !primaryKey.rowidAlias;
  const keyed = (columns: readonly KeyColumn[]) =>
    columns.map(({ name, collation, direction }) => [
      fold(name),
      collation ?? columnIn(table, name)?.collation,
      direction === 'desc' ? 1 : 0,
    ]);
  const own = isIndex ? keyed(primaryKey.columns) : [];
  const once = own.filter(([name], index) => own.findIndex(([each]) => each === name) === index);
  return [
    ...(isIndex ? [['pk', withoutRowid ? once : own]] : []),
    ...unique.map((each) => ['u', keyed(each.columns)]),
  ];
}

function keysTold(rows: readonly ScratchRow[]): readonly unknown[] {
  const keys = Map.groupBy(
    rows.filter((row) => row.key === 1),
    (row) => row.number,
  );
  return [...keys.values()].map((key) => [
    key[0]!.origin,
    key.map((row) => [fold(String(row.name)), capitals(String(row.coll)), row.desc]),
  ]);
}

function indexesOf(indexes: readonly Index[]): readonly unknown[] {
  return indexes.map(({ name, unique, where }) => [name, unique ? 1 : 0, where === null ? 0 : 1]);
}

function indexTold({ name, unique, partial }: ScratchRow): unknown {
  return [name, unique, partial];
}

function foreignKeysOf({ foreignKeys }: Table): readonly unknown[] {
  return foreignKeys.map((key) => [
    fold(key.parent),
    key.columns.map(fold),
    key.onUpdate,
    key.onDelete,
  ]);
}

function foreignKeysTold(rows: readonly ScratchRow[]): readonly unknown[] {
  return [...Map.groupBy(rows, (row) => row.id).values()].map((key) => [
    fold(String(key[0]!.table)),
    key.map((row) => fold(String(row.from))),
    key[0]!.on_update,
    key[0]!.on_delete,
  ]);
}
