import { columnIn } from '../columns.ts';
import { sentenceOf } from '../compare/difference.ts';
import { closed } from '../dump.ts';
import { contentOf, isExternalContent } from '../full-text.ts';
import type { Schema } from '../model.ts';
import { fold, literal, nameSql } from '../names.ts';
import { parentsFirst } from '../parents-first.ts';
import { isReference, isUnnumbered, NO_NUMBER, numberedColumn } from '../rowid.ts';
import type { Changes } from './plan-changes.ts';
import { keepsRowids, keepsRows, rebuildOf } from './rebuild.ts';
import { columnRenameSteps, freeName, tableRenameSteps } from './rename-steps.ts';
import type { SqlStep } from './sql-step.ts';
import type { TableChange } from './table-changes.ts';

/** The statements of a plan, in the order in which they hold at every step. */
export function stepsOf(changes: Changes): readonly SqlStep[] {
  const taken = namesOf(changes.before, changes.followed, changes.after);
  const temporary = (name: string) => {
    const free = freeName(`new_${name}`, (each) => taken.has(each));
    taken.add(fold(free));
    return free;
  };
  return [
    ...dropSteps(changes),
    ...tableRenameSteps(changes.renames.tables, (each) => taken.has(each)),
    ...columnRenameSteps(changes.columnRenames, changes.before),
    ...parentsFirst(changes.tables.map((each) => each.after)).flatMap((table) => {
      const change = changes.tables.find((each) => each.after === table)!;
      return change.alteration === null
        ? rebuildSteps(change, temporary(table.name))
        : alterSteps(change);
    }),
    ...createSteps(changes),
  ];
}

function namesOf(...schemas: readonly Schema[]): Set<string> {
  return new Set(
    schemas.flatMap(({ tables, indexes, views, triggers, virtualTables }) =>
      [tables, indexes, views, triggers, virtualTables].flatMap((map) => [...map.keys()]),
    ),
  );
}

function dropSteps({ dropped, after, followed }: Changes): readonly SqlStep[] {
  const { triggers, views, indexes, virtualTables, tables } = dropped;
  return [
    ...triggers.map(({ name }) => ({
      why: [dropReason('trigger', name, after.triggers.has(fold(name)))],
      sql: `DROP TRIGGER ${nameSql(name)};`,
    })),
    ...views.map(({ name }) => ({
      why: [dropReason('view', name, after.views.has(fold(name)))],
      sql: `DROP VIEW ${nameSql(name)};`,
    })),
    ...indexes.map(({ name }) => ({
      why: [dropReason('index', name, after.indexes.has(fold(name)))],
      sql: `DROP INDEX ${nameSql(name)};`,
    })),
    ...virtualTables.map((table) => ({
      why: [
        after.virtualTables.has(fold(table.name))
          ? `The virtual table \`${table.name}\` is made anew below.`
          : `The virtual table \`${table.name}\` goes, and what it holds.`,
      ],
      sql: `DROP TABLE ${nameSql(table.name)};`,
    })),
    // Children before their parents.
    ...[...parentsFirst(tables)].reverse().map((table) => ({
      why: [
        followed.tables.get(fold(table.name)) === table || !after.tables.has(fold(table.name))
          ? `The table \`${table.name}\` goes, with all its rows.`
          : `The table \`${table.name}\` goes, with all its rows; another one takes its name.`,
      ],
      sql: `DROP TABLE ${nameSql(table.name)};`,
    })),
  ];
}

function dropReason(kind: string, name: string, isMadeAgain: boolean): string {
  return isMadeAgain
    ? `Out of the way: the ${kind} \`${name}\` is made again below.`
    : `The ${kind} \`${name}\` goes.`;
}

function alterSteps({ after, alteration }: TableChange): readonly SqlStep[] {
  const table = nameSql(after.name);
  return [
    ...alteration!.adds.map(({ column, sql }) => ({
      why: [`\`${after.name}\` gets the column \`${column.name}\`.`],
      sql: `ALTER TABLE ${table} ADD COLUMN ${sql};`,
    })),
    ...alteration!.drops.map((column) => ({
      why: [
        column.generated === null
          ? `\`${after.name}\` loses the column \`${column.name}\`, with all its values.`
          : `\`${after.name}\` loses the computed column \`${column.name}\`.`,
      ],
      sql: `ALTER TABLE ${table} DROP COLUMN ${nameSql(column.name)};`,
    })),
  ];
}

