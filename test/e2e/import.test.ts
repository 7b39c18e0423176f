import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { run } from '../support/program.ts';
import { documentOf, filesBelow } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, type Tree, writeTree } from '../support/temp.ts';

/** A history as a tool keeps it, and a database as that tool leaves it. */
interface Example {
  readonly tool: string;
  readonly files: Tree;
  /** The tool's own table, and what its migrations made, before the last of them. */
  readonly database: string;
  /** Where the tool keeps its table, if not in the database. */
  readonly registry?: readonly [path: string, sql: string];
  readonly args?: readonly string[];
  /** Ids in graph order; the last one is pending. */
  readonly ids: readonly string[];
  /** What the whole history makes. */
  readonly tables: string;
}

const USERS = 'CREATE TABLE users (id INTEGER PRIMARY KEY);\n';
const POSTS = 'CREATE TABLE posts (id INTEGER PRIMARY KEY, author REFERENCES users);\n';

const EXAMPLES: readonly Example[] = [
  {
    tool: 'golang-migrate',
    files: {
      'old/000001_create_users.up.sql': `BEGIN;\n\n${USERS}\nCOMMIT;\n`,
      'old/000001_create_users.down.sql': 'DROP TABLE users;\n',
      'old/000002_create_posts.up.sql': POSTS,
      'old/000002_create_posts.down.sql': 'DROP TABLE posts;\n',
    },
    database: `CREATE TABLE schema_migrations (version uint64,dirty bool);
      CREATE UNIQUE INDEX version_unique ON schema_migrations (version);
      INSERT INTO schema_migrations VALUES (1, 0); ${USERS}`,
    ids: ['000001', '000002'],
    tables: 'posts schema_migrations users',
  },
  {
    tool: 'sqlx',
    files: {
      'old/20240101120000_create_users.sql': USERS,
      'old/20240102120000_create_posts.sql': `-- no-transaction\n${POSTS}`,
    },
    database: `CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL,
        installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL,
        checksum BLOB NOT NULL, execution_time BIGINT NOT NULL);
      INSERT INTO _sqlx_migrations VALUES
        (20240101120000, 'create users', '2024-01-01 12:00:00', TRUE, x'00ff', 1000); ${USERS}`,
    ids: ['20240101120000', '20240102120000'],
    tables: '_sqlx_migrations posts users',
  },
  {
    tool: 'dbmate',
    files: {
      'old/20240101120000_create_users.sql': `-- migrate:up\n${USERS}\n-- migrate:down\nDROP TABLE users;\n\n`,
      'old/20240102120000_create_posts.sql': `-- migrate:up transaction:false\n${POSTS}\n-- migrate:down\nDROP TABLE posts;\n`,
    },
    database: `CREATE TABLE IF NOT EXISTS "schema_migrations" (version varchar(128) primary key);
      INSERT INTO schema_migrations VALUES ('20240101120000'); ${USERS}`,
    ids: ['20240101120000', '20240102120000'],
    tables: 'posts schema_migrations users',
  },
  {
    tool: 'goose',
    files: {
      'old/00001_create_users.sql': `-- +goose Up\n-- +goose StatementBegin\n${USERS}-- +goose StatementEnd\n\n-- +goose Down\nDROP TABLE users;\n`,
      'old/00002_create_posts.sql': `-- +goose NO TRANSACTION\n-- +goose Up\n${POSTS}\n-- +goose Down\nDROP TABLE posts;\n`,
    },
    database: `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT,
        version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL,
        tstamp TIMESTAMP DEFAULT (datetime('now')));
      INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (1, 1), (2, 1), (2, 0);
      ${USERS}`,
    ids: ['00001', '00002'],
    tables: 'goose_db_version posts users',
  },
  {
    tool: 'flyway',
    files: {
      'old/V1__Create_users.sql': USERS,
      'old/U1__Create_users.sql': 'DROP TABLE users;\n',
      'old/V1.2__Create_posts.sql': POSTS,
      'old/U1.2__Create_posts.sql': 'DROP TABLE posts;\n',
    },
    database: `CREATE TABLE "flyway_schema_history" ("installed_rank" INT NOT NULL PRIMARY KEY,
        "version" VARCHAR(50), "description" VARCHAR(200) NOT NULL, "type" VARCHAR(20) NOT NULL,
        "script" VARCHAR(1000) NOT NULL, "checksum" INT, "installed_by" VARCHAR(100) NOT NULL,
        "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
        "execution_time" INT NOT NULL, "success" BOOLEAN NOT NULL);
      CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
      INSERT INTO flyway_schema_history VALUES
        (1, '1', 'Create users', 'SQL', 'V1__Create_users.sql', 12, '', '2024-01-01', 3, 1);
      ${USERS}`,
    ids: ['V1', 'V1p2'],
    tables: 'flyway_schema_history posts users',
  },
  {
    tool: 'sqitch',
    files: {
      'old/sqitch.conf': '[core]\n\tengine = sqlite\n',
      'old/sqitch.plan':
        '%syntax-version=1.0.0\n%project=flipr\n\nusers 2024-01-01T12:00:00Z Ann <ann@example.com> # Creates users.\nposts [users] 2024-01-02T12:00:00Z Ann <ann@example.com> # Creates posts.\n@v1 2024-01-03T12:00:00Z Ann <ann@example.com> # Tag v1.\n',
      'old/deploy/users.sql': `-- Deploy flipr:users to sqlite\n\nBEGIN;\n\n${USERS}\nCOMMIT;\n`,
      'old/revert/users.sql':
        '-- Revert flipr:users from sqlite\n\nBEGIN;\n\nDROP TABLE users;\n\nCOMMIT;\n',
      'old/verify/users.sql': 'BEGIN;\nSELECT id FROM users WHERE 0;\nROLLBACK;\n',
      'old/deploy/posts.sql': POSTS,
      'old/revert/posts.sql': 'DROP TABLE posts;\n',
    },
    database: USERS,
    registry: [
      'sqitch.db',
      `CREATE TABLE changes (change_id TEXT PRIMARY KEY, script_hash TEXT NULL, change TEXT NOT NULL,
         project TEXT NOT NULL, note TEXT NOT NULL DEFAULT '', committed_at DATETIME NOT NULL,
         committer_name TEXT NOT NULL, committer_email TEXT NOT NULL, planned_at DATETIME NOT NULL,
         planner_name TEXT NOT NULL, planner_email TEXT NOT NULL);
       INSERT INTO changes VALUES ('f3ad0de5', 'aa', 'users', 'flipr', '', '2024-01-04', '', '', '2024-01-01', '', ''),
         ('0123', 'bb', 'else', 'other', '', '2024-01-04', '', '', '2024-01-01', '', '');`,
    ],
    ids: ['users', 'posts'],
    tables: 'posts users',
  },
  {
    tool: 'alembic',
    files: {
      'old/1975ea83b712_create_users.py': python('1975ea83b712', 'None', 'create users'),
      'old/ae1027a6acf1_create_posts.py': python('ae1027a6acf1', "'1975ea83b712'", 'create posts'),
      'up.sql': `CREATE TABLE alembic_version (\n    version_num VARCHAR(32) NOT NULL, \n    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n);\n\n-- Running upgrade  -> 1975ea83b712\n\n${USERS}\nINSERT INTO alembic_version (version_num) VALUES ('1975ea83b712') RETURNING version_num;\n\n-- Running upgrade 1975ea83b712 -> ae1027a6acf1\n\n${POSTS}\nUPDATE alembic_version SET version_num='ae1027a6acf1' WHERE alembic_version.version_num = '1975ea83b712';\n\n`,
      'down.sql': `-- Running downgrade ae1027a6acf1 -> 1975ea83b712\n\nDROP TABLE posts;\n\nUPDATE alembic_version SET version_num='1975ea83b712' WHERE alembic_version.version_num = 'ae1027a6acf1';\n\n-- Running downgrade 1975ea83b712 -> \n\nDROP TABLE users;\n\nDELETE FROM alembic_version WHERE alembic_version.version_num = '1975ea83b712';\n\n`,
    },
    database: `CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,
        CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
      INSERT INTO alembic_version VALUES ('1975ea83b712'); ${USERS}`,
    args: ['--sql-script', 'up.sql', '--sql-script', 'down.sql'],
    ids: ['1975ea83b712', 'ae1027a6acf1'],
    tables: 'alembic_version posts users',
  },
];

