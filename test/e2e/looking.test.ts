import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { done, run } from '../support/program.ts';
import {
  copyDemo,
  copyTwoHeads,
  DEMO,
  DEMO_ORDER,
  documentFrom,
  documentOf,
  filesBelow,
  filesOf,
  removeRevision,
  writeRevisions,
} from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const DATABASE = ['-d', 'app.db'];
const up = (dir: string, id: string) => `migrations/${filesOf(dir, id).at(-1)}`;

const idsOf = (list: unknown) =>
  (list as readonly { revision: string }[]).map((each) => each.revision);

suite('mig status', (test) => {
  test('without a database that exists', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const stdout = [
        'database    base  0 applied',
        `files       ${DEMO.expire} ${DEMO.settings}  2 heads: \`mig merge\` joins them`,
        `pending     3  ${DEMO.initial} ${DEMO.expire} ${DEMO.settings}`,
        '',
      ].join('\n');
      const stderr = 'There is no database app.db yet.\n';
      assert.equal(run(dir, ['status', ...DATABASE]), { ...done(stdout), stderr });
      assert.not(existsSync(join(dir, 'app.db')));
    }));

  test('up to date', () =>
    inTemp((dir) => {
      copyDemo(dir);
      run(dir, ['upgrade', ...DATABASE]);
      const stdout = `database    ${DEMO.rename}  6 applied\nfiles       ${DEMO.rename}  head\npending     nothing\n`;
      assert.equal(run(dir, ['status', '--check', ...DATABASE]), done(stdout));
    }));

  test('its document, with every kind of drift', () =>
    inTemp((dir) => {
      writeRevisions(
        dir,
        'aaaa @1; bbbb<aaaa @2; cccc<bbbb @3; dddd<cccc @4; eeee<dddd @5; ffff<aaaa @6',
      );
      run(dir, ['upgrade', 'eeee', ...DATABASE]);
      writeRevisions(dir, 'gggg; bbbb<aaaa @2; eeee<cccc @5', {
        bbbb: ['CREATE TABLE edited (x);\n', 'DROP TABLE t_bbbb;\n'],
      });
      writeFileSync(join(dir, 'migrations/aaaa.down.sql'), 'DROP TABLE IF EXISTS t_aaaa;\n');
      removeRevision(dir, 'dddd');
      const document = documentFrom(dir, 'status', ...DATABASE);
      assert.equal(document, {
        version: 1,
        command: 'status',
        heads: ['gggg', 'eeee', 'ffff'],
        current: ['eeee'],
        applied: ['aaaa', 'bbbb', 'cccc', 'dddd', 'eeee'],
        pending: ['gggg', 'ffff'],
        edited: ['bbbb'],
        reparented: ['eeee'],
        missing: ['dddd'],
        inserted: [],
        downEdited: ['aaaa'],
        interrupted: [],
      });
      const checked = run(dir, ['status', '--check', '--json', ...DATABASE]);
      assert.equal([checked.status, documentOf(checked).error?.code], [5, 'edited']);
      const text = run(dir, ['status', '--check', ...DATABASE]);
      assert.is(text.stdout, run(dir, ['status', ...DATABASE]).stdout);
      assert.is(text.stderr, 'mig: bbbb changed after it was applied.\n');
    }));

  test('--check: drift before several heads before pending', () =>
    inTemp(async (dir) => {
      const check = async () => {
        const { status, stderr } = await mig(dir, ['status', '--check', ...DATABASE]);
        return [status, stderr.split('\n')[0]];
      };
      writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<aaaa');
      assert.equal(await check(), [4, 'mig: There are 2 heads: bbbb cccc']);
      removeRevision(dir, 'cccc');
      assert.equal(await check(), [3, 'mig: aaaa bbbb are pending.']);
      await mig(dir, ['upgrade', 'aaaa', ...DATABASE]);
      assert.equal(await check(), [3, 'mig: bbbb is pending.']);
      await mig(dir, ['upgrade', ...DATABASE]);
      assert.equal(await check(), [0, '']);
      removeRevision(dir, 'bbbb');
      assert.equal(await check(), [0, ''], 'only ahead');
      writeRevisions(dir, 'dddd<aaaa');
      assert.equal(await check(), [5, 'mig: bbbb is applied, but has no file here.']);
    }));
});

