import * as assert from 'uvu/assert';
import { buildGraph } from '../../lib/graph/graph.ts';
import {
  type Plan,
  planDowngrade,
  planStamp,
  planSync,
  planUpgrade,
} from '../../lib/graph/plan.ts';
import { resolveTarget } from '../../lib/graph/target.ts';
import {
  type Command,
  errorFrom,
  graphOf,
  outcome,
  outcomeOf,
  planFor,
  revisionsOf,
  stateOf,
  words,
} from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

/** `steps` and `heads` are as in `Outcome`, `start` as in `stateOf`. */
type Row = readonly [command: Command, target: string, start: string, steps: string, heads: string];

/** An error, as `code: message`. */
type Refusal = readonly [command: Command, target: string, start: string, error: string];

function plans(name: string, shape: string, rows: readonly (Row | Refusal)[]): void {
  suite(name, (test) => {
    for (const [command, target, start, steps, heads] of rows) {
      test(`${command} ${target} from [${start}]`, () => {
        if (heads !== undefined) {
          assert.equal(outcome(shape, command, target, start), { steps, heads });
          return;
        }
        const { code, message } = errorFrom(() => outcome(shape, command, target, start));
        assert.is(`${code}: ${message}`, steps);
      });
    }
  });
}

// a ─ b ─ c ─ d
plans('plans: linear', 'a; b<a; c<b; d<c', [
  ['upgrade', 'head', '', '+a +b +c +d', 'd'],
  ['upgrade', 'heads', 'b', '+c +d', 'd'],
  ['upgrade', 'head', 'd', '', 'd'],
  ['upgrade', 'b', '', '+a +b', 'b'],
  ['upgrade', 'b', 'd', '', 'd'],
  ['upgrade', 'base', 'b', '', 'b'],
  ['upgrade', '+1', '', '+a', 'a'],
  ['upgrade', '+2', 'a', '+b +c', 'c'],
  ['upgrade', '+4', '', '+a +b +c +d', 'd'],
  ['upgrade', 'a+2', '', '+a +b +c', 'c'],
  ['upgrade', 'head-1', 'a', '+b +c', 'c'],
  ['upgrade', 'd-4', 'b', '', 'b'],
  ['upgrade', '+5', '', 'unknown-revision: `+5` asks for 5 steps, but only 4 are pending.'],
  ['upgrade', '+2', 'c', 'unknown-revision: `+2` asks for 2 steps, but only 1 is pending.'],
  ['upgrade', '+1', 'd', 'unknown-revision: `+1` asks for 1 step, but nothing is pending.'],
  ['upgrade', '-1', 'd', 'usage: `-1` counts downwards.'],
  ['downgrade', 'b', 'd', '-d -c', 'b'],
  ['downgrade', 'd', 'd', '', 'd'],
  ['downgrade', 'base', 'd', '-d -c -b -a', ''],
  ['downgrade', 'base', '', '', ''],
  ['downgrade', '-1', 'd', '-d', 'c'],
  ['downgrade', '-3', 'c', '-c -b -a', ''],
  ['downgrade', 'head-1', 'd', '-d', 'c'],
  ['downgrade', 'base+1', 'd', '-d -c -b', 'a'],
  ['downgrade', 'a-1', 'd', '-d -c -b -a', ''],
  ['downgrade', 'd', 'c', 'not-applied: d is not applied, so the database cannot go back to it.'],
  ['downgrade', '-4', 'c', 'unknown-revision: `-4` asks for 4 steps, but only 3 are applied.'],
  ['downgrade', '-1', '', 'unknown-revision: `-1` asks for 1 step, but nothing is applied.'],
  ['downgrade', '+1', 'c', 'usage: `+1` counts upwards.'],
  ['redo', '-1', 'c', '-c +c', 'c'],
  ['redo', '-2', 'c', '-c -b +b +c', 'c'],
  ['redo', 'base', 'b', '-b -a +a +b', 'b'],
  ['redo', '-4', 'c', 'unknown-revision: `-4` asks for 4 steps, but only 3 are applied.'],
  ['stamp', 'c', '', '*a *b *c', 'c'],
  ['stamp', 'head', 'b', '*c *d', 'd'],
  ['stamp', 'b', 'd', '~d ~c', 'b'],
  ['stamp', 'b', 'b', '', 'b'],
  ['stamp', 'b d', 'c', '*d', 'd'],
  ['stamp', 'base', 'c', '~c ~b ~a', ''],
  ['stamp', 'a base', 'c', '~c ~b', 'a'],
  ['stamp', 'a-1', 'c', '~c ~b ~a', ''],
  ['stamp --purge', 'b', 'd', '~d ~c ~b ~a *a *b', 'b'],
  ['stamp --purge', 'base', 'b', '~b ~a', ''],
  ['stamp --purge', 'b', '', '*a *b', 'b'],
  ['stamp', '+1', 'a', 'usage: A stamp names revisions and counts no steps.'],
  ['stamp', 'a -1', 'a', 'usage: A stamp names revisions and counts no steps.'],
]);

