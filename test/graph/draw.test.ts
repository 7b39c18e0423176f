import * as assert from 'uvu/assert';
import { drawLines } from '../../lib/graph/draw.ts';
import type { Graph } from '../../lib/graph/graph.ts';
import { LANE_COLORS } from '../../lib/graph/lanes.ts';
import { assignLanes } from '../../lib/graph/layout.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { type Random, randomOf } from '../support/random.ts';
import { graphOf, revisionsOf, shapeOf, words } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';
import { edgesSeen } from '../support/trace.ts';

/** Lanes, two blanks, the id. */
function drawn(nodes: readonly GraphNode[], pitch: 1 | 2 = 2): readonly string[] {
  return [...drawLines(assignLanes(nodes), { pitch, glyphOf: () => '●' })].map(
    ({ inks, spot }) =>
      inks.map(({ glyph }) => glyph).join('') + (spot === null ? '' : `  ${spot.id}`),
  );
}

function newestFirst(graph: Graph): readonly GraphNode[] {
  return graph.order.map((id) => graph.nodes.get(id)!).reverse();
}

suite('the drawn graph', (test) => {
  const table: readonly (readonly [what: string, shape: string, ...lines: string[]])[] = [
    ['nothing', ''],
    ['one', 'a', '●  a'],
    ['linear', 'a; b<a; c<b', '●  c', '●  b', '●  a'],
    ['fork', 'a; b<a; c<a', '●  c', '│ ●  b', '●─╯  a'],
    ['fork of three', 'r; a<r; b<r; c<r', '●  c', '│ ●  b', '│ │ ●  a', '●─┴─╯  r'],
    [
      'fork of many: what is far from its end joins on the way',
      'r; a<r; b<r; c<r; d<r; e<r',
      '●  e',
      '│ ●  d',
      '├─╯',
      '│ ●  c',
      '│ │ ●  b',
      '│ │ │ ●  a',
      '●─┴─┴─╯  r',
    ],
    [
      'long branches',
      'r; a1<r; a2<a1; b1<r; b2<b1; c1<r; c2<c1',
      '●  c2',
      '●  c1',
      '│ ●  b2',
      '│ ●  b1',
      '│ │ ●  a2',
      '│ │ ●  a1',
      '●─┴─╯  r',
    ],
    [
      'longer branches: one lane is enough',
      'r; a1<r; a2<a1; a3<a2; b1<r; b2<b1; c1<r; c2<c1',
      '●  c2',
      '●  c1',
      '│ ●  b2',
      '│ ●  b1',
      '├─╯',
      '│ ●  a3',
      '│ ●  a2',
      '│ ●  a1',
      '●─╯  r',
    ],
    ['diamond', 'a; b<a; c<a; m<b,c', '●─╮  m', '│ ●  c', '● │  b', '●─╯  a'],
    ['diamond, named the other way', 'a; b<a; c<a; m<c,b', '●─╮  m', '● │  c', '│ ●  b', '●─╯  a'],
    ['a merge with an older one', 'a; b<a; c<b; m<c,a', '●─╮  m', '● │  c', '● │  b', '●─╯  a'],
    [
      'criss-cross',
      'a; b<a; c<a; m<b,c; n<c,b',
      '●─╮  n',
      '│ │ ●─╮  m',
      '●─┼─┼─╯  c',
      '│ ●─╯  b',
      '●─╯  a',
    ],
    [
      'ladder',
      'r; x1<r; y1<r; x2<x1,y1; y2<y1; x3<x2,y2; y3<y2',
      '●  y3',
      '│ ●─╮  x3',
      '●─┼─╯  y2',
      '│ ●─╮  x2',
      '●─┼─╯  y1',
      '│ ●  x1',
      '●─╯  r',
    ],
    [
      'nested fork',
      'a; b<a; c<b; d<b; e<a; f<e; m<c,d; n<m,f',
      '●─╮  n',
      '│ ●  f',
      '│ ●  e',
      '●─┼─╮  m',
      '│ │ ●  d',
      '● │ │  c',
      '●─┼─╯  b',
      '●─╯  a',
    ],
    [
      'octopus',
      'r; a<r; b<r; c<r; d<r; m<a,b,c,d',
      '●─┬─┬─╮  m',
      '│ │ │ ●  d',
      '│ │ ● │  c',
      '│ ● │ │  b',
      '● │ │ │  a',
      '●─┴─┴─╯  r',
    ],
    [
      'twin merges',
      'a; b<a; c<a; d<a; m<b,c; n<c,d',
      '●─╮  n',
      '│ ●  d',
      '│ │ ●─╮  m',
      '●─┼─┼─╯  c',
      '│ │ ●  b',
      '●─┴─╯  a',
    ],
    [
      'several bases that merge',
      'a; x; b<a; y<x; m<b,y',
      '●─╮  m',
      '│ ●  y',
      '│ ●  x',
      '●  b',
      '●  a',
    ],
    [
      'several bases: a blank line, or one would look like the parent of the other',
      'a; x; b<a; y<x',
      '●  y',
      '●  x',
      '',
      '●  b',
      '●  a',
    ],
    [
      'a base right of a lane',
      'a; b<a; c<a; x; y; m<b,x',
      '●  y',
      '',
      '●─╮  m',
      '│ ●  x',
      '│',
      '│ ●  c',
      '● │  b',
      '●─╯  a',
    ],
    ['dependency across branches', 'a; b<a +c; c<a; d<b', '●  d', '●╌╮  b', '│ ●  c', '●─╯  a'],
    [
      'dependency over a lane, and past a head',
      'a; b<a; c<a; d<b +c; e<b +c',
      '●╌╮  e',
      '│ ┊ ●╌╮  d',
      '│ ●╌┼╌╯  c',
      '●─┼─╯  b',
      '●─╯  a',
    ],
    ['dependency between bases', 'a +x; x; b<a; y<x', '●  y', '│ ●  b', '│ ●╌╮  a', '●╌╌╌╯  x'],
    [
      'a dependency keeps its own lane beside those of parents',
      '0; 1<0; 2<1; 3<2; 4<3; b<0; d<0; x; z<x +0',
      '●╌╮  z',
      '● ┊  x',
      '  ┊',
      '● ┊  d',
      '│ ┊ ●  b',
      '├─┼─╯',
      '│ ┊ ●  4',
      '│ ┊ ●  3',
      '│ ┊ ●  2',
      '│ ┊ ●  1',
      '●─┴─╯  0',
    ],
    [
      'what is shared is not dashed',
      'r; a<r; b<r; c<b +r',
      '●╌╮  c',
      '● ┊  b',
      '│ ┊ ●  a',
      '●─┴─╯  r',
    ],
    ['a base that only depends', 'a; x +a', '●╌╮  x', '  ●  a'],
    ['a dependency that is a parent too', 'a; b<a +a', '●  b', '●  a'],
  ];
  for (const [what, shape, ...lines] of table) {
    test(what, () =>
      assert.is(drawn(newestFirst(graphOf(revisionsOf(shape)))).join('\n'), lines.join('\n')),
    );
  }

  test('a part of a graph: what leads out of it is a stub', () => {
    const graph = graphOf(revisionsOf('a; b<a; c<a; m<b,c; d<m; e<m +a'));
    const part = (ids: string) => newestFirst(graph).filter(({ id }) => words(ids).includes(id));
    assert.equal(drawn(part('b m d')), ['●  d', '●─╮  m', '│ ╵', '●  b', '╵']);
    assert.equal(drawn(part('e d')), ['●  e', '╵', '●  d', '╵']);
  });

  test('a lane a character', () => {
    const shape = 'r; x1<r; y1<r; x2<x1,y1; y2<y1 +x1; z<r';
    assert.equal(drawn(newestFirst(graphOf(revisionsOf(shape))), 1), [
      '●  z',
      '│●╮  y2',
      '││┊●╮  x2',
      '│●┼┼╯  y1',
      '││╰●  x1',
      '●┴─╯  r',
    ]);
  });
});

