import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { readAlembic } from '../../lib/files/import/alembic.ts';
import { appliedIn } from '../../lib/files/import/applied.ts';
import { carry } from '../../lib/files/import/carry.ts';
import { compareVersions, readFlyway } from '../../lib/files/import/flyway.ts';
import type { ForeignFolder, ForeignHistory } from '../../lib/files/import/history.ts';
import { createdOf, timeOf } from '../../lib/files/import/history.ts';
import { readDbmate, readGoose } from '../../lib/files/import/marked.ts';
import { readNumbered } from '../../lib/files/import/numbered.ts';
import { readPython } from '../../lib/files/import/python.ts';
import { recognise } from '../../lib/files/import/recognise.ts';
import { readSqitch } from '../../lib/files/import/sqitch.ts';
import { suite } from '../support/suite.ts';

const folderOf = (files: Readonly<Record<string, string>>): ForeignFolder => ({
  paths: Object.keys(files).sort(),
  read: (path) => files[path]!,
  shown: (path) => path,
});

/** `name<parents +depends` of each revision. */
const shapeOf = ({ revisions }: ForeignHistory) =>
  revisions.map(
    ({ name, parents, depends }) =>
      `${name}<${parents.join()}${depends.map((each) => ` +${each}`).join('')}`,
  );
const remarksOf = ({ remarks }: ForeignHistory) =>
  remarks.map(({ path, line, message }) => `${path}:${line ?? ''} ${message}`);
const filesOf = (history: ForeignHistory) =>
  Object.fromEntries(carry(history).revisions.flatMap(({ files }) => [...files]));

suite('recognise', (test) => {
  const table: readonly (readonly [tool: string, files: Readonly<Record<string, string>>])[] = [
    ['golang-migrate', { '1_a.up.sql': '', '1_a.down.sql': '' }],
    ['sqlx', { '20240101_a.sql': '' }],
    ['sqlx', { '1_a.up.sql': '', '1_a.down.sql': '', '2_b.sql': '' }],
    ['dbmate', { '1_a.sql': '-- migrate:up\n', 'README.md': '' }],
    ['goose', { '1_a.sql': '-- +goose up\n' }],
    ['goose', { '1_a.go': 'package migrations\n' }],
    ['flyway', { 'sub/V1__a.sql': '' }],
    ['sqitch', { 'sqitch.plan': '', 'deploy/V1__a.sql': '' }],
    ['alembic', { 'a.py': "revision = 'a'\ndown_revision = None\n" }],
  ];
  for (const [tool, files] of table) {
    test(`${Object.keys(files).join(' ')} is ${tool}`, () =>
      assert.is(recognise(folderOf(files), 'old'), tool));
  }
});

suite('golang-migrate and sqlx', (test) => {
  test('by number, not by text', () => {
    const history = readNumbered(
      folderOf({ '10_b.up.sql': '', '9_a.up.sql': '', '9_a.down.sql': 'x', 'seed.sql': '' }),
      'golang-migrate',
    );
    assert.equal(shapeOf(history), ['9<', '10<9']);
    assert.equal(remarksOf(history), [
      'seed.sql: This file is not named as golang-migrate names migrations.',
    ]);
  });

  test('a lone down file is told', () => {
    const history = readNumbered(folderOf({ '1_a.down.sql': '', '2_a.up.sql': '' }), 'sqlx');
    assert.equal(remarksOf(history), ['1_a.down.sql: There is no up file beside this down file.']);
  });

  test('the SQL keeps every byte', () => {
    const sql = "\n\r\n-- ---\r\nINSERT INTO t VALUES ('\n\n\nBEGIN;');  \n\n";
    const files = filesOf(
      readNumbered(folderOf({ '1_a.up.sql': sql, '1_a.down.sql': sql }), 'sqlx'),
    );
    assert.ok(files['1_a.up.sql']!.endsWith(`-- ---\n${sql}`));
    assert.ok(files['1_a.down.sql']!.endsWith(sql));
  });
});

