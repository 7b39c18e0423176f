import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { type Folder, readFolder, requireSound } from '../../lib/files/folder.ts';
import { shownPath } from '../../lib/files/names.ts';
import { suite } from '../support/suite.ts';
import { inTemp, type Tree, thrownBy, withoutRoot, writeTree } from '../support/temp.ts';

const up = (parents: string, more = '') => `-- ---\n-- parents: ${parents}\n${more}-- ---\n`;
const pair = (stem: string, parents: string): Tree => ({
  [`${stem}.up.sql`]: up(parents),
  [`${stem}.down.sql`]: '',
});

/** Reads a folder of the given files, which messages call `m`. */
function folderOf(tree: Tree, more: (dir: string) => void = () => {}): Promise<Folder> {
  return inTemp((dir) => {
    writeTree(dir, tree);
    more(dir);
    return readFolder(dir, 'm');
  });
}

const messages = (folder: Folder) => folder.problems.map(({ file, message }) => [file, message]);

suite('readFolder: what is well', (test) => {
  test('an empty folder', async () => {
    const folder = await folderOf({});
    assert.is(folder.revisions.size, 0);
    assert.equal(folder.graph.order, []);
    assert.equal(folder.problems, []);
    assert.equal(folder.strays, []);
  });
  test('a pair', async () => {
    const header = up('base', '-- message: Add users\n-- created: 2026-11-22T15:06:00Z\n');
    const folder = await folderOf({
      'a1_add_users.up.sql': `${header}CREATE TABLE users(id);\n`,
      'a1_add_users.down.sql': '-- ---\n-- foreign_keys: off\n-- ---\nDROP TABLE users;\n',
    });
    assert.equal(folder.problems, []);
    const { places: _, ...revision } = folder.revisions.get('a1')!;
    assert.equal(revision, {
      id: 'a1',
      parents: [],
      depends: [],
      labels: [],
      created: '2026-11-22T15:06:00Z',
      message: 'Add users',
      irreversible: null,
      up: {
        path: 'a1_add_users.up.sql',
        text: `${header}CREATE TABLE users(id);\n`,
        sqlStart: header.length,
        transaction: 'on',
        foreignKeys: 'auto',
      },
      down: {
        path: 'a1_add_users.down.sql',
        text: '-- ---\n-- foreign_keys: off\n-- ---\nDROP TABLE users;\n',
        sqlStart: 35,
        transaction: 'on',
        foreignKeys: 'off',
      },
      file: 'm/a1_add_users.up.sql',
    });
  });
  test('without `message` the slug stands in, without a slug nothing', async () => {
    const folder = await folderOf({ ...pair('a1_add_users', 'base'), ...pair('b2', 'a1') });
    assert.is(folder.revisions.get('a1')!.message, 'add users');
    assert.is(folder.revisions.get('b2')!.message, '');
  });
  test('the two slugs of a pair may differ, and so may their folders', async () => {
    const folder = await folderOf({ 'x/a1_new.up.sql': up('base'), 'y/a1_old.down.sql': '' });
    assert.equal(folder.problems, []);
    assert.is(folder.revisions.get('a1')!.up.path, 'x/a1_new.up.sql');
    assert.is(folder.revisions.get('a1')!.down!.path, 'y/a1_old.down.sql');
  });
  test('an irreversible revision has no down file', async () => {
    const folder = await folderOf({ 'a1.up.sql': up('base', '-- irreversible: drops data\n') });
    assert.equal(folder.problems, []);
    assert.is(folder.revisions.get('a1')!.irreversible, 'drops data');
    assert.is(folder.revisions.get('a1')!.down, null);
  });
  test('folders below it are read too, and parents found across them', async () => {
    const folder = await folderOf({
      ...pair('2025/q1/b2', 'a1'),
      ...pair('a1', 'base'),
      ...pair('2026/c3', 'b2'),
    });
    assert.equal(folder.problems, []);
    assert.equal(folder.graph.order, ['a1', 'b2', 'c3']);
    assert.is(folder.revisions.get('b2')!.file, 'm/2025/q1/b2.up.sql');
  });
  test('hidden folders and node_modules are not', async () => {
    const folder = await folderOf({
      ...pair('a1', 'base'),
      ...pair('.git/b2', 'nowhere'),
      ...pair('node_modules/x/c3', 'nowhere'),
      'sub/.cache/head.up.sql': '',
    });
    assert.equal(folder.problems, []);
    assert.equal([...folder.revisions.keys()], ['a1']);
  });
  test('a link to a file is a file', async () => {
    const folder = await folderOf({ 'shared/up.txt': up('base'), 'a1.down.sql': '' }, (dir) =>
      symlinkSync(join(dir, 'shared/up.txt'), join(dir, 'a1.up.sql')),
    );
    assert.equal(folder.problems, []);
    assert.equal([...folder.revisions.keys()], ['a1']);
  });
  test('other files are left alone; *.sql in neither form is a stray, no problem', async () => {
    const folder = await folderOf({
      ...pair('a1', 'base'),
      'README.md': '',
      'z.sql': '',
      'notes.sql': '\xff',
      'sub/seed.sql': '',
      'a1.up.sql.orig': '',
    });
    assert.equal(folder.problems, []);
    assert.equal(folder.strays, ['notes.sql', 'sub/seed.sql', 'z.sql']);
  });
  test('BOM and CRLF', async () => {
    const folder = await folderOf({
      'a1.up.sql': `\uFEFF${up('base').replaceAll('\n', '\r\n')}SELECT 1;\r\n`,
      'a1.down.sql': '\uFEFFSELECT 2;\r\n',
    });
    assert.equal(folder.problems, []);
    const { up: upFile, down } = folder.revisions.get('a1')!;
    assert.is(upFile.text.slice(upFile.sqlStart), 'SELECT 1;\r\n');
    assert.is(upFile.text[0], '\uFEFF');
    assert.is(down!.text, '\uFEFFSELECT 2;\r\n');
  });
  test('the order is that of the graph, whatever was written first', async () => {
    const tree = { ...pair('c3', 'b2'), ...pair('b2', 'a1'), ...pair('a1', 'base') };
    assert.equal((await folderOf(tree)).graph.order, ['a1', 'b2', 'c3']);
  });
  test('a hundred revisions', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => String(n).padStart(4, '0'));
    const tree = Object.assign({}, ...ids.map((id, n) => pair(id, n === 0 ? 'base' : ids[n - 1]!)));
    const folder = await folderOf(tree);
    assert.equal(folder.problems, []);
    assert.equal(folder.graph.order, ids);
  });
});

