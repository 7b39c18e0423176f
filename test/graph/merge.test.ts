import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { chooseHeads, chooseNamed, type MergeChoice } from '../../lib/graph/merge.ts';
import { graphOf, revisionsOf, words } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

/** `a b` is a merge of both, `a b, not c` one that leaves a head, `= m` one that is there. */
function told(choose: () => MergeChoice): string {
  try {
    const choice = choose();
    if (choice.kind === 'nothing') return choice.why;
    const parents = choice.parents.join(' ');
    if (choice.kind === 'exists') return `${parents} = ${choice.revision}`;
    return choice.left.length === 0 ? parents : `${parents}, not ${choice.left.join(' ')}`;
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const APART = 'share no history, or one depends on another: name them to join them all the same.';

suite('a merge of all heads', (test) => {
  const table: readonly (readonly [name: string, shape: string, expected: string])[] = [
    ['no revisions', '', 'There are no revisions yet.'],
    ['one head', 'a; b<a', 'There is one head: b'],
    ['a fork', 'm; b<m; a<m', 'a b'],
    ['three branches', 'm; c<m; a<m; b<m', 'a b c'],
    ['a fork beside a base of its own', 'a; b<a; c<a; x; y<x', 'b c, not y'],
    ['bases alone', 'a; x', `The 2 heads (a x) ${APART}`],
    [
      'two forks',
      'a; b<a; c<a; x; y<x; z<x',
      'several-heads: The heads form 2 groups without a common history: b c and y z',
    ],
    ['a head that joins two bases, and one of each', 'r; s; a<r; m<r,s; z<s', 'a m z'],
    ['a head that joins two bases, and one of the second', 'r; s; m<r,s; z<s', 'm z'],
    ['three bases, joined by two heads', 'r; s; t; m<r,s; n<s,t', 'm n'],
    ['two groups that a third head joins', 'r; s; a<r; z<s; m<r,s; x; y<x', 'a m z, not y'],
    ['one head depends on another', 'm; a<m; b<m +a', `The 2 heads (a b) ${APART}`],
    ['one head depends on another, two are free', 'm; a<m; b<m +a; c<m; d<m', 'c d, not a b'],
    ['one head depends on part of another', 'm; a1<m; a2<a1; b<m +a1', 'a2 b'],
    ['a dependency is no common history', 'r; s; a<r +s; b<s', `The 2 heads (a b) ${APART}`],
    ['a merge was made, and both went on', 'm; a<m; b<m; n<a,b; o<n; p<n', 'o p'],
  ];
  for (const [name, shape, expected] of table) {
    test(name, () =>
      assert.is(
        told(() => chooseHeads(graphOf(revisionsOf(shape)))),
        expected,
      ),
    );
  }
});

suite('a merge of named heads', (test) => {
  const table: readonly (readonly [
    name: string,
    shape: string,
    named: string,
    expected: string,
  ])[] = [
    ['both, in any order', 'm; a<m; b<m', 'b a', 'a b'],
    ['two of three', 'm; a<m; b<m; c<m', 'a c', 'a c'],
    ['without a common history', 'a; x', 'x a', 'a x'],
    ['one that depends on another', 'm; a<m; b<m +a', 'a b', 'a b'],
    ['none', 'm; a<m; b<m', '', 'usage: A merge joins two revisions or more.'],
    ['one', 'm; a<m; b<m', 'a', 'usage: A merge joins two revisions or more, not a alone.'],
    [
      'the same twice',
      'm; a<m; b<m',
      'a a',
      'usage: A merge joins two revisions or more, not a alone.',
    ],
    ['an ancestor', 'm; a<m; b<m', 'm a', 'not-a-head: m comes before a already.'],
    ['no head', 'm; a1<m; a2<a1; b<m', 'a1 b', 'not-a-head: a1 is no head: a2 follows it.'],
    ['a branch point', 'm; a<m; b<m; x', 'm x', 'not-a-head: m is no head: a b follow it.'],
    ['a merge that is there', 'm; a<m; b<m; n<b,a', 'b a', 'a b = n'],
    [
      'a merge of more than these',
      'm; a<m; b<m; c<m; n<a,b,c',
      'a b',
      'not-a-head: a is no head: n follows it.',
    ],
  ];
  for (const [name, shape, named, expected] of table) {
    test(name, () =>
      assert.is(
        told(() => chooseNamed(graphOf(revisionsOf(shape)), words(named))),
        expected,
      ),
    );
  }
});
