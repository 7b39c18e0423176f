import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { findConfig, parseConfig, parseDuration, readConfig } from '../../lib/files/config.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy, writeTree } from '../support/temp.ts';

suite('parseConfig', (test) => {
  test('takes every key', () => {
    const all = {
      database: 'app.db',
      dir: 'migrations',
      table: 'log',
      schemaFile: 'schema.sql',
      lockTimeout: '5s',
      ids: 'timestamp',
    };
    assert.equal(parseConfig(JSON.stringify(all), 'mig.json'), all);
  });
  test('an empty object is fine', () => assert.equal(parseConfig('{}', 'mig.json'), {}));
  test('a BOM and CRLF are fine', () =>
    assert.equal(parseConfig('\uFEFF{\r\n"ids": "random"\r\n}\r\n', 'mig.json'), {
      ids: 'random',
    }));
});

suite('parseConfig: what is wrong', (test) => {
  type Row = readonly [text: string, message: string, line?: number, column?: number];
  const notJson: readonly Row[] = [
    ['{', "mig.json is not JSON: Expected property name or '}'.", 1, 2],
    ["{'dir':1}", "mig.json is not JSON: Expected property name or '}'.", 1, 2],
    ['{\n  // c\n "dir":"a"\n}', "mig.json is not JSON: Expected property name or '}'.", 2, 3],
    ['{"dir":"a",}', 'mig.json is not JSON: Expected double-quoted property name.', 1, 12],
    [
      '{"dir":"a"\n "ids":1}',
      "mig.json is not JSON: Expected ',' or '}' after property value.",
      2,
      2,
    ],
    ['{"dir":"a"', "mig.json is not JSON: Expected ',' or '}' after property value.", 1, 11],
    [
      '{\n "dir": "mig\n"}',
      'mig.json is not JSON: Bad control character in string literal.',
      2,
      13,
    ],
    ['{"dir":"\\q"}', 'mig.json is not JSON: Bad escaped character.', 1, 10],
    ['\uFEFF{"dir"}', "mig.json is not JSON: Expected ':' after property name.", 1, 7],
    [
      '{"dir":"a"} x',
      'mig.json is not JSON: Unexpected non-whitespace character after JSON.',
      1,
      13,
    ],
    // V8 gives no place for these: it is found by how much of the text is a beginning.
    ['', 'mig.json is not JSON: Unexpected end of the file.', 1, 1],
    ['{\n  "dir": ', 'mig.json is not JSON: Unexpected end of the file.', 2, 10],
    ['{"dir":}', "mig.json is not JSON: Unexpected token '}'.", 1, 8],
    ['nope', "mig.json is not JSON: Unexpected token 'o'.", 1, 2],
    [
      '{\n\n  "database": tru,\n  "dir": "m"\n}',
      "mig.json is not JSON: Unexpected token ','.",
      3,
      18,
    ],
    ['{"dir": \u001b[31m}', "mig.json is not JSON: Unexpected token '\\u001b'.", 1, 9],
  ];
  for (const [text, message, line, column] of notJson) {
    test(JSON.stringify(text), async () => {
      const error = await thrownBy(MigError, () => parseConfig(text, 'mig.json'));
      assert.is(error.message, message);
      assert.is(error.code, 'setting');
      assert.is(error.exit, 2);
      assert.equal([error.file, error.line, error.column], ['mig.json', line, column]);
    });
  }

  const keys = 'The keys are database, dir, table, schemaFile, lockTimeout, ids.';
  const wrong: readonly (readonly [text: string, message: string, hint?: string])[] = [
    ['[]', 'mig.json: It has to be an object: `{ "dir": "migrations" }`.'],
    ['null', 'mig.json: It has to be an object: `{ "dir": "migrations" }`.'],
    ['"dir"', 'mig.json: It has to be an object: `{ "dir": "migrations" }`.'],
    ['{"databse":"a"}', 'mig.json: Unknown key `databse`.', 'Did you mean `database`?'],
    ['{"Dir":"a"}', 'mig.json: Unknown key `Dir`.', 'Did you mean `dir`?'],
    ['{"migrationsFolder":"a"}', 'mig.json: Unknown key `migrationsFolder`.', keys],
    ['{"__proto__":"a"}', 'mig.json: Unknown key `__proto__`.', keys],
    ['{"dir":""}', 'mig.json: `dir` has to be a text, and not empty.'],
    ['{"lockTimeout":5}', 'mig.json: `lockTimeout` has to be a text, and not empty.'],
    ['{"table":null}', 'mig.json: `table` has to be a text, and not empty.'],
    ['{"schemaFile":["a"]}', 'mig.json: `schemaFile` has to be a text, and not empty.'],
    ['{"ids":"uuid"}', 'mig.json: `ids` is `random` or `timestamp`.'],
  ];
  for (const [text, message, hint] of wrong) {
    test(text, async () => {
      const error = await thrownBy(MigError, () => parseConfig(text, 'mig.json'));
      assert.is(error.message, message);
      assert.is(error.code, 'setting');
      assert.is(error.hint, hint);
      assert.is(error.file, 'mig.json');
    });
  }
});

