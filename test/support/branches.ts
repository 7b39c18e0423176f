import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import { divergenceOf, ordersOf } from '../../lib/graph/divergence.ts';
import type { Proof } from '../../lib/schema/prove/proof.ts';
import { prove } from '../../lib/schema/prove/prove.ts';
import type { SchemaScript } from '../../lib/schema/read/materialise.ts';
import { graphOf, revisionsOf } from './shapes.ts';

/** The SQL of a script, or the whole of it. */
type Source = string | Omit<SchemaScript, 'revision' | 'file'>;

/** A base and two branches of it: the scripts m, a1, a2, …, b1, b2, … */
export interface Branches {
  readonly base: Source;
  readonly a: readonly Source[];
  readonly b: readonly Source[];
}

/** Proves that two branches commute, in databases that begin empty. */
export function proofOfBranches(branches: Branches): Promise<Proof> {
  const { shape, scripts } = historyOf<Source>(branches);
  return proofOfShape(shape, scripts);
}

/** Two branches in the notation of shapes.ts, with the script of each revision. */
export function historyOf<T>({ base, a, b }: { base: T; a: readonly T[]; b: readonly T[] }): {
  readonly shape: string;
  readonly scripts: Readonly<Record<string, T>>;
} {
  const edges = ['m'];
  const scripts: Record<string, T> = { m: base };
  for (const [branch, all] of [
    ['a', a],
    ['b', b],
  ] as const) {
    for (const [index, script] of all.entries()) {
      const id = `${branch}${index + 1}`;
      edges.push(`${id}<${index === 0 ? 'm' : `${branch}${index}`}`);
      scripts[id] = script;
    }
  }
  return { shape: edges.join('; '), scripts };
}

/** Proves that the heads of a shape commute. Scripts that are not given do nothing. */
export function proofOfShape(
  shape: string,
  scripts: Readonly<Record<string, Source>>,
  heads?: readonly string[],
): Promise<Proof> {
  const graph = graphOf(revisionsOf(shape));
  const tips = graph.order.filter((id) => (graph.children.get(id) ?? []).length === 0);
  const divergence = divergenceOf(graph, heads ?? tips);
  const scriptOf = (id: string): SchemaScript => {
    const source = scripts[id] ?? '';
    const script = typeof source === 'string' ? { sql: source } : source;
    // As of a file whose header says nothing of it.
    return { foreignKeys: 'auto', ...script, revision: id, file: `${id}.up.sql` };
  };
  return prove({
    divergence,
    orders: ordersOf(graph, divergence),
    scriptOf,
    open: ({ frozen }) =>
      openScratch({
        table: 'mig_log',
        from: 'empty',
        ...(frozen ? { frozenAt: '2000-01-01 00:00:00' } : {}),
      }),
    applied: new Set(),
  });
}

/** A proof in a line: `commutes proved`, and what was found. */
export function summaryOf({ verdict, claim }: Proof): string {
  return `${verdict} ${claim}`;
}
