import { dependantsOf } from '../dependants.ts';
import type { AnyTable, Index, Schema, Trigger, View, VirtualTable } from '../model.ts';
import { fold } from '../names.ts';
import { reordered } from '../trigger-order.ts';
import { type Followed, followRenames } from './follow-renames.ts';
import type { ColumnRename, Renames } from './rename-hints.ts';
import { withRoom } from './rename-steps.ts';
import { stuckRenames } from './stuck-renames.ts';
import { type ChangeOptions, changedTables, type TableChange } from './table-changes.ts';

/** Everything that leads from one schema to another, decided but not written. */
export interface Changes {
  readonly before: Schema;
  readonly after: Schema;
  /** The old schema under its new names, without the tables whose names are taken. */
  readonly followed: Schema;
  readonly renames: Renames;
  /** Those of the column renames that ALTER TABLE does. */
  readonly columnRenames: readonly ColumnRename[];
  readonly tables: readonly TableChange[];
  readonly dropped: {
    readonly triggers: readonly Trigger[];
    readonly views: readonly View[];
    readonly indexes: readonly Index[];
    readonly virtualTables: readonly VirtualTable[];
    readonly tables: readonly AnyTable[];
  };
  readonly created: {
    readonly tables: readonly AnyTable[];
    readonly virtualTables: readonly VirtualTable[];
    readonly indexes: readonly Index[];
    readonly views: readonly View[];
    readonly triggers: readonly Trigger[];
  };
}

/** Tables and virtual tables that are dropped because another one takes their name. */
export function displacedBy(before: Schema, { tables }: Renames): ReadonlySet<string> {
  const moved = new Set(tables.map(({ from }) => fold(from)));
  return new Set(
    tables
      .map(({ to }) => fold(to))
      .filter(
        (key) => (before.tables.has(key) || before.virtualTables.has(key)) && !moved.has(key),
      ),
  );
}

/** The old schema under its new names, without what is displaced. */
export function underNewNames(
  before: Schema,
  after: Schema,
  told: Renames,
): Followed & { readonly renames: Renames } {
  const renames = withRoom(before, after, told);
  const displaced = displacedBy(before, renames);
  const stays = (key: string) => !displaced.has(key);
  return {
    ...followRenames(
      {
        ...before,
        tables: filtered(before.tables, (_, key) => stays(key)),
        virtualTables: filtered(before.virtualTables, (_, key) => stays(key)),
        indexes: filtered(before.indexes, (index) => stays(fold(index.table))),
        triggers: filtered(before.triggers, (trigger) => stays(fold(trigger.table))),
      },
      renames,
    ),
    renames,
  };
}

/**
 * Decides what leads from one schema to another.
 *
 * @param broken names of views and triggers of the old schema that cannot be used, folded:
 *   they are out of the way while SQLite parses everything.
 */