suite('readFolder: what cannot be read', (test) => {
  test('a folder that is not there', () =>
    inTemp(async (dir) => {
      const error = await thrownBy(MigError, () => readFolder(join(dir, 'none'), 'm'));
      assert.is(error.message, 'There is no folder m.');
      assert.equal(
        [error.code, error.hint, error.file],
        ['setting', '`mig init m` makes it; `--dir` names another.', 'm'],
      );
      const { hint } = await thrownBy(MigError, () => readFolder(join(dir, 'none'), '/a b/m'));
      assert.is(hint, '`mig init DIR` makes it; `--dir` names another.');
    }));
  test('a file in its place', () =>
    inTemp(async (dir) => {
      writeTree(dir, { m: '' });
      const error = await thrownBy(MigError, () => readFolder(join(dir, 'm'), 'm'));
      assert.is(error.message, 'm is a file, not a folder.');
      assert.equal(
        [error.code, error.hint, error.file],
        ['setting', '`--dir` names the migrations folder.', 'm'],
      );
    }));
  test('a link that leads nowhere', async () => {
    const folder = await folderOf({ ...pair('a1', 'base'), 'b2.down.sql': '' }, (dir) =>
      symlinkSync(join(dir, 'none'), join(dir, 'b2.up.sql')),
    );
    assert.equal(folder.problems, [
      {
        code: 'file-unreadable',
        message: 'This file cannot be read (ENOENT).',
        hint: 'Look at its permissions, and whether it is a file.',
        revision: 'b2',
        file: 'm/b2.up.sql',
      },
    ]);
    assert.equal([...folder.revisions.keys()], ['a1']);
  });
  test('a link in a circle', async () => {
    const folder = await folderOf({ 'b2.down.sql': '' }, (dir) =>
      symlinkSync('b2.up.sql', join(dir, 'b2.up.sql')),
    );
    assert.equal(messages(folder), [['m/b2.up.sql', 'This file cannot be read (ELOOP).']]);
  });
  test('a link to a folder where a file has to be', async () => {
    const folder = await folderOf({ 'b2.up.sql': up('base'), 'x/y': '' }, (dir) =>
      symlinkSync(join(dir, 'x'), join(dir, 'b2.down.sql')),
    );
    assert.equal(messages(folder), [['m/b2.down.sql', 'This file cannot be read (EISDIR).']]);
  });
  test('a folder named like a file is a folder: the pair lacks that file', async () => {
    const folder = await folderOf({ 'b2.down.sql': '' }, (dir) =>
      mkdirSync(join(dir, 'b2.up.sql')),
    );
    assert.equal(messages(folder), [['m/b2.down.sql', 'b2 has a down file but no up file.']]);
  });
  if (process.platform !== 'win32') {
    test('a file without permission', () =>
      inTemp(async (dir) => {
        writeTree(dir, { ...pair('a1', 'base'), ...pair('b2', 'a1') });
        chmodSync(join(dir, 'b2.up.sql'), 0);
        const folder = await withoutRoot(() => readFolder(dir, 'm'));
        assert.equal(messages(folder), [['m/b2.up.sql', 'This file cannot be read (EACCES).']]);
      }));
    test('a folder without permission', () =>
      inTemp(async (dir) => {
        writeTree(dir, { ...pair('a1', 'base'), 'sub/x': '' });
        chmodSync(join(dir, 'sub'), 0);
        const error = await withoutRoot(() => thrownBy(MigError, () => readFolder(dir, 'm')));
        assert.is(error.message, 'The folder m/sub cannot be read (EACCES).');
        assert.equal(
          [error.code, error.exit, error.hint, error.file],
          ['io', 1, 'Look at its permissions.', 'm/sub'],
        );
      }));
  }
  test('a revision that could not be read is no unknown parent of others', async () => {
    const folder = await folderOf({
      'a1.up.sql': Buffer.from('\xe9', 'latin1'),
      'a1.down.sql': '',
      ...pair('b2', 'a1'),
      'c3.up.sql': up('b2', '-- depends: a1\n'),
      'c3.down.sql': '',
    });
    assert.equal(messages(folder), [
      ['m/a1.up.sql', 'This file is not UTF-8: byte 0 (0xe9) begins no character.'],
    ]);
  });
  test('but a parent that nobody has is told beside it', async () => {
    const folder = await folderOf({
      'a1.up.sql': '',
      'a1.down.sql': '',
      'b2.up.sql': up('a1, zzzz', '-- depends: yyyy, a1\n'),
      'b2.down.sql': '',
    });
    assert.equal(
      folder.problems.map(({ message, line, column }) => [message, line, column]),
      [
        ['This file has no header.', 1, 1],
        ['b2 has the parent zzzz but there is no such revision.', 2, 17],
        ['b2 depends on yyyy but there is no such revision.', 3, 13],
      ],
    );
  });
});

