import * as assert from 'uvu/assert';
import {
  type FileSide,
  type Header,
  headerOf,
  messageFault,
  parseHeader,
  placesIn,
  printHeader,
} from '../../lib/graph/header.ts';
import { bomLength } from '../../lib/graph/header-lines.ts';
import { type Random, randomOf } from '../support/random.ts';
import { suite } from '../support/suite.ts';

/** A file with these lines in its header; the first of them is line 2. */
function fenced(...lines: readonly string[]): string {
  return ['-- ---', ...lines, '-- ---', 'SELECT 1;', ''].join('\n');
}

/** Every problem as `line:column code message`, with ` → hint` where there is one. */
function told(text: string, side: FileSide = 'up'): readonly string[] {
  return parseHeader(text, side).problems.map(
    ({ code, message, hint, line, column }) =>
      `${line}:${column} ${code} ${message}${hint === undefined ? '' : ` → ${hint}`}`,
  );
}

suite('parseHeader', (test) => {
  test('reads every key', () => {
    const text = [
      '-- ---',
      '-- parents: 32c843eb8225, adfa6c905b9d',
      '-- message: Merge the two: task-expiry, and more',
      '-- created: 2026-11-22T15:06:00Z',
      '-- depends: 0012,12e34',
      '-- labels: billing, V2_x',
      '-- transaction: off',
      '-- foreign_keys: on',
      '-- irreversible: drops the audit trail',
      '-- x-ticket: ABC-1: see there',
      '-- x-reviewed_by: me',
      '-- ---',
      'SELECT 1;',
    ].join('\n');
    const { header, sqlStart, problems } = parseHeader(text, 'up');
    const places = placesIn(text);
    assert.equal(problems, []);
    assert.equal(header, {
      parents: ['32c843eb8225', 'adfa6c905b9d'],
      depends: ['0012', '12e34'],
      labels: ['billing', 'V2_x'],
      message: 'Merge the two: task-expiry, and more',
      created: '2026-11-22T15:06:00Z',
      transaction: 'off',
      foreignKeys: 'on',
      irreversible: 'drops the audit trail',
      extra: [
        ['x-ticket', 'ABC-1: see there'],
        ['x-reviewed_by', 'me'],
      ],
    });
    assert.is(text.slice(sqlStart), 'SELECT 1;');
    assert.equal(places.parents, { line: 2, column: 13, columns: [13, 27] });
    assert.equal(places.depends, { line: 5, column: 13, columns: [13, 18] });
    assert.equal(places.irreversible, { line: 9, column: 18, columns: [18] });
    assert.is(places.transaction?.line, 7);
  });

  test('fills in the defaults', () => {
    const { header, problems } = parseHeader(fenced('-- parents: base'), 'up');
    assert.equal(problems, []);
    assert.equal(header, {
      parents: [],
      depends: [],
      labels: [],
      message: null,
      created: null,
      transaction: 'on',
      foreignKeys: 'auto',
      irreversible: null,
      extra: [],
    });
    assert.equal(header, headerOf({}));
  });

  const accepted: readonly (readonly [what: string, text: string, sql: string])[] = [
    ['blank lines before the fence', '\n  \n\t\n-- ---\n-- parents: aa\n-- ---\nSQL', 'SQL'],
    ['a BOM', '\uFEFF-- ---\n-- parents: aa\n-- ---\nSQL', 'SQL'],
    ['CRLF', '-- ---\r\n-- parents: aa\r\n-- ---\r\nSQL\r\n', 'SQL\r\n'],
    ['a BOM, CRLF and blank lines', '\uFEFF\r\n-- ---\r\n-- parents: aa\r\n-- ---\r\n\r\n', '\r\n'],
    ['no line ending at the end', '-- ---\n-- parents: aa\n-- ---', ''],
    ['tabs and spaces', '--\t---  \n--  parents\t : \taa \t\n-- --- \n\nSQL', '\nSQL'],
    ['comments below', '-- ---\n-- parents: aa\n-- ---\n-- ---\n-- x', '-- ---\n-- x'],
  ];
  for (const [what, text, sql] of accepted) {
    test(`accepts ${what}`, () => {
      const { header, sqlStart, problems } = parseHeader(text, 'up');
      assert.equal(problems, []);
      assert.equal(header.parents, ['aa']);
      assert.is(text.slice(sqlStart), sql);
    });
  }

  const messages: readonly (readonly [line: string, message: string])[] = [
    ['-- message: a: b -- c, d;', 'a: b -- c, d;'],
    ["-- message:it's", "it's"],
    ['-- message: ---', '---'],
    ['-- message: Tâches 日本 🦆', 'Tâches 日本 🦆'],
    ['-- message: one\u2028line for SQL', 'one\u2028line for SQL'],
    ['-- message: tabs\tinside', 'tabs\tinside'],
  ];
  for (const [line, message] of messages) {
    test(`takes “${line}” as it stands`, () => {
      const { header, problems } = parseHeader(fenced('-- parents: base', line), 'up');
      assert.equal(problems, []);
      assert.is(header.message, message);
    });
  }

  const showHeader =
    'Begin it with these three lines (or `base` for a first revision):\n-- ---\n-- parents: <id of the revision before it>\n-- ---';
  const noParents =
    'The header has no `parents`. → Say `-- parents: <id>`, or `-- parents: base` for a first revision.';
  const badLine =
    'header-line This line of the header is not `-- key: value`. → Close the header with `-- ---` before any other comment.';
  const badCreated =
    '`created` is a UTC time written `YYYY-MM-DDThh:mm:ssZ`, like `2026-11-22T15:06:00Z`.';

  const refused: readonly (readonly [what: string, text: string, ...told: string[]])[] = [
    ['an empty file', '', `1:1 header-missing This file has no header. → ${showHeader}`],
    ['SQL alone', 'SELECT 1;', `1:1 header-missing This file has no header. → ${showHeader}`],
    [
      'a comment before the fence',
      '-- Copyright\n-- ---\n-- parents: base\n-- ---\n',
      `1:1 header-missing This file has no header. → ${showHeader}`,
    ],
    [
      'a fence without its space',
      '-----\n-- parents: base\n-----\n',
      `1:1 header-missing This file has no header. → ${showHeader}`,
    ],
    [
      'SQL in the header',
      '\n-- ---\n-- parents: base\nSELECT 1;\n-- ---\n',
      '4:1 header-unclosed The header is never closed. → It was opened on line 2; end it with a line `-- ---`.',
    ],
    [
      'a blank line in the header',
      '-- ---\n-- parents: base\n\n-- ---\n',
      '3:1 header-unclosed The header is never closed. → It was opened on line 1; end it with a line `-- ---`.',
    ],
    [
      'a header to the end of the file',
      '-- ---\n-- parents: base\n',
      '2:1 header-unclosed The header is never closed. → It was opened on line 1; end it with a line `-- ---`.',
    ],
    ['no parents', fenced('-- message: x'), `1:1 header-key ${noParents}`],
    ['no parents, further down', `\n\n${fenced()}`, `3:1 header-key ${noParents}`],
    ['a line without a key', fenced('-- parents: base', '-- just words'), `3:1 ${badLine}`],
    ['a lone --', fenced('-- parents: base', '--'), `3:1 ${badLine}`],
    [
      'no space before the key',
      fenced('-- parents: base', '--message: x'),
      '3:1 header-line This line of the header is not `-- key: value`. → Write `-- message: x`.',
    ],
    [
      'an unknown key',
      fenced('-- parent: base'),
      '2:4 header-key Unknown header key `parent`. → Did you mean `parents`?',
      `1:1 header-key ${noParents}`,
    ],
    [
      'a key in capitals',
      fenced('-- parents: base', '-- Message: x'),
      '3:4 header-key Unknown header key `Message`. → Did you mean `message`?',
    ],
    [
      'an unknown key like no other',
      fenced('-- parents: base', '-- ticket: 1'),
      '3:4 header-key Unknown header key `ticket`. → Keys of your own begin with `x-`.',
    ],
    [
      'x- without a name',
      fenced('-- parents: base', '-- x-: 1'),
      '3:4 header-key Unknown header key `x-`. → Keys of your own begin with `x-`.',
    ],
    [
      'a key that stands further to the right',
      fenced('-- parents: base', '--   \tticket: 1'),
      '3:7 header-key Unknown header key `ticket`. → Keys of your own begin with `x-`.',
    ],
    [
      'replaces',
      fenced('-- parents: base', '-- replaces: aa'),
      '3:4 header-key `replaces` is reserved for squashed histories. → This version of mig cannot read such a revision; a later one will.',
    ],
    [
      'a repeated key',
      fenced('-- parents: base', '-- message: x', '--  parents: aa'),
      '4:5 header-key `parents` stands twice in the header. → It stood on line 2 already; keep one.',
    ],
    [
      'a repeated x- key',
      fenced('-- parents: base', '-- x-a: 1', '-- x-a: 1'),
      '4:4 header-key `x-a` stands twice in the header. → It stood on line 3 already; keep one.',
    ],
    ...['parents', 'message', 'created', 'depends', 'transaction', 'irreversible'].map(
      (key) =>
        [
          `${key} without a value`,
          fenced(...(key === 'parents' ? [] : ['-- parents: base']), `-- ${key}: `),
          `${key === 'parents' ? 2 : 3}:${key.length + 6} header-value \`${key}\` has no value. → Give it one, or delete the line.`,
        ] as const,
    ),
    [
      'an x- key without a value',
      fenced('-- parents: base', '-- x-a:'),
      '3:8 header-value `x-a` has no value. → Give it one, or delete the line.',
    ],
    [
      'an empty place',
      fenced('-- parents: aa,, bb,'),
      '2:16 header-value `parents` has an empty place in its list.',
      '2:21 header-value `parents` has an empty place in its list.',
    ],
    [
      'a known key without its colon',
      fenced('-- parents: aa', '-- depends bb', '--transaction=off', '-- labels'),
      '3:1 header-line This line of the header is not `-- key: value`. → Write `-- depends: bb`.',
      '4:1 header-line This line of the header is not `-- key: value`. → Write `-- transaction: off`.',
      `5:1 ${badLine}`,
    ],
    [
      'an id twice',
      fenced('-- parents: aa, bb, aa'),
      '2:21 header-value `parents` names aa twice.',
    ],
    [
      'base beside an id',
      fenced('-- parents: aa, base'),
      '2:17 header-value `base` stands alone or not at all.',
    ],
    [
      'a reserved word as a parent',
      fenced('-- parents: HEAD'),
      '2:13 header-value `parents` has `HEAD`, but `HEAD` is a reserved word. → Write the id itself: `mig heads` prints it.',
    ],
    [
      'base as a dependency',
      fenced('-- parents: aa', '-- depends: base'),
      '3:13 header-value `depends` has `base`, but `base` is a reserved word.',
    ],
    [
      'something that is no id',
      fenced('-- parents: aa b_c', '-- depends: xx, a-1'),
      '2:13 header-value `parents` has `aa b_c`, but an id is 1 to 64 letters and digits (A-Z a-z 0-9). → Put a comma between two of them.',
      '3:17 header-value `depends` has `a-1`, but an id is 1 to 64 letters and digits (A-Z a-z 0-9).',
    ],
    [
      'an id of 65 letters',
      fenced(`-- parents: ${'a'.repeat(65)}`),
      `2:13 header-value \`parents\` has \`${'a'.repeat(65)}\`, but an id is 1 to 64 letters and digits (A-Z a-z 0-9).`,
    ],
    [
      'something that is no label',
      fenced('-- parents: aa', '-- labels: ok, 2nd, Current'),
      '3:16 header-value `labels` has `2nd`, but a label is a letter, then letters, digits and `_`.',
      '3:21 header-value `labels` has `Current`, but `Current` is a reserved word.',
    ],
    [
      'transaction: no',
      fenced('-- parents: aa', '-- transaction: no'),
      '3:17 header-value `transaction` is `on` or `off`.',
    ],
    [
      'transaction: auto',
      fenced('-- parents: aa', '-- transaction: auto'),
      '3:17 header-value `transaction` is `on` or `off`.',
    ],
    [
      'foreign_keys: ON',
      fenced('-- parents: aa', '-- foreign_keys: ON'),
      '3:18 header-value `foreign_keys` is `auto`, `on` or `off`.',
    ],
    ...[
      '2026-11-22',
      '2026-11-22T15:06:00',
      '2026-11-22 15:06:00Z',
      '2026-11-22T15:06:00+01:00',
      '2026-11-22T15:06:00.000Z',
      '2026-02-29T00:00:00Z',
      '2100-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-12-00T00:00:00Z',
      '2026-00-01T00:00:00Z',
      '2026-11-22T24:00:00Z',
      '2026-11-22T23:59:60Z',
    ].map(
      (value) =>
        [
          `created: ${value}`,
          fenced('-- parents: aa', `-- created: ${value}`),
          `3:13 header-value ${badCreated}`,
        ] as const,
    ),
    [
      'everything at once, in the order of the lines but for what is missing',
      fenced('-- labels: 1', '-- nope', '-- mesage: x', '-- created: x'),
      `3:1 ${badLine}`,
      '2:12 header-value `labels` has `1`, but a label is a letter, then letters, digits and `_`.',
      '4:4 header-key Unknown header key `mesage`. → Did you mean `message`?',
      `5:13 header-value ${badCreated}`,
      `1:1 header-key ${noParents}`,
    ],
  ];
  for (const [what, text, ...expected] of refused) {
    test(`refuses ${what}`, () => assert.equal(told(text), expected));
  }

  test('has the same lines and columns behind a BOM and with CRLF', () => {
    const text = fenced('-- parents: aa,, bb', '-- nope: 1').replaceAll('\n', '\r\n');
    const expected = [
      '2:16 header-value `parents` has an empty place in its list.',
      '3:4 header-key Unknown header key `nope`. → Keys of your own begin with `x-`.',
    ];
    assert.equal(told(text), expected);
    assert.equal(told(`\uFEFF${text}`), expected);
  });

  test('takes the first of a repeated key', () => {
    const { header } = parseHeader(fenced('-- parents: aa', '-- parents: bb'), 'up');
    assert.equal(header.parents, ['aa']);
  });

  for (const day of ['2028-02-29', '2000-02-29', '2026-01-01', '2026-12-31']) {
    test(`takes ${day}`, () => {
      const text = fenced('-- parents: base', `-- created: ${day}T23:59:59Z`);
      assert.equal(told(text), []);
    });
  }
});

