import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { historyOf } from '../support/branches.ts';
import { hasProgram, type Ran, run, runProgram, skip } from '../support/program.ts';
import {
  type Contents,
  contentsOf,
  copyDemo,
  copyTwoHeads,
  DEMO,
  documentOf,
  ledgerOf,
  writeRevisions,
} from '../support/project.ts';
import { randomOf } from '../support/random.ts';
import { randomBranches } from '../support/random-branches.ts';
import { suite, type Test } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const SQLITE3 = 'sqlite3';
const hasSqlite3 = hasProgram(SQLITE3, ['-version']);

/** `sqlite3 DATABASE < script`. */
const feed = (dir: string, database: string, script: string): Ran =>
  runProgram(dir, SQLITE3, [database], { input: script });

/** What `mig … --sql` prints. */
async function scriptOf(dir: string, ...args: readonly string[]): Promise<string> {
  const ran = await mig(dir, [...args, '--sql']);
  assert.equal([ran.status, ran.stderr], [0, '']);
  return ran.stdout;
}

async function must(dir: string, ...args: readonly string[]): Promise<void> {
  const ran = await mig(dir, args);
  assert.is(ran.status, 0, ran.stdout + ran.stderr);
}

function contentsIfAny(path: string): Contents | null {
  return existsSync(path) ? contentsOf(path) : null;
}

/** A suite whose tests need the sqlite3 program, and say so where there is none. */
function scriptSuite(name: string, declare: (test: Test) => void): void {
  suite(name, (test) => {
    if (hasSqlite3) declare(test);
    else test('is skipped', () => skip(name, 'there is no program sqlite3 on this machine'));
  });
}

interface History {
  readonly write: (dir: string) => void;
  /** Rows that are put in once all is applied, for the way back. */
  readonly rows?: string;
  /** What differs all the same, made equal. */
  readonly alike?: (contents: Contents | null) => unknown;
  /** Not all of its files can share a transaction. */
  readonly mixed?: true;
}

const one = (up: string, down: string): History => ({
  write: (dir) => writeRevisions(dir, 'aaaa; bbbb<aaaa', { bbbb: [up, down] }),
});

const TRIGGERS = `CREATE TABLE log (what TEXT);
CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT DEFAULT 'a;b');
CREATE TRIGGER t_insert AFTER INSERT ON t WHEN new.x IS NOT NULL
BEGIN
  INSERT INTO log VALUES ('in; ' || new.x); -- a comment; with 'quotes
  UPDATE t SET x = CASE new.x WHEN 'end' THEN 'END;' ELSE x END WHERE id = new.id;
END;
/* a ; comment
.bail off
*/
INSERT INTO t(x) VALUES ('one'), ('end');
CREATE VIEW v AS SELECT count(*) AS n FROM log;
`;

