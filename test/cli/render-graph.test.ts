import * as assert from 'uvu/assert';
import { renderGraph } from '../../lib/cli/render-graph.ts';
import { PLAIN, styleFor } from '../../lib/cli/style.ts';
import { cutTo, widthOf } from '../../lib/cli/width.ts';
import type { RevisionDocument } from '../../lib/commands/documents.ts';
import { randomOf } from '../support/random.ts';
import { graphOf, revisionsOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

type About = Partial<RevisionDocument>;

function documentsOf(shape: string, about: (id: string) => About = () => ({})) {
  const graph = graphOf(revisionsOf(shape));
  return graph.order.toReversed().map((id): RevisionDocument => {
    const { parents, depends, labels, created } = graph.nodes.get(id)!;
    return {
      revision: id,
      parents,
      depends,
      labels,
      created,
      message: `The message of ${id}`,
      file: `${id}.up.sql`,
      head: (graph.children.get(id) ?? []).length === 0,
      base: parents.length === 0,
      branchpoint: false,
      mergepoint: parents.length > 1,
      ...about(id),
    };
  });
}

const DIAMOND = documentsOf('aaaa; bbbb(books)<aaaa; cccc<aaaa; mmmm<bbbb,cccc');

suite('renderGraph', (test) => {
  test('lanes, ids, messages, heads and labels', () => {
    assert.is(
      renderGraph(DIAMOND, PLAIN, 80),
      `●─╮  mmmm  The message of mmmm (head)
│ ●  cccc  The message of cccc
● │  bbbb  The message of bbbb (books)
●─╯  aaaa  The message of aaaa
`,
    );
  });

  test('what is applied, pending, and only in the database', () => {
    const about = (id: string): About => ({
      applied: id !== 'mmmm',
      ...(id === 'cccc' ? { file: null } : {}),
    });
    assert.is(
      renderGraph(documentsOf('aaaa; bbbb<aaaa; cccc<aaaa; mmmm<bbbb,cccc', about), PLAIN, 80),
      `○─╮  mmmm  The message of mmmm (head)
│ ◌  cccc  The message of cccc (no file here)
● │  bbbb  The message of bbbb
●─╯  aaaa  The message of aaaa

● 2 applied  ○ 1 pending  ◌ 1 only in the database
`,
    );
  });

  test('nothing', () => assert.is(renderGraph([], PLAIN, 80), 'No revisions yet.\n'));

  test('a colour a lane, and faint dashes', async () => {
    const text = renderGraph(
      documentsOf('aaaa; bbbb<aaaa +cccc; cccc<aaaa'),
      await styleFor(true),
      80,
    );
    assert.is(
      text,
      [
        '\x1b[32m●\x1b[39m\x1b[2m\x1b[33m╌╮\x1b[39m\x1b[22m  \x1b[1m\x1b[36mbbbb\x1b[39m\x1b[22m  The message of bbbb (\x1b[32mhead\x1b[39m)',
        '\x1b[32m│\x1b[39m \x1b[33m●\x1b[39m  \x1b[1m\x1b[36mcccc\x1b[39m\x1b[22m  The message of cccc (\x1b[32mhead\x1b[39m)',
        '\x1b[32m●\x1b[39m\x1b[33m─╯\x1b[39m  \x1b[36maaaa\x1b[39m  The message of aaaa',
        '',
      ].join('\n'),
    );
  });

  test('the message gives way to the width, then the tags, never the id', () => {
    const at = (columns: number) => renderGraph(DIAMOND, PLAIN, columns).split('\n').slice(0, 3);
    assert.equal(at(30), [
      '●─╮  mmmm  The message… (head)',
      '│ ●  cccc  The message of cccc',
      '● │  bbbb  The messag… (books)',
    ]);
    assert.equal(at(18), ['●─╮  mmmm  (head)', '│ ●  cccc  The me…', '● │  bbbb  The me…']);
    assert.equal(at(5), ['●─╮  mmmm', '│ ●  cccc', '● │  bbbb']);
  });

  test('what could steer a terminal is not printed', () => {
    const text = renderGraph(
      documentsOf('aaaa', () => ({ message: 'a\x1b[2Jb\nc' })),
      PLAIN,
      80,
    );
    assert.is(text, '●  aaaa  a\ufffd[2Jb\ufffdc (head)\n');
  });
});

suite('a history of 200 revisions with 15 branches', (test) => {
  const documents = documentsOf(teamHistory(), (id) => ({
    message: `Do something to ${id} and more of it`,
  }));

  for (const columns of [40, 80, 200]) {
    test(`fits ${columns} columns`, () => {
      const lines = renderGraph(documents, PLAIN, columns).trimEnd().split('\n');
      const wide = lines.filter((line) => widthOf(line) > columns);
      assert.equal(wide, []);
      const ids = lines.flatMap((line) => / {2}(r\d+)( {2}|$)/.exec(line)?.[1] ?? []);
      assert.equal(
        ids,
        documents.map(({ revision }) => revision),
      );
      assert.ok(lines.length < 230, `${lines.length} lines`);
    });
  }

  test('has every text in one column, where there is room', () => {
    const lines = renderGraph(documents, PLAIN, 200).trimEnd().split('\n');
    const columns = lines.flatMap((line) => {
      const at = line.search(/r\d+/);
      return at === -1 ? [] : [at];
    });
    assert.is(new Set(columns).size, 1);
  });

  test('is whole in a file or a pipe', () => {
    assert.not.match(renderGraph(documents, PLAIN, Number.POSITIVE_INFINITY), '…');
  });
});

suite('more lanes than a terminal has columns', (test) => {
  const heads = Array.from({ length: 60 }, (_, n) => `h${10 + n}`);
  const documents = documentsOf(`${heads.join('; ')}; m<${heads.join(',')}`);

  for (const columns of [200, 80, 40, 20]) {
    test(`${columns} columns: close lanes, then …, and every id`, () => {
      const lines = renderGraph(documents, PLAIN, columns).trimEnd().split('\n');
      assert.equal(
        lines.filter((line) => widthOf(line) > columns),
        [],
      );
      assert.is(
        lines.filter((line) => /● .*\b[hm]\d*\b/.test(line) || line.startsWith('●')).length,
        61,
      );
      assert.is(
        lines.some((line) => line.includes('…')),
        columns < 200,
      );
    });
  }
});

suite('cutTo', (test) => {
  const table: readonly (readonly [text: string, most: number, cut: string])[] = [
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['two words', 5, 'two…'],
    ['merge 1f1b07628d76, 5a', 12, 'merge…'],
    ['merge 1f1b07628d76, 5a', 19, 'merge 1f1b07628d76…'],
    ['1f1b07628d76', 5, '1f1b…'],
    ['漢字漢字', 8, '漢字漢字'],
    ['漢字漢字', 7, '漢字漢…'],
    ['漢字漢字', 6, '漢字…'],
    ['e\u0301e\u0301e\u0301', 3, 'e\u0301e\u0301e\u0301'],
    ['🙂🙂', 3, '🙂…'],
    ['any', 1, '…'],
    ['any', 0, ''],
    ['any', -3, ''],
  ];
  for (const [text, most, cut] of table) {
    test(`${text} to ${most}`, () => {
      assert.is(cutTo(text, most), cut);
      assert.ok(widthOf(cutTo(text, most)) <= Math.max(0, most));
    });
  }
});

/** A trunk, 15 branches of it that live for a while, up to six at a time, and their merges. */
function teamHistory(): string {
  const random = randomOf(15);
  const shape: string[] = ['r0'];
  const lines: { tip: string; left: number }[] = [];
  let trunk = 'r0';
  let begun = 0;
  const add = (parents: string) => {
    shape.push(`r${shape.length}<${parents}`);
    return `r${shape.length - 1}`;
  };
  while (shape.length < 200) {
    const line = random.pick([...lines, null]);
    if (begun < 15 && lines.length < 6 && random.chance(0.25)) {
      lines.push({ tip: add(trunk), left: 3 + random.int(10) });
      begun++;
    } else if (line === null) trunk = add(trunk);
    else if (line.left-- > 0) line.tip = add(line.tip);
    else {
      trunk = add(`${trunk},${line.tip}`);
      lines.splice(lines.indexOf(line), 1);
    }
  }
  return shape.join('; ');
}
