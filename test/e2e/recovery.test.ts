import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { run } from '../support/program.ts';
import {
  contentsOf,
  copyDemo,
  DEMO,
  documentOf,
  filesBelow,
  filesOf,
  ledgerOf,
  removeRevision,
  writeRevisions,
} from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const DATABASE = ['-d', 'app.db'];
const pathOf = (dir: string) => join(dir, 'app.db');
const stepsOf = (document: { readonly steps?: unknown }) =>
  (document.steps as readonly { direction: string; revision: string }[]).map(
    (step) => `${step.direction} ${step.revision}`,
  );

/** A line of three, applied; then the second is edited and the third is gone. */
function drifted(dir: string): void {
  writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<bbbb');
  assert.is(run(dir, ['upgrade', '-q', ...DATABASE]).status, 0);
  removeRevision(dir, 'cccc');
  writeRevisions(dir, 'bbbb<aaaa; dddd<bbbb', {
    bbbb: ['CREATE TABLE other (x);\n', 'DROP TABLE other;\n'],
  });
}

suite('mig sync', (test) => {
  const STEPS = ['down cccc', 'down bbbb', 'up bbbb', 'up dddd'];

  test('makes the database what the checkout has', () =>
    inTemp((dir) => {
      drifted(dir);
      const dry = documentOf(run(dir, ['sync', '--dry-run', '--json', ...DATABASE]));
      assert.equal([dry.command, dry.status, stepsOf(dry)], ['sync', 'planned', STEPS]);
      const before = contentsOf(pathOf(dir));
      const unasked = run(dir, ['sync', ...DATABASE]);
      assert.equal([unasked.status, unasked.stdout], [2, '']);
      assert.match(
        unasked.stderr,
        /^mig: Somebody has to agree before these are reverted: cccc bbbb\n/,
      );
      assert.equal(contentsOf(pathOf(dir)), before);
      const done = documentOf(run(dir, ['sync', '--yes', '--json', ...DATABASE]));
      assert.equal([done.status, stepsOf(done), done.after], ['done', STEPS, ['dddd']]);
      assert.equal(Object.keys(contentsOf(pathOf(dir)).rows), ['other', 't_aaaa', 't_dddd']);
      assert.is(run(dir, ['status', '--check', ...DATABASE]).status, 0);
    }));

  test('asks at a terminal', () =>
    inTemp(async (dir) => {
      drifted(dir);
      const asked: string[] = [];
      const confirm = (answer: boolean) => (question: string) => {
        asked.push(question);
        return answer;
      };
      const no = await mig(dir, ['sync', ...DATABASE], { confirm: confirm(false) });
      assert.equal([no.status, no.stdout], [2, '']);
      assert.is((await mig(dir, ['sync', ...DATABASE], { confirm: confirm(true) })).status, 0);
      assert.is(asked.length, 2);
      assert.match(asked[0]!, /^These 2 revisions will be reverted:\n {2}cccc /);
    }));

  test('with nothing to revert asks nobody', () =>
    inTemp((dir) => {
      copyDemo(dir);
      assert.is(run(dir, ['sync', ...DATABASE]).status, 0);
      assert.is(
        run(dir, ['sync', ...DATABASE]).stdout,
        `Nothing to do: the database is at ${DEMO.rename}\n`,
      );
    }));

  test('is one transaction: a failure leaves all as it was', () =>
    inTemp((dir) => {
      drifted(dir);
      writeRevisions(dir, 'dddd<bbbb', { dddd: ['SELECT nonesuch;\n', ''] });
      const before = contentsOf(pathOf(dir));
      assert.is(run(dir, ['sync', '-y', ...DATABASE]).status, 1);
      assert.equal(contentsOf(pathOf(dir)), before);
    }));
});

suite('mig pull', (test) => {
  test('writes back what only the database has, byte for byte', () =>
    inTemp((dir) => {
      copyDemo(dir);
      run(dir, ['upgrade', '-q', ...DATABASE]);
      const migrations = join(dir, 'migrations');
      const before = filesBelow(migrations);
      const gone = filesOf(dir, DEMO.rename);
      removeRevision(dir, DEMO.rename);
      removeRevision(dir, DEMO.sources);
      const parent = documentOf(run(dir, ['pull', DEMO.sources, '--json', ...DATABASE]));
      assert.equal([parent.command, parent.revisions], ['pull', [DEMO.sources]]);
      removeRevision(dir, DEMO.sources);
      const both = documentOf(run(dir, ['pull', DEMO.rename, '--json', ...DATABASE]));
      assert.equal(both.revisions, [DEMO.sources, DEMO.rename], 'with the parent that it needs');
      const files = gone.map((name) => `migrations/${name}`);
      assert.equal((both.files as string[]).slice(2).sort(), files);
      assert.equal(filesBelow(migrations), before);
      removeRevision(dir, DEMO.rename);
      assert.is(run(dir, ['pull', '-q', ...DATABASE]).status, 0);
      assert.equal(filesBelow(migrations), before);
      assert.is(run(dir, ['pull', ...DATABASE]).status, 0, 'nothing is missing');
      assert.is(run(dir, ['pull', DEMO.rename, ...DATABASE]).status, 2, 'it overwrites nothing');
    }));
});