const HISTORIES: Readonly<Record<string, History>> = {
  'the demo': {
    write: copyDemo,
    rows: "INSERT INTO projects(id, name) VALUES (1, 'p'); INSERT INTO data_sources(project_id, url, query) VALUES (1, 'u', 'q')",
  },
  'a fork': {
    write: (dir) =>
      writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<aaaa +bbbb; mmmm<bbbb,cccc; dddd<mmmm'),
  },
  'triggers, comments, views': one(
    TRIGGERS,
    'DROP VIEW v;\nDROP TRIGGER t_insert;\nDROP TABLE t;\nDROP TABLE log;\n',
  ),
  'CRLF files': {
    ...one(
      'CREATE TABLE t (\r\n  x -- why\r\n);\r\n\r\nINSERT INTO t VALUES (1);\r\n',
      '-- back\r\nDROP TABLE t;\r\n',
    ),
    // The sqlite3 program drops the CR, also of what SQLite keeps as the text of a table.
    alike: (contents) => ({
      ...contents,
      schema: contents?.schema.map((text) => text.replaceAll('\r\n', '\n')),
    }),
  },
  'quotes of all kinds': one(
    `CREATE TABLE "it's" ("a""b" TEXT, [c;d] TEXT, \`e'f\` TEXT);\nINSERT INTO "it's" VALUES ('it''s', 'two', 'a;\nb -- no comment\n'), (x'00ff', 'ünïcödé 日本 🎉', '\\n \\ %s $(x)');\n`,
    `DROP TABLE "it's";\n`,
  ),
  'lines that the shell would take for its own': one(
    "CREATE TABLE t (x);\nINSERT INTO t SELECT 8\n/\n2;\nINSERT INTO t SELECT 8\n / -- by\n2 /* and\n/\n*/;\nINSERT INTO t VALUES ('\n.tables\n#x\n/\ngo\n');\nINSERT INTO t SELECT 1 AS\ngo\n;\n",
    'DROP TABLE t\n',
  ),
  'no closing semicolon': one('CREATE TABLE t (x);\nINSERT INTO t VALUES (1)', 'DROP TABLE t'),
  'a comment that is never closed by a line end': one(
    'CREATE TABLE t (x) -- the end',
    'DROP TABLE t /* the end */',
  ),
  'no statement at all': one('-- nothing\n', ''),
  'a line that begins with a dot': one('CREATE TABLE t (x REAL DEFAULT\n.5);\n', 'DROP TABLE t;\n'),
  'tables that are called like what a script needs': one(
    'CREATE TABLE mig_seen (seq);\nINSERT INTO mig_seen VALUES (7);\nCREATE TABLE mig_guard (x);\nCREATE TABLE mig_violations (x);\nINSERT INTO mig_violations SELECT seq FROM mig_seen;\nCREATE TABLE mig_foreign_keys (x);\n',
    'DROP TABLE mig_seen;\nDROP TABLE mig_guard;\nDROP TABLE mig_violations;\nDROP TABLE mig_foreign_keys;\n',
  ),
  'statements that return rows': one(
    'CREATE TABLE t (x);\nSELECT 1;\nPRAGMA user_version = 7;\nPRAGMA user_version;\n',
    'DROP TABLE t;\nPRAGMA user_version = 0;\n',
  ),
  'a long text': one(
    `CREATE TABLE t (x);\nINSERT INTO t VALUES ('${'long '.repeat(50_000)}');\n`,
    'DROP TABLE t;\n',
  ),
  'a BOM': {
    write: (dir) => {
      writeRevisions(dir, 'aaaa');
      writeFileSync(
        join(dir, 'migrations/bbbb.up.sql'),
        '\uFEFF-- ---\r\n-- parents: aaaa\r\n-- ---\r\nCREATE TABLE t (x);\r\n',
      );
      writeFileSync(join(dir, 'migrations/bbbb.down.sql'), '\uFEFFDROP TABLE t;\n');
    },
  },
  'foreign_keys: on': {
    mixed: true,
    write: (dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<bbbb', {
        aaaa: [
          'CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id REFERENCES p ON DELETE CASCADE ON UPDATE CASCADE);\nINSERT INTO p VALUES (1), (2);\nINSERT INTO c VALUES (1), (2);\n',
          'DROP TABLE c;\nDROP TABLE p;\n',
        ],
      });
      const header = '-- ---\n-- parents: aaaa\n-- foreign_keys: on\n-- ---\n';
      writeFileSync(
        join(dir, 'migrations/bbbb.up.sql'),
        `${header}DELETE FROM p WHERE id = 1;\nUPDATE p SET id = 20;\n`,
      );
      writeFileSync(
        join(dir, 'migrations/bbbb.down.sql'),
        '-- ---\n-- foreign_keys: on\n-- ---\nUPDATE p SET id = 2;\n',
      );
    },
  },
  'a rebuild of a parent': one(
    'CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id REFERENCES p ON DELETE CASCADE);\nINSERT INTO p VALUES (1);\nINSERT INTO c VALUES (1);\nCREATE TABLE p2 (id INTEGER PRIMARY KEY, x);\nINSERT INTO p2 SELECT id, 7 FROM p;\nDROP TABLE p;\nALTER TABLE p2 RENAME TO p;\n',
    'DROP TABLE c;\nDROP TABLE p;\n',
  ),
};

