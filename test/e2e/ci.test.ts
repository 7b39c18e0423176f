import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import packageJson from '../../package.json' with { type: 'json' };
import { chain, type Pair } from '../support/commands.ts';
import { hasGit, Repository } from '../support/git.ts';
import { installedPackage, packageSuite, type Ran, ROOT, runProgram } from '../support/program.ts';
import { inTemp } from '../support/temp.ts';
import { blocksOf } from '../support/yaml.ts';

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const AUTHOR = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@host',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@host',
};
const sh = (cwd: string, script: string, env: Readonly<Record<string, string>> = {}): Ran =>
  runProgram(cwd, 'sh', ['-c', script], { env: { ...AUTHOR, ...env } });

/** The package as `npm ci` would leave it. */
function install(project: string): void {
  symlinkSync(join(installedPackage(), 'node_modules'), join(project, 'node_modules'));
}

/**
 * What a CI job gets: a shallow clone of a branch that has revision `b`, where the branch it
 * goes to has `theirs` since they parted.
 */
async function inJob(
  theirs: readonly Pair[],
  use: (job: string, origin: Repository) => void | Promise<void>,
): Promise<void> {
  if (!hasGit('a job of CI')) return;
  await inTemp(async (dir) => {
    const origin = new Repository(join(dir, 'origin'));
    origin.commit(...chain('a'));
    origin.git('checkout', '-q', '-b', 'feature');
    origin.commit({ id: 'b', parents: 'a' });
    origin.git('checkout', '-q', 'main');
    if (theirs.length > 0) origin.commit(...theirs);
    const job = join(dir, 'job');
    const url = `file://${origin.dir}`;
    const cloned = sh(dir, `git clone -q --depth 1 --branch feature '${url}' job`);
    assert.is(cloned.status, 0, cloned.stderr);
    install(job);
    await use(job, origin);
  });
}

packageSuite('action.yml', (test) => {
  const [{ script } = { script: '' }] = blocksOf(read('action.yml'));
  const act = (cwd: string, inputs: Readonly<Record<string, string>>) =>
    sh(cwd, script, {
      INPUT_COMMAND: 'check',
      INPUT_ARGS: '',
      INPUT_DATABASE: '',
      INPUT_AGAINST: '',
      INPUT_VERSION: '',
      RUNNER_TEMP: join(cwd, '../runner'),
      ...inputs,
    });

  test('hands over every input that its script reads', () => {
    const used = [...new Set(script.match(/INPUT_\w+/g))].sort();
    const given = [
      ...read('action.yml').matchAll(/^ {8}(INPUT_\w+): \$\{\{ inputs\.(\w+) \}\}$/gm),
    ];
    assert.equal(given.map(([, name]) => name).sort(), used);
    for (const [, name, input] of given) assert.is(name, `INPUT_${input!.toUpperCase()}`);
    assert.not(script.includes('${{'), 'an input in a script could be a command');
  });

  test('has every input in docs/ci.md', () => {
    const [, inputs = ''] = /^inputs:\n(.*?)^runs:/ms.exec(read('action.yml')) ?? [];
    const names = [...inputs.matchAll(/^ {2}([\w-]+):$/gm)].map(([, name]) => name!);
    assert.ok(names.length > 5);
    const page = read('docs/ci.md');
    assert.equal(
      names.filter((name) => !page.includes(`| \`${name}\` |`)),
      [],
    );
  });

  test('checks the files on a push', () =>
    inJob([], (job) => {
      assert.equal(act(job, {}), { status: 0, stdout: 'The files are sound\n', stderr: '' });
    }));

  test('checks a pull request against its target, from a shallow clone', () =>
    inJob([{ id: 'c', parents: 'a' }], (job) => {
      const ran = act(job, { INPUT_AGAINST: 'main' });
      assert.is(ran.status, 4, ran.stdout + ran.stderr);
      assert.match(ran.stdout + ran.stderr, /b c/);
    }));

  test('runs any command, with words and a database', () =>
    inJob([], (job) => {
      const ran = act(job, {
        INPUT_COMMAND: 'upgrade',
        INPUT_ARGS: 'head  --json',
        INPUT_DATABASE: 'the app.db',
        INPUT_AGAINST: 'main',
      });
      assert.is(ran.status, 0, ran.stderr);
      assert.equal(JSON.parse(ran.stdout).after, ['b']);
      assert.ok(existsSync(join(job, 'the app.db')));
    }));

  test('takes nothing for a command of the shell', () =>
    inJob([], (job) => {
      for (const words of ['; touch got-in', '$(touch got-in)', '`touch got-in`', '*']) {
        assert.is(act(job, { INPUT_ARGS: words }).status, 2, words);
        assert.not(existsSync(join(job, 'got-in')));
      }
    }));

  test('installs a version that is asked for', () =>
    inJob([], (job) => {
      const packed = runProgram(ROOT, 'npm', [
        'pack',
        '--ignore-scripts',
        '--silent',
        '--pack-destination',
        join(job, '..'),
      ]);
      assert.is(packed.status, 0, packed.stderr);
      const version = `file:${join(job, '..', packed.stdout.trim())}`;
      const ran = act(job, { INPUT_COMMAND: '--version', INPUT_VERSION: version });
      assert.equal(ran, { status: 0, stdout: `mig ${packageJson.version}\n`, stderr: '' });
      assert.ok(existsSync(join(job, '../runner/mig/node_modules/.bin/mig')));
    }));
});