suite('random graphs, drawn', (test) => {
  const graphs = Array.from({ length: 400 }, (_, seed) => {
    const random = randomOf(seed);
    return { seed, nodes: newestFirst(graphOf(randomGraph(random, 1 + random.int(24)))) };
  });

  test('have each revision once, in order', () => {
    for (const { seed, nodes } of graphs) {
      const ids = drawn(nodes).flatMap((line) => /\w+$/.exec(line)?.[0] ?? []);
      assert.equal(
        ids,
        nodes.map(({ id }) => id),
        `seed ${seed}`,
      );
    }
  });

  test('show every edge and no other, to whoever follows the lines', () => {
    for (const { seed, nodes } of graphs) {
      const told = `seed ${seed}: ${shapeOf(nodes)}\n${drawn(nodes).join('\n')}`;
      const seen = edgesSeen(drawn(nodes)).map(
        ({ child, parent, isDashed }) => `${child}${isDashed ? ' needs ' : ' follows '}${parent}`,
      );
      const expected = nodes.flatMap(({ id, parents, depends }) => [
        ...parents.map((parent) => `${id} follows ${parent}`),
        ...depends.filter((each) => !parents.includes(each)).map((each) => `${id} needs ${each}`),
      ]);
      assert.equal(seen.toSorted(), expected.toSorted(), told);
    }
  });

  test('show them with a lane a character, too', () => {
    for (const { seed, nodes } of graphs) {
      const lines = drawn(nodes, 1);
      const seen = edgesSeen(lines).map(({ child, parent }) => `${child} ${parent}`);
      const expected = nodes.flatMap(({ id, parents, depends }) =>
        [...new Set([...parents, ...depends])].map((each) => `${id} ${each}`),
      );
      assert.equal(seen.toSorted(), expected.toSorted(), `seed ${seed}\n${lines.join('\n')}`);
    }
  });

  test('have neighbours in different colours', () => {
    for (const { seed, nodes } of graphs) {
      const { edges } = assignLanes(nodes);
      for (const one of edges) {
        assert.ok(one.color >= 0 && one.color < LANE_COLORS);
        const twin = edges.find(
          ({ column, color, from, to }) =>
            column === one.column + 1 &&
            color === one.color &&
            from.row < one.to.row &&
            to.row > one.from.row,
        );
        assert.is(twin, undefined, `seed ${seed}`);
      }
    }
  });
});

