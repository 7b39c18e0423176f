import * as assert from 'uvu/assert';
import { downgrade } from '../../lib/commands/downgrade.ts';
import { redo } from '../../lib/commands/redo.ts';
import { repair } from '../../lib/commands/repair.ts';
import { type StatusOptions, status } from '../../lib/commands/status.ts';
import { upgrade } from '../../lib/commands/upgrade.ts';
import { type Bench, chain, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';

const ABC = chain('a', 'b', 'c');
const EDITED = { id: 'b', parents: 'a', up: 'CREATE TABLE b (x, more);\n' };
const REPARENTED = { id: 'c', parents: 'a' };

const lists = async ({ project }: Bench, options?: StatusOptions) => {
  const found = await status(project, options);
  const { pending, edited, reparented, missing, inserted, interrupted, downEdited } =
    found as typeof found & { downEdited?: readonly string[] };
  const all = { pending, edited, reparented, missing, inserted, interrupted, downEdited };
  const some = Object.entries(all).filter(([, ids]) => ids !== undefined && ids.length > 0);
  return some.map(([name, ids]) => `${name}: ${ids!.join(' ')}`).join('; ');
};

interface Drift {
  readonly name: string;
  /** With a, b and c applied. */
  readonly change: (bench: Bench) => void;
  readonly status: string;
  /** Of `status --check`. */
  readonly check: number;
  /** Exit code of `upgrade`, and what it says. */
  readonly upgrade:
    | readonly [exit: 0]
    | readonly [exit: 5, code: 'edited' | 'reparented' | 'inserted' | 'missing', message: RegExp];
}

const drifts: readonly Drift[] = [
  { name: 'none', change: () => {}, status: '', check: 0, upgrade: [0] },
  {
    name: 'pending',
    change: ({ write }) => write({ id: 'd', parents: 'c' }),
    status: 'pending: d',
    check: 3,
    upgrade: [0],
  },
  {
    name: 'edited',
    change: ({ write }) => write(EDITED),
    status: 'edited: b',
    check: 5,
    upgrade: [5, 'edited', /^b changed after it was applied\. Nothing was run\.$/],
  },
  {
    name: 'edited, several',
    change: ({ write }) => write(EDITED, { id: 'c', parents: 'b', up: 'SELECT 1;' }),
    status: 'edited: b c',
    check: 5,
    upgrade: [5, 'edited', /^b c changed after they were applied\./],
  },
  {
    name: 'edited in its header and its white space at the end alone',
    change: ({ write }) =>
      write({ id: 'b', parents: 'a', keys: ['labels: stable'], up: 'CREATE TABLE b (x);\r\n\r\n' }),
    status: '',
    check: 0,
    upgrade: [0],
  },
  {
    name: 'edited in a comment',
    change: ({ write }) => write({ id: 'b', parents: 'a', up: '-- more\nCREATE TABLE b (x);\n' }),
    status: 'edited: b',
    check: 5,
    upgrade: [5, 'edited', /^b changed/],
  },
  {
    name: 'reparented',
    change: ({ write }) => write(REPARENTED),
    status: 'reparented: c',
    check: 5,
    upgrade: [
      5,
      'reparented',
      /^c names other parents than when it was applied\. Nothing was run\.$/,
    ],
  },
  {
    name: 'reparented by a dependency that was not there',
    change: ({ write }) => write({ id: 'n' }, { id: 'c', parents: 'b', keys: ['depends: n'] }),
    status: 'pending: n; reparented: c; inserted: n',
    check: 5,
    upgrade: [5, 'reparented', /^c names other/],
  },
  {
    name: 'a new dependency on what was applied earlier is none',
    change: ({ write }) => write({ id: 'c', parents: 'b', keys: ['depends: a'] }),
    status: '',
    check: 0,
    upgrade: [0],
  },
  {
    name: 'missing',
    change: ({ remove }) => remove('c'),
    status: 'missing: c',
    check: 0,
    upgrade: [0],
  },
  {
    name: 'missing, and something pending',
    change: ({ remove, write }) => {
      remove('c');
      write({ id: 'd', parents: 'b' });
    },
    status: 'pending: d; missing: c',
    check: 5,
    upgrade: [5, 'missing', /^c is applied, but has no file here\. Nothing was run\.$/],
  },
  {
    name: 'inserted',
    change: ({ write }) =>
      write({ id: 'm', parents: 'a' }, { id: 'b', parents: 'a', keys: ['depends: m'] }),
    status: 'pending: m; reparented: b; inserted: m',
    check: 5,
    upgrade: [5, 'reparented', /^b names/],
  },
  {
    name: 'down edited',
    change: ({ write }) => write({ id: 'b', parents: 'a', down: 'DROP TABLE IF EXISTS b;' }),
    status: 'downEdited: b',
    check: 0,
    upgrade: [0],
  },
  {
    name: 'several heads',
    change: ({ write }) => write({ id: 'd', parents: 'c' }, { id: 'e', parents: 'c' }),
    status: 'pending: d e',
    check: 4,
    upgrade: [0],
  },
  {
    name: 'edited before several heads, and they before pending',
    change: ({ write }) => write(EDITED, { id: 'd', parents: 'c' }, { id: 'e', parents: 'c' }),
    status: 'pending: d e; edited: b',
    check: 5,
    upgrade: [5, 'edited', /^b changed/],
  },
];

suite('drift: status, status --check, upgrade', (test) => {
  for (const {
    name,
    change,
    status: expected,
    check,
    upgrade: [exit, code, message],
  } of drifts) {
    test(name, () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project);
        change(bench);
        assert.is(await lists(bench), expected);
        const checked = await status(bench.project, { check: true });
        assert.is(checked.error?.exit ?? 0, check);
        assert.is((await status(bench.project)).error, undefined);
        const [log, tables] = [bench.log(), bench.tables()];
        if (exit === 0) {
          await upgrade(bench.project, { target: 'heads' });
          return;
        }
        for (const options of [
          { target: 'heads' },
          { target: 'heads', dryRun: true },
          { target: 'heads', sql: true },
        ]) {
          const error = await stops(code, exit, () => upgrade(bench.project, options));
          assert.match(error.message, message);
          assert.ok(error.hint !== undefined && error.hint !== '');
        }
        assert.equal([bench.log(), bench.tables()], [log, tables]);
      }),
    );
  }
  for (const { name, change, status: expected, check } of drifts) {
    // Hashed, where the short ones are compared as they are.
    test(`${name}, where files are long`, () =>
      withProject(ABC, async (bench) => {
        bench.write({ id: 'a', up: `CREATE TABLE a (x);\n-- ${'long '.repeat(200_000)}\n` });
        await upgrade(bench.project);
        change(bench);
        assert.is(await lists(bench), expected);
        const checked = await status(bench.project, { check: true });
        assert.is(checked.error?.exit ?? 0, check);
      }));
  }
  test('an inserted revision alone', () =>
    withProject(ABC, async (bench) => {
      await upgrade(bench.project);
      // b always depended on m, as far as its ledger entry goes.
      bench.exec(`UPDATE mig_log SET depends = '["m"]' WHERE revision = 'b'`);
      bench.write({ id: 'm' }, { id: 'b', parents: 'a', keys: ['depends: m'] });
      assert.is(await lists(bench), 'pending: m; inserted: m');
      const error = await stops('inserted', 5, () => upgrade(bench.project, { target: 'heads' }));
      assert.is(error.message, 'm is not applied, but what needs it is. Nothing was run.');
      assert.match(error.hint!, /`--allow-inserted`/);
      await upgrade(bench.project, { target: 'heads', allowInserted: true });
      assert.is(await lists(bench), '');
      assert.is(bench.tables(), 'a b c m');
    }));
});

