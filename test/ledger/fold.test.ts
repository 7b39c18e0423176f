import * as assert from 'uvu/assert';
import { EMPTY_LEDGER, foldLedger } from '../../lib/ledger/fold.ts';
import type { LogRow } from '../../lib/ledger/row.ts';
import { factsOf, logOf, rowOf } from '../support/ledger.ts';
import { suite } from '../support/suite.ts';

/** `id:seq` of what is applied, in the order of application. */
function applied(...entries: readonly string[]): string {
  const ledger = foldLedger(logOf(...entries));
  return [...ledger.applied.values()].map(({ revision, seq }) => `${revision}:${seq}`).join(' ');
}

suite('foldLedger: the state', (test) => {
  const table: readonly (readonly [entries: readonly string[], state: string])[] = [
    [[], ''],
    [['up a'], 'a:1'],
    [['up a', 'up b'], 'a:1 b:2'],
    [['stamp a', 'up b'], 'a:1 b:2'],
    [['up a', 'down a'], ''],
    [['up a', 'unstamp a'], ''],
    [['stamp a', 'down a'], ''],
    [['stamp a', 'unstamp a'], ''],
    [['up a', 'up b', 'down a'], 'b:2'],
    [['up a', 'up b', 'down a', 'up a'], 'b:2 a:4'],
    [['up a', 'down a', 'up a'], 'a:3'],
    [['up a', 'up b', 'repair a'], 'a:1 b:2'],
    [['up a', 'repair a', 'down a'], ''],
    [['up a', 'repair a', 'down a', 'up a'], 'a:4'],
    // What is not applied has nothing to repair, and nothing to take away.
    [['repair a'], ''],
    [['up a', 'down a', 'repair a'], ''],
    [['down a', 'unstamp b', 'up a'], 'a:3'],
    // Applied once more (a revision is marked as applied that is): the last place counts.
    [['up a', 'up b', 'stamp a'], 'b:2 a:3'],
  ];
  for (const [entries, state] of table) {
    test(`${entries.join(', ') || 'nothing'} → ${state || 'nothing'}`, () =>
      assert.is(applied(...entries), state));
  }
});

suite('foldLedger: what is known of it', (test) => {
  test('no rows are the empty ledger', () => {
    assert.equal(foldLedger([]), EMPTY_LEDGER);
    assert.is(EMPTY_LEDGER.last, null);
  });
  test('the last number is that of the last row, whatever it is', () => {
    assert.is(foldLedger(logOf()).last, 0);
    assert.is(foldLedger(logOf('up a', 'down a')).last, 2);
  });
  test('an applied revision has all that its row has', () => {
    const values = { parents: ['x', 'y'], depends: ['z'], downPath: null, downChecksum: null };
    const row = rowOf(7, 'up', { ...factsOf('a', values), run: 'r', at: 'now', by: 'me@here' });
    const found = foldLedger([row]).applied.get('a')!;
    for (const [key, value] of Object.entries({
      ...factsOf('a', values),
      seq: 7,
      filesSeq: 7,
      run: 'r',
      at: 'now',
      by: 'me@here',
    })) {
      assert.equal(found[key as keyof typeof found], value, key);
    }
  });
  test('a repair brings everything but the place', () => {
    const facts = factsOf('a', { parents: ['n'], checksum: 'new', path: 'new/a.up.sql' });
    const rows = [...logOf('up a', 'up b'), rowOf(3, 'repair', { ...facts, by: 'bob@host' })];
    const found = foldLedger(rows).applied.get('a')!;
    assert.equal(
      [found.seq, found.filesSeq, found.checksum, found.path, found.parents, found.by],
      [1, 3, 'new', 'new/a.up.sql', ['n'], 'bob@host'],
    );
  });
  test('the last of two repairs counts', () => {
    const found = foldLedger(logOf('up a', 'repair a', 'repair a')).applied.get('a')!;
    assert.equal([found.seq, found.filesSeq], [1, 3]);
  });
  test('order is by number, never by time', () => {
    const rows = [
      rowOf(0, 'init'),
      rowOf(1, 'up', { ...factsOf('a'), at: '2026-12-31T00:00:00.000Z' }),
      rowOf(2, 'up', { ...factsOf('b'), at: '2001-01-01T00:00:00.000Z' }),
    ];
    assert.equal([...foldLedger(rows).applied.keys()], ['a', 'b']);
  });
  test('rows without a revision change nothing', () =>
    assert.is(foldLedger([...logOf('up a'), rowOf(2, 'settle')]).applied.size, 1));
  test('the rows themselves stay as they are', () => {
    const rows = logOf('up a', 'repair a', 'down a');
    const copy = structuredClone(rows);
    foldLedger(rows);
    assert.equal(rows, copy);
  });
});

