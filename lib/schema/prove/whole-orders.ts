import { sentenceOf } from '../compare/difference.ts';
import { lostChanges } from '../compare/lost.ts';
import type { Schema } from '../model.ts';
import { speaksOf, volatileDefaults } from '../volatile.ts';
import {
  type BadEnd,
  compareEnds,
  describeDifference,
  type End,
  type GoodEnd,
  isSameEnd,
} from './end.ts';
import {
  finding,
  inTurn,
  type Proof,
  type ProofFinding,
  type Suggestion,
  type Verdict,
} from './proof.ts';
import type { ProofInput, Testbed } from './testbed.ts';

/** An order and where it led. */
export interface OrderEnd {
  /** The heads in the order of their branches, or all revisions beyond the base. */
  readonly order: readonly string[];
  readonly end: End;
}

/** Runs the branches as wholes, in every order. */
export async function endsOf(
  testbed: Testbed,
  { orders, divergence }: ProofInput,
  options: { readonly frozen: boolean },
): Promise<readonly OrderEnd[]> {
  const base = new Set(divergence.base);
  const look = async () => {
    const ends: OrderEnd[] = [];
    for (const order of orders) {
      const named = order.heads ?? order.ids.slice(order.ids.findIndex((id) => !base.has(id)));
      ends.push({ order: named, end: await testbed.endOf(order, options) });
    }
    return ends;
  };
  const written = testbed.written;
  const ends = await look();
  return testbed.written === written ? ends : look();
}

/**
 * What the ends of whole orders say. `tested` is all that they can claim.
 *
 * @param branches the schema that each branch alone leads to, by its head; null where it fails.
 */
export function verdictOf(
  ends: readonly OrderEnd[],
  base: Schema,
  branches: ReadonlyMap<string, Schema | null>,
): Proof {
  const bad = ends.flatMap(({ order, end }) => (end.kind === 'bad' ? [{ order, end }] : []));
  if (bad.length > 0) {
    const isConflict = bad.length === ends.length;
    return {
      verdict: isConflict ? 'conflict' : 'order-dependent',
      claim: 'tested',
      findings: bad.map(({ order, end }) => badFinding(order, end)),
      suggestion: null,
    };
  }
  const good = ends as readonly { readonly order: readonly string[]; readonly end: GoodEnd }[];
  const compared = compareAll(good);
  if (compared.verdict !== 'differs') return compared;
  return { ...compared, findings: [...compared.findings, ...lost(good, base, branches)] };
}

/** Whether clock or chance had a part in an end, so that any two runs may differ. */
export function isVolatile(
  ends: readonly OrderEnd[],
  { divergence, scriptOf }: ProofInput,
): boolean {
  // No trace has what the default of a table calls that is gone in the end.
  if (divergence.branches.flat().some((id) => speaksOf(scriptOf(id).sql))) return true;
  return ends.some(
    ({ end }) =>
      end.kind === 'good' &&
      (volatileDefaults(end.schema).size > 0 ||
        [...end.traces.values()].some((trace) => trace.usesClock || trace.usesRandom)),
  );
}

/** An order that failed, or that ended with something broken, as a finding. */
export function badFinding(order: readonly string[], end: BadEnd): ProofFinding {
  const { script, message, offset } = end;
  const text =
    script === null
      ? `Run as ${inTurn(order)} it ends broken: ${message}`
      : `Run as ${inTurn(order)} the revision ${script.revision} fails: ${message}`;
  return { code: script === null ? 'broken' : 'fails', message: text, order, script, offset };
}

/**
 * An edge that makes the order that failed impossible, where whole branches are all that is
 * known: the first revision of the branch that has to wait, and what it has to wait for.
 */
export function wholeSuggestion(
  ends: readonly OrderEnd[],
  { divergence }: ProofInput,
): Suggestion | null {
  if (divergence.heads.length !== 2) return null;
  const failed = ends.find(({ end }) => end.kind === 'bad');
  const [first] = failed?.order ?? [];
  const waiting = divergence.heads.indexOf(first ?? '');
  const revision = divergence.branches[waiting]?.[0];
  const needs = divergence.heads[1 - waiting];
  if (revision === undefined || needs === undefined) return null;
  // What the other branch depends on cannot wait for it.
  return divergence.branches[1 - waiting]!.includes(revision) ? null : { revision, needs };
}

function compareAll(
  ends: readonly { readonly order: readonly string[]; readonly end: GoodEnd }[],
): Proof {
  const [first, ...others] = ends;
  const findings: ProofFinding[] = [];
  let verdict: Verdict = 'commutes';
  for (const { order, end } of others) {
    const difference = compareEnds(first!.end, end);
    const isReal = !isSameEnd(difference);
    const sentences = describeDifference(difference);
    if (isReal) verdict = 'differs';
    else if (sentences.length > 0 && verdict === 'commutes') verdict = 'commutes-up-to-order';
    const lead = `Run as ${inTurn(order)} (not as ${inTurn(first!.order)})`;
    for (const sentence of sentences) {
      findings.push(finding(isReal ? 'differs' : 'order', `${lead}: ${sentence}.`, order));
    }
  }
  return { verdict, claim: 'tested', findings, suggestion: null };
}

/** Three-way: what each branch changed has to survive in every result. */
function lost(
  ends: readonly { readonly order: readonly string[]; readonly end: GoodEnd }[],
  base: Schema,
  branches: ReadonlyMap<string, Schema | null>,
): readonly ProofFinding[] {
  const findings: ProofFinding[] = [];
  for (const [head, branch] of branches) {
    if (branch === null) continue;
    for (const { order, end } of ends) {
      for (const { change } of lostChanges(base, branch, end.schema)) {
        const text = `Run as ${inTurn(order)} what ${head} did is lost: ${sentenceOf(change)}.`;
        findings.push(finding('lost', text, order));
      }
    }
  }
  return findings;
}