suite('parseHeader of a down file', (test) => {
  test('needs no header', () => {
    for (const text of ['', 'DROP TABLE t;', '-- Nothing to undo.\n']) {
      const { header, sqlStart, problems } = parseHeader(text, 'down');
      assert.equal(problems, []);
      assert.equal(header, headerOf({}));
      assert.is(sqlStart, 0);
    }
    assert.is(parseHeader('\uFEFFDROP TABLE t;', 'down').sqlStart, 1);
  });

  test('takes transaction, foreign_keys and x-…', () => {
    const text = fenced('-- transaction: off', '-- foreign_keys: off', '-- x-why: because');
    const { header, problems } = parseHeader(text, 'down');
    assert.equal(problems, []);
    const extra = [['x-why', 'because']] as const;
    assert.equal(header, headerOf({ transaction: 'off', foreignKeys: 'off', extra }));
  });

  const upOnly = ['parents', 'message', 'created', 'depends', 'labels', 'irreversible'];
  for (const key of upOnly) {
    test(`refuses ${key}`, () =>
      assert.equal(told(fenced(`-- ${key}: aa`), 'down'), [
        `2:4 header-key \`${key}\` belongs in the up file: a down file's header takes \`transaction\`, \`foreign_keys\` and \`x-…\`.`,
      ]));
  }

  test('refuses unknown keys, with the nearest of its own', () =>
    assert.equal(told(fenced('-- transactions: off', '-- parent: aa'), 'down'), [
      '2:4 header-key Unknown header key `transactions`. → Did you mean `transaction`?',
      '3:4 header-key Unknown header key `parent`.',
    ]));

  test('refuses a fence that never closes', () =>
    assert.equal(told('-- ---\n-- transaction: off\nVACUUM;\n', 'down'), [
      '3:1 header-unclosed The header is never closed. → It was opened on line 1; end it with a line `-- ---`.',
    ]));
});

