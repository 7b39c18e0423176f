import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { run } from '../support/program.ts';
import {
  contentsOf,
  copyDemo,
  copyTwoHeads,
  DEMO,
  DEMO_ORDER,
  documentOf,
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
const ups = (ids: readonly string[]) => ids.map((id) => `up ${id}`);
const downs = (ids: readonly string[]) => [...ids].reverse().map((id) => `down ${id}`);

interface Step {
  readonly direction: string;
  readonly revision: string;
  readonly status: string;
  readonly file: string | null;
  readonly ms?: number;
}

/** `up a261…`, for the steps of a document. */
const stepsOf = (document: { readonly steps?: unknown }) =>
  (document.steps as readonly Step[]).map((step) => `${step.direction} ${step.revision}`);

/** A command on app.db, in this process; its document. */
async function on(dir: string, ...args: readonly string[]) {
  return documentOf(await mig(dir, [...args, ...DATABASE, '--json']));
}

suite('mig upgrade', (test) => {
  test('applies all, in graph order, and then there is nothing to do', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const ran = run(dir, ['upgrade', ...DATABASE]);
      assert.equal([ran.status, ran.stderr], [0, '']);
      const lines = ran.stdout.split('\n');
      for (const [index, id] of DEMO_ORDER.entries()) {
        assert.match(lines[index]!, new RegExp(`^applied    ${id}  .*  (<1|\\d+) ms$`));
      }
      assert.equal(lines.slice(DEMO_ORDER.length), [`The database is at ${DEMO.rename}`, '']);
      assert.equal(ledgerOf(pathOf(dir)), ups(DEMO_ORDER));

      const before = readFileSync(pathOf(dir));
      const again = run(dir, ['up', ...DATABASE]);
      const stdout = `Nothing to do: the database is at ${DEMO.rename}\n`;
      assert.equal(again, { status: 0, stdout, stderr: '' });
      assert.equal(readFileSync(pathOf(dir)), before, 'not a byte is another');
    }));

  test('as JSON', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const document = documentOf(run(dir, ['upgrade', '--json', ...DATABASE]));
      assert.equal(Object.keys(document), [
        'version',
        'command',
        'status',
        'before',
        'after',
        'steps',
      ]);
      const { status, before, after, steps } = document;
      assert.equal([status, before, after], ['done', [], [DEMO.rename]]);
      assert.equal(stepsOf(document), ups(DEMO_ORDER));
      for (const step of steps as readonly Step[]) {
        assert.equal(Object.keys(step), [
          'direction',
          'revision',
          'message',
          'file',
          'status',
          'ms',
        ]);
        assert.is(step.status, 'done');
        assert.is(step.file, `migrations/${filesOf(dir, step.revision).at(-1)}`);
        assert.type(step.ms, 'number');
      }
    }));

  test('--dry-run shows the plan and makes no database', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const ran = run(dir, ['upgrade', 'adfa', '--dry-run', ...DATABASE]);
      assert.equal([ran.status, ran.stderr], [0, '']);
      assert.equal(
        ran.stdout.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' ')),
        [
          `Nothing has run. 2 steps, from base to ${DEMO.expire}`,
          `apply ${DEMO.initial} Create the initial tables migrations/1c7e52d0b8f4_create_the_initial_tables.up.sql`,
          `apply ${DEMO.expire} Let tasks expire migrations/adfa6c905b9d_let_tasks_expire.up.sql`,
          '',
        ],
      );
      const document = documentOf(
        run(dir, ['upgrade', 'heads', '--dry-run', '--json', ...DATABASE]),
      );
      assert.equal([document.status, document.after], ['planned', [DEMO.expire, DEMO.settings]]);
      assert.ok(
        (document.steps as readonly Step[]).every(
          (step) => step.status === 'planned' && !('ms' in step),
        ),
      );
      assert.not(existsSync(pathOf(dir)));
    }));

  test('targets: an id, a prefix, +N, rev+N, heads, a label', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa; bbbb(left)<aaaa @1; cccc<aaaa @2; dddd<bbbb; eeee<cccc');
      const targets: readonly (readonly [target: string, steps: readonly string[]])[] = [
        ['aaaa', ['up aaaa']],
        ['aaaa', []],
        ['+1', []],
        ['left', ['up bbbb']],
        ['left@+1', ['up dddd']],
        ['cccc+1', ['up cccc', 'up eeee']],
        ['heads', []],
      ];
      for (const [target, steps] of targets) {
        const document = await on(dir, 'upgrade', target);
        // With two heads, `+1` has no head to count to.
        if (target === '+1') assert.is(document.error?.code, 'several-heads');
        else assert.equal(stepsOf(document), steps, target);
      }
    }));

  test('+N counts steps of the plan to the head', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const steps = (target: string) =>
        stepsOf(documentOf(run(dir, ['up', target, '--json', ...DATABASE])));
      assert.equal(steps('+2'), ups(DEMO_ORDER.slice(0, 2)));
      assert.equal(steps('+3'), ups(DEMO_ORDER.slice(2, 5)));
      const past = run(dir, ['up', '+2', ...DATABASE]);
      assert.is(past.status, 2);
      assert.match(past.stderr, /^mig: `\+2` asks for 2 steps, but only 1 is pending\.\n/);
    }));

  test('a failing revision leaves nothing of itself; those before it stay', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<bbbb; dddd<cccc', {
        cccc: ['CREATE TABLE half (x);\n\nINSERT INTO nowhere VALUES (1);\n', 'DROP TABLE half;\n'],
      });
      const ran = run(dir, ['upgrade', ...DATABASE]);
      assert.is(ran.status, 1);
      assert.match(ran.stdout, /^applied {4}aaaa {2}.*\napplied {4}bbbb {2}.*\n$/);
      const [first, place, ...rest] = ran.stderr.split('\n');
      assert.is(first, 'mig: cccc (Make cccc) failed, and was rolled back');
      assert.match(place!, /^ {2}migrations\/cccc\.up\.sql:7:\d+$/);
      assert.match(
        rest.join('\n'),
        /> 7 \| INSERT INTO nowhere VALUES \(1\);\n.*\^ no such table: (main\.)?nowhere\n/,
      );
      assert.match(
        rest.join('\n'),
        /\n {2}applied before it: 2 \(the database is at bbbb\) {3}not tried: 1\n/,
      );
      assert.equal(ledgerOf(pathOf(dir)), ['up aaaa', 'up bbbb']);
      assert.not(contentsOf(pathOf(dir)).schema.some((each) => each.includes('half')));

      const document = documentOf(run(dir, ['upgrade', '--json', ...DATABASE]));
      assert.is(document.status, 'failed');
      assert.equal(
        (document.steps as readonly Step[]).map((step) => step.status),
        ['failed', 'not-tried'],
      );
      const { code, exit, file, line, revision } = document.error!;
      assert.equal(
        [code, exit, file, line, revision],
        ['failed', 1, 'migrations/cccc.up.sql', 7, 'cccc'],
      );
    }));

  test('--atomic: all or nothing', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<bbbb', {
        cccc: ['INSERT INTO nowhere VALUES (1);\n', ''],
      });
      const ran = run(dir, ['upgrade', '--atomic', '--json', ...DATABASE]);
      assert.is(ran.status, 1);
      const document = documentOf(ran);
      assert.equal(
        (document.steps as readonly Step[]).map((step) => step.status),
        ['not-tried', 'not-tried', 'failed'],
      );
      assert.equal(document.after, []);
      assert.is(existsSync(pathOf(dir)), false, 'a database that would be empty is not left');

      const text = run(dir, ['upgrade', '--atomic', ...DATABASE]);
      assert.equal([text.status, text.stdout], [1, '']);
      assert.match(text.stderr, /\n {2}taken back with it, because it was one transaction: 2\n/);

      removeRevision(dir, 'cccc');
      assert.is(run(dir, ['upgrade', '--atomic', ...DATABASE]).status, 0);
      assert.equal(ledgerOf(pathOf(dir)), ['up aaaa', 'up bbbb']);
    }));

  test('several heads: exit 4, and nothing is made', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const ran = run(dir, ['upgrade', ...DATABASE]);
      assert.equal([ran.status, ran.stdout], [4, '']);
      assert.not(existsSync(pathOf(dir)));
      assert.is(run(dir, ['upgrade', 'heads', '-q', ...DATABASE]).status, 0);
    }));

  test('drift stops it before anything runs: exit 5', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa');
      await on(dir, 'upgrade');
      writeRevisions(dir, 'cccc<bbbb');
      const file = join(dir, 'migrations/bbbb.up.sql');
      const text = readFileSync(file, 'utf8');

      writeFileSync(file, `${text}SELECT 1;\n`);
      assert.is((await on(dir, 'upgrade')).error?.code, 'edited');
      writeFileSync(file, text.replace('parents: aaaa', 'parents: base'));
      assert.is((await on(dir, 'upgrade', 'heads')).error?.code, 'reparented');
      writeFileSync(file, text.replace(/\n/g, '\r\n'));
      assert.equal(stepsOf(await on(dir, 'upgrade', '--dry-run')), ['up cccc'], 'CRLF is no drift');

      removeRevision(dir, 'bbbb');
      writeRevisions(dir, 'cccc<aaaa');
      assert.is((await on(dir, 'upgrade')).error?.code, 'missing');
      assert.is(run(dir, ['upgrade', ...DATABASE]).status, 5);
      assert.is(run(dir, ['upgrade', '--allow-missing', ...DATABASE]).status, 0);
      assert.equal(ledgerOf(pathOf(dir)), ups(['aaaa', 'bbbb', 'cccc']));
    }));

  test('a revision below what is applied: exit 5, unless it is allowed', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; cccc<aaaa');
      assert.is(run(dir, ['upgrade', ...DATABASE]).status, 0);
      writeRevisions(dir, 'bbbb; cccc<aaaa +bbbb');
      const ran = run(dir, ['upgrade', 'heads', ...DATABASE]);
      assert.equal([ran.status, ran.stdout], [5, '']);
    }));

  test('a database that is only ahead: exit 0', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa');
      assert.is(run(dir, ['upgrade', ...DATABASE]).status, 0);
      removeRevision(dir, 'bbbb');
      const ran = run(dir, ['upgrade', ...DATABASE]);
      assert.equal([ran.status, ran.stderr], [0, '']);
      assert.match(ran.stdout, /^The database is ahead of the files, by 1 revision: bbbb\n/);
      const document = documentOf(run(dir, ['upgrade', '--json', ...DATABASE]));
      assert.equal([document.ahead, document.steps], [['bbbb'], []]);
      assert.is(
        run(dir, ['upgrade', 'bbbb', ...DATABASE]).status,
        5,
        'a target that only the database knows',
      );
    }));

  test('a folder without revisions: nothing to do', () =>
    inTemp((dir) => {
      writeRevisions(dir, '');
      const stdout = 'Nothing to do: the database is at base\n';
      assert.equal(run(dir, ['upgrade', ...DATABASE]), { status: 0, stdout, stderr: '' });
      assert.not(existsSync(pathOf(dir)));
    }));
});

