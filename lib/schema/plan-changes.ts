import { dependantsOf } from './dependants.ts';
import { type Followed, followRenames } from './follow-renames.ts';
import type { AnyTable, Index, Schema, Trigger, View, VirtualTable } from './model.ts';
import { fold } from './names.ts';
import type { ColumnRename, Renames } from './rename-hints.ts';
import { withRoom } from './rename-steps.ts';
import { stuckRenames } from './stuck-renames.ts';
import { type ChangeOptions, changedTables, type TableChange } from './table-changes.ts';
import { reordered } from './trigger-order.ts';

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
  const displaced = displacedBy(before, renames);
  const oldName = new Map(renames.tables.map(({ from, to }) => [fold(to), from]));
  const stuck = stuckRenames(before, renames.columns);
  const tables = changedTables(followed, after, oldName, stuck, options);
  const rebuilt = tables.filter((each) => each.alteration === null);
  const goneTables = [
    ...[...displaced].flatMap((key) => before.tables.get(key) ?? []),
    ...without(followed.tables, after.tables),
  ];
  const goneVirtual = [
    ...[...displaced].flatMap((key) => before.virtualTables.get(key) ?? []),
    ...[...followed.virtualTables.values()].filter(
      (each) => !isSame(each, after.virtualTables.get(fold(each.name))),
    ),
  ];
  const isParsed =
    rebuilt.length > 0 ||
    renames.tables.length > 0 ||
    renames.columns.length > 0 ||
    tables.some((each) => (each.alteration?.drops.length ?? 0) > 0);

  const changedViews = [...followed.views.values()].filter(
    (each) => !isSame(each, after.views.get(fold(each.name))),
  );
  const changed = new Set([...changedViews.map((each) => fold(each.name))]);
  // RENAME and DROP COLUMN read every view and trigger, and fail on one that names what is gone.
  const inTheWay = isParsed ? broken : new Set<string>();
  const brokenViews = [...inTheWay].filter((key) => before.views.has(key));
  const roots = isParsed
    ? [
        ...brokenViews,
        ...rebuilt.map((each) => fold(oldName.get(fold(each.after.name)) ?? each.after.name)),
        ...goneTables.map((each) => fold(each.name)),
        ...goneVirtual.map((each) => fold(each.name)),
        ...changed,
        ...[...uncertain].filter((key) => followed.views.has(key)),
      ]
    : [];
  const reached = dependantsOf(before, roots);
  const droppedViews = new Set([
    ...changed,
    ...brokenViews,
    ...reached.views,
    ...[...uncertain].filter((key) => followed.views.has(key)),
  ]);
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
  const again = reordered(
    followed,
    after,
    kept,
    options.columnOrder === 'strict' ? 'always' : 'touched',
  );
  const stays = (key: string) => kept.has(key) && !again.has(key);
  // What was on a displaced table is not in `followed`; another table may have its name there.
  const isGone = (table: string) => !after.tables.has(fold(table));
  const isRebuilt = (table: string) =>
    rebuilt.some((each) => fold(each.after.name) === fold(table));
  return {
    before,
    after,
    followed,
    renames,
    columnRenames: renames.columns.filter((each) => !stuck.includes(each)),
    tables,
    dropped: {
      triggers: [...before.triggers].filter(([key]) => !stays(key)).map(([, each]) => each),
      views: [...before.views].filter(([key]) => droppedViews.has(key)).map(([, each]) => each),
      indexes: [...followed.indexes.values()].filter(
        (each) => !isSame(each, after.indexes.get(fold(each.name))) && !isGone(each.table),
      ),
      virtualTables: goneVirtual,
      tables: goneTables,
    },
    created: {
      tables: [...after.tables]
        .filter(([key]) => !followed.tables.has(key))
        .map(([, each]) => each),
      virtualTables: [...after.virtualTables.values()].filter(
        (each) => !isSame(followed.virtualTables.get(fold(each.name)), each),
      ),
      indexes: [...after.indexes.values()].filter(
        (each) => isRebuilt(each.table) || !isSame(followed.indexes.get(fold(each.name)), each),
      ),
      views: [...after.views]
        .filter(([key]) => !before.views.has(key) || droppedViews.has(key))
        .map(([, each]) => each),
      triggers: [...after.triggers].filter(([key]) => !stays(key)).map(([, each]) => each),
    },
  };
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
  return [...map].filter(([key]) => !other.has(key)).map(([, item]) => item);
}

/** Whether two objects that have a text are the same but for that text and for the case of names. */
function isSame<
  T extends { readonly name: string; readonly text: string; readonly table?: string },
>(a: T | undefined, b: T | undefined): boolean {
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
