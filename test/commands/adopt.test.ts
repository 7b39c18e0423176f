import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { MigError } from '../../lib/error.ts';
import { createMig, type MigOptions } from '../../lib/index.ts';
import { contentsOf, filesBelow } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, thrownBy } from '../support/temp.ts';

const SCHEMA = `
CREATE TABLE posts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  author INT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  body TEXT, -- as it came
  words AS (length(body)) STORED
);
CREATE TABLE users (id INTEGER PRIMARY KEY, "the name" TEXT) STRICT;
CREATE TABLE kv (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE egg (id INTEGER PRIMARY KEY, hen INT REFERENCES hen);
CREATE TABLE hen (id INTEGER PRIMARY KEY, egg INT REFERENCES egg);
CREATE INDEX posts_author ON posts (author, lower(body)) WHERE body IS NOT NULL;
CREATE VIRTUAL TABLE posts_fts USING fts5 (body, content='posts', content_rowid='id');
CREATE VIRTUAL TABLE terms USING fts5vocab (posts_fts, 'row');
CREATE VIRTUAL TABLE box USING rtree (id, x, y);
CREATE TRIGGER posts_ai AFTER INSERT ON posts BEGIN
  INSERT INTO posts_fts (rowid, body) VALUES (new.id, new.body);
END;
CREATE TRIGGER a_posts_ai AFTER INSERT ON posts BEGIN SELECT 1; END;
CREATE VIEW early AS SELECT * FROM late;
CREATE VIEW late AS SELECT "the name" AS name FROM users;
CREATE TRIGGER early_ii INSTEAD OF INSERT ON early BEGIN
  INSERT INTO users ("the name") VALUES (new.name);
END;
INSERT INTO users VALUES (7, 'Ann');
INSERT INTO posts (author, body) VALUES (7, 'one word'), (7, 'another');
DELETE FROM posts WHERE id = 2;
INSERT INTO kv VALUES ('a', 1);
INSERT INTO egg VALUES (1, 1);
INSERT INTO hen VALUES (1, 1);
INSERT INTO box VALUES (1, 2, 3);
ANALYZE;
`;

/** A folder with a database in it. */
function withDatabase(
  sql: string,
  use: (dir: string, make: (options?: MigOptions) => ReturnType<typeof createMig>) => Promise<void>,
): Promise<void> {
  return inTemp(async (cwd) => {
    exec(cwd, sql);
    await use(cwd, (options = {}) => createMig({ cwd, ...options }));
  });
}

function exec(cwd: string, sql: string): void {
  using db = new DatabaseSync(join(cwd, 'app.db'), {
    enableForeignKeyConstraints: false,
    enableDoubleQuotedStringLiterals: true,
  });
  db.exec(sql);
}