suite('the size of a drawing', (test) => {
  test('10,000 revisions take less than a second, and few rows without a node', () => {
    const random = randomOf(7);
    const heads: string[] = [];
    const nodes = Array.from({ length: 10_000 }, (_, index): GraphNode => {
      const [first, second] = random.shuffle(heads);
      const what = random.int(10);
      const parents = first === undefined ? [] : what < 2 && second ? [first, second] : [first];
      if (what !== 9 || heads.length > 12) {
        for (const parent of parents) heads.splice(heads.indexOf(parent), 1);
      }
      heads.push(`r${index}`);
      return { id: `r${index}`, parents, depends: [], labels: [], created: null };
    });
    const list = newestFirst(graphOf(nodes));
    const start = performance.now();
    const lines = drawn(list);
    assert.ok(performance.now() - start < 1000, `${performance.now() - start} ms`);
    assert.ok(lines.length < 12_500, `${lines.length} lines`);
  });

  test('15 branches of one trunk are as many lanes as are open at once', () => {
    const branches = Array.from(
      { length: 15 },
      (_, n) => `t${n + 1}<t${n}; b${n}x<t${n}; b${n}y<b${n}x`,
    );
    const lanes = assignLanes(newestFirst(graphOf(revisionsOf(`t0; ${branches.join('; ')}`))));
    assert.is(lanes.columns, 2);
    assert.ok(lanes.rows <= 46 + 15, `${lanes.rows} rows`);
  });
});

/** Revisions of up to four parents and two dependencies each, most of them near. */
function randomGraph(random: Random, size: number): readonly GraphNode[] {
  return Array.from({ length: size }, (_, index): GraphNode => {
    const pick = (count: number) => {
      const reach = random.chance(0.7) ? Math.min(index, 4) : index;
      const among = Array.from({ length: reach }, (_, each) => `r${index - 1 - each}`);
      return random.shuffle(among).slice(0, count);
    };
    const parents = random.chance(0.1) ? [] : pick(random.pick([1, 1, 1, 2, 2, 3, 4]));
    const depends = random.chance(0.15) ? pick(1 + random.int(2)) : [];
    return { id: `r${index}`, parents, depends, labels: [], created: null };
  });
}
