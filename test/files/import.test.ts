import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { readAlembic } from '../../lib/files/import/alembic.ts';
import { appliedIn, TABLES } from '../../lib/files/import/applied.ts';
import { carry } from '../../lib/files/import/carry.ts';
import { compareVersions, readFlyway } from '../../lib/files/import/flyway.ts';
import type { ToolFolder, ToolHistory } from '../../lib/files/import/history.ts';
import { createdOf, timeOf } from '../../lib/files/import/history.ts';
import { readDbmate, readGoose } from '../../lib/files/import/marked.ts';
import { readNumbered } from '../../lib/files/import/numbered.ts';
import { readPython } from '../../lib/files/import/python.ts';
import { recognise } from '../../lib/files/import/recognise.ts';
import { readSqitch, sqitchRegistry } from '../../lib/files/import/sqitch.ts';
import { suite } from '../support/suite.ts';
import { thrownBy } from '../support/temp.ts';

const folderOf = (files: Readonly<Record<string, string>>): ToolFolder => ({
  paths: Object.keys(files).sort(),
  read: (path) => files[path]!,
  shown: (path) => path,
});

/** `name<parents +depends` of each revision. */
const shapeOf = ({ revisions }: ToolHistory) =>
  revisions.map(
    ({ name, parents, depends }) =>
      `${name}<${parents.join()}${depends.map((each) => ` +${each}`).join('')}`,
  );
const remarksOf = ({ remarks }: ToolHistory) =>
  remarks.map(({ path, line, message }) => `${path}:${line ?? ''} ${message}`);
const filesOf = (history: ToolHistory) =>
  Object.fromEntries(carry(history).revisions.flatMap(({ files }) => [...files]));

suite('recognise', (test) => {
  const table: readonly (readonly [tool: string, files: Readonly<Record<string, string>>])[] = [
    ['golang-migrate', { '1_a.up.sql': '', '1_a.down.sql': '' }],
    ['sqlx', { '20240101_a.sql': '' }],
    ['sqlx', { '1_a.up.sql': '', '1_a.down.sql': '', '2_b.sql': '' }],
    ['dbmate', { '1_a.sql': '-- migrate:up\n', 'README.md': '' }],
    ['goose', { '1_a.sql': '-- +goose up\n' }],
    ['goose', { '1_a.go': 'package migrations\n' }],
    ['goose', { '1_a.go': 'import "github.com/pressly/goose/v3"\n', '2_b.sql': '-- +goose Up\n' }],
    ['golang-migrate', { '1_a.up.sql': '', '1_hook.go': 'package hooks\n', '2_b.up..sql': '' }],
    ['flyway', { 'sub/V1__a.sql': '' }],
    ['sqitch', { 'sqitch.conf': '[core]\ntop_dir = db\n', 'db/sqitch.plan': '', 'R__a.sql': '' }],
    ['sqitch', { 'sqitch.plan': '', 'deploy/V1__a.sql': '' }],
    ['alembic', { 'a.py': "revision = 'a'\ndown_revision = None\n" }],
  ];
  for (const [tool, files] of table) {
    test(`${Object.keys(files).join(' ')} is ${tool}`, () =>
      assert.is(recognise(folderOf(files), 'old'), tool));
  }
});

