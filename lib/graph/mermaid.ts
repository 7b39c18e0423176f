import { plainText } from './controls.ts';
import { edgesOf, type PicturedRevision, tagsOf } from './pictured.ts';

/**
 * The graph as a Mermaid flowchart, base at the bottom. (Its gitGraph knows branches with
 * names and merges of two; a revision graph has neither.)
 */
export function mermaidOf(revisions: readonly PicturedRevision[]): string {
  const oldestFirst = revisions.toReversed();
  const lines = [
    'flowchart BT',
    ...oldestFirst.map(
      (revision) => `  ${nameOf(revision.id)}("${labelOf(revision)}")${classOf(revision)}`,
    ),
    ...edgesOf(oldestFirst).map(
      ({ from, to, kind }) =>
        `  ${nameOf(from)} ${kind === 'parent' ? '-->' : '-.->'} ${nameOf(to)}`,
    ),
    // Strokes alone: they are seen on a light page and on a dark one.
    '  classDef applied stroke:#2da44e,stroke-width:2px',
    '  classDef pending stroke:#bf8700,stroke-width:2px,stroke-dasharray:5 4',
    '  classDef missing stroke:#cf222e,stroke-width:2px,stroke-dasharray:2 3',
  ];
  return `${lines.join('\n')}\n`;
}

/** An id alone may be a word of Mermaid's (`end`), or begin like an arrow (`o`, `x`). */
function nameOf(id: string): string {
  return `rev_${id}`;
}

function classOf({ state }: PicturedRevision): string {
  return state === null ? '' : `:::${state}`;
}

function labelOf(revision: PicturedRevision): string {
  const tags = tagsOf(revision);
  return [
    `<b>${escaped(revision.id)}</b>`,
    ...(revision.message === '' ? [] : [escaped(revision.message)]),
    ...(tags.length === 0 ? [] : [`<i>${escaped(tags.join(', '))}</i>`]),
  ].join('<br/>');
}

/** Whatever Mermaid, its Markdown or HTML could read, as a numbered entity. */
function escaped(text: string): string {
  return plainText(text).replace(
    /[&<>"'#;`*_\\[\]{}()|~$%@:/]/g,
    (each) => `#${each.charCodeAt(0)};`,
  );
}