// a ─ b1 ─ b2
//   ╲ c1 ─ c2
plans('plans: fork', 'a; b1<a; b2(bee)<b1; c1(see)<a; c2<c1', [
  ['upgrade', 'heads', '', '+a +b1 +b2 +c1 +c2', 'b2 c2'],
  ['upgrade', 'see@head', '', '+a +c1 +c2', 'c2'],
  ['upgrade', 'see@head', 'b1', '+c1 +c2', 'b1 c2'],
  ['upgrade', 'see@+1', 'a', '+c1', 'c1'],
  ['upgrade', 'bee@a+1', '', '+a +b1', 'b1'],
  ['upgrade', 'head', '', 'several-heads: `head` is ambiguous: there are 2 heads: b2 c2'],
  ['upgrade', '+1', '', 'several-heads: `head` is ambiguous: there are 2 heads: b2 c2'],
  ['upgrade', 'a@+1', '', 'several-heads: `a@head` is ambiguous: there are 2 heads: b2 c2'],
  ['upgrade', 'a+1', '', 'ambiguous-revision: `a+1` is ambiguous: a has several children: b1 c1'],
  ['upgrade', 'see@b1', '', 'unknown-revision: b1 is not on the line of c1'],
  ['downgrade', 'a', 'b2 c2', '-c2 -c1 -b2 -b1', 'a'],
  ['downgrade', 'a', 'c2 b1', '-c2 -c1 -b1', 'a'],
  ['downgrade', 'b1', 'b2 c2', '-b2', 'b1 c2'],
  ['downgrade', 'see@a', 'b2 c2', '-c2 -c1', 'b2'],
  ['downgrade', 'bee@a', 'b2 c2', '-b2 -b1', 'c2'],
  ['downgrade', 'see@base', 'b2 c2', '-c2 -c1 -b2 -b1 -a', ''],
  ['downgrade', '-1', 'b2 c2', '-c2', 'b2 c1'],
  ['downgrade', '-1', 'c2 b2', '-b2', 'b1 c2'],
  ['downgrade', '-3', 'c1 b2 c2', '-c2 -b2 -b1', 'c1'],
  ['downgrade', 'see@-1', 'c2 b2', '-c2', 'b2 c1'],
  ['downgrade', 'bee@-2', 'b2 c2', '-b2 -b1', 'c2'],
  ['downgrade', 'see@-3', 'b2 c2', '-c2 -c1 -b2 -b1 -a', ''],
  [
    'downgrade',
    'see@-4',
    'b2 c2',
    'unknown-revision: `-4` asks for 4 steps, but only 3 are applied.',
  ],
  [
    'downgrade',
    'a@a',
    'b2',
    'ambiguous-revision: a does not say which branch above a is meant: b1 c1',
  ],
  ['redo', 'a', 'b2 c2', '-c2 -c1 -b2 -b1 +b1 +b2 +c1 +c2', 'b2 c2'],
  ['redo', '-2', 'c1 b1 c2', '-c2 -b1 +b1 +c2', 'b1 c2'],
  ['redo', 'see@a', 'b2 c1', '-c1 +c1', 'b2 c1'],
  ['stamp', 'b1', 'b2 c2', '~b2', 'b1 c2'],
  ['stamp', 'heads', '', '*a *b1 *b2 *c1 *c2', 'b2 c2'],
  ['stamp', 'b1 c2', 'a', '*b1 *c1 *c2', 'b1 c2'],
  ['stamp', 'a', 'b2 c2', '~c2 ~c1 ~b2 ~b1', 'a'],
  ['stamp', 'a c1', 'b2 c2', '~c2 ~b2 ~b1', 'c1'],
  ['stamp', 'see@base', 'b2 c2', '~c2 ~c1 ~b2 ~b1 ~a', ''],
  ['stamp --purge', 'c1', 'b2', '~b2 ~b1 ~a *a *c1', 'c1'],
]);