suite('drift: reparented', (test) => {
  test('the hint names what to accept', () =>
    withProject(ABC, async ({ project, write }) => {
      await upgrade(project);
      write(REPARENTED);
      const { hint } = await stops('reparented', 5, () => upgrade(project, { target: 'heads' }));
      assert.match(hint!, /`mig repair c`/);
    }));
});

suite('drift: edited', (test) => {
  test('the error shows what changed, as a unified diff', () =>
    withProject(ABC, async ({ project, write }) => {
      await upgrade(project);
      write(EDITED);
      const { excerpt, file } = await stops('edited', 5, () => upgrade(project));
      assert.is(file, 'migrations/b_x.up.sql');
      assert.equal(excerpt, [
        '--- migrations/b_x.up.sql (as applied)',
        '+++ migrations/b_x.up.sql (now)',
        '@@ -2,4 +2,4 @@',
        ' -- parents: a',
        ' -- message: The b',
        ' -- ---',
        '-CREATE TABLE b (x);',
        '+CREATE TABLE b (x, more);',
      ]);
    }));
  for (const [name, change, command] of [
    ['the last one', [{ id: 'c', parents: 'b', up: 'SELECT 1;' }], 'mig redo'],
    ['the last ones', [EDITED, { id: 'c', parents: 'b', up: 'SELECT 1;' }], 'mig redo -2'],
    ['one below others, which `redo` would run instead', [EDITED], 'mig sync'],
  ] as const) {
    test(`what runs the new text of ${name}`, () =>
      withProject(ABC, async ({ project, write }) => {
        await upgrade(project);
        write(...change);
        const { hint } = await stops('edited', 5, () => upgrade(project));
        assert.match(hint!, new RegExp(`run the new text with \`${command}\`; or `));
      }));
  }
  test('a long one is cut short', () =>
    withProject(ABC, async ({ project, write }) => {
      await upgrade(project);
      write({
        ...EDITED,
        up: Array.from({ length: 100 }, (_, index) => `SELECT ${index};\n`).join(''),
      });
      const { excerpt } = await stops('edited', 5, () => upgrade(project));
      assert.is(excerpt.length, 61);
      assert.match(excerpt.at(-1)!, /^… and \d+ lines more$/);
    }));
  test('`repair` accepts the file: nothing runs, the place stays', () =>
    withProject(ABC, async (bench) => {
      const { project, write, log, query } = bench;
      await upgrade(project);
      write(EDITED);
      const { repaired } = await repair(project, { revisions: ['b'] });
      assert.equal(repaired, [{ revision: 'b', as: 'edited' }]);
      assert.is(await lists(bench), '');
      assert.is(log(), 'up a, up b, up c, repair b');
      assert.match(
        String(query("SELECT up_file FROM mig_log WHERE op = 'repair'")[0]),
        /more\);\n$/,
      );
      assert.equal(query("SELECT name FROM pragma_table_info('b')"), ['x']);
      await upgrade(project);
      await downgrade(project, { target: '-1' });
      assert.is(log(), 'up a, up b, up c, repair b, down c');
    }));
  test('`repair` of reparented, down edited and unchanged ones', () =>
    withProject(ABC, async (bench) => {
      await upgrade(bench.project);
      bench.write(REPARENTED, { id: 'b', parents: 'a', down: 'DROP TABLE IF EXISTS b;' });
      const { repaired } = await repair(bench.project, { revisions: ['c', 'b', 'a'] });
      assert.equal(
        repaired.map(({ revision, as }) => `${revision} ${as}`),
        ['c reparented', 'b down-edited', 'a unchanged'],
      );
      assert.is(await lists(bench), '');
      assert.is(bench.log(), 'up a, up b, up c, repair c, repair b');
    }));
  test('`repair` of what is not applied, or has no file', () =>
    withProject(ABC, async ({ project, remove, write }) => {
      await upgrade(project);
      remove('c');
      write({ id: 'd', parents: 'b' });
      await stops('missing', 5, () => repair(project, { revisions: ['c'] }));
      await stops('not-applied', 2, () => repair(project, { revisions: ['d'] }));
      await stops('usage', 2, () => repair(project, { revisions: ['b'], resume: true }));
      await stops('usage', 2, () =>
        repair(project, { revisions: ['b'], resume: true, applied: true }),
      );
    }));
});