scriptSuite('the script of --sql leaves what the command leaves', (test) => {
  for (const [
    name,
    { write, rows, alike = (contents: Contents | null): unknown => contents, mixed },
  ] of Object.entries(HISTORIES)) {
    test(name, () =>
      inTemp(async (dir) => {
        write(dir);
        const ran = join(dir, 'ran.db');
        const fed = join(dir, 'fed.db');
        const same = (what: string) =>
          assert.equal(alike(contentsIfAny(fed)), alike(contentsIfAny(ran)), what);
        for (const how of mixed ? [[]] : [[], ['--atomic']]) {
          const script = await scriptOf(dir, 'upgrade', '-d', 'fed.db', ...how);
          assert.not(script.includes('\r'), 'no CR: the sqlite3 program drops it');
          await must(dir, 'upgrade', '-d', 'ran.db', ...how);
          const { status, stderr } = feed(dir, 'fed.db', script);
          assert.equal([status, stderr], [0, '']);
          same(`up ${how}`);
          assert.is(contentsOf(ran).ledger.length, contentsOf(fed).ledger.length);
          for (const path of rows === undefined ? [] : [ran, fed]) {
            using db = new DatabaseSync(path);
            if (how.length === 0) db.exec(rows!);
          }
          const back = await scriptOf(dir, 'downgrade', 'base', '-d', 'fed.db', ...how);
          await must(dir, 'downgrade', 'base', '-d', 'ran.db', ...how);
          const fedBack = feed(dir, 'fed.db', back);
          assert.equal([fedBack.status, fedBack.stderr], [0, '']);
          same(`down ${how}`);
        }
        const status = documentOf(await mig(dir, ['status', '-d', 'fed.db', '--json']));
        assert.equal([status.applied, status.edited], [[], []]);
      }),
    );
  }

  test('random histories, which mostly fail somewhere', async () => {
    let stopped = 0;
    for (let seed = 0; seed < 60; seed++) {
      await inTemp(async (dir) => {
        const { shape, scripts } = historyOf(randomBranches(randomOf(seed)));
        const pairs = Object.entries(scripts).map(([id, sql]) => [id, [sql, '']] as const);
        writeRevisions(dir, shape, Object.fromEntries(pairs));
        const fed = feed(dir, 'fed.db', await scriptOf(dir, 'upgrade', 'heads', '-d', 'fed.db'));
        const ran = await mig(dir, ['upgrade', 'heads', '-d', 'ran.db']);
        const both = `seed ${seed}: ${ran.stderr} | ${fed.stderr}`;
        assert.is(fed.status, ran.status, both);
        assert.equal(contentsOf(join(dir, 'fed.db')), contentsOf(join(dir, 'ran.db')), both);
        if (ran.status !== 0) stopped++;
      });
    }
    assert.ok(stopped > 10 && stopped < 50, `${stopped} were stopped`);
  });

  test('step by step, from whatever the database has', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      for (const target of ['+1', 'heads', 'base', '32c8', '+2']) {
        const command = target === 'base' ? 'downgrade' : 'upgrade';
        const { status } = feed(
          dir,
          'fed.db',
          await scriptOf(dir, command, target, '-d', 'fed.db'),
        );
        assert.is(status, 0, target);
        await must(dir, command, target, '-d', 'ran.db');
        assert.equal(contentsOf(join(dir, 'fed.db')), contentsOf(join(dir, 'ran.db')), target);
      }
      assert.is(
        (await mig(dir, ['upgrade', '-d', 'fed.db'])).status,
        0,
        'and mig goes on from there',
      );
    }));

  test('without a database: from base, and from:to', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      await must(dir, 'upgrade', '-d', 'ran.db');
      assert.is(feed(dir, 'fed.db', await scriptOf(dir, 'upgrade', DEMO.merge)).status, 0);
      assert.is(
        feed(dir, 'fed.db', await scriptOf(dir, 'upgrade', `${DEMO.merge}:head`)).status,
        0,
      );
      assert.equal(contentsOf(join(dir, 'fed.db')), contentsOf(join(dir, 'ran.db')));
      await must(dir, 'downgrade', DEMO.settings, '-d', 'ran.db');
      assert.is(
        feed(dir, 'fed.db', await scriptOf(dir, 'downgrade', `head:${DEMO.settings}`)).status,
        0,
      );
      assert.equal(contentsOf(join(dir, 'fed.db')), contentsOf(join(dir, 'ran.db')));
      assert.is(
        feed(dir, 'fed.db', await scriptOf(dir, 'downgrade', 'heads:base')).status,
        1,
        'not that state',
      );
    }));

  test('with another table', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      const table = `it's "the" log`;
      assert.is(
        feed(dir, 'fed.db', await scriptOf(dir, 'upgrade', '--table', table, '-d', 'fed.db'))
          .status,
        0,
      );
      await must(dir, 'upgrade', '--table', table, '-d', 'ran.db');
      assert.equal(contentsOf(join(dir, 'fed.db'), table), contentsOf(join(dir, 'ran.db'), table));
    }));
});

