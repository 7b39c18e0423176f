import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import * as library from '../../lib/index.ts';
import { installedPackage, packageSuite, ROOT, runProgram } from '../support/program.ts';
import { copyDemo } from '../support/project.ts';
import { inTemp } from '../support/temp.ts';

const page = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');

packageSuite('docs/api.md', (test) => {
  const examples = [...page.matchAll(/^```js\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms)];

  for (const [index, [, program = '', output]] of examples.entries()) {
    test(`its example ${index + 1} runs with the package, and does what the page says`, () =>
      inTemp((dir) => {
        copyDemo(dir);
        mkdirSync(join(dir, 'node_modules'));
        symlinkSync(
          join(installedPackage(), 'node_modules/mig-sql'),
          join(dir, 'node_modules/mig-sql'),
        );
        writeFileSync(join(dir, 'example.mjs'), program);
        const ran = runProgram(dir, process.execPath, ['example.mjs']);
        assert.is(ran.status, 0, ran.stdout + ran.stderr);
        assert.is(ran.stderr, '');
        if (output !== undefined) assert.is(ran.stdout, output);
      }));
  }

  test('has every name that the library exports, and every function', () => {
    const names = [...Object.keys(library), ...Object.keys(library.createMig())];
    assert.equal(
      names.filter((name) => !page.includes(`\`${name}\``) && !page.includes(`\`${name}(`)),
      [],
    );
  });

  test('has every option of every function', () => {
    const types = readFileSync(join(ROOT, 'dist/index.d.cts'), 'utf8');
    const interfaces = [...types.matchAll(/^export interface (\w+Options) .*?\{\n(.*?)^\}/gms)];
    assert.ok(interfaces.length > 10);
    const missing = interfaces.flatMap(([, of, body = '']) =>
      [...body.matchAll(/^ {4}readonly (\w+)\??:/gm)]
        .filter(([, option]) => !page.includes(`\`${option}\``))
        .map(([, option]) => `${of}.${option}`),
    );
    assert.equal(missing, []);
  });
});
