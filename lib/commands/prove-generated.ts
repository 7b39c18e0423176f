import { openScratch } from '../engine/sqlite-scratch.ts';
import { MigError } from '../error.ts';
import { type PairProof, provePair } from '../schema/prove-pair/prove-pair.ts';
import type { Project } from './project.ts';

/**
 * Runs a generated pair before it is written, on an empty database and on a seeded one: the
 * up has to come to the target, the down back to where it began, and both with the data.
 * Returns what a person should know, as sentences, and of these what the down file has to say.
 *
 * @throws MigError `proof`
 */
export async function proveGenerated(
  { table }: Project,
  pair: PairProof,
): Promise<{ readonly notes: readonly string[]; readonly downFails: readonly string[] }> {
  const verdict = await provePair(() => openScratch({ table, from: 'empty' }), pair);
  if (verdict.ok) return verdict;
  const [{ where, on }] = verdict.problems as readonly [(typeof verdict.problems)[number]];
  const copy = on === 'empty' ? 'an empty copy' : 'a copy with a few rows in every table';
  throw new MigError(
    {
      code: 'proof',
      message: `The generated ${where} does not do what it should on ${copy}: ${verdict.problems.map((each) => each.message).join(' ')}`,
      hint:
        pair.fill.size > 0
          ? 'Nothing was written. Is an expression of `--fill` at fault?'
          : 'Nothing was written. Where no row of a revision is to blame, this is a defect of mig: write this revision by hand, and please report it.',
    },
    { excerpt: (where === 'up' ? pair.up : pair.down).split('\n') },
  );
}