scriptSuite('the script of --sql stops', (test) => {
  test('on a database in another state, or when it is run twice', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      const fresh = await scriptOf(dir, 'upgrade', '-d', 'new.db');
      const unread = await scriptOf(dir, 'upgrade');
      await must(dir, 'upgrade', '+2', '-d', 'two.db');
      const onward = await scriptOf(dir, 'upgrade', '-d', 'two.db');
      const range = await scriptOf(dir, 'upgrade', `${DEMO.merge}:head`);
      const backward = await scriptOf(dir, 'downgrade', 'base', '-d', 'two.db');
      await must(dir, 'stamp', DEMO.initial, '-d', 'moved.db');
      await must(dir, 'upgrade', '-d', 'done.db');

      const wrong: readonly (readonly [database: string, script: string])[] = [
        ['two.db', fresh],
        ['two.db', unread],
        ['two.db', range],
        ['moved.db', fresh],
        ['moved.db', onward],
        ['moved.db', unread],
        ['done.db', fresh],
        ['done.db', onward],
        ['done.db', unread],
        ['done.db', range],
        ['done.db', backward],
        ['none.db', onward],
        ['none.db', backward],
        ['none.db', range],
      ];
      for (const [index, [database, script]] of wrong.entries()) {
        const before = contentsIfAny(join(dir, database));
        const { status, stdout, stderr } = feed(dir, database, script);
        assert.ok(status !== 0, `${index} ${database}: ${stdout}${stderr}`);
        const empty = { schema: [], rows: {}, ledger: [] };
        assert.equal(contentsOf(join(dir, database)), before ?? empty, `${index} ${database}`);
      }
      for (const script of [onward, backward]) {
        copyFileSync(join(dir, 'two.db'), join(dir, 'twice.db'));
        assert.is(feed(dir, 'twice.db', script).status, 0);
        const after = contentsOf(join(dir, 'twice.db'));
        assert.ok(feed(dir, 'twice.db', script).status !== 0);
        assert.equal(contentsOf(join(dir, 'twice.db')), after);
      }
    }));

  const failing = (dir: string) =>
    writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<bbbb', {
      bbbb: [
        'CREATE TABLE half (x);\nINSERT INTO nowhere VALUES (1);\nCREATE TABLE other (x);\n',
        '',
      ],
    });

  test('at a statement that fails, as the command does', () =>
    inTemp(async (dir) => {
      failing(dir);
      const { status } = feed(dir, 'fed.db', await scriptOf(dir, 'upgrade', '-d', 'fed.db'));
      assert.is(status, 1);
      assert.equal(ledgerOf(join(dir, 'fed.db')), ['up aaaa']);
      assert.is((await mig(dir, ['upgrade', '-d', 'ran.db'])).status, 1);
      assert.equal(contentsOf(join(dir, 'fed.db')), contentsOf(join(dir, 'ran.db')));
    }));

  test('with --atomic, with nothing done', () =>
    inTemp(async (dir) => {
      failing(dir);
      assert.is(feed(dir, 'fed.db', await scriptOf(dir, 'upgrade', '--atomic')).status, 1);
      assert.equal(contentsOf(join(dir, 'fed.db')), { schema: [], rows: {}, ledger: [] });
    }));

  const breaches: readonly (readonly [name: string, sql: string, transaction: 'on' | 'off'])[] = [
    ['a row without its parent', 'INSERT INTO c VALUES (1);', 'on'],
    ['one that an own transaction leaves', 'BEGIN; INSERT INTO c VALUES (1); COMMIT;', 'off'],
    ['a parent that is not there, and no row', 'CREATE TABLE d (id REFERENCES q);', 'on'],
    ['a parent that goes', 'DROP TABLE p;', 'off'],
  ];
  for (const [name, sql, transaction] of breaches) {
    test(`where foreign keys do not hold afterwards, as the command does: ${name}`, () =>
      inTemp(async (dir) => {
        writeRevisions(dir, 'aaaa; bbbb<aaaa', {
          aaaa: [
            'CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (id REFERENCES p);\n',
            'DROP TABLE c;\nDROP TABLE p;\n',
          ],
        });
        const head = `-- ---\n-- parents: aaaa\n-- transaction: ${transaction}\n-- ---\n`;
        writeFileSync(join(dir, 'migrations/bbbb.up.sql'), `${head}${sql}\n`);
        const { status, stderr } = feed(dir, 'fed.db', await scriptOf(dir, 'upgrade'));
        assert.is(status, 1);
        assert.match(stderr, /foreign keys do not hold after this revision/);
        const run = await mig(dir, ['upgrade', '-d', 'ran.db']);
        assert.is(run.status, 1);
        assert.match(run.stderr, /Foreign keys do not hold after it/);
        assert.equal(contentsOf(join(dir, 'fed.db')), contentsOf(join(dir, 'ran.db')));
        if (transaction === 'off') return;
        assert.equal(ledgerOf(join(dir, 'fed.db')), ['up aaaa']);
        assert.equal(contentsOf(join(dir, 'fed.db')).rows, { p: [], c: [] });
      }));
  }

  test('with foreign_keys: on, at the statement', () =>
    inTemp(async (dir) => {
      HISTORIES['foreign_keys: on']!.write(dir);
      const text =
        '-- ---\n-- parents: aaaa\n-- foreign_keys: on\n-- ---\nINSERT INTO c VALUES (99);\n';
      writeFileSync(join(dir, 'migrations/bbbb.up.sql'), text);
      assert.is(feed(dir, 'fed.db', await scriptOf(dir, 'upgrade')).status, 1);
      assert.equal(ledgerOf(join(dir, 'fed.db')), ['up aaaa']);
    }));

  test('and nothing runs when it is cut short', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      const script = await scriptOf(dir, 'upgrade', '--atomic');
      feed(dir, 'fed.db', script.slice(0, script.lastIndexOf('COMMIT')));
      assert.equal(contentsOf(join(dir, 'fed.db')), { schema: [], rows: {}, ledger: [] });
    }));
});

