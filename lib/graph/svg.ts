import { plainText } from './controls.ts';
import type { Spot } from './lanes.ts';
import { assignLanes } from './layout.ts';
import { MEANING, type PicturedRevision, STATES, tagsOf } from './pictured.ts';
import { svgStyle } from './svg-style.ts';
import { Tracks } from './svg-tracks.ts';

/** That of a page of documentation: the text of a README has the same size as this one's. */
const WIDTH_AT_MOST = 800;
const WIDTH_AT_LEAST = 400;
const MARGIN = 20;
/** Room that messages have at least, however many lanes there are. */
const TEXT_AT_LEAST = 400;
const ID_CHARACTER = 7.3;
const MESSAGE_CHARACTER = 6.9;
const TAG_CHARACTER = 6.2;
const TAG_GAP = 6;
const LEGEND_HEIGHT = 30;

/** What the rows share: where their texts begin, and the right edge. */
interface Page {
  readonly tracks: Tracks;
  readonly left: number;
  readonly width: number;
}

/**
 * The graph as a picture that needs nothing but itself: light or dark as the reader's
 * system is, in the system's fonts. A node's tooltip has what does not fit beside it.
 *
 * @param revisions newest first.
 */
export function svgOf(revisions: readonly PicturedRevision[]): string {
  const lanes = assignLanes(revisions);
  const tracks = new Tracks(lanes, { margin: MARGIN, most: WIDTH_AT_MOST - TEXT_AT_LEAST });
  const byId = new Map(revisions.map((revision) => [revision.id, revision]));
  const left = tracks.x(Math.max(0, lanes.columns - 1)) + 22;
  const page = { tracks, left, width: widthOf(revisions, left) };
  const { width } = page;
  const legend = legendOf(revisions, tracks.height);
  const height = tracks.height + (legend === '' ? 0 : LEGEND_HEIGHT);
  const about = `${revisions.length} ${revisions.length === 1 ? 'revision' : 'revisions'}, newest on top`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Revision graph: ${about}">`,
    `<title>Revision graph: ${about}</title>`,
    `<style>${svgStyle()}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    '<g class="edges">',
    ...lanes.edges.map(
      (edge) =>
        `<path class="c${edge.color}${edge.kind === 'parent' ? '' : ' needs'}" d="${tracks.pathOf(edge)}"/>`,
    ),
    '</g>',
    ...lanes.spots.map((spot) => rowOf(byId.get(spot.id)!, spot, page)),
    legend,
    '</svg>',
    '',
  ]
    .filter((line, index, all) => line !== '' || index === all.length - 1)
    .join('\n');
}

function rowOf(revision: PicturedRevision, spot: Spot, { tracks, left, width }: Page): string {
  const { id, message, state } = revision;
  const x = tracks.x(spot.column);
  const y = tracks.y(spot.row);
  const { text: tags, left: right } = tagsAt(revision, width - MARGIN, y);
  const messageAt = left + idWidth(id);
  const shown = cut(plainText(message), (right - messageAt - 8) / MESSAGE_CHARACTER);
  return [
    `<g class="${[state ?? 'drawn', ...(revision.head ? ['head'] : [])].join(' ')}"><title>${escaped(tooltipOf(revision))}</title>`,
    `<circle class="c${spot.color}" cx="${x}" cy="${y}" r="5"/>`,
    `<text class="id" x="${left}" y="${y + 4}">${escaped(id)}</text>`,
    `<text x="${round(messageAt)}" y="${y + 4}">${escaped(shown)}</text>`,
    `${tags}</g>`,
  ].join('');
}

/** Wide enough for all texts, as far as a page is. */
function widthOf(revisions: readonly PicturedRevision[], left: number): number {
  const widths = revisions.map((revision) => {
    const tags = tagsOf(revision).reduce((sum, tag) => sum + tagWidth(tag) + TAG_GAP, 0);
    return left + idWidth(revision.id) + cellsOf(revision.message) * MESSAGE_CHARACTER + tags;
  });
  const needed = Math.ceil(widths.reduce((a, b) => Math.max(a, b), 0)) + 2 * MARGIN;
  return Math.min(WIDTH_AT_MOST, Math.max(WIDTH_AT_LEAST, needed));
}

function idWidth(id: string): number {
  return id.length * ID_CHARACTER + 12;
}

function tagWidth(tag: string): number {
  return Math.round(tag.length * TAG_CHARACTER + 14);
}

/** Head and labels, in frames at the right edge; where their left end is. */
function tagsAt(
  revision: PicturedRevision,
  edge: number,
  y: number,
): { text: string; left: number } {
  let right = edge;
  const drawn: string[] = [];
  for (const tag of [...tagsOf(revision)].reverse()) {
    const width = tagWidth(tag);
    if (right - width < edge / 2) break;
    const kind = tag === 'head' ? 'tag head' : 'tag';
    drawn.push(
      `<rect class="${kind}" x="${right - width}" y="${y - 9}" width="${width}" height="18" rx="9"/>` +
        `<text class="${kind}" x="${round(right - width / 2)}" y="${y + 3.5}">${escaped(tag)}</text>`,
    );
    right -= width + TAG_GAP;
  }
  return { text: drawn.join(''), left: right };
}

function tooltipOf(revision: PicturedRevision): string {
  const { id, message, parents, depends, state } = revision;
  return [
    `${id}  ${message}`,
    `parents: ${parents.join(' ') || 'base'}`,
    ...(depends.length === 0 ? [] : [`depends: ${depends.join(' ')}`]),
    ...(tagsOf(revision).length === 0 ? [] : [tagsOf(revision).join(', ')]),
    ...(state === null ? [] : [MEANING[state]]),
  ]
    .map(plainText)
    .join('\n');
}

function legendOf(revisions: readonly PicturedRevision[], top: number): string {
  let x = MARGIN;
  return STATES.map((state) => {
    const number = revisions.filter((revision) => revision.state === state).length;
    if (number === 0) return '';
    const text = `${number} ${MEANING[state]}`;
    const drawn = `<g class="${state} legend"><circle cx="${round(x + 5)}" cy="${top + 8}" r="5"/><text x="${round(x + 17)}" y="${top + 12}">${text}</text></g>`;
    x += 17 + text.length * MESSAGE_CHARACTER + 18;
    return drawn;
  }).join('');
}

/** In characters, of which those of East Asia take two. */
function cellsOf(text: string): number {
  let cells = 0;
  for (const each of text) cells += each.codePointAt(0)! >= 0x1100 ? 2 : 1;
  return cells;
}

function cut(text: string, most: number): string {
  let used = 0;
  let kept = '';
  for (const each of text) {
    used += cellsOf(each);
    if (used > most) return `${kept.trimEnd()}…`;
    kept += each;
  }
  return text;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
