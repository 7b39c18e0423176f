import type { Schema } from '../model.ts';
import { fold, nameSql } from '../names.ts';
import type { ColumnRename, Renames, TableRename } from './rename-hints.ts';
import type { SqlStep } from './sql-step.ts';

/** A name that none of some others is, folded. */
export function freeName(wanted: string, taken: (folded: string) => boolean): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted}_${number}`;
    if (!taken(fold(name))) return name;
  }
}

/**
 * Adds renames for columns that stand in the way: one that is dropped, and whose name
 * another one takes.
 */
export function withRoom(before: Schema, after: Schema, { tables, columns }: Renames): Renames {
  const room: ColumnRename[] = [];
  for (const rename of columns) {
    const table = before.tables.get(fold(rename.table));
    const target = after.tables.get(fold(rename.tableAfter));
    if (table?.kind !== 'table' || target?.kind !== 'table') continue;
    const inTheWay = table.columns.find(
      (each) => fold(each.name) === fold(rename.to) && fold(each.name) !== fold(rename.from),
    );
    const isMoved = columns.some(
      (each) => each.table === rename.table && fold(each.from) === fold(rename.to),
    );
    if (inTheWay === undefined || isMoved) continue;
    const to = freeName(`old_${inTheWay.name}`, (name) =>
      [table, target].some((each) => each.columns.some((column) => fold(column.name) === name)),
    );
    room.push({ ...rename, from: inTheWay.name, to });
  }
  return { tables, columns: [...columns, ...room] };
}

/** `ALTER TABLE … RENAME TO`: each once its new name is free, by way of another where it must. */
export function tableRenameSteps(
  tables: readonly TableRename[],
  taken: (folded: string) => boolean,
): readonly SqlStep[] {
  return inFreeOrder(tables, (name) => freeName(`old_${name}`, taken)).map(({ from, to, why }) => ({
    why: [why ?? `The table \`${from}\` is called \`${to}\` from here on.`],
    sql: `ALTER TABLE ${nameSql(from)} RENAME TO ${nameSql(to)};`,
  }));
}

/** The same for columns; SQLite changes the case of one at once. */
export function columnRenameSteps(
  columns: readonly ColumnRename[],
  before: Schema,
): readonly SqlStep[] {
  const byTable = Map.groupBy(columns, (each) => each.tableAfter);
  return [...byTable].flatMap(([table, own]) => {
    const old = before.tables.get(fold(own[0]!.table));
    const names = new Set(
      [
        ...(old?.kind === 'table' ? old.columns.map((each) => each.name) : []),
        ...own.map((each) => each.to),
      ].map(fold),
    );
    const moves = inFreeOrder(
      own,
      (name) => freeName(`old_${name}`, (each) => names.has(each)),
      'case',
    );
    return moves.map(({ from, to, why }) => ({
      why: [why ?? `The column \`${from}\` of \`${table}\` is called \`${to}\` from here on.`],
      sql: `ALTER TABLE ${nameSql(table)} RENAME COLUMN ${nameSql(from)} TO ${nameSql(to)};`,
    }));
  });
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly why?: string;
}

function inFreeOrder(
  renames: readonly { readonly from: string; readonly to: string }[],
  temporary: (name: string) => string,
  allows?: 'case',
): readonly Move[] {
  const left: { from: string; readonly to: string }[] = renames.map(({ from, to }) => ({
    from,
    to,
  }));
  const moves: Move[] = [];
  while (left.length > 0) {
    const free = left.findIndex(
      (each) =>
        !left.some(
          (other) => fold(other.from) === fold(each.to) && !(allows === 'case' && other === each),
        ),
    );
    if (free !== -1) {
      moves.push(...left.splice(free, 1));
      continue;
    }
    const first = left[0]!;
    const to = temporary(first.from);
    const why =
      fold(first.from) === fold(first.to)
        ? `\`${first.from}\` becomes \`${first.to}\`: SQLite takes the two for one name, so there is a step between.`
        : `\`${first.from}\` makes room: names are exchanged.`;
    moves.push({ from: first.from, to, why });
    first.from = to;
  }
  return moves;
}
