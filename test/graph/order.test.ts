import * as assert from 'uvu/assert';
import { buildGraph, withAncestors, withDependents } from '../../lib/graph/graph.ts';
import { placeAll } from '../../lib/graph/order.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { randomOf } from '../support/random.ts';
import { graphOf, revisionsOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

suite('graph order', (test) => {
  const table: readonly (readonly [what: string, shape: string, order: string])[] = [
    ['nothing', '', ''],
    ['linear', 'c<b; b<a; a', 'a b c'],
    ['linear, against the ids', 'a<b; b<c; c', 'c b a'],
    ['linear, against the days', 'a @3; b<a @2; c<b @1', 'a b c'],
    ['a branch as a unit', 'a; b1<a; b2<b1; c1<a; m<b2,c1', 'a b1 b2 c1 m'],
    ['the branch of the smaller id first', 'a; z1<a; z2<z1; c1<a; c2<c1', 'a c1 c2 z1 z2'],
    ['the older branch first', 'a; b1<a @2; b2<b1 @3; c1<a @1; c2<c1 @9', 'a c1 c2 b1 b2'],
    ['a day before an id', 'a; b<a @2; c<a @1', 'a c b'],
    ['an id on the same day', 'a; c<a @2; b<a @2', 'a b c'],
    ['no day before any day', 'a; b<a @1; c<a', 'a c b'],
    ['ids by byte', 'r; b<r; B<r; 1<r; a<r; 10<r', 'r 1 10 B a b'],
    ['bases by day, then id', 'c; b @2; a @2; d @1', 'c d a b'],
    ['a base with its branch, then the next', 'a; x; b<a; y<x', 'a b x y'],
    ['fork', 'a; b<a; c<a', 'a b c'],
    ['diamond', 'a; b<a; c<a; m<b,c', 'a b c m'],
    ['criss-cross', 'a; b<a; c<a; n<c,b; m<b,c', 'a b c m n'],
    ['ladder', 'r; x1<r; y1<r; x2<x1,y1; y2<y1; x3<x2,y2; y3<y2', 'r x1 y1 x2 y2 x3 y3'],
    ['nested fork', 'a; b<a; c<b; d<b; e<a; f<e; m<c,d; n<m,f', 'a b c d m e f n'],
    ['octopus', 'r; a<r; b<r; c<r; m<c,b,a', 'r a b c m'],
    ['twin merges', 'a; b<a; c<a; d<a; m<b,c; n<c,d', 'a b c m d n'],
    ['several bases that merge', 'a; x; b<a; y<x; m<b,y', 'a b x y m'],
    ['what is freed goes on top of what waits', 'a; b<a; c<b; z<a; d<b', 'a b c d z'],
    ['a dependency across branches holds one up', 'a; b<a +c; c<a; d<b', 'a c b d'],
    ['a dependency frees like a parent', 'a; b<a; c<a; d<a; y<a +b; e<d', 'a b y c d e'],
    ['a dependency between bases', 'a +x; x; b<a; y<x', 'x a b y'],
    ['both kinds of edge to one revision count once', 'a; b<a +a; c<a', 'a b c'],
  ];
  for (const [what, shape, order] of table) {
    test(what, () => {
      const revisions = revisionsOf(shape);
      assert.is(graphOf(revisions).order.join(' '), order);
      assert.is(graphOf(revisions.toReversed()).order.join(' '), order, 'whatever comes first');
    });
  }

  test('a new head, however old or small, leaves the others where they are', () => {
    const shape = 'a @5; b1<a @6; b2<b1 @7; c1<a @6; c2<c1 +b1; m<b2,c2; x; y<x +b2 @1';
    const before = graphOf(revisionsOf(shape)).order;
    for (const added of ['0 @1', '0', '0<a @1', '0<m,y', '0<x +b1 @1', '0<b1 +y', 'zz +m']) {
      const { order } = graphOf(revisionsOf(`${shape}; ${added}`));
      assert.equal(
        order.filter((id) => before.includes(id)),
        before,
        added,
      );
    }
  });

  test('leaves out what is on a cycle, above one, or above an unknown revision', () => {
    const shape = 'a; b<a,d; c<b; d<c; e<d; f<a; g<f +x; h<g; i<f';
    const nodes = new Map(revisionsOf(shape).map((node) => [node.id, node]));
    const { order, children, dependents } = placeAll(nodes);
    assert.equal(order, ['a', 'f', 'i']);
    assert.equal(
      [...children],
      [
        ['a', ['f']],
        ['f', ['i']],
      ],
    );
    assert.equal([...dependents], [...children]);
  });

  test('100,000 in a chain', () => {
    const size = 100_000;
    const name = (n: number) => `r${(n * 7919) % size}`;
    const chain = Array.from({ length: size }, (_, n) =>
      node(name(n), n === 0 ? [] : [name(n - 1)]),
    );
    const { graph, problems } = buildGraph(chain);
    assert.equal(problems, []);
    assert.is(graph.order.length, size);
    assert.ok(graph.order.every((id, n) => id === name(n)));
    assert.is(withAncestors(graph, [name(size - 1)]).size, size);
    assert.is(withDependents(graph, [name(0)]).size, size);
  });

  test('150,000 children of one, and a merge of all of them', () => {
    const size = 150_000;
    const names = Array.from({ length: size }, (_, n) => `r${String(n).padStart(6, '0')}`);
    const children = randomOf(1).shuffle(names.map((name) => node(name, ['a'])));
    const { graph, problems } = buildGraph([node('m', names), ...children, node('a', [])]);
    assert.equal(problems, []);
    assert.is(graph.order.join(' '), ['a', ...names, 'm'].join(' '));
  });
});

function node(id: string, parents: readonly string[]): GraphNode {
  return { id, parents, depends: [], labels: [], created: null };
}
