import type { Difference } from '../compare/difference.ts';
import { fold } from '../names.ts';
import { replaceNames } from './follow-renames.ts';
import type { ColumnRename, Renames } from './rename-hints.ts';

/**
 * Columns that are dropped and whose names others take have a name in between, for the SQL
 * alone: whoever reads of them knows them by the one that they have.
 */
export class Room {
  readonly #told: Renames;
  readonly #all: readonly ColumnRename[];

  /** @param told the renames that were asked for. @param all those, and the ones that make room. */
  constructor(told: Renames, all: Renames) {
    this.#told = told;
    this.#all = all.columns;
  }

  /** What a column that goes is called before anything runs. */
  oldName(table: string, column: string): string {
    return this.#oldNames(table).get(fold(column)) ?? column;
  }

  /**
   * A difference, with what was there before as it was called then: where room is made, a name
   * means two columns.
   *
   * @param table the one that it is about.
   */
  inOldNames(difference: Difference, table: string): Difference {
    const names = this.#oldNames(table);
    if (names.size === 0) return difference;
    const words = (text: string) => replaceNames(text, names, table, table);
    const { part, before, change } = difference;
    const name = (text: string, isColumn: boolean) =>
      isColumn ? (names.get(fold(text)) ?? text) : words(text);
    const isGone = part !== null && change === 'removed';
    return {
      ...difference,
      part: isGone ? { ...part, name: name(part.name, part.kind === 'column') } : part,
      before: before === null ? null : words(before),
    };
  }

  /** By folded name afterwards, of a table in which room is made; none of others. */
  #oldNames(table: string): ReadonlyMap<string, string> {
    const own = this.#all.filter((each) => fold(each.tableAfter) === fold(table));
    const isRoomMade = own.some((each) => !this.#told.columns.includes(each));
    return new Map(isRoomMade ? own.map(({ from, to }) => [fold(to), from]) : []);
  }
}