// a ─ b ─ m
//   ╲ c ─╱
plans('plans: diamond', 'a; b<a; c<a; m<b,c', [
  ['upgrade', 'head', '', '+a +b +c +m', 'm'],
  ['upgrade', 'head', 'c', '+b +m', 'm'],
  ['upgrade', '+2', 'a', '+b +c', 'b c'],
  ['upgrade', 'b', 'c', '+b', 'b c'],
  ['upgrade', 'm-1', '', 'ambiguous-revision: `m-1` is ambiguous: m has several parents: b c'],
  ['upgrade', 'b@m-1', '', '+a +b', 'b'],
  ['downgrade', 'b', 'm', '-m', 'b c'],
  ['downgrade', 'c', 'm', '-m', 'b c'],
  ['downgrade', 'a', 'm', '-m -c -b', 'a'],
  ['downgrade', 'b@a', 'm', '-m -b', 'c'],
  ['downgrade', 'm@a', 'm', '-m -c -b', 'a'],
  ['downgrade', '-1', 'm', '-m', 'b c'],
  ['downgrade', '-2', 'm', '-m -c', 'b'],
  ['downgrade', '-2', 'c m', '-m -b', 'c'],
  ['downgrade', 'c@-1', 'm', '-m', 'b c'],
  ['downgrade', 'c@-2', 'm', '-m -c', 'b'],
  ['redo', 'b', 'm', '-m +m', 'm'],
  ['redo', 'a', 'c m', '-m -c -b +b +c +m', 'm'],
  ['stamp', 'b', 'm', '~m', 'b c'],
  ['stamp', 'm', 'b', '*c *m', 'm'],
  ['stamp', 'b c', 'm', '~m', 'b c'],
]);

// a ─ b ─ m    two merges of the same two parents
//   ╲ c ╳ n
plans('plans: criss-cross', 'a; b<a; c<a; m<b,c; n<c,b; z<m,n', [
  ['upgrade', 'm', '', '+a +b +c +m', 'm'],
  ['upgrade', 'head', 'm', '+n +z', 'z'],
  ['downgrade', 'm', 'z', '-z', 'm n'],
  ['downgrade', 'b', 'z', '-z -n -m', 'b c'],
  ['downgrade', 'm@b', 'z', '-z -m', 'n'],
  ['downgrade', 'm@a', 'z', '-z -n -m -c -b', 'a'],
  ['stamp', 'n', 'z', '~z', 'm n'],
  ['stamp', 'n', 'm', '*n', 'm n'],
]);

