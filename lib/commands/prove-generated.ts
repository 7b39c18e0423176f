import { openScratch } from '../engine/sqlite-scratch.ts';
import { MigError } from '../error.ts';
import { compareSchemas } from '../schema/compare.ts';
import { sentenceOf } from '../schema/difference.ts';
import { runScripts, type SchemaScript, schemaOf } from '../schema/materialise.ts';
import type { Schema } from '../schema/model.ts';
import { ScratchError } from '../schema/scratch.ts';
import type { Project } from './project.ts';

export interface PairProof {
  /** The revisions' scripts that build the old schema. */
  readonly before: readonly SchemaScript[];
  readonly target: Schema;
  readonly up: string;
  readonly down: string;
  readonly columnOrder: 'ignore' | 'strict';
  readonly renames: ReadonlyMap<string, string>;
  readonly fill: ReadonlyMap<string, string>;
}

/**
 * Runs a generated pair before it is written: the up has to come to the target, the down
 * back to where it began. Returns what a person should know, as sentences.
 *
 * @throws MigError `proof`
 */
export async function proveGenerated(
  { table }: Project,
  { before, target, up, down, columnOrder, fill }: PairProof,
): Promise<readonly string[]> {
  await using scratch = await openScratch({ table, from: 'empty' });
  await runScripts(scratch, before);
  const old = await schemaOf(scratch);
  for (const [where, sql, wanted] of [
    ['up', up, target],
    ['down', down, old],
  ] as const) {
    try {
      await scratch.exec(sql);
    } catch (error) {
      if (!(error instanceof ScratchError)) throw error;
      throw failed(where, `it fails: ${error.message}`, sql, fill);
    }
    const differences = compareSchemas(wanted, await schemaOf(scratch), { columnOrder });
    const residual = differences.filter((each) => !each.cosmetic).map(sentenceOf);
    if (residual.length > 0) throw failed(where, `it leaves ${residual.join('; ')}`, sql, fill);
  }
  return [];
}

function failed(
  where: 'up' | 'down',
  what: string,
  sql: string,
  fill: PairProof['fill'],
): MigError {
  const hint =
    fill.size > 0
      ? 'Nothing was written. Is an expression of `--fill` at fault?'
      : 'Nothing was written. This is a defect of mig: write this revision by hand, and please report it.';
  return new MigError(
    {
      code: 'proof',
      message: `The generated ${where} does not do what it should: ${what}.`,
      hint,
    },
    { excerpt: sql.trimEnd().split('\n') },
  );
}
