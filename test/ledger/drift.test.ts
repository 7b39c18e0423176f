import * as assert from 'uvu/assert';
import { buildGraph } from '../../lib/graph/graph.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { type Drift, downEditedOf, driftOf } from '../../lib/ledger/drift.ts';
import { foldLedger } from '../../lib/ledger/fold.ts';
import type { LogRow } from '../../lib/ledger/row.ts';
import { factsOf, rowOf } from '../support/ledger.ts';
import { suite } from '../support/suite.ts';

/** `a: b c | d` is the revision a with the parents b and c, and a dependency on d. */
function nodeOf(text: string): GraphNode {
  const [id = '', edges = ''] = text.split(':');
  const [parents = '', depends = ''] = edges.split('|');
  const words = (list: string) => list.split(' ').filter((word) => word !== '');
  return { id, parents: words(parents), depends: words(depends), labels: [], created: null };
}

/** `a: b | c` as a row `up`; with `!` behind the id its up file was another, with `?` its down. */
function rowsOf(applied: readonly string[]): readonly LogRow[] {
  const ups = applied.map((text, index) => {
    const { id: marked, parents, depends } = nodeOf(text);
    const id = marked.replace(/[!?]/g, '');
    return rowOf(index + 1, 'up', {
      ...factsOf(id, { parents, depends }),
      ...(marked.includes('!') ? { checksum: 'another' } : {}),
      ...(marked.includes('?') ? { downChecksum: 'another' } : {}),
    });
  });
  return [rowOf(0, 'init'), ...ups];
}

function drift(
  files: readonly string[],
  rows: readonly LogRow[],
): Drift & { readonly downEdited: readonly string[] } {
  const nodes = files.map(nodeOf);
  const ledger = foldLedger(rows);
  const here = new Set(nodes.map(({ id }) => id));
  const stored = [...ledger.applied.values()]
    .filter(({ revision }) => !here.has(revision))
    .map(({ revision: id, parents, depends }) => ({ ...nodeOf(id), parents, depends }));
  const union = buildGraph([...nodes, ...stored]).graph;
  const found = driftOf(buildGraph(nodes).graph, union, ledger, (id) => factsOf(id).checksum);
  const downEdited = downEditedOf(union, ledger, found, (id) => factsOf(id).downChecksum);
  return { ...found, downEdited };
}

/** `edited: a; pending: b c`, what is empty left out. */
function inWords(found: Drift): string {
  return Object.entries(found)
    .filter(([, ids]) => (ids as readonly string[]).length > 0)
    .map(([kind, ids]) => `${kind}: ${(ids as readonly string[]).join(' ')}`)
    .sort()
    .join('; ');
}