// r ─ x1 ─ x2 ─ x3     each rung goes from y to x
//   ╲ y1 ╱ y2 ╱ y3
plans('plans: ladder', 'r; x1<r; y1<r; x2<x1,y1; y2<y1; x3<x2,y2; y3<y2', [
  ['upgrade', 'heads', '', '+r +x1 +y1 +x2 +y2 +x3 +y3', 'x3 y3'],
  ['upgrade', 'x2', 'y3', '+x1 +x2', 'x2 y3'],
  ['upgrade', 'y3', 'x2', '+y2 +y3', 'x2 y3'],
  ['downgrade', 'y1', 'x3 y3', '-y3 -x3 -y2 -x2', 'x1 y1'],
  ['downgrade', 'x1', 'x3 y3', '-x3 -x2', 'x1 y3'],
  ['downgrade', 'y3@y1', 'x3 y3', '-y3 -x3 -y2', 'x2'],
  ['downgrade', 'y2', 'x3', '-x3', 'x2 y2'],
  ['redo', 'y2', 'x3 y3', '-y3 -x3 +x3 +y3', 'x3 y3'],
]);

// a ─ b ─ c ─ m ─ n
//   │   ╲ d ─╱   ╱
//   ╲ e ─ f ────╱
plans('plans: nested fork', 'a; b<a; c<b; d<b; e<a; f<e; m<c,d; n<m,f', [
  ['upgrade', 'head', '', '+a +b +c +d +m +e +f +n', 'n'],
  ['upgrade', 'head', 'f', '+b +c +d +m +n', 'n'],
  ['downgrade', 'b', 'n', '-n -m -d -c', 'b f'],
  ['downgrade', 'c', 'n', '-n -m', 'c d f'],
  ['downgrade', 'c@b', 'n', '-n -m -c', 'd f'],
  ['downgrade', 'f@a', 'n', '-n -f -e', 'm'],
  ['downgrade', 'e', 'n', '-n -f', 'm e'],
  ['redo', 'c@b', 'n', '-n -m -c +c +m +n', 'n'],
]);

//   ╱ b ╲
// a ─ c ─ m
//   ╲ d ╱
plans('plans: octopus', 'a; b<a; c<a; d<a; m<d,b,c', [
  ['upgrade', 'head', 'c', '+b +d +m', 'm'],
  ['upgrade', '+3', '', '+a +b +c', 'b c'],
  ['downgrade', 'c', 'm', '-m', 'b c d'],
  ['downgrade', 'c@a', 'm', '-m -c', 'b d'],
  ['downgrade', 'a', 'm', '-m -d -c -b', 'a'],
  ['stamp', 'b c d', '', '*a *b *c *d', 'b c d'],
  ['stamp', 'b d', 'm', '~m', 'b c d'],
]);

// a ─ b ─ m
//   ├ c ╳
//   ╲ d ─ n
plans('plans: twin merges', 'a; b<a; c<a; d<a; m<b,c; n<c,d', [
  ['upgrade', 'heads', '', '+a +b +c +m +d +n', 'm n'],
  ['upgrade', 'n', 'm', '+d +n', 'm n'],
  ['downgrade', 'c', 'm n', '-n -m', 'b c d'],
  ['downgrade', 'b', 'm n', '-m', 'b n'],
  ['downgrade', 'n@c', 'm n', '-n', 'm d'],
  ['downgrade', 'm@a', 'm n', '-n -m -c -b', 'd'],
  ['stamp', 'm', 'n', '*b *m', 'm n'],
  ['stamp', 'c', 'm n', '~n ~m', 'b c d'],
]);

// a ─ b ─ m ─ z
// x ─ y ─╱
plans('plans: several bases that merge', 'a; b(bee)<a; x; y(why)<x; m<b,y; z<m', [
  ['upgrade', 'head', '', '+a +b +x +y +m +z', 'z'],
  ['upgrade', 'y', '', '+x +y', 'y'],
  ['upgrade', 'y', 'b', '+x +y', 'b y'],
  [
    'upgrade',
    'base+1',
    '',
    'ambiguous-revision: `base+1` is ambiguous: there are several bases: a x',
  ],
  ['upgrade', 'why@base+1', '', '+x', 'x'],
  ['downgrade', 'y', 'z', '-z -m', 'b y'],
  ['downgrade', 'base', 'z', '-z -m -y -x -b -a', ''],
  ['downgrade', 'why@base', 'z', '-z -m -y -x', 'b'],
  ['downgrade', 'm@base', 'z', '-z -m -y -x -b -a', ''],
  ['downgrade', 'x', 'b y', '-y', 'b x'],
  ['redo', 'why@base', 'z', '-z -m -y -x +x +y +m +z', 'z'],
  ['stamp', 'bee@base', 'z', '~z ~m ~b ~a', 'y'],
  ['stamp', 'why@base b', 'z', '~z ~m ~y ~x', 'b'],
  ['stamp', 'y', 'b', '*x *y', 'b y'],
]);