suite('readFolder: all problems at once', (test) => {
  const tree: Tree = {
    'z/head.up.sql': up('base'),
    'a1_x.up.pg.sql': '',
    'a1.up.sql': up('base'),
    'a1_again.up.sql': up('base'),
    'a1.down.sql': '',
    'b2.up.sql': up('a1', '-- mesage: x\n-- created: today\n'),
    'b2.down.sql': '-- ---\n-- parents: a1\n-- ---\n',
    'c3.down.sql': '',
    'd4.up.sql': up('nowhere'),
    ...pair('e5', 'd4'),
    ...pair('E5', 'd4'),
    'sub/f6.up.sql': up('e5, E5', '-- depends: f6\n'),
    'sub/f6.down.sql': Buffer.from([0x2d, 0x2d, 0]),
  };
  const expected = [
    ['m/a1_x.up.pg.sql', 'file-name', undefined],
    ['m/z/head.up.sql', 'file-name', undefined],
    ['m/e5.up.sql', 'duplicate-id', undefined],
    ['m/a1_again.up.sql', 'duplicate-id', undefined],
    ['m/b2.up.sql', 'header-key', 3],
    ['m/b2.up.sql', 'header-value', 4],
    ['m/b2.down.sql', 'header-key', 2],
    ['m/c3.down.sql', 'file-pair', undefined],
    ['m/d4.up.sql', 'file-pair', undefined],
    ['m/sub/f6.down.sql', 'file-encoding', 1],
    ['m/d4.up.sql', 'unknown-parent', 2],
    ['m/sub/f6.up.sql', 'dependency-on-descendant', 3],
  ];
  const brief = (folder: Folder) =>
    folder.problems.map(({ file, code, line }) => [file, code, line]).sort();

  test('none hides another', async () =>
    assert.equal(brief(await folderOf(tree)), expected.sort()));
  test('in an order that does not depend on when the files were written', async () => {
    const turned = Object.fromEntries(Object.entries(tree).reverse());
    assert.equal(messages(await folderOf(turned)), messages(await folderOf(tree)));
  });
  test('names first, then pairs and headers, then the graph; by byte within each', async () => {
    const codes = (await folderOf(tree)).problems.map(({ code }) => code);
    const names = codes.filter((code) => code === 'file-name').length;
    assert.is(codes.lastIndexOf('file-name'), names - 1);
    assert.equal(codes.slice(-2), ['unknown-parent', 'dependency-on-descendant']);
  });
  test('what is well is there in spite of them', async () => {
    const folder = await folderOf(tree);
    assert.equal([...folder.revisions.keys()].sort(), ['E5', 'a1', 'd4', 'e5', 'f6']);
  });
});