suite('mig import', (test) => {
  for (const example of EXAMPLES) {
    test(`${example.tool}: files, stamp, status, upgrade, and all the way back`, () =>
      inTemp((dir) => {
        prepared(dir, example);
        const [done, pending] = example.ids as readonly [string, string];
        const source = filesBelow(join(dir, 'old'));
        const ran = run(dir, importArgs(example, '--stamp-from', '--json'));
        const document = documentOf(ran);
        assert.is(document.tool, example.tool);
        assert.equal(document.stamped, [done]);
        assert.equal(filesBelow(join(dir, 'old')), source, 'the source is as it was');
        const status = documentOf(run(dir, ['status', '-d', 'app.db', '--json']));
        assert.equal(status.applied, [done]);
        assert.equal(status.pending, [pending]);
        assert.is(run(dir, ['check']).status, 0);
        assert.is(run(dir, ['upgrade', '-d', 'app.db']).status, 0);
        assert.is(tablesOf(dir, 'app.db'), example.tables);
        // The way back of what was only stamped comes from the ledger's own files.
        if (example.tool !== 'sqlx') {
          assert.is(run(dir, ['downgrade', 'base', '-d', 'app.db']).status, 0);
          assert.not.match(tablesOf(dir, 'app.db'), /users|posts/);
        }
        assert.is(run(dir, ['upgrade', '-d', 'new.db']).status, 0);
        assert.match(tablesOf(dir, 'new.db'), /posts users/);
      }));

    test(`${example.tool}: a dry run writes nothing`, () =>
      inTemp((dir) => {
        prepared(dir, example);
        const before = filesBelow(dir);
        const ran = run(dir, importArgs(example, '--stamp-from', '--dry-run', '--json'));
        const document = documentOf(ran);
        assert.is(document.status, 'planned');
        assert.equal(document.stamped, example.ids.slice(0, 1));
        assert.equal(filesBelow(dir), before);
      }));
  }

  test('prints what it wrote, and what it could not carry', () =>
    inTemp((dir) => {
      writeTree(dir, {
        'old/V1__Users.sql': 'BEGIN;\nCREATE TABLE users (id);\nCOMMIT;\n',
        'old/V2__Quick.sql':
          'PRAGMA journal_mode = WAL;\nPRAGMA foreign_keys = OFF;\nCREATE TABLE posts (id);\n',
        'old/R__views.sql': 'CREATE VIEW v AS SELECT 1;\n',
      });
      const { status, stdout } = run(dir, ['import', 'old']);
      assert.is(status, 0);
      assert.is(
        stdout,
        `  V1  Users  no way back: Flyway had no undo migration
  V2  Quick  no way back: Flyway had no undo migration
old/R__views.sql: warning: A repeatable migration has no place in a history: it runs again whenever it is changed. [not-carried]
  Write a revision with what it says now; when it changes, write another.
migrations/V2_quick.up.sql:8:1: error: \`PRAGMA journal_mode\` does nothing inside a transaction, or outlives the revision. [statement]
  Say \`transaction: off\` in the header if this revision needs it.
\`BEGIN\` and \`COMMIT\` in V1_users.up.sql are left out: mig begins and commits.
\`PRAGMA foreign_keys\` in V2_quick.up.sql is left out: mig switches enforcement off around each revision, and checks the keys after it. Where it was OFF, the header says \`foreign_keys: off\`: no cascade is asked for.
2 migrations of flyway are in migrations, with the head V2
`,
      );
      assert.is(
        readFileSync(join(dir, 'migrations/V1_users.up.sql'), 'utf8'),
        `-- ---
-- parents: base
-- message: Users
-- irreversible: Flyway had no undo migration
-- x-imported-from: flyway 1
-- ---
CREATE TABLE users (id);
`,
      );
    }));
});

