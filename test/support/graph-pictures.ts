/**
 * docs/graph-pictures.md and its pictures. `node test/support/graph-pictures.ts` writes them
 * as they are now; a test fails where they are old.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { renderGraph } from '../../lib/cli/render-graph.ts';
import { PLAIN } from '../../lib/cli/style.ts';
import type { RevisionDocument } from '../../lib/commands/documents.ts';
import { picturedOf } from '../../lib/commands/graph.ts';
import { svgOf } from '../../lib/graph/svg.ts';
import { graphOf } from './shapes.ts';
import type { Tree } from './temp.ts';

interface Shape {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly revisions: readonly Row[];
}

/** `parents` and `depends` are the ids, between blanks. */
interface Row {
  readonly id: string;
  readonly message: string;
  readonly parents?: string;
  readonly depends?: string;
  readonly label?: string;
  readonly pending?: true;
}

const SHAPES: readonly Shape[] = [
  {
    name: 'fork-and-merge',
    title: 'A fork and its merge',
    about:
      'Two people wrote a revision on the same parent, and `mig merge` joined them. What turns down out of a node leads to a parent; what turns up comes from a child.',
    revisions: [
      { id: '1c7e52d0b8f4', message: 'Create the initial tables' },
      { id: '32c843eb8225', message: 'Add expiry settings', parents: '1c7e52d0b8f4' },
      { id: 'adfa6c905b9d', message: 'Let tasks expire', parents: '1c7e52d0b8f4' },
      {
        id: '8daafc64754e',
        message: 'Join task expiry',
        parents: '32c843eb8225 adfa6c905b9d',
      },
      { id: 'b8c1bd22cb20', message: 'Add SQL sources', parents: '8daafc64754e', pending: true },
      {
        id: 'a261d8461fde',
        message: 'Rename SQL sources to data sources',
        parents: 'b8c1bd22cb20',
        pending: true,
      },
    ],
  },
  {
    name: 'criss-cross',
    title: 'A criss-cross',
    about:
      'Two heads were merged twice, in different ways, and the two merges once more. ┼ is a crossing and never a joint.',
    revisions: [
      { id: '0f1d9a6c2b70', message: 'Create orders' },
      { id: '2b41c07e9d15', message: 'Add a discount to orders', parents: '0f1d9a6c2b70' },
      { id: '5e88f3a0d662', message: 'Index orders by customer', parents: '0f1d9a6c2b70' },
      { id: '71c0de44ab09', message: 'Merge on main', parents: '2b41c07e9d15 5e88f3a0d662' },
      {
        id: '93aa0b517fe8',
        message: 'Merge on the release branch',
        parents: '5e88f3a0d662 2b41c07e9d15',
      },
      { id: 'c4d2e6f80a13', message: 'Merge the merges', parents: '71c0de44ab09 93aa0b517fe8' },
    ],
  },
  {
    name: 'ladder',
    title: 'A ladder',
    about: 'A long branch that takes in the trunk again and again.',
    revisions: [
      { id: '10a7c3e5f902', message: 'Create accounts' },
      { id: '21b8d4f6a013', message: 'Add balances', parents: '10a7c3e5f902', label: 'trunk' },
      { id: '32c9e507b124', message: 'Begin the ledger', parents: '10a7c3e5f902', label: 'books' },
      { id: '43daf618c235', message: 'Add currencies', parents: '21b8d4f6a013' },
      {
        id: '54eb0729d346',
        message: 'Book in two columns',
        parents: '32c9e507b124 21b8d4f6a013',
      },
      { id: '65fc183ae457', message: 'Add exchange rates', parents: '43daf618c235' },
      { id: '760d294bf568', message: 'Book in any currency', parents: '54eb0729d346 43daf618c235' },
    ],
  },
  {
    name: 'octopus',
    title: 'An octopus',
    about: 'A merge of as many heads as there were.',
    revisions: [
      { id: 'a0b1c2d3e4f5', message: 'Create users' },
      { id: 'b10c2d3e4f5a', message: 'Add sessions', parents: 'a0b1c2d3e4f5' },
      { id: 'c20d3e4f5a6b', message: 'Add avatars', parents: 'a0b1c2d3e4f5' },
      { id: 'd30e4f5a6b7c', message: 'Add time zones', parents: 'a0b1c2d3e4f5' },
      { id: 'e40f5a6b7c8d', message: 'Add languages', parents: 'a0b1c2d3e4f5' },
      {
        id: 'f50a6b7c8d9e',
        message: 'Merge four heads',
        parents: 'b10c2d3e4f5a c20d3e4f5a6b d30e4f5a6b7c e40f5a6b7c8d',
      },
    ],
  },
  {
    name: 'bases-and-dependencies',
    title: 'Several bases, and a dependency',
    about:
      'Two modules with a base each. The dashed line is no parent: billing only needs that revision to be applied first.',
    revisions: [
      { id: '3a6f01d94c27', message: 'Create customers', label: 'shop' },
      { id: '4b7012ea5d38', message: 'Add addresses', parents: '3a6f01d94c27' },
      { id: '5c8123fb6e49', message: 'Add a VAT number', parents: '4b7012ea5d38' },
      { id: '8fb456209c7a', message: 'Create invoices', label: 'billing' },
      {
        id: '90c567310d8b',
        message: 'Send invoices to an address',
        parents: '8fb456209c7a',
        depends: '4b7012ea5d38',
      },
      { id: 'a1d678421e9c', message: 'Number invoices', parents: '90c567310d8b' },
    ],
  },
];