suite('recognise: nothing in the folder itself', (test) => {
  const table: readonly (readonly [paths: string, hint: string])[] = [
    [
      'README.md',
      'Say which with `--from`: golang-migrate, sqlx, dbmate, goose, flyway, sqitch or alembic.',
    ],
    ['postgres/1_a.sql sqlite/1_a.sql', 'There are some below it: `mig import sqlite`'],
    [
      'db/sqlite3/1_a.up.sql db/mysql/1_a.up.sql',
      'There are some below it: `mig import db/sqlite3`',
    ],
    ['one/1_a.sql one/2_b.sql', 'There are some below it: `mig import one`'],
    ['one/sqitch.plan', 'There are some below it: `mig import one`'],
    ['auth/1_a.sql blog/1_a.sql', 'Name the one that is for SQLite: auth blog'],
    [
      'a/1.sql b/1.sql c/1.sql d/1.sql e/1.sql f/1.sql',
      'Name the one that is for SQLite: a b c d e and 1 more',
    ],
  ];
  for (const [paths, hint] of table) {
    test(paths, async () => {
      const folder = folderOf(Object.fromEntries(paths.split(' ').map((path) => [path, ''])));
      const error = await thrownBy(MigError, () => recognise(folder, 'old'));
      assert.is(error.message, 'Nothing in old looks like migrations of a tool that mig knows.');
      assert.is(error.hint, hint);
    });
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
    ['SELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT;\n', 'SELECT 1;\nSELECT 2;\n'],
    ['BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2;\nCOMMIT;\n', 'SELECT 1;\nSELECT 2;\n'],
    ['COMMIT;\nSELECT 1;\nBEGIN TRANSACTION;\n', 'SELECT 1;\n'],
    ['BEGIN;\nBEGIN;\nCOMMIT;\nCOMMIT;\n', 'BEGIN;\nBEGIN;\nCOMMIT;\nCOMMIT;\n'],
    ['COMMIT;\nVACUUM;\nBEGIN;\n', 'COMMIT;\nVACUUM;\nBEGIN;\n'],
    // A function of PostgreSQL's is cut up at its semicolons, and no piece of it may go.
    [
      'AS $$ DECLARE x;\nBEGIN SELECT 1;\nEND;\n$$\n',
      'AS $$ DECLARE x;\nBEGIN SELECT 1;\nEND;\n$$\n',
    ],
    ['PRAGMA foreign_keys=OFF;\nSELECT 1;\nPRAGMA foreign_keys(ON);\n', 'SELECT 1;\n'],
    ['PRAGMA foreign_keys=OFF\nDELETE FROM t;\n', 'PRAGMA foreign_keys=OFF\nDELETE FROM t;\n'],
    [
      'PRAGMA foreign_keys;\nPRAGMA foreign_key_check;\n',
      'PRAGMA foreign_keys;\nPRAGMA foreign_key_check;\n',
    ],
    [
      'CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;\n',
      'CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END;\n',
    ],
  ];
  for (const [sql, without] of table) {
    test(JSON.stringify(sql), () => {
      const history = readNumbered(folderOf({ '1_a.up.sql': sql }), 'golang-migrate');
      assert.ok(filesOf(history)['1_a.up.sql']!.endsWith(`-- ---\n${without}`));
      const changed = carry(history).remarks.filter(({ code }) => code === 'changed');
      assert.is(changed.length, sql === without ? 0 : 1);
    });
  }

  test('goes with the pragmas around it, and both are told', () => {
    const sql = 'PRAGMA foreign_keys=OFF;\nBEGIN;\nSELECT 1;\nCOMMIT;\nPRAGMA foreign_keys=ON;\n';
    const history = readNumbered(
      folderOf({ '1_a.up.sql': sql, '1_a.down.sql': sql }),
      'golang-migrate',
    );
    const { revisions, remarks } = carry(history);
    assert.ok(revisions[0]!.files.get('1_a.up.sql')!.endsWith('-- ---\nSELECT 1;\n'));
    assert.match(revisions[0]!.files.get('1_a.up.sql')!, /^-- foreign_keys: off$/m);
    assert.is(
      revisions[0]!.files.get('1_a.down.sql'),
      '-- ---\n-- foreign_keys: off\n-- ---\nSELECT 1;\n',
    );
    assert.equal(
      remarks.map(({ message }) => message.slice(0, 45)),
      [
        '`BEGIN` and `COMMIT` in 2 files are left out:',
        '`PRAGMA foreign_keys` in 2 files is left out:',
      ],
    );
  });

  const outside: readonly (readonly [name: string, sql: string, runs: 'on' | 'off'])[] = [
    ['for its own one', 'BEGIN;\nSELECT 1;\nCOMMIT;\n', 'on'],
    ['for a pragma', 'PRAGMA foreign_keys = OFF;\nSELECT 1;\n', 'on'],
    ['for more', 'PRAGMA foreign_keys = OFF;\nPRAGMA journal_mode = WAL;\n', 'off'],
    ['to vacuum', 'PRAGMA foreign_keys = OFF;\nVACUUM;\n', 'off'],
    ['for a step of its own', 'BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;\n', 'off'],
  ];
  for (const [name, sql, runs] of outside) {
    test(`a file without a transaction ${name} is ${runs}`, () => {
      const text = `-- no-transaction\n${sql}`;
      const file = filesOf(readNumbered(folderOf({ '1_a.sql': text }), 'sqlx'))['1_a.up.sql']!;
      assert.is(/^-- transaction: off$/m.test(file), runs === 'off');
      assert.is(file.endsWith(text), runs === 'off');
    });
  }
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
    assert.is(
      files['20240101120000_x.down.sql'],
      '-- ---\n-- transaction: on\n-- ---\nSELECT 1;\n',
    );
  });

  test('several parts for a direction become one', () => {
    const text =
      '-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n-- migrate:up transaction:false\nSELECT 3;\n-- migrate:down\nSELECT 4;\n';
    const [revision] = readDbmate(folderOf({ '1.sql': text })).revisions;
    assert.equal(revision!.up, { sql: 'SELECT 1;\nSELECT 3;\n', transaction: 'off' });
    assert.equal(revision!.down, { sql: 'SELECT 2;\nSELECT 4;\n', transaction: 'on' });
  });

  test('parts that end without a `;` do not run into each other', () => {
    const text =
      '-- migrate:up\nSELECT 1 -- one\n-- migrate:down\nSELECT 2\n-- migrate:up\nSELECT 3\n';
    const [revision] = readDbmate(folderOf({ '1.sql': text })).revisions;
    assert.is(revision!.up.sql, 'SELECT 1; -- one\nSELECT 3\n');
    assert.is(revision!.down!.sql, 'SELECT 2;\n');
  });

  test('by the names of the files, whatever stands behind the digits', () => {
    const text = '-- migrate:up\nSELECT 1;\n';
    const history = readDbmate(folderOf({ '10-b.sql': text, '9.a.sql': text, '11c.sql': text }));
    assert.equal(shapeOf(history), ['10<', '11<10', '9<11']);
  });

  test('a down part without a statement is no way back', () => {
    const text = '-- migrate:up\nSELECT 1;\n-- migrate:down\n-- nothing\n';
    const files = filesOf(readDbmate(folderOf({ '1_x.sql': text })));
    assert.equal(Object.keys(files), ['1_x.up.sql']);
    assert.match(
      files['1_x.up.sql']!,
      /^-- irreversible: the down script of dbmate had no statement$/m,
    );
  });

  test('nor is one that only begins and commits, as sqitch makes it', () => {
    const empty = 'BEGIN;\n-- XXX Add DDLs here.\nCOMMIT;\n';
    const sqitch = readSqitch(
      folderOf({
        'sqitch.plan': 'a 2024-01-01T12:00:00Z A <a@example.com>\n',
        'deploy/a.sql': 'SELECT 1;',
        'revert/a.sql': empty,
      }),
    );
    assert.equal(Object.keys(filesOf(sqitch)), ['a_a.up.sql']);
    const numbered = folderOf({ '1_x.up.sql': 'SELECT 1;\n', '1_x.down.sql': '-- Nothing.\n' });
    const files = filesOf(readNumbered(numbered, 'golang-migrate'));
    assert.is(files['1_x.down.sql'], '-- Nothing.\n', 'a file of its own is there on purpose');
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
      '00002_b.go: A migration in Go cannot be carried over: its revision has no statement.',
      '00001_a.sql:7 goose puts an environment variable in here; mig leaves the text as it is.',
    ]);
  });
});

