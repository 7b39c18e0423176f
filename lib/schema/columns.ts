import type { Column, Table } from './model.ts';
import { fold } from './names.ts';

/** The column of that name, in whatever case. */
export function columnIn(table: Table, name: string): Column | undefined {
  return table.columns.find((each) => fold(each.name) === fold(name));
}
