import type { Schema } from '../model.ts';
import { hasCountingDefaults } from '../volatile.ts';
import type { End } from './end.ts';
import { finding, isGood, type Proof, type ProofFinding } from './proof.ts';
import { Meetings, runPairs, type TracedScript } from './revision-pairs.ts';
import { type ProofInput, Testbed } from './testbed.ts';
import { tiesOf } from './touch.ts';
import { endsOf, isVolatile, type OrderEnd, verdictOf, wholeSuggestion } from './whole-orders.ts';

/**
 * Proves that branches commute, or finds where they do not: by running them in every order,
 * and every pair of revisions that can meet in both, in databases that are thrown away.
 *
 * @throws MigError when what the branches share does not even run.
 */
export async function prove(input: ProofInput): Promise<Proof> {
  await using testbed = await Testbed.open(input);
  const alone = await branchesAlone(testbed, input);
  const { proof, ends } = await wholeOrders(testbed, input, alone);
  if (proof.verdict === 'conflict' || proof.verdict === 'differs') return proof;

  const limit = limitOf(testbed, input);
  if (limit !== null) return withLimit(proof, limit, wholeSuggestion(ends, input));
  const traced = tracedBranches(input, alone);
  if (traced === null) return { ...proof, suggestion: wholeSuggestion(ends, input) };
  const [a, b] = traced;
  const schemas = [...alone.values(), ...ends.map(({ end }) => end)].flatMap(schemaIn);
  const meetings = new Meetings(a, b, tiesOf([testbed.base, ...schemas]));
  if (meetings.count === 0 && isGood(proof) && !schemas.some(hasCountingDefaults)) {
    return { ...proof, claim: 'proved' };
  }

  const counterExample = await counterExampleOf(testbed, input, ends, (each) =>
    runPairs(each, a, b, meetings),
  );
  if (isGood(proof)) return counterExample ?? proof;
  return { ...proof, suggestion: counterExample?.suggestion ?? wholeSuggestion(ends, input) };
}

async function wholeOrders(
  testbed: Testbed,
  input: ProofInput,
  alone: ReadonlyMap<string, End>,
): Promise<{ readonly proof: Proof; readonly ends: readonly OrderEnd[] }> {
  const schemas = new Map([...alone].map(([head, end]) => [head, schemaIn(end)[0] ?? null]));
  const ends = await endsOf(testbed, input, { frozen: false });
  const proof = verdictOf(ends, testbed.base, schemas);
  if (proof.verdict !== 'differs' || !isVolatile(ends, input)) return { proof, ends };
  // Clock and chance make any two runs differ. Stopped, they tell whether the order does;
  // left alone, as above, they tell whether it is valid.
  const frozen = await endsOf(testbed, input, { frozen: true });
  if (frozen.some(({ end }) => end.kind === 'bad')) return { proof, ends };
  return { proof: verdictOf(frozen, testbed.base, schemas), ends: frozen };
}

/**
 * What the pairs say. As with whole orders: where clock or chance make any two runs differ,
 * they are stopped.
 */
async function counterExampleOf(
  testbed: Testbed,
  input: ProofInput,
  ends: readonly OrderEnd[],
  runAll: (testbed: Testbed) => Promise<Proof | null>,
): Promise<Proof | null> {
  const found = await runAll(testbed);
  if (found?.verdict !== 'differs' || !isVolatile(ends, input)) return found;
  await using frozen = await Testbed.open(input, { frozen: true });
  return await runAll(frozen);
}

/** Where each branch leads by itself, by its head. */
async function branchesAlone(
  testbed: Testbed,
  { divergence, scriptOf }: ProofInput,
): Promise<ReadonlyMap<string, End>> {
  const alone = new Map<string, End>();
  if (testbed.unmarkable !== null) return alone;
  for (const [index, head] of divergence.heads.entries()) {
    alone.set(head, await testbed.tryEnd(divergence.branches[index]!.map(scriptOf)));
  }
  return alone;
}

/** The scripts of two branches with what they did; null where one of them fails by itself. */
function tracedBranches(
  { divergence, scriptOf }: ProofInput,
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
function limitOf({ unmarkable }: Testbed, { divergence, orders }: ProofInput): ProofFinding | null {
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
