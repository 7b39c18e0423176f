import type { SchemaScript } from '../read/materialise.ts';

/** Whether the order of branches matters (docs/merge.md). */
export type Verdict =
  | 'commutes'
  /** But for the order of columns or triggers. */
  | 'commutes-up-to-order'
  /** Some order fails or ends broken, and another is fine. */
  | 'order-dependent'
  /** All orders fail. */
  | 'conflict'
  /** All succeed, and schema or data differ. */
  | 'differs';

/**
 * What a verdict may claim. `proved`: the branches touch different tables, so that it holds
 * for every database and every interleaving. `tested`: no counter-example was found.
 */
export type Claim = 'proved' | 'tested';

/** What running branches in every order has shown. */
export interface Proof {
  readonly verdict: Verdict;
  readonly claim: Claim;
  readonly findings: readonly ProofFinding[];
  /** The edge that fixes an order dependence: `needs` has to run before `revision`. */
  readonly suggestion: Suggestion | null;
}

/** An edge to add: `depends: needs` in the header of `revision`. */
export interface Suggestion {
  readonly revision: string;
  readonly needs: string;
}

/** One thing that a proof has found, or one that it does not reach. */
export interface ProofFinding {
  readonly code: 'fails' | 'broken' | 'differs' | 'lost' | 'order' | 'limit';
  /** A full sentence. */
  readonly message: string;
  /** The order that it was found in; empty where it is about none. */
  readonly order: readonly string[];
  /** The script at fault, and the offset in it. */
  readonly script: SchemaScript | null;
  readonly offset: number | null;
}

/** Whether branches with this verdict may be joined. */
export function isGood({ verdict }: Pick<Proof, 'verdict'>): boolean {
  return verdict === 'commutes' || verdict === 'commutes-up-to-order';
}

/** A finding that is about no script. @param message a full sentence */
export function finding(
  code: ProofFinding['code'],
  message: string,
  order: readonly string[] = [],
): ProofFinding {
  return { code, message, order, script: null, offset: null };
}

/** `a then b`, for sentences. */
export function inTurn(order: readonly string[]): string {
  return order.join(' then ');
}
