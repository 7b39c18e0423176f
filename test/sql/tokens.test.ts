import * as assert from 'uvu/assert';
import { tokens } from '../../lib/sql/tokens.ts';
import { randomOf } from '../support/random.ts';
import { suite } from '../support/suite.ts';

/** The tokens of a text, as `kind text`; `op` is punctuation. */
function cut(sql: string): readonly string[] {
  return Array.from(tokens(sql), ({ kind, start, end }) => {
    return `${kind === 'punctuation' ? 'op' : kind} ${sql.slice(start, end)}`;
  });
}

suite('tokens', (test) => {
  const table: readonly (readonly [sql: string, ...cut: string[]])[] = [
    [''],
    [' \t\r\n\f\uFEFF'],
    // Words.
    ['SELECT a_1', 'word SELECT', 'word a_1'],
    ['_x a$b été 日本 a🦆b', 'word _x', 'word a$b', 'word été', 'word 日本', 'word a🦆b'],
    ['a\uFEFFb', 'word a\uFEFFb'],
    ['\uFEFFa', 'word a'],
    ['a\u00a0b', 'word a\u00a0b'],
    // Strings and the four kinds of quoted names.
    ["'it''s'", "string 'it''s'"],
    ["''", "string ''"],
    ["''''", "string ''''"],
    ["'a' 'b'", "string 'a'", "string 'b'"],
    ["'a\nb;--c/*'", "string 'a\nb;--c/*'"],
    ["'\\'x", "string '\\'", 'word x'],
    ['"a""b"', 'quoted "a""b"'],
    ['"it\'s"', 'quoted "it\'s"'],
    ['`a``b`', 'quoted `a``b`'],
    ['[a"b\'c`d]e', 'quoted [a"b\'c`d]', 'word e'],
    ['[a]]', 'quoted [a]', 'op ]'],
    ['a."b".[c]', 'word a', 'op .', 'quoted "b"', 'op .', 'quoted [c]'],
    // Blobs.
    ["x'00ff'", "blob x'00ff'"],
    ["X''", "blob X''"],
    ["xx'00'", 'word xx', "string '00'"],
    ["x '00'", 'word x', "string '00'"],
    // Comments.
    ['a -- b; \' " c\nd', 'word a', 'comment -- b; \' " c', 'word d'],
    ['--', 'comment --'],
    ['a--b', 'word a', 'comment --b'],
    ['a - -b', 'word a', 'op -', 'op -', 'word b'],
    ["/* a ; ' -- */b", "comment /* a ; ' -- */", 'word b'],
    ['/**/', 'comment /**/'],
    ['/*/ a */b', 'comment /*/ a */', 'word b'],
    ['/* /* */ */', 'comment /* /* */', 'op *', 'op /'],
    ['-- /*\n*/', 'comment -- /*', 'op *', 'op /'],
    ['a/b', 'word a', 'op /', 'word b'],
    // Numbers.
    [
      '1 1.5 .5 1. 1e3 1.5E-3',
      ...['1', '1.5', '.5', '1.', '1e3', '1.5E-3'].map((n) => `number ${n}`),
    ],
    ['0xFF 1_000', 'number 0xFF', 'number 1_000'],
    ['-1', 'op -', 'number 1'],
    ['1-1', 'number 1', 'op -', 'number 1'],
    ['t.1', 'word t', 'number .1'],
    // Parameters.
    ['? ?1 ?12a', 'parameter ?', 'parameter ?1', 'parameter ?12', 'word a'],
    [':a @b_1 $c #d', 'parameter :a', 'parameter @b_1', 'parameter $c', 'parameter #d'],
    ['$a::b(c) :a(b;c) @a::b', 'parameter $a::b(c)', 'parameter :a(b;c)', 'parameter @a::b'],
    ['$a(b;c d', 'parameter $a(b;c', 'word d'],
    ['a::int', 'word a', 'op :', 'parameter :int'],
    ['=:a)', 'op =', 'parameter :a', 'op )'],
    [': @ $', 'op :', 'op @', 'op $'],
    // Operators and what stands between.
    ["a||b->>'$.x'", 'word a', 'op ||', 'word b', 'op ->>', "string '$.x'"],
    ['a<=b<>c!=d', 'word a', 'op <=', 'word b', 'op <>', 'word c', 'op !=', 'word d'],
    ['a<<1>>2==3', 'word a', 'op <<', 'number 1', 'op >>', 'number 2', 'op ==', 'number 3'],
    ['f(a,b);', 'word f', 'op (', 'word a', 'op ,', 'word b', 'op )', 'op ;'],
    ['\\\0\x01', 'op \\', 'op \0', 'op \x01'],
    // What the text ends in.
    ["a 'b; -- c\n", 'word a', "unterminated 'b; -- c\n"],
    ["'b''", "unterminated 'b''"],
    ['"b', 'unterminated "b'],
    ['`b``', 'unterminated `b``'],
    ['[b', 'unterminated [b'],
    ["x'00", "unterminated x'00"],
    ['/* b', 'unterminated /* b'],
    ['/*/', 'unterminated /*/'],
    ["a '", 'word a', "unterminated '"],
  ];
  for (const [sql, ...expected] of table) {
    test(JSON.stringify(sql), () => assert.equal(cut(sql), expected));
  }

  test('are in order, never overlap, and leave out white space alone', () => {
    for (let seed = 0; seed < 4000; seed++) {
      const random = randomOf(seed);
      const pieces = seed % 2 === 0 ? FRAGMENTS : BYTES;
      const sql = Array.from({ length: random.int(60) }, () => random.pick(pieces)).join('');
      let at = 0;
      for (const token of tokens(sql)) {
        const told = `seed ${seed}: ${JSON.stringify(sql)} at ${token.start}`;
        assert.ok(token.start >= at && token.end > token.start && token.end <= sql.length, told);
        assert.match(sql.slice(at, token.start), WHITE_SPACE, told);
        if (token.kind === 'unterminated') assert.is(token.end, sql.length, told);
        at = token.end;
      }
      assert.match(sql.slice(at), WHITE_SPACE, `seed ${seed}: ${JSON.stringify(sql)} at its end`);
    }
  });

  test('of a text cut off anywhere are the same up to the last one or two', () => {
    const sql = `INSERT INTO "a""b" VALUES ('it''s', x'00', 1.5e-3, :a) -- c\n; /* d */ SELECT [e]->>'$'`;
    const whole = [...tokens(sql)];
    for (let end = 0; end <= sql.length; end++) {
      const before = whole.filter((token) => token.end < end);
      assert.equal([...tokens(sql.slice(0, end))].slice(0, before.length), before, `at ${end}`);
    }
  });

  test('of a long text that never closes take time linear in it', () => {
    for (const piece of ["'", '"a', '[', '/*', "x'", '-', '\uD800', '1e', '$a(', ':', ' ']) {
      const sql = piece.repeat(Math.floor(2 ** 20 / piece.length));
      let count = 0;
      for (const _ of tokens(sql)) count++;
      assert.ok(count <= sql.length, JSON.stringify(piece));
    }
  });
});

const WHITE_SPACE = /^[ \t\n\f\r\uFEFF]*$/;
const FRAGMENTS = [
  ...[...'\'"`[];-/*.:@#$?()xX019_ae \t\n\r\f\\<>=|!+'],
  ...['--', '/*', '*/', "x'", "''", '->>', '0x', '1e', '\uFEFF', 'é', '🦆', '\uD800', '\0'],
];
const BYTES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