// a ─ b1 ─ b2 ─ b3
//   ╲ c1 ─ c2 ─ c3       c2 depends on b2
plans('plans: dependency across branches', 'a; b1<a; b2<b1; b3<b2; c1<a; c2<c1 +b2; c3<c2', [
  ['upgrade', 'heads', '', '+a +b1 +b2 +b3 +c1 +c2 +c3', 'b3 c3'],
  ['upgrade', 'c2', '', '+a +b1 +b2 +c1 +c2', 'c2'],
  ['upgrade', 'c1', '', '+a +c1', 'c1'],
  ['upgrade', 'c3', 'b3', '+c1 +c2 +c3', 'b3 c3'],
  ['upgrade', 'c3@head', 'c1', '+b1 +b2 +c2 +c3', 'c3'],
  ['upgrade', 'c3@+2', 'c1', '+b1 +b2', 'b2 c1'],
  ['downgrade', 'b1', 'b3 c3', '-c3 -c2 -b3 -b2', 'b1 c1'],
  ['downgrade', 'b2', 'b3 c3', '-b3', 'c3'],
  ['downgrade', 'c1', 'b3 c3', '-c3 -c2', 'b3 c1'],
  ['downgrade', 'b1@a', 'b3 c3', '-c3 -c2 -b3 -b2 -b1', 'c1'],
  ['downgrade', 'c1@a', 'b3 c3', '-c3 -c2 -c1', 'b3'],
  ['downgrade', 'b3@-2', 'b3 c3', '-c3 -c2 -b3 -b2', 'b1 c1'],
  ['redo', 'b1', 'c3', '-c3 -c2 -b2 +b2 +c2 +c3', 'c3'],
  ['stamp', 'b2', 'b3 c3', '~c3 ~c2 ~b3', 'b2 c1'],
  ['stamp', 'c2', '', '*a *b1 *b2 *c1 *c2', 'c2'],
  ['stamp', 'c2', 'b3 c3', '~c3', 'b3 c2'],
  ['stamp', 'b1 c2', 'b3 c3', '~c3 ~b3', 'c2'],
]);

// a ─ b     a, a base, depends on the base x
// x ─ y
plans('plans: dependency between bases', 'a +x; b<a; x; y<x', [
  ['upgrade', 'heads', '', '+x +a +b +y', 'b y'],
  ['upgrade', 'b', '', '+x +a +b', 'b'],
  ['upgrade', 'y', '', '+x +y', 'y'],
  ['downgrade', 'base', 'b y', '-y -b -a -x', ''],
  ['downgrade', 'b@base', 'b y', '-b -a', 'y'],
  ['downgrade', 'y@base', 'b y', '-y -b -a -x', ''],
  ['downgrade', 'x', 'b y', '-y', 'b'],
  ['redo', 'y@base', 'b', '-b -a -x +x +a +b', 'b'],
  ['stamp', 'x', 'b y', '~y ~b ~a', 'x'],
  ['stamp', 'b', '', '*x *a *b', 'b'],
  ['stamp', 'y@base', 'b y', '~y ~b ~a ~x', ''],
]);