suite('goose: the header of a down file', (test) => {
  const PRAGMAS = 'PRAGMA foreign_keys = OFF;\nBEGIN;\nSELECT 2;\nCOMMIT;\n';
  const table: readonly (readonly [mark: string, up: string, down: string, header: string])[] = [
    ['', 'SELECT 1;\n', 'SELECT 2;\n', ''],
    ['NO TRANSACTION', 'VACUUM;\n', 'SELECT 2;\n', '-- ---\n-- transaction: off\n-- ---\n'],
    [
      'NO TRANSACTION',
      'VACUUM;\n',
      'BEGIN;\nSELECT 2;\nCOMMIT;\n',
      '-- ---\n-- transaction: on\n-- ---\n',
    ],
    [
      'NO TRANSACTION',
      'VACUUM;\n',
      PRAGMAS,
      '-- ---\n-- transaction: on\n-- foreign_keys: off\n-- ---\n',
    ],
    ['NO TRANSACTION', PRAGMAS, PRAGMAS, '-- ---\n-- foreign_keys: off\n-- ---\n'],
  ];
  for (const [mark, up, down, header] of table) {
    test(JSON.stringify([mark, up, down]), () => {
      const first = mark === '' ? '' : `-- +goose ${mark}\n`;
      const text = `${first}-- +goose Up\n${up}-- +goose Down\n${down}`;
      const files = filesOf(readGoose(folderOf({ '1_a.sql': text })));
      assert.is(files['1_a.down.sql'], `${header}SELECT 2;\n`);
    });
  }
});

