import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { TestDocument } from '../../lib/commands/documents.ts';
import { test as runTest, type TestOptions } from '../../lib/commands/test.ts';
import { upgrade } from '../../lib/commands/upgrade.ts';
import { type Bench, chain, type Pair, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';
import { mig } from '../support/terminal.ts';

/** `error code revision file:line:column message`, as far as there is such. */
function linesOf({ findings }: TestDocument): readonly string[] {
  return findings.map(({ severity, code, revision, file, line, column, message }) =>
    [
      severity,
      code,
      revision,
      [file, line, column].filter((each) => each !== null).join(':'),
      message,
    ].join(' '),
  );
}

interface Row {
  readonly what: string;
  readonly pairs: readonly Pair[];
  readonly options?: TestOptions;
  readonly found?: readonly string[];
  readonly tested: string;
  readonly notes?: readonly string[];
}

/** The demo of a cascade: whoever deletes an author deletes the books. */
const LIBRARY: readonly Pair[] = [
  {
    id: 'a1',
    up: `CREATE TABLE authors (id INTEGER PRIMARY KEY);
CREATE TABLE books (id INTEGER PRIMARY KEY, author REFERENCES authors ON DELETE CASCADE);
`,
    down: 'DROP TABLE books; DROP TABLE authors;\n',
  },
  {
    id: 'b1',
    parents: 'a1',
    keys: ['foreign_keys: on'],
    up: 'DELETE FROM authors WHERE id > 1;\n',
    down: '-- Nothing brings them back.\n',
  },
];
const BOOKS =
  'INSERT INTO authors VALUES (1), (2), (3); INSERT INTO books VALUES (10, 1), (20, 2), (30, 2), (40, 3);';

const ROWS: readonly Row[] = [
  { what: 'no revisions', pairs: [], tested: '' },
  {
    what: 'what upgrade refuses under `foreign_keys: auto`: a cascade that would not happen',
    pairs: [
      LIBRARY[0]!,
      { id: 'c1', parents: 'a1', up: '\nDELETE FROM authors;\n', down: 'SELECT 1;\n' },
    ],
    found: [
      'error up-fails c1 migrations/c1_x.up.sql:6:1 The up of c1 fails: A DELETE on authors would set off ON DELETE CASCADE of books, which does not happen while enforcement is off.',
    ],
    tested: 'a1 c1',
  },
  { what: 'a sound chain', pairs: chain('a1', 'b1', 'c1'), tested: 'a1 b1 c1' },
  {
    what: 'an up that fails in the middle, with its place; what is behind it is not tested',
    pairs: [
      ...chain('a1'),
      { id: 'b1', parents: 'a1', up: 'CREATE TABLE b1 (x);\n\nINSERT INTO\n  nope VALUES (1);\n' },
      { id: 'c1', parents: 'b1' },
      { id: 'd1', parents: 'c1' },
    ],
    tested: 'a1 b1',
    found: ['error up-fails b1 migrations/b1_x.up.sql:8:3 The up of b1 fails: no such table: nope'],
    notes: ['Nothing was tested behind b1'],
  },
  {
    what: 'an up that fails at the end: there is nothing behind it',
    pairs: [...chain('a1'), { id: 'b1', parents: 'a1', up: 'SELECT nope;\n' }],
    tested: 'a1 b1',
    found: [
      'error up-fails b1 migrations/b1_x.up.sql:5:8 The up of b1 fails: no such column: nope',
    ],
  },
  {
    what: 'a down that fails does not stop the others',
    pairs: [
      { id: 'a1', downKeys: ['foreign_keys: on'], down: 'DROP TABLE\n  nope;\n' },
      { id: 'b1', parents: 'a1' },
    ],
    tested: 'a1 b1',
    found: [
      'error down-fails a1 migrations/a1_x.down.sql:5:3 The down of a1 fails: no such table: nope',
    ],
  },
  {
    what: 'an up that fails the second time stops the others',
    pairs: [
      { id: 'a1', down: 'SELECT 1;\n' },
      { id: 'b1', parents: 'a1' },
    ],
    tested: 'a1',
    found: [
      'error down-does-not-restore a1 migrations/a1_x.down.sql The down of a1 does not bring back what was: table `a1` is new.',
      'error up-again-fails a1 migrations/a1_x.up.sql:5:14 The second up of a1 fails: table a1 already exists',
    ],
    notes: ['Nothing was tested behind a1'],
  },
  {
    what: 'up is not repeatable',
    pairs: [
      {
        id: 'a1',
        up: 'CREATE TABLE IF NOT EXISTS a1 (x);\n',
        down: 'DROP TABLE a1; CREATE TABLE a1 (y);\n',
      },
    ],
    tested: 'a1',
    found: [
      'error down-does-not-restore a1 migrations/a1_x.down.sql The down of a1 does not bring back what was: table `a1` is new.',
      'error up-not-repeatable a1 migrations/a1_x.up.sql After up, down and up of a1 it is not as after the first up: column `x` of `a1` is gone: x.',
      'error up-not-repeatable a1 migrations/a1_x.up.sql After up, down and up of a1 it is not as after the first up: column `y` of `a1` is new: y.',
    ],
  },
  {
    what: 'views and triggers that an up breaks, once each',
    pairs: [
      {
        id: 'a1',
        up: `CREATE TABLE t (a, b); CREATE TABLE log (x);
CREATE VIEW v AS SELECT b FROM t;
CREATE TRIGGER g AFTER INSERT ON log BEGIN DELETE FROM t WHERE b = NEW.x; END;
`,
        down: 'DROP VIEW v; DROP TABLE log; DROP TABLE t;\n',
      },
      {
        id: 'b1',
        parents: 'a1',
        up: 'DROP TABLE t; CREATE TABLE t (a);\n',
        down: 'DROP TABLE t; CREATE TABLE t (a, b);\n',
      },
      { id: 'c1', parents: 'b1' },
    ],
    tested: 'a1 b1 c1',
    found: [
      'error broken b1 migrations/b1_x.up.sql After the up of b1 something is broken: The view `v` cannot be read: no such column: b.',
      'error broken b1 migrations/b1_x.up.sql After the up of b1 something is broken: The trigger `g` is broken: no such column: b.',
    ],
  },
  {
    what: 'data whose down cannot bring rows back: a warning',
    pairs: [
      {
        id: 'a1',
        up: "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, 'x');\n",
        down: 'DROP TABLE t;\n',
      },
      { id: 'b1', parents: 'a1', up: 'DELETE FROM t WHERE a = 2;\n', down: '-- They are gone.\n' },
      {
        id: 'c1',
        parents: 'b1',
        up: 'UPDATE t SET b = NULL;\n',
        down: '-- Nobody knows what it was.\n',
      },
    ],
    tested: 'a1 b1 c1',
    found: [
      'warning rows-not-restored b1 migrations/b1_x.down.sql After the up and the down of b1 the table `t` has 1 row, and had 2.',
      'warning rows-not-restored c1 migrations/c1_x.down.sql After the up and the down of c1 the table `t` has other rows.',
    ],
  },
  {
    what: 'a rebuild with foreign keys enforced: the children are gone',
    pairs: [
      {
        ...LIBRARY[0]!,
        up: `${LIBRARY[0]!.up}INSERT INTO authors VALUES (1); INSERT INTO books VALUES (10, 1);\n`,
      },
      {
        id: 'b1',
        parents: 'a1',
        keys: ['foreign_keys: on'],
        up: `CREATE TABLE new (id INTEGER PRIMARY KEY, name);
INSERT INTO new (id) SELECT id FROM authors;
DROP TABLE authors;
ALTER TABLE new RENAME TO authors;
`,
        down: 'ALTER TABLE authors DROP COLUMN name;\n',
      },
    ],
    tested: 'a1 b1',
    found: [
      'error rows-of-others b1 migrations/b1_x.down.sql b1 does not name the table `books`, and after its up and down that has 0 rows, and had 1.',
    ],
  },
  {
    what: 'a file without a transaction, and one with foreign keys enforced',
    pairs: [
      { id: 'a1', keys: ['transaction: off'], up: 'BEGIN; CREATE TABLE a1 (x); COMMIT; VACUUM;\n' },
      {
        id: 'b1',
        parents: 'a1',
        keys: ['foreign_keys: on'],
        downKeys: ['transaction: off'],
        down: 'DROP TABLE b1; PRAGMA optimize;\n',
      },
    ],
    tested: 'a1 b1',
  },
  {
    what: 'a down without a transaction that fails halfway: nobody knows what is there',
    pairs: [
      { id: 'a1', downKeys: ['transaction: off'], down: 'DROP TABLE a1;\nDROP TABLE nope;\n' },
      { id: 'b1', parents: 'a1' },
    ],
    tested: 'a1',
    found: [
      'error down-fails a1 migrations/a1_x.down.sql:5:12 The down of a1 fails: no such table: nope',
    ],
    notes: ['Nothing was tested behind a1'],
  },
  {
    what: '--since leaves out what is before, and what is wrong with that',
    pairs: [
      {
        id: 'a1',
        up: 'CREATE TABLE t (a); CREATE VIEW v AS SELECT nope FROM t;\n',
        down: 'SELECT 1;\n',
      },
      { id: 'b1', parents: 'a1' },
      { id: 'c1', parents: 'b1', down: 'SELECT 1;\n' },
    ],
    options: { since: 'a1' },
    tested: 'b1 c1',
    found: [
      'error down-does-not-restore c1 migrations/c1_x.down.sql The down of c1 does not bring back what was: table `c1` is new.',
      'error up-again-fails c1 migrations/c1_x.up.sql:5:14 The second up of c1 fails: table c1 already exists',
    ],
  },
  {
    what: '--since, and something before it does not run',
    pairs: [
      { id: 'a1', up: 'SELECT nope;\n' },
      { id: 'b1', parents: 'a1' },
    ],
    options: { since: 'a1' },
    tested: '',
    found: [
      'error up-fails a1 migrations/a1_x.up.sql:5:8 The up of a1 fails: no such column: nope',
    ],
    notes: ['Nothing was tested behind a1'],
  },
  { what: '--since the head', pairs: chain('a1', 'b1'), options: { since: 'head' }, tested: '' },
  {
    what: '--since one of two branches: the other one is tested',
    pairs: [...chain('a1', 'b1'), { id: 'c1', parents: 'a1' }],
    options: { since: 'b1' },
    tested: 'c1',
  },
  {
    what: 'a merge of branches that commute',
    pairs: [
      ...chain('a1', 'b1'),
      { id: 'c1', parents: 'a1' },
      { id: 'm1', parents: 'b1, c1', up: '', down: '' },
    ],
    tested: 'a1 b1 c1 m1',
  },
];

/** As `merge --no-prove` may have written it. */
const NOT_COMMUTING: readonly Pair[] = [
  { id: 'a1', up: 'CREATE TABLE t (a, b);\n', down: 'DROP TABLE t;\n' },
  {
    id: 'b1',
    parents: 'a1',
    up: "UPDATE t SET b = 'b'; INSERT INTO t VALUES (1, 'b');\n",
    down: 'DELETE FROM t;\n',
  },
  { id: 'c1', parents: 'a1', up: "UPDATE t SET b = 'c';\n", down: "UPDATE t SET b = 'b';\n" },
  { id: 'm1', parents: 'b1, c1', up: '', down: '' },
];

const bytes = ({ path }: Bench) => readFileSync(path).toString('base64');

suite('mig test', (test) => {
  for (const { what, pairs, options, found = [], tested, notes = [] } of ROWS) {
    test(what, () =>
      withProject(pairs, async ({ project, path, told }) => {
        const document = await runTest(project, options);
        assert.equal(linesOf(document), found);
        assert.equal([document.tested.join(' '), document.notes], [tested, notes]);
        const errors = found.filter((line) => line.startsWith('error')).length;
        assert.is(document.ok, errors === 0);
        assert.is(document.error?.exit, errors === 0 ? undefined : 1);
        assert.not('tables' in document);
        assert.not(existsSync(path), 'no database is made');
        assert.equal(told, []);
      }),
    );
  }

  test('a revision without a way back is run up, and that is told', () =>
    withProject(chain('a1', 'b1', 'c1'), async ({ project, write, remove, dir }) => {
      remove('b1');
      write({ id: 'b1', parents: 'a1', keys: ['irreversible: it deletes'] });
      rmSync(join(dir, 'migrations/b1_x.down.sql'));
      const document = await runTest(project);
      assert.equal(linesOf(document), []);
      assert.equal(document.tested, ['a1', 'b1', 'c1']);
      assert.equal(document.notes, ['There is no way back, so only up was run: b1']);
    }));

  test('a merge whose branches do not commute', () =>
    withProject(NOT_COMMUTING, async ({ project, write }) => {
      const document = await runTest(project);
      assert.equal(linesOf(document), [
        'error merge-order m1 migrations/m1_x.up.sql m1 joins what does not commute. b1 and c1 do not commute: what comes out depends on their order.',
        'error differs   Run as c1 then b1 (not as b1 then c1): the rows of `t` differ.',
      ]);
      assert.equal(document.error, { code: 'check-failed', message: '2 tests failed.', exit: 1 });
      write({ id: 'd1', parents: 'm1' });
      assert.equal((await runTest(project, { since: 'm1' })).findings, []);
    }));

  test('a merge below the revision that fails is looked at, one above is not', () =>
    withProject(NOT_COMMUTING, async ({ project, write }) => {
      write({ id: 'd1', parents: 'm1', up: 'SELECT nope;\n' });
      assert.equal(
        (await runTest(project)).findings.map((each) => each.code),
        ['up-fails', 'merge-order', 'differs'],
      );
      write({ id: 'a1', up: 'SELECT nope;\n' });
      const document = await runTest(project);
      assert.equal(
        document.findings.map((each) => each.code),
        ['up-fails'],
      );
      assert.equal([document.tested, document.notes], [['a1'], ['Nothing was tested behind a1']]);
    }));

  test('says how many merges were looked at, where there are many', () => {
    const pairs: Pair[] = [{ id: 'r0' }];
    for (let n = 1; n <= 21; n++) {
      const parents = n === 1 ? 'r0' : `m${n - 1}`;
      pairs.push({ id: `b${n}`, parents }, { id: `c${n}`, parents });
      pairs.push({ id: `m${n}`, parents: `b${n}, c${n}`, up: '', down: '' });
    }
    return withProject(pairs, async ({ project }) => {
      const { ok, notes } = await runTest(project);
      assert.ok(ok);
      assert.equal(notes, ['Of 21 merges, the orders of the newest 20 were run.']);
    });
  });

  test('an unknown revision', () =>
    withProject(chain('a1'), async ({ project }) => {
      await stops('unknown-revision', 2, () => runTest(project, { since: 'zz' }));
    }));

  test('files that are not sound', () =>
    withProject([{ id: 'a1', parents: 'zz' }], async ({ project }) => {
      await stops('unknown-parent', 1, () => runTest(project));
    }));
});

suite('mig test --on', (test) => {
  const on = { on: 'app.db' };

  test('counts the rows: a cascade shows as a number, and the database stays as it is', () =>
    withProject(LIBRARY, async (bench) => {
      const { project, exec, dir } = bench;
      await upgrade(project, { target: 'a1' });
      exec(BOOKS);
      const before = bytes(bench);
      const document = await runTest(project, on);
      assert.equal(document.tables, [
        { table: 'authors', before: 3, after: 1 },
        { table: 'books', before: 4, after: 1 },
      ]);
      assert.equal(linesOf(document), [
        'warning rows-not-restored b1 migrations/b1_x.down.sql After the up and the down of b1 the table `authors` has 1 row, and had 3.',
        'error rows-of-others b1 migrations/b1_x.down.sql b1 does not name the table `books`, and after its up and down that has 1 row, and had 4.',
      ]);
      assert.equal(document.tested, ['b1']);
      assert.is(bytes(bench), before);
      assert.equal(readdirSync(dir).sort(), ['app.db', 'migrations']);
    }));

  test('nothing applied yet, and everything applied', () =>
    withProject(chain('a1', 'b1'), async (bench) => {
      const { project, exec } = bench;
      exec('CREATE TABLE old (x); INSERT INTO old VALUES (1);');
      const document = await runTest(project, on);
      assert.equal([document.ok, document.tested], [true, ['a1', 'b1']]);
      assert.equal(document.tables, [
        { table: 'a1', before: null, after: 0 },
        { table: 'b1', before: null, after: 0 },
        { table: 'old', before: 1, after: 1 },
      ]);
      await upgrade(project);
      const before = bytes(bench);
      const again = await runTest(project, on);
      assert.equal([again.ok, again.tested, again.notes], [true, [], []]);
      assert.equal(again.tables?.length, 3);
      assert.is(bytes(bench), before);
    }));

  test('a table that goes', () =>
    withProject(chain('a1'), async ({ project, exec, write }) => {
      await upgrade(project);
      exec('INSERT INTO a1 VALUES (1), (2);');
      write({ id: 'b1', parents: 'a1', up: 'DROP TABLE a1;\n', down: 'CREATE TABLE a1 (x);\n' });
      const document = await runTest(project, on);
      assert.equal(document.tables, [{ table: 'a1', before: 2, after: null }]);
    }));

  test('data that only a real database has', () =>
    withProject(chain('a1'), async ({ project, exec, write }) => {
      await upgrade(project);
      exec('INSERT INTO a1 VALUES (1), (1);');
      write({
        id: 'b1',
        parents: 'a1',
        up: 'CREATE UNIQUE INDEX i ON a1 (x);\n',
        down: 'DROP INDEX i;\n',
      });
      assert.ok((await runTest(project)).ok, 'an empty one is fine');
      assert.equal(linesOf(await runTest(project, on)), [
        'error up-fails b1 migrations/b1_x.up.sql:5:1 The up of b1 fails: UNIQUE constraint failed: a1.x',
      ]);
    }));

  test('what was broken before is nobody’s fault', () =>
    withProject(LIBRARY.slice(0, 1), async ({ project, exec, write }) => {
      await upgrade(project);
      exec('INSERT INTO books VALUES (10, 9); CREATE VIEW v AS SELECT nope FROM authors;');
      write({ id: 'c1', parents: 'a1' });
      assert.equal(linesOf(await runTest(project, on)), []);
      write({
        id: 'c1',
        parents: 'a1',
        up: 'INSERT INTO books VALUES (11, 9);\n',
        down: 'DELETE FROM books WHERE id = 11;\n',
      });
      assert.equal(linesOf(await runTest(project, on)), [
        'error up-fails c1 migrations/c1_x.up.sql The up of c1 fails: Foreign keys do not hold after it: 1 row of books (rowid 11) names a row of authors that is not there.',
      ]);
    }));

  test('merges are not run in every order there, which is told', () =>
    withProject(NOT_COMMUTING, async ({ project, exec }) => {
      exec('CREATE TABLE old (x);');
      assert.equal((await runTest(project, on)).notes, [
        'On a copy, merges are not run in every order of their branches.',
      ]);
    }));

  test('a database that is not there', () =>
    withProject(chain('a1'), async ({ project, dir }) => {
      const error = await stops('no-database', 2, () => runTest(project, { on: 'nope.db' }));
      assert.is(error.message, 'There is no database nope.db');
      assert.not(existsSync(join(dir, 'nope.db')));
    }));

  test('leaves no copy behind', () =>
    withProject(chain('a1'), async ({ project, exec, dir }) => {
      exec('CREATE TABLE old (x);');
      const { TMPDIR } = process.env;
      const temp = join(dir, 'temp');
      mkdirSync(temp);
      process.env.TMPDIR = temp;
      try {
        await runTest(project, on);
        assert.equal(readdirSync(temp), []);
      } finally {
        if (TMPDIR === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = TMPDIR;
      }
    }));
});

suite('mig test, as a person sees it', (test) => {
  test('all is well', () =>
    withProject(chain('a1', 'b1'), async ({ dir }) => {
      assert.equal(await mig(dir, ['test']), {
        status: 0,
        stdout: 'Up, down and up again: 2 revisions\n',
        stderr: '',
      });
      assert.equal(JSON.parse((await mig(dir, ['test', '--json'])).stdout), {
        version: 1,
        command: 'test',
        ok: true,
        findings: [],
        notes: [],
        tested: ['a1', 'b1'],
      });
    }));

  test('findings, with places that an editor can read', () =>
    withProject(
      [
        { id: 'a1', up: 'SELECT nope;\n' },
        { id: 'b1', parents: 'a1' },
      ],
      async ({ dir }) => {
        const message = 'The up of a1 fails: no such column: nope';
        assert.equal(await mig(dir, ['test']), {
          status: 1,
          stdout: `migrations/a1_x.up.sql:5:8: error: ${message} [up-fails]\nNothing was tested behind a1\n`,
          stderr: 'mig: 1 test failed.\n',
        });
        const { status, stdout } = await mig(dir, ['test', '--json']);
        assert.is(status, 1);
        assert.equal(JSON.parse(stdout), {
          version: 1,
          command: 'test',
          ok: false,
          findings: [
            {
              code: 'up-fails',
              severity: 'error',
              message,
              revision: 'a1',
              file: 'migrations/a1_x.up.sql',
              line: 5,
              column: 8,
            },
          ],
          notes: ['Nothing was tested behind a1'],
          tested: ['a1'],
          error: { code: 'check-failed', message: '1 test failed.', exit: 1 },
        });
      },
    ));

  test('a warning does not fail it', () =>
    withProject(
      [
        { id: 'a1', up: 'CREATE TABLE t (x);\n', down: 'DROP TABLE t;\n' },
        { id: 'b1', parents: 'a1', up: 'INSERT INTO t VALUES (1);\n', down: '-- It stays.\n' },
      ],
      async ({ dir }) => {
        const { status, stdout, stderr } = await mig(dir, ['test']);
        assert.equal([status, stderr], [0, '']);
        assert.is(
          stdout,
          'migrations/b1_x.down.sql: warning: After the up and the down of b1 the table `t` has 1 row, and had 0. [rows-not-restored]\nUp, down and up again: 2 revisions\n',
        );
      },
    ));

  test('the numbers of --on', () =>
    withProject(LIBRARY, async ({ dir, project, exec }) => {
      await upgrade(project, { target: 'a1' });
      exec(BOOKS);
      const { status, stdout } = await mig(dir, ['test', '--on', 'app.db']);
      assert.is(status, 1);
      assert.match(
        stdout,
        '\nRows before and after:\n  authors         3 → 1\n  books           4 → 1\n  0 tables with as many as before\n',
      );
    }));

  test('a wrong command line', () =>
    withProject(chain('a1'), async ({ dir }) => {
      for (const args of [['--since', 'zz'], ['--on', 'nope.db'], ['a1'], ['--nope']]) {
        assert.is((await mig(dir, ['test', ...args])).status, 2, args.join(' '));
      }
    }));
});