suite('mig repair', (test) => {
  test('accepts what was edited', () =>
    inTemp((dir) => {
      drifted(dir);
      assert.is(run(dir, ['upgrade', ...DATABASE]).status, 5);
      const document = documentOf(run(dir, ['repair', 'bbbb', 'aaaa', '--json', ...DATABASE]));
      assert.equal(document, {
        version: 1,
        command: 'repair',
        repaired: [
          { revision: 'bbbb', as: 'edited' },
          { revision: 'aaaa', as: 'unchanged' },
        ],
      });
      assert.equal(ledgerOf(pathOf(dir)).at(-1), 'repair bbbb');
      assert.is(run(dir, ['upgrade', '--allow-missing', ...DATABASE]).status, 0);
      assert.is(run(dir, ['repair', 'cccc', ...DATABASE]).status, 5, 'no file');
      assert.is(run(dir, ['repair', 'base', ...DATABASE]).status, 2, 'names nothing');
      assert.is(
        run(dir, ['repair', 'bbbb', '--applied', ...DATABASE]).status,
        2,
        'not interrupted',
      );
      assert.is(run(dir, ['repair', 'bbbb', '--applied', '--resume', ...DATABASE]).status, 2);
    }));

  const interrupted = (dir: string) => {
    writeRevisions(dir, 'aaaa; cccc<bbbb');
    const text =
      '-- ---\n-- parents: aaaa\n-- transaction: off\n-- ---\nCREATE TABLE one (x);\nINSERT INTO later VALUES (1);\nCREATE TABLE two (x);\n';
    writeFileSync(join(dir, 'migrations/bbbb.up.sql'), text);
    writeFileSync(join(dir, 'migrations/bbbb.down.sql'), 'DROP TABLE one;\n');
    const ran = run(dir, ['upgrade', ...DATABASE]);
    assert.is(ran.status, 1);
    const document = documentOf(run(dir, ['status', '--json', ...DATABASE]));
    assert.equal(document.interrupted, ['bbbb']);
    assert.is(run(dir, ['upgrade', ...DATABASE]).status, 5, 'nothing moves before it is settled');
    assert.is(run(dir, ['status', '--check', ...DATABASE]).status, 5);
  };

  test('--resume goes on where it broke off', () =>
    inTemp((dir) => {
      interrupted(dir);
      const db = new DatabaseSync(pathOf(dir));
      db.exec('CREATE TABLE later (x)');
      db.close();
      const ran = run(dir, ['repair', 'bbbb', '--resume', '--json', ...DATABASE]);
      assert.equal(documentOf(ran).repaired, [{ revision: 'bbbb', as: 'resumed' }]);
      assert.is(run(dir, ['upgrade', '-q', ...DATABASE]).status, 0);
      assert.equal(Object.keys(contentsOf(pathOf(dir)).rows), [
        'later',
        'one',
        't_aaaa',
        't_cccc',
        'two',
      ]);
    }));

  for (const [way, after] of [
    ['--applied', ['bbbb']],
    ['--reverted', ['aaaa']],
  ] as const) {
    test(`${way} says what to believe`, () =>
      inTemp((dir) => {
        interrupted(dir);
        assert.is(run(dir, ['repair', 'bbbb', way, ...DATABASE]).status, 0);
        const { current, interrupted: open } = documentOf(
          run(dir, ['status', '--json', ...DATABASE]),
        );
        assert.equal([current, open], [after, []]);
      }));
  }
});

suite('--backup', (test) => {
  test('copies the database before the first step', () =>
    inTemp((dir) => {
      copyDemo(dir);
      run(dir, ['upgrade', '+1', '-q', ...DATABASE]);
      const before = contentsOf(pathOf(dir));
      const document = documentOf(run(dir, ['upgrade', '--backup', '--json', '-q', ...DATABASE]));
      assert.match(document.backup as string, /^app\.db\.\d{8}T\d{6}Z\.bak$/);
      assert.equal(contentsOf(join(dir, document.backup as string)), before);
      const named = run(dir, ['downgrade', '-1', '--backup=copy.db', ...DATABASE]);
      assert.is(named.status, 0);
      assert.is(named.stderr, 'The database was copied to copy.db\n');
      assert.is(
        run(dir, ['redo', '--backup=copy.db', ...DATABASE]).status,
        2,
        'it overwrites nothing',
      );
    }));

  test('where nothing is to do, makes none', () =>
    inTemp((dir) => {
      copyDemo(dir);
      run(dir, ['upgrade', '-q', ...DATABASE]);
      const before = readdirSync(dir);
      assert.is(run(dir, ['upgrade', '--backup', ...DATABASE]).status, 0);
      assert.is(run(dir, ['downgrade', '-1', '--backup', '--dry-run', ...DATABASE]).status, 0);
      assert.equal(readdirSync(dir), before);
    }));

  test('after a failure, the message says how to go back', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa');
      run(dir, ['upgrade', '-q', ...DATABASE]);
      writeRevisions(dir, 'bbbb<aaaa', { bbbb: ['SELECT nonesuch;\n', ''] });
      const ran = run(dir, ['upgrade', '--backup=copy.db', ...DATABASE]);
      assert.is(ran.status, 1);
      assert.match(ran.stderr, /The copy from before is copy\.db\b/);
      assert.ok(existsSync(join(dir, 'copy.db')));
      assert.equal(readFileSync(join(dir, 'copy.db')).length, readFileSync(pathOf(dir)).length);
    }));
});