suite('goose: what it runs by itself needs no `;`', (test) => {
  const block = (sql: string) => `-- +goose StatementBegin\n${sql}\n-- +goose StatementEnd\n`;
  const table: readonly (readonly [name: string, text: string, sql: string])[] = [
    [
      'two blocks',
      `${block('CREATE TABLE a (x)')}${block('ANALYZE')}`,
      'CREATE TABLE a (x);\nANALYZE;\n',
    ],
    [
      'one behind a statement',
      `SELECT 1;\n${block('ALTER TABLE a ADD COLUMN c TEXT -- new')}SELECT 2;\n`,
      'SELECT 1;\nALTER TABLE a ADD COLUMN c TEXT; -- new\nSELECT 2;\n',
    ],
    [
      'a trigger',
      block('CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  SELECT 1;\nEND'),
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  SELECT 1;\nEND;\n',
    ],
    ['several in a block', block('SELECT 1;\nSELECT 2;'), 'SELECT 1;\nSELECT 2;\n'],
    ['an empty one', block('-- nothing'), '-- nothing\n'],
  ];
  for (const [name, text, sql] of table) {
    test(name, () => {
      const [revision] = readGoose(folderOf({ '1_a.sql': `-- +goose Up\n${text}` })).revisions;
      assert.is(revision!.up.sql, sql);
    });
  }
});

suite('a migration that is no SQL', (test) => {
  test('keeps its place', () => {
    const history = readGoose(
      folderOf({
        '00001_a.sql': '-- +goose Up\nSELECT 1;\n',
        '00002_fill.go': 'package migrations\n',
        '00002_fill_test.go': '',
        '00003_c.sql': '-- +goose Up\nSELECT 3;\n',
        'embed.go': '',
      }),
    );
    assert.equal(shapeOf(history), ['00001<', '00002<00001', '00003<00002']);
    assert.is(
      filesOf(history)['00002_fill.up.sql'],
      '-- ---\n-- parents: 00001\n-- message: fill\n-- irreversible: it was written in Go\n-- x-imported-from: goose 00002\n-- ---\n-- Write here what 00002_fill.go did in Go.\n',
    );
  });

  test('in Java or Kotlin, but not twice for a class inside of it', () => {
    const history = readFlyway(
      folderOf({
        'V1__a.sql': '',
        'java/V1_1__Fill.java': '',
        'java/V1_1__Fill$Row.class': '',
        'kotlin/V2__fill.kt': '',
        'kotlin/R__views.kt': '',
      }),
    );
    assert.equal(shapeOf(history), ['1<', '1.1<1', '2<1.1']);
    assert.equal(
      history.revisions.map(({ irreversible }) => irreversible),
      ['Flyway had no undo migration', 'it was written in Java', 'it was written in Kotlin'],
    );
    assert.equal(remarksOf(history).sort(), [
      'java/V1_1__Fill.java: A migration in Java cannot be carried over: its revision has no statement.',
      'kotlin/R__views.kt: A migration in Kotlin cannot be carried over: mig runs SQL only.',
      'kotlin/V2__fill.kt: A migration in Kotlin cannot be carried over: its revision has no statement.',
    ]);
  });

  test('Go code beside the files of golang-migrate is told', () => {
    const files = {
      '1_a.up..sql': 'SELECT 1;',
      '1_hook.go': '',
      '2_b.up.pgsql': '',
      '3_c.up.json': '',
    };
    const history = readNumbered(folderOf(files), 'golang-migrate');
    assert.equal(shapeOf(history), ['1<', '2<1']);
    assert.equal(remarksOf(history), [
      '1_hook.go: This Go code beside the migrations is not carried over: mig runs SQL only.',
    ]);
  });
});

