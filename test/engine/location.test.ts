import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { locateDatabase, pathFrom } from '../../lib/engine/location.ts';
import { documentOf } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const FORMS =
  '`sqlite:app.db`, `sqlite:///absolute/app.db`, `file:app.db`, `app.db` and `sqlite::memory:`.';
const KNOWS = `What it knows: ${FORMS}`;
const MIG_KNOWS = `What mig knows: ${FORMS}`;

suite('pathFrom', (test) => {
  const table: readonly (readonly [path: string, cwd: string, shown: string])[] = [
    ['/a/b', '/a', 'b'],
    ['/a/b/c', '/a', 'b/c'],
    ['/a', '/a', '.'],
    ['/a', '/a/b', '/a'],
    ['/x', '/a/b', '/x'],
    ['/a/..b', '/a', '..b'],
  ];
  for (const [path, cwd, shown] of table) {
    test(`${path} from ${cwd} is ${shown}`, () => assert.is(pathFrom(cwd, path), shown));
  }
});

suite('database URLs', (test) => {
  const table: readonly (readonly [text: string, path: string, shown: string])[] = [
    ['app.db', '/from/app.db', '/from/app.db'],
    ['./app.db', '/from/app.db', '/from/app.db'],
    ['../app.db', '/app.db', '/app.db'],
    ['/cwd/..app.db', '/cwd/..app.db', '..app.db'],
    ['/abs/app.db', '/abs/app.db', '/abs/app.db'],
    ['/cwd/data/app.db', '/cwd/data/app.db', 'data/app.db'],
    ['my app.db', '/from/my app.db', '/from/my app.db'],
    ['100%.db', '/from/100%.db', '/from/100%.db'],
    ['a?b.db', '/from/a?b.db', '/from/a?b.db'],
    ['sqlite:app.db', '/from/app.db', '/from/app.db'],
    ['SQLite:app.db', '/from/app.db', '/from/app.db'],
    ['sqlite3:app.db', '/from/app.db', '/from/app.db'],
    ['sqlite:/abs/app.db', '/abs/app.db', '/abs/app.db'],
    ['sqlite:///abs/app.db', '/abs/app.db', '/abs/app.db'],
    ['sqlite:////abs/app.db', '/abs/app.db', '/abs/app.db'],
    ['sqlite:my%20app.db', '/from/my app.db', '/from/my app.db'],
    ['sqlite:100%25.db', '/from/100%.db', '/from/100%.db'],
    ['file:app.db', '/from/app.db', '/from/app.db'],
    ['file:/abs/app.db', '/abs/app.db', '/abs/app.db'],
    ['file:///abs/my%20app.db', '/abs/my app.db', '/abs/my app.db'],
    ['sqlite::memory:', ':memory:', ':memory:'],
    [':memory:', ':memory:', ':memory:'],
  ];
  for (const [text, path, shown] of table) {
    test(`${text} is ${path}`, () => {
      assert.equal(locateDatabase(text, '/from', '/cwd'), { path, shown });
    });
  }
});

suite('what is no database URL', (test) => {
  const unknown = (scheme: string, shown: string) =>
    [`mig knows no database \`${scheme}:\` (in ${shown}).`, KNOWS] as const;
  const table: readonly (readonly [text: string, message: string, hint: string])[] = [
    ['postgres://h/db', ...unknown('postgres', 'postgres://h/db')],
    ['postgresql://me:secret@h:5432/db', ...unknown('postgresql', 'postgresql://me:***@h:5432/db')],
    ['mysql://me:secret@h/db', ...unknown('mysql', 'mysql://me:***@h/db')],
    ['libsql://h?password=secret&x=1', ...unknown('libsql', 'libsql://h?password=***&x=1')],
    ['sqlserver://h;pwd=secret;x', ...unknown('sqlserver', 'sqlserver://h;pwd=***;x')],
    [
      'sqlite://app.db',
      'sqlite://app.db names a host, and SQLite has none.',
      'A relative path is `sqlite:app.db`, an absolute one `sqlite:///path/app.db`.',
    ],
    [
      'sqlite://me:secret@app.db',
      'sqlite://me:***@app.db names a host, and SQLite has none.',
      'A relative path is `sqlite:app.db`, an absolute one `sqlite:///path/app.db`.',
    ],
    ['sqlite:', 'sqlite: names no file.', MIG_KNOWS],
    ['file:', 'file: names no file.', MIG_KNOWS],
    [
      'sqlite:a%zz.db',
      'sqlite:a%zz.db has a `%` that begins no character.',
      'Write a plain % as %25.',
    ],
    [
      'sqlite:a%00.db',
      'sqlite:a%00.db has a NUL character.',
      'No file name can have one: leave out `%00`.',
    ],
    [
      'sqlite:a.db?mode=ro',
      'sqlite:a.db?mode=ro has parameters, and mig takes none.',
      'Leave out what stands after the `?`.',
    ],
    [
      'file:a.db?mode=ro',
      'file:a.db?mode=ro has parameters, and mig takes none.',
      'Leave out what stands after the `?`.',
    ],
    ['file://host/a.db', 'file://host/a.db is no file URL.', MIG_KNOWS],
    ['a\0.db', 'The path of the database has a NUL character.', 'No file name can have one.'],
    ['sub', 'sub is a folder, not a database.', 'The migrations folder goes with `--dir`.'],
    ['.', '. is a folder, not a database.', 'The migrations folder goes with `--dir`.'],
  ];
  for (const [text, message, hint] of table) {
    test(text, () =>
      inTemp(async (dir) => {
        mkdirSync(join(dir, 'sub'));
        const ran = await mig(dir, ['status', '-d', text]);
        assert.equal(ran, { status: 2, stdout: '', stderr: `mig: ${message}\n  ${hint}\n` });
        const { error } = documentOf(
          await mig(dir, ['status', '--json'], { env: { DATABASE_URL: text } }),
        );
        assert.equal([error?.message, error?.hint], [message, `DATABASE_URL says so. ${hint}`]);
      }),
    );
  }
});