/** Every file, by its path below docs/. */
export function graphPictures(): Tree {
  const sections = SHAPES.flatMap(({ name, title, about, revisions }) => [
    `## ${title}`,
    '',
    about,
    '',
    '```text',
    renderGraph(documentsOf(revisions), PLAIN, 80).trimEnd(),
    '```',
    '',
    `![${title}](img/${name}.svg)`,
    '',
  ]);
  const page = [
    '# Pictures of graphs',
    '',
    '<!-- Made by `node test/support/graph-pictures.ts`. -->',
    '',
    'What `mig graph` draws in a terminal of 80 columns, and with `--format svg`. The newest revision is on top. A node that is not filled is pending; without a database, all are filled.',
    '',
    ...sections,
  ];
  return {
    'graph-pictures.md': page.join('\n'),
    ...Object.fromEntries(
      SHAPES.map(({ name, revisions }) => [
        `img/${name}.svg`,
        svgOf(documentsOf(revisions).map(picturedOf)),
      ]),
    ),
  };
}

/** Newest first; with a mark of what is applied where the shape has one. */
function documentsOf(rows: readonly Row[]): readonly RevisionDocument[] {
  const nodes = rows.map(({ id, parents = '', depends = '', label }, index) => ({
    id,
    parents: parents.split(' ').filter((each) => each !== ''),
    depends: depends.split(' ').filter((each) => each !== ''),
    labels: label === undefined ? [] : [label],
    created: `2026-01-0${index + 1}T00:00:00Z`,
  }));
  const graph = graphOf(nodes);
  const isMarked = rows.some(({ pending }) => pending);
  return graph.order.toReversed().map((revision) => {
    const { id: _, ...node } = graph.nodes.get(revision)! as (typeof nodes)[number];
    const { message, pending } = rows.find(({ id }) => id === revision)!;
    return {
      revision,
      ...node,
      message,
      file: `${revision}.up.sql`,
      head: (graph.children.get(revision) ?? []).length === 0,
      base: node.parents.length === 0,
      branchpoint: (graph.children.get(revision) ?? []).length > 1,
      mergepoint: node.parents.length > 1,
      ...(isMarked ? { applied: pending !== true } : {}),
    };
  });
}

if (import.meta.main) {
  const docs = join(import.meta.dirname, '../../docs');
  for (const [path, text] of Object.entries(graphPictures())) {
    mkdirSync(dirname(join(docs, path)), { recursive: true });
    writeFileSync(join(docs, path), text);
  }
}