suite('the daily loop: apply, edit, redo', (test) => {
  const OLD = { id: 'b', parents: 'a', up: 'CREATE TABLE old_b (x);', down: 'DROP TABLE old_b;' };
  const NEW = { id: 'b', parents: 'a', up: 'CREATE TABLE new_b (x);', down: 'DROP TABLE new_b;' };
  test('the old down runs, from the ledger, and the new up, from the file', () =>
    withProject([...chain('a'), OLD], async (bench) => {
      await upgrade(bench.project);
      bench.write(NEW);
      const { steps } = await redo(bench.project);
      assert.equal(
        steps.map(({ direction, file, status: done }) => [direction, file, done]),
        [
          ['down', null, 'done'],
          ['up', 'migrations/b_x.up.sql', 'done'],
        ],
      );
      assert.is(bench.tables(), 'a new_b');
      assert.is(bench.log(), 'up a, up b, down b, up b');
      assert.is(await lists(bench), '');
      await downgrade(bench.project, { target: '-1' });
      assert.is(bench.tables(), 'a');
    }));
  test('a down that was mended alone is the one that runs', () =>
    withProject([...chain('a'), { ...OLD, down: 'DROP TABLE wrong;' }], async (bench) => {
      await upgrade(bench.project);
      await stops('failed', 1, () => redo(bench.project));
      assert.is(bench.log(), 'up a, up b');
      bench.write(OLD);
      const { steps } = await redo(bench.project);
      assert.equal(
        steps.map((step) => step.file),
        ['migrations/b_x.down.sql', 'migrations/b_x.up.sql'],
      );
      assert.is(bench.log(), 'up a, up b, down b, up b');
    }));
  test('a new up that fails: the old one is reverted, and stays so', () =>
    withProject([...chain('a'), OLD], async (bench) => {
      await upgrade(bench.project);
      bench.write({ ...NEW, up: 'CREATE TABLE new_b (x); SELECT * FROM nowhere;' });
      const error = await stops('failed', 1, () => redo(bench.project));
      assert.match(
        error.excerpt.at(-1)!,
        /^done before it: 1 \(the database is at a\) {3}not tried: 0$/,
      );
      assert.is(bench.tables(), 'a');
      bench.write(NEW);
      await upgrade(bench.project);
      assert.is(bench.tables(), 'a new_b');
    }));
  test('--atomic: the old one is still there', () =>
    withProject([...chain('a'), OLD], async (bench) => {
      await upgrade(bench.project);
      bench.write({ ...NEW, up: 'SELECT * FROM nowhere;' });
      await stops('failed', 1, () => redo(bench.project, { atomic: true }));
      assert.is(bench.tables(), 'a old_b');
    }));
  test('a revision without a file cannot be applied again', () =>
    withProject(ABC, async ({ project, remove, log }) => {
      await upgrade(project);
      remove('c');
      const error = await stops('missing', 5, () => redo(project));
      assert.is(
        error.message,
        'c has no file here, so it could be reverted but not applied again.',
      );
      assert.is(log(), 'up a, up b, up c');
    }));
});