suite('a password', (test) => {
  const urls = [
    'postgres://me:hunter2@h/db',
    'postgres://:hunter2@h/db',
    'postgres://me:hunt@er2@h/db',
    'postgres://me:hunt/er2@h/db',
    'postgres://me:hunt:er2@h/db',
    'postgres:me:hunter2@h/db',
    'sqlite://me:hunter2@h/app.db',
    'file://me:hunter2@h/app.db',
    'mysql://h/db?user=me&password=hunter2',
    'mysql://h/db?PASSWORD=hunter2',
    'jdbc:sqlserver://h;user=me;password=hunter2',
    'libsql://h/db?authToken=hunter2',
    'postgres://h/db?sslpassword=hunter2',
  ];
  for (const url of urls) {
    test(`is never printed: ${url}`, () =>
      inTemp(async (dir) => {
        const env = { MIG_DATABASE: url };
        for (const args of [['status'], ['status', '--json'], ['upgrade', '-v']]) {
          for (const ran of [await mig(dir, args, { env }), await mig(dir, [...args, '-d', url])]) {
            assert.is(ran.status, 2);
            assert.not.match(ran.stdout + ran.stderr, /hunt|er2/);
          }
        }
      }));
  }
});

suite('three slashes where a relative path was meant', (test) => {
  const warned =
    /^warning: \/mig-none\.db is not there, but mig-none\.db is: three slashes begin an absolute path\. `sqlite:mig-none\.db` is the one in this folder\.$/m;

  test('are told of, where the file exists here and not there', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'migrations/.gitkeep': '', 'mig-none.db': '' });
      for (const command of ['status', 'graph', 'current']) {
        assert.match((await mig(dir, [command, '-d', 'sqlite:///mig-none.db'])).stderr, warned);
      }
      assert.is((await mig(dir, ['status', '-d', 'sqlite:mig-none.db'])).stderr, '');
    }));

  test('say nothing where there is none here either', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'migrations/.gitkeep': '', 'mig-none/file': '' });
      for (const url of ['sqlite:///mig-none.db', 'sqlite:///mig-none']) {
        assert.not.match((await mig(dir, ['status', '-d', url])).stderr, /slashes/);
      }
    }));

  for (const [url, read] of [
    ['sqlite:///mig-none.db', 'sqlite:mig-none.db'],
    ['sqlite:///mig-none/app.db', 'sqlite:mig-none/app.db'],
    ['sqlite:////mig-none.db', null],
    ['sqlite:mig-none.db', null],
    ['/mig-none.db', null],
    [`sqlite://${import.meta.filename}`, null],
    [`sqlite://${import.meta.dirname}/mig-none.db`, null],
  ] as const) {
    test(`init writes ${url} down, and ${read === null ? 'says nothing' : 'asks'}`, () =>
      inTemp(async (dir) => {
        const { status, stderr } = await mig(dir, ['init', '-d', url]);
        const told =
          read === null
            ? ''
            : `warning: ${url} is an absolute path, and there is no such file. If the one in this folder is meant, write \`"database": "${read}"\` into mig.json\n`;
        assert.equal([status, stderr], [0, told]);
      }));
  }
});
