import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { EXIT_OF } from '../lib/error.ts';
import packageJson from '../package.json' with { type: 'json' };
import { commandsPage } from './support/commands-page.ts';
import { suite } from './support/suite.ts';
import { inTemp } from './support/temp.ts';
import { play, tourOf, withOutputs, withoutTimes } from './support/tour.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

suite('the tour of the README', (test) => {
  test('prints what the README says', async () => {
    await inTemp((dir) => {
      const played = play(tourOf(readme), dir);
      assert.is(withoutTimes(withOutputs(readme, played)), withoutTimes(readme));
    });
  });

  test('shows the exit code of every command that fails', async () => {
    await inTemp((dir) => {
      const played = play(tourOf(readme), dir);
      const silent = played.filter(
        ({ status }, index) => status !== 0 && played[index + 1]?.command !== 'echo $?',
      );
      assert.equal(silent, []);
    });
  });

  test('is followed by an example of the API that runs', async () => {
    const [, example = '', output = ''] =
      /^```js\n(.*?)^```$.*?^```text\n(.*?)^```$/ms.exec(readme) ?? [];
    await inTemp((dir) => {
      play(tourOf(readme), dir);
      const app = join(dir, 'tour', tourFolder());
      mkdirSync(join(app, 'node_modules'));
      symlinkSync(root, join(app, 'node_modules/mig-sql'));
      writeFileSync(join(app, 'example.mjs'), example);
      const shown = execFileSync(process.execPath, ['example.mjs'], { cwd: app, encoding: 'utf8' });
      assert.is(shown, output);
    });
  });

  /** The folder that the tour makes for itself. */
  function tourFolder(): string {
    return /^mkdir (\w+)/.exec(tourOf(readme)[0]?.command ?? '')?.[1] ?? '';
  }
});

suite('withoutTimes', (test) => {
  const table: readonly (readonly [text: string, same: string])[] = [
    ['applied  a  12 ms\n', 'applied  a  <1 ms\n'],
    ['applied  a  3.4 s\napplied  b  <1 ms\n', 'applied  a  <1 ms\napplied  b  <1 ms\n'],
    ['-- created: 2020-01-02T03:04:05Z\n', '-- created: 2026-11-22T15:06:00Z\n'],
    ['in 12 ms or so\n', 'in 12 ms or so\n'],
    ['a 12 ms\n', 'a 12 ms\n'],
  ];
  for (const [text, same] of table) {
    test(JSON.stringify(text), () => assert.is(withoutTimes(text), same));
  }
});

suite('the documentation', (test) => {
  test('has the commands as they are (`make docs` writes them)', () =>
    assert.is(read('docs/commands.md'), commandsPage()));

  test('has every exit code in the table of the README', () => {
    const [, section = ''] = /^## Exit codes$(.*?)^## /ms.exec(readme) ?? [];
    const documented = [...section.matchAll(/^\| (\d+)/gm)].map(([, code]) => Number(code));
    const codes = new Set([0, ...Object.values(EXIT_OF), 130]);
    assert.equal(
      documented,
      [...codes].sort((a, b) => a - b),
    );
  });

  test('has every key of the JSON documents in the README', () => {
    const [, section = ''] = /^## JSON$(.*?)^## /ms.exec(readme) ?? [];
    const keys = [...read('lib/commands/documents.ts').matchAll(/^ +readonly (\w+)\??:/gm)].map(
      ([, key = '']) => key,
    );
    assert.equal(
      [...new Set(keys)].filter((key) => !section.includes(`\`${key}\``)),
      [],
    );
  });

  test('has a reason for every development dependency', () => {
    const contributing = read('CONTRIBUTING.md');
    assert.equal(
      Object.keys(packageJson.devDependencies).filter(
        (name) => !contributing.includes(`| \`${name}\` |`),
      ),
      [],
    );
  });

  test('links to files and headings that are there', () => {
    assert.equal(pages().flatMap(brokenLinks), []);
  });
});

function pages(): readonly string[] {
  const docs = readdirSync(join(root, 'docs')).map((name) => `docs/${name}`);
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs].filter((path) =>
    path.endsWith('.md'),
  );
}

function brokenLinks(page: string): readonly string[] {
  return [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .filter((link) => {
      const [path = '', heading] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return heading !== undefined && !anchorsOf(target).includes(heading);
    })
    .map((link) => `${page}: ${link}`);
}

/** The headings of a page, as GitHub makes anchors of them. */
function anchorsOf(page: string): readonly string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
