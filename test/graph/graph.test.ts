import * as assert from 'uvu/assert';
import type { Problem } from '../../lib/error.ts';
import {
  basesOf,
  buildGraph,
  headsOf,
  inOrder,
  lineage,
  lineOf,
  maximal,
  redundantParents,
  withAncestors,
  withDependents,
} from '../../lib/graph/graph.ts';
import { parseHeader, placesIn } from '../../lib/graph/header.ts';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { ancestors } from '../support/model.ts';
import { randomOf } from '../support/random.ts';
import { graphOf, revisionsOf, shapeOf, words } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

function problemsOf(shape: string): readonly Problem[] {
  return buildGraph(revisionsOf(shape)).problems;
}

function told(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, message }) => `${code}: ${message}`);
}

suite('the problems of a graph', (test) => {
  const table: readonly (readonly [what: string, shape: string, ...told: string[]])[] = [
    ['nothing', ''],
    ['one revision', 'a'],
    ['several bases', 'a; b; c<a,b'],
    ['a criss-cross', 'a; b<a; c<a; m<b,c; n<b,c'],
    ['a redundant parent', 'a; b<a; c<a,b'],
    ['a dependency on an ancestor', 'a; b<a; c<b +a'],
    ['a dependency on a parent', 'a; b<a +a'],
    ['a label that begins an id', 'aaaa; b(aa)<aaaa'],
    [
      'an unknown parent',
      'a; b<x',
      'unknown-parent: b has the parent x but there is no such revision.',
    ],
    [
      'an unknown dependency',
      'a; b<a +x',
      'unknown-dependency: b depends on x but there is no such revision.',
    ],
    [
      'several unknown ones, parents before dependencies, by id of who names them',
      'b<x,y +z; a<w',
      'unknown-parent: a has the parent w but there is no such revision.',
      'unknown-parent: b has the parent x but there is no such revision.',
      'unknown-parent: b has the parent y but there is no such revision.',
      'unknown-dependency: b depends on z but there is no such revision.',
    ],
    [
      'a duplicate id',
      'a; b<a; a',
      'duplicate-id: The id a is taken twice: by a.up.sql and by a.up.sql.',
    ],
    [
      'an id taken three times',
      'a; a; a',
      'duplicate-id: The id a is taken twice: by a.up.sql and by a.up.sql.',
      'duplicate-id: The id a is taken twice: by a.up.sql and by a.up.sql.',
    ],
    [
      'a label on two revisions',
      'a(l); b(l)<a',
      'duplicate-label: The label l stands on two revisions: a and b',
    ],
    [
      'a label that is an id',
      'a; b(a)<a',
      'duplicate-label: The label a of b is also the id of a revision.',
    ],
    [
      'a label that is its own id',
      'a(a)',
      'duplicate-label: The label a of a is also the id of a revision.',
    ],
    ['itself as parent', 'a<a', 'cycle: a names itself as its parent.'],
    ['itself as dependency', 'a +a', 'dependency-on-descendant: a depends on itself.'],
    ['a cycle of two', 'a<b; b<a', 'cycle: The revisions form a cycle: a → b → a'],
    [
      'a cycle of three, from its smallest id, whatever leads to it',
      'r; z<r,y; y<x; x<z; a<x; b<a',
      'cycle: The revisions form a cycle: x → z → y → x',
    ],
    [
      'two cycles',
      'a<b; b<a; c<d; d<c',
      'cycle: The revisions form a cycle: a → b → a',
      'cycle: The revisions form a cycle: c → d → c',
    ],
    [
      'a cycle above a cycle',
      'b<c; c<b; d<b,e; e<d',
      'cycle: The revisions form a cycle: b → c → b',
      'cycle: The revisions form a cycle: d → e → d',
    ],
    [
      'two cycles through one revision',
      'a<b; b<a,c; c<b',
      'cycle: The revisions form a cycle: a → b → a',
      'cycle: The revisions form a cycle: b → c → b',
    ],
    [
      'a cycle above an unknown parent',
      'a<x; b<a,c; c<b',
      'unknown-parent: a has the parent x but there is no such revision.',
      'cycle: The revisions form a cycle: b → c → b',
    ],
    [
      'an unknown parent below a diamond, which is no cycle',
      'a<b,c; b<r; c<r; r<x',
      'unknown-parent: r has the parent x but there is no such revision.',
    ],
    [
      'a dependency on a child',
      'a +b; b<a',
      'dependency-on-descendant: a depends on b, which itself needs a: a → b → a.',
    ],
    [
      'a dependency on a descendant',
      'r; b<r +d; c<b; d<c',
      'dependency-on-descendant: b depends on d, which itself needs b: b → d → c → b.',
    ],
    [
      'dependencies on two descendants',
      'a +b,c; b<a; c<a',
      'dependency-on-descendant: a depends on b, which itself needs a: a → b → a.',
      'dependency-on-descendant: a depends on c, which itself needs a: a → c → a.',
    ],
    [
      'a dependency on a descendant by two ways, once',
      'a +d; b<a; c<a; d<b,c',
      'dependency-on-descendant: a depends on d, which itself needs a: a → d → b → a.',
    ],
    [
      'branches that depend on each other',
      'r; a<r; b<a +d; c<r; d<c +b',
      'dependency-on-descendant: b depends on d, which itself needs b: b → d → b.',
    ],
    [
      'all of it at once',
      'a; a; b(a,l)<x; c(l)<a; d<e; e<d',
      'duplicate-id: The id a is taken twice: by a.up.sql and by a.up.sql.',
      'unknown-parent: b has the parent x but there is no such revision.',
      'duplicate-label: The label a of b is also the id of a revision.',
      'duplicate-label: The label l stands on two revisions: b and c',
      'cycle: The revisions form a cycle: d → e → d',
    ],
  ];
  for (const [what, shape, ...expected] of table) {
    test(what, () => {
      assert.equal(told(problemsOf(shape)), expected);
      const reversed = revisionsOf(shape).toReversed();
      assert.equal(told(buildGraph(reversed).problems), expected, 'whatever the order');
    });
  }

  test('a chain of 100,000 that ends in its beginning', () => {
    const { problems } = buildGraph(chain(100_000, { first: { parents: ['r99999'] } }));
    assert.is(problems.length, 1);
    assert.is(problems[0]!.code, 'cycle');
    assert.match(problems[0]!.message, /^The revisions form a cycle: r0 → r99999 → r99998 → /);
  });

  test('tell a cycle of every knot, and only cycles that are there', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const random = randomOf(seed);
      const ids = random.shuffle([...'abcdefg'].slice(0, 2 + random.int(6)));
      const some = () => [...new Set(ids.filter(() => random.chance(0.15)))];
      const revisions = ids.map((id) => ({
        id,
        parents: some(),
        depends: random.chance(0.3) ? some() : [],
        labels: [],
        created: null,
      }));
      const told = `seed ${seed}: ${shapeOf(revisions)}`;
      const cycles = buildGraph(revisions).problems.map(cycleIn);
      for (const cycle of cycles) {
        for (const [index, id] of cycle.entries()) {
          const needed = cycle[(index + 1) % cycle.length]!;
          const { parents, depends } = revisions.find((each) => each.id === id)!;
          assert.ok([...parents, ...depends].includes(needed), `${told}: no ${id} → ${needed}`);
        }
      }
      const needs = (id: string) => {
        const { parents, depends } = revisions.find((each) => each.id === id)!;
        return ancestors(revisions, [...parents, ...depends]);
      };
      for (const id of ids.filter((each) => needs(each).has(each))) {
        const knot = new Set([...needs(id)].filter((each) => needs(each).has(id)));
        assert.ok(
          cycles.some((cycle) => knot.has(cycle[0]!)),
          `${told}: no cycle of ${[...knot]}`,
        );
      }
      assert.is(new Set(cycles.map(String)).size, cycles.length, told);
    }
  });

  test('name the file, the line, the column, and what to do', () => {
    const revisions = [
      fromFile('aaaa1', ['-- parents: base', '-- labels: one, two']),
      fromFile('bbbb2', ['-- message: x', '-- parents: aaaa1, aaaa2']),
      fromFile('cccc3', ['-- parents: aaaa1', '-- depends: aaaa1,  zzzzzzzz']),
      fromFile('dddd4', ['-- parents: cccc3', '-- labels:  x, two']),
      fromFile('eeee5', ['-- parents: aaaa1, ffff6']),
      fromFile('ffff6', ['-- parents: eeee5']),
      fromFile('gggg7', ['-- parents: aaaa1', '-- depends: cccc3, hhhh8']),
      fromFile('hhhh8', ['-- parents: gggg7']),
    ];
    const problems = buildGraph(revisions).problems.map(
      ({ code, file, line, column, revision, hint }) =>
        `${file}:${line}:${column} ${revision} ${code} → ${hint}`,
    );
    assert.equal(problems, [
      'bbbb2.up.sql:3:20 bbbb2 unknown-parent → Did you mean `aaaa1`?',
      'cccc3.up.sql:3:21 cccc3 unknown-dependency → Is the file on another git branch? Fetch it, or name a revision that is here.',
      'dddd4.up.sql:3:16 dddd4 duplicate-label → A label names one line: choose another for one of them.',
      'eeee5.up.sql:2:20 eeee5 cycle → Each is a parent of the one before it. Mend the `parents` of one of them.',
      'gggg7.up.sql:3:20 gggg7 dependency-on-descendant → A dependency leads to another branch, never back to what comes later: delete it.',
    ]);
  });

  test('of a duplicate id name both files', () => {
    const [one] = revisionsOf('a');
    const { problems } = buildGraph([one!, { ...one!, file: 'old/a_x.up.sql' }]);
    assert.equal(problems, [
      {
        code: 'duplicate-id',
        message: 'The id a is taken twice: by a.up.sql and by old/a_x.up.sql.',
        hint: 'Rename the pair that is not applied anywhere yet to a new id.',
        revision: 'a',
        file: 'old/a_x.up.sql',
      },
    ]);
  });

  test('offer up to three near ids', () => {
    const [problem] = problemsOf('abcd1; abcd2; abcd3; abcd4; b<abcd');
    assert.is(problem?.hint, 'Did you mean `abcd1` or `abcd2` or `abcd3`?');
  });
});