suite('mig current and mig heads', (test) => {
  test('of files', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const line = (id: string, message: string) => `${id}  ${message}  ${up(dir, id)}\n`;
      const both =
        line(DEMO.expire, 'Let tasks expire') + line(DEMO.settings, 'Add expiry settings');
      assert.equal(run(dir, ['heads']), done(both));
      assert.equal(run(dir, ['heads', '--check']), {
        status: 4,
        stdout: both,
        stderr: `mig: There are 2 heads: ${DEMO.expire} ${DEMO.settings}\n  Join them with \`mig merge\`.\n`,
      });
      assert.equal(documentFrom(dir, 'heads'), {
        version: 1,
        command: 'heads',
        heads: [
          {
            revision: DEMO.expire,
            message: 'Let tasks expire',
            file: up(dir, DEMO.expire),
            labels: [],
          },
          {
            revision: DEMO.settings,
            message: 'Add expiry settings',
            file: up(dir, DEMO.settings),
            labels: [],
          },
        ],
      });
      copyDemo(dir);
      assert.is(run(dir, ['heads', '--check']).status, 0);
    }));

  test('of the database', () =>
    inTemp((dir) => {
      copyDemo(dir);
      assert.equal(run(dir, ['current', ...DATABASE]), done('Nothing is applied yet.\n'));
      assert.equal(documentFrom(dir, 'current', ...DATABASE), {
        version: 1,
        command: 'current',
        heads: [],
      });
      assert.not(existsSync(join(dir, 'app.db')));
      run(dir, ['upgrade', '+3', ...DATABASE]);
      assert.equal(idsOf(documentFrom(dir, 'current', ...DATABASE).heads), [
        DEMO.expire,
        DEMO.settings,
      ]);
      const checked = run(dir, ['current', '--check-heads', ...DATABASE]);
      assert.is(checked.status, 3);
      assert.is(
        checked.stderr,
        `mig: 3 revisions are pending: ${DEMO.merge} ${DEMO.sources} ${DEMO.rename}\n  \`mig upgrade\` applies them.\n`,
      );
      removeRevision(dir, DEMO.expire);
      removeRevision(dir, DEMO.merge);
      removeRevision(dir, DEMO.sources);
      removeRevision(dir, DEMO.rename);
      const { stdout } = run(dir, ['current', ...DATABASE]);
      assert.match(
        stdout,
        new RegExp(`^${DEMO.expire} {2}Let tasks expire {2}no file here\n${DEMO.settings} `),
      );
    }));

  test('a label stands with its revision', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa(billing,extra)');
      assert.equal(
        run(dir, ['heads']),
        done('aaaa (billing, extra)  Make aaaa  migrations/aaaa.up.sql\n'),
      );
    }));
});

suite('mig branches', (test) => {
  test('lists branch points with their children', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const children = [DEMO.expire, DEMO.settings];
      const text = `${DEMO.initial}  Create the initial tables\n  → ${DEMO.expire}\n  → ${DEMO.settings}\n`;
      assert.equal(run(dir, ['branches']), done(text));
      assert.equal(documentFrom(dir, 'branches'), {
        version: 1,
        command: 'branches',
        branches: [{ revision: DEMO.initial, message: 'Create the initial tables', children }],
      });
    }));

  test('none', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa');
      assert.equal(run(dir, ['branches']), done(''));
      assert.equal(documentFrom(dir, 'branches').branches, []);
    }));
});

