import type { Schema } from './model.ts';
import { nameSql } from './names.ts';
import { parentsFirst } from './parents-first.ts';

/**
 * A schema taken down, as SQL: views, virtual tables, then tables, each before those that its
 * foreign keys name. Indexes and triggers go with what they are on.
 */
export function dropsOf(schema: Schema): string {
  const drops = [
    ...[...schema.views.values()].map(({ name }) => `DROP VIEW ${nameSql(name)};\n`),
    ...[...schema.virtualTables.values()].map(({ name }) => `DROP TABLE ${nameSql(name)};\n`),
    // Those created last come first, as far as the keys allow.
    ...parentsFirst([...schema.tables.values()])
      .toReversed()
      .map(({ name }) => `DROP TABLE ${nameSql(name)};\n`),
  ];
  return drops.join('');
}
