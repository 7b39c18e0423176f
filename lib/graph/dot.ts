import { plainText } from './controls.ts';
import { edgesOf, MEANING, type PicturedRevision, tagsOf } from './pictured.ts';

const STYLE = {
  applied: 'style="rounded,filled", fillcolor="#dafbe1", color="#1a7f37"',
  pending: 'style="rounded,filled", fillcolor="#ffffff", color="#9a6700"',
  missing: 'style="rounded,filled,dashed", fillcolor="#ffebe9", color="#cf222e"',
} as const;

/** The graph for Graphviz, base at the bottom. */
export function dotOf(revisions: readonly PicturedRevision[]): string {
  const oldestFirst = revisions.toReversed();
  const lines = [
    'digraph mig {',
    '  rankdir=BT;',
    '  node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#57606a", fontname="Helvetica,Arial,sans-serif", fontsize=11];',
    '  edge [color="#57606a", arrowsize=0.7];',
    ...oldestFirst.map((revision) => `  ${quoted(revision.id)} [${attributesOf(revision)}];`),
    ...edgesOf(oldestFirst).map(
      ({ from, to, kind }) =>
        `  ${quoted(from)} -> ${quoted(to)}${kind === 'parent' ? '' : ' [style=dashed, constraint=false, tooltip="depends"]'};`,
    ),
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function attributesOf(revision: PicturedRevision): string {
  const { id, message, state } = revision;
  const tags = tagsOf(revision);
  const lines = [id, message, ...(tags.length === 0 ? [] : [`(${tags.join(', ')})`])];
  const label = lines
    .filter((line) => line !== '')
    .map(escaped)
    .join('\\n');
  return [
    `label="${label}"`,
    ...(revision.head ? ['penwidth=2'] : []),
    ...(state === null ? [] : [`tooltip="${MEANING[state]}"`, STYLE[state]]),
  ].join(', ');
}

function quoted(id: string): string {
  return `"${escaped(id)}"`;
}

function escaped(text: string): string {
  return plainText(text).replace(/["\\]/g, '\\$&');
}
