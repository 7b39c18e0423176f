import { cpSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { CheckDocument } from '../../lib/commands/documents.ts';
import { sha256 } from '../../lib/files/hash.ts';
import { mergeId } from '../../lib/graph/id.ts';
import { filesOf, type Pair } from '../support/commands.ts';
import { hasGit, Repository } from '../support/git.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

interface Checked {
  readonly status: number | null;
  readonly document: CheckDocument;
  /** `error code file:line:column: message`, as far as there is such. */
  readonly lines: readonly string[];
}

/** `mig check --against REF`, after a look that the repository stayed as it was. */
async function check(
  repository: Repository,
  ref = 'theirs',
  ...args: readonly string[]
): Promise<Checked> {
  const before = repository.state();
  const ran = await mig(repository.home, ['check', `--against=${ref}`, '--json', ...args]);
  assert.is(repository.state(), before, 'nothing in the repository changes');
  assert.is(ran.stderr, '');
  const document = JSON.parse(ran.stdout) as CheckDocument;
  const lines = (document.findings ?? []).map(({ severity, code, file, line, column, message }) => {
    const place = [file, line, column].filter((each) => each !== null).join(':');
    return `${severity} ${code} ${place === '' ? '' : `${place}: `}${message}`;
  });
  return { status: ran.status, document, lines };
}

/**
 * A repository on `main`, with another branch `theirs`; both start from `a1`.
 *
 * @param home the folder in it that holds `migrations`.
 */
function withSides(
  sides: {
    readonly base?: readonly Pair[];
    readonly ours?: readonly Pair[];
    readonly theirs?: readonly Pair[];
    readonly home?: string;
  },
  use: (repository: Repository) => void | Promise<void>,
): Promise<void> {
  return inTemp(async (dir) => {
    const repository = new Repository(join(dir, 'work'), sides.home);
    repository.commit(...(sides.base ?? [{ id: 'a1' }]));
    repository.branch('theirs');
    repository.commit(...(sides.theirs ?? []));
    repository.checkout('main');
    repository.commit(...(sides.ours ?? []));
    await use(repository);
  });
}

const B: Pair = { id: 'b1', parents: 'a1' };
const C: Pair = { id: 'c1', parents: 'a1' };
const MERGED = mergeId(['b1', 'c1'], sha256);
const HEADS = 'error several-heads There are 2 heads: b1 c1';
const UP = (id: string) => `migrations/${id}_x.up.sql`;
const DOWN = (id: string) => `migrations/${id}_x.down.sql`;

if (hasGit('mig check --against')) {
  suite('mig check --against', (test) => {
    test('two branches that commute: the merge that would join them, and its proof', () =>
      withSides({ ours: [B], theirs: [C] }, async (repository) => {
        const { status, document, lines } = await check(repository);
        assert.equal([status, lines], [4, [HEADS]]);
        assert.equal(document.against, {
          ref: 'theirs',
          heads: ['b1', 'c1'],
          merge: { revision: MERGED, parents: ['b1', 'c1'] },
          proof: { verdict: 'commutes', claim: 'proved', findings: [] },
        });
        const hint = `They commute (proved): merge theirs into this branch, then \`mig merge\` writes ${MERGED}`;
        assert.is(document.findings[0]?.hint, hint);
        assert.equal([document.error?.code, document.error?.exit], ['several-heads', 4]);
        assert.equal(await mig(repository.home, ['check', '--against', 'theirs']), {
          status: 4,
          stdout: `error: There are 2 heads: b1 c1 [several-heads]\n  ${hint}\n`,
          stderr: 'mig: There are 2 heads: b1 c1\n',
        });
        // And so it comes.
        repository.git('merge', '-q', '-m', 'x', 'theirs');
        assert.match((await mig(repository.home, ['merge'])).stdout, MERGED);
        assert.is((await check(repository)).status, 0);
      }));

    test('two branches of which each fails behind the other', () => {
      const add = (id: string): Pair => ({
        id,
        parents: 'a1',
        up: 'SELECT 1;\nALTER TABLE a1 ADD COLUMN same;\n',
        down: 'ALTER TABLE a1 DROP COLUMN same;\n',
      });
      return withSides({ ours: [add('b1')], theirs: [add('c1')] }, async (repository) => {
        const { status, document, lines } = await check(repository);
        assert.equal(lines, [
          'error proof b1 and c1 do not go together: every order fails.',
          `error fails ${UP('c1')}:6:27: Run as b1 then c1 the revision c1 fails: duplicate column name: same`,
          `error fails ${UP('b1')}:6:27: Run as c1 then b1 the revision b1 fails: duplicate column name: same`,
        ]);
        assert.equal([status, document.error?.code], [1, 'check-failed']);
        assert.is(document.against?.proof?.verdict, 'conflict');
        assert.is(
          document.findings[0]?.hint,
          'Merge theirs into this branch, and see what `mig merge` says.',
        );
      });
    });

    test('two branches after which the data differ', () => {
      const base: Pair = {
        id: 'a1',
        up: 'CREATE TABLE t (a); INSERT INTO t VALUES (1);\n',
        down: 'DROP TABLE t;\n',
      };
      const ours: Pair = { ...B, up: 'UPDATE t SET a = a + 1;\n', down: 'SELECT 1;\n' };
      const theirs: Pair = { ...C, up: 'UPDATE t SET a = a * 3;\n', down: 'SELECT 1;\n' };
      return withSides({ base: [base], ours: [ours], theirs: [theirs] }, async (repository) => {
        const { status, document, lines } = await check(repository);
        assert.equal(lines, [
          'error proof b1 and c1 do not commute: what comes out depends on their order.',
          'error differs Run as c1 then b1 (not as b1 then c1): the rows of `t` differ.',
        ]);
        assert.is(status, 1);
        assert.is(document.against?.proof?.verdict, 'differs');
      });
    });

    const nothing: readonly (readonly [
      what: string,
      ours: readonly Pair[],
      theirs: readonly Pair[],
    ])[] = [
      ['nothing new on either side', [], []],
      ['only ours is new', [B], []],
      ['only theirs is new', [], [C]],
      ['both sides added the same', [B], [B]],
      ['theirs stands on what is new here', [B], [B, { id: 'c1', parents: 'b1' }]],
    ];
    for (const [what, ours, theirs] of nothing) {
      test(`no divergence: ${what}`, () =>
        withSides({ ours, theirs }, async (repository) => {
          const { status, document, lines } = await check(repository);
          assert.equal([status, lines, document.ok], [0, [], true]);
          assert.equal([document.against?.merge, document.against?.proof], [null, null]);
        }));
    }

    test('the same heads merged on both sides give the same two files', () =>
      withSides({ base: [{ id: 'a1' }, B, C] }, async (repository) => {
        await mig(repository.home, ['merge']);
        repository.commit();
        repository.checkout('theirs');
        await mig(repository.home, ['merge']);
        repository.commit();
        repository.checkout('main');
        const { status, document, lines } = await check(repository);
        assert.equal([status, lines, document.against?.heads], [0, [], [MERGED]]);
      }));

    test('merged here, and gone on there', () =>
      withSides(
        { base: [{ id: 'a1' }, B, C], theirs: [{ id: 'd1', parents: 'c1' }] },
        async (repository) => {
          await mig(repository.home, ['merge']);
          repository.commit();
          const { status, document } = await check(repository);
          assert.is(status, 4);
          assert.equal([...(document.against?.heads ?? [])].sort(), [MERGED, 'd1'].sort());
        },
      ));

    test('a revision that one side deleted is gone', () =>
      withSides(
        { base: [{ id: 'a1' }, B], ours: [{ id: 'd1', parents: 'b1' }] },
        async (repository) => {
          repository.checkout('theirs');
          repository.remove(UP('b1'), DOWN('b1'));
          repository.commit();
          repository.checkout('main');
          const gone = await check(repository);
          assert.equal(
            [gone.status, gone.lines],
            [
              1,
              [
                `error unknown-parent ${UP('d1')}:2:13: d1 has the parent b1 but there is no such revision.`,
              ],
            ],
          );
          repository.remove(UP('d1'), DOWN('d1'));
          repository.commit();
          const { status, document } = await check(repository);
          assert.equal([status, document.against?.heads], [0, ['a1']]);
        },
      ));

    test('what one side edited is as that side has it', () =>
      withSides({ ours: [B] }, async (repository) => {
        repository.checkout('theirs');
        repository.commit({ id: 'a1', up: 'CREATE TABLE a1 (x);\nCOMMIT;\n' });
        repository.checkout('main');
        const { status, lines } = await check(repository);
        assert.is(status, 1);
        assert.match(lines.join('\n'), `error statement ${UP('a1')}:6:1: \`COMMIT\` would end`);
        // The other way round: theirs is old, ours is the new one.
        repository.branch('mine', 'theirs');
        repository.commit({ id: 'a1', up: 'CREATE TABLE a1 (y);\n' });
        assert.equal((await check(repository, 'theirs')).lines, []);
      }));

    test('what both sides edited is a warning, and ours is looked at', () =>
      withSides(
        {
          ours: [{ id: 'a1', up: 'CREATE TABLE a1 (ours);\n' }],
          theirs: [{ id: 'a1', up: 'COMMIT;\n' }],
        },
        async (repository) => {
          const { status, lines } = await check(repository);
          assert.equal(
            [status, lines],
            [
              0,
              [
                `warning git-conflict ${UP('a1')}: Both sides changed this file, and git may ask which is right. Yours was looked at.`,
              ],
            ],
          );
          const { stdout } = await mig(join(repository.home, 'migrations'), [
            'check',
            '--dir',
            '.',
            '--against',
            'theirs',
          ]);
          assert.match(stdout, /^a1_x\.up\.sql: warning: Both sides/, 'a path that is there');
        },
      ));

    test('edited here, deleted there', () =>
      withSides(
        { base: [{ id: 'a1' }, B], ours: [{ ...B, up: 'CREATE TABLE b2 (x);\n' }] },
        async (repository) => {
          repository.checkout('theirs');
          repository.remove(UP('b1'), DOWN('b1'));
          repository.commit();
          repository.checkout('main');
          const { lines } = await check(repository);
          assert.match(lines.join('\n'), `warning git-conflict ${UP('b1')}: Both sides`);
          assert.match(lines.join('\n'), 'b1 has no down file.');
        },
      ));

    test('line ends are no change', () =>
      withSides({ theirs: [{ id: 'a1', up: 'CREATE TABLE a1 (y);\n' }] }, async (repository) => {
        const path = join(repository.home, UP('a1'));
        writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));
        const { status, lines } = await check(repository);
        assert.equal([status, lines], [0, []]);
      }));

    test('one id for two revisions', () =>
      withSides({ ours: [B] }, async (repository) => {
        repository.checkout('theirs');
        const files = Object.entries(filesOf(B)).map(([path, text]) => [
          path.replace('_x', '_y'),
          text,
        ]);
        repository.write(Object.fromEntries(files));
        repository.commit();
        repository.checkout('main');
        const { status, lines } = await check(repository);
        assert.equal(
          [status, lines],
          [
            1,
            [
              'error duplicate-id migrations/b1_y.up.sql: The id b1 is taken twice: by migrations/b1_x.up.sql and by migrations/b1_y.up.sql.',
              'error duplicate-id migrations/b1_y.down.sql: The id b1 is taken twice: by migrations/b1_x.down.sql and by migrations/b1_y.down.sql.',
            ],
          ],
        );
      }));

    test('one id and one name for two revisions: both sides changed the file', () =>
      withSides(
        { ours: [B], theirs: [{ ...B, up: 'CREATE TABLE other (x);\n' }] },
        async (repository) => {
          const { status, lines } = await check(repository);
          assert.is(status, 0);
          assert.match(lines.join('\n'), `warning git-conflict ${UP('b1')}: `);
        },
      ));

    test('a parent that only the other side has', () =>
      withSides({ theirs: [C] }, async (repository) => {
        repository.write(filesOf({ id: 'd1', parents: 'c1' }));
        assert.is((await mig(repository.home, ['check'])).status, 1);
        const { status, document } = await check(repository);
        assert.equal([status, document.against?.heads], [0, ['d1']]);
      }));

    test('revisions that are not committed count', () =>
      withSides({ theirs: [C] }, async (repository) => {
        repository.write(filesOf(B));
        const { status, document } = await check(repository);
        assert.equal([status, document.against?.merge?.revision], [4, MERGED]);
        repository.git('add', '-A');
        assert.is((await check(repository)).status, 4, 'staged');
        repository.write({ 'migrations/stray.sql': 'SELECT 1;\n' });
        assert.match(
          (await check(repository)).lines.join(),
          'warning stray-file migrations/stray.sql',
        );
      }));

    test('a folder that the other side does not have', () =>
      withSides({ base: [] }, async (repository) => {
        repository.commit({ id: 'a1' });
        const { status, document, lines } = await check(repository);
        assert.equal([status, lines, document.against?.heads], [0, [], ['a1']]);
      }));

    test('a folder that the other side renamed: its files are gone there', () =>
      withSides({}, async (repository) => {
        repository.checkout('theirs');
        repository.git('mv', 'migrations', 'db');
        repository.commit();
        repository.checkout('main');
        const { status, document } = await check(repository);
        assert.equal([status, document.against?.heads], [0, []]);
      }));

    test('a folder that is not here', () =>
      withSides({}, async (repository) => {
        renameSync(join(repository.home, 'migrations'), join(repository.home, 'db'));
        const { status, document } = await check(repository);
        assert.equal([status, document.error?.message], [2, 'There is no folder migrations.']);
      }));

    for (const home of ['', 'one', 'one/two words ü']) {
      test(`the folder is at \`${home}/migrations\` in its repository`, () =>
        withSides({ ours: [B], theirs: [C], home }, async (repository) => {
          // Revisions of others, which are not ours.
          writeTree(repository.dir, {
            'other/migrations/z_x.up.sql': 'no header',
            'migrations2/y.up.sql': '',
          });
          const { status, document } = await check(repository);
          assert.equal([status, document.against?.merge?.revision], [4, MERGED]);
        }));
    }

    test('the folder is the root of its repository', () =>
      inTemp(async (dir) => {
        const repository = new Repository(join(dir, 'migrations'));
        const commit = (pair: Pair) => {
          writeTree(dir, filesOf(pair));
          repository.git('add', '-A');
          repository.git('commit', '-q', '-m', 'x');
        };
        commit({ id: 'a1' });
        repository.branch('theirs');
        commit(C);
        repository.checkout('main');
        commit(B);
        const ran = await mig(dir, ['check', '--against', 'theirs', '--json']);
        assert.is(ran.status, 4, ran.stdout);
        const document = JSON.parse(ran.stdout) as CheckDocument;
        assert.is(document.against?.merge?.revision, MERGED);
      }));

    test('what mig does not look at on the disk does not count there, either', () =>
      withSides({ ours: [B] }, async (repository) => {
        repository.checkout('theirs');
        repository.write({
          'migrations/.old/x_x.up.sql': 'no header',
          'migrations/node_modules/p/y_x.up.sql': 'no header',
          'migrations/README.md': 'x',
          'migrations/deep/er/.keep': '',
          ...Object.fromEntries(
            Object.entries(filesOf({ id: 'b2', parents: 'a1' })).map(([path, text]) => [
              path.replace('migrations', 'migrations/deep/er'),
              text,
            ]),
          ),
        });
        symlinkSync('nowhere.sql', join(repository.home, 'migrations/link.sql'));
        repository.commit();
        repository.checkout('main');
        const { status, document, lines } = await check(repository);
        assert.equal(
          [status, lines, document.against?.heads],
          [4, ['error several-heads There are 2 heads: b1 b2'], ['b1', 'b2']],
        );
      }));

    test('tags, commits, remote branches and HEAD are refs, too', () =>
      withSides({ ours: [B], theirs: [C] }, async (repository) => {
        repository.git('tag', '-a', '-m', 'x', 'v1', 'theirs');
        repository.git('update-ref', 'refs/remotes/origin/main', 'theirs');
        const commit = repository.git('rev-parse', 'theirs');
        for (const ref of [
          'v1',
          'origin/main',
          commit,
          commit.slice(0, 10),
          'theirs~0',
          'refs/heads/theirs',
        ]) {
          assert.is((await check(repository, ref)).status, 4, ref);
        }
        for (const ref of ['HEAD', 'main', 'main~1', '@']) {
          assert.is((await check(repository, ref)).status, 0, ref);
        }
      }));

    test('what is no commit', () =>
      withSides({ ours: [B], theirs: [C] }, async (repository) => {
        for (const ref of [
          'nope',
          '--help',
          '-x',
          '--all',
          '^theirs',
          'main..theirs',
          'main:migrations',
          'HEAD^{tree}',
          ' ',
          '*',
          'a\nb',
          '$(touch x)',
        ]) {
          const { status, document } = await check(repository, ref);
          assert.equal(
            [status, document.error?.code, document.error?.message],
            [2, 'setting', `git knows no commit \`${ref}\` here.`],
          );
        }
        const { status, stderr } = await mig(repository.home, ['check', '--against', '']);
        assert.is(status, 2, stderr);
      }));

    test('no repository', () =>
      inTemp(async (dir) => {
        writeTree(dir, filesOf({ id: 'a1' }));
        const { status, stderr } = await mig(dir, ['check', '--against', 'main'], { env: {} });
        assert.is(status, 2);
        assert.match(stderr, /^mig: The migrations folder is in no git repository\.\n/);
      }));

    test('a repository without a commit', () =>
      inTemp(async (dir) => {
        const repository = new Repository(dir);
        repository.write(filesOf({ id: 'a1' }));
        const { status, stderr } = await mig(dir, ['check', '--against', 'HEAD']);
        assert.equal([status, stderr.split('\n')[0]], [2, 'mig: git knows no commit `HEAD` here.']);
      }));

    test('branches that never met are put together', () =>
      withSides({ ours: [B] }, async (repository) => {
        repository.git('checkout', '-q', '--orphan', 'alone');
        repository.commit(C);
        const { status, document } = await check(repository, 'main');
        assert.equal([status, document.against?.merge?.revision], [4, MERGED]);
      }));

    test('a shallow clone: what it cannot know is not guessed', () =>
      withSides({ ours: [B], theirs: [C] }, async (repository) => {
        const dir = join(repository.dir, '../shallow');
        const url = `file://${repository.dir}`;
        repository.git('clone', '-q', '--depth=1', '--branch=main', url, dir);
        const clone = new Repository(dir);
        const missing = await check(clone, 'origin/theirs');
        assert.equal(
          [missing.status, missing.document.error?.message],
          [2, 'git knows no commit `origin/theirs` here.'],
        );
        clone.git('fetch', '-q', '--depth=1', 'origin', 'theirs:refs/remotes/origin/theirs');
        const unknown = await check(clone, 'origin/theirs');
        assert.equal(
          [unknown.status, unknown.document.error?.message],
          [2, 'This clone is shallow, and git cannot see where HEAD and `origin/theirs` parted.'],
        );
        clone.git('fetch', '-q', '--unshallow', 'origin');
        assert.is((await check(clone, 'origin/theirs')).status, 4);
      }));

    test('a work tree of its own, and a detached HEAD', () =>
      withSides({ ours: [B], theirs: [C] }, async (repository) => {
        const dir = join(repository.dir, '../tree');
        repository.git('worktree', 'add', '-q', '--detach', dir, 'main');
        const { status } = await mig(dir, ['check', '--against', 'theirs']);
        assert.is(status, 4);
      }));

    test('HEAD is the merge already, as in a pull request on GitHub', () =>
      withSides({ ours: [B], theirs: [C] }, async (repository) => {
        repository.git('merge', '-q', '-m', 'x', 'theirs');
        const { status, document } = await check(repository, 'theirs');
        assert.equal([status, document.against?.merge?.revision], [4, MERGED]);
      }));

    test('three heads', () =>
      withSides({ ours: [B, { id: 'd1', parents: 'a1' }], theirs: [C] }, async (repository) => {
        const { status, document, lines } = await check(repository);
        assert.equal([status, lines], [4, ['error several-heads There are 3 heads: b1 c1 d1']]);
        assert.equal(document.against?.merge?.parents, ['b1', 'c1', 'd1']);
      }));

    test('histories that share nothing are not joined', () =>
      withSides({ theirs: [{ id: 'z1' }] }, async (repository) => {
        const { status, document, lines } = await check(repository);
        assert.equal([status, lines], [4, ['error several-heads There are 2 heads: a1 z1']]);
        assert.is(document.against?.merge, null);
      }));

    test('a base that does not run', () =>
      withSides(
        { base: [{ id: 'a1', up: 'SELECT nope;\n' }], ours: [B], theirs: [C] },
        async (repository) => {
          const { status, document } = await check(repository);
          assert.equal(
            [status, document.error?.code, document.error?.file],
            [1, 'failed', UP('a1')],
          );
        },
      ));

    test('a copy of the folder elsewhere is another one', () =>
      withSides({ ours: [B], theirs: [C] }, async (repository) => {
        cpSync(join(repository.home, 'migrations'), join(repository.home, 'copy'), {
          recursive: true,
        });
        const { status, document } = await check(repository, 'theirs', '--dir', 'copy');
        assert.equal([status, document.against?.heads], [0, ['b1']]);
      }));
  });
}
