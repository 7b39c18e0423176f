import type { End } from './end.ts';
import { Field, type Ground } from './field.ts';
import type { Schema } from './model.ts';
import { Meetings, runPairs, type TracedScript } from './pairs.ts';
import { finding, isGood, type Proof, type ProofFinding } from './proof.ts';
import { tiesOf } from './touch.ts';
import { hasCountingDefaults } from './volatile.ts';
import { endsOf, isVolatile, type OrderEnd, verdictOf, wholeSuggestion } from './whole-orders.ts';

/**
 * Proves that branches commute, or finds where they do not: by running them in every order,
 * and every pair of revisions that can meet in both, in databases that are thrown away.
 *
 * @throws MigError when what the branches share does not even run.
 */
export async function prove(ground: Ground): Promise<Proof> {
  await using field = await Field.open(ground);
  const alone = await branchesAlone(field, ground);
  const { proof, ends } = await wholeOrders(field, ground, alone);
  if (proof.verdict === 'conflict' || proof.verdict === 'differs') return proof;

  const limit = limitOf(field, ground);
  if (limit !== null) return withLimit(proof, limit, wholeSuggestion(ends, ground));
  const traced = tracedBranches(ground, alone);
  if (traced === null) return { ...proof, suggestion: wholeSuggestion(ends, ground) };
  const [a, b] = traced;
  const schemas = [...alone.values(), ...ends.map(({ end }) => end)].flatMap(schemaIn);
  const meetings = new Meetings(a, b, tiesOf([field.base, ...schemas]));
  if (meetings.count === 0 && isGood(proof) && !schemas.some(hasCountingDefaults)) {
    return { ...proof, claim: 'proved' };
  }

  const counterExample = await counterExampleOf(field, ground, ends, (each) =>
    runPairs(each, a, b, meetings),
  );
  if (isGood(proof)) return counterExample ?? proof;
  return { ...proof, suggestion: counterExample?.suggestion ?? wholeSuggestion(ends, ground) };
}

async function wholeOrders(
  field: Field,
  ground: Ground,
  alone: ReadonlyMap<string, End>,
): Promise<{ readonly proof: Proof; readonly ends: readonly OrderEnd[] }> {
  const schemas = new Map([...alone].map(([head, end]) => [head, schemaIn(end)[0] ?? null]));
  const ends = await endsOf(field, ground, { frozen: false });
  const proof = verdictOf(ends, field.base, schemas);
  if (proof.verdict !== 'differs' || !isVolatile(ends, ground)) return { proof, ends };
  // Clock and chance make any two runs differ. Stopped, they tell whether the order does;
  // left alone, as above, they tell whether it is valid.
  const frozen = await endsOf(field, ground, { frozen: true });
  if (frozen.some(({ end }) => end.kind === 'bad')) return { proof, ends };
  return { proof: verdictOf(frozen, field.base, schemas), ends: frozen };
}

/**
 * What the pairs say. As with whole orders: where clock or chance make any two runs differ,
 * they are stopped.
 */
async function counterExampleOf(
  field: Field,
  ground: Ground,
  ends: readonly OrderEnd[],
  runAll: (field: Field) => Promise<Proof | null>,
): Promise<Proof | null> {
  const found = await runAll(field);
  if (found?.verdict !== 'differs' || !isVolatile(ends, ground)) return found;
  await using frozen = await Field.open(ground, { frozen: true });
  return await runAll(frozen);
}

/** Where each branch leads by itself, by its head. */
async function branchesAlone(
  field: Field,
  { divergence, scriptOf }: Ground,
): Promise<ReadonlyMap<string, End>> {
  const alone = new Map<string, End>();
  if (field.unmarkable !== null) return alone;
  for (const [index, head] of divergence.heads.entries()) {
    alone.set(head, await field.tryEnd(divergence.branches[index]!.map(scriptOf)));
  }
  return alone;
}

/** The scripts of two branches with what they did; null where one of them fails by itself. */
function tracedBranches(
  { divergence, scriptOf }: Ground,
  alone: ReadonlyMap<string, End>,
): readonly [readonly TracedScript[], readonly TracedScript[]] | null {
  const traced = divergence.heads.map((head, index) => {
    const end = alone.get(head);
    if (end === undefined || end.kind === 'bad') return null;
    return divergence.branches[index]!.map((id) => ({
      script: scriptOf(id),
      trace: end.traces.get(id)!,
    }));
  });
  const [a, b] = traced;
  return a == null || b == null ? null : [a, b];
}

/** Why only whole branches were run; null where pairs of revisions can be. */
function limitOf({ unmarkable }: Field, { divergence, orders }: Ground): ProofFinding | null {
  if (unmarkable !== null) {
    return finding(
      'limit',
      `${unmarkable.revision} says \`foreign_keys: on\` or \`transaction: off\`, so only whole branches were run, and not what lies between.`,
    );
  }
  const [a = [], b = []] = divergence.branches;
  const shared = a.find((id) => b.includes(id));
  if (divergence.heads.length === 2) {
    if (shared === undefined) return null;
    return finding(
      'limit',
      `Both branches need ${shared} by a dependency, so only whole branches were run, and not what lies between.`,
    );
  }
  return finding(
    'limit',
    `Of ${divergence.heads.length} heads, whole branches were run in ${orders.length} orders, and not what lies between.`,
  );
}

function withLimit(proof: Proof, limit: ProofFinding, suggestion: Proof['suggestion']): Proof {
  if (isGood(proof)) return { ...proof, findings: [...proof.findings, limit] };
  return { ...proof, suggestion };
}

function schemaIn(end: End): readonly Schema[] {
  return end.kind === 'good' ? [end.schema] : [];
}