suite('readConfig', (test) => {
  const hint = '`--config` and `MIG_CONFIG` name the settings file; `mig init` writes one.';
  const failure = (path: string) => thrownBy(MigError, () => readConfig(path, 'cfg/mig.json'));

  test('gives the path and what stands in it', () =>
    inTemp((dir) => {
      writeTree(dir, { 'mig.json': '{"dir":"m"}' });
      assert.equal(readConfig(join(dir, 'mig.json'), 'mig.json'), {
        path: join(dir, 'mig.json'),
        config: { dir: 'm' },
      });
    }));
  test('a file that is not there', () =>
    inTemp(async (dir) => {
      const error = await failure(join(dir, 'mig.json'));
      assert.is(error.message, 'There is no cfg/mig.json.');
      assert.equal([error.code, error.hint, error.file], ['setting', hint, 'cfg/mig.json']);
    }));
  test('a folder', () =>
    inTemp(async (dir) => {
      const error = await failure(dir);
      assert.is(error.message, 'cfg/mig.json cannot be read (EISDIR).');
      assert.equal([error.code, error.hint, error.file], ['setting', hint, 'cfg/mig.json']);
    }));
  test('bytes that are no UTF-8', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'mig.json': Buffer.from('{\n"dir": "\xe9"}', 'latin1') });
      const error = await failure(join(dir, 'mig.json'));
      assert.is(error.message, 'This file is not UTF-8: byte 10 (0xe9) begins no character.');
      assert.equal(
        [error.code, error.file, error.line, error.column],
        ['setting', 'cfg/mig.json', 2, 9],
      );
    }));
  test('a fault inside is told with the path as it was shown', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'mig.json': '{"ids":"x"}' });
      const error = await failure(join(dir, 'mig.json'));
      assert.is(error.message, 'cfg/mig.json: `ids` is `random` or `timestamp`.');
    }));
});

suite('findConfig', (test) => {
  const found = (dir: string) => findConfig(dir)?.path ?? null;

  test('in the folder itself', () =>
    inTemp((dir) => {
      writeTree(dir, { 'mig.json': '{}', '.git/HEAD': '' });
      assert.is(found(dir), join(dir, 'mig.json'));
    }));
  test('the nearest above it', () =>
    inTemp((dir) => {
      writeTree(dir, { '.git/HEAD': '', 'mig.json': '{}', 'a/mig.json': '{}', 'a/b/c/x': '' });
      assert.is(found(join(dir, 'a/b/c')), join(dir, 'a/mig.json'));
    }));
  test('in the root of the repository, and no higher', () =>
    inTemp((dir) => {
      writeTree(dir, { 'mig.json': '{}', 'repo/.git/HEAD': '', 'repo/a/x': '' });
      assert.is(found(join(dir, 'repo/a')), null);
      writeTree(dir, { 'repo/mig.json': '{}' });
      assert.is(found(join(dir, 'repo/a')), join(dir, 'repo/mig.json'));
    }));
  test('a `.git` file (a worktree, a submodule) ends the search too', () =>
    inTemp((dir) => {
      writeTree(dir, { 'mig.json': '{}', 'tree/.git': 'gitdir: elsewhere\n' });
      assert.is(found(join(dir, 'tree')), null);
    }));
  test('through a link', () =>
    inTemp((dir) => {
      writeTree(dir, { 'real.json': '{"dir":"m"}', '.git/HEAD': '' });
      symlinkSync(join(dir, 'real.json'), join(dir, 'mig.json'));
      assert.equal(findConfig(dir)?.config, { dir: 'm' });
    }));
  test('a folder of that name is an error, not passed over', () =>
    inTemp(async (dir) => {
      mkdirSync(join(dir, 'mig.json'));
      const error = await thrownBy(MigError, () => findConfig(dir));
      assert.is(error.message, `${join(dir, 'mig.json')} cannot be read (EISDIR).`);
    }));
});

suite('parseDuration', (test) => {
  const table: readonly (readonly [text: string, ms: number])[] = [
    ['30s', 30_000],
    ['500ms', 500],
    ['2m', 120_000],
    ['5', 5000],
    ['0', 0],
    ['0ms', 0],
    ['1.5s', 1500],
    ['0.25', 250],
    [' 3s ', 3000],
  ];
  for (const [text, ms] of table) {
    test(JSON.stringify(text), () => assert.is(parseDuration(text), ms));
  }
  for (const text of [
    '',
    's',
    '-1',
    '+1',
    '1h',
    '1 s',
    '1e3',
    '.5',
    '1.',
    '٣',
    'Infinity',
    '0x10',
  ]) {
    test(`${JSON.stringify(text)} is none`, async () => {
      const error = await thrownBy(MigError, () => parseDuration(text));
      assert.is(error.message, `\`${text}\` is no time for \`--lock-timeout\`.`);
      assert.is(error.exit, 2);
    });
  }
});