suite('mig downgrade', (test) => {
  test('to a revision, which stays; -N; base', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const steps = (command: string, target: string) =>
        stepsOf(documentOf(run(dir, [command, target, '--json', ...DATABASE])));
      run(dir, ['upgrade', ...DATABASE]);
      assert.equal(steps('downgrade', '-1'), [`down ${DEMO.rename}`]);
      assert.equal(steps('down', DEMO.merge), [`down ${DEMO.sources}`]);
      assert.equal(
        steps('rollback', DEMO.expire),
        [`down ${DEMO.merge}`],
        'the other parent stays',
      );
      assert.equal(steps('downgrade', 'base'), downs([DEMO.initial, DEMO.expire, DEMO.settings]));
      assert.equal(steps('downgrade', 'base'), []);
      const { schema, rows } = contentsOf(pathOf(dir));
      assert.ok(schema.every((each) => each.startsWith('table mig_log')));
      assert.equal(rows, {});
    }));

  test('to a branch point; with a label, one branch only', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa; bbbb(left)<aaaa @1; cccc<aaaa @2; dddd<bbbb');
      await on(dir, 'upgrade', 'heads');
      assert.equal(stepsOf(await on(dir, 'downgrade', 'aaaa', '--dry-run')), [
        'down cccc',
        'down dddd',
        'down bbbb',
      ]);
      assert.equal(stepsOf(await on(dir, 'downgrade', 'left@aaaa', '--dry-run')), [
        'down dddd',
        'down bbbb',
      ]);
      assert.equal(stepsOf(await on(dir, 'downgrade', 'left@-1', '--dry-run')), ['down dddd']);
      assert.equal(stepsOf(await on(dir, 'downgrade', 'cccc-1', '--dry-run')), [
        'down cccc',
        'down dddd',
        'down bbbb',
      ]);
    }));

  test('says what goes because it depends on what was counted', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; xxxx +aaaa; yyyy');
      run(dir, ['upgrade', 'xxxx', ...DATABASE]);
      run(dir, ['upgrade', 'heads', ...DATABASE]);
      run(dir, ['downgrade', 'xxxx@base', '-q', ...DATABASE]);
      run(dir, ['stamp', 'heads', '--purge', '-q', ...DATABASE]);
      const ran = run(dir, ['downgrade', 'aaaa@-1', '--dry-run', ...DATABASE]);
      assert.is(ran.status, 0);
      assert.is(ran.stderr, 'xxxx goes too, because of what it depends on.\n');
      assert.match(ran.stdout, /^Nothing has run\. 2 steps, /);
    }));

  test('needs a target that is applied', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      run(dir, ['upgrade', 'adfa', ...DATABASE]);
      const ran = run(dir, ['downgrade', '32c8', ...DATABASE]);
      assert.equal([ran.status, ran.stdout], [2, '']);
      assert.match(
        ran.stderr,
        /^mig: 32c843eb8225 is not applied, so the database cannot go back to it\.\n/,
      );
    }));

  test('stops where the data would be lost, and leaves all as it was', () =>
    inTemp((dir) => {
      copyDemo(dir);
      run(dir, ['upgrade', ...DATABASE]);
      {
        using db = new DatabaseSync(pathOf(dir));
        db.exec(
          "INSERT INTO projects(id, name) VALUES (1, 'p'); INSERT INTO data_sources(project_id, kind, url) VALUES (1, 'http', 'u')",
        );
      }
      const before = contentsOf(pathOf(dir));
      const ran = run(dir, ['downgrade', 'base', '--json', ...DATABASE]);
      assert.is(ran.status, 1);
      const { error, steps } = documentOf(ran);
      assert.match(error?.message as string, /NOT NULL constraint failed: sql_sources\.query/);
      assert.equal(
        (steps as readonly Step[]).map((step) => step.status),
        ['failed', ...Array(5).fill('not-tried')],
      );
      assert.equal(contentsOf(pathOf(dir)), before);
    }));

  test('an irreversible revision in the way: exit 1 before anything runs', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<bbbb');
      removeRevision(dir, 'bbbb');
      writeFileSync(
        join(dir, 'migrations/bbbb.up.sql'),
        '-- ---\n-- parents: aaaa\n-- irreversible: rows are gone\n-- ---\nCREATE TABLE b (x);\n',
      );
      run(dir, ['upgrade', ...DATABASE]);
      const before = contentsOf(pathOf(dir));
      const ran = run(dir, ['downgrade', 'base', ...DATABASE]);
      assert.equal([ran.status, ran.stdout], [1, '']);
      assert.match(ran.stderr, /^mig: There is no way back over bbbb \(rows are gone\)/);
      assert.equal(contentsOf(pathOf(dir)), before);
      assert.is(run(dir, ['downgrade', 'bbbb', ...DATABASE]).status, 0);
    }));

  test('SQL that only the ledger has needs --yes', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa');
      run(dir, ['upgrade', ...DATABASE]);
      removeRevision(dir, 'bbbb');
      const ran = run(dir, ['downgrade', '-1', ...DATABASE]);
      assert.equal([ran.status, ran.stdout], [2, '']);
      const dry = documentOf(run(dir, ['downgrade', '-1', '--dry-run', '--json', ...DATABASE]));
      assert.is((dry.steps as readonly Step[])[0]?.file, null);
      assert.is(run(dir, ['downgrade', '-1', '--yes', ...DATABASE]).status, 0);
      assert.equal(ledgerOf(pathOf(dir)), ['up aaaa', 'up bbbb', 'down bbbb']);
      assert.not(contentsOf(pathOf(dir)).schema.some((each) => each.includes('t_bbbb')));
    }));

  test('--atomic: all or nothing', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa', {
        aaaa: ['CREATE TABLE t (x);\n', 'DROP TABLE u;\n'],
      });
      run(dir, ['upgrade', ...DATABASE]);
      const before = contentsOf(pathOf(dir));
      assert.is(run(dir, ['downgrade', 'base', '--atomic', ...DATABASE]).status, 1);
      assert.equal(contentsOf(pathOf(dir)), before);
      assert.is(run(dir, ['downgrade', 'base', ...DATABASE]).status, 1);
      assert.equal(ledgerOf(pathOf(dir)), ['up aaaa', 'up bbbb', 'down bbbb']);
    }));
});

