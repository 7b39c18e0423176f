import type { RevisionDocument } from '../commands/documents.ts';
import { picturedOf } from '../commands/graph.ts';
import { plainText } from '../graph/controls.ts';
import { cellsOf, type DrawnLine, drawLines, type Ink } from '../graph/draw.ts';
import { assignLanes } from '../graph/layout.ts';
import {
  MEANING,
  type PicturedRevision,
  type RevisionState,
  STATES,
  tagsOf,
} from '../graph/pictured.ts';
import type { Style } from './style.ts';
import { cutTo, widthOf } from './width.ts';

const GLYPH: Readonly<Record<RevisionState, string>> = { applied: '●', pending: '○', missing: '◌' };
const GAP = 2;
/** Of a message at least so much is shown, before lanes have to give way. */
const MESSAGE_AT_LEAST = 16;
/** Texts stand in one column, as long as the lanes take no more than this part of the line. */
const LANES_AT_MOST = 0.4;
/** And no more than so many cells, where the line has no end. */
const ALIGNED_AT_MOST = 48;

/** The graph with its lanes, a line a revision; none is wider than `columns`, but for its id. */
export function renderGraph(
  documents: readonly RevisionDocument[],
  style: Style,
  columns: number,
): string {
  if (documents.length === 0) return 'No revisions yet.\n';
  const revisions = new Map(documents.map(picturedOf).map((each) => [each.id, each]));
  const frame = frameOf(revisions, columns);
  const lines: string[] = [];
  for (const line of drawLines(frame.lanes, {
    pitch: frame.pitch,
    glyphOf: (id) => GLYPH[revisions.get(id)!.state ?? 'applied'],
  })) {
    const inks = fitted(line, frame);
    const drawn = painted(inks, style);
    if (line.spot === null) {
      lines.push(drawn);
      continue;
    }
    const indent = Math.max(frame.indent, inks.length) + GAP;
    const space = ' '.repeat(indent - inks.length);
    lines.push(`${drawn}${space}${labelOf(revisions.get(line.spot.id)!, style, columns - indent)}`);
  }
  return `${lines.join('\n')}\n${legendOf([...revisions.values()], style)}`;
}

/** What the whole drawing shares. */
interface Frame {
  readonly lanes: ReturnType<typeof assignLanes>;
  readonly pitch: 1 | 2;
  /** Cells that lanes may take. */
  readonly most: number;
  /** Cells that every line keeps free for lanes; 0 where each text follows its own. */
  readonly indent: number;
}

function frameOf(revisions: ReadonlyMap<string, PicturedRevision>, columns: number): Frame {
  const lanes = assignLanes([...revisions.values()]);
  const longestId = [...revisions.keys()].reduce((most, id) => Math.max(most, id.length), 0);
  const most = Math.max(3, columns - longestId - 2 * GAP - MESSAGE_AT_LEAST);
  const pitch = cellsOf(lanes.columns, 2) <= most ? 2 : 1;
  const cells = cellsOf(lanes.columns, pitch);
  const isNarrow = cells <= Math.min(most, columns * LANES_AT_MOST, ALIGNED_AT_MOST);
  return { lanes, pitch, most, indent: isNarrow ? cells : 0 };
}

/** Where even the closest lanes are too many, the right ones are left out, but never the node. */
function fitted({ inks, spot }: DrawnLine, { pitch, most }: Frame): readonly Ink[] {
  if (inks.length <= most) return inks;
  const more: Ink = { glyph: '…', color: null, dim: true };
  const node = spot === null ? undefined : inks[spot.column * pitch]!;
  const isSeen = spot === null || spot.column * pitch < most - 1;
  return isSeen ? [...inks.slice(0, most - 1), more] : [...inks.slice(0, most - 2), more, node!];
}

/** Neighbours of one colour are painted at once. */
function painted(inks: readonly Ink[], style: Style): string {
  const paints = [style.green, style.yellow, style.blue, style.magenta, style.cyan, style.red];
  let text = '';
  for (let at = 0; at < inks.length; ) {
    const { color, dim } = inks[at]!;
    let run = '';
    for (; at < inks.length && inks[at]!.color === color && inks[at]!.dim === dim; at++) {
      run += inks[at]!.glyph;
    }
    const coloured = color === null ? run : paints[color]!(run);
    text += dim ? style.dim(coloured) : coloured;
  }
  return text;
}

/** `id  message (head, label)`; the id is whole, whatever the room. */
function labelOf(revision: PicturedRevision, style: Style, room: number): string {
  const id = plainText(revision.id);
  const left = room - id.length - GAP;
  const words = tagsOf(revision).map(plainText);
  if (revision.state === 'missing') words.push('no file here');
  const shown = fittingWords(words, left);
  const tags = shown.length === 0 ? '' : ` (${shown.join(', ')})`;
  const message = cutTo(plainText(revision.message), left - widthOf(tags));
  const paintedTags =
    shown.length === 0
      ? ''
      : ` (${shown.map((word) => (word === 'head' ? style.green(word) : style.magenta(word))).join(', ')})`;
  const paintedId = revision.head ? style.bold(style.cyan(id)) : style.cyan(id);
  const about = message === '' ? paintedTags.trimStart() : message + paintedTags;
  return `${paintedId}${' '.repeat(GAP)}${about}`.trimEnd();
}

/** As many as fit in ` (…, …)`, from the first; `…` stands for the others. */
function fittingWords(words: readonly string[], most: number): readonly string[] {
  for (let count = words.length; count > 0; count--) {
    const shown = count === words.length ? words : [...words.slice(0, count), '…'];
    if (widthOf(` (${shown.join(', ')})`) <= most) return shown;
  }
  return [];
}

/** What the nodes mean, and how many there are of each; nothing where no database was read. */
function legendOf(revisions: readonly PicturedRevision[], style: Style): string {
  const parts = STATES.flatMap((state) => {
    const number = revisions.filter((revision) => revision.state === state).length;
    return number === 0 ? [] : [`${GLYPH[state]} ${number} ${MEANING[state]}`];
  });
  return parts.length === 0 ? '' : `\n${style.dim(parts.join('  '))}\n`;
}
