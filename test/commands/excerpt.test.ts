import * as assert from 'uvu/assert';
import { excerptAt } from '../../lib/commands/excerpt.ts';
import { suite } from '../support/suite.ts';

suite('excerptAt', (test) => {
  test('the line, the one before it, and the message under the place', () => {
    assert.equal(excerptAt('SELECT 1;\n\tSELEC 2;\r\n', 11, 'here'), [
      '  1 | SELECT 1;',
      '> 2 |   SELEC 2;',
      '    |   ^ here',
    ]);
  });

  test('of a very long line the part around the place', () => {
    const [long, tail] = ['a'.repeat(100_000), 'z'.repeat(100_000)];
    const [before, line, caret] = excerptAt(`${long}\n${long}X${tail}`, 200_001, 'here');
    assert.is(before, `  1 | ${'a'.repeat(240)}…`);
    assert.is(line, `> 2 | …${'a'.repeat(160)}X${'z'.repeat(79)}…`);
    assert.is(caret!.indexOf('^'), line!.indexOf('X'));
  });

  test('at the end of one', () => {
    const [line, caret] = excerptAt('b'.repeat(500), 500, 'here');
    assert.is(line, `> 1 | …${'b'.repeat(160)}`);
    assert.is(caret, `    | ${' '.repeat(161)}^ here`);
  });
});
