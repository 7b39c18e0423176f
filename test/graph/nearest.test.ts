import * as assert from 'uvu/assert';
import { didYouMean, nearest } from '../../lib/graph/nearest.ts';
import { suite } from '../support/suite.ts';

suite('nearest', (test) => {
  const keys = ['parents', 'message', 'created', 'depends', 'labels', 'transaction'];
  const table: readonly (readonly [word: string, best: string | undefined])[] = [
    ['parents', 'parents'],
    ['parent', 'parents'],
    ['parnets', 'parents'],
    ['paretns', 'parents'],
    ['Parents', 'parents'],
    ['mesage', 'message'],
    ['messsage', 'message'],
    ['lables', 'labels'],
    ['trans', 'transaction'],
    ['tra', 'transaction'],
    ['tr', undefined],
    ['creator', 'created'],
    ['zzz', undefined],
    ['', undefined],
    ['transactionparents', undefined],
  ];
  for (const [word, best] of table) {
    test(`“${word}” → ${best}`, () => assert.is(nearest(word, keys)[0], best));
  }

  test('gives the best first, ties by name, at most so many', () => {
    const ids = ['abce', 'abcd', 'abxx', 'abcdef', 'zzzz', 'bacd'];
    assert.equal(nearest('abcd', ids, 9), ['abcd', 'abcdef', 'abce', 'bacd']);
    assert.equal(nearest('abcd', ids, 2), ['abcd', 'abcdef']);
    assert.equal(nearest('abcd', ids), ['abcd']);
    assert.equal(nearest('abcd', [], 3), []);
  });

  test('counts a swap of neighbours once', () => {
    assert.equal(nearest('ab', ['ba']), ['ba']);
    assert.equal(nearest('abc', ['cba']), []);
  });

  test('takes nothing of which no letter is left', () => assert.equal(nearest('a', ['b']), []));

  test('does not depend on the order of the candidates', () => {
    const ids = ['abca', 'abcb', 'abcc', 'abcd'];
    assert.equal(nearest('abcx', ids, 4), ids);
    assert.equal(nearest('abcx', ids.toReversed(), 4), ids);
  });

  test('words too long to compare are compared by their beginning alone', () => {
    const long = 'a'.repeat(65);
    assert.equal(nearest(long, [`${long}b`, `b${long}`], 3), [`${long}b`]);
  });
});

suite('didYouMean', (test) => {
  test('asks for the nearest', () =>
    assert.is(didYouMean('hed', ['head', 'heads', 'base']), 'Did you mean `head`?'));
  test('says nothing when nothing is near', () =>
    assert.is(didYouMean('hed', ['base']), undefined));
});
