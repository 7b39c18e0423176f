import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import { divergenceOf, ordersOf } from '../../lib/graph/divergence.ts';
import type { SchemaScript } from '../../lib/schema/materialise.ts';
import type { Proof } from '../../lib/schema/proof.ts';
import { prove } from '../../lib/schema/prove.ts';
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
export function proofOfBranches({ base, a, b }: Branches): Promise<Proof> {
  const ids = (branch: string, all: readonly Source[]) => all.map((_, i) => `${branch}${i + 1}`);
  const line = (branch: string, all: readonly Source[]) =>
    ids(branch, all).map((id, index, line) => `${id}<${line[index - 1] ?? 'm'}`);
  const sources: [string, Source][] = [['m', base]];
  for (const [index, id] of ids('a', a).entries()) sources.push([id, a[index]!]);
  for (const [index, id] of ids('b', b).entries()) sources.push([id, b[index]!]);
  const shape = ['m', ...line('a', a), ...line('b', b)].join('; ');
  return proofOfShape(shape, Object.fromEntries(sources));
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
