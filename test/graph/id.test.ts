import * as assert from 'uvu/assert';
import { sha256 } from '../../lib/files/hash.ts';
import {
  compareIds,
  createdAt,
  idFault,
  isReserved,
  labelFault,
  mergeId,
  randomId,
  slugOf,
  timestampId,
} from '../../lib/graph/id.ts';
import { suite } from '../support/suite.ts';

suite('slugOf', (test) => {
  const table: readonly (readonly [message: string, slug: string])[] = [
    ['Rename sql sources', 'rename_sql_sources'],
    ['  Tâches & états!  ', 'taches_etats'],
    ['日本', ''],
    ['日本 tasks', 'tasks'],
    ['', ''],
    ['--- !', ''],
    ['ﬁle № 1', 'file_no_1'],
    ['don’t', 'dont'],
    ["don't", 'don_t'],
    ['a_b__c', 'a_b_c'],
    ['a/b\\c:d', 'a_b_c_d'],
    ['merge 32c843eb8225, adfa6c905b9d', 'merge_32c843eb8225_adfa6c905b9d'],
    ['a'.repeat(50), 'a'.repeat(40)],
    [`${'a'.repeat(39)} bcd`, 'a'.repeat(39)],
    [`${'a'.repeat(38)} b c`, `${'a'.repeat(38)}_b`],
    [`a ${'b'.repeat(50)}`, 'a'],
  ];
  for (const [message, slug] of table) {
    test(`“${message}” → “${slug}”`, () => assert.is(slugOf(message), slug));
  }
});

suite('mergeId', (test) => {
  test('is the id of the format document, whatever the order', () => {
    assert.is(mergeId(['adfa6c905b9d', '32c843eb8225'], sha256), '8daafc64754e');
    assert.is(mergeId(['32c843eb8225', 'adfa6c905b9d'], sha256), '8daafc64754e');
  });

  test('sorts by byte, and leaves its argument alone', () => {
    const parents = ['b', 'a', 'B', '1'];
    assert.is(
      mergeId(parents, (text) => text),
      'merge:1,B,a,b'.slice(0, 12),
    );
    assert.equal(parents, ['b', 'a', 'B', '1']);
  });
});

suite('idFault', (test) => {
  const rule = 'an id is 1 to 64 letters and digits (A-Z a-z 0-9)';
  const table: readonly (readonly [text: string, fault: string | null])[] = [
    ['a261d8461fde', null],
    ['0001', null],
    ['12e34', null],
    ['Z', null],
    ['a'.repeat(64), null],
    ['a'.repeat(65), rule],
    ['', rule],
    ['a_b', rule],
    ['a-b', rule],
    ['é', rule],
    ['a\n', rule],
    ['head', '`head` is a reserved word'],
    ['Heads', '`Heads` is a reserved word'],
    ['BASE', '`BASE` is a reserved word'],
    ['current', '`current` is a reserved word'],
    ['heading', null],
  ];
  for (const [text, fault] of table) {
    test(JSON.stringify(text), () => assert.is(idFault(text), fault));
  }
});

suite('labelFault', (test) => {
  const rule = 'a label is a letter, then letters, digits and `_`';
  const table: readonly (readonly [text: string, fault: string | null])[] = [
    ['billing', null],
    ['V2_x', null],
    ['a', null],
    ['2nd', rule],
    ['_x', rule],
    ['a-b', rule],
    ['a\n', rule],
    ['', rule],
    ['head', '`head` is a reserved word'],
    ['Base', '`Base` is a reserved word'],
  ];
  for (const [text, fault] of table) {
    test(JSON.stringify(text), () => assert.is(labelFault(text), fault));
  }
});

suite('isReserved', (test) => {
  test('knows four words, in any case', () => {
    for (const word of ['head', 'HEADS', 'bAse', 'Current']) assert.is(isReserved(word), true);
    for (const word of ['', 'hea', 'headss', 'bases']) assert.is(isReserved(word), false);
  });
});

suite('compareIds', (test) => {
  test('goes by byte: digits, capitals, small letters; a beginning comes first', () => {
    const sorted = ['1', '10', '9', 'A', 'Z', 'a', 'aa', 'b'];
    assert.equal([...sorted].reverse().sort(compareIds), sorted);
    assert.is(compareIds('a', 'a'), 0);
  });
});

suite('new ids', (test) => {
  test('are 12 hex digits of six random bytes', () => {
    assert.is(randomId(new Uint8Array([0, 1, 15, 16, 255, 160])), '00010f10ffa0');
    assert.is(randomId(new Uint8Array(16).fill(7)), '070707070707');
  });

  test('or the time, in UTC', () => {
    const now = new Date('2026-11-22T15:06:07.999Z');
    assert.is(timestampId(now), '20261122150607');
    assert.is(createdAt(now), '2026-11-22T15:06:07Z');
  });
});
