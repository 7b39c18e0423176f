import * as assert from 'uvu/assert';
import { readFolder } from '../../lib/files/folder.ts';
import { suite } from '../support/suite.ts';
import { inTemp, type Tree, writeTree } from '../support/temp.ts';

/** What is expected of one problem; its code and hint where they are worth it. */
interface Expected {
  readonly file: string;
  readonly at?: readonly [line: number, column: number];
  readonly message: string;
  readonly code?: string;
  readonly hint?: string | undefined;
}

type Row = readonly [name: string, tree: Tree, ...expected: Expected[]];

async function check(tree: Tree, expected: readonly Expected[]): Promise<void> {
  const { problems } = await inTemp((dir) => {
    writeTree(dir, tree);
    return readFolder(dir, 'm');
  });
  const found = problems.map((problem, index) => {
    const { file, line, column, message } = problem;
    const { code, hint } = expected[index] ?? {};
    return {
      file: file?.replace(/^m\//, ''),
      ...(line === undefined ? {} : { at: [line, column] }),
      message,
      ...(code === undefined ? {} : { code: problem.code }),
      ...(hint === undefined ? {} : { hint: problem.hint }),
    };
  });
  assert.equal(found, expected);
}

function table(name: string, rows: readonly Row[]): void {
  suite(name, (test) => {
    for (const [title, tree, ...expected] of rows) test(title, () => check(tree, expected));
  });
}

/** A pair whose up file is given. */
const up = (text: string | Uint8Array): Tree => ({ 'a1.up.sql': text, 'a1.down.sql': '' });
/** A pair whose up file has the given lines in its header, behind `parents`. */
const header = (...lines: string[]): Tree =>
  up(['-- ---', '-- parents: base', ...lines, '-- ---', 'SELECT 1;', ''].join('\n'));
/** A pair whose down file is given. */
const down = (text: string | Uint8Array): Tree => ({
  'a1.up.sql': '-- ---\n-- parents: base\n-- ---\n',
  'a1.down.sql': text,
});
const revision = (id: string, ...lines: string[]): Tree => ({
  [`${id}.up.sql`]: ['-- ---', ...lines, '-- ---', ''].join('\n'),
  [`${id}.down.sql`]: '',
});

const one = (line: number, column: number, message: string, hint?: string): Expected => ({
  file: 'a1.up.sql',
  at: [line, column],
  message,
  ...(hint === undefined ? {} : { hint }),
});

const NO_HEADER = one(
  1,
  1,
  'This file has no header.',
  'Begin it with these three lines (or `base` for a first revision):\n-- ---\n-- parents: <id of the revision before it>\n-- ---',
);
const NO_PARENTS = one(
  1,
  1,
  'The header has no `parents`.',
  'Say `-- parents: <id>`, or `-- parents: base` for a first revision.',
);
const NOT_AN_ENTRY = 'This line of the header is not `-- key: value`.';
const CREATED =
  '`created` is a UTC time written `YYYY-MM-DDThh:mm:ssZ`, like `2026-11-22T15:06:00Z`.';
const ID_SHAPE = 'an id is 1 to 64 letters and digits (A-Z a-z 0-9)';
const LABEL_SHAPE = 'a label is a letter, then letters, digits and `_`';

table('malformed: no header', [
  ['an empty file', up(''), NO_HEADER],
  ['nothing but blank lines', up('\n \t\r\n\n'), NO_HEADER],
  ['SQL at once', up('CREATE TABLE t(a);\n'), NO_HEADER],
  ['a comment before the fence', up('-- users\n-- ---\n-- parents: base\n-- ---\n'), NO_HEADER],
  ['a fence without its comment', up('---\nparents: base\n---\n'), NO_HEADER],
  ['a fence with four dashes', up('-- ----\n-- parents: base\n-- ----\n'), NO_HEADER],
  ['a fence without a space', up('-----\n-- parents: base\n-----\n'), NO_HEADER],
  ['a fence that is indented', up(' -- ---\n-- parents: base\n-- ---\n'), NO_HEADER],
  ['a block comment', up('/* ---\nparents: base\n--- */\n'), NO_HEADER],
  ['the header of another tool', up('-- +migrate Up\nCREATE TABLE t(a);\n'), NO_HEADER],
]);

const unclosed = (line: number, opening = 1) =>
  one(
    line,
    1,
    'The header is never closed.',
    `It was opened on line ${opening}; end it with a line \`-- ---\`.`,
  );

table('malformed: the fence', [
  ['the file ends in the header', up('-- ---\n-- parents: base\n'), unclosed(2)],
  ['SQL in the header', up('-- ---\n-- parents: base\nCREATE TABLE t(a);\n-- ---\n'), unclosed(3)],
  ['a blank line in the header', up('-- ---\n-- parents: base\n\n-- ---\n'), unclosed(3)],
  ['a line that is indented', up('-- ---\n -- parents: base\n-- ---\n'), unclosed(2), NO_PARENTS],
  ['behind blank lines', up('\n\n-- ---\n-- parents: base\n'), unclosed(4, 3)],
  ['behind a BOM and CRLF', up('\uFEFF-- ---\r\n-- parents: base\r\nSELECT 1;\r\n'), unclosed(3)],
  ['nothing but the opening fence', up('-- ---'), unclosed(1), NO_PARENTS],
  ['an empty header', up('-- ---\n-- ---\n'), NO_PARENTS],
]);

table('malformed: lines and keys', [
  ['a line without a colon', header('-- just a comment'), one(3, 1, NOT_AN_ENTRY)],
  ['an empty comment', header('--'), one(3, 1, NOT_AN_ENTRY)],
  ['no space behind the dashes', header('--message: x'), one(3, 1, NOT_AN_ENTRY)],
  ['a key that begins with a digit', header('-- 1st: x'), one(3, 1, NOT_AN_ENTRY)],
  ['a key with a space', header('-- foreign keys: on'), one(3, 1, NOT_AN_ENTRY)],
  [
    'a misspelled key',
    header('-- mesage: x'),
    one(3, 4, 'Unknown header key `mesage`.', 'Did you mean `message`?'),
  ],
  [
    'a misspelled `parents`',
    up('-- ---\n-- parent: base\n-- ---\n'),
    one(2, 4, 'Unknown header key `parent`.', 'Did you mean `parents`?'),
    NO_PARENTS,
  ],
  [
    'a key in upper case',
    header('-- Message: x'),
    one(3, 4, 'Unknown header key `Message`.', 'Did you mean `message`?'),
  ],
  [
    'a key like no other',
    header('-- author: me'),
    one(3, 4, 'Unknown header key `author`.', 'Keys of your own begin with `x-`.'),
  ],
  ['`x-` alone', header('-- x-: y'), one(3, 4, 'Unknown header key `x-`.')],
  [
    'a key that stands twice',
    header('-- message: a', '-- message: b'),
    one(4, 4, '`message` stands twice in the header.', 'It stood on line 3 already; keep one.'),
  ],
  [
    'a key of one’s own that stands twice',
    header('-- x-a: 1', '-- x-a: 1'),
    one(4, 4, '`x-a` stands twice in the header.'),
  ],
  [
    '`replaces`',
    header('-- replaces: b2'),
    one(
      3,
      4,
      '`replaces` is reserved for squashed histories.',
      'This version of mig cannot read such a revision; a later one will.',
    ),
  ],
]);

table('malformed: values', [
  [
    'none',
    header('-- message:'),
    one(3, 12, '`message` has no value.', 'Give it one, or delete the line.'),
  ],
  [
    'none for `parents`',
    up('-- ---\n-- parents: \n-- ---\n'),
    one(2, 13, '`parents` has no value.'),
  ],
  ['none for a key of one’s own', header('-- x-a:'), one(3, 8, '`x-a` has no value.')],
  [
    '`transaction: maybe`',
    header('-- transaction: maybe'),
    one(3, 17, '`transaction` is `on` or `off`.'),
  ],
  [
    '`transaction: OFF`',
    header('-- transaction: OFF'),
    one(3, 17, '`transaction` is `on` or `off`.'),
  ],
  [
    '`foreign_keys: yes`',
    header('-- foreign_keys:   yes'),
    one(3, 20, '`foreign_keys` is `auto`, `on` or `off`.'),
  ],
  ['a date without time', header('-- created: 2026-11-22'), one(3, 13, CREATED)],
  ['a time with an offset', header('-- created: 2026-11-22T15:06:00+01:00'), one(3, 13, CREATED)],
  ['a time with fractions', header('-- created: 2026-11-22T15:06:00.5Z'), one(3, 13, CREATED)],
  ['a day that is none', header('-- created: 2026-02-30T00:00:00Z'), one(3, 13, CREATED)],
  ['an hour that is none', header('-- created: 2026-11-22T24:00:00Z'), one(3, 13, CREATED)],
]);

const parents = (value: string) => up(`-- ---\n-- parents: ${value}\n-- ---\n`);

table('malformed: lists', [
  ['an empty place', parents('b2,,c3'), one(2, 16, '`parents` has an empty place in its list.')],
  ['a comma at the end', parents('b2, '), one(2, 16, '`parents` has an empty place in its list.')],
  ['an id twice', parents('b2, b2'), one(2, 17, '`parents` names b2 twice.')],
  ['`base` beside an id', parents('b2, base'), one(2, 17, '`base` stands alone or not at all.')],
  [
    'a reserved word',
    parents('HEAD'),
    one(2, 13, '`parents` has `HEAD`, but `HEAD` is a reserved word.'),
  ],
  [
    'a parent that is no id',
    parents('b-2'),
    one(2, 13, `\`parents\` has \`b-2\`, but ${ID_SHAPE}.`),
  ],
  [
    'parents without commas',
    parents('b2 c3'),
    one(2, 13, `\`parents\` has \`b2 c3\`, but ${ID_SHAPE}.`),
  ],
  [
    'an id that is too long',
    parents('a'.repeat(65)),
    one(2, 13, `\`parents\` has \`${'a'.repeat(65)}\`, but ${ID_SHAPE}.`),
  ],
  [
    '`depends: base`',
    header('-- depends: base'),
    one(3, 13, '`depends` has `base`, but `base` is a reserved word.'),
  ],
  [
    'a label with a dash',
    header('-- labels: ok, not-ok'),
    one(3, 16, `\`labels\` has \`not-ok\`, but ${LABEL_SHAPE}.`),
  ],
  [
    'a label that begins with a digit',
    header('-- labels: 1st'),
    one(3, 12, `\`labels\` has \`1st\`, but ${LABEL_SHAPE}.`),
  ],
  [
    'a reserved label',
    header('-- labels: heads'),
    one(3, 12, '`labels` has `heads`, but `heads` is a reserved word.'),
  ],
  ['a label twice', header('-- labels: a,a'), one(3, 14, '`labels` names a twice.')],
  [
    'several faults, all told, behind CRLF',
    up('-- ---\r\n-- parents: b 2, ,c3,c3\r\n-- created: now\r\n-- ---\r\n'),
    one(2, 13, `\`parents\` has \`b 2\`, but ${ID_SHAPE}.`),
    one(2, 18, '`parents` has an empty place in its list.'),
    one(2, 22, '`parents` names c3 twice.'),
    one(3, 13, CREATED),
  ],
]);

const inDown = (line: number, column: number, message: string, hint?: string): Expected => ({
  ...one(line, column, message, hint),
  file: 'a1.down.sql',
});

table('malformed: the down file', [
  [
    '`parents` in it',
    down('-- ---\n-- parents: base\n-- ---\n'),
    inDown(
      2,
      4,
      "`parents` belongs in the up file: a down file's header takes `transaction`, `foreign_keys` and `x-…`.",
    ),
  ],
  [
    'a misspelled key',
    down('-- ---\n-- transactions: off\n-- ---\n'),
    inDown(2, 4, 'Unknown header key `transactions`.', 'Did you mean `transaction`?'),
  ],
  [
    'a wrong value',
    down('-- ---\n-- foreign_keys: maybe\n-- ---\n'),
    inDown(2, 18, '`foreign_keys` is `auto`, `on` or `off`.'),
  ],
  ['never closed', down('\n-- ---\nDROP TABLE t;\n'), inDown(3, 1, 'The header is never closed.')],
  ['a NUL', down('SELECT 1;\n\0'), inDown(2, 1, 'This file has a NUL byte, at byte 10.')],
]);

table('malformed: bytes', [
  [
    'Latin-1',
    up(Buffer.from("-- ---\n-- parents: base\n-- ---\nSELECT '\xe9';\n", 'latin1')),
    {
      ...one(
        4,
        9,
        'This file is not UTF-8: byte 39 (0xe9) begins no character.',
        'Save it as UTF-8.',
      ),
      code: 'file-encoding',
    },
  ],
  [
    'UTF-16',
    up(Buffer.from('\uFEFF-- ---\n', 'utf16le')),
    one(
      1,
      1,
      'This file is not UTF-8: byte 0 (0xff) begins no character.',
      'It looks like UTF-16: save it as UTF-8.',
    ),
  ],
  [
    'a NUL in the header',
    up('-- ---\n-- parents: base\0\n-- ---\n'),
    one(2, 17, 'This file has a NUL byte, at byte 23.'),
  ],
]);

const plain = (file: string, message: string, hint?: string): Expected => ({
  file,
  message,
  ...(hint === undefined ? {} : { hint }),
});
const BASE = '-- parents: base';
const RENAME = 'Rename the pair that is not applied anywhere yet to a new id.';
const MERGE = '-- ---\n-- parents: 32c843eb8225, adfa6c905b9d\n-- ---\n';

table('malformed: names and pairs', [
  [
    'a reserved word for an id',
    { 'heads_x.up.sql': '' },
    plain(
      'heads_x.up.sql',
      '`heads`, the part of the name before the first `_`, is no revision id: `heads` is a reserved word.',
      'A revision is `<id>_<slug>.up.sql` and `<id>_<slug>.down.sql`.',
    ),
  ],
  [
    'a dash in the id',
    { 'add-users.down.sql': '' },
    plain(
      'add-users.down.sql',
      `\`add-users\`, the part of the name before the first \`_\`, is no revision id: ${ID_SHAPE}.`,
    ),
  ],
  [
    'a variant',
    { 'sub/a1_x.up.sqlite.sql': '' },
    plain(
      'sub/a1_x.up.sqlite.sql',
      'Names in `.up.<word>.sql` and `.down.<word>.sql` are reserved for variants by engine (here: sqlite).',
    ),
  ],
  [
    'no up file',
    { 'sub/a1_x.down.sql': '' },
    plain(
      'sub/a1_x.down.sql',
      'a1 has a down file but no up file.',
      'Write m/sub/a1_x.up.sql, or delete this file.',
    ),
  ],
  [
    'no down file',
    { 'a1_x.up.sql': '-- ---\n-- parents: base\n-- ---\n' },
    plain(
      'a1_x.up.sql',
      'a1 has no down file.',
      'Write m/a1_x.down.sql, or say why there is none: `-- irreversible: <reason>` in the header.',
    ),
  ],
  [
    'a down file in spite of `irreversible`',
    header('-- irreversible: data is gone'),
    one(
      3,
      18,
      'a1 says that it is irreversible, but has a down file: m/a1.down.sql.',
      'Delete one of the two.',
    ),
  ],
  [
    'two up files with one id',
    { ...revision('a1', BASE), 'sub/a1_x.up.sql': '' },
    plain(
      'sub/a1_x.up.sql',
      'The id a1 is taken twice: by m/a1.up.sql and by m/sub/a1_x.up.sql.',
      RENAME,
    ),
  ],
  [
    'two down files with one id',
    { ...revision('a1', BASE), 'a1_x.down.sql': '' },
    plain(
      'a1_x.down.sql',
      'The id a1 is taken twice: by m/a1.down.sql and by m/a1_x.down.sql.',
      RENAME,
    ),
  ],
  [
    'two merges of the same parents',
    {
      ...revision('32c843eb8225', BASE),
      ...revision('adfa6c905b9d', BASE),
      '8daafc64754e_a.up.sql': MERGE,
      '8daafc64754e_b.up.sql': MERGE,
      '8daafc64754e_a.down.sql': '',
    },
    plain(
      '8daafc64754e_b.up.sql',
      'The id 8daafc64754e is taken twice: by m/8daafc64754e_a.up.sql and by m/8daafc64754e_b.up.sql.',
      'Both are the same merge: either may go, with its down file.',
    ),
  ],
  [
    'ids that differ by case',
    { ...revision('A1', BASE), 'a1_x.up.sql': `-- ---\n${BASE}\n-- ---\n`, 'a1_x.down.sql': '' },
    plain(
      'a1_x.up.sql',
      'The ids A1 and a1 differ only by case.',
      'Some file systems and all people take them for one: rename one of the pairs.',
    ),
  ],
]);

table('malformed: what the graph says', [
  [
    'an unknown parent',
    revision('a1', '-- parents: zzzz'),
    one(
      2,
      13,
      'a1 has the parent zzzz but there is no such revision.',
      'Is the file on another git branch? Fetch it, or name a revision that is here.',
    ),
  ],
  [
    'an unknown parent that is nearly known',
    { ...revision('a261d8461fde', BASE), ...revision('a1', '-- parents: a261d8461fdf') },
    one(
      2,
      13,
      'a1 has the parent a261d8461fdf but there is no such revision.',
      'Did you mean `a261d8461fde`?',
    ),
  ],
  [
    'an unknown dependency, the second of two',
    { ...revision('b2', BASE), ...revision('a1', BASE, '-- depends: b2,  zzzz') },
    one(3, 18, 'a1 depends on zzzz but there is no such revision.'),
  ],
  [
    'its own parent',
    revision('a1', '-- parents: a1'),
    one(2, 13, 'a1 names itself as its parent.'),
  ],
  [
    'a cycle',
    { ...revision('a1', '-- parents: b2'), ...revision('b2', '-- parents: a1') },
    one(2, 13, 'The revisions form a cycle: a1 → b2 → a1'),
  ],
  [
    'a dependency on a descendant',
    { ...revision('a1', BASE, '-- depends: b2'), ...revision('b2', '-- parents: a1') },
    one(3, 13, 'a1 depends on b2, which itself needs a1: a1 → b2 → a1.'),
  ],
  [
    'one label on two revisions',
    { ...revision('a1', BASE, '-- labels: auth'), ...revision('b2', BASE, '-- labels: api, auth') },
    {
      file: 'b2.up.sql',
      at: [3, 17],
      message: 'The label auth stands on two revisions: a1 and b2',
      hint: 'A label names one line: choose another for one of them.',
    },
  ],
  [
    'a label that is an id',
    { ...revision('a1', BASE, '-- labels: b2'), ...revision('b2', BASE) },
    one(3, 12, 'The label b2 of a1 is also the id of a revision.'),
  ],
]);
