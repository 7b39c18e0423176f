import * as assert from 'uvu/assert';
import { mergeId, slugOf } from '../../lib/graph/id.ts';
import { sha256 } from '../../lib/files/hash.ts';
import { suite } from '../support/suite.ts';

suite('slugOf', (test) => {
  const table: readonly (readonly [message: string, slug: string])[] = [
    ['Rename sql sources', 'rename_sql_sources'],
    ['  Tâches & états!  ', 'taches_etats'],
    ['日本', ''],
    ['日本 tasks', 'tasks'],
    ['', ''],
    ['merge 32c843eb8225, adfa6c905b9d', 'merge_32c843eb8225_adfa6c905b9d'],
    ['a'.repeat(50), 'a'.repeat(40)],
    [`${'a'.repeat(39)} bcd`, 'a'.repeat(39)],
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
});