// a ─ b ─ b2        the label stands on the fork itself, below it, or on a branch
//   ╲ c ─ c2
plans('plans: label on either side of a fork', 'r(low); a(at)<r; b(left)<a; b2<b; c<a; c2(tip)<c', [
  ['upgrade', 'left@head', '', '+r +a +b +b2', 'b2'],
  ['upgrade', 'tip@head', '', '+r +a +c +c2', 'c2'],
  ['upgrade', 'low@head', '', 'several-heads: `low@head` is ambiguous: there are 2 heads: b2 c2'],
  ['upgrade', 'at@heads', '', '+r +a +b +b2 +c +c2', 'b2 c2'],
  ['upgrade', 'left@a', '', '+r +a', 'a'],
  ['downgrade', 'left@a', 'b2 c2', '-b2 -b', 'c2'],
  ['downgrade', 'tip@a', 'b2 c2', '-c2 -c', 'b2'],
  ['downgrade', 'tip@r', 'b2 c2', '-c2 -c -b2 -b -a', 'r'],
  ['downgrade', 'tip@base', 'b2 c2', '-c2 -c -b2 -b -a -r', ''],
  ['downgrade', 'left@b', 'b2 c2', '-b2', 'b c2'],
  [
    'downgrade',
    'at@a',
    'b2 c2',
    'ambiguous-revision: a does not say which branch above a is meant: b c',
  ],
  [
    'downgrade',
    'low@a',
    'b2 c2',
    'ambiguous-revision: r does not say which branch above a is meant: b c',
  ],
  ['downgrade', 'left@c', 'b2 c2', 'unknown-revision: c is not on the line of b'],
  ['downgrade', 'tip@-2', 'c2 b2', '-c2 -c', 'b2'],
  ['downgrade', 'at@-2', 'c2 b2', '-b2 -b', 'c2'],
]);

suite('a plan', (test) => {
  const graph = graphOf(revisionsOf('a; b<a; c<a; m<b,c'));
  const graphs = { files: graph, union: graph };

  test('tells the state before and after', () => {
    const plan = planFor(graph, stateOf(graph, ['b']), 'upgrade', 'c');
    assert.equal(plan, {
      steps: [{ direction: 'up', revision: 'c' }],
      stateBefore: new Set(['a', 'b']),
      stateAfter: new Set(['a', 'b', 'c']),
      before: ['b'],
      after: ['b', 'c'],
      dragged: [],
    });
  });

  test('leaves the state that it was made from alone', () => {
    const state = stateOf(graph, ['m']);
    planFor(graph, state, 'downgrade', 'base');
    planFor(graph, state, 'stamp --purge', 'a');
    assert.equal(state, stateOf(graph, ['m']));
  });

  test('of several targets of a downgrade is refused', () => {
    const error = errorFrom(() =>
      planDowngrade(
        graph,
        stateOf(graph, ['m']),
        resolveTarget(graph, 'current', { current: ['b', 'c'] }),
      ),
    );
    assert.is(error.message, 'A downgrade has one target, not 2: b c');
    assert.is(error.exit, 2);
  });

  test('to what is not applied names the revision', () => {
    const error = errorFrom(() => planFor(graph, stateOf(graph, ['b']), 'downgrade', 'c'));
    assert.is(error.revision, 'c');
    assert.is(error.exit, 2);
    assert.is(
      error.hint,
      '`mig current` shows where the database is; `mig history` what is below it.',
    );
  });

  test('with a label of no branch says how to name one', () => {
    const error = errorFrom(() => planFor(graph, stateOf(graph, ['m']), 'downgrade', 'a@a'));
    assert.is(error.hint, 'Say `b@a` for one of them, or `a` for all.');
  });

  test('of no targets at all stamps nothing', () => {
    const state = stateOf(graph, ['b']);
    assert.equal(outcomeOf(planStamp(graphs, state, [])), { steps: '', heads: 'b' });
  });

  test('in an empty folder is empty', () => {
    const empty = graphOf([]);
    const nothing = { steps: '', heads: '' };
    for (const target of ['head', 'heads', 'base']) {
      assert.equal(outcomeOf(planFor(empty, stateOf(empty, []), 'upgrade', target)), nothing);
      assert.equal(outcomeOf(planFor(empty, stateOf(empty, []), 'downgrade', target)), nothing);
      assert.equal(outcomeOf(planFor(empty, stateOf(empty, []), 'stamp', target)), nothing);
    }
  });
});