suite('mig import of what a project really has', (test) => {
  test('a table that is rebuilt under goose keeps its rows and their children', () =>
    inTemp((dir) => {
      const rebuilt = (columns: string) =>
        `PRAGMA foreign_keys = OFF;\nBEGIN;\nCREATE TABLE new_users (${columns});\nINSERT INTO new_users (id) SELECT id FROM users;\nDROP TABLE users;\nALTER TABLE new_users RENAME TO users;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n`;
      writeTree(dir, {
        'old/1_a.sql': `-- +goose Up\n${USERS}CREATE TABLE posts (id, author REFERENCES users ON DELETE CASCADE);\nINSERT INTO users VALUES (1);\nINSERT INTO posts VALUES (1, 1);\n-- +goose Down\nDROP TABLE posts;\nDROP TABLE users;\n`,
        'old/2_b.sql': `-- +goose NO TRANSACTION\n-- +goose Up\n${rebuilt('id INTEGER PRIMARY KEY, name')}\n-- +goose Down\n${rebuilt('id INTEGER PRIMARY KEY')}`,
      });
      assert.is(run(dir, ['import', 'old']).status, 0);
      assert.is(run(dir, ['check']).status, 0);
      for (const args of [['upgrade'], ['downgrade', '-1']]) {
        assert.is(run(dir, [...args, '-d', 'app.db']).status, 0);
        assert.is(countOf(dir, 'app.db', 'posts'), 1);
      }
      assert.is(run(dir, ['downgrade', 'base', '-d', 'app.db']).status, 0);
    }));

  test('a migration in Go that is applied is stamped too', () =>
    inTemp((dir) => {
      const goose = EXAMPLES.find(({ tool }) => tool === 'goose')!;
      prepared(dir, {
        ...goose,
        files: {
          'old/00001_users.sql': goose.files['old/00001_create_users.sql']!,
          'old/00002_fill.go': 'package migrations\n',
        },
        database: goose.database.replace(', (2, 0)', ''),
      });
      const document = documentOf(run(dir, importArgs(goose, '--stamp-from', '--json')));
      assert.equal(document.stamped, ['00001', '00002']);
      const { stdout } = run(dir, ['check']);
      assert.match(stdout, /The up file of 00002 has no statement\. \[empty\]/);
    }));

  test("sqitch's registry has the ending of the database", () =>
    inTemp((dir) => {
      const sqitch = EXAMPLES.find(({ tool }) => tool === 'sqitch')!;
      const [, registry] = sqitch.registry!;
      const moved = Object.entries(sqitch.files).map(([path, text]) => [
        path.replace(/^old\/(?!sqitch\.conf)/, 'old/db/'),
        path.endsWith('.conf') ? '[core]\n\tengine = sqlite\n\ttop_dir = db\n' : text,
      ]);
      writeTree(dir, Object.fromEntries(moved));
      exec(join(dir, 'app.sqlite3'), sqitch.database);
      exec(join(dir, 'sqitch.sqlite3'), registry);
      const ran = run(dir, ['import', 'old', '-d', 'app.sqlite3', '--stamp-from', '--json']);
      assert.equal(documentOf(ran).stamped, ['users']);
    }));
});

