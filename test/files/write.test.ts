import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { type NewFile, writeNew } from '../../lib/files/write.ts';
import { canMount, moduleUrl, runChild, smallDisk } from '../support/child.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy, withoutRoot, writeTree } from '../support/temp.ts';

const file = (dir: string, name: string, text: string): NewFile => ({
  path: join(dir, name),
  shown: `m/${name}`,
  text,
});
const pair = (dir: string) => [file(dir, 'a1.up.sql', 'up\n'), file(dir, 'a1.down.sql', 'down\n')];
const textAt = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8');

suite('writeNew', (test) => {
  test('writes all of them', () =>
    inTemp((dir) => {
      writeNew(pair(dir));
      assert.equal(readdirSync(dir).sort(), ['a1.down.sql', 'a1.up.sql']);
      assert.is(textAt(dir, 'a1.up.sql'), 'up\n');
      assert.is(textAt(dir, 'a1.down.sql'), 'down\n');
    }));
  test('makes the folders', () =>
    inTemp((dir) => {
      writeNew([file(dir, 'x/y/a1.up.sql', 'up\n')]);
      assert.is(textAt(dir, 'x/y/a1.up.sql'), 'up\n');
    }));
  test('byte for byte', () =>
    inTemp((dir) => {
      writeNew([file(dir, 'a1.up.sql', "\uFEFF-- ---\r\nSELECT '😀é';")]);
      assert.equal(
        readFileSync(join(dir, 'a1.up.sql')),
        Buffer.from("\uFEFF-- ---\r\nSELECT '😀é';", 'utf8'),
      );
    }));
  test('empty files, and no files', () =>
    inTemp((dir) => {
      writeNew([]);
      writeNew([file(dir, 'a1.up.sql', '')]);
      assert.is(textAt(dir, 'a1.up.sql'), '');
    }));
  test('a large file as a whole', () =>
    inTemp((dir) => {
      const text = `${'0123456789abcdef'.repeat(200_000)}\n`;
      writeNew([file(dir, 'a1.up.sql', text)]);
      assert.ok(textAt(dir, 'a1.up.sql') === text);
    }));
});

suite('writeNew: never overwrites, and writes all or none', (test) => {
  const existing = async (dir: string, shown: string) => {
    const error = await thrownBy(MigError, () => writeNew(pair(dir)));
    assert.is(error.message, `${shown} exists already, and mig never overwrites a file.`);
    assert.equal(
      [error.code, error.exit, error.hint, error.file],
      ['exists', 2, 'Nothing was written.', shown],
    );
  };

  test('the first exists', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'a1.up.sql': 'mine' });
      await existing(dir, 'm/a1.up.sql');
      assert.equal(readdirSync(dir), ['a1.up.sql']);
      assert.is(textAt(dir, 'a1.up.sql'), 'mine');
    }));
  test('the second exists', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'a1.down.sql': 'mine' });
      await existing(dir, 'm/a1.down.sql');
      assert.equal(readdirSync(dir), ['a1.down.sql']);
      assert.is(textAt(dir, 'a1.down.sql'), 'mine');
    }));
  test('a folder has the name', () =>
    inTemp(async (dir) => {
      mkdirSync(join(dir, 'a1.down.sql'));
      await existing(dir, 'm/a1.down.sql');
      assert.equal(readdirSync(dir), ['a1.down.sql']);
    }));
  test('a link that leads nowhere has the name: nothing is written through it', () =>
    inTemp(async (dir) => {
      symlinkSync(join(dir, 'elsewhere'), join(dir, 'a1.up.sql'));
      await existing(dir, 'm/a1.up.sql');
      assert.equal(readdirSync(dir), ['a1.up.sql']);
      assert.not(existsSync(join(dir, 'elsewhere')));
    }));
  test('one name twice', () =>
    inTemp(async (dir) => {
      const twice = [file(dir, 'a1.up.sql', 'one'), file(dir, 'a1.up.sql', 'two')];
      const error = await thrownBy(MigError, () => writeNew(twice));
      assert.is(error.code, 'exists');
      assert.equal(readdirSync(dir), []);
    }));
});

suite('writeNew: what cannot be written', (test) => {
  const failure = async (files: readonly NewFile[], code: string) => {
    const error = await thrownBy(MigError, () => writeNew(files));
    const shown = files.at(-1)!.shown;
    assert.is(error.message, `${shown} cannot be written (${code}).`);
    assert.equal(
      [error.code, error.exit, error.hint, error.file],
      ['io', 1, 'Nothing was written.', shown],
    );
  };

  test('the folder is a file', () =>
    inTemp(async (dir) => {
      writeTree(dir, { x: 'mine' });
      await failure([file(dir, 'a1.up.sql', 'up'), file(dir, 'x/a1.down.sql', 'down')], 'EEXIST');
      assert.equal(readdirSync(dir), ['x']);
      assert.is(textAt(dir, 'x'), 'mine');
    }));
  test('a folder above it is a file', () =>
    inTemp(async (dir) => {
      writeTree(dir, { x: 'mine' });
      await failure([file(dir, 'a1.up.sql', 'up'), file(dir, 'x/y/a1.sql', 'down')], 'ENOTDIR');
      assert.equal(readdirSync(dir), ['x']);
    }));
  test('the name is too long', () =>
    inTemp(async (dir) => {
      const long = `${'a'.repeat(300)}.sql`;
      await failure([file(dir, 'a1.up.sql', 'up'), file(dir, long, 'down')], 'ENAMETOOLONG');
      assert.equal(readdirSync(dir), []);
    }));
  if (process.platform !== 'win32') {
    test('the folder is not ours', () =>
      inTemp(async (dir) => {
        mkdirSync(join(dir, 'x'), { mode: 0o555 });
        await withoutRoot(() => failure([file(join(dir, 'x'), 'a1.up.sql', 'up')], 'EACCES'));
        assert.equal(readdirSync(join(dir, 'x')), []);
      }));
  }
});

/** Writes a small and a large file, and tells how that ended. */
const CHILD = `
  import { readdirSync } from 'node:fs';
  const { writeNew } = await import(${moduleUrl('files/write.ts')});
  const dir = process.argv[1];
  const result = {};
  try {
    writeNew([
      { path: dir + '/a1.up.sql', shown: 'm/a1.up.sql', text: 'up' },
      { path: dir + '/a1.down.sql', shown: 'm/a1.down.sql', text: 'x'.repeat(1 << 20) },
    ]);
  } catch ({ code, message, hint }) {
    Object.assign(result, { code, message, hint });
  }
  console.log(JSON.stringify({ ...result, left: readdirSync(dir) }));
`;

suite('writeNew: no room left', (test) => {
  if (canMount()) {
    test('the disk is full', () =>
      inTemp((dir) => {
        assert.equal(runChild(CHILD, [dir], smallDisk(dir)).json, {
          code: 'io',
          message: 'm/a1.down.sql cannot be written (ENOSPC).',
          hint: 'The disk is full. Nothing was written.',
          left: [],
        });
      }));
  } else console.log('NOTE: no tmpfs can be mounted here: writeNew on a full disk is not tested');
  if (process.platform !== 'win32') {
    test('a limit for the size of files is met half-way through the second', () =>
      inTemp((dir) => {
        assert.equal(runChild(CHILD, [dir], { before: 'ulimit -f 64' }).json, {
          code: 'io',
          message: 'm/a1.down.sql cannot be written (EFBIG).',
          hint: 'Nothing was written.',
          left: [],
        });
      }));
  }
});
