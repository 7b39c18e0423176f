import { didYouMean } from '../../graph/nearest.ts';
import { columnIn } from '../columns.ts';
import { isExternalContent } from '../full-text.ts';
import type { AnyTable, Column, Schema, Table } from '../model.ts';
import { fold } from '../names.ts';
import { aliasOf, isReference } from '../rowid.ts';
import { columnNames, findColumn, type PlanProblem } from './rename-hints.ts';
import type { Room } from './room.ts';

/** What a person has allowed or said. */
interface Decisions {
  readonly noRename: boolean;
  readonly allowDrop: boolean;
  readonly fill: ReadonlyMap<string, string>;
}

/**
 * What has to be decided before anything is written: what looks like a rename, what would be
 * lost, and which new columns need values.
 *
 * @param followed the old schema under its new names.
 * @param displaced tables whose name another one takes.
 * @param room knows what columns that only make room are called as yet.
 */
export function missingDecisions(
  followed: Schema,
  after: Schema,
  displaced: readonly AnyTable[],
  decisions: Decisions,
  room: Room,
): readonly PlanProblem[] {
  const lost = [...displaced, ...missing(followed.tables, after.tables)];
  const found = [...missing(after.tables, followed.tables)];
  return [
    ...lostTables(lost, found, decisions),
    ...lostVirtualTables(followed, after, decisions),
    ...[...after.tables.values()].flatMap((table) => {
      const was = followed.tables.get(fold(table.name));
      if (was?.kind !== 'table' || table.kind !== 'table') return unreadable(was, table);
      return [...lostColumns(was, table, decisions, room), ...columnsToFill(was, table, decisions)];
    }),
  ];
}

function missing<T>(from: ReadonlyMap<string, T>, other: ReadonlyMap<string, unknown>) {
  return [...from].filter(([key]) => !other.has(key)).map(([, value]) => value);
}

const DROP = 'If that is meant, say `--allow-drop`';

function lostTables(
  lost: readonly AnyTable[],
  found: readonly AnyTable[],
  { noRename, allowDrop }: Decisions,
): readonly PlanProblem[] {
  return lost.flatMap((table): readonly PlanProblem[] => {
    const likes = noRename ? [] : found.filter((each) => isLike(table, each));
    if (likes.length > 0) {
      const flags = likes.map((each) => `\`--rename ${table.name}=${each.name}\``).join(' or ');
      return [
        {
          code: 'autogenerate',
          message: `The table \`${table.name}\` is gone, and ${likes.map((each) => `\`${each.name}\``).join(', ')} is much like it.`,
          hint: `Say ${flags}, or \`--no-rename --allow-drop\` if its rows are to go.`,
        },
      ];
    }
    if (allowDrop) return [];
    return [
      {
        code: 'autogenerate',
        message: `The table \`${table.name}\` would be dropped, with all its rows.`,
        hint: `${DROP}; if it has another name now, \`--rename ${table.name}=NEW\`.`,
      },
    ];
  });
}

/** At least half of the columns are the same, by name and type. */
function isLike(a: AnyTable, b: AnyTable): boolean {
  if (a.kind === 'opaque' || b.kind === 'opaque') return false;
  const same = a.columns.filter((column) => {
    const other = columnIn(b, column.name);
    return other !== undefined && other.type === column.type;
  });
  return same.length * 2 >= Math.max(a.columns.length, b.columns.length);
}

function lostVirtualTables(
  followed: Schema,
  after: Schema,
  { allowDrop }: Decisions,
): readonly PlanProblem[] {
  if (allowDrop) return [];
  return [...followed.virtualTables].flatMap(([key, table]): readonly PlanProblem[] => {
    const target = after.virtualTables.get(key);
    const isSame = target?.module === table.module && target.arguments === table.arguments;
    if (isSame || isExternalContent(table)) return [];
    const what = target === undefined ? 'dropped' : 'dropped and made anew';
    return [
      {
        code: 'autogenerate',
        message: `The virtual table \`${table.name}\` would be ${what}, and what it holds be lost.`,
        hint: `${DROP}.`,
      },
    ];
  });
}

