import { MigError } from '../error.ts';
import type { Graph } from '../graph/graph.ts';
import { type ResolveOptions, resolveRevisions } from '../graph/target.ts';

/**
 * The revisions that somebody named, each once. Every text has to name one at least: there
 * is nothing to show, pull or repair in `base`.
 *
 * @throws MigError `unknown-revision` for a text that names none.
 */
export function namedRevisions(
  graph: Graph,
  texts: readonly string[],
  options: ResolveOptions = {},
): readonly string[] {
  const named = new Set<string>();
  for (const text of texts) {
    const ids = resolveRevisions(graph, text, options);
    if (ids.length === 0) {
      throw new MigError({
        code: 'unknown-revision',
        message: `\`${text}\` names no revision.`,
        hint: '`mig history` lists the revisions.',
      });
    }
    for (const id of ids) named.add(id);
  }
  return [...named];
}
