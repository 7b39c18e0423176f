import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { type Ran, run } from '../support/program.ts';
import { documentOf, filesBelow, removeRevision, writeRevisions } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';

const DATABASE = ['-d', 'app.db'];

/** A command line by the program, in a project that `arrange` made. */
interface Row {
  readonly exit: number;
  readonly what: string;
  readonly args: readonly string[];
  readonly arrange: (dir: string) => void;
  /** Code of the error, and the first line on stderr. */
  readonly code: string;
  readonly stderr: RegExp;
  /** The whole of stdout, or a beginning of it; nothing, unless it says so. */
  readonly stdout?: RegExp;
}

const line = (dir: string) => writeRevisions(dir, 'aaaa; bbbb<aaaa');
const fork = (dir: string) => writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<aaaa');
const applied = (dir: string) => {
  line(dir);
  assert.is(run(dir, ['upgrade', ...DATABASE]).status, 0);
};
const edited = (dir: string) => {
  applied(dir);
  writeRevisions(dir, 'bbbb<aaaa; cccc<bbbb', { bbbb: ['SELECT 1;\n', 'SELECT 1;\n'] });
};
const broken = (dir: string) => {
  line(dir);
  writeFileSync(join(dir, 'migrations/bbbb.up.sql'), 'SELECT 1;\n');
};
const failing = (dir: string) => writeRevisions(dir, 'aaaa', { aaaa: ['SELECT nonesuch;\n', ''] });
const noDatabase = (dir: string) => {
  line(dir);
  writeFileSync(
    join(dir, 'app.db'),
    'this is no database, and long enough to be seen as none'.repeat(99),
  );
};