suite('mig import refuses', (test) => {
  const dbmate = EXAMPLES.find(({ tool }) => tool === 'dbmate')!;
  const refusals: readonly (readonly [
    name: string,
    files: Tree,
    args: readonly string[],
    message: RegExp,
  ])[] = [
    ['no folder', {}, ['nowhere'], /^mig: There is no folder nowhere$/m],
    ['a file', { old: '' }, ['old'], /old is a file, not a folder\./],
    ['a folder of nothing', { 'old/a.txt': '' }, ['old'], /Nothing in old looks like migrations/],
    [
      'a folder of two tools',
      { 'old/1_a.sql': '-- migrate:up\n', 'old/2_b.sql': '-- +goose Up\n' },
      ['old'],
      /looks like the migrations of several tools: dbmate, goose\./,
    ],
    ['an unknown tool', dbmate.files, ['old', '--from', 'rails'], /cannot import from `rails`/],
    [
      'a tool that finds nothing',
      dbmate.files,
      ['old', '--from', 'flyway'],
      /There is no migration of flyway in old\./,
    ],
    [
      'the migrations folder itself',
      { 'migrations/1_a.sql': '-- migrate:up\n' },
      ['migrations'],
      /migrations is the migrations folder itself/,
    ],
    [
      'a folder inside it',
      { 'migrations/old/1_a.sql': '-- migrate:up\n' },
      ['migrations/old'],
      /lies in the migrations folder/,
    ],
    [
      'a folder with revisions',
      { ...dbmate.files, 'migrations/a.up.sql': '-- ---\n-- parents: base\n-- ---\n' },
      ['old'],
      /migrations has revisions already/,
    ],
    [
      'files of mig',
      { 'old/a.up.sql': '-- ---\n-- parents: base\n-- irreversible: x\n-- ---\n' },
      ['old'],
      /old\/a\.up\.sql is a file of mig already/,
    ],
    [
      'Alembic without a script',
      { 'old/a.py': python('a1', 'None', 'a') },
      ['old'],
      /mig runs no Python: it needs the SQL that Alembic prints/,
    ],
    ['a stamp without a database', dbmate.files, ['old', '--stamp-from'], /Which database/],
    [
      'a stamp from a database without the table',
      dbmate.files,
      ['old', '--stamp-from', '-d', 'new.db'],
      /new\.db has no table `schema_migrations`/,
    ],
  ];
  for (const [name, files, args, message] of refusals) {
    test(name, () =>
      inTemp((dir) => {
        writeTree(dir, files);
        const before = filesBelow(dir);
        const { status, stderr } = run(dir, ['import', ...args]);
        assert.is(status, 2, stderr);
        assert.match(stderr, message);
        assert.equal(filesBelow(dir), before);
      }),
    );
  }

  test('a version that is there twice', () =>
    inTemp((dir) => {
      writeTree(dir, { 'old/1_a.sql': '-- migrate:up\n', 'old/01_b.sql': '-- migrate:up\n' });
      const { status, stderr } = run(dir, ['import', 'old']);
      assert.is(status, 1);
      assert.match(
        stderr,
        /The version 1 is taken twice: by old\/01_b\.sql and by old\/1_a\.sql\./,
      );
    }));

  const [golang] = EXAMPLES as readonly [Example];
  const states: readonly (readonly [name: string, example: Example, sql: string, why: RegExp])[] = [
    [
      'a dirty state',
      golang,
      'UPDATE schema_migrations SET dirty = 1',
      /golang-migrate says that 1 failed half-way/,
    ],
    [
      'a version without a file',
      golang,
      'UPDATE schema_migrations SET version = 7',
      /has 7 applied, and the folder has no such migration/,
    ],
    [
      'a hole',
      dbmate,
      "UPDATE schema_migrations SET version = '20240102120000'",
      /has 20240102120000 applied, but not 20240101120000 before it/,
    ],
    [
      'no table of any tool',
      golang,
      'DROP TABLE schema_migrations; CREATE TABLE Schema_Migrations (id, "applied\nat")',
      /`schema_migrations` .* not as golang-migrate .* has the columns version, dirty there; this one has the columns id, applied/,
    ],
    [
      'versions that are words',
      golang,
      "UPDATE schema_migrations SET version = 'one'",
      /has one applied, and the folder/,
    ],
    [
      "another tool's table",
      dbmate,
      'ALTER TABLE schema_migrations ADD COLUMN dirty',
      /is not as dbmate makes it/,
    ],
  ];
  for (const [name, example, sql, why] of states) {
    test(`${name} of the database`, () =>
      inTemp((dir) => {
        prepared(dir, example);
        exec(join(dir, 'app.db'), sql);
        const { status, stderr } = run(dir, importArgs(example, '--stamp-from'));
        assert.is(status, 5, stderr);
        assert.match(stderr, why);
        assert.not(existsSync(join(dir, 'migrations')));
      }));
  }

  test('a stamp into a ledger that is there already', () =>
    inTemp((dir) => {
      prepared(dir, dbmate);
      assert.is(run(dir, importArgs(dbmate, '--stamp-from')).status, 0);
      const again = run(dir, [...importArgs(dbmate, '--stamp-from'), '--dir', 'other']);
      assert.is(again.status, 2);
      assert.match(again.stderr, /mig's own ledger is in app\.db already/);
      assert.equal(readdirSync(dir).includes('other'), false);
    }));
});

function importArgs({ args = [] }: Example, ...more: readonly string[]): readonly string[] {
  return ['import', 'old', '-d', 'app.db', ...args, ...more];
}

function prepared(dir: string, { files, database, registry }: Example): void {
  mkdirSync(dir, { recursive: true });
  writeTree(dir, files);
  exec(join(dir, 'app.db'), database);
  if (registry !== undefined) exec(join(dir, registry[0]), registry[1]);
}

function exec(path: string, sql: string): void {
  using db = new DatabaseSync(path);
  db.exec(sql);
}

function tablesOf(dir: string, path: string): string {
  using db = new DatabaseSync(join(dir, path), { readOnly: true });
  return db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'mig_log' AND name NOT LIKE 'sqlite%' ORDER BY name",
    )
    .all()
    .map(({ name }) => name)
    .join(' ');
}

function countOf(dir: string, path: string, table: string): unknown {
  using db = new DatabaseSync(join(dir, path), { readOnly: true });
  return db.prepare(`SELECT count(*) AS count FROM ${table}`).get()!.count;
}

/** A revision file as `alembic revision` writes it. */
function python(revision: string, parent: string, message: string): string {
  return `"""${message}

Revision ID: ${revision}
Revises: ${parent.replaceAll("'", '')}
Create Date: 2024-01-01 12:00:00.123456

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '${revision}'
down_revision: Union[str, Sequence[str], None] = ${parent}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('whatever')


def downgrade() -> None:
    pass
`;
}