suite('driftOf', (test) => {
  type Row = readonly [
    name: string,
    files: readonly string[],
    applied: readonly string[],
    found: string,
  ];
  const table: readonly Row[] = [
    ['nothing at all', [], [], ''],
    ['all applied as it is', ['a', 'b: a'], ['a', 'b: a'], ''],

    ['pending: nothing applied', ['a', 'b: a'], [], 'pending: a b'],
    ['pending: in the order of the graph', ['a: z', 'z', 'm: a'], ['z'], 'pending: a m'],

    ['edited', ['a', 'b: a'], ['a!', 'b: a'], 'edited: a'],
    ['edited: in the order of the graph', ['a: z', 'z'], ['z!', 'a!: z'], 'edited: z a'],

    ['down edited', ['a'], ['a?'], 'downEdited: a'],
    ['up and down edited: edited alone', ['a'], ['a!?'], 'edited: a'],

    ['reparented: another parent', ['a', 'b', 'c: b'], ['a', 'b', 'c: a'], 'reparented: c'],
    ['reparented: one more', ['a', 'b', 'c: a b'], ['a', 'b', 'c: a'], 'reparented: c'],
    ['reparented: one less', ['a', 'b', 'c: a'], ['a', 'b', 'c: a b'], 'reparented: c'],
    ['reparented: a base now', ['a', 'b'], ['a', 'b: a'], 'reparented: b'],
    ['parents in another order are the same', ['a', 'b', 'c: b a'], ['a', 'b', 'c: a b'], ''],
    [
      'edited and reparented at once',
      ['a', 'b', 'c: b'],
      ['a', 'b', 'c!: a'],
      'edited: c; reparented: c',
    ],
    [
      'reparented, its down edited',
      ['a', 'b', 'c: b'],
      ['a', 'b', 'c?: a'],
      'downEdited: c; reparented: c',
    ],

    ['an added depends on an earlier one is none', ['a', 'b', 'c: a | b'], ['a', 'b', 'c: a'], ''],
    [
      'an added depends on a later one is one',
      ['a', 'b', 'c: a | b'],
      ['a', 'c: a', 'b'],
      'reparented: c',
    ],
    [
      'an added depends on one that is not applied: that one is inserted too',
      ['a', 'b', 'c: a | b'],
      ['a', 'c: a'],
      'inserted: b; pending: b; reparented: c',
    ],
    ['a depends taken away', ['a', 'b', 'c: a'], ['a', 'b', 'c: a | b'], 'reparented: c'],
    [
      'a depends exchanged for an earlier one',
      ['a', 'b', 'd', 'c: a | d'],
      ['a', 'b', 'd', 'c: a | b'],
      'reparented: c',
    ],
    [
      'a depends that was there is none, however late',
      ['a', 'b', 'c: a | b'],
      ['a', 'c: a | b', 'b'],
      '',
    ],
    [
      'a dependency that became a parent',
      ['a', 'b', 'c: a b'],
      ['a', 'b', 'c: a | b'],
      'reparented: c',
    ],

    ['missing: no such file', ['a'], ['a', 'b: a'], 'missing: b'],
    ['missing: in the order of the graph', [], ['z', 'a: z'], 'missing: z a'],
    ['missing is never edited', [], ['a!?'], 'missing: a'],
    ['missing and pending: another branch', ['a', 'c: a'], ['a', 'b: a'], 'missing: b; pending: c'],

    ['inserted: a child is applied', ['a', 'b: a'], ['b: a'], 'inserted: a; pending: a'],
    [
      'inserted: a grandchild is, with one pending between',
      ['a', 'b: a', 'c: b'],
      ['c: b'],
      'inserted: a b; pending: a b',
    ],
    [
      'inserted: below an applied one, but not what is above',
      ['a', 'b: a', 'c: b', 'd: c'],
      ['a', 'c: b'],
      'inserted: b; pending: b d',
    ],
    [
      'inserted: a dependency counts as much',
      ['a', 'b', 'c: a | b'],
      ['a', 'c: a | b'],
      'inserted: b; pending: b',
    ],
    ['a side branch is not inserted', ['a', 'b: a', 'c: a'], ['a', 'b: a'], 'pending: c'],
  ];
  for (const [name, files, applied, found] of table) {
    test(name, () => assert.is(inWords(drift(files, rowsOf(applied))), found));
  }

  test('a repair settles what was edited and reparented', () => {
    const rows = rowsOf(['a', 'b', 'c!: a']);
    const files = ['a', 'b', 'c: b'];
    assert.is(inWords(drift(files, rows)), 'edited: c; reparented: c');
    const repaired = rowOf(4, 'repair', factsOf('c', { parents: ['b'] }));
    assert.is(inWords(drift(files, [...rows, repaired])), '');
  });
  test('a repair keeps the place: a later dependency is later still', () => {
    const rows = [
      ...rowsOf(['a', 'c: a', 'b']),
      rowOf(4, 'repair', factsOf('c', { parents: ['a'] })),
    ];
    assert.is(inWords(drift(['a', 'b', 'c: a | b'], rows)), 'reparented: c');
  });
  test('what was reverted is pending', () => {
    const rows = [...rowsOf(['a', 'b: a']), rowOf(3, 'down', { revision: 'b' })];
    assert.is(inWords(drift(['a', 'b: a'], rows)), 'pending: b');
  });
  test('an irreversible revision that got a down file: the down is edited', () => {
    const rows = [rowOf(0, 'init'), rowOf(1, 'up', factsOf('a', { downChecksum: null }))];
    assert.is(inWords(drift(['a'], rows)), 'downEdited: a');
  });
  test('checksums are asked only of revisions that are applied and here', () => {
    const asked: string[] = [];
    const graph = buildGraph(['a', 'b: a', 'c: b'].map(nodeOf)).graph;
    driftOf(graph, graph, foldLedger(rowsOf(['a', 'b: a', 'gone'])), (id) => {
      asked.push(id);
      return factsOf(id).checksum;
    });
    assert.equal(asked.sort(), ['a', 'b']);
  });
  test('a long chain with its first revision pending is one pass', () => {
    const ids = Array.from({ length: 5000 }, (_, n) => `r${String(n).padStart(5, '0')}`);
    const files = ids.map((id, n) => (n === 0 ? id : `${id}: ${ids[n - 1]}`));
    const found = drift(files, rowsOf(files.slice(1)));
    assert.equal(found.inserted, [ids[0]]);
    assert.equal(found.pending, [ids[0]]);
  });
});
