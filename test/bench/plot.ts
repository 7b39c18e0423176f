import { svgStyle } from '../../lib/graph/svg-style.ts';

/** A line of a plot: its points from left to right, both numbers above nothing. */
export interface Line {
  readonly name: string;
  /** Drawn dashed and grey: what others are held against. */
  readonly isFloor: boolean;
  readonly points: readonly Point[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Plot {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly x: Axis;
  readonly y: Axis;
}

interface Axis {
  readonly name: string;
  /** A measured value, in words. */
  readonly shown: (value: number) => string;
  /** A power of ten, in words. */
  readonly tick: (value: number) => string;
}

const WIDTH = 800;
const HEIGHT = 480;
const LEFT = 76;
const RIGHT = 576;
const TOP = 52;
const BOTTOM = 420;
const LABEL_LEFT = RIGHT + 22;
const LABEL_HEIGHT = 18;

/** What graphs and plots do not share; the colours of graphs are for both. */
const STYLE = [
  'text.title{font-weight:bold}',
  'text.tick{font-size:11px}',
  '.grid path{stroke:#8b949e;stroke-opacity:.3}',
  '.lines path{fill:none;stroke-width:2;stroke-linejoin:round}',
  '.lines path.leader{stroke-width:1;stroke-opacity:.5}',
  '.lines .floor path{stroke:#8b949e;stroke-dasharray:5 4}',
  '.lines .floor circle{fill:#8b949e;stroke:#8b949e}',
].join('');

/**
 * Lines on two logarithmic axes, as a picture that needs nothing but itself, light or dark as
 * the reader's system is. The names stand beside the ends of the lines, and the tooltip of a
 * point has its numbers; who cannot see it is told where each line begins and ends.
 */
export function plotSvg({ title, lines, x, y }: Plot): string {
  const all = lines.flatMap(({ points }) => points);
  const across = decades(all.map((point) => point.x));
  const up = decades(all.map((point) => point.y));
  const place = ({ x: at, y: high }: Point): Point => ({
    x: round(LEFT + (RIGHT - LEFT) * across.part(at)),
    y: round(BOTTOM - (BOTTOM - TOP) * up.part(high)),
  });
  const labels = labelHeights(lines.map(({ points }) => place(points.at(-1)!).y));
  const colors = lines.filter(({ isFloor }) => !isFloor);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title about">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="about">${escaped(lines.map((line) => told(line, x, y)).join(' '))}</desc>`,
    `<style>${svgStyle()}${STYLE}</style>`,
    `<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8"/>`,
    `<text class="title" x="20" y="30">${escaped(title)}</text>`,
    '<g class="grid legend">',
    ...across.ticks.map((at) => {
      const left = place({ x: at, y: up.ticks[0]! }).x;
      return `<path d="M${left} ${TOP}V${BOTTOM}"/><text class="tick" x="${left}" y="${BOTTOM + 18}" text-anchor="middle">${escaped(x.tick(at))}</text>`;
    }),
    ...up.ticks.map((at) => {
      const high = place({ x: across.ticks[0]!, y: at }).y;
      return `<path d="M${LEFT} ${high}H${RIGHT}"/><text class="tick" x="${LEFT - 8}" y="${high + 4}" text-anchor="end">${escaped(y.tick(at))}</text>`;
    }),
    `<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 42}" text-anchor="middle">${escaped(x.name)}</text>`,
    `<text transform="translate(22 ${(TOP + BOTTOM) / 2})rotate(-90)" text-anchor="middle">${escaped(y.name)}</text>`,
    '</g>',
    '<g class="lines">',
    ...lines.map((line, index) => {
      const kind = `c${colors.indexOf(line)}`;
      const places = line.points.map(place);
      const end = places.at(-1)!;
      const label = labels[index]!;
      return [
        `<g class="${line.isFloor ? 'floor' : 'line'}">`,
        `<path class="${kind}" d="M${places.map((at) => `${at.x} ${at.y}`).join('L')}"/>`,
        `<path class="leader ${kind}" d="M${end.x + 6} ${end.y}L${LABEL_LEFT - 4} ${label}"/>`,
        ...places.map(
          (at, number) =>
            `<circle class="${kind}" cx="${at.x}" cy="${at.y}" r="3"><title>${escaped(`${line.name}, ${x.name} ${x.shown(line.points[number]!.x)}: ${y.shown(line.points[number]!.y)}`)}</title></circle>`,
        ),
        `<text x="${LABEL_LEFT}" y="${round(label + 4)}">${escaped(line.name)}</text>`,
        '</g>',
      ].join('');
    }),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** The powers of ten around some numbers; which part of the way between them a number is. */
function decades(numbers: readonly number[]): {
  readonly ticks: readonly number[];
  readonly part: (value: number) => number;
} {
  const first = Math.floor(Math.log10(Math.min(...numbers)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...numbers))));
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
    part: (value) => (Math.log10(value) - first) / (last - first),
  };
}

/** Where labels stand that want to be at some heights, none upon another. */
function labelHeights(wanted: readonly number[]): readonly number[] {
  const heights = [...wanted];
  const downwards = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]!);
  // Down from the top, then up again from the bottom if that was too far.
  let free = TOP;
  for (const each of downwards) {
    heights[each] = Math.max(heights[each]!, free);
    free = heights[each]! + LABEL_HEIGHT;
  }
  let limit = BOTTOM;
  for (const each of downwards.reverse()) {
    heights[each] = round(Math.min(heights[each]!, limit));
    limit = heights[each]! - LABEL_HEIGHT;
  }
  return heights;
}

/** A line in words. */
function told({ name, points }: Line, x: Axis, y: Axis): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  return `${name}: ${y.shown(first.y)} at ${x.shown(first.x)}, ${y.shown(last.y)} at ${x.shown(last.x)}.`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`);
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