suite('-N', (test) => {
  const graph = graphOf(revisionsOf('a; b<a; c<a; m<b,c; d<c'));

  test('names what it drags along in a line', () => {
    const fork = graphOf(revisionsOf('r; a<r; b<a; c<r +a; d<c'));
    const dragged = (start: string, target: string): readonly string[] =>
      planFor(fork, stateOf(fork, words(start)), 'downgrade', target).dragged;
    assert.equal(dragged('b d', 'b@-2'), ['d', 'c']);
    assert.equal(dragged('d b', 'b@-1'), []);
    assert.equal(dragged('b d', 'd@-2'), []);
  });

  test('redo drags the same, and applies it again', () => {
    const fork = graphOf(revisionsOf('r; a<r; b<a; c<r +a; d<c'));
    const plan = planFor(fork, stateOf(fork, ['b', 'd']), 'redo', 'b@-2');
    assert.equal(outcomeOf(plan), { steps: '-d -c -b -a +a +b +c +d', heads: 'b d' });
    assert.equal(plan.dragged, ['d', 'c']);
  });

  test('goes by the order of the ledger, not of the graph', () => {
    const steps = (start: string) =>
      outcomeOf(planFor(graph, stateOf(graph, words(start)), 'downgrade', '-2')).steps;
    assert.is(steps('b c d m'), '-m -d');
    assert.is(steps('c d b'), '-d -b');
    assert.is(steps('c b d'), '-d -b');
    assert.is(steps('b c d'), '-d -c');
  });

  test('takes along what needs one of the counted, where the ledger has it earlier', () => {
    // A repair gave b, applied first, the parent c, applied later.
    const repaired = graphOf(revisionsOf('a; c<a; b<c'));
    const state = { applied: new Set(words('a b c')), newestFirst: words('c b a') };
    const plan = planDowngrade(repaired, state, resolveTarget(repaired, '-1'));
    assert.equal(outcomeOf(plan), { steps: '-b -c', heads: 'a' });
    assert.equal(plan.dragged, ['b']);
  });
});

/**
 * Files and ledger that differ: heads and the targets of `upgrade` and `stamp` come from the
 * files, what an applied revision needs comes from the ledger.
 */
suite('plans over the union', (test) => {
  function both(files: string, union: string, start: string) {
    const graphs = { files: graphOf(revisionsOf(files)), union: graphOf(revisionsOf(union)) };
    return { graphs, state: stateOf(graphs.union, words(start)) };
  }

  test('upgrade leaves what only the database has, and counts it among the heads', () => {
    const { graphs, state } = both('a; b<a', 'a; b<a; gone<a', 'gone');
    const plan = planUpgrade(graphs, state, resolveTarget(graphs.files, 'head'));
    assert.equal(outcomeOf(plan), { steps: '+b', heads: 'b gone' });
    assert.equal(plan.before, ['gone']);
  });

  test('downgrade takes along what only the database has', () => {
    const { graphs, state } = both('a; b<a', 'a; b<a; gone<b', 'gone');
    const plan = planDowngrade(graphs.union, state, resolveTarget(graphs.union, 'a'));
    assert.equal(outcomeOf(plan), { steps: '-gone -b', heads: 'a' });
  });

  test('upgrade applies what was inserted below an applied one', () => {
    const { graphs, state } = both('a; new<a; b<new', 'a; new<a; b<a', 'b');
    const plan = planUpgrade(graphs, state, resolveTarget(graphs.files, 'head'));
    assert.equal(outcomeOf(plan), { steps: '+new', heads: 'b new' });
  });

  test('stamp unstamps what descends from the target by the ledger', () => {
    const { graphs, state } = both('a; b<a', 'a; b<a; gone<b', 'gone');
    const plan = planStamp(graphs, state, [resolveTarget(graphs.files, 'a')]);
    assert.equal(outcomeOf(plan), { steps: '~gone ~b', heads: 'a' });
  });

  test('stamp --purge empties what only the database has', () => {
    const { graphs, state } = both('a; b<a', 'a; b<a; gone<b', 'gone');
    const plan = planStamp(graphs, state, [resolveTarget(graphs.files, 'a')], { purge: true });
    assert.equal(outcomeOf(plan), { steps: '~gone ~b ~a *a', heads: 'a' });
  });

  test('stamp on another branch leaves it', () => {
    const { graphs, state } = both('a; b<a', 'a; b<a; gone<a', 'gone');
    const plan = planStamp(graphs, state, [resolveTarget(graphs.files, 'b')]);
    assert.equal(outcomeOf(plan), { steps: '*b', heads: 'b gone' });
  });
});

