import * as assert from 'uvu/assert';
import { decode } from '../../lib/files/decode.ts';
import { suite } from '../support/suite.ts';

const bytes = (...parts: (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

suite('decode: what is UTF-8', (test) => {
  const table: readonly (readonly [name: string, bytes: Buffer, text: string])[] = [
    ['nothing', bytes(), ''],
    ['ASCII', bytes('SELECT 1;\n'), 'SELECT 1;\n'],
    ['a BOM stays', bytes([0xef, 0xbb, 0xbf], 'x'), '\uFEFFx'],
    ['CRLF stays', bytes('a\r\nb\r\n'), 'a\r\nb\r\n'],
    ['two, three and four bytes', bytes('é€😀'), 'é€😀'],
    ['a replacement character that stands there', bytes('a\uFFFDb'), 'a\uFFFDb'],
    ['the last code point', bytes([0xf4, 0x8f, 0xbf, 0xbf]), '\u{10FFFF}'],
    ['control characters other than NUL', bytes([1, 8, 27, 127]), '\x01\x08\x1b\x7f'],
  ];
  for (const [name, given, text] of table) {
    test(name, () => assert.equal(decode(given, 'm/a.up.sql'), { text }));
  }
});

suite('decode: what is not', (test) => {
  const save = 'Save it as UTF-8.';
  const utf16 = 'It looks like UTF-16: save it as UTF-8.';
  type Row = readonly [
    name: string,
    bytes: Buffer,
    offset: number,
    hex: string,
    line: number,
    column: number,
    hint?: string,
  ];
  const table: readonly Row[] = [
    ['Latin-1', bytes("'caf", [0xe9], "'"), 4, 'e9', 1, 5],
    ['a lone continuation byte', bytes('ab', [0x80]), 2, '80', 1, 3],
    ['a character cut at the end', bytes('ab', [0xe2, 0x82]), 2, 'e2', 1, 3],
    ['an overlong slash', bytes([0xc0, 0xaf]), 0, 'c0', 1, 1],
    ['a surrogate', bytes('x', [0xed, 0xa0, 0x80]), 1, 'ed', 1, 2],
    ['above the last code point', bytes([0xf4, 0x90, 0x80, 0x80]), 0, 'f4', 1, 1],
    ['0xff in the middle', bytes('a', [0xff]), 1, 'ff', 1, 2],
    ['behind characters of several bytes', bytes('é€😀', [0xfc]), 9, 'fc', 1, 5],
    ['behind a BOM', bytes('\uFEFFab', [0xe9]), 5, 'e9', 1, 3],
    ['behind CRLF lines', bytes('a\r\nbc\r\n-- ', [0xe9]), 10, 'e9', 3, 4],
    ['first of a line', bytes('a\n', [0xe9], '\n'), 2, 'e9', 2, 1],
    ['behind true replacement characters', bytes('\uFFFDa\uFFFD\n\uFFFD', [0xe9]), 11, 'e9', 2, 2],
    ['before a true replacement character', bytes([0xe9], '\uFFFD'), 0, 'e9', 1, 1],
    ['the first two bytes of one', bytes('\uFFFD', [0xef, 0xbf]), 3, 'ef', 1, 2],
    ['the first of several', bytes('a', [0xe9], 'b', [0xe8]), 1, 'e9', 1, 2],
    ['UTF-16, little end first', bytes([0xff, 0xfe, 0x2d, 0]), 0, 'ff', 1, 1, utf16],
    ['UTF-16, big end first', bytes([0xfe, 0xff, 0, 0x2d]), 0, 'fe', 1, 1, utf16],
    ['invalid bytes are told before a NUL', bytes([0], [0xe9]), 1, 'e9', 1, 2],
  ];
  for (const [name, given, offset, hex, line, column, hint = save] of table) {
    test(name, () =>
      assert.equal(decode(given, 'm/a.up.sql'), {
        problem: {
          code: 'file-encoding',
          message: `This file is not UTF-8: byte ${offset} (0x${hex}) begins no character.`,
          hint,
          file: 'm/a.up.sql',
          line,
          column,
        },
      }),
    );
  }
});

suite('decode: NUL', (test) => {
  const table: readonly (readonly [
    name: string,
    bytes: Buffer,
    offset: number,
    line: number,
    column: number,
  ])[] = [
    ['alone', bytes([0]), 0, 1, 1],
    ['in the second line', bytes('a\nbc\0d'), 4, 2, 3],
    ['behind a BOM, told by its byte', bytes('\uFEFFa\0'), 4, 1, 2],
    ['behind an emoji: bytes for the offset, UTF-16 units for the column', bytes('😀\0'), 4, 1, 3],
    ['UTF-16 without a mark', bytes([0x2d, 0, 0x2d, 0]), 1, 1, 2],
  ];
  for (const [name, given, offset, line, column] of table) {
    test(name, () =>
      assert.equal(decode(given, 'm/a.up.sql'), {
        problem: {
          code: 'file-encoding',
          message: `This file has a NUL byte, at byte ${offset}.`,
          hint: 'SQLite would read no further than that: delete it, or save the file as UTF-8.',
          file: 'm/a.up.sql',
          line,
          column,
        },
      }),
    );
  }
});
