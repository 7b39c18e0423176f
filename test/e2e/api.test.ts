import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { type Kinds, OPTIONS_OF } from '../../lib/commands/checked-options.ts';
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

  for (const [name, kinds] of Object.entries(OPTIONS_OF as Readonly<Record<string, Kinds>>)) {
    test(`has the options of \`${name}\` in its row, and which are required`, () => {
      const row = new RegExp(`^\\| \`${name}\` \\| (.*?) ?\\| [a-z]`, 'm').exec(page)?.[1];
      const shown = row
        ?.replace(/ \(`.*?`\)/, '')
        .split(', ')
        .filter(Boolean)
        .sort();
      const options = Object.entries(kinds).map(
        ([option, { isRequired }]) => `\`${option}\`${isRequired ? ' (required)' : ''}`,
      );
      assert.equal(shown, options.sort());
    });
  }

  test('its types hold without those of Node, and with the library of an older TypeScript', () =>
    inTemp((dir) => {
      mkdirSync(join(dir, 'node_modules'));
      symlinkSync(
        join(installedPackage(), 'node_modules/mig-sql'),
        join(dir, 'node_modules/mig-sql'),
      );
      const names = '{ createMig, createSnapshot, MigError }';
      writeFileSync(join(dir, 'a.mts'), `import ${names} from 'mig-sql';\n${CONSUMER}`);
      writeFileSync(
        join(dir, 'b.cts'),
        `import mig = require('mig-sql');\nconst ${names} = mig;\n${CONSUMER}`,
      );
      const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
      const module = ['--target', 'es2022', '--module', 'nodenext', '--types', ''];
      for (const lib of ['es2022', 'esnext']) {
        const args = ['--noEmit', ...strict, ...module, '--lib', lib, 'a.mts', 'b.cts'];
        const ran = runProgram(dir, join(ROOT, 'node_modules/.bin/tsc'), args);
        assert.equal([ran.status, ran.stdout], [0, ''], lib);
      }
    }));
});

/** A program of a user, which goes by the types alone. */
const CONSUMER = `
export async function use(): Promise<readonly (string | number | undefined)[]> {
  const kinds: string[] = [];
  const mig = createMig({ database: 'app.db', onEvent: (event) => {
    kinds.push(event.kind === 'done' ? event.step.revision : event.kind);
  } });
  const { steps, backup } = await mig.upgrade({ target: 'head', group: false, backup: true });
  const { revision, warnings } = await mig.revision({ autogenerate: { fill: { 't.c': '1' } } });
  const { error, downEdited } = await mig.status({ check: true });
  const { proof } = await mig.merge({ revisions: ['a', 'b'], depends: 'a=b' });
  const snapshot = await createSnapshot({ seed: async (db) => { db.exec('SELECT 1'); } });
  snapshot.open({ readOnly: true }).close();
  snapshot.close();
  const failure: unknown = await mig.downgrade({ target: '-1' }).catch((thrown: unknown) => thrown);
  const exit = failure instanceof MigError ? failure.exit : 0;
  // @ts-expect-error: a downgrade needs a target
  await mig.downgrade({});
  // @ts-expect-error: a slip
  await mig.upgrade({ dryrun: true });
  return [steps[0]?.ms, backup, revision ?? '', warnings?.[0]?.message, error?.exit, exit,
    downEdited[0], proof?.verdict, ...kinds];
}
`;