packageSuite('docs/gitlab-ci.yml', (test) => {
  const [{ script } = { script: '' }] = blocksOf(read('docs/gitlab-ci.yml'));
  const gitlab = (cwd: string, env: Readonly<Record<string, string>> = {}) =>
    sh(cwd, `set -e\n${script}`, env);

  test('checks a branch, and a merge request against its target', () =>
    inJob([{ id: 'c', parents: 'a' }], (job) => {
      assert.is(gitlab(job).status, 0);
      const ran = sh(job, 'git fetch -q --unshallow origin');
      assert.is(ran.status, 0, ran.stderr);
      assert.is(gitlab(job, { CI_MERGE_REQUEST_TARGET_BRANCH_NAME: 'main' }).status, 4);
    }));

  test('runs nothing but `npx` and git otherwise', () => {
    const others = [...read('docs/gitlab-ci.yml').matchAll(/^ {4}- (?!\||if:)(.*)$/gm)];
    assert.equal(
      others.map(([, line]) => line),
      ['npm ci', 'npx --no mig test'],
    );
  });
});

packageSuite('git hooks', (test) => {
  const page = read('docs/ci.md');
  const shellBlock = (heading: string) =>
    new RegExp(`^## ${heading}\\n.*?^\`\`\`sh\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1] ?? '';

  test('the recipe for pre-commit stops a commit with a wrong revision, and no other', () =>
    inJob([], (job) => {
      const hook = join(job, '.git/hooks/pre-commit');
      writeFileSync(hook, shellBlock('Git hooks'));
      chmodSync(hook, 0o755);
      const commit = (path: string, text: string) => {
        writeFileSync(join(job, path), text);
        return sh(job, `git add '${path}' && git commit -q -m 'One more'`);
      };
      const bad = commit('migrations/d_x.up.sql', '-- ---\n-- parents: nowhere\n-- ---\n');
      assert.is(bad.status, 1);
      assert.match(bad.stdout + bad.stderr, /nowhere/);
      assert.is(sh(job, 'git rm -q -f migrations/d_x.up.sql').status, 0);
      assert.is(commit('notes.txt', 'no revision\n').status, 0);
    }));

  test('.pre-commit-hooks.yaml starts the project’s own mig, for the files of revisions', () =>
    inJob([], (job) => {
      const hooks = read('.pre-commit-hooks.yaml');
      const entries = [...hooks.matchAll(/^ {2}entry: (.*)$/gm)].map(([, entry]) => entry!);
      assert.is(entries.length, 2);
      for (const entry of entries) assert.is(sh(job, entry).status, 0);
      for (const [, pattern] of hooks.matchAll(/^ {2}files: (.*)$/gm)) {
        const files = new RegExp(pattern!);
        assert.ok(files.test('migrations/a_x.up.sql') && files.test('app/mig.json'));
        assert.not(files.test('schema.sql') || files.test('mig.json.bak'));
      }
    }));

  test('the plain script stops where branches do not go together', () =>
    inJob([{ id: 'c', parents: 'a' }], (job) => {
      assert.is(
        sh(job, 'git remote set-branches origin main && git fetch -q --unshallow').status,
        0,
      );
      assert.is(sh(job, shellBlock('Plain sh')).status, 4);
    }));
});

packageSuite('the workflows', (test) => {
  const workflows = ['.github/workflows/ci.yml', '.github/workflows/release.yml'];
  const release = blocksOf(read('.github/workflows/release.yml'));
  const step = (name: string) => release.find((block) => block.name === name)?.script ?? 'exit 99';

  test('run what is there', () => {
    const targets = [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name!);
    for (const workflow of workflows) {
      const text = read(workflow);
      assert.match(text, '.ci/run');
      for (const [, words = ''] of text.matchAll(/run: make (.*)$/gm)) {
        for (const target of words.split(' ')) assert.ok(targets.includes(target), target);
      }
    }
    assert.ok(statSync(join(ROOT, '.ci/run')).mode & 0o111);
  });

  test('a release has the version of its tag', () => {
    const tagged = (tag: string) =>
      sh(ROOT, step('The tag is the version'), { GITHUB_REF_NAME: tag });
    assert.is(tagged(`v${packageJson.version}`).status, 0);
    assert.is(tagged('v99.0.0').status, 1);
  });

  test('a release has its part of the changelog as notes', () =>
    inTemp((dir) => {
      writeFileSync(
        join(dir, 'CHANGELOG.md'),
        '# Changelog\n\n## [1.1.0] - x\n\nnew\n\n## [1.0.0] - y\n\nold\n',
      );
      const ran = sh(dir, step('What the changelog says of this version'), {
        GITHUB_REF_NAME: 'v1.1.0',
      });
      assert.is(ran.status, 0, ran.stderr);
      assert.is(readFileSync(join(dir, 'notes.md'), 'utf8').trim(), 'new');
    }));

  test('an executable is named after its machine, and so is its checksum', () =>
    inTemp((dir) => {
      const made = sh(
        dir,
        'mkdir build && echo x >build/mig && cd build && sha256sum mig >mig.sha256',
      );
      if (made.status !== 0) return;
      const ran = sh(dir, step('Name it after its machine'), { NAME: 'mig-linux-x64' });
      assert.is(ran.status, 0, ran.stderr);
      assert.is(sh(join(dir, 'out'), 'sha256sum --check mig-linux-x64.sha256').status, 0);
    }));
});
