import * as assert from 'uvu/assert';
import { hasControls, plainText, printable, withinLine } from '../../lib/graph/controls.ts';
import { suite } from '../support/suite.ts';

suite('control characters', (test) => {
  const TEXT = 'a\0\t\n\r\x1b\x1f\x7f\x85\x9f\xa0é\ufffe\ud800';
  const table: readonly (readonly [what: string, made: string, expected: string])[] = [
    [
      'printable',
      printable(TEXT),
      'a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xa0é\ufffe\ud800',
    ],
    [
      'printable, in lines',
      printable(TEXT, { lines: true }),
      'a\ufffd\t\n\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xa0é\ufffe\ud800',
    ],
    [
      'plainText',
      plainText(TEXT),
      'a\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\xa0é\ufffd\ufffd',
    ],
    ['withinLine', withinLine(TEXT), 'a       \x85\x9f\xa0é\ufffe\ud800'],
  ];
  for (const [what, made, expected] of table) test(what, () => assert.is(made, expected));

  for (const [text, expected] of [
    ['mig_log', false],
    ['', false],
    ['a\0', true],
    ['a\nb', true],
    ['\x1f', true],
    ['\x7f\x80 é', false],
  ] as const) {
    test(`hasControls ${JSON.stringify(text)}`, () => assert.is(hasControls(text), expected));
  }
});