suite('the transaction around a file', (test) => {
  const table: readonly (readonly [sql: string, without: string])[] = [
    ['BEGIN;\nSELECT 1;\nCOMMIT;\n', 'SELECT 1;\n'],
    ['-- a\nbegin transaction;\n\nSELECT 1;\nEND;\n-- b\n', '-- a\n\nSELECT 1;\n-- b\n'],
    ['BEGIN; SELECT 1; COMMIT', ' SELECT 1; '],
    ['BEGIN;\nSELECT 1;\nROLLBACK;\n', 'BEGIN;\nSELECT 1;\nROLLBACK;\n'],
    ['SELECT 1;\nBEGIN;\nCOMMIT;\n', 'SELECT 1;\nBEGIN;\nCOMMIT;\n'],
    ['BEGIN;\nCOMMIT;\nBEGIN;\nCOMMIT;\n', 'BEGIN;\nCOMMIT;\nBEGIN;\nCOMMIT;\n'],
    [
      'CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;\n',
      'CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;\n',
    ],
  ];
  for (const [sql, without] of table) {
    test(JSON.stringify(sql), () => {
      const history = readNumbered(folderOf({ '1_a.up.sql': sql }), 'golang-migrate');
      assert.ok(filesOf(history)['1_a.up.sql']!.endsWith(`-- ---\n${without}`));
      assert.is(carry(history).remarks.length, sql === without ? 0 : 1);
    });
  }

  test('stays where the file runs outside of one', () => {
    const sql = '-- no-transaction\nBEGIN;\nSELECT 1;\nCOMMIT;\n';
    const files = filesOf(readNumbered(folderOf({ '1_a.sql': sql }), 'sqlx'));
    assert.ok(files['1_a.up.sql']!.endsWith(sql));
    assert.match(files['1_a.up.sql']!, /^-- transaction: off$/m);
  });
});

suite('dbmate', (test) => {
  test('two parts, each with its options', () => {
    const text =
      '-- About it\n-- migrate:up transaction:false\nVACUUM;\n\n-- migrate:down\nSELECT 1;\n';
    const files = filesOf(readDbmate(folderOf({ '20240101120000_x.sql': text })));
    assert.is(
      files['20240101120000_x.up.sql'],
      '-- ---\n-- parents: base\n-- message: x\n-- created: 2024-01-01T12:00:00Z\n-- transaction: off\n-- x-imported-from: dbmate 20240101120000\n-- ---\n-- About it\nVACUUM;\n\n',
    );
    assert.is(files['20240101120000_x.down.sql'], 'SELECT 1;\n');
  });

  test('a down part without a statement is no way back', () => {
    const text = '-- migrate:up\nSELECT 1;\n-- migrate:down\n-- nothing\n';
    const [revision] = readDbmate(folderOf({ '1_x.sql': text })).revisions;
    assert.is(revision!.down, null);
    assert.is(revision!.irreversible, 'the down section of dbmate had no statement');
  });
});

suite('goose', (test) => {
  test('annotations go, in any case, and what cannot go along is told', () => {
    const history = readGoose(
      folderOf({
        '00001_a.sql': `-- +goose NO TRANSACTION\n-- +goose UP\n-- +goose statementbegin\nSELECT 1;\n-- +goose StatementEnd\n-- +goose ENVSUB ON\nSELECT '\${REGION}';\n-- +goose ENVSUB OFF\nSELECT '\${NOT}';\n-- +goose down\nSELECT 2;\n`,
        '00002_b.go': 'package migrations\n',
      }),
    );
    const [revision] = history.revisions;
    assert.equal(revision!.up, {
      sql: `SELECT 1;\nSELECT '\${REGION}';\nSELECT '\${NOT}';\n`,
      transaction: 'off',
    });
    assert.equal(revision!.down, { sql: 'SELECT 2;\n', transaction: 'off' });
    assert.equal(remarksOf(history), [
      '00002_b.go: A migration in Go cannot be carried over: mig runs SQL only.',
      '00001_a.sql:7 goose puts an environment variable in here; mig leaves the text as it is.',
    ]);
  });
});

