import * as assert from 'uvu/assert';
import { downgrade } from '../../lib/commands/downgrade.ts';
import { redo } from '../../lib/commands/redo.ts';
import { sync } from '../../lib/commands/sync.ts';
import { upgrade } from '../../lib/commands/upgrade.ts';
import type { MigError } from '../../lib/error.ts';
import { type Bench, chain, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';

/**
 * What no file may do, through the commands: with its place, and whether the text told
 * before anything ran (then nothing at all has happened) or SQLite as it ran.
 */
interface Row {
  /** Behind a header of four lines; `→` stands at the place. */
  readonly marked: string;
  readonly message: RegExp;
  readonly when: 'before' | 'running';
}

const ENDS =
  /^`(BEGIN|COMMIT|END|ROLLBACK)` would end the transaction that mig runs this file in\.$/;
const LEDGER =
  /^b \(The b\) was refused, and rolled back: No revision may touch `mig_log`: it is mig's ledger\.$/;

const rows: readonly Row[] = [
  ...['BEGIN', 'begin immediate', 'COMMIT', 'End', 'ROLLBACK', 'ROLLBACK TRANSACTION'].map(
    (word): Row => ({ marked: `CREATE TABLE b (x);\n  →${word};`, message: ENDS, when: 'before' }),
  ),
  { marked: 'SELECT 1; /* ; */ →COMMIT;', message: ENDS, when: 'before' },
  {
    marked: "→ATTACH 'other.db' AS o;",
    message: /^`ATTACH` cannot run inside a transaction\.$/,
    when: 'before',
  },
  { marked: '→DETACH o;', message: /^`DETACH` cannot/, when: 'before' },
  { marked: 'SELECT 1;\n\n→VACUUM;', message: /^`VACUUM` cannot/, when: 'before' },
  { marked: "→VACUUM INTO 'x';", message: /^`VACUUM` cannot/, when: 'before' },
  ...[
    'foreign_keys = off',
    'journal_mode=wal',
    'main.synchronous = 0',
    'writable_schema(1)',
    'legacy_alter_table = on',
  ].map(
    (pragma): Row => ({
      marked: `SELECT 1;\n→PRAGMA ${pragma};`,
      message: /^`PRAGMA \w+` does nothing inside a transaction, or outlives the revision\.$/,
      when: 'before',
    }),
  ),
  ...['?', '?2', ':name', '@name', '$name'].map(
    (parameter): Row => ({
      marked: `CREATE TABLE b (x);\nINSERT INTO b VALUES (→${parameter});`,
      message: /^`.*` is a parameter, and nothing would be bound to it: it would be NULL\.$/,
      when: 'before',
    }),
  ),
  ...[
    'SELECT * FROM mig_log',
    'DELETE FROM main."MIG_LOG"',
    'DROP TABLE mig_log',
    'CREATE TEMP TABLE mig_log (x)',
    'CREATE INDEX i ON mig_log (run)',
  ].map(
    (sql): Row => ({ marked: `CREATE TABLE b (x);\n →${sql};`, message: LEDGER, when: 'running' }),
  ),
  {
    marked:
      'CREATE TABLE b (x);\nCREATE TRIGGER g AFTER INSERT ON b BEGIN DELETE FROM mig_log; END;\n→INSERT INTO b VALUES (1);',
    message: LEDGER,
    when: 'running',
  },
  {
    marked: 'CREATE VIEW v AS SELECT * FROM mig_log;\n→SELECT * FROM v;',
    message: LEDGER,
    when: 'running',
  },
];

suite('what a file may not do', (test) => {
  for (const { marked, message, when } of rows) {
    const sql = marked.replace('→', '');
    const lines = marked.slice(0, marked.indexOf('→')).split('\n');
    const place = ['migrations/b_x.up.sql', 4 + lines.length, lines.at(-1)!.length + 1];
    test(sql.replaceAll('\n', ' '), () =>
      withProject([...chain('a'), { id: 'b', parents: 'a', up: sql }], async (bench) => {
        const error = await stops('statement', 1, () => upgrade(bench.project));
        assert.match(error.message, message);
        assert.equal([error.file, error.line, error.column], place);
        assert.ok(error.hint !== undefined);
        if (when === 'before') assert.equal([...bench.query('SELECT name FROM sqlite_schema')], []);
        else assert.equal([bench.log(), bench.tables()], ['up a', 'a']);
      }),
    );
  }
  const ofDown = (use: (bench: Bench) => Promise<void>, up?: string) =>
    withProject(
      [
        ...chain('a'),
        {
          id: 'b',
          parents: 'a',
          ...(up === undefined ? {} : { up }),
          down: 'DROP TABLE b;\n COMMIT;',
        },
      ],
      use,
    );
  test('in a down file', () =>
    ofDown(async (bench) => {
      await upgrade(bench.project);
      const isPlaced = ({ file, line, column }: MigError) =>
        assert.equal([file, line, column], ['migrations/b_x.down.sql', 2, 2]);
      isPlaced(await stops('statement', 1, () => downgrade(bench.project, { target: 'base' })));
      isPlaced(await stops('statement', 1, () => redo(bench.project)));
      assert.equal([bench.log(), bench.tables()], ['up a, up b', 'a b']);
    }));
  test('in a down file that is in the ledger alone', () =>
    ofDown(async (bench) => {
      await upgrade(bench.project);
      bench.remove('b');
      const error = await stops('statement', 1, () => sync(bench.project, { yes: true }));
      assert.equal([error.file, error.revision, error.line], [undefined, 'b', 2]);
      assert.is(bench.log(), 'up a, up b');
    }));
  test('all of them are told at once', () =>
    withProject(
      [
        { id: 'a', up: 'COMMIT;\nVACUUM;' },
        { id: 'b', parents: 'a', up: 'SELECT ?;' },
      ],
      async (bench) => {
        const error = await stops('invalid-files', 1, () => upgrade(bench.project));
        assert.equal(
          error.problems.map(({ file, line, column }) => `${file}:${line}:${column}`),
          ['migrations/a_x.up.sql:5:1', 'migrations/a_x.up.sql:6:1', 'migrations/b_x.up.sql:5:8'],
        );
      },
    ));
  test('a ledger of another name', () =>
    withProject(
      [
        ...chain('a'),
        { id: 'b', parents: 'a', up: 'CREATE TABLE mig_log (x);\nDROP TABLE "History";' },
      ],
      async (bench) => {
        const project = bench.as('ann@host', {}, { table: 'history' });
        const error = await stops('statement', 1, () => upgrade(project));
        assert.match(error.message, /No revision may touch `history`: it is mig's ledger\.$/);
        assert.equal([error.line, error.column], [6, 1]);
      },
    ));
});

suite('foreign keys, through the commands', (test) => {
  const FAMILY = `CREATE TABLE parent (id INTEGER PRIMARY KEY, name);
CREATE TABLE child (p REFERENCES parent ON DELETE CASCADE);
INSERT INTO parent VALUES (1, 'one'); INSERT INTO child VALUES (1);\n`;
  const of = (up: string, keys: readonly string[], use: (bench: Bench) => Promise<void>) =>
    withProject(
      [
        { id: 'a', up: FAMILY },
        { id: 'b', parents: 'a', keys, up },
      ],
      use,
    );
  const counts = ({ query }: Bench) =>
    query('SELECT (SELECT count(*) FROM parent) AS p, (SELECT count(*) FROM child) AS c');

  test('auto: refused, with the place and the two ways', () =>
    of('SELECT 1;\nDELETE FROM parent;', [], async (bench) => {
      const error = await stops('statement', 1, () => upgrade(bench.project));
      assert.match(
        error.message,
        /: A DELETE on parent would set off ON DELETE CASCADE of child, which does not happen/,
      );
      assert.match(error.hint!, /^Say `foreign_keys: on` .* or `off`/);
      assert.equal([error.file, error.line, error.column], ['migrations/b_x.up.sql', 6, 1]);
      assert.equal(counts(bench), [1, 1]);
    }));
  test('on: the children go', () =>
    of('DELETE FROM parent;', ['foreign_keys: on'], async (bench) => {
      await upgrade(bench.project);
      assert.equal(counts(bench), [0, 0]);
    }));
  test('off: they stay, and that is a violation', () =>
    of('DELETE FROM parent;', ['foreign_keys: off'], async (bench) => {
      const error = await stops('failed', 1, () => upgrade(bench.project));
      assert.match(
        error.message,
        /1 row of child \(rowid 1\) names a row of parent that is not there/,
      );
      assert.equal(counts(bench), [1, 1]);
    }));
  test('the rebuild of everybody’s handbook', () =>
    of(
      'CREATE TABLE n (id INTEGER PRIMARY KEY, name NOT NULL);\nINSERT INTO n SELECT * FROM parent;\nDROP TABLE parent;\nALTER TABLE n RENAME TO parent;',
      [],
      async (bench) => {
        await upgrade(bench.project);
        assert.equal(counts(bench), [1, 1]);
      },
    ));
  test('mixed with `on` in one transaction: refused before anything runs', () =>
    of('SELECT 1;', ['foreign_keys: on'], async (bench) => {
      const error = await stops('failed', 1, () => upgrade(bench.project, { atomic: true }));
      assert.match(error.message, /cannot share one transaction/);
    }));
});
