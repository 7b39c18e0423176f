import { openScratch, type ScratchOptions } from '../../lib/engine/sqlite-scratch.ts';
import { schemaOf } from '../../lib/schema/materialise.ts';
import type { Schema } from '../../lib/schema/model.ts';
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