suite('Flyway', (test) => {
  test('versions, undo, configuration, and what stays behind', () => {
    const history = readFlyway(
      folderOf({
        'V1.10__b.sql': 'VACUUM;',
        'V1.10__b.sql.conf': 'executeInTransaction=false\n',
        'sub/V1_9__a.sql': `SELECT '\${schema}';`,
        'U1.9__a.sql': 'SELECT 1;',
        'R__v.sql': '',
        'B1__x.sql': '',
        'V3__J.java': '',
      }),
    );
    assert.equal(shapeOf(history), ['1.9<', '1.10<1.9']);
    assert.equal(
      history.revisions.map(({ id, up, down }) => [id, up.transaction, down?.sql]),
      [
        ['V1p9', 'on', 'SELECT 1;'],
        ['V1p10', 'off', undefined],
      ],
    );
    assert.equal(
      history.remarks.map(({ path, line }) => `${path}:${line ?? ''}`),
      ['B1__x.sql:', 'R__v.sql:', 'V3__J.java:', 'sub/V1_9__a.sql:1'],
    );
  });

  test('versions are compared part by part', () => {
    assert.is(compareVersions('1.10', '1.9'), 1);
    assert.is(compareVersions('1', '1.0'), 0);
    assert.is(compareVersions('1.1', '2'), -1);
  });
});

const PLAN = `%syntax-version=1.0.0
%project=flipr
%uri=https://example.com/flipr

app 2024-01-01T12:00:00Z Ann O’Vera <ann@example.com> # The app.
users [app] 2024-01-02T12:00:00Z Ann <ann@example.com> # Users.\\n\\nAnd more.
lists [app] 2024-01-03T12:00:00Z Ann <ann@example.com>
@v1.0 2024-01-04T12:00:00Z Ann <ann@example.com> # Tag v1.0.
@one 2024-01-04T12:00:00Z Ann <ann@example.com> # Tag one.

users [users@v1.0 lists app !old else:thing] 2024-01-05T12:00:00Z Ann <ann@example.com> # Again.
add_tags [:lists] 2024-01-06T12:00:00Z Ann <ann@example.com> # Tags.
`;

suite('sqitch', (test) => {
  const scripts = ['app', 'users@v1.0', 'users', 'lists', 'add_tags'].flatMap((name) => [
    [`deploy/${name}.sql`, `-- ${name}\nSELECT 1;\n`],
    [`revert/${name}.sql`, `SELECT 2;\n`],
  ]);
  const folder = folderOf({
    'sqitch.plan': PLAN,
    'verify/users.sql': '',
    ...Object.fromEntries(scripts),
  });
  const history = readSqitch(folder);

  test('requirements are parents and depends, none said twice', () =>
    assert.equal(shapeOf(history), [
      'app<',
      'users<app',
      'lists<app',
      'users@2<lists +users',
      'add_tags<lists',
    ]));

  test('a reworked change has the script that was kept', () => {
    assert.match(history.revisions[1]!.up.sql, /^-- users@v1\.0$/m);
    assert.match(history.revisions[3]!.up.sql, /^-- users$/m);
  });

  test('notes, times and labels', () => {
    const { revisions, remarks } = carry(history);
    assert.equal(
      history.revisions.map(({ message, created }) => `${message} ${created}`),
      [
        'The app. 2024-01-01T12:00:00Z',
        'Users. 2024-01-02T12:00:00Z',
        'lists 2024-01-03T12:00:00Z',
        'Again. 2024-01-05T12:00:00Z',
        'Tags. 2024-01-06T12:00:00Z',
      ],
    );
    assert.equal(
      revisions.slice(0, 3).map(({ id }) => id),
      ['app', 'users', 'lists'],
    );
    assert.match(revisions[3]!.id, /^[0-9a-f]{12}$/);
    const [up] = revisions[2]!.files.values();
    assert.match(up!, /^-- labels: one$/m);
    assert.equal(remarks.map(({ line, message }) => `${line ?? ''} ${message}`).slice(0, 4), [
      '11 users conflicts with `old`, which mig cannot say.',
      '11 users requires `else:thing` of another project.',
      ' The verify scripts (1) are not carried over: mig has no such step.',
      ` users@2 is called ${revisions[3]!.id} now: mig's ids are letters and digits.`,
    ]);
  });

  test('commands of the sqlite3 program are told', () => {
    const { remarks } = readSqitch(
      folderOf({
        'sqitch.plan': '%project=a\na 2024-01-01T12:00:00Z Ann <ann@example.com>\n',
        'deploy/a.sql': '-- Deploy a\n.bail on\nSELECT .5;\n',
      }),
    );
    assert.equal(
      remarks.map(({ path, line, message }) => `${path}:${line} ${message}`),
      ['deploy/a.sql:2 `.bail` is a command of the sqlite3 program, and no SQL.'],
    );
  });

  test('a line that is no change is an error with its place', () => {
    const broken = folderOf({ 'sqitch.plan': '%project=a\nusers whenever\n' });
    try {
      readSqitch(broken);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, MigError);
      assert.is((error as MigError).line, 2);
    }
  });
});

