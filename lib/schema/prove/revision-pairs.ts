import type { SchemaScript } from '../read/materialise.ts';
import { ScratchError, type ScratchTrace } from '../scratch.ts';
import { compareEnds, describeDifference, type End, isSameEnd } from './end.ts';
import { finding, inTurn, type Proof, type Suggestion } from './proof.ts';
import type { Testbed } from './testbed.ts';
import { areDisjoint, type Ties, touchOf, untraceable } from './touch.ts';
import { badFinding } from './whole-orders.ts';

/** One revision of a branch, and what it did when the branch ran alone. */
export interface TracedScript {
  readonly script: SchemaScript;
  readonly trace: ScratchTrace;
}

/** The pairs of revisions, one of each branch, that may meet in a table. */
export class Meetings {
  readonly #pairs: ReadonlySet<string>;
  readonly count: number;

  constructor(a: readonly TracedScript[], b: readonly TracedScript[], ties: Ties) {
    const touchesB = b.map(({ trace }) => touchOf(trace, ties));
    const found = new Set<string>();
    for (const [i, { trace }] of a.entries()) {
      const touch = touchOf(trace, ties);
      for (const [j, other] of b.entries()) {
        const isHidden = untraceable(trace) !== null || untraceable(other.trace) !== null;
        if (isHidden || !areDisjoint(touch, touchesB[j]!)) found.add(`${i} ${j}`);
      }
    }
    this.#pairs = found;
    this.count = found.size;
  }

  has(i: number, j: number): boolean {
    return this.#pairs.has(`${i} ${j}`);
  }
}

/**
 * Runs every pair of revisions that may meet, in both orders, in the state where they can:
 * behind what comes before each on its branch. Whole branches can agree where a database
 * that stopped inside one of them would not.
 *
 *     i: a1 ─ a2 ─ a3       the pair (a2, b1) meets behind a1
 *     j: b1 ─ b2
 *
 * @returns the first counter-example; null when there is none.
 */
export async function runPairs(
  testbed: Testbed,
  a: readonly TracedScript[],
  b: readonly TracedScript[],
  meetings: Meetings,
): Promise<Proof | null> {
  return testbed.trying(async () => {
    for (const [i, { script }] of a.entries()) {
      const found = await testbed.trying(() => runRow(testbed, a, b, i, meetings));
      if (found !== null) return found;
      await testbed.advance(script);
    }
    return null;
  });
}

/** All pairs of one revision of the first branch. */
async function runRow(
  testbed: Testbed,
  a: readonly TracedScript[],
  b: readonly TracedScript[],
  i: number,
  meetings: Meetings,
): Promise<Proof | null> {
  const last = b.findLastIndex((_, j) => meetings.has(i, j));
  for (let j = 0; j <= last; j++) {
    const second = b[j]!.script;
    if (meetings.has(i, j)) {
      const found = await runPair(testbed, a[i]!.script, second);
      if (found !== null) return found;
    }
    try {
      await testbed.advance(second);
    } catch (error) {
      if (!(error instanceof ScratchError)) throw error;
      const before = a.slice(0, i).map(({ script }) => script.revision ?? '');
      const order = [...before, ...b.slice(0, j + 1).map(({ script }) => script.revision ?? '')];
      const offset = error.place?.offset ?? null;
      return orderDependent(
        [{ kind: 'bad', script: second, message: error.message, offset }],
        [order],
        null,
      );
    }
  }
  return null;
}

async function runPair(testbed: Testbed, a: SchemaScript, b: SchemaScript): Promise<Proof | null> {
  const forth = await testbed.tryEnd([a, b]);
  const back = await testbed.tryEnd([b, a]);
  const [idA, idB] = [a.revision ?? '', b.revision ?? ''];
  const orders = [
    [idA, idB],
    [idB, idA],
  ];
  if (forth.kind === 'good' && back.kind === 'good') {
    const difference = compareEnds(forth, back);
    if (isSameEnd(difference)) return null;
    const lead = `Right behind each other, run as ${inTurn(orders[1]!)} (not as ${inTurn(orders[0]!)})`;
    return {
      verdict: 'differs',
      claim: 'tested',
      findings: describeDifference(difference).map((each) =>
        finding('differs', `${lead}: ${each}.`, orders[1]),
      ),
      suggestion: null,
    };
  }
  // What is broken halfway in both orders is the business of the branch alone.
  if (isBroken(forth) && isBroken(back)) return null;
  const suggestion =
    forth.kind === 'good'
      ? { revision: idB, needs: idA }
      : back.kind === 'good'
        ? { revision: idA, needs: idB }
        : null;
  return orderDependent([forth, back], orders, suggestion);
}

function isBroken(end: End): boolean {
  return end.kind === 'bad' && end.script === null;
}

function orderDependent(
  ends: readonly End[],
  orders: readonly (readonly string[])[],
  suggestion: Suggestion | null,
): Proof {
  const findings = ends.flatMap((end, index) =>
    end.kind === 'bad' ? [badFinding(orders[index]!, end)] : [],
  );
  return { verdict: 'order-dependent', claim: 'tested', findings, suggestion };
}
