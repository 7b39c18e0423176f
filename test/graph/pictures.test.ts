import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { dotOf } from '../../lib/graph/dot.ts';
import { mermaidOf } from '../../lib/graph/mermaid.ts';
import type { PicturedRevision } from '../../lib/graph/pictured.ts';
import { svgOf } from '../../lib/graph/svg.ts';
import { graphPictures } from '../support/graph-pictures.ts';
import { graphOf, revisionsOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';
import { faultsOf } from '../support/well-formed.ts';

const NASTY = 'a "b" \'c\' <d> & ]]> --> `e` \\ #f; \u0001 \ud800 {g} [h]|i| 漢字 %% end\nj';

function pictured(
  shape: string,
  about: Readonly<Record<string, Partial<PicturedRevision>>> = {},
): readonly PicturedRevision[] {
  const graph = graphOf(revisionsOf(shape));
  return graph.order.toReversed().map((id) => {
    const { parents, depends, labels } = graph.nodes.get(id)!;
    const head = (graph.children.get(id) ?? []).length === 0;
    return {
      id,
      parents,
      depends,
      labels,
      message: `message ${id}`,
      head,
      state: null,
      ...about[id],
    };
  });
}

const DIAMOND = pictured('a; b<a; c(spice)<a; m<b,c; z +b', {
  a: { state: 'applied' },
  b: { state: 'missing' },
  c: { state: 'pending', message: NASTY },
  m: { state: 'pending' },
});

suite('mermaidOf', (test) => {
  test('nodes from the base up, then edges, then what the nodes mean', () => {
    const text = mermaidOf(pictured('a; b(spice)<a; c<b +x; x', { a: { state: 'applied' } }));
    assert.is(
      text,
      `flowchart BT
  rev_a("<b>a</b><br/>message a"):::applied
  rev_b("<b>b</b><br/>message b<br/><i>spice</i>")
  rev_x("<b>x</b><br/>message x<br/><i>head</i>")
  rev_c("<b>c</b><br/>message c<br/><i>head</i>")
  rev_a --> rev_b
  rev_b --> rev_c
  rev_x -.-> rev_c
  classDef applied stroke:#2da44e,stroke-width:2px
  classDef pending stroke:#bf8700,stroke-width:2px,stroke-dasharray:5 4
  classDef missing stroke:#cf222e,stroke-width:2px,stroke-dasharray:2 3
`,
    );
  });

  test('a message cannot leave its node', () => {
    const line = mermaidOf(DIAMOND)
      .split('\n')
      .find((each) => each.startsWith('  rev_c('))!;
    assert.match(
      line,
      /^ {2}rev_c\("<b>c<\/b><br\/>[^"<>`[\]{}|&\\]*<br\/><i>spice<\/i>"\):::pending$/,
    );
  });
});

suite('dotOf', (test) => {
  test('an arrow from what comes first to what follows', () => {
    const text = dotOf(DIAMOND);
    for (const line of [
      '  "a" -> "b";',
      '  "c" -> "m";',
      '  "b" -> "z" [style=dashed, constraint=false, tooltip="depends"];',
    ]) {
      assert.ok(text.split('\n').includes(line), line);
    }
  });

  const { error } = spawnSync('dot', ['-V']);
  test(`is read by Graphviz${error === undefined ? '' : ' (skipped: there is no `dot`)'}`, () => {
    if (error !== undefined) return;
    const { status, stdout, stderr } = spawnSync('dot', ['-Tplain'], {
      input: dotOf(DIAMOND),
      encoding: 'utf8',
    });
    assert.is(stderr, '');
    assert.is(status, 0);
    assert.is(stdout.split('\n').filter((line) => line.startsWith('node ')).length, 5);
    assert.is(stdout.split('\n').filter((line) => line.startsWith('edge ')).length, 5);
  });
});

suite('svgOf', (test) => {
  const svg = svgOf(DIAMOND);

  test('is well-formed, whatever a message says', () => {
    assert.equal(faultsOf(svg), []);
    assert.equal(faultsOf(svgOf([])), []);
  });

  test('needs nothing from elsewhere, and knows light and dark', () => {
    assert.not.match(
      svg.replace('http://www.w3.org/2000/svg', ''),
      /https?:|url\(|@import|<script|<image/,
    );
    assert.match(svg, '@media (prefers-color-scheme:dark)');
  });

  test('has a node, a tooltip and a text for each revision, and a path for each edge', () => {
    assert.is(svg.match(/<circle class="c\d"/g)!.length, 5);
    assert.is(svg.match(/<path /g)!.length, 5);
    assert.is(svg.match(/<path class="c\d needs"/g)!.length, 1);
    assert.match(
      svg,
      '<g class="missing"><title>b  message b\nparents: a\nonly in the database</title>',
    );
    assert.match(svg, /<text class="id" x="\d+" y="\d+">z<\/text>/);
  });

  test('is as wide as its texts, and no wider than a page', () => {
    const widthOf = (message: string) =>
      Number(/viewBox="0 0 (\d+) /.exec(svgOf(pictured('a', { a: { message } })))![1]);
    assert.is(widthOf('short'), 400);
    assert.is(widthOf('m'.repeat(60)), 561);
    assert.is(widthOf('m'.repeat(500)), 800);
  });

  test('cuts a long message, and has the whole in the tooltip', () => {
    const long = svgOf(pictured('a', { a: { message: 'word '.repeat(100).trim() } }));
    assert.match(long, /<text x="[\d.]+" y="28">(word )+w?o?r?d?…<\/text>/);
    assert.match(long, `<title>a  ${'word '.repeat(100).trim()}\n`);
  });

  test('keeps room for texts beside 200 lanes', () => {
    const heads = Array.from({ length: 200 }, (_, n) => `h${n}`);
    const wide = svgOf(pictured(`${heads.join('; ')}; m<${heads.join(',')}`));
    const xs = [...wide.matchAll(/<circle class="c\d" cx="([\d.]+)"/g)].map(([, x]) => Number(x));
    assert.ok(Math.max(...xs) <= 400);
    assert.equal(faultsOf(wide), []);
  });
});

suite('docs/graph-pictures.md', (test) => {
  for (const [path, text] of Object.entries(graphPictures())) {
    test(`${path} is as it is drawn now`, () => {
      const there = readFileSync(join(import.meta.dirname, '../../docs', path), 'utf8');
      assert.is(there, text, '`node test/support/graph-pictures.ts` writes it');
    });
  }
});
