import * as assert from 'uvu/assert';
import { suite } from '../support/suite.ts';
import { faultsOf } from '../support/well-formed.ts';
import { type Line, plotSvg } from './plot.ts';

const SLOW: Line = {
  name: 'slow <&"\'> one',
  isFloor: false,
  points: [
    { x: 10, y: 40 },
    { x: 100, y: 300 },
    { x: 1_000, y: 2_000 },
  ],
};
const FAST: Line = {
  name: 'fast',
  isFloor: false,
  points: SLOW.points.map(({ x }) => ({ x, y: 20 })),
};
const FLOOR: Line = { ...FAST, name: 'floor', isFloor: true };

function plotted(...lines: readonly Line[]): string {
  return plotSvg({
    title: 'Times & sizes',
    lines,
    x: { name: 'revisions', shown: String, tick: String },
    y: { name: 'time', shown: (ms) => `${ms} ms`, tick: (ms) => `${ms / 1000} s` },
  });
}

function heightsOf(svg: string): readonly number[] {
  return [...svg.matchAll(/<text x="598" y="([\d.]+)">/g)].map(([, y]) => Number(y));
}

suite('plotSvg', (test) => {
  const svg = plotted(SLOW, FAST, FLOOR);

  test('is well-formed, whatever a line is called', () => {
    assert.equal(faultsOf(svg), []);
    assert.match(svg, 'slow &#60;&#38;&#34;&#39;&#62; one</text>');
  });

  test('is the same for the same numbers', () => {
    assert.is(plotted(SLOW, FAST, FLOOR), svg);
  });

  test('has powers of ten on both axes, evenly', () => {
    const ticks = [...svg.matchAll(/<text class="tick"[^>]*>([^<]+)</g)].map(([, text]) => text);
    assert.equal(ticks, ['10', '100', '1000', '0.01 s', '0.1 s', '1 s', '10 s']);
    const lefts = [...svg.matchAll(/<path d="M([\d.]+) \d+V/g)].map(([, x]) => Number(x));
    assert.is(lefts[1]! - lefts[0]!, lefts[2]! - lefts[1]!);
  });

  test('puts a point where its numbers are', () => {
    const one = plotted({
      name: 'one',
      isFloor: false,
      points: [
        { x: 1, y: 1 },
        { x: 10, y: 10 },
        { x: 100, y: 100 },
      ],
    });
    assert.match(one, '<path class="c0" d="M76 420L326 236L576 52"/>');
  });

  test('draws floors apart from the others', () => {
    assert.is(svg.match(/<g class="line">/g)!.length, 2);
    assert.is(svg.match(/<g class="floor">/g)!.length, 1);
    assert.match(svg, '@media (prefers-color-scheme:dark)');
  });

  test('lets no label lie upon another, nor outside', () => {
    const heights = heightsOf(plotted(SLOW, ...Array.from({ length: 9 }, () => FAST))).toSorted(
      (a, b) => a - b,
    );
    assert.is(heights.length, 10);
    for (const [index, height] of heights.slice(1).entries()) {
      assert.ok(height - heights[index]! >= 18, `${heights[index]} and ${height}`);
    }
    assert.ok(heights.at(-1)! <= 424);
  });

  test('tells in words where each line begins and ends', () => {
    assert.match(svg, 'role="img" aria-labelledby="title about"');
    assert.match(svg, '<title id="title">Times &#38; sizes</title>');
    assert.match(svg, 'fast: 20 ms at 10, 20 ms at 1000.');
    assert.match(svg, '<title>fast, revisions 100: 20 ms</title>');
  });
});