suite('a graph of no problems', (test) => {
  interface Shape {
    readonly shape: string;
    readonly order: string;
    readonly heads: string;
    readonly bases: string;
  }
  const shapes: Readonly<Record<string, Shape>> = {
    empty: { shape: '', order: '', heads: '', bases: '' },
    linear: { shape: 'c<b; b<a; a', order: 'a b c', heads: 'c', bases: 'a' },
    fork: { shape: 'a; b<a; c<a', order: 'a b c', heads: 'b c', bases: 'a' },
    diamond: { shape: 'a; b<a; c<a; m<b,c', order: 'a b c m', heads: 'm', bases: 'a' },
    'criss-cross': {
      shape: 'a; b<a; c<a; m<b,c; n<c,b',
      order: 'a b c m n',
      heads: 'm n',
      bases: 'a',
    },
    octopus: {
      shape: 'r; a<r; b<r; c<r; m<c,a,b',
      order: 'r a b c m',
      heads: 'm',
      bases: 'r',
    },
    'several bases that merge': {
      shape: 'a; x; y<x; m<a,y',
      order: 'a x y m',
      heads: 'm',
      bases: 'a x',
    },
    'a dependency across branches': {
      shape: 'a; b<a; c<a +b',
      order: 'a b c',
      heads: 'b c',
      bases: 'a',
    },
    'a dependency between bases': {
      shape: 'a +x; x; b<a',
      order: 'x a b',
      heads: 'x b',
      bases: 'x a',
    },
  };
  for (const [name, { shape, order, heads, bases }] of Object.entries(shapes)) {
    test(name, () => {
      const graph = graphOf(revisionsOf(shape));
      assert.equal(graph.order, words(order));
      assert.equal(headsOf(graph), words(heads));
      assert.equal(basesOf(graph), words(bases));
    });
  }

  const labelled = graphOf(revisionsOf('a(old); b<a; c(new,newer)<a +b; d<c; e<b +c,b'));
  test('knows its children by parents, its dependents by both, each once, in order', () => {
    assert.equal(Object.fromEntries(labelled.children), {
      a: ['b', 'c'],
      b: ['e'],
      c: ['d'],
    });
    assert.equal(Object.fromEntries(labelled.dependents), {
      a: ['b', 'c'],
      b: ['c', 'e'],
      c: ['d', 'e'],
    });
  });

  test('knows its labels', () =>
    assert.equal(Object.fromEntries(labelled.labels), { old: 'a', new: 'c', newer: 'c' }));

  test('has ancestors and dependents over both, lineage and line over parents', () => {
    assert.equal(sorted(withAncestors(labelled, ['e'])), words('a b c e'));
    assert.equal(sorted(withAncestors(labelled, ['b', 'd'])), words('a b c d'));
    assert.equal(sorted(withAncestors(labelled, [])), []);
    assert.equal(sorted(withDependents(labelled, ['b'])), words('b c d e'));
    assert.equal(sorted(lineage(labelled, 'e')), words('a b e'));
    assert.equal(sorted(lineOf(labelled, 'b')), words('a b e'));
    assert.equal(sorted(lineOf(labelled, 'c')), words('a c d'));
    assert.equal(sorted(lineOf(labelled, 'a')), words('a b c d e'));
  });

  test('gives the maximal of a set, in graph order: those that no member names', () => {
    const of = (ids: string) => maximal(labelled, new Set(words(ids)));
    assert.equal(of(''), []);
    assert.equal(of('c b a'), ['c']);
    assert.equal(of('a b'), ['b']);
    assert.equal(of('e d c b a'), ['d', 'e']);
    // Named directly: between a and d stands c, which is no member.
    assert.equal(of('a d'), ['a', 'd']);
    assert.equal(of('a unknown'), ['a']);
  });

  test('puts a set in order', () => {
    assert.equal(inOrder(labelled, new Set(words('c a unknown b'))), ['a', 'b', 'c']);
    assert.equal(inOrder(labelled, new Set()), []);
  });

  test('lists redundant parents, by parents alone', () => {
    const graph = graphOf(revisionsOf('a; b<a; c<b; m<a,c; n<b,c; o<c; p<o,m; q<a; s<q +c; t<s,c'));
    const redundant = (id: string) => redundantParents(graph, graph.nodes.get(id)!);
    assert.equal(redundant('m'), ['a']);
    assert.equal(redundant('n'), ['b']);
    assert.equal(redundant('o'), []);
    assert.equal(redundant('p'), []);
    assert.equal(redundant('t'), []);
  });
});

/** The ids of a cycle, each needing the next, from the message that tells it. */
function cycleIn({ message }: Problem): readonly string[] {
  const [drawn] = /\w( → \w)+/.exec(message) ?? [];
  return drawn === undefined ? [message[0]!] : drawn.split(' → ').slice(0, -1);
}

function sorted(ids: Iterable<string>): readonly string[] {
  return [...ids].sort();
}

function fromFile(id: string, lines: readonly string[]): GraphNode {
  const text = ['-- ---', ...lines, '-- ---', ''].join('\n');
  const { header } = parseHeader(text, 'up');
  return { id, ...header, file: `${id}.up.sql`, places: placesIn(text) };
}

function* chain(
  length: number,
  { first }: { readonly first: Partial<GraphNode> },
): Generator<GraphNode> {
  for (let n = 0; n < length; n++) {
    const parents = n === 0 ? [] : [`r${n - 1}`];
    const node = { id: `r${n}`, parents, depends: [], labels: [], created: null };
    yield n === 0 ? { ...node, ...first } : node;
  }
}
