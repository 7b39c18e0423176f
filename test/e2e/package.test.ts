import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import * as library from '../../lib/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import {
  BUNDLE,
  installedPackage,
  packageSuite,
  ROOT,
  run,
  runProgram,
  skip,
} from '../support/program.ts';
import { copyDemo } from '../support/project.ts';
import { inTemp } from '../support/temp.ts';

packageSuite('the package', (test) => {
  const folder = () => join(installedPackage(), 'node_modules');

  test('brings the program, and nothing else comes with it', () => {
    const installed = readdirSync(folder()).filter((name) => !name.startsWith('.'));
    assert.equal(installed, [packageJson.name]);
    assert.equal(readdirSync(join(folder(), '.bin')), ['mig']);
    assert.not(existsSync(join(folder(), packageJson.name, 'lib')));
  });

  test('is started by its name', () =>
    inTemp((dir) => {
      assert.equal(run(dir, ['--version']), {
        status: 0,
        stdout: `mig ${packageJson.version}\n`,
        stderr: '',
      });
    }));

  test('is a library as well, for import and for require', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const use = `createMig({ cwd: ${JSON.stringify(dir)}, database: 'app.db' }).upgrade({ target: '+1' }).then(({ steps }) => console.log(steps.length))`;
      for (const load of [
        `import { createMig } from 'mig-sql';`,
        `const { createMig } = require('mig-sql');`,
      ]) {
        const type = load.startsWith('import') ? 'module' : 'commonjs';
        const ran = runProgram(installedPackage(), process.execPath, [
          `--input-type=${type}`,
          '-e',
          `${load} ${use}`,
        ]);
        assert.equal(ran, { status: 0, stdout: '1\n', stderr: '' });
      }
    }));

  test('is small, and has only what its users need', () => {
    const { files, size } = packed();
    const documents = files.filter((file) => file.startsWith('docs/'));
    assert.equal(
      files.filter((file) => !documents.includes(file)),
      [
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'dist/bundle.cjs',
        'dist/index.cjs',
        'dist/index.d.cts',
        'dist/index.d.ts',
        'dist/index.js',
        'dist/licenses.txt',
        'dist/mig.cjs',
        'package.json',
      ],
    );
    assert.equal(
      documents.filter((file) => !/^docs\/([a-z-]+\.md|README\.md|mig\.1)$/.test(file)),
      [],
    );
    assert.ok(size < 225_000, `The tarball has ${size} bytes, and should have less than 225000.`);
  });

  test('gives import and require the same names, and the same classes', () => {
    const program = `
      const required = require('mig-sql');
      import('mig-sql').then((imported) => {
        console.log(Object.keys(required).sort().join(), Object.keys(imported).sort().join());
        console.log(required.MigError === imported.MigError);
      });`;
    const names = Object.keys(library).sort().join();
    const ran = runProgram(installedPackage(), process.execPath, ['-e', program]);
    assert.equal(ran, { status: 0, stdout: `${names} ${names}\ntrue\n`, stderr: '' });
  });

  test('has every file that its package.json names', () => {
    const { types, default: code } = packageJson.exports['.'].import;
    const { types: typesForRequire, default: codeForRequire } = packageJson.exports['.'].require;
    const { main, types: typesOfMain, bin } = packageJson;
    const named = [types, code, typesForRequire, codeForRequire, main, typesOfMain, bin.mig];
    for (const path of named) {
      assert.ok(existsSync(join(folder(), packageJson.name, path)), path);
    }
  });
});

/** What `npm pack` would put into the tarball. */
function packed(): { readonly files: readonly string[]; readonly size: number } {
  const ran = runProgram(ROOT, 'npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
  assert.is(ran.status, 0, ran.stderr);
  const [tarball] = Object.values(JSON.parse(ran.stdout)) as [Tarball];
  return { files: tarball.files.map(({ path }) => path).sort(), size: tarball.size };
}

interface Tarball {
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

packageSuite('an old Node', (test) => {
  const CANDIDATES = [
    '/usr/local/bin/node',
    '/usr/bin/node',
    '/usr/bin/nodejs',
    '/opt/node20/bin/node',
  ];
  const versionOf = (node: string) =>
    existsSync(node) ? runProgram('/', node, ['--version']).stdout.trim() : '';
  const isOld = (version: string) => {
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number);
    return version !== '' && (major < 24 || (major === 24 && minor < 15));
  };
  const old = CANDIDATES.find((node) => isOld(versionOf(node)));

  test('is told in one sentence: exit 1', () =>
    inTemp((dir) => {
      if (old === undefined) {
        skip('the sentence for an old Node', `none of ${CANDIDATES.join(' ')} is one`);
        return;
      }
      const version = versionOf(old).slice(1);
      for (const args of [[], ['--help'], ['upgrade', '--json']]) {
        assert.equal(runProgram(dir, old, [BUNDLE, ...args]), {
          status: 1,
          stdout: '',
          stderr: `mig: Node 24.15 or newer is needed, and this is ${version}. Install a newer one from nodejs.org, or with your version manager.\n`,
        });
      }
    }));
});