suite('mig history', (test) => {
  const KEYS = [
    'revision',
    'parents',
    'depends',
    'labels',
    'message',
    'created',
    'file',
    'head',
    'base',
    'branchpoint',
    'mergepoint',
  ];

  test('newest first', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const { stdout } = run(dir, ['log']);
      assert.equal(stdout.split('\n'), [
        `${DEMO.rename}  Rename SQL sources to data sources (head)  ← ${DEMO.sources}`,
        `${DEMO.sources}  Add SQL sources  ← ${DEMO.merge}`,
        `${DEMO.merge}  merge 32c843eb8225, adfa6c905b9d (merge point)  ← ${DEMO.settings} ${DEMO.expire}`,
        `${DEMO.settings}  Add expiry settings  ← ${DEMO.initial}`,
        `${DEMO.expire}  Let tasks expire  ← ${DEMO.initial}`,
        `${DEMO.initial}  Create the initial tables (branch point)  ← base`,
        '',
      ]);
    }));

  test('its document', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const document = documentFrom(dir, 'history');
      assert.equal(Object.keys(document), ['version', 'command', 'revisions']);
      const revisions = document.revisions as readonly Record<string, unknown>[];
      assert.equal(idsOf(revisions), [...DEMO_ORDER].reverse());
      for (const each of revisions) assert.equal(Object.keys(each), KEYS);
      assert.equal(revisions[2], {
        revision: DEMO.merge,
        parents: [DEMO.settings, DEMO.expire],
        depends: [],
        labels: [],
        message: 'merge 32c843eb8225, adfa6c905b9d',
        created: '2026-11-21T09:00:00Z',
        file: up(dir, DEMO.merge),
        head: false,
        base: false,
        branchpoint: false,
        mergepoint: true,
      });
    }));

  test('-i marks what is applied', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      run(dir, ['upgrade', 'adfa', ...DATABASE]);
      const marks = run(dir, ['history', '-i', ...DATABASE]).stdout.replace(/^(..\w+).*/gm, '$1');
      assert.is(marks, `· ${DEMO.settings}\n✓ ${DEMO.expire}\n✓ ${DEMO.initial}\n`);
      const revisions = documentFrom(dir, 'history', '-i', ...DATABASE)
        .revisions as readonly Record<string, unknown>[];
      assert.equal(
        revisions.map((each) => each.applied),
        [false, true, true],
      );
      for (const each of revisions) assert.equal(Object.keys(each), [...KEYS, 'applied']);
    }));

  test('-i also shows what only the database has', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa');
      run(dir, ['upgrade', ...DATABASE]);
      removeRevision(dir, 'bbbb');
      const [first] = documentFrom(dir, 'history', '-i', ...DATABASE).revisions as readonly Record<
        string,
        unknown
      >[];
      assert.equal(
        [first?.revision, first?.file, first?.applied, first?.message],
        ['bbbb', null, true, 'Make bbbb'],
      );
      assert.equal(idsOf(documentFrom(dir, 'history').revisions), ['aaaa']);
    }));

  const ranges: readonly (readonly [range: string, ids: readonly string[]])[] = [
    ['a1:c1', ['c1', 'b1', 'a1']],
    ['b1:', ['m1', 'd1', 'c1', 'b1']],
    [':c1', ['c1', 'b1', 'a1']],
    ['b1:b1', ['b1']],
    ['base:b1', ['b1', 'a1']],
    ['current:', ['m1', 'd1', 'c1', 'b1']],
    [':current', ['b1', 'a1']],
    ['c1:head', ['m1', 'd1', 'c1']],
    ['m1-1:', []],
    ['line@base:d1', ['d1', 'b1', 'a1']],
  ];
  for (const [range, ids] of ranges) {
    test(`-r ${range}`, () =>
      inTemp(async (dir) => {
        writeRevisions(dir, 'a1; b1(line)<a1; c1<b1 @1; d1<b1 @2; m1<c1,d1');
        await mig(dir, ['upgrade', 'b1', ...DATABASE]);
        const ran = await mig(dir, ['history', '-r', range, '--json', ...DATABASE]);
        // A merge has two ways down.
        if (range === 'm1-1:') assert.is(documentOf(ran).error?.code, 'ambiguous-revision');
        else assert.equal(idsOf(documentOf(ran).revisions), ids);
      }));
  }

  test('-r by the program', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const lines = run(dir, ['history', '-r', `${DEMO.merge}:head`]).stdout.replace(/ .*/g, '');
      assert.is(lines, `${DEMO.rename}\n${DEMO.sources}\n${DEMO.merge}\n`);
    }));

  test('of nothing', () =>
    inTemp((dir) => {
      writeRevisions(dir, '');
      assert.equal(run(dir, ['history']), done('No revisions yet.\n'));
      assert.equal(documentFrom(dir, 'history').revisions, []);
    }));
});