suite('upgrade --sql', (test) => {
  test('by the program, which reads the database and changes nothing', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const ran = run(dir, ['upgrade', 'adfa', '--sql', '-d', 'app.db']);
      assert.equal([ran.status, ran.stderr], [0, '']);
      assert.match(
        ran.stdout,
        /^\.bail on\n-- mig upgrade: 2 revisions, from base to adfa6c905b9d\n/,
      );
      assert.not(existsSync(join(dir, 'app.db')));
      const document = documentOf(run(dir, ['upgrade', 'adfa', '--sql', '--json']));
      assert.equal(Object.keys(document), [
        'version',
        'command',
        'status',
        'before',
        'after',
        'steps',
        'sql',
      ]);
      assert.is(document.status, 'planned');
      assert.match(document.sql as string, /^\.bail on\n/);
    }));

  test('without a database, from where it begins', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      const title = async (...args: readonly string[]) =>
        (await scriptOf(dir, ...args)).split('\n')[1];
      assert.is(await title('upgrade'), '-- mig upgrade: 6 revisions, from base to a261d8461fde');
      assert.is(
        await title('upgrade', `${DEMO.initial}:${DEMO.merge}`),
        '-- mig upgrade: 3 revisions, from 1c7e52d0b8f4 to 8daafc64754e',
      );
      assert.is(
        await title('upgrade', `${DEMO.sources}:`),
        '-- mig upgrade: 1 revision, from b8c1bd22cb20 to a261d8461fde',
      );
      assert.is(
        await title('upgrade', ':adfa'),
        '-- mig upgrade: 2 revisions, from base to adfa6c905b9d',
      );
      assert.is(
        await title('downgrade', 'head:base'),
        '-- mig downgrade: 6 revisions, from a261d8461fde to base',
      );
      assert.is(
        await title('downgrade', 'head:-1'),
        '-- mig downgrade: 1 revision, from a261d8461fde to b8c1bd22cb20',
      );
    }));

  test('of a file with `transaction: off` and 40,000 statements', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa');
      const sql = `-- ---\n-- parents: base\n-- transaction: off\n-- ---\n${'SELECT 1;\n'.repeat(40_000)}`;
      writeFileSync(join(dir, 'migrations/aaaa.up.sql'), sql);
      const script = await scriptOf(dir, 'upgrade');
      assert.is(script.split('BEGIN IMMEDIATE;\nSELECT 1;\n').length, 40_001);
    }));

  test('files with and without `foreign_keys: on` cannot share one transaction: exit 1', () =>
    inTemp(async (dir) => {
      HISTORIES['foreign_keys: on']!.write(dir);
      assert.is((await mig(dir, ['upgrade', '--atomic', '-d', 'app.db'])).status, 1);
      const ran = await mig(dir, ['upgrade', '--atomic', '--sql']);
      assert.equal([ran.status, ran.stdout], [1, '']);
      assert.match(
        ran.stderr,
        /^mig: Revisions with and without `foreign_keys: on` cannot share one transaction\.\n/,
      );
    }));

  test('a text that spans CRLF lines cannot be handed to the sqlite3 program: exit 1', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'aaaa', { aaaa: ["SELECT 'one\r\ntwo';\r\n", ''] });
      const ran = await mig(dir, ['upgrade', '--sql', '--json']);
      assert.is(ran.status, 1);
      const { code, line, column } = documentOf(ran).error!;
      assert.equal([code, line, column], ['statement', 5, 12]);
    }));
});

