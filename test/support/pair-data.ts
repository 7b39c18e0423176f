import { DatabaseSync } from 'node:sqlite';
import type { RandomColumn, RandomSchema, RandomTable } from './random-schemas.ts';
import { fold } from './slow-compare.ts';

/** A table and what it is afterwards. */
export interface Moved {
  readonly from: RandomTable;
  readonly to: RandomTable;
  readonly columns: readonly (readonly [RandomColumn, RandomColumn])[];
}

/** By folded table: each row by folded column, as SQL literals; the rowid is the column `#`. */
interface Data {
  readonly tables: ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>;
  readonly marks: readonly string[];
}

export function dataOf(db: DatabaseSync, schema: RandomSchema): Data {
  const tables = new Map<string, Record<string, string>[]>();
  for (const table of schema.tables) {
    const names = table.columns.map((each) => each.name);
    const list = names.map((name, at) => `quote("${name.replaceAll('"', '""')}") AS c${at}`);
    if (!table.withoutRowid) list.push('quote(_rowid_) AS id');
    const rows = db
      .prepare(`SELECT ${list.join(', ')} FROM "${table.name.replaceAll('"', '""')}" NOT INDEXED`)
      .all()
      .map((row) => {
        const values = names.map((name, at) => [fold(name), String(row[`c${at}`])]);
        return Object.fromEntries(table.withoutRowid ? values : [...values, ['#', String(row.id)]]);
      });
    tables.set(fold(table.name), rows);
  }
  const hasMarks = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get();
  const marks =
    hasMarks === undefined
      ? []
      : db.prepare('SELECT name, quote(ifnull(seq, 0)) AS seq FROM sqlite_sequence').all();
  return { tables, marks: marks.map((row) => `${fold(String(row.name))}=${row.seq}`) };
}

/** What was lost on the way; null for nothing. */
export function lostRows(
  start: Data,
  end: Data,
  moved: readonly Moved[],
  fill: ReadonlySet<string>,
): string | null {
  for (const { from, to, columns } of moved) {
    const [was, is] = [start.tables.get(fold(from.name))!, end.tables.get(fold(to.name))!];
    const byRowid = rowidStays(from, to, columns, fill);
    // A NULL is given a number where it is to be the rowid.
    const isNumbered = (old: RandomColumn, now: RandomColumn) =>
      !to.withoutRowid &&
      now === aliasOf(to) &&
      old !== aliasOf(from) &&
      was.some((row) => row[fold(old.name)] === 'NULL');
    const kept = columns.filter(
      ([old, now]) =>
        now.generated === null &&
        !isNumbered(old, now) &&
        (byRowid || !fill.has(fold(`${to.name}.${now.name}`))),
    );
    const expected = was.map((row) =>
      textOf(
        row,
        byRowid,
        kept.map(([old, now]) => [
          fold(now.name),
          stored(row[fold(old.name)]!, old, now, from, to),
        ]),
      ),
    );
    const found = is.map((row) =>
      textOf(
        row,
        byRowid,
        kept.map(([, now]) => [fold(now.name), row[fold(now.name)]!]),
      ),
    );
    const [a, b] = [expected.sort(), found.sort()];
    const isFilled = kept.some(([, now]) => fill.has(fold(`${to.name}.${now.name}`)));
    if (a.length !== b.length || (!isFilled && a.some((row, at) => row !== b[at]))) {
      return `rows of ${to.name}:\n  ${b.join('\n  ')}\n  expected:\n  ${a.join('\n  ')}`;
    }
    if (from.key.kind !== 'counted' || to.key.kind !== 'counted') continue;
    const mark = (all: Data, name: string) =>
      all.marks.find((each) => each.startsWith(`${fold(name)}=`))?.slice(name.length + 1) ?? '0';
    if (mark(start, from.name) !== mark(end, to.name)) {
      return `the mark of ${to.name} is ${mark(end, to.name)}, and was ${mark(start, from.name)}`;
    }
  }
  const names = end.marks.map((each) => each.slice(0, each.lastIndexOf('=')));
  const stray = names.find((name, at) => names.indexOf(name) !== at || !end.tables.has(name));
  return stray === undefined ? null : `sqlite_sequence: ${end.marks}`;
}

/** Whether a column's new type makes another value of one, and not only another number of it. */
export function changesValues(start: Data, moved: readonly Moved[]): boolean {
  return moved.some(({ from, to, columns }) =>
    columns.some(([old, now]) => {
      if (now.generated !== null) return false;
      return start.tables.get(fold(from.name))!.some((row) => {
        const value = row[fold(old.name)]!;
        const is = stored(value, old, now, from, to);
        return is !== value && !isSameNumber(value, is);
      });
    }),
  );
}

/** `1` and `1.0`, or `1` and `'1'`. */
function isSameNumber(a: string, b: string): boolean {
  const plain = (each: string) => each.replace(/^'(.*)'$/s, '$1');
  return plain(a) === plain(b) || Number(a) === Number(b);
}

function rowidStays(
  from: RandomTable,
  to: RandomTable,
  columns: Moved['columns'],
  fill: ReadonlySet<string>,
): boolean {
  if (from.withoutRowid || to.withoutRowid) return false;
  const alias = aliasOf(to);
  if (alias === undefined) return true;
  const old = columns.find(([, now]) => now === alias)?.[0];
  return old === undefined ? !fill.has(fold(`${to.name}.${alias.name}`)) : old === aliasOf(from);
}

function aliasOf({ key }: RandomTable): RandomColumn | undefined {
  const isAlias =
    key.kind === 'alias' ||
    key.kind === 'counted' ||
    (key.columns.length === 1 && key.columns[0]!.type === 'INTEGER');
  return isAlias ? key.columns[0] : undefined;
}

function textOf(
  row: Readonly<Record<string, string>>,
  byRowid: boolean,
  values: readonly (readonly [string, string])[],
): string {
  return JSON.stringify([
    byRowid ? row['#'] : '',
    ...[...values].sort(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

const converter = new DatabaseSync(':memory:');

/** A value as the column afterwards stores it, by SQLite itself. */
function stored(
  value: string,
  old: RandomColumn,
  now: RandomColumn,
  from: RandomTable,
  to: RandomTable,
): string {
  if (old.type === now.type && from.strict === to.strict) return value;
  converter.exec(
    `DROP TABLE IF EXISTS c; CREATE TABLE c(x ${now.type}) ${to.strict ? 'STRICT' : ''}`,
  );
  converter.exec(`INSERT INTO c VALUES (${value})`);
  return String(converter.prepare('SELECT quote(x) AS x FROM c').get()!.x);
}