suite('readPython', (test) => {
  const table: readonly (readonly [text: string, value: unknown])[] = [
    ["x = 'a'", 'a'],
    ['x: str = "a\\"b"  # why', 'a"b'],
    ['x = None', null],
    ["x = ('a', 'b')", ['a', 'b']],
    ["x = (\n    'a',  # first\n    'b',\n)", ['a', 'b']],
    ["x: Union[str, Sequence[str], None] = ['a']", ['a']],
    ["x = ('a',)", ['a']],
    ["x = ('a')", 'a'],
    ["x = 'a',", ['a']],
    ["x = 'a' 'b'", 'ab'],
    ["x = r'a\\b'", 'a\\b'],
    ["x = 'a' + y", undefined],
    ['x = y', undefined],
    ['x = NoneSuch', undefined],
    ['x = ()', []],
  ];
  for (const [text, value] of table) {
    test(JSON.stringify(text), () => {
      assert.equal(readPython(`${text}\n`).variables.get('x')?.value, value);
    });
  }

  test('neither the docstring nor a function is taken for the module', () => {
    const module = readPython(
      '# coding\n"""Say\n\nx = \'no\'\n"""\nimport y\n\nx = \'yes\'\n\n\ndef upgrade():\n    pass\n\nx = 1\n',
    );
    assert.is(module.docstring, "Say\n\nx = 'no'\n");
    assert.equal(module.variables.get('x'), { value: 'yes', line: 8 });
  });
});