suite('SQL for another database', (test) => {
  const toldOf = (history: ToolHistory) =>
    remarksOf({ ...history, remarks: carry(history).remarks });
  const table: readonly (readonly [sql: string, told: string | null])[] = [
    [
      'CREATE FUNCTION f() AS $body$ BEGIN END; $body$',
      '1 This is SQL for PostgreSQL, as `$body$`',
    ],
    ['SELECT 1;\nDO LANGUAGE plpgsql;', '2 This is SQL for PostgreSQL, as `plpgsql`'],
    ['CREATE TABLE t (id bigserial);', null],
    ['CREATE TABLE t (id int AUTO_INCREMENT);', '1 This is SQL for MySQL, as `AUTO_INCREMENT`'],
    ['CREATE TABLE t (x DEFAULT \'serial\', "serial"); -- plpgsql', null],
  ];
  for (const [sql, told] of table) {
    test(sql, () => {
      const folder = folderOf({ '1_a.up.sql': 'SELECT 1;', '2_b.up.sql': sql });
      assert.equal(
        toldOf(readNumbered(folder, 'golang-migrate')),
        told === null ? [] : [`2_b.up.sql:${told} shows; mig runs SQLite.`],
      );
    });
  }

  const SERIAL = 'CREATE TABLE t (id INT\n  AUTO_INCREMENT);\n';
  const places: readonly (readonly [name: string, history: () => ToolHistory, at: string])[] = [
    [
      'dbmate',
      () => readDbmate(folderOf({ '1_a.sql': `-- About it\n\n-- migrate:up\n${SERIAL}` })),
      '1_a.sql:5',
    ],
    [
      'dbmate, the down part first',
      () =>
        readDbmate(
          folderOf({ '1_a.sql': `-- migrate:down\nDROP TABLE t;\n-- migrate:up\n${SERIAL}` }),
        ),
      '1_a.sql:5',
    ],
    [
      'goose',
      () =>
        readGoose(
          folderOf({
            '1_a.sql': `-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\n${SERIAL}-- +goose StatementEnd\n`,
          }),
        ),
      '1_a.sql:5',
    ],
    ['Flyway', () => readFlyway(folderOf({ 'V1__a.sql': SERIAL })), 'V1__a.sql:2'],
    [
      'sqitch',
      () =>
        readSqitch(
          folderOf({
            'sqitch.plan': '%project=x\n\nusers 2024-01-01T12:00:00Z Ann <a@b.c> # Users.\n',
            'deploy/users.sql': `-- Deploy\n\nBEGIN;\n${SERIAL}COMMIT;\n`,
          }),
        ),
      'deploy/users.sql:5',
    ],
    [
      'Alembic',
      () =>
        readAlembic(folderOf({ 'a.py': "revision = 'a'\ndown_revision = None\n" }), [
          {
            shown: 'up.sql',
            text: `BEGIN;\nCREATE TABLE alembic_version (version_num TEXT);\n\n-- Running upgrade  -> a\n\n${SERIAL}\nINSERT INTO alembic_version VALUES ('a');\n\nCOMMIT;\n`,
          },
        ]),
      'up.sql:7',
    ],
  ];
  for (const [name, history, at] of places) {
    test(`has its place in the file of ${name}`, () => {
      const [first] = carry(history()).remarks;
      assert.match(first!.message, /SQL for MySQL/);
      assert.is(`${first!.path ?? first!.file}:${first!.line}`, at);
    });
  }
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
    assert.equal(shapeOf(history), ['1.9<', '1.10<1.9', '3<1.10']);
    assert.equal(
      history.revisions.slice(0, 2).map(({ id, up, down }) => [id, up.transaction, down?.sql]),
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

  test('a callback is told as one, and a placeholder once', () => {
    const history = readFlyway(
      folderOf({
        'V1__a.sql': `SELECT '\${owner}', '\${zone}';\nSELECT '\${owner}';`,
        'U1__a.sql': `SELECT '\${owner}';`,
        'afterMigrate__grants.sql': '',
        'beforeEachMigrate.sql': '',
      }),
    );
    assert.equal(
      remarksOf(history).map((each) => each.slice(0, 90)),
      [
        'afterMigrate__grants.sql: A callback is not carried over: it belongs to the runs of Flyway',
        'beforeEachMigrate.sql: A callback is not carried over: it belongs to the runs of Flyway, n',
        `V1__a.sql:1 Flyway puts a value in for \`\${owner}\`, and mig leaves it as it stands, here an`,
        `V1__a.sql:1 Flyway puts a value in for \`\${zone}\`, and mig leaves it as it stands.`,
      ],
    );
    assert.match(remarksOf(history)[2]!, /here and at 2 more places\.$/);
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

  test('a reworked change that does not say so follows what it was', () => {
    const line = (text: string) => `${text} 2024-01-01T12:00:00Z A <a@example.com>\n`;
    const history = readSqitch(
      folderOf({
        'sqitch.plan': ['a', 'b', '@v1', 'a [b]'].map(line).join(''),
        'deploy/a.sql': '',
        'deploy/a@v1.sql': '',
        'deploy/b.sql': '',
      }),
    );
    assert.equal(shapeOf(history), ['a<', 'b<', 'a@2<b +a']);
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

  const CONFIGS: readonly (readonly [name: string, config: string, files: readonly string[]])[] = [
    [
      'top_dir',
      '[core]\n\tengine = sqlite\n\t top_dir = ./db/  # there\n',
      ['db/sqitch.plan', 'db/deploy/a.sql', 'db/revert/a.sql'],
    ],
    [
      'a folder for each engine',
      '[core]\nengine = pg\ntop_dir = no\n[engine "pg"]\ntop_dir = pg\n[engine "sqlite"]\ntop_dir = sqlite\n',
      ['sqlite/sqitch.plan', 'sqlite/deploy/a.sql', 'sqlite/revert/a.sql', 'pg/sqitch.plan'],
    ],
    [
      'a target of its own',
      '[core]\n  engine = sqlite\n[engine "sqlite"]\n  target = "prod"\n  deploy_dir = no\n[target "prod"]\n  plan_file = my.plan\n  deploy_dir = up\n  revert_dir = down\n  extension = ddl\n',
      ['my.plan', 'up/a.ddl', 'down/a.ddl'],
    ],
    [
      'a copy of the configuration beside the plan',
      '[core]\ntop_dir = db\n',
      ['sqitch.plan', 'deploy/a.sql', 'revert/a.sql'],
    ],
  ];
  for (const [name, config, files] of CONFIGS) {
    test(`sqitch.conf: ${name}`, () => {
      const plan = '% project = a\n% strict\n\na 2024-01-01T12:00:00Z Ann <ann@example.com>\n';
      const texts = files.map((path) => [
        path,
        path.endsWith('.plan') ? plan : `-- ${path}\nSELECT 1;\n`,
      ]);
      const given = folderOf({ 'sqitch.conf': config, ...Object.fromEntries(texts) });
      assert.is(recognise(given, 'old'), 'sqitch');
      const [revision] = readSqitch(given).revisions;
      assert.match(revision!.up.sql, files[1]!);
      assert.match(revision!.down!.sql, files[2]!);
    });
  }

  test('reworked scripts have a folder of their own', () => {
    const given = folderOf({
      'sqitch.conf': '[core]\nreworked_dir = old\nregistry = log\n',
      'sqitch.plan':
        '%project=p\n\na 2024-01-01T12:00:00Z A <a@example.com>\n@v1 2024-01-01T12:00:00Z A <a@example.com>\na [p:a@v1] 2024-01-02T12:00:00Z A <a@example.com>\n',
      'deploy/a.sql': 'SELECT 2;',
      'old/deploy/a@v1.sql': 'SELECT 1;',
      'revert/a.sql': 'SELECT 3;',
      'old/revert/a@v1.sql': 'SELECT 4;',
    });
    const history = readSqitch(given);
    assert.equal(shapeOf(history), ['a<', 'a@2<a']);
    assert.equal(
      history.revisions.map(({ up, down }) => `${up.sql} ${down!.sql}`),
      ['SELECT 1; SELECT 4;', 'SELECT 2; SELECT 3;'],
    );
    assert.equal(history.remarks, []);
    assert.equal(sqitchRegistry(given), { project: 'p', file: 'log' });
  });

  test('a folder outside is an error', () => {
    const given = folderOf({ 'sqitch.conf': '[core]\ntop_dir = ../db\n' });
    assert.throws(() => recognise(given, 'old'), /names `..\/db\/sqitch.plan`, which is not in/);
  });

  test('changes that require nothing are told to have lost their place', () => {
    const history = readSqitch(
      folderOf({
        'sqitch.plan': ['a', 'b', 'c']
          .map((each) => `${each} 2024-01-01T12:00:00Z A <a@example.com>\n`)
          .join(''),
        'deploy/a.sql': '',
        'deploy/b.sql': '',
        'deploy/c.sql': '',
      }),
    );
    assert.equal(remarksOf(history), [
      'sqitch.plan: The order of the plan is not carried over where nothing is required: 2 changes require nothing.',
    ]);
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

suite('Flyway: the configuration of a script', (test) => {
  test('its transaction goes along, its condition is told', () => {
    const history = readFlyway(
      folderOf({
        'V1__a.sql': 'SELECT 1;\n',
        'V1__a.sql.conf': 'executeInTransaction=false\n',
        'V2__b.sql': 'SELECT 2;\n',
        'V2__b.sql.conf': 'shouldExecute=false\n',
      }),
    );
    assert.equal(
      history.revisions.map(({ up }) => up.transaction),
      ['off', 'on'],
    );
    assert.equal(remarksOf(history), [
      'V2__b.sql: Flyway runs this one only where `shouldExecute` in its configuration says so; mig always does.',
    ]);
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

  test('a script that Alembic broke off is refused, and says where', async () => {
    const failed =
      'FAILED: This operation cannot proceed in --sql mode; batch mode with "t"\n  needs more.\n';
    const [whole] = UP.split('-- Running upgrade b1');
    const broken = whole!.replace("SELECT 'c';\n", failed);
    const error = await thrownBy(MigError, () => readAlembic(folder, script(broken)));
    assert.is(
      error.message,
      'up.sql breaks off at c1: FAILED: This operation cannot proceed in --sql mode; batch mode with "t"',
    );
    assert.equal([error.file, error.line, error.column], ['up.sql', 18, 1]);
    assert.match(error.hint!, /`copy_from`/);
  });

  test('the message is the first paragraph', () => {
    const text = `"""Make a,\nand more\n\nRevision ID: a_1\n"""\nrevision = 'a_1'\ndown_revision = None\n`;
    const history = readAlembic(folderOf({ 'a.py': text }), script(UP));
    const [[name, file]] = [...carry(history).revisions[0]!.files] as [[string, string]];
    assert.match(name, /_make_a_and_more\.up\.sql$/);
    assert.match(file, /^-- message: Make a, and more$/m);
  });

  test('its table may have another name', () => {
    const named = UP.replaceAll('alembic_version', 'My_ver').replace("'\n\n\nMy_ver'", "'x'");
    const history = readAlembic(folder, [
      ...script(named),
      {
        shown: 'down.sql',
        text: "-- Running downgrade c1 -> a_1\n\nSELECT 'back';\n\nDELETE FROM my_ver WHERE my_ver.version_num = 'c1';\n",
      },
    ]);
    assert.equal(
      history.revisions.map(({ up }) => up.sql),
      ["CREATE TABLE a (x DEFAULT 'x');\n", '', "SELECT 'c';\n", ''],
    );
    assert.is(history.revisions.find(({ name }) => name === 'c1')!.down!.sql, "SELECT 'back';\n");
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
  type Row = Readonly<Record<string, string | null>>;
  const tableOf = (tool: ToolHistory['tool'], rows: readonly Row[]) => {
    const { order, columns } = TABLES[tool];
    return { columns: Object.keys(rows[0] ?? {}).concat(rows[0] ? [] : [order, ...columns]), rows };
  };
  const chain = (tool: ToolHistory['tool'], ...names: readonly string[]): ToolHistory => ({
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
  const table: readonly (readonly [history: ToolHistory, rows: readonly Row[], applied: string])[] =
    [
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
      assert.is([...appliedIn(history, tableOf(history.tool, rows))].sort().join(' '), applied));
  }

  const failing: readonly (readonly [history: ToolHistory, row: Row, why: RegExp])[] = [
    [chain('sqlx', '1'), { version: '1', success: '0' }, /sqlx says that 1 failed half-way/],
    [chain('flyway', '1'), flyway('1', 'SQL', '0'), /flyway says that 1 failed half-way/],
    [chain('alembic', 'a'), { version_num: 'z' }, /has z applied, and the folder/],
    [chain('dbmate', '1'), { version: null }, /has an empty version applied, and the folder/],
    [chain('dbmate', '1'), { version: '1', dirty: '0' }, /is not as dbmate makes it/],
    [chain('golang-migrate', '1'), { version: '1' }, /is not as golang-migrate makes it/],
  ];
  for (const [history, row, why] of failing) {
    test(`${history.tool}: ${why.source}`, () =>
      assert.throws(() => appliedIn(history, tableOf(history.tool, [row])), why));
  }

  const foreign: readonly (readonly [
    tool: ToolHistory['tool'],
    columns: string,
    rows: readonly Row[],
    why: string,
  ])[] = [
    [
      'golang-migrate',
      'version',
      [],
      'the columns version, dirty there; this one has the columns version.',
    ],
    [
      'golang-migrate',
      'id, name',
      [],
      'the columns version, dirty there; this one has the columns id, name.',
    ],
    [
      'golang-migrate',
      'version, dirty',
      [
        { version: '1', dirty: '0' },
        { version: '2', dirty: '0' },
      ],
      'one row there; this one has 2 rows.',
    ],
    [
      'dbmate',
      'version, dirty',
      [],
      'the columns version, and without dirty there; this one has the columns version, dirty.',
    ],
    [
      'sqitch',
      'id, what',
      [],
      'the columns committed_at, change, project there; this one has the columns id, what.',
    ],
  ];
  for (const [tool, columns, rows, why] of foreign) {
    test(`${tool}: not a table with ${columns}`, async () => {
      const found = { columns: columns.split(', '), rows };
      const error = await thrownBy(MigError, () => appliedIn(chain(tool, '1', '2'), found));
      assert.is(error.code, 'conflict');
      assert.ok(error.message.endsWith(` is not as ${tool} makes it. ${tool} has ${why}`));
    });
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
