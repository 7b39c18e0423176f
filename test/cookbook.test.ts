import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { createMig } from '../lib/index.ts';
import { statements } from '../lib/sql/statements.ts';
import { contentsOf } from './support/project.ts';
import { suite } from './support/suite.ts';
import { inTemp, writeTree } from './support/temp.ts';

/** A fenced block with the paragraph above it. */
interface Block {
  readonly language: string;
  readonly text: string;
  readonly above: string;
}

interface Recipe {
  readonly title: string;
  readonly blocks: readonly Block[];
}

const page = readFileSync(join(import.meta.dirname, '../docs/cookbook.md'), 'utf8');

/** The revision that every recipe starts from. */
const BEFORE = '2f1a';
const FILE = /^`migrations\/((\w+?)_\w+\.(up|down)\.sql)`$/;

function recipes(): readonly Recipe[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      title: section.slice(0, section.indexOf('\n')),
      blocks: [...section.matchAll(/([^\n]*)\n\n^```(\w+)\n(.*?)^```$/gms)].map(
        ([, above = '', language = '', text = '']) => ({ above, language, text }),
      ),
    }));
}

/** What a block says before its statements are run, as the page shows rows: `1|Ann|NULL`. */
function answersOf(path: string, sql: string): string {
  using db = new DatabaseSync(path);
  let shown = '';
  for (const { start, end } of statements(sql)) {
    const statement = sql.slice(start, end);
    const rows = db.prepare(statement).all();
    const isPlan = statement.startsWith('EXPLAIN');
    for (const row of rows) {
      const values = isPlan ? [row.detail] : Object.values(row);
      shown += `${values.map((value) => value ?? 'NULL').join('|')}\n`;
    }
  }
  return shown;
}

function exec(path: string, sql: string): void {
  using db = new DatabaseSync(path);
  db.exec(sql);
}

suite('the cookbook', (test) => {
  for (const { title, blocks } of recipes()) {
    const before = blocks.find(({ above }) => above.startsWith('What there is'))!.text;
    const files = blocks.filter(({ above }) => FILE.test(above));
    const inSome = blocks.find(({ above }) => above.startsWith('And in some of them'));

    test(`${title}: up, what it says, and back`, () =>
      inTemp(async (cwd) => {
        const mig = project(cwd, before, files);
        const path = join(cwd, 'app.db');
        await mig.upgrade({ target: BEFORE });
        if (inSome !== undefined) exec(path, inSome.text);
        const states = new Map<string, ReturnType<typeof stateOf>>();
        const ups: string[] = [];
        let queries = 0;
        for (const [index, { above, language, text }] of blocks.entries()) {
          const [, , id = '', side] = FILE.exec(above) ?? [];
          const [next] = blocks.slice(index + 1);
          if (side === 'up') {
            states.set(id, stateOf(path));
            await mig.upgrade({ target: id });
            ups.push(id);
          } else if (side === undefined && language === 'sql' && next?.language === 'text') {
            queries++;
            assert.is(answersOf(path, text), next.text, text);
          }
        }
        assert.ok(ups.length > 0 && queries > 0, 'a recipe has a pair and something to look at');
        for (const id of ups.reverse()) {
          const parent = (await mig.show({ revisions: [id] })).revisions[0]!.parents[0]!;
          await mig.downgrade({ target: parent, yes: true });
          if (inSome === undefined) checkBack(path, states.get(id)!, title);
        }
      }));

    test(`${title}: \`mig check\` and \`mig test\` find nothing`, () =>
      inTemp(async (cwd) => {
        const mig = project(cwd, before, files);
        assert.equal((await mig.check()).findings, []);
        const { ok, findings } = await mig.test();
        assert.ok(ok, JSON.stringify(findings));
        assert.equal(
          findings.filter((each) => each.code !== 'rows-not-restored'),
          [],
        );
      }));
  }

  test('If the old table exists: and where it does not', () =>
    inTemp(async (cwd) => {
      const { blocks } = recipes().find(({ title }) => title.startsWith('If the old table'))!;
      const files = blocks.filter(({ above }) => FILE.test(above));
      const before = blocks.find(({ above }) => above.startsWith('What there is'))!.text;
      const path = join(cwd, 'app.db');
      await project(cwd, before, files).upgrade();
      const query = blocks.find(({ above }) => above === 'Where the table was there:')!;
      const answer = blocks.find(({ above }) => above === 'Where it was not:')!;
      assert.is(answersOf(path, query.text), answer.text);
      assert.equal(Object.keys(contentsOf(path).rows), ['settings']);
    }));

  test('has a recipe for each of the usual changes', () => assert.is(recipes().length, 8));
});

function project(cwd: string, before: string, files: readonly Block[]) {
  const header = '-- ---\n-- parents: base\n-- message: What there is\n-- ---\n';
  const tables = [...before.matchAll(/^CREATE (TABLE|VIEW) (\w+)/gm)].reverse();
  const drops = tables.map(([, kind, name]) => `DROP ${kind} ${name};\n`).join('');
  writeTree(cwd, {
    [`migrations/${BEFORE}_before.up.sql`]: `${header}${before}`,
    [`migrations/${BEFORE}_before.down.sql`]: drops,
    ...Object.fromEntries(
      files.map(({ above, text }) => [`migrations/${FILE.exec(above)![1]}`, text]),
    ),
  });
  return createMig({ cwd, database: 'app.db' });
}

function stateOf(path: string) {
  const { schema, rows } = contentsOf(path);
  return { schema: schema.filter((each) => !each.includes('mig_log')), rows };
}

/** Names, keys and rows are as before; ALTER leaves its marks in the text of a table. */
function checkBack(path: string, before: ReturnType<typeof stateOf>, title: string): void {
  const now = stateOf(path);
  const names = ({ schema }: typeof now) => schema.map((each) => each.slice(0, each.indexOf(':')));
  assert.equal(names(now), names(before), title);
  // What was written to look at it, and what a step filled in, stays.
  const isRenaming = title.startsWith('Renaming');
  const isFilled = title.startsWith('A NOT NULL');
  if (!isRenaming && !isFilled) assert.equal(now.rows, before.rows, title);
  else assert.equal(Object.keys(now.rows), Object.keys(before.rows), title);
}