export function planChanges(
  before: Schema,
  after: Schema,
  told: Renames,
  options: ChangeOptions,
  broken: ReadonlySet<string>,
): Changes {
  const { schema: followed, uncertain, renames } = underNewNames(before, after, told);
  const oldName = new Map(renames.tables.map(({ from, to }) => [fold(to), from]));
  const stuck = stuckRenames(before, renames.columns);
  const tables = changedTables(followed, after, oldName, stuck, options);
  const rebuilt = new Set(
    tables.filter((each) => each.alteration === null).map((each) => fold(each.after.name)),
  );
  const displaced = [...displacedBy(before, renames)];
  const gone = {
    tables: [
      ...displaced.flatMap((key) => before.tables.get(key) ?? []),
      ...without(followed.tables, after.tables),
    ],
    virtualTables: [
      ...displaced.flatMap((key) => before.virtualTables.get(key) ?? []),
      ...changedIn(followed.virtualTables, after.virtualTables),
    ],
  };

  const isParsed = makesSqliteParseAll(tables, renames);
  const inTheWay = isParsed ? broken : new Set<string>();
  const outdatedViews = [
    ...changedIn(followed.views, after.views).map((each) => fold(each.name)),
    ...[...inTheWay].filter((key) => before.views.has(key)),
    ...[...uncertain].filter((key) => followed.views.has(key)),
  ];
  const reshaped = [
    ...[...rebuilt].map((key) => fold(oldName.get(key) ?? key)),
    ...[...gone.tables, ...gone.virtualTables].map((each) => fold(each.name)),
  ];
  const reached = dependantsOf(before, isParsed ? [...outdatedViews, ...reshaped] : []);
  const droppedViews = new Set([...outdatedViews, ...reached.views]);
  const kept = new Set(
    [...followed.triggers]
      .filter(
        ([key, each]) =>
          isSame(each, after.triggers.get(key)) &&
          !reached.triggers.has(key) &&
          !inTheWay.has(key) &&
          !uncertain.has(key) &&
          !droppedViews.has(fold(each.table)),
      )
      .map(([key]) => key),
  );
  const when = options.columnOrder === 'strict' ? 'always' : 'touched';
  const again = reordered(followed, after, kept, when);
  const stays = (key: string) => kept.has(key) && !again.has(key);

  return {
    before,
    after,
    followed,
    renames,
    columnRenames: renames.columns.filter((each) => !stuck.includes(each)),
    tables,
    dropped: {
      triggers: valuesOf(before.triggers, (key) => !stays(key)),
      views: valuesOf(before.views, (key) => droppedViews.has(key)),
      // What was on a displaced table is not in `followed`; another table may have its name there.
      indexes: changedIn(followed.indexes, after.indexes).filter(({ table }) =>
        after.tables.has(fold(table)),
      ),
      virtualTables: gone.virtualTables,
      tables: gone.tables,
    },
    created: {
      tables: without(after.tables, followed.tables),
      virtualTables: changedIn(after.virtualTables, followed.virtualTables),
      indexes: [...after.indexes.values()].filter(
        (each) =>
          rebuilt.has(fold(each.table)) || !isSame(each, followed.indexes.get(fold(each.name))),
      ),
      views: valuesOf(after.views, (key) => !before.views.has(key) || droppedViews.has(key)),
      triggers: valuesOf(after.triggers, (key) => !stays(key)),
    },
  };
}

/**
 * Whether a change reads every view and trigger on its way, and fails on one that names what is
 * gone: RENAME and DROP COLUMN do, and the last step of a rebuild is a RENAME.
 */
function makesSqliteParseAll(tables: readonly TableChange[], renames: Renames): boolean {
  return (
    renames.tables.length > 0 ||
    renames.columns.length > 0 ||
    tables.some(({ alteration }) => alteration === null || alteration.drops.length > 0)
  );
}

/** The objects that are not there, or not the same, in another schema. */
function changedIn<T extends Essential>(
  map: ReadonlyMap<string, T>,
  other: ReadonlyMap<string, T>,
): readonly T[] {
  return [...map.values()].filter((each) => !isSame(each, other.get(fold(each.name))));
}

/** The objects whose folded names pass a test. */
function valuesOf<T>(map: ReadonlyMap<string, T>, test: (key: string) => boolean): readonly T[] {
  return [...map].filter(([key]) => test(key)).map(([, each]) => each);
}

function filtered<T>(
  map: ReadonlyMap<string, T>,
  test: (item: T, key: string) => boolean,
): ReadonlyMap<string, T> {
  return new Map([...map].filter(([key, item]) => test(item, key)));
}

function without<T>(
  map: ReadonlyMap<string, T>,
  other: ReadonlyMap<string, unknown>,
): readonly T[] {
  return valuesOf(map, (key) => !other.has(key));
}

/** An object that has a text, which says in some way what its other properties say. */
interface Essential {
  readonly name: string;
  readonly text: string;
  readonly table?: string;
}

/** Whether two objects are the same but for their text and for the case of names. */
function isSame<T extends Essential>(a: T | undefined, b: T | undefined): boolean {
  const essence = (each: T) => {
    const { name, text, table, ...rest } = each;
    return JSON.stringify([
      fold(name),
      table === undefined ? '' : fold(table),
      Object.entries(rest).sort(),
    ]);
  };
  return a !== undefined && b !== undefined && essence(a) === essence(b);
}