suite('mig redo', (test) => {
  test('reverts the last and applies it again', () =>
    inTemp((dir) => {
      copyDemo(dir);
      run(dir, ['upgrade', ...DATABASE]);
      const ran = run(dir, ['redo', ...DATABASE]);
      assert.equal([ran.status, ran.stderr], [0, '']);
      assert.match(
        ran.stdout,
        new RegExp(
          `^reverted   ${DEMO.rename}.*\napplied    ${DEMO.rename}.*\nThe database is at ${DEMO.rename}\n$`,
        ),
      );
      const document = documentOf(run(dir, ['redo', '-3', '--atomic', '--json', ...DATABASE]));
      const last = [DEMO.merge, DEMO.sources, DEMO.rename];
      assert.equal(stepsOf(document), [...downs(last), ...ups(last)]);
      assert.equal([document.before, document.after], [[DEMO.rename], [DEMO.rename]]);
    }));

  test('reverts what ran, and applies what the file says now', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa');
      run(dir, ['upgrade', ...DATABASE]);
      writeRevisions(dir, 'aaaa', { aaaa: ['CREATE TABLE other (y);\n', 'DROP TABLE other;\n'] });
      const dry = documentOf(run(dir, ['redo', '--dry-run', '--json', ...DATABASE]));
      assert.equal(
        (dry.steps as readonly Step[]).map((step) => step.file),
        [null, 'migrations/aaaa.up.sql'],
      );
      assert.is(run(dir, ['redo', ...DATABASE]).status, 0);
      assert.equal(Object.keys(contentsOf(pathOf(dir)).rows), ['other']);
    }));

  test('more than there are: exit 2', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa');
      assert.is(run(dir, ['redo', ...DATABASE]).status, 2);
      run(dir, ['upgrade', ...DATABASE]);
      const ran = run(dir, ['redo', '-2', ...DATABASE]);
      assert.is(ran.status, 2);
      assert.match(ran.stderr, /^mig: `-2` asks for 2 steps, but only 1 is applied\.\n/);
    }));
});

