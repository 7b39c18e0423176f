import * as assert from 'uvu/assert';
import { divergenceOf, ordersOf } from '../../lib/graph/divergence.ts';
import { graphOf, revisionsOf, words } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

/** `base | branch | branch`. */
function parting(shape: string, heads: string): string {
  const { base, branches } = divergenceOf(graphOf(revisionsOf(shape)), words(heads));
  return [base, ...branches].map((ids) => ids.join(' ')).join(' | ');
}

function orders(shape: string, heads: string): readonly string[] {
  const graph = graphOf(revisionsOf(shape));
  return ordersOf(graph, divergenceOf(graph, words(heads))).map(
    (order) => `${order.heads?.join(' ') ?? 'upgrade'}: ${order.ids.join(' ')}`,
  );
}

suite('where heads part', (test) => {
  const shapes: readonly (readonly [name: string, shape: string, heads: string, parts: string])[] =
    [
      ['a fork', 'm; a<m; b<m', 'a b', 'm | a | b'],
      ['a fork further up', 'l; m<l; a1<m; a2<a1; b<m', 'a2 b', 'l m | a1 a2 | b'],
      ['heads as named', 'm; a<m; b<m', 'b a', 'm | b | a'],
      ['a fork in a branch', 'm; a<m; c<m; d<c; e<c; n<d,e', 'a n', 'm | a | c d e n'],
      ['a nested fork', 'm; a<m; b<m; c<b; d<b', 'c d', 'm b | c | d'],
      ['a head beside a nested fork', 'm; a<m; b<m; c<b; d<b', 'a c d', 'm | a | b c | b d'],
      ['a criss-cross', 'm; a<m; b<m; c<a,b; d<a,b', 'c d', 'm a b | c | d'],
      ['a merge of a part', 'm; a<m; b1<m; b2<b1; n<a,b1', 'n b2', 'm b1 | a n | b2'],
      ['no common ancestor', 'a1; a2<a1; b1; b2<b1', 'a2 b2', ' | a1 a2 | b1 b2'],
      ['an octopus of three', 'm; a<m; b<m; c<m', 'a b c', 'm | a | b | c'],
      ['a head that depends on another', 'm; a<m; b<m +a', 'a b', 'm a |  | b'],
      [
        'a branch that begins with a dependency on part of another',
        'm; a1<m +b1; a2<a1; b1<m; b2<b1',
        'a2 b2',
        'm b1 | a1 a2 | b2',
      ],
      [
        'a dependency that comes late belongs to both branches, and waits',
        'm @1; b1<m @2; b2<b1 @3; a1<m @4; a2<a1 +b1 @5',
        'a2 b2',
        'm | a1 b1 a2 | b1 b2',
      ],
      ['a dependency on another base', 'x; y<x; m; a<m +x; b<m', 'a b', 'm | x a | b'],
      ['a dependency that both have', 'x; m; a<m +x; b<m +x', 'a b', 'm x | a | b'],
    ];
  for (const [name, shape, heads, parts] of shapes) {
    test(name, () => assert.is(parting(shape, heads), parts));
  }
});

suite('the orders of branches', (test) => {
  test('of two heads: both', () =>
    assert.equal(orders('m; a1<m; a2<a1; b<m', 'a2 b'), ['a2 b: m a1 a2 b', 'b a2: m b a1 a2']));

  test('and that of upgrade, where it is another', () =>
    assert.equal(
      orders('m @1; a1<m @2; b1<m @3; n<a1,b1 @4; a2<n @6; b2<b1 @5; b3<b2 @7', 'a2 b3'),
      ['a2 b3: m b1 a1 n a2 b2 b3', 'b3 a2: m b1 b2 b3 a1 n a2', 'upgrade: m a1 b1 n a2 b2 b3'],
    ));

  test('a dependency that comes late lets each branch go first', () =>
    assert.equal(orders('m @1; b1<m @2; b2<b1 @3; a1<m @4; a2<a1 +b1 @5', 'a2 b2').slice(0, 2), [
      'a2 b2: m a1 b1 a2 b2',
      'b2 a2: m b1 b2 a1 a2',
    ]));

  test('one that depends on another has one order', () =>
    assert.equal(
      new Set(orders('m; a<m; b<m +a', 'a b').map((each) => each.replace(/.*: /, ''))),
      new Set(['m a b']),
    ));

  for (const [count, expected] of [
    [3, 6],
    [4, 24],
    [5, 2],
    [6, 2],
  ] as const) {
    test(`of ${count} heads: ${expected}`, () => {
      const heads = 'abcdef'.slice(0, count).split('');
      const found = orders(`m; ${heads.map((id) => `${id}<m`).join('; ')}`, heads.join(' '));
      assert.is(found.length, expected);
      assert.is(new Set(found).size, expected);
      const reverse = [...heads].reverse().join(' ');
      assert.ok(found.includes(`${heads.join(' ')}: m ${heads.join(' ')}`));
      assert.ok(found.includes(`${reverse}: m ${reverse}`));
    });
  }

  test('every order has every revision once, behind all that it needs', () => {
    const shape = 'm; a1<m; a2<a1 +b1; b1<m; b2<b1; c1<m +x; c2<c1,b1; x; y<x';
    const graph = graphOf(revisionsOf(shape));
    for (const { ids } of ordersOf(graph, divergenceOf(graph, ['a2', 'b2', 'c2', 'y']))) {
      assert.equal([...ids].sort(), [...graph.order].sort());
      for (const [index, id] of ids.entries()) {
        const { parents, depends } = graph.nodes.get(id)!;
        for (const each of [...parents, ...depends])
          assert.ok(ids.indexOf(each) < index, ids.join());
      }
    }
  });
});