suite('requireSound', (test) => {
  test('hands a folder without problems through', async () => {
    const folder = await folderOf(pair('a1', 'base'));
    assert.is(requireSound(folder), folder);
  });
  test('throws the one problem as it is', async () => {
    const folder = await folderOf({ 'a1.down.sql': '' });
    const error = await thrownBy(MigError, () => requireSound(folder));
    assert.is(error.message, 'a1 has a down file but no up file.');
    assert.equal([error.code, error.exit, error.file], ['file-pair', 1, 'm/a1.down.sql']);
    assert.is(error.hint, 'Write m/a1.up.sql, or delete this file.');
  });
  test('throws several together', async () => {
    const folder = await folderOf({ 'a1.down.sql': '', 'b2.down.sql': '', 'head.up.sql': '' });
    const error = await thrownBy(MigError, () => requireSound(folder));
    assert.is(error.message, '3 problems in the revision files.');
    assert.is(error.code, 'invalid-files');
    assert.is(error.hint, 'Mend them, then `mig check` shows what is left.');
    assert.equal(error.problems, folder.problems);
  });
});

suite('shownPath', (test) => {
  test('begins with the folder', () => assert.is(shownPath('m', 'x/a.sql'), 'm/x/a.sql'));
  test('but not with a dot', () => assert.is(shownPath('.', 'x/a.sql'), 'x/a.sql'));
  test('an absolute folder', () => assert.is(shownPath('/srv/m', 'a.sql'), '/srv/m/a.sql'));
});