suite('missing files', (test) => {
  test('a database that is ahead: nothing to do, and told', () =>
    withProject(ABC, async ({ project, remove }) => {
      await upgrade(project);
      remove('c');
      const { status: done, steps, ahead } = await upgrade(project);
      assert.equal([done, steps, ahead], ['done', [], ['c']]);
    }));
  test('--allow-missing goes on', () =>
    withProject(ABC, async (bench) => {
      await upgrade(bench.project);
      bench.remove('c');
      bench.write({ id: 'd', parents: 'b' });
      await stops('missing', 5, () => upgrade(bench.project));
      const { steps, ahead } = await upgrade(bench.project, { allowMissing: true });
      assert.equal([steps.length, ahead], [1, ['c']]);
      assert.is(bench.tables(), 'a b c d');
    }));
  test('a missing one as a target', () =>
    withProject(ABC, async ({ project, remove }) => {
      await upgrade(project);
      remove('c');
      const error = await stops('missing', 5, () => upgrade(project, { target: 'c' }));
      assert.match(error.hint!, /`mig pull`/);
    }));
  test('downgrade reverts them from the ledger: asked, or with --yes', () =>
    withProject(ABC, async (bench) => {
      await upgrade(bench.project);
      bench.remove('c');
      const error = await stops('usage', 2, () => downgrade(bench.project, { target: '-1' }));
      assert.match(error.message, /^Somebody has to agree before SQL from the ledger runs: .* c$/);
      assert.is(error.hint, '`mig show c` prints it; `--yes` runs it.');
      const questions: string[] = [];
      const asked = (answer: boolean) =>
        bench.as('ann@host', { confirm: (question) => questions.push(question) > 0 && answer });
      await stops('usage', 2, () => downgrade(asked(false), { target: '-1' }));
      assert.match(questions[0]!, /-- down of c\nDROP TABLE c;/);
      assert.is(bench.log(), 'up a, up b, up c');
      await downgrade(asked(true), { target: '-1' });
      assert.is(bench.tables(), 'a b');
      bench.remove('b');
      const { steps } = await downgrade(bench.project, { target: 'base', yes: true });
      assert.equal(
        steps.map(({ revision, file }) => [revision, file]),
        [
          ['b', null],
          ['a', 'migrations/a_x.down.sql'],
        ],
      );
      assert.is(bench.tables(), '');
    }));
});

