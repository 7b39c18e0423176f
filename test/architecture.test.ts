import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from './support/suite.ts';

/** The folders of lib/, from what a person sees down to what knows nothing but itself. */
const LAYERS = ['cli', 'commands', 'files', 'engine', 'ledger', 'schema', 'sql', 'graph'];

/** Folders whose code needs nothing but the language: no Node, no package. */
const PURE = ['ledger', 'schema', 'sql', 'graph'];

/** Packages for what a person sees. */
const FOR_THE_EYE = ['cac', 'picocolors'];

const LINES_AT_MOST = 400;

/** Files that may be longer, each with its reason. */
const LONGER: Readonly<Record<string, string>> = {};

const lib = join(import.meta.dirname, '../lib');

suite('the arrows of lib/', (test) => {
  for (const file of filesOfLib()) {
    test(file, () => {
      const wrong = importsOf(readFileSync(join(lib, file), 'utf8'))
        .map((target) => faultOf(file, target))
        .filter((fault) => fault !== null);
      assert.equal(wrong, []);
    });
  }
});

suite('the folders of lib/', (test) => {
  test('are the layers, and no others', () => {
    const folders = new Set(
      filesOfLib()
        .filter((file) => file.includes('/'))
        .map(layerOf),
    );
    assert.equal(
      [...folders].filter((each) => !LAYERS.includes(each)),
      [],
    );
  });
});

suite('the arrows of lib/schema/', (test) => {
  // What is in no folder is for all of them.
  const folders = ['prove-pair', 'prove', 'generate', 'compare', 'read', '.'];
  const files = filesOfLib().filter((file) => file.startsWith('schema/'));
  const heightIn = (path: string) => -folders.indexOf(dirname(path));
  for (const file of files.map((each) => each.slice('schema/'.length))) {
    test(file, () => {
      assert.ok(folders.includes(dirname(file)), 'its folder has a place among the others');
      const wrong = importsOf(readFileSync(join(lib, 'schema', file), 'utf8'))
        .map((target) => join(dirname(file), target))
        .filter((target) => !target.startsWith('..') && heightIn(target) > heightIn(file));
      assert.equal(wrong, []);
    });
  }
});

suite('the length of files', (test) => {
  const lengths = filesOfLib().map(
    (file) => [file, readFileSync(join(lib, file), 'utf8').split('\n').length - 1] as const,
  );

  test(`is ${LINES_AT_MOST} lines at most, where there is no reason for more`, () => {
    const long = lengths.filter(([file, lines]) => lines > LINES_AT_MOST && !(file in LONGER));
    assert.equal(long, []);
  });

  test('needs no reason that has gone', () => {
    const idle = Object.keys(LONGER).filter(
      (file) => !lengths.some(([each, lines]) => each === file && lines > LINES_AT_MOST),
    );
    assert.equal(idle, []);
  });
});

suite('faultOf', (test) => {
  const table: readonly (readonly [file: string, target: string, isFault: boolean])[] = [
    ['graph/plan.ts', './graph.ts', false],
    ['graph/plan.ts', '../error.ts', false],
    ['graph/plan.ts', '../sql/tokens.ts', true],
    ['graph/plan.ts', 'node:crypto', true],
    ['ledger/fold.ts', '../graph/graph.ts', false],
    ['ledger/fold.ts', '../engine/engine.ts', true],
    ['sql/tokens.ts', 'some-package', true],
    ['engine/sqlite.ts', 'node:sqlite', false],
    ['engine/sqlite.ts', '../files/folder.ts', true],
    ['files/folder.ts', '../engine/engine.ts', false],
    ['commands/status.ts', '../cli/render.ts', true],
    ['commands/status.ts', '../index.ts', true],
    ['commands/status.ts', '../world.ts', true],
    ['commands/status.ts', 'picocolors', true],
    ['cli/main.ts', '../commands/status.ts', false],
    ['cli/main.ts', '../index.ts', true],
    ['cli/style.ts', 'picocolors', false],
    ['cli/style.ts', 'picocolors/types.js', false],
    ['cli/main.ts', '../../bin/mig.ts', true],
    ['index.ts', './cli/settings.ts', false],
    ['index.ts', './world.ts', false],
    ['world.ts', './index.ts', true],
    ['error.ts', './graph/graph.ts', true],
  ];
  for (const [file, target, isFault] of table) {
    test(`${file} → ${target}${isFault ? ' is wrong' : ''}`, () =>
      assert.is(faultOf(file, target) !== null, isFault));
  }
});

suite('importsOf', (test) => {
  const table: readonly (readonly [text: string, targets: readonly string[]])[] = [
    ["import { a } from './a.ts';", ['./a.ts']],
    ["import {\n  a,\n  type B,\n} from './a.ts';", ['./a.ts']],
    ["import type { A } from './a.ts';\nimport './b.ts';", ['./a.ts', './b.ts']],
    ["export { a } from './a.ts';\nexport type * from './b.ts';", ['./a.ts', './b.ts']],
    ["const { a } = await import('./a.ts');", ['./a.ts']],
    ["let a: typeof import('./a.ts');", ['./a.ts']],
    ["const a = require('node:fs');", ['node:fs']],
    [" *     import { createMig } from 'mig-sql';", []],
    ["export const a = 1;\nexport function from() {}\nconst b = 'x';", []],
  ];
  for (const [text, targets] of table) {
    test(JSON.stringify(text), () => assert.equal(importsOf(text), targets));
  }
});

function filesOfLib(): readonly string[] {
  return readdirSync(lib, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts'))
    .sort();
}

/** What a module names in `import`, `export … from`, `import()` and `require()`. */
function importsOf(text: string): readonly string[] {
  const statement = /^(?:import|export)\b[^;=()]*?from '([^']+)'|^import '([^']+)'/;
  const call = /\b(?:import|require)\('([^']+)'\)/;
  const all = new RegExp(`${statement.source}|${call.source}`, 'gm');
  return [...text.matchAll(all)].map(([, from, bare, called]) => from ?? bare ?? called ?? '');
}

/**
 * Why a file may not import something, or null when it may.
 *
 * @param file relative to lib/.
 * @param target as the import names it.
 */
function faultOf(file: string, target: string): string | null {
  const from = layerOf(file);
  const arrow = `${file} → ${target}`;
  if (!target.startsWith('.')) {
    if (PURE.includes(from)) return `${arrow}: ${from} needs nothing of Node or npm`;
    const isForTheEye = FOR_THE_EYE.some(
      (name) => target === name || target.startsWith(`${name}/`),
    );
    return isForTheEye && from !== 'cli' ? `${arrow}: only cli may` : null;
  }
  const path = join('lib', file, '..', target).replaceAll('\\', '/');
  if (!path.startsWith('lib/')) return `${arrow}: it leads out of lib`;
  const to = layerOf(path.slice('lib/'.length));
  return heightOf(from) >= heightOf(to) ? null : `${arrow}: ${from} is below ${to}`;
}

/** The folder, or the file itself where it lies in lib/ directly. */
function layerOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}

/** index.ts above world.ts above all folders; error.ts below them. */
function heightOf(layer: string): number {
  const order = ['index.ts', 'world.ts', ...LAYERS, 'error.ts'];
  const place = order.indexOf(layer);
  if (place === -1) throw new Error(`${layer} has no place among the layers`);
  return -place;
}