suite('printHeader', (test) => {
  test('leaves out the defaults', () =>
    assert.is(printHeader(headerOf({})), '-- ---\n-- parents: base\n-- ---\n'));

  test('writes the keys in their order', () =>
    assert.is(
      printHeader({
        extra: [['x-b', '1']],
        irreversible: 'why',
        foreignKeys: 'off',
        transaction: 'off',
        labels: ['l', 'm'],
        depends: ['dd', 'cc'],
        created: '2026-11-22T15:06:00Z',
        message: 'what',
        parents: ['bb', 'aa'],
      }),
      [
        '-- ---',
        '-- parents: bb, aa',
        '-- message: what',
        '-- created: 2026-11-22T15:06:00Z',
        '-- depends: dd, cc',
        '-- labels: l, m',
        '-- transaction: off',
        '-- foreign_keys: off',
        '-- irreversible: why',
        '-- x-b: 1',
        '-- ---',
        '',
      ].join('\n'),
    ));

  test('writes the merge header of the format document', () =>
    assert.is(
      printHeader(
        headerOf({
          parents: ['32c843eb8225', 'adfa6c905b9d'],
          message: 'merge 32c843eb8225, adfa6c905b9d',
          created: '2026-11-21T09:00:00Z',
        }),
      ),
      '-- ---\n-- parents: 32c843eb8225, adfa6c905b9d\n-- message: merge 32c843eb8225, adfa6c905b9d\n-- created: 2026-11-21T09:00:00Z\n-- ---\n',
    ));

  test('is the inverse of parsing, for 2000 headers', () => {
    for (let seed = 0; seed < 2000; seed++) {
      const header = randomHeader(randomOf(seed));
      const text = printHeader(header);
      for (const file of [text, `${text}SELECT 1;\n`]) {
        const parsed = parseHeader(file, 'up');
        assert.equal(parsed.problems, [], `seed ${seed}`);
        assert.equal(parsed.header, header, `seed ${seed}`);
        assert.is(printHeader(parsed.header), text, `seed ${seed}`);
        assert.is(file.slice(0, parsed.sqlStart), text, `seed ${seed}`);
      }
    }
  });
});

