import { isGood, type Proof } from '../../lib/schema/prove/proof.ts';
import type { Interleavings, Outcome } from './interleavings.ts';

/** What is wrong with a proof, by what all interleavings came to; null when nothing is. */
export function faultOf(proof: Proof, { whole, points }: Interleavings): string | null {
  const { verdict, claim } = proof;
  const isGoodEnd = whole.map(({ kind }) => kind === 'good');
  const allGood = isGoodEnd.every(Boolean);
  const agree = whole[0].content === whole[1].content;
  if (isGood(proof)) {
    if (!allGood) return `a whole order is bad: ${whole.map(told).join(' | ')}`;
    if (!agree) return `whole orders differ: ${whole.map(told).join('\n|\n')}`;
    const isUpToOrder = whole[0].ordered !== whole[1].ordered;
    if (isUpToOrder !== (verdict === 'commutes-up-to-order')) return `up to order: ${isUpToOrder}`;
    // Of two branches without a limit, `tested` holds for what lies between as well.
    if (proof.findings.some(({ code }) => code === 'limit')) return null;
    const [parting] = partings(points);
    return parting === undefined ? null : `${claim}, but paths part at (${parting})`;
  }
  if (verdict === 'conflict') {
    return isGoodEnd.some(Boolean) ? 'conflict, but a whole order is good' : null;
  }
  if (!allGood && isGoodEnd.every((each) => !each)) {
    return 'both whole orders are bad, and it is no conflict';
  }
  if (verdict === 'differs' && allGood && !agree) return null;
  if (verdict === 'order-dependent' && !allGood) return null;
  return partings(points).length > 0 ? null : `${verdict}, but no two paths part`;
}

/** The points to which paths lead that do not come to the same. */
function partings(points: Interleavings['points']): readonly string[] {
  return [...points]
    .filter(([, outcomes]) => new Set(outcomes.map(({ content }) => content)).size > 1)
    .map(([point]) => point);
}

function told({ kind, content, ordered }: Outcome): string {
  return kind === 'good' ? content : `${kind} ${ordered}`;
}
