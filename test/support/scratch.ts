import { openScratch, type ScratchOptions } from '../../lib/engine/sqlite-scratch.ts';
import { type CompareOptions, compareSchemas } from '../../lib/schema/compare/compare.ts';
import type { Schema, Table } from '../../lib/schema/model.ts';
import { fold } from '../../lib/schema/names.ts';
import { schemaOf } from '../../lib/schema/read/materialise.ts';
import type { Scratch } from '../../lib/schema/scratch.ts';

/** Hands over an empty scratch database, and closes it. */
export async function inScratch<T>(
  use: (scratch: Scratch) => Promise<T>,
  options: Partial<ScratchOptions> = {},
): Promise<T> {
  await using scratch = await openScratch({ table: 'mig_log', from: 'empty', ...options });
  return await use(scratch);
}

/** The model of what a script builds, checked against the PRAGMAs on the way. */
export async function schemaFrom(sql: string): Promise<Schema> {
  return inScratch(async (scratch) => {
    await scratch.exec(sql);
    return schemaOf(scratch);
  });
}

/** Whether two schemas are the same: no difference, but for cosmetic ones. */
export function isSameSchema(before: Schema, after: Schema, options?: CompareOptions): boolean {
  return compareSchemas(before, after, options).every((each) => each.cosmetic);
}

/** The table, where the parser knows all of it. */
export function tableIn(schema: Schema, name: string): Table | undefined {
  const found = schema.tables.get(fold(name));
  return found?.kind === 'table' ? found : undefined;
}