const ROWS: readonly Row[] = [
  {
    exit: 1,
    what: 'a migration that fails',
    args: ['upgrade'],
    arrange: failing,
    code: 'failed',
    stderr: /^mig: aaaa \(Make aaaa\) failed, and was rolled back/,
  },
  {
    exit: 1,
    what: 'a file that is no revision',
    args: ['upgrade'],
    arrange: broken,
    code: 'header-missing',
    stderr: /^mig: This file has no header\./,
  },
  {
    exit: 1,
    what: 'a broken file, for one who only looks',
    args: ['heads'],
    arrange: broken,
    code: 'header-missing',
    stderr: /^mig: This file has no header\./,
  },
  {
    exit: 1,
    what: 'check of a broken file',
    args: ['check'],
    arrange: broken,
    code: 'check-failed',
    stderr: /^mig: 1 error in migrations\./,
    stdout: /^migrations\/bbbb\.up\.sql:1:1: error: /,
  },
  {
    exit: 1,
    what: 'test of a down that does not restore',
    args: ['test'],
    arrange: (dir) =>
      writeRevisions(dir, 'aaaa', {
        aaaa: ['CREATE TABLE t (x);\n', 'DROP TABLE t; CREATE TABLE u (x);\n'],
      }),
    code: 'check-failed',
    stderr: /^mig: 2 tests failed\.\n$/,
    stdout: /^migrations\/aaaa\.down\.sql: error: The down of aaaa does not bring back what was: /,
  },
  {
    exit: 1,
    what: 'a statement that is refused',
    args: ['upgrade'],
    arrange: (dir) => writeRevisions(dir, 'aaaa', { aaaa: ['COMMIT;\n', ''] }),
    code: 'statement',
    stderr: /^mig: `COMMIT` would end the transaction/,
  },
  {
    exit: 1,
    what: 'a file that is no database',
    args: ['status'],
    arrange: noDatabase,
    code: 'not-a-database',
    stderr: /^mig: app\.db is (not a|no)/,
  },
  {
    exit: 1,
    what: 'a database that cannot be made',
    args: ['upgrade', '-d', 'nowhere/app.db'],
    arrange: line,
    code: 'database',
    stderr: /^mig: nowhere\/app\.db cannot be made: there is no folder \S+\n {2}applied before it/,
  },
  {
    exit: 2,
    what: 'no database given',
    args: ['upgrade', '-d', ''],
    arrange: line,
    code: 'setting',
    stderr: /^mig: `--database` is empty\./,
  },
  {
    exit: 2,
    what: 'an unknown command',
    args: ['upgade'],
    arrange: line,
    code: 'unknown-command',
    stderr: /^mig: There is no command `upgade`\./,
  },
  {
    exit: 2,
    what: 'an unknown option',
    args: ['upgrade', '--dry'],
    arrange: line,
    code: 'unknown-option',
    stderr: /^mig: `mig upgrade` has no option `--dry`\./,
  },
  {
    exit: 2,
    what: 'a target that names nothing',
    args: ['upgrade', 'nope'],
    arrange: line,
    code: 'unknown-revision',
    stderr: /^mig: There is no revision `nope`\./,
  },
  {
    exit: 2,
    what: 'a target that is ambiguous',
    args: ['upgrade', 'aaaa+1'],
    arrange: fork,
    code: 'ambiguous-revision',
    stderr: /^mig: `aaaa\+1` is ambiguous: /,
  },
  {
    exit: 2,
    what: 'a target that is not applied',
    args: ['downgrade', 'aaaa'],
    arrange: line,
    code: 'not-applied',
    stderr: /^mig: aaaa is not applied/,
  },
  {
    exit: 2,
    what: 'a folder that is not there',
    args: ['heads', '--dir', 'nope'],
    arrange: line,
    code: 'setting',
    stderr: /^mig: There is no folder nope\./,
  },
  {
    exit: 2,
    what: 'a git ref where there is no repository',
    args: ['check', '--against', 'main'],
    arrange: line,
    code: 'setting',
    stderr: /^mig: (The migrations folder is in no git repository\.|There is no `git` to ask\.)\n/,
  },
  {
    exit: 2,
    what: 'an id that is taken',
    args: ['revision', '--rev-id', 'aaaa'],
    arrange: line,
    code: 'exists',
    stderr: /^mig: There is a revision aaaa already\./,
  },
  {
    exit: 3,
    what: 'pending, for status --check',
    args: ['status', '--check'],
    arrange: line,
    code: 'pending',
    stderr: /^mig: aaaa bbbb are pending\./,
    stdout: /^database {4}base/,
  },
  {
    exit: 3,
    what: 'pending, for current --check-heads',
    args: ['current', '--check-heads'],
    arrange: line,
    code: 'pending',
    stderr: /^mig: 2 revisions are pending: aaaa bbbb/,
    stdout: /^Nothing is applied yet\.\n$/,
  },
  {
    exit: 3,
    what: 'a schema file that differs, for check',
    args: ['check', '--schema-file', 'schema.sql'],
    arrange: (dir) => {
      line(dir);
      writeFileSync(join(dir, 'schema.sql'), 'CREATE TABLE t_aaaa (x);\n');
    },
    code: 'schema-differs',
    stderr: /^mig: schema\.sql differs from what the revisions build: 1 difference\./,
    stdout: /^schema\.sql: error: The revisions make table `t_bbbb`, which is not in schema\.sql\./,
  },
  {
    exit: 4,
    what: 'several heads, for upgrade',
    args: ['upgrade'],
    arrange: fork,
    code: 'several-heads',
    stderr: /^mig: `head` is ambiguous: there are 2 heads: bbbb cccc/,
  },
  {
    exit: 4,
    what: 'several heads, for revision',
    args: ['revision', 'x'],
    arrange: fork,
    code: 'several-heads',
    stderr: /^mig: `head` is ambiguous: there are 2 heads: bbbb cccc/,
  },
  {
    exit: 4,
    what: 'several heads, for heads --check',
    args: ['heads', '--check'],
    arrange: fork,
    code: 'several-heads',
    stderr: /^mig: There are 2 heads: bbbb cccc/,
    stdout: /^bbbb {2}Make bbbb {2}/,
  },
  {
    exit: 4,
    what: 'several heads, for check',
    args: ['check'],
    arrange: fork,
    code: 'several-heads',
    stderr: /^mig: There are 2 heads: bbbb cccc/,
    stdout: /^error: There are 2 heads: bbbb cccc /,
  },
  {
    exit: 4,
    what: 'several heads, for status --check',
    args: ['status', '--check'],
    arrange: fork,
    code: 'several-heads',
    stderr: /^mig: There are 2 heads: bbbb cccc/,
    stdout: /^database {4}base/,
  },
  {
    exit: 5,
    what: 'an edited file',
    args: ['upgrade'],
    arrange: edited,
    code: 'edited',
    stderr: /^mig: bbbb changed after it was applied/,
  },
  {
    exit: 5,
    what: 'an edited file, for status --check',
    args: ['status', '--check'],
    arrange: edited,
    code: 'edited',
    stderr: /^mig: bbbb changed after it was applied\./,
    stdout: /^database {4}bbbb/,
  },
  {
    exit: 2,
    what: 'SQL that only the ledger has',
    args: ['downgrade', '-1'],
    arrange: (dir) => {
      applied(dir);
      removeRevision(dir, 'bbbb');
    },
    code: 'usage',
    stderr: /^mig: Somebody has to agree before SQL from the ledger runs: .* bbbb\n/,
  },
];