suite('--sql: a cascade that would not happen', (test) => {
  const base =
    'CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p REFERENCES p ON DELETE CASCADE);\n';
  const table: readonly (readonly [name: string, sql: string, refused: boolean, key?: string])[] = [
    ['a DELETE on a parent', 'DELETE FROM p;\n', true],
    ['a REPLACE into a parent', 'REPLACE INTO p VALUES (1);\n', true],
    ['a DELETE behind the end of the child', 'DROP TABLE c;\nDELETE FROM p;\n', false],
    ['a DELETE on the child', 'DELETE FROM c;\n', false],
    [
      'a file that reaches where no scratch database does',
      "DELETE FROM c;\nATTACH 'other.db' AS o;\n",
      false,
      'transaction: off',
    ],
    ['what does not run at all, which is for sqlite3 to say', 'DELETE FROM nonesuch;\n', false],
  ];
  for (const [name, sql, refused, key] of table) {
    test(`${name}: ${refused ? 'refused' : 'written'}`, () =>
      inTemp(async (dir) => {
        writeRevisions(dir, 'aaaa; bbbb<aaaa', { aaaa: [base, ''], bbbb: [sql, ''] });
        const path = join(dir, 'migrations/bbbb.up.sql');
        const text = readFileSync(path, 'utf8');
        if (key) writeFileSync(path, text.replace('-- message', `-- ${key}\n-- message`));
        const seen = await mig(dir, ['upgrade', 'aaaa', '-d', 'app.db']);
        assert.is(seen.status, 0);
        for (const where of [['aaaa:bbbb'], ['bbbb'], ['-d', 'app.db']]) {
          const { status, stdout, stderr } = await mig(dir, ['upgrade', '--sql', ...where]);
          assert.is(status, refused ? 1 : 0);
          assert.is(stdout === '', refused);
          if (!refused) continue;
          assert.match(
            stderr,
            /^mig: bbbb \(Make bbbb\) would be refused, were it run by mig: A (DELETE|REPLACE) on p/,
          );
          assert.match(stderr, /migrations\/bbbb\.up\.sql:\d+:1/);
          assert.match(stderr, /foreign_keys: on/);
        }
      }));
  }
});
