import type { AnyTable } from './model.ts';
import { fold } from './names.ts';

/**
 * Tables in their order, but each behind those that its foreign keys name. Of tables that refer
 * to each other in a circle, the first stays in front of the others.
 */
export function parentsFirst<T extends AnyTable>(tables: readonly T[]): readonly T[] {
  const byName = new Map(tables.map((table) => [fold(table.name), table]));
  const ordered: T[] = [];
  const entered = new Set<T>();
  const visit = (table: T) => {
    if (entered.has(table)) return;
    entered.add(table);
    for (const { parent } of table.kind === 'table' ? table.foreignKeys : []) {
      const found = byName.get(fold(parent));
      if (found !== undefined) visit(found);
    }
    ordered.push(table);
  };
  for (const table of tables) visit(table);
  return ordered;
}
