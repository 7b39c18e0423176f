import * as assert from 'uvu/assert';
import { checksumOf, sha256 } from '../../lib/files/hash.ts';
import { parseHeader } from '../../lib/graph/header.ts';
import { canonicalSql, executableSql, type SqlFile } from '../../lib/graph/revision.ts';
import { suite } from '../support/suite.ts';

const VECTOR = 'b8ce8efcb84a4588920625a35c2d3d56ec197784f220e584efb905722b1f5fb8';
const HEADER = '-- ---\n-- parents: base\n-- ---\n';
const SQL = 'CREATE TABLE t(a);';

function fileOf(text: string): SqlFile {
  const { sqlStart, header } = parseHeader(text, 'up');
  return {
    path: 'a1.up.sql',
    text,
    sqlStart,
    transaction: header.transaction,
    foreignKeys: header.foreignKeys,
  };
}

suite('sha256', (test) => {
  test('of nothing', () =>
    assert.is(sha256(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'));
  test('of the 18 bytes of the format document', () => assert.is(sha256(SQL), VECTOR));
  test('takes a text as UTF-8', () =>
    assert.is(sha256('é'), '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c'));
});

suite('checksumOf: the same SQL', (test) => {
  const table: readonly (readonly [name: string, text: string])[] = [
    ['as the format document has it', `${HEADER}${SQL}\n`],
    ['without a line end', `${HEADER}${SQL}`],
    ['with white space at the end', `${HEADER}${SQL} \t\r\n\n \n`],
    ['with a BOM', `\uFEFF${HEADER}${SQL}\n`],
    ['with CRLF', `${HEADER}${SQL}\n`.replaceAll('\n', '\r\n')],
    ['with a BOM and CRLF', `\uFEFF${`${HEADER}${SQL}\n`.replaceAll('\n', '\r\n')}`],
    ['without a header', `${SQL}\n`],
    ['without a header, with a BOM', `\uFEFF${SQL}\n`],
    [
      'with another header',
      `\n\n-- ---\n-- parents: a1, b2\n-- message: x\n-- x-y: z\n-- ---\n${SQL}\n`,
    ],
    ['with a header that has faults', `-- ---\n-- parent: a1\n-- ---\n${SQL}\n`],
  ];
  for (const [name, text] of table) {
    test(name, () => assert.is(checksumOf(fileOf(text)), VECTOR));
  }
});

suite('checksumOf: other SQL', (test) => {
  const table: readonly (readonly [name: string, sql: string, canonical: string])[] = [
    ['a blank line before it counts', `\n${SQL}\n`, `\n${SQL}`],
    ['a comment counts', `${SQL} -- x\n`, `${SQL} -- x`],
    ['white space inside counts', 'CREATE  TABLE t(a);', 'CREATE  TABLE t(a);'],
    ['CRLF inside a string is LF', "SELECT 'a\r\nb';\r\n", "SELECT 'a\nb';"],
    ['a lone CR inside stays', 'SELECT\r1;', 'SELECT\r1;'],
    ['other white space at the end stays', `${SQL}\u00A0\f\n`, `${SQL}\u00A0\f`],
    ['nothing at all', ' \r\n', ''],
    ['an emoji', "SELECT '😀';\n", "SELECT '😀';"],
  ];
  for (const [name, sql, canonical] of table) {
    test(name, () => {
      assert.is(canonicalSql(fileOf(HEADER + sql)), canonical);
      assert.is(checksumOf(fileOf(HEADER + sql)), sha256(canonical));
      assert.is.not(checksumOf(fileOf(HEADER + sql)), VECTOR);
    });
  }
});

suite('executableSql', (test) => {
  test('is the file as it stands, header and CRLF included', () => {
    const text = `${HEADER}${SQL}\r\n`;
    assert.is(executableSql(fileOf(text)), text);
  });
  test('leaves a BOM out', () =>
    assert.is(executableSql(fileOf(`\uFEFF${HEADER}${SQL}`)), HEADER + SQL));
});