suite('messageFault', (test) => {
  const table: readonly (readonly [text: string, fault: string | null])[] = [
    ['plain', null],
    ['tab\tinside', null],
    ['Tâches 日本 🦆', null],
    ['two\nlines', 'a message is one line of text'],
    ['two\r\nlines', 'a message is one line of text'],
    ['a\rb', 'a message is one line of text'],
    ['\x1b[31mred', 'a message has no control characters'],
    ['nul\0', 'a message has no control characters'],
    ['del\x7f', 'a message has no control characters'],
  ];
  for (const [text, fault] of table) {
    test(JSON.stringify(text), () => assert.is(messageFault(text), fault));
  }
});

suite('bomLength', (test) => {
  test('counts the mark at the beginning alone', () => {
    assert.is(bomLength('\uFEFFa'), 1);
    assert.is(bomLength('a\uFEFF'), 0);
    assert.is(bomLength(''), 0);
  });
});

function randomHeader(random: Random): Header {
  const id = () => Array.from({ length: 1 + random.int(12) }, () => random.pick(ALNUM)).join('');
  const ids = (most: number) =>
    [...new Set(Array.from({ length: random.int(most + 1) }, id))].filter(
      (each) => !['head', 'heads', 'base', 'current'].includes(each.toLowerCase()),
    );
  const text = () =>
    Array.from({ length: 1 + random.int(20) }, () => random.pick(TEXT))
      .join('')
      .trim() || 'x';
  const maybe = <T>(value: T): T | null => (random.chance(0.5) ? value : null);
  return {
    parents: ids(4),
    depends: ids(2),
    labels: ids(2).map((each) => `l${each}_`),
    message: maybe(text()),
    created: maybe(`20${10 + random.int(90)}-0${1 + random.int(9)}-1${random.int(10)}T09:00:00Z`),
    transaction: random.pick(['on', 'off']),
    foreignKeys: random.pick(['auto', 'on', 'off']),
    irreversible: maybe(text()),
    extra: [...new Set(ids(3))].map((each) => [`x-${each}`, text()] as const),
  };
}

const ALNUM = [...'abcXYZ0189'];
const TEXT = [...'ab:,-;\'"`#é日🦆. \t', '--', '\u2028', '\u00a0.'];
