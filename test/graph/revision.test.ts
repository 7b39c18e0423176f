import * as assert from 'uvu/assert';
import { sha256 } from '../../lib/files/hash.ts';
import { parseHeader } from '../../lib/graph/header.ts';
import {
  canonicalSql,
  executableSql,
  requirements,
  type SqlFile,
} from '../../lib/graph/revision.ts';
import { revisionsOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

const HEADER = '-- ---\n-- parents: base\n-- ---\n';

function upFile(text: string): SqlFile {
  const { header, sqlStart } = parseHeader(text, 'up');
  const { transaction, foreignKeys } = header;
  return { path: 'a.up.sql', text, sqlStart, transaction, foreignKeys };
}

suite('canonicalSql', (test) => {
  const table: readonly (readonly [what: string, text: string, sql: string])[] = [
    ['the SQL behind the header', `${HEADER}CREATE TABLE t(a);\n`, 'CREATE TABLE t(a);'],
    ['no BOM', `\uFEFF${HEADER}SELECT 1;`, 'SELECT 1;'],
    ['no BOM of a file without a header', '\uFEFFSELECT 1;', 'SELECT 1;'],
    ['LF for CRLF', `${HEADER}a\nb\n`.replaceAll('\n', '\r\n'), 'a\nb'],
    ['a lone CR as it stands', `${HEADER}a\rb`, 'a\rb'],
    ['no white space at the end', `${HEADER}a; \t\r\n\n \t`, 'a;'],
    ['other white space at the end', `${HEADER}a;\u00a0\f`, 'a;\u00a0\f'],
    ['white space at the beginning', `${HEADER}\n  a;`, '\n  a;'],
    ['nothing of an empty file', HEADER, ''],
    ['nothing of blank lines', `${HEADER}\n \n`, ''],
  ];
  for (const [what, text, sql] of table) {
    test(`has ${what}`, () => assert.is(canonicalSql(upFile(text)), sql));
  }

  test('has no BOM even where the SQL is said to begin before it', () =>
    assert.is(canonicalSql({ ...upFile('\uFEFFSELECT 1;'), sqlStart: 0 }), 'SELECT 1;'));

  test('gives the checksum of the format document', () =>
    assert.is(
      sha256(canonicalSql(upFile(`\uFEFF${HEADER}CREATE TABLE t(a);\r\n`))),
      'b8ce8efcb84a4588920625a35c2d3d56ec197784f220e584efb905722b1f5fb8',
    ));

  test('does not know the header', () =>
    assert.is(
      canonicalSql(upFile(`\n-- ---\n-- parents: aa\n-- message: x\n-- ---\nSELECT 1;`)),
      canonicalSql(upFile(`${HEADER}SELECT 1;\n`)),
    ));
});

suite('executableSql', (test) => {
  test('is the file as it stands', () => {
    const text = `${HEADER}SELECT 1;\r\n`;
    assert.is(executableSql(upFile(text)), text);
  });
  test('but for a BOM', () => assert.is(executableSql(upFile(`\uFEFF${HEADER}`)), HEADER));
});

suite('requirements', (test) => {
  test('are parents, then dependencies, each once', () => {
    const [node] = revisionsOf('e<d,b +c,b,a');
    assert.equal(requirements(node!), ['d', 'b', 'c', 'a']);
  });
});