function lostColumns(
  was: Table,
  table: Table,
  { noRename, allowDrop }: Decisions,
  room: Room,
): readonly PlanProblem[] {
  const isData = (column: Column) => column.generated === null;
  const lost = was.columns.filter(
    (each) => isData(each) && columnIn(table, each.name) === undefined,
  );
  const found = table.columns.filter(
    (each) => isData(each) && columnIn(was, each.name) === undefined,
  );
  return lost.flatMap((column): readonly PlanProblem[] => {
    const oldName = room.oldName(table.name, column.name);
    const name = `${table.name}.${oldName}`;
    const likes = noRename ? [] : found.filter((each) => each.type === column.type);
    if (likes.length > 0) {
      const flags = likes.map((each) => `\`--rename ${name}=${each.name}\``).join(' or ');
      const names = likes.map((each) => `\`${each.name}\``).join(', ');
      return [
        {
          code: 'autogenerate',
          message: `\`${table.name}\` has lost the column \`${oldName}\` and gained ${names}, of the same type: is it renamed?`,
          hint: `Say ${flags}, or \`--no-rename --allow-drop\` if its values are to go.`,
        },
      ];
    }
    if (allowDrop) return [];
    return [
      {
        code: 'autogenerate',
        message: `The column \`${name}\` would be dropped, with all its values.`,
        hint: `${DROP}.`,
      },
    ];
  });
}

/** New columns that may not be NULL, and that nothing gives a value to. */
function columnsToFill(was: Table, table: Table, { fill }: Decisions): readonly PlanProblem[] {
  const given = fillsOf(table.name, was.name, fill);
  const alias = fold(aliasOf(table) ?? '');
  return table.columns.flatMap((column): readonly PlanProblem[] => {
    const isNew = columnIn(was, column.name) === undefined && column.generated === null;
    if (!isNew || given.has(fold(column.name))) return [];
    const isRowid = fold(column.name) === alias;
    // A number is all that a key has to be, unless it says which row another one is.
    const isFine = isRowid
      ? !isReference(table, column)
      : column.notNull === null || column.default !== null;
    if (isFine) return [];
    const why = isRowid
      ? 'is the rowid and refers to other rows'
      : 'is NOT NULL and has no default';
    return [
      {
        code: 'autogenerate',
        message: `The new column \`${table.name}.${column.name}\` ${why}: what do the rows get that are there?`,
        hint: `Say \`--fill ${table.name}.${column.name}=EXPR\`: an SQL expression over the other columns${isRowid ? '' : ', such as `0` or `lower(name)`'}.`,
      },
    ];
  });
}

/** By folded column: what was said for the columns of a table, under its new name or its old one. */
export function fillsOf(
  name: string,
  oldName: string,
  fill: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const own = new Map<string, string>();
  for (const [text, expression] of fill) {
    for (const each of [oldName, name]) {
      const head = `${fold(each)}.`;
      if (fold(text).startsWith(head)) own.set(fold(text).slice(head.length), expression);
    }
  }
  return own;
}

/** Fills that name no column of either schema. */
export function unknownFills(
  before: Schema,
  after: Schema,
  fill: ReadonlyMap<string, string>,
): readonly PlanProblem[] {
  return [...fill.keys()].flatMap((text): readonly PlanProblem[] => {
    if (findColumn(after, text) !== undefined || findColumn(before, text) !== undefined) return [];
    const hint = didYouMean(text, columnNames(after));
    return [
      {
        code: 'usage',
        message: `\`--fill ${text}=…\`: there is no such column.`,
        hint: hint ?? 'It is `--fill table.column=EXPR`.',
      },
    ];
  });
}

/** A table that mig cannot read can be made and dropped, but not changed. */
function unreadable(was: AnyTable | undefined, table: AnyTable): readonly PlanProblem[] {
  if (was === undefined) return [];
  const opaque = was.kind === 'opaque' ? was : table;
  if (opaque.kind !== 'opaque') return [];
  if (was.kind === 'opaque' && table.kind === 'opaque' && was.words === table.words) return [];
  return [
    {
      code: 'autogenerate',
      message: `The table \`${table.name}\` is different, and mig cannot read it: ${opaque.why}.`,
      hint: 'Write this change by hand: `mig revision` without `--autogenerate`.',
    },
  ];
}
