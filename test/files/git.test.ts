import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { filesAt, type GitFiles, mergeBaseFiles } from '../../lib/files/git.ts';
import { hasGit, Repository } from '../support/git.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy } from '../support/temp.ts';

const textsOf = (files: GitFiles) =>
  Object.fromEntries(
    [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('latin1')]),
  );

/** A repository with a folder `m`, and what is in there. */
function withFolder(
  tree: Readonly<Record<string, string | Uint8Array>>,
  use: (repository: Repository, dir: string) => void | Promise<void>,
): Promise<void> {
  return inTemp(async (temp) => {
    const repository = new Repository(join(temp, 'work'));
    const dir = join(repository.dir, 'm');
    mkdirSync(dir);
    repository.write(tree);
    repository.commit();
    await use(repository, dir);
  });
}

/** With variables of the environment, meanwhile. */
async function withVariables(
  variables: Readonly<Record<string, string>>,
  action: () => void | Promise<void>,
): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    await action();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

if (hasGit('files of a git ref')) {
  suite('filesAt', (test) => {
    test('has the SQL files below the folder, and nothing else', () =>
      withFolder(
        {
          'm/a.up.sql': 'a',
          'm/deep/b.sql': 'b',
          'm/README.md': '',
          'm/.hidden/c.sql': '',
          'm/node_modules/d.sql': '',
          'm2/e.sql': '',
          'f.sql': '',
        },
        (repository, dir) => {
          const expected = { 'a.up.sql': 'a', 'deep/b.sql': 'b' };
          assert.equal(textsOf(filesAt('HEAD', dir)), expected);
          assert.equal(textsOf(filesAt('main', join(dir, 'deep'))), { 'b.sql': 'b' });
          assert.equal(Object.keys(textsOf(filesAt('main', repository.dir))).sort(), [
            'f.sql',
            'm/a.up.sql',
            'm/deep/b.sql',
            'm2/e.sql',
          ]);
        },
      ));

    test('keeps every byte', () => {
      const bytes = Uint8Array.from({ length: 1024 }, (_, index) => index % 256);
      return withFolder(
        { 'm/a.sql': bytes, 'm/b.sql': '', 'm/c.sql': '\n', 'm/d.sql': 'x blob 7\n' },
        (_, dir) => {
          const files = filesAt('HEAD', dir);
          assert.equal(files.get('a.sql'), Buffer.from(bytes));
          assert.equal(
            ['b.sql', 'c.sql', 'd.sql'].map((path) => textsOf(files)[path]),
            ['', '\n', 'x blob 7\n'],
          );
        },
      );
    });

    test('reads any name', () => {
      const names = [
        'two words.sql',
        'ü→.sql',
        'tab\there.sql',
        'line\nend.sql',
        '-x.sql',
        '[a]*.sql',
        ':(top).sql',
      ];
      return withFolder(Object.fromEntries(names.map((name) => [`m/${name}`, name])), (_, dir) => {
        const files = filesAt('HEAD', dir);
        assert.equal([...files.keys()].sort(), [...names].sort());
        for (const name of names) assert.is(files.get(name)?.toString(), name);
      });
    });

    test('of a folder whose name means something to git', () =>
      withFolder({ ':(top)[m]*/a.sql': 'a', 'm/b.sql': 'b' }, ({ dir }) => {
        assert.equal(textsOf(filesAt('HEAD', join(dir, ':(top)[m]*'))), { 'a.sql': 'a' });
      }));

    test('of a folder that the ref does not have: none', () =>
      withFolder({}, (_, dir) => assert.is(filesAt('HEAD', dir).size, 0)));

    test('of a file where the folder is: none', () =>
      withFolder({}, (repository, dir) => {
        repository.remove('m');
        repository.write({ m: 'x' });
        repository.commit();
        repository.git('checkout', '-q', '-b', 'next');
        repository.remove('m');
        repository.write({ 'm/a.sql': 'a' });
        assert.is(filesAt('main', dir).size, 0);
      }));

    test('a file that git has lost', () =>
      withFolder({ 'm/a.sql': 'a', 'm/b.sql': 'b' }, async (repository, dir) => {
        const blob = repository.git('rev-parse', 'HEAD:m/a.sql');
        repository.remove(`.git/objects/${blob.slice(0, 2)}/${blob.slice(2)}`);
        const error = await thrownBy(MigError, () => filesAt('HEAD', dir));
        assert.equal(
          [error.code, error.message],
          ['io', `git failed: it does not have the file a.sql (${blob})`],
        );
      }));

    test('where there is no git', () =>
      withFolder({}, (_, dir) =>
        withVariables({ PATH: dir }, async () => {
          const error = await thrownBy(MigError, () => filesAt('HEAD', dir));
          assert.equal(
            [error.exit, error.message, error.hint],
            [2, 'There is no `git` to ask.', 'Install git.'],
          );
        }),
      ));

    // Left as it is, GIT_DIR makes the folder the top of the work tree.
    const hooks: readonly (readonly [name: string, (top: string) => Record<string, string>])[] = [
      ['in a folder', () => ({ GIT_DIR: '.git', GIT_INDEX_FILE: '.git/index', GIT_PREFIX: '' })],
      ['in a work tree', (top) => ({ GIT_DIR: `${top}/.git`, GIT_INDEX_FILE: 'index' })],
      ['with both', (top) => ({ GIT_DIR: `${top}/.git`, GIT_WORK_TREE: top })],
      ['in another repository', (top) => ({ GIT_DIR: `${top}/other/.git`, GIT_WORK_TREE: '.' })],
      ['that receives', (top) => ({ GIT_OBJECT_DIRECTORY: `${top}/none` })],
    ];
    for (const [name, variables] of hooks) {
      test(`from a hook: ${name}`, () =>
        withFolder({ 'm/a.sql': 'a', 'b.sql': 'b' }, (repository, dir) => {
          new Repository(join(repository.dir, 'other')).commit();
          return withVariables(variables(repository.dir), () => {
            assert.equal(textsOf(filesAt('HEAD', dir)), { 'a.sql': 'a' });
            assert.equal(textsOf(mergeBaseFiles('main', dir)), { 'a.sql': 'a' });
          });
        }));
    }

    test('with settings from the environment', () =>
      withFolder({}, (_, dir) =>
        withVariables({ GIT_CONFIG_COUNT: 'x' }, async () => {
          const error = await thrownBy(MigError, () => filesAt('HEAD', dir));
          assert.match(error.message, /bogus count in GIT_CONFIG_COUNT/);
        }),
      ));

    test('a repository that git does not want to read', () =>
      withFolder({}, async (repository, dir) => {
        repository.write({ '.git/config': '[core\n' });
        const error = await thrownBy(MigError, () => filesAt('HEAD', dir));
        assert.is(error.code, 'setting');
        assert.match(
          error.message,
          /^git does not read the repository of the migrations folder: bad config line 1/,
        );
      }));
  });

  suite('mergeBaseFiles', (test) => {
    test('of the commit at which both parted', () =>
      withFolder({ 'm/a.sql': 'old' }, (repository, dir) => {
        repository.branch('theirs');
        repository.write({ 'm/a.sql': 'theirs' });
        repository.commit();
        repository.checkout('main');
        repository.write({ 'm/a.sql': 'ours', 'm/b.sql': 'b' });
        repository.commit();
        assert.equal(textsOf(mergeBaseFiles('theirs', dir)), { 'a.sql': 'old' });
        assert.equal(textsOf(filesAt('theirs', dir)), { 'a.sql': 'theirs' });
        assert.is(mergeBaseFiles('HEAD', dir).size, 2);
      }));

    test('none where they never met', () =>
      withFolder({ 'm/a.sql': 'a' }, (repository, dir) => {
        repository.git('checkout', '-q', '--orphan', 'alone');
        repository.write({ 'm/b.sql': 'b' });
        repository.commit();
        assert.is(mergeBaseFiles('main', dir).size, 0);
      }));

    test('none before the first commit', () =>
      withFolder({ 'm/a.sql': 'a' }, (repository, dir) => {
        repository.git('checkout', '-q', '--orphan', 'unborn');
        assert.is(mergeBaseFiles('main', dir).size, 0);
      }));
  });
}