suite('foldLedger: what was interrupted', (test) => {
  const work = { revision: 'a', direction: 'up', checksum: 'sum' } as const;
  const begin = rowOf(1, 'begin', { ...work, by: 'bob@host', at: 'then' });
  const step = (seq: number, index: number) => rowOf(seq, 'step', { ...work, step: index });
  const found = (...rows: readonly LogRow[]) =>
    [...foldLedger([rowOf(0, 'init'), ...rows]).interrupted.values()].map(
      ({ revision, direction, checksum, done, by, at }) =>
        [revision, direction, checksum, done, by, at].join(' '),
    );

  test('nothing, as a rule', () => assert.equal(found(rowOf(1, 'up', factsOf('a'))), []));
  test('what began and did not end', () =>
    assert.equal(found(begin), ['a up sum 0 bob@host then']));
  test('how far it came', () =>
    assert.equal(found(begin, step(2, 0), step(3, 1)), ['a up sum 2 bob@host then']));
  test('the way down too', () =>
    assert.equal(found({ ...begin, direction: 'down' }), ['a down sum 0 bob@host then']));
  for (const op of ['up', 'down'] as const) {
    test(`${op} closes it`, () => {
      const end = rowOf(3, op, op === 'up' ? factsOf('a') : { revision: 'a' });
      assert.equal(found(begin, step(2, 0), end), []);
    });
  }
  test('settle closes it', () =>
    assert.equal(found(begin, rowOf(2, 'settle', { revision: 'a' })), []));
  test('only its own', () =>
    assert.equal(found(begin, rowOf(2, 'up', factsOf('b'))), ['a up sum 0 bob@host then']));
  test('a second beginning counts from its own start', () =>
    assert.equal(found(begin, step(2, 0), { ...begin, seq: 3 }), ['a up sum 0 bob@host then']));
  test('it is not applied meanwhile, and what is being reverted still is', () => {
    assert.not(foldLedger([rowOf(0, 'init'), begin]).applied.has('a'));
    const down = rowOf(2, 'begin', { ...work, direction: 'down' });
    assert.ok(foldLedger([rowOf(0, 'init'), rowOf(1, 'up', factsOf('a')), down]).applied.has('a'));
  });
});

suite('foldLedger: in two parts', (test) => {
  const rows = [
    ...logOf('up a', 'up b', 'repair a', 'down b', 'stamp c'),
    rowOf(6, 'begin', { revision: 'd', direction: 'up', checksum: 'sum' }),
    rowOf(7, 'step', { revision: 'd', direction: 'up', checksum: 'sum', step: 0 }),
  ];
  for (const at of rows.keys()) {
    test(`cut before row ${at}, it is the same`, () =>
      assert.equal(foldLedger(rows.slice(at), foldLedger(rows.slice(0, at))), foldLedger(rows)));
  }
  test('with nothing new it is what it was', () => {
    const before = foldLedger(rows);
    assert.equal(foldLedger([], before), before);
  });
  test('the first part stays as it was', () => {
    const before = foldLedger(logOf('up a'));
    foldLedger([rowOf(2, 'down', { revision: 'a' })], before);
    assert.equal([...before.applied.keys()], ['a']);
  });
});