suite('mig show', (test) => {
  test('a revision with its SQL', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa(line) @1; bbbb<aaaa');
      const text = [
        'aaaa  Make aaaa (line)',
        '  parents  base',
        '  created  2026-01-01T00:00:00Z',
        '  file     migrations/aaaa.up.sql',
        '',
        '-- up',
        'CREATE TABLE t_aaaa (x);',
        '',
        '-- down',
        'DROP TABLE t_aaaa;',
        '',
      ].join('\n');
      assert.equal(run(dir, ['show', 'aaaa']), done(text));
      const { stdout } = run(dir, ['show', 'aaaa', 'bbbb', 'line']);
      assert.is(stdout.split('\n-- down\n').length, 3, 'each once');
    }));

  test('its document', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa');
      const expected = {
        revision: 'bbbb',
        parents: ['aaaa'],
        depends: [],
        labels: [],
        message: 'Make bbbb',
        created: null,
        file: 'migrations/bbbb.up.sql',
        head: true,
        base: false,
        branchpoint: false,
        mergepoint: false,
      };
      const sql = {
        irreversible: null,
        up: 'CREATE TABLE t_bbbb (x);\n',
        down: 'DROP TABLE t_bbbb;\n',
      };
      const document = documentFrom(dir, 'show', 'head');
      assert.equal(document, { version: 1, command: 'show', revisions: [{ ...expected, ...sql }] });
      const [shown] = documentFrom(dir, 'show', 'head', ...DATABASE)
        .revisions as readonly unknown[];
      assert.equal(shown, { ...expected, applied: false, ...sql });
    }));

  test('from the ledger when the file is gone', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa');
      run(dir, ['upgrade', ...DATABASE]);
      removeRevision(dir, 'bbbb');
      const [shown] = documentFrom(dir, 'show', 'current', ...DATABASE)
        .revisions as readonly Record<string, unknown>[];
      assert.equal(
        [shown?.revision, shown?.file, shown?.applied, shown?.up, shown?.down],
        ['bbbb', null, true, 'CREATE TABLE t_bbbb (x);\n', 'DROP TABLE t_bbbb;\n'],
      );
      const { stdout } = run(dir, ['show', 'bb', 'bbbb', ...DATABASE]);
      assert.match(stdout, /\n {2}file {5}gone; what follows is from the ledger\n/);
      assert.is(run(dir, ['show', 'bbbb']).status, 2, 'without a database nobody knows it');
    }));

  test('prints nothing that steers a terminal', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa', { aaaa: ["SELECT '\x1b[2J\x07';\r\n", "SELECT '\x9b31m';\n"] });
      const { stdout } = await mig(dir, ['show', 'aaaa']);
      assert.not.match(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    }));

  test('without a way back', () =>
    inTemp((dir) => {
      writeTree(dir, {
        'migrations/aaaa.up.sql':
          '-- ---\n-- parents: base\n-- irreversible: rows are gone\n-- ---\nCREATE TABLE t (x);\n',
      });
      assert.match(
        run(dir, ['show', 'aaaa']).stdout,
        /\n-- down\n-- no way back: rows are gone\n$/,
      );
      const [shown] = documentFrom(dir, 'show', 'aaaa').revisions as readonly Record<
        string,
        unknown
      >[];
      assert.equal([shown?.irreversible, shown?.down], ['rows are gone', null]);
    }));
});

