import type { AnyTable, Schema } from './model.ts';
import { fold, nameSql } from './names.ts';

/**
 * A schema taken down, as SQL: views, virtual tables, then tables, each before those that its
 * foreign keys name. Indexes and triggers go with what they are on.
 */
export function dropsOf(schema: Schema): string {
  const drops = [
    ...[...schema.views.values()].map(({ name }) => `DROP VIEW ${nameSql(name)};\n`),
    ...[...schema.virtualTables.values()].map(({ name }) => `DROP TABLE ${nameSql(name)};\n`),
    ...childrenFirst(schema).map(({ name }) => `DROP TABLE ${nameSql(name)};\n`),
  ];
  return drops.join('');
}

/** Those created last come first, as far as the keys allow; a circle of keys has no order. */
function childrenFirst({ tables }: Schema): readonly AnyTable[] {
  const parentsFirst: AnyTable[] = [];
  const seen = new Set<string>();
  const place = (table: AnyTable): void => {
    if (seen.has(fold(table.name))) return;
    seen.add(fold(table.name));
    const keys = table.kind === 'table' ? table.foreignKeys : [];
    for (const { parent } of keys) {
      const found = tables.get(fold(parent));
      if (found !== undefined) place(found);
    }
    parentsFirst.push(table);
  };
  for (const table of tables.values()) place(table);
  return parentsFirst.reverse();
}