suite('sync', (test) => {
  const table: readonly (readonly [
    what: string,
    files: string,
    union: string,
    start: string,
    unwanted: string,
    steps: string,
    heads: string,
  ])[] = [
    ['nothing to do', 'a; b<a', 'a; b<a', 'b', '', '', 'b'],
    ['what is pending is applied', 'a; b<a; c<b', 'a; b<a; c<b', 'a', '', '+b +c', 'c'],
    ['what is gone is reverted', 'a; b<a', 'a; b<a; gone<b', 'gone', 'gone', '-gone', 'b'],
    ['another branch', 'a; b<a', 'a; b<a; gone<a', 'gone', 'gone', '-gone +b', 'b'],
    ['what was edited comes again', 'a; b<a', 'a; b<a', 'b', 'b', '-b +b', 'b'],
    ['with all above it', 'a; b<a; c<b', 'a; b<a; c<b', 'c', 'b', '-c -b +b +c', 'c'],
    ['what depends on it, too', 'a; b<a; c<a +b', 'a; b<a; c<a +b', 'c', 'b', '-c -b +b +c', 'c'],
    ['a branch beside it stays', 'a; b<a; c<a', 'a; b<a; c<a', 'b c', 'b', '-b +b', 'b c'],
    ['what is unwanted and not applied', 'a; b<a', 'a; b<a', 'a', 'b', '+b', 'b'],
    ['no files any more', '', 'a; b<a', 'b', 'a b', '-b -a', ''],
  ];
  for (const [what, files, union, start, unwanted, steps, heads] of table) {
    test(what, () => {
      const graphs = { files: graphOf(revisionsOf(files)), union: graphOf(revisionsOf(union)) };
      const plan = planSync(graphs, stateOf(graphs.union, words(start)), words(unwanted));
      assert.equal(outcomeOf(plan), { steps, heads });
    });
  }
});

suite('plans of 100,000 revisions', (test) => {
  test('in a chain', () => {
    const size = 100_000;
    const { graph, problems } = buildGraph(
      Array.from({ length: size }, (_, n) => ({
        id: `r${n}`,
        parents: n === 0 ? [] : [`r${n - 1}`],
        depends: [],
        labels: [],
        created: null,
      })),
    );
    assert.equal(problems, []);
    const last = `r${size - 1}`;
    const lengths = (plan: Plan) => [plan.steps.length, plan.after] as const;
    const up = planFor(graph, stateOf(graph, []), 'upgrade', 'head');
    assert.equal(lengths(up), [size, [last]]);
    const all = { applied: up.stateAfter, newestFirst: graph.order.toReversed() };
    assert.equal(lengths(planFor(graph, all, 'downgrade', 'r0')), [size - 1, ['r0']]);
    assert.equal(lengths(planFor(graph, all, 'redo', '-50000')), [size, [last]]);
    assert.equal(lengths(planFor(graph, all, 'stamp', 'head-99999')), [size - 1, ['r0']]);
    assert.equal(lengths(planFor(graph, all, 'downgrade', `${last}@base+2`)), [size - 2, ['r1']]);
  });
});
