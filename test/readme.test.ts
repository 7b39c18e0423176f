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
import { parseArguments } from '../lib/cli/arguments.ts';
import { GLOBAL_OPTIONS } from '../lib/cli/command-table.ts';
import { COMMANDS } from '../lib/cli/commands.ts';
import { EXIT_OF, type MigError } from '../lib/error.ts';
import packageJson from '../package.json' with { type: 'json' };
import { commandsPage } from './support/commands-page.ts';
import { manPage } from './support/man-page.ts';
import { hasProgram, runProgram, skip } from './support/program.ts';
import { suite } from './support/suite.ts';
import { inTemp } from './support/temp.ts';
import { play, TOUR_PAGES, tourOf, withOutputs, withoutTimes } from './support/tour.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

for (const page of TOUR_PAGES) {
  suite(`the tour of ${page}`, (test) => {
    test('prints what the page says, and shows the exit code of every command that fails', () =>
      inTemp((dir) => {
        const markdown = read(page);
        const played = play(tourOf(markdown), dir);
        assert.is(withoutTimes(withOutputs(markdown, played)), withoutTimes(markdown));
        const silent = played.filter(
          ({ status }, index) => status !== 0 && played[index + 1]?.command !== 'echo $?',
        );
        assert.equal(silent, []);
      }));
  });
}

suite('the tour of the README', (test) => {
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

  test('has the man page as it is (`make docs` writes it)', () =>
    assert.is(read('docs/mig.1'), manPage()));

  test('has a man page that groff reads without a complaint, and shows in 80 columns', () => {
    if (!hasProgram('groff')) return skip('the man page', 'there is no groff');
    const page = join(root, 'docs/mig.1');
    const args = ['-man', '-ww', '-rLL=78n', '-Tutf8', '-P-cbou', page];
    const { status, stdout, stderr } = runProgram(root, 'groff', args);
    assert.equal([status, stderr], [0, '']);
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    const words = new Set(stdout.split(/[\s,;:[\]=]+/));
    for (const { name, options } of COMMANDS) {
      assert.ok(words.has(name), name);
      for (const option of options) assert.ok(words.has(`--${option.name}`), option.name);
    }
    for (const { name } of GLOBAL_OPTIONS) assert.ok(words.has(`--${name}`), name);
  });

  test('has an index of all its pages', () => {
    const named = [...read('docs/README.md').matchAll(/^\| \[(\S+\.md)\]/gm)].map(
      ([, name]) => name,
    );
    const there = pages().filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    const missing = there.filter((page) => !named.includes(page.slice('docs/'.length)));
    assert.equal(missing, []);
  });

  test('has every variable of the environment, in the README and in the man page', () => {
    const sources = readdirSync(join(root, 'lib/cli')).map((name) => read(`lib/cli/${name}`));
    const variables = sources.flatMap((source) =>
      [...source.matchAll(/\benv\.([A-Z_]+)|'((?:MIG|DATABASE)_[A-Z_]+)'/g)].map(
        ([, ofEnv, quoted]) => ofEnv ?? quoted ?? '',
      ),
    );
    const page = manPage();
    for (const name of new Set([...variables, 'VISUAL', 'EDITOR'])) {
      // TERM and COLUMNS are the terminal's own.
      if (name === 'TERM' || name === 'COLUMNS') continue;
      assert.ok(readme.includes(`\`${name}\``) || readme.includes(`\`${name}=`), `README: ${name}`);
      assert.ok(page.includes(name), `man page: ${name}`);
    }
  });

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

  test('has the code of every finding', () => {
    const files = ['check', 'check-against', 'check-schema', 'findings', 'test'];
    const sources = [
      ...files.map((name) => `lib/commands/${name}.ts`),
      'lib/schema/prove/proof.ts',
      'lib/schema/prove/round.ts',
    ].map(read);
    const codes = sources.flatMap((source) => [
      ...source.matchAll(/(?:code: |warning\(\s*)'([a-z-]+)'/g),
      ...source.matchAll(/(?<=readonly code:[^;]*)'([a-z-]+)'/g),
    ]);
    assert.ok(codes.length > 20);
    const texts = pages().map(read);
    assert.equal(
      [...new Set(codes.map(([, code]) => code))].filter(
        (code) => !texts.some((text) => text.includes(`\`${code}\``)),
      ),
      [],
    );
  });

  test('names no command and no option that mig does not have', () => {
    const wrong = pages().flatMap((page) =>
      commandLinesOf(read(page))
        .filter((line) => ['unknown-command', 'unknown-option'].includes(faultOf(line)))
        .map((line) => `${page}: ${line}`),
    );
    // Somebody's slip, on purpose.
    assert.equal(wrong, ['docs/terminal.md: mig upgarde']);
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

/** What stands in code and begins with `mig` or `npx mig`; placeholders in capitals left out. */
function commandLinesOf(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```(?:sh|console)\n(.*?)^```$/gms)].flatMap(
    ([, block = '']) => block.split('\n').map((line) => line.replace(/^\$ /, '')),
  );
  const inline = [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);
  return [...blocks, ...inline].filter(
    (line) => /^(?:npx )?mig [a-z]/.test(line) && !/\bCOMMAND\b|:$/.test(line),
  );
}

/** The code of the error that a command line is met with; empty where it is none. */
function faultOf(line: string): string {
  const command = line.replace(/^npx /, '').replace(/\s+(?:#|>|<|\||&&).*$/, '');
  const words = command.match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
  try {
    parseArguments(words.slice(1), COMMANDS, GLOBAL_OPTIONS);
    return '';
  } catch (error) {
    return (error as MigError).code;
  }
}

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