suite('Alembic', (test) => {
  const file = (revision: string, down: string, more = '') =>
    `"""Make ${revision}\n\nCreate Date: 2024-01-01 12:00:00.5\n"""\nrevision = '${revision}'\ndown_revision = ${down}\n${more}`;
  const script = (text: string) => [{ shown: 'up.sql', text }];
  const UP = `BEGIN;

CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);

-- Running upgrade  -> a_1

CREATE TABLE a (x DEFAULT '


alembic_version');

INSERT INTO alembic_version (version_num) VALUES ('a_1');

-- Running upgrade a_1 -> b1

-- Running upgrade a_1 -> c1

SELECT 'c';

-- Running upgrade b1, c1 -> m1

UPDATE alembic_version SET version_num='m1' WHERE alembic_version.version_num = 'b1';

COMMIT;
`;
  const folder = folderOf({
    'a.py': file('a_1', 'None', "branch_labels = ('main', 'my-app')\n"),
    'b.py': file('b1', "'a_1'"),
    'c.py': file('c1', "'main'", "depends_on = 'b1'\n"),
    'env.py': 'x = 1\n',
    'm.py': file('m1', "('b1', 'c1')"),
  });

  test('edges, labels, messages, and the SQL without the bookkeeping', () => {
    const history = readAlembic(folder, script(UP));
    assert.equal(shapeOf(history), ['a_1<', 'b1<a_1', 'c1<a_1 +b1', 'm1<b1,c1']);
    assert.equal(
      history.revisions.map(({ up }) => up.sql),
      ["CREATE TABLE a (x DEFAULT '\n\n\nalembic_version');\n", '', "SELECT 'c';\n", ''],
    );
    assert.is(history.revisions[0]!.message, 'Make a_1');
    assert.is(history.revisions[0]!.created, '2024-01-01T12:00:00Z');
    const { remarks } = carry(history);
    assert.equal(
      remarks.map(({ code }) => code),
      ['changed', 'not-carried'],
    );
  });

  const broken: readonly (readonly [name: string, add: string, sql: string, why: RegExp])[] = [
    ['an expression', file('d', 'parent()'), UP, /`down_revision` is no plain text/],
    ['an unknown parent', file('d', "'z'"), `${UP}-- Running upgrade z -> d\n`, /names z, and no/],
    ['no SQL for it', file('d', "'m1'"), UP, /no upgrade to d$/],
    ['no script at all', '', 'SELECT 1;', /has no line `-- Running upgrade/],
  ];
  for (const [name, add, sql, why] of broken) {
    test(`${name} is an error`, () => {
      const files = folderOf({ ...{ 'a.py': file('a_1', 'None') }, 'd.py': add });
      assert.throws(() => readAlembic(files, script(sql)), why);
    });
  }
});

suite('appliedIn', (test) => {
  const chain = (tool: ForeignHistory['tool'], ...names: readonly string[]): ForeignHistory => ({
    tool,
    remarks: [],
    revisions: names.map((name, index) => ({
      name,
      id: name,
      parents: index === 0 ? [] : [names[index - 1]!],
      depends: [],
      labels: [],
      message: name,
      created: null,
      path: name,
      up: { sql: '', transaction: 'on' },
      down: null,
      irreversible: 'x',
    })),
  });
  const flyway = (version: string | null, type: string, success = '1') => ({
    installed_rank: '1',
    version,
    type,
    success,
    description: 'd',
  });
  const table: readonly (readonly [
    history: ForeignHistory,
    rows: readonly Readonly<Record<string, string | null>>[],
    applied: string,
  ])[] = [
    [chain('golang-migrate', '01', '02'), [], ''],
    [chain('golang-migrate', '01', '02', '03'), [{ version: '2', dirty: '0' }], '01 02'],
    [chain('sqlx', '1', '2'), [{ version: '1', success: '1' }], '1'],
    [chain('dbmate', '001', '002'), [{ version: '001' }, { version: '002' }], '001 002'],
    [
      chain('goose', '1', '2'),
      [
        ['0', '1'],
        ['1', '1'],
        ['2', '1'],
        ['2', '0'],
      ].map(([version, applied], id) => ({
        id: String(id),
        version_id: version!,
        is_applied: applied!,
      })),
      '1',
    ],
    [
      chain('flyway', '1', '1.1', '2', '3'),
      [
        flyway(null, 'SCHEMA'),
        flyway('1.1', 'BASELINE'),
        flyway('2.0', 'SQL'),
        flyway('3', 'SQL'),
        flyway('3', 'UNDO_SQL'),
        flyway(null, 'SQL'),
      ],
      '1 1.1 2',
    ],
    [chain('alembic', 'a', 'b', 'c'), [{ version_num: 'b' }], 'a b'],
  ];
  for (const [history, rows, applied] of table) {
    test(`${history.tool}: ${applied || 'nothing'}`, () =>
      assert.is([...appliedIn(history, rows)].sort().join(' '), applied));
  }

  const failing: readonly (readonly [
    history: ForeignHistory,
    row: Readonly<Record<string, string | null>>,
    why: RegExp,
  ])[] = [
    [chain('sqlx', '1'), { version: '1', success: '0' }, /sqlx says that 1 failed half-way/],
    [chain('flyway', '1'), flyway('1', 'SQL', '0'), /flyway says that 1 failed half-way/],
    [chain('alembic', 'a'), { version_num: 'z' }, /has z applied, and the folder/],
    [chain('dbmate', '1'), { version: '1', dirty: '0' }, /is not as dbmate makes it/],
    [chain('golang-migrate', '1'), { version: '1' }, /is not as golang-migrate makes it/],
  ];
  for (const [history, row, why] of failing) {
    test(`${history.tool}: ${why.source}`, () =>
      assert.throws(() => appliedIn(history, [row]), why));
  }
});

suite('times', (test) => {
  test('of versions and dates', () => {
    assert.is(createdOf('20240131120000'), '2024-01-31T12:00:00Z');
    assert.is(createdOf('20240230120000'), null);
    assert.is(createdOf('20241301000000'), null);
    assert.is(createdOf('000001'), null);
    assert.is(timeOf('2024-01-31T12:00:00+02:00'), '2024-01-31T10:00:00Z');
  });
});