suite('a ledger that somebody changed by hand', (test) => {
  const tampered = (sql: string, use: (bench: Bench) => Promise<void>) =>
    withProject(ABC, async (bench) => {
      await upgrade(bench.project);
      bench.remove('c');
      bench.exec(sql);
      await use(bench);
    });
  test('stored SQL that does not match its checksum does not run', () =>
    tampered(
      "UPDATE mig_log SET down_file = 'DROP TABLE a;' WHERE revision = 'c'",
      async (bench) => {
        const error = await stops('ledger', 1, () =>
          downgrade(bench.project, { target: '-1', yes: true }),
        );
        assert.is(
          error.message,
          "The ledger's copy of the down file of c does not match its checksum.",
        );
        assert.is(bench.tables(), 'a b c');
        assert.is(bench.log(), 'up a, up b, up c');
      },
    ));
  test('a change of line ends or of the header is none', () =>
    tampered(
      "UPDATE mig_log SET down_file = replace(down_file, char(10), char(13, 10)) WHERE revision = 'c'",
      async (bench) => {
        await downgrade(bench.project, { target: '-1', yes: true });
        assert.is(bench.tables(), 'a b');
      },
    ));
  test('nothing that it holds steers the terminal of whoever is asked', () =>
    withProject(
      [...chain('a'), { id: 'b', parents: 'a', down: 'DROP TABLE b; -- \x1b[2K\x9b1A' }],
      async (bench) => {
        await upgrade(bench.project);
        bench.remove('b');
        let asked = '';
        const confirm = (question: string) => {
          asked = question;
          return false;
        };
        await stops('usage', 2, () =>
          downgrade(bench.as('ann@host', { confirm }), { target: '-1' }),
        );
        assert.match(asked, /DROP TABLE b; -- \uFFFD\[2K\uFFFD1A\n/);
      },
    ));
  test('a list that is no JSON is told as what it is', () =>
    tampered("UPDATE mig_log SET parents = 'b' WHERE revision = 'c'", async (bench) => {
      const { thrown } = await status(bench.project).then(
        () => ({ thrown: null }),
        (error) => ({ thrown: error }),
      );
      assert.is(thrown?.constructor.name, 'EngineError');
      assert.is(thrown.kind, 'ledger');
    }));
  test('stored SQL is looked over as a file’s is', () =>
    withProject(
      [...chain('a'), { id: 'b', parents: 'a', down: 'DROP TABLE b;' }],
      async (bench) => {
        await upgrade(bench.project);
        bench.remove('b');
        const sql = 'COMMIT; DROP TABLE a; BEGIN;';
        const { createHash } = await import('node:crypto');
        const checksum = createHash('sha256').update(sql).digest('hex');
        bench.exec(
          `UPDATE mig_log SET down_file = '${sql}', down_checksum = '${checksum}' WHERE revision = 'b'`,
        );
        await stops('invalid-files', 1, () =>
          downgrade(bench.project, { target: '-1', yes: true }),
        );
        assert.is(bench.tables(), 'a b');
      },
    ));
});