suite('exit codes', (test) => {
  for (const { exit, what, args, arrange, code, stderr, stdout = /^$/ } of ROWS) {
    test(`${exit}: ${what}`, () =>
      inTemp((dir) => {
        arrange(dir);
        const given = args.includes('-d') || args.includes('--dir') ? args : [...args, ...DATABASE];
        const before = filesBelow(dir);
        const ran = run(dir, given);
        assert.is(ran.status, exit, ran.stdout + ran.stderr);
        assert.match(ran.stderr, stderr);
        assert.match(ran.stdout, stdout);
        assert.not.match(ran.stderr, /^\s+at |node:|\.cjs|\.ts:/m, 'no stack');
        // A failing upgrade may have made an empty database.
        if (code !== 'failed') assert.equal(filesBelow(dir), before, 'nothing is changed');

        const document = documentOf(run(dir, [...given, '--json']));
        assert.is(document.error?.code, code);
        assert.is(document.error?.exit, exit);
        assert.is(
          document.command,
          exit === 2 && code.startsWith('unknown-') && code !== 'unknown-revision'
            ? null
            : args[0]!,
        );

        const quiet = run(dir, [...given, '-q']);
        assert.equal(
          [quiet.status, quiet.stdout, quiet.stderr],
          [exit, '', ran.stderr],
          '-q: errors only',
        );
      }));
  }

  test('6: a database that stays locked', () =>
    inTemp((dir) => {
      applied(dir);
      writeRevisions(dir, 'cccc<bbbb');
      using db = new DatabaseSync(join(dir, 'app.db'));
      db.exec('BEGIN IMMEDIATE');
      const args = ['upgrade', '--lock-timeout', '50ms', ...DATABASE];
      const ran = run(dir, args);
      assert.equal([ran.status, ran.stdout], [6, ''], ran.stderr);
      assert.match(ran.stderr, /^mig: .*locked/);
      const document = documentOf(run(dir, [...args, '--json']));
      assert.equal([document.status, document.error?.code], ['failed', 'locked']);
      db.exec('ROLLBACK');
      assert.is(run(dir, args).status, 0);
    }));

  test('0: whoever only reads is not in the way, and is not stopped', () =>
    inTemp((dir) => {
      applied(dir);
      using db = new DatabaseSync(join(dir, 'app.db'));
      db.exec('BEGIN IMMEDIATE');
      for (const args of [
        ['status'],
        ['current'],
        ['history', '-i'],
        ['upgrade'],
        ['upgrade', '--dry-run'],
      ]) {
        const ran: Ran = run(dir, [...args, '--lock-timeout', '50ms', ...DATABASE]);
        assert.is(ran.status, 0, ran.stderr);
      }
    }));
});