function rebuildSteps(change: TableChange, temporary: string): readonly SqlStep[] {
  const { before, after, differences } = change;
  const { create, copy, mark, drop, rename } = rebuildOf(before, after, { ...change, temporary });
  const reasons = [...change.reasons, ...differences.map(sentenceOf)].map((each) => `  ${each}`);
  return [
    {
      why: [`\`${after.name}\` is rebuilt, because ALTER TABLE cannot do all of this:`, ...reasons],
      sql: create,
    },
    { why: copyReasons(change), sql: copy },
    ...(mark === null ? [] : [{ why: ['AUTOINCREMENT goes on where it was.'], sql: mark }]),
    { why: ['The new table takes the place of the old one.'], sql: `${drop}\n${rename}` },
  ];
}

function copyReasons({ before, after, fill }: TableChange): readonly string[] {
  const rows = keepsRowids(before, after, fill) ? 'Its rows, each with its rowid.' : 'Its rows.';
  const column = numberedColumn(before, after);
  const unknown = after.columns.find(
    (each) => columnIn(before, each.name) === undefined && isUnnumbered(before, after, each),
  );
  if (unknown !== undefined && !fill.has(fold(unknown.name))) {
    return [
      rows,
      `Which rows \`${unknown.name}\` refers to is not known: an expression has to take the place of ${NO_NUMBER}.`,
    ];
  }
  if (column === null) return [rows];
  const why = isReference(after, column)
    ? `A NULL of \`${column.name}\` fails here (datatype mismatch): a number in its place would refer to some row.`
    : `Those where \`${column.name}\` is NULL come last: SQLite gives them numbers that no other row has.`;
  return [rows, why];
}

function createSteps(changes: Changes): readonly SqlStep[] {
  const { created, tables, before } = changes;
  const isRebuilt = (name: string) =>
    tables.some((each) => each.alteration === null && fold(each.after.name) === fold(name));
  return [
    ...parentsFirst(created.tables).map(({ name, text }) => ({
      why: [`The table \`${name}\` is new.`],
      sql: closed(text),
    })),
    ...created.virtualTables.map(({ name, text }) => ({
      why: [
        `The virtual table \`${name}\`${before.virtualTables.has(fold(name)) ? ', made anew' : ' is new'}.`,
      ],
      sql: closed(text),
    })),
    ...created.indexes.map(({ name, table, text }) => ({
      why: [
        before.indexes.has(fold(name))
          ? `The index \`${name}\`${isRebuilt(table) ? `, which went with the old \`${table}\`.` : ' as it is now.'}`
          : `The index \`${name}\` is new.`,
      ],
      sql: closed(text),
    })),
    ...created.views.map(({ name, text }) => ({
      why: [
        before.views.has(fold(name))
          ? `The view \`${name}\` again.`
          : `The view \`${name}\` is new.`,
      ],
      sql: closed(text),
    })),
    ...created.virtualTables.filter(isExternalContent).map(({ name }) => ({
      why: [`What \`${name}\` finds is in another table: the index is built from there.`],
      sql: indexAgain(name),
    })),
    ...staleIndexes(changes).map(([name, table]) => ({
      why: [
        `The rows of \`${table}\` are not as \`${name}\` knows them: the index is built again.`,
      ],
      sql: indexAgain(name),
    })),
    ...created.triggers.map(({ name, text }) => ({
      why: [
        before.triggers.has(fold(name))
          ? `The trigger \`${name}\` again.`
          : `The trigger \`${name}\` is new.`,
      ],
      sql: closed(text),
    })),
  ];
}

function indexAgain(name: string): string {
  return `INSERT INTO ${nameSql(name)} (${nameSql(name)}) VALUES (${literal('rebuild')});`;
}

/** Full-text indexes that stay, over tables of which rowids or values become others. */
function staleIndexes({ tables, after, created }: Changes): readonly (readonly [string, string])[] {
  return [...after.virtualTables.values()].flatMap((index) => {
    const content = contentOf(index);
    if (content === null || created.virtualTables.includes(index)) return [];
    const change = tables.find((each) => fold(each.after.name) === fold(content));
    if (change === undefined || change.alteration !== null) return [];
    const { before, fill } = change;
    return keepsRows(before, change.after, fill) ? [] : [[index.name, change.after.name] as const];
  });
}
