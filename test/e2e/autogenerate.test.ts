import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import cases from '../schema/diff_cases.json' with { type: 'json' };
import { type DiffCase, faultsOfCase } from '../support/diff-cases.ts';
import { ROOT, run } from '../support/program.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';
import { play, tourOf } from '../support/tour.ts';

/** The worked cases by the program, on files and a database with rows, there and back. */
suite('diff cases by the program', (test) => {
  test('are all here', () => assert.is(cases.length, 55));
  for (const each of cases as unknown as readonly DiffCase[]) {
    test(each.name, async () => assert.equal(await faultsOfCase(each, run), []));
  }
});

suite('docs/autogenerate.md', (test) => {
  const page = readFileSync(join(ROOT, 'docs/autogenerate.md'), 'utf8');
  const [built, wanted, written] = [...page.matchAll(/^```sql\n(.*?)^```$/gms)].map(
    ([, text = '']) => text,
  );

  test('shows what is printed, and what is written', () =>
    inTemp((dir) => {
      writeTree(join(dir, 'given'), {
        'schema.sql': wanted!,
        'mig.json': '{ "schemaFile": "schema.sql" }',
        'migrations/2f1a.up.sql': `-- ---\n-- parents: base\n-- ---\n${built}`,
        'migrations/2f1a.down.sql': 'DROP TABLE users;\n',
      });
      const shown = tourOf(page);
      const copy = { command: 'cp -R ../given/. .', output: '' };
      const [, ...played] = play([copy, ...shown], dir);
      const [, id = ''] = /^(\w+) {2}on 2f1a$/m.exec(played.at(-1)?.output ?? '') ?? [];
      assert.equal(
        played.map(({ command, output }) => ({ command, output: output.replaceAll(id, '7c3d') })),
        shown,
      );
      const migrations = join(dir, 'tour/migrations');
      const [up = ''] = readdirSync(migrations).filter((name) => /^\w+_full.*up/.test(name));
      const text = readFileSync(join(migrations, up), 'utf8');
      assert.is(text.replace(/^-- ---\n.*?^-- ---\n\n/ms, ''), written);
    }));
});
