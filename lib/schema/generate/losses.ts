import { affinityIn, changedBy } from '../affinity.ts';
import { columnIn } from '../columns.ts';
import { isExternalContent } from '../full-text.ts';
import type { Column, Table } from '../model.ts';
import { fold } from '../names.ts';
import { aliasOf, isUnnumbered } from '../rowid.ts';
import type { Changes } from './plan-changes.ts';
import type { TableChange } from './table-changes.ts';

/** What the way back of some changes cannot bring back, as sentences. */
export function lossesOf({ dropped, tables, renames }: Changes): readonly string[] {
  return [
    ...dropped.tables.map(({ name }) => `The rows of \`${name}\`, which comes back empty.`),
    ...dropped.virtualTables
      .filter((table) => !isExternalContent(table))
      .map(({ name }) => `What \`${name}\` held: it comes back empty.`),
    ...tables.flatMap((change) => lossesOfTable(change, renames.columns)),
  ];
}

function lossesOfTable(
  { before, after }: TableChange,
  columns: Changes['renames']['columns'],
): readonly string[] {
  const losses: string[] = [];
  for (const column of before.columns) {
    const now = columnIn(after, column.name);
    const own = columns.find((each) => each.tableAfter === after.name && each.to === column.name);
    const name = `\`${before.name}.${own === undefined ? column.name : own.from}\``;
    if (column.generated !== null) continue;
    const [isNumber, isUnknown] = [isRowid(before, column), isUnnumbered(after, before, column)];
    if (now === undefined && isNumber && !isUnknown) {
      // Rows that keep their rowids have the values.
      if (after.withoutRowid) losses.push(`The values of ${name}: the rows are numbered anew.`);
      else if (aliasOf(after) !== null) {
        losses.push(`The values of ${name}, which comes back as the rowid.`);
      }
    } else if (now === undefined) {
      const isStuck = column.notNull !== null && column.default === null;
      const why = isUnknown
        ? 'is the rowid and refers to other rows'
        : 'is NOT NULL and has no default';
      losses.push(
        isStuck || isUnknown
          ? `The values of ${name}, which ${why}: with rows in \`${after.name}\` this fails, and changes nothing, until an expression for it stands in the SELECT.`
          : `The values of ${name}, which comes back ${column.default === null ? 'as NULL' : `with its default ${column.default.sql}`}.`,
      );
    } else if (now.generated !== null) {
      losses.push(`What ${name} held before it was computed.`);
    } else if (changedBy(affinityIn(before, column), affinityIn(after, now), name) !== null) {
      losses.push(
        `Values of ${name} as they were, where ${now.type || 'no type'} makes others of them.`,
      );
    }
  }
  if (before.primaryKey?.autoincrement === true && after.primaryKey?.autoincrement !== true) {
    losses.push(`The AUTOINCREMENT mark of \`${before.name}\`: it starts again at the highest id.`);
  }
  if (!before.withoutRowid && after.withoutRowid) {
    losses.push(`The rowids of \`${before.name}\`.`);
  }
  return losses;
}

function isRowid(table: Table, { name }: Column): boolean {
  return fold(aliasOf(table) ?? '') === fold(name);
}