suite('init --from-database', (test) => {
  const adopt = { fromDatabase: 'app.db', revId: 'a1' };

  test('writes the first revision and stamps it, and touches nothing else', () =>
    withDatabase(SCHEMA, async (cwd, make) => {
      const before = contentsOf(join(cwd, 'app.db'));
      const document = await make().init({
        ...adopt,
        schemaFile: 'schema.sql',
      });
      assert.equal(document, {
        version: 1,
        command: 'init',
        dir: 'migrations',
        created: [
          'migrations',
          'mig.json',
          'migrations/a1_initial_schema.up.sql',
          'migrations/a1_initial_schema.down.sql',
          'schema.sql',
        ],
        revision: 'a1',
        notes: [],
      });
      const after = contentsOf(join(cwd, 'app.db'));
      assert.equal(after.rows, before.rows);
      assert.equal(
        after.schema.filter((each) => !each.includes('mig_log')),
        before.schema,
      );
      const mig = make({ database: 'app.db', schemaFile: 'schema.sql' });
      const status = await mig.status();
      assert.equal([status.applied, status.pending, status.edited], [['a1'], [], []]);
      assert.equal((await mig.check()).findings, []);
      assert.ok((await mig.test()).ok);
      assert.equal(JSON.parse(readFileSync(join(cwd, 'mig.json'), 'utf8')), {
        database: 'app.db',
        dir: 'migrations',
        schemaFile: 'schema.sql',
      });
    }));

  test('makes the same schema in an empty database, with all of its names', () =>
    withDatabase(SCHEMA, async (cwd, make) => {
      await make().init(adopt);
      await make({ database: 'new.db' }).upgrade();
      // Not the mark of ANALYZE, which comes by itself.
      const of = (name: string) =>
        contentsOf(join(cwd, name)).schema.filter((each) => !each.includes('sqlite_stat'));
      assert.equal(of('new.db'), of('app.db'));
      const dumps = await Promise.all(
        ['new.db', 'app.db'].map((database) => make({ database }).dump()),
      );
      assert.is(dumps[0]!.sql, dumps[1]!.sql);
    }));

  test('writes a down that leaves nothing, with rows in every table', () =>
    withDatabase(SCHEMA, async (cwd, make) => {
      await make().init(adopt);
      await make({ database: 'app.db' }).downgrade({ target: 'base', yes: true });
      const left = contentsOf(join(cwd, 'app.db')).schema.filter(
        (each) => !/ (sqlite_|mig_log)/.test(each),
      );
      assert.equal(left, []);
      const down = readFileSync(join(cwd, 'migrations/a1_initial_schema.down.sql'), 'utf8');
      const at = (name: string) => down.indexOf(`DROP TABLE ${name};`);
      assert.ok(at('posts') < at('users'), 'children before parents');
    }));

  test('keeps the numbers by which a program may know its database', () =>
    withDatabase(
      'CREATE TABLE t (a); PRAGMA user_version = 7; PRAGMA application_id = -5;',
      async (cwd, make) => {
        await make({ schemaFile: 'schema.sql' }).init(adopt);
        await make({ database: 'new.db' }).upgrade();
        const numbers = () => {
          using db = new DatabaseSync(join(cwd, 'new.db'));
          const row = db.prepare('SELECT * FROM pragma_user_version, pragma_application_id').get()!;
          return [row.user_version, row.application_id];
        };
        assert.equal(numbers(), [7, -5]);
        await make({ database: 'new.db' }).downgrade({ target: 'base', yes: true });
        assert.equal(numbers(), [0, 0]);
        assert.is(readFileSync(join(cwd, 'schema.sql'), 'utf8'), 'CREATE TABLE t (a);\n');
      },
    ));

  test('leaves out the tables of other tools, and says so', () =>
    withDatabase(
      `CREATE TABLE t (a); CREATE TABLE goose_db_version (id);
       CREATE TABLE Schema_Migrations (version); CREATE UNIQUE INDEX v ON schema_migrations (version);`,
      async (cwd, make) => {
        const { notes = [] } = await make().init(adopt);
        assert.is(notes.length, 2);
        assert.match(notes[0]!, /`goose_db_version`, the table of goose\. `mig import`/);
        assert.match(notes[1]!, /`Schema_Migrations`.* golang-migrate/);
        const up = readFileSync(join(cwd, 'migrations/a1_initial_schema.up.sql'), 'utf8');
        assert.match(up, /-- ---\nCREATE TABLE t \(a\);\n$/);
      },
    ));

  test('with --dry-run shows both files and writes nothing', () =>
    withDatabase('CREATE TABLE t (a);', async (cwd, make) => {
      const before = filesBelow(cwd);
      const { created, planned = [] } = await make({ schemaFile: 'schema.sql' }).init({
        ...adopt,
        dryRun: true,
      });
      assert.equal(created, []);
      assert.equal(
        planned.map(({ file }) => file),
        [
          'migrations/a1_initial_schema.up.sql',
          'migrations/a1_initial_schema.down.sql',
          'schema.sql',
        ],
      );
      assert.match(planned[1]!.text, /^-- .*\nDROP TABLE t;\n$/);
      assert.equal(filesBelow(cwd), before);
    }));

  test('never overwrites a schema file', () =>
    withDatabase('CREATE TABLE t (a);', async (cwd, make) => {
      exec(cwd, 'CREATE TABLE u (a)');
      const mig = make({ schemaFile: 'app.db' });
      const { notes } = await mig.init(adopt);
      assert.equal(notes, [
        'app.db stays as it is: `mig check` says whether it is the same schema.',
      ]);
    }));

  const refused: readonly (readonly [
    what: string,
    prepare: (mig: ReturnType<typeof createMig>, cwd: string) => Promise<unknown>,
    code: string,
    message: RegExp,
    hint: RegExp,
  ])[] = [
    [
      'where there are revisions',
      async (mig) => {
        await mig.init();
        await mig.revision({ message: 'first' });
      },
      'exists',
      /^migrations has 1 revision already/,
      /`mig stamp head`.*`mig init DIR`/,
    ],
    [
      'where the database has a ledger',
      async (mig, cwd) => {
        await mig.init({ fromDatabase: 'app.db', revId: 'b1' });
        for (const side of ['up', 'down']) {
          unlinkSync(join(cwd, `migrations/b1_initial_schema.${side}.sql`));
        }
      },
      'exists',
      /^app\.db has mig’s table mig_log already, with 1 revision applied/,
      /`mig pull`/,
    ],
    [
      'an empty database',
      async (_, cwd) => exec(cwd, 'DROP TABLE t'),
      'usage',
      /^app\.db has no tables/,
      /Without `--from-database`/,
    ],
    [
      'texts in double quotes',
      async (_, cwd) => exec(cwd, 'CREATE TABLE u (a CHECK (a IN ("x", "y")))'),
      'proof',
      /cannot be made again: no such column: "x"/,
      /single quotes.*Nothing was written/,
    ],
    [
      // SQLite takes it for a part of `notes`, and protects it.
      'a table that is called like a shadow',
      async (_, cwd) =>
        exec(
          cwd,
          `CREATE TABLE notes_content (id INTEGER PRIMARY KEY, body);
           CREATE VIRTUAL TABLE notes USING fts5 (body, content='notes_content');`,
        ),
      'proof',
      /notes_content may not be dropped/,
      /Nothing was written/,
    ],
  ];
  for (const [what, prepare, code, message, hint] of refused) {
    test(`refuses ${what}, and writes nothing`, () =>
      withDatabase('CREATE TABLE t (a);', async (cwd, make) => {
        await prepare(make(), cwd);
        const before = filesBelow(cwd);
        const error = await thrownBy(MigError, () => make().init(adopt));
        assert.is(error.code, code);
        assert.match(error.message, message);
        assert.match(error.hint!, hint);
        assert.equal(filesBelow(cwd), before);
      }));
  }

  test('leaves nothing out for a name that every object of JavaScript has', () =>
    withDatabase('CREATE TABLE constructor (x); CREATE TABLE __proto__ (y);', async (_, make) => {
      assert.equal((await make().init(adopt)).notes, []);
      assert.equal((await make({ database: 'app.db' }).status()).pending, []);
    }));

  test('makes what is broken in the database as it is, and says so', () =>
    withDatabase(
      `CREATE TABLE child (id INTEGER PRIMARY KEY, up REFERENCES gone);
       CREATE TABLE pair (a, b, UNIQUE (a, b));
       CREATE TABLE half (x REFERENCES pair (a));
       CREATE VIEW v AS SELECT * FROM lost;
       CREATE VIEW of_program AS SELECT title_sort(a) FROM pair;
       CREATE TRIGGER t AFTER INSERT ON pair BEGIN INSERT INTO lost VALUES (1); END;`,
      async (cwd, make) => {
        const { notes } = await make().init(adopt);
        assert.equal(notes, [
          'Broken in app.db, and made as it is: `child` (up) refers to the table `gone`, which is not there.',
          'Broken in app.db, and made as it is: `half` refers to columns that are no key of their table: foreign key mismatch - "half" referencing "pair".',
          'Broken in app.db, and made as it is: The view `v` cannot be read: no such table: main.lost.',
          'Broken in app.db, and made as it is: The trigger `t` is broken: no such table: main.lost.',
          'The revision says `foreign_keys: on`: only so a table can be made whose foreign key leads nowhere.',
        ]);
        const text = readFileSync(join(cwd, 'migrations/a1_initial_schema.up.sql'), 'utf8');
        assert.match(text, /^-- foreign_keys: on$/m);
        await make({ database: 'new.db' }).upgrade();
        await make({ database: 'new.db' }).downgrade({ target: 'base' });
      },
    ));

  test('refuses a database that is not there, and makes none', () =>
    inTemp(async (cwd) => {
      const error = await thrownBy(MigError, () => createMig({ cwd }).init(adopt));
      assert.is(error.code, 'no-database');
      assert.not.ok(existsSync(join(cwd, 'app.db')));
      assert.not.ok(existsSync(join(cwd, 'migrations')));
    }));

  test('says what is left to do where the database is locked', () =>
    withDatabase('CREATE TABLE t (a);', async (cwd, make) => {
      using other = new DatabaseSync(join(cwd, 'app.db'));
      other.exec('BEGIN IMMEDIATE');
      const error = await thrownBy(MigError, () => make({ lockTimeout: '50ms' }).init(adopt));
      assert.is(error.code, 'locked');
      assert.match(error.hint!, /The files are written.*`mig stamp a1 -d app\.db`/);
      other.exec('ROLLBACK');
      await make({ database: 'app.db' }).stamp({ targets: ['a1'] });
      assert.equal((await make({ database: 'app.db' }).status()).pending, []);
    }));

  test('and its options are for nothing else', () =>
    inTemp(async (cwd) => {
      for (const options of [{ dryRun: true }, { revId: 'a1' }, { message: 'x' }]) {
        const error = await thrownBy(MigError, () => createMig({ cwd }).init(options));
        assert.is(error.code, 'usage');
      }
      assert.equal(filesBelow(cwd), {});
    }));
});