suite('mig check', (test) => {
  test('sound files', () =>
    inTemp((dir) => {
      copyDemo(dir);
      assert.equal(run(dir, ['check']), done('The files are sound\n'));
      assert.equal(documentFrom(dir, 'check'), {
        version: 1,
        command: 'check',
        ok: true,
        findings: [],
      });
    }));

  test('several heads: exit 4', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const ran = run(dir, ['check']);
      const message = `There are 2 heads: ${DEMO.expire} ${DEMO.settings}`;
      assert.equal(ran, {
        status: 4,
        stdout: `error: ${message} [several-heads]\n  Join them with \`mig merge\`.\n`,
        stderr: `mig: ${message}\n`,
      });
      const { findings, ok } = documentFrom(dir, 'check');
      assert.equal(
        [ok, findings],
        [
          false,
          [
            {
              code: 'several-heads',
              severity: 'error',
              message,
              hint: 'Join them with `mig merge`.',
              revision: null,
              file: null,
              line: null,
              column: null,
            },
          ],
        ],
      );
    }));

  test('everything that is wrong at once, each with its place: exit 1', () =>
    inTemp((dir) => {
      writeTree(dir, {
        'migrations/aaaa.up.sql':
          '-- ---\n-- parents: base\n-- ---\nCREATE TABLE t (x);\nCOMMIT;\n',
        'migrations/aaaa.down.sql': 'VACUUM;\n',
        'migrations/bbbb.up.sql': '-- ---\n-- parent: aaaa\n-- ---\n',
        'migrations/bbbb.down.sql': '',
        'migrations/cccc.up.sql': '-- ---\n-- parents: nope\n-- ---\nSELECT 1;\n',
        'migrations/notes.sql': 'SELECT 1;\n',
        'migrations/README.md': 'Hello',
      });
      const ran = run(dir, ['check', '--json']);
      assert.is(ran.status, 1);
      const { findings, error } = documentOf(ran);
      const short = (findings as readonly Record<string, unknown>[]).map(
        ({ code, severity, file, line, column }) =>
          [code, severity, [file, line, column].filter((each) => each !== null).join(':')].join(
            ' ',
          ),
      );
      for (const expected of [
        'header-key error migrations/bbbb.up.sql:2:4',
        'unknown-parent error migrations/cccc.up.sql:2:13',
        'file-pair error migrations/cccc.up.sql',
        'statement error migrations/aaaa.up.sql:5:1',
        'statement error migrations/aaaa.down.sql:1:1',
        'stray-file warning migrations/notes.sql',
      ]) {
        assert.ok(short.includes(expected), `${expected}\nin\n${short.join('\n')}`);
      }
      assert.is(error?.code, 'check-failed');
      const text = run(dir, ['check']);
      assert.is(text.status, 1);
      assert.match(text.stdout, /^migrations\/aaaa\.up\.sql:5:1: error: /m);
      assert.match(text.stderr, /^mig: \d+ errors in migrations\.\n$/);
    }));

  test('warnings alone: exit 0', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa', { aaaa: ['-- nothing\n', '-- nothing\n'] });
      writeFileSync(join(dir, 'migrations/notes.sql'), '');
      const ran = run(dir, ['check']);
      assert.is(ran.status, 0);
      assert.match(ran.stdout, /\nThe files are sound \(2 warnings\)\n$/);
    }));

  test('needs no database, and looks at none', () =>
    inTemp((dir) => {
      copyDemo(dir);
      writeFileSync(join(dir, 'app.db'), 'this is no database');
      const before = filesBelow(dir);
      assert.is(run(dir, ['check', ...DATABASE]).status, 0);
      assert.equal(filesBelow(dir), before);
      assert.is(readFileSync(join(dir, 'app.db'), 'utf8'), 'this is no database');
    }));
});