suite('mig stamp', (test) => {
  test('writes the ledger and runs nothing', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const ran = run(dir, ['stamp', 'head', ...DATABASE]);
      assert.equal([ran.status, ran.stderr], [0, '']);
      const lines = DEMO_ORDER.map((id) => new RegExp(`^stamped    ${id}  `));
      for (const [index, line] of lines.entries())
        assert.match(ran.stdout.split('\n')[index]!, line);
      assert.equal(
        ledgerOf(pathOf(dir)),
        DEMO_ORDER.map((id) => `stamp ${id}`),
      );
      assert.equal(contentsOf(pathOf(dir)).rows, {});
      assert.is(run(dir, ['current', '--check-heads', ...DATABASE]).status, 0);
    }));

  test('backwards, to base, and to several', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const steps = (...args: readonly string[]) =>
        stepsOf(documentOf(run(dir, ['stamp', ...args, '--json', ...DATABASE])));
      assert.equal(steps('adfa'), [`stamp ${DEMO.initial}`, `stamp ${DEMO.expire}`]);
      assert.equal(steps('adfa', '32c8'), [`stamp ${DEMO.settings}`]);
      assert.equal(steps('32c8', '--dry-run'), []);
      assert.equal(steps(DEMO.initial, '--dry-run'), [
        `unstamp ${DEMO.settings}`,
        `unstamp ${DEMO.expire}`,
      ]);
      assert.equal(steps('32c8', '--purge'), [
        ...[DEMO.settings, DEMO.expire, DEMO.initial].map((id) => `unstamp ${id}`),
        ...[DEMO.initial, DEMO.settings].map((id) => `stamp ${id}`),
      ]);
      assert.equal(steps('base'), [`unstamp ${DEMO.settings}`, `unstamp ${DEMO.initial}`]);
      assert.equal(steps('base'), []);
    }));

  test('its document', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const document = documentOf(
        run(dir, ['stamp', DEMO.initial, '--dry-run', '--json', ...DATABASE]),
      );
      assert.equal(document, {
        version: 1,
        command: 'stamp',
        status: 'planned',
        before: [],
        after: [DEMO.initial],
        steps: [
          {
            direction: 'stamp',
            revision: DEMO.initial,
            message: 'Create the initial tables',
            file: 'migrations/1c7e52d0b8f4_create_the_initial_tables.up.sql',
            status: 'planned',
          },
        ],
      });
      assert.not(existsSync(pathOf(dir)));
    }));
});
