import { columnIn } from '../columns.ts';
import type { Column, PrimaryKey, Table, Unique } from '../model.ts';
import { fold } from '../names.ts';
import { Unparsed } from './reader.ts';

/**
 * What follows from the whole of a table for its parts.
 *
 * @param uniqueBeforeKey how many UNIQUE constraints come before the primary key.
 */
export function finish(table: Table, uniqueBeforeKey: number): Table {
  const unique = table.unique.map((each) => ownCollations(table, each));
  const { primaryKey } = table;
  if (primaryKey === null) return { ...table, unique: oncePerKey(unique) };
  const key = ownCollations(table, primaryKey);
  if (key.rowidAlias && !table.withoutRowid) {
    // The rowid has no order.
    const columns = key.columns.map((each) => ({ ...each, direction: 'asc' as const }));
    return { ...table, primaryKey: { ...key, columns }, unique: oncePerKey(unique) };
  }
  // What would be the rowid becomes an index only when there is none, at the end.
  const index = key.rowidAlias ? withoutAlias(key) : key;
  const before = key.rowidAlias ? unique.length : uniqueBeforeKey;
  return withImpliedNotNull({
    ...table,
    primaryKey: mergedKey(index, oncePerKey(unique.slice(0, before)), unique.slice(before)),
    unique: oncePerKey(unique).filter((each) => keyOf(each) !== keyOf(index)),
  });
}

/** A key column that names the collation that its column has anyway names none. */
function ownCollations<Key extends Unique | PrimaryKey>(table: Table, key: Key): Key {
  const columns = key.columns.map((each) => {
    const own = columnIn(table, each.name);
    if (own === undefined) throw new Unparsed(`there is no column ${each.name} for the key`);
    return own.collation === each.collation ? { ...each, collation: null } : each;
  });
  return { ...key, columns };
}

function withoutAlias(key: PrimaryKey): PrimaryKey {
  const columns = key.columns.map((each) => ({ ...each, collation: null }));
  return { ...key, columns, rowidAlias: false };
}

/** All columns of the key of a STRICT table, and of one without rowid, are NOT NULL unsaid. */
function withImpliedNotNull(table: Table): Table {
  if (!table.strict && !table.withoutRowid) return table;
  const names = new Set(table.primaryKey?.columns.map((each) => fold(each.name)));
  const columns = table.columns.map(
    (column): Column =>
      names.has(fold(column.name)) && column.notNull === null
        ? { ...column, notNull: { conflict: 'ABORT', name: null } }
        : column,
  );
  return { ...table, columns };
}

/**
 * SQLite makes one index for constraints on the same columns, whatever their directions:
 * those of the first count, and the first conflict clause that says something.
 */
function oncePerKey(all: readonly Unique[]): readonly Unique[] {
  const firsts = new Map<string, Unique>();
  for (const each of all) {
    const first = firsts.get(keyOf(each));
    firsts.set(keyOf(each), first === undefined ? each : merged(first, each));
  }
  return [...firsts.values()];
}

/** The primary key, as one of the constraints on its columns. */
function mergedKey(
  key: PrimaryKey,
  before: readonly Unique[],
  after: readonly Unique[],
): PrimaryKey {
  const first = before.find((each) => keyOf(each) === keyOf(key));
  const { columns } = first ?? key;
  const all = [...(first === undefined ? [] : [first]), key, ...after];
  const same = all.filter((each) => keyOf(each) === keyOf(key));
  const conflict = same.find((each) => each.conflict !== 'ABORT')?.conflict ?? 'ABORT';
  return { ...key, columns, conflict };
}

function merged(first: Unique, later: Unique): Unique {
  return first.conflict === 'ABORT' ? { ...first, conflict: later.conflict } : first;
}

function keyOf({ columns }: Unique | PrimaryKey): string {
  return JSON.stringify(columns.map(({ name, collation }) => [fold(name), collation]));
}
