import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { createMig, MigError } from '../../lib/index.ts';
import { suite } from '../support/suite.ts';
import { inTemp, type Tree, thrownBy, writeTree } from '../support/temp.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/mig.ts');

/** `a1 ─ b2 ─ m4`, and `c3` beside b2; d5 needs c3 and follows nothing. */
const FILES: Tree = {
  ...pair('a1', 'Make users', 'parents: base'),
  ...pair('b2', 'Make orders', 'parents: a1'),
  ...pair('c3', 'Make teams', 'parents: a1', 'labels: teams'),
  ...pair('d5', 'Make logs', 'parents: base', 'depends: c3'),
  ...pair('m4', 'Join them', 'parents: b2, c3'),
};

function pair(id: string, message: string, ...header: readonly string[]): Tree {
  const lines = [...header, `message: ${message}`].map((line) => `-- ${line}\n`).join('');
  const stem = `migrations/${id}_${message.toLowerCase().replace(' ', '_')}`;
  return {
    [`${stem}.up.sql`]: `-- ---\n${lines}-- ---\nCREATE TABLE ${id} (x);\n`,
    [`${stem}.down.sql`]: `DROP TABLE ${id};\n`,
  };
}

/** Runs the program in a folder with the files; what it printed, and its exit code. */
function inFolder(
  use: (
    mig: (...args: readonly string[]) => { out: string; err: string; exit: number | null },
    dir: string,
  ) => void | Promise<void>,
): Promise<void> {
  return inTemp(async (dir) => {
    writeTree(dir, FILES);
    await use((...args) => {
      const { PATH, HOME } = process.env;
      const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, ...args], {
        cwd: dir,
        encoding: 'utf8',
        env: { PATH, HOME },
      });
      return { out: stdout, err: stderr, exit: status };
    }, dir);
  });
}

suite('mig graph', (test) => {
  test('draws the files, without a database', () =>
    inFolder((mig) => {
      const { out, err, exit } = mig('graph');
      assert.is(err, '');
      assert.is(exit, 0);
      assert.is(
        out,
        `●─╮      m4  Join them (head)
│ │ ●╌╮  d5  Make logs (head)
│ ●╌╌╌╯  c3  Make teams (teams)
● │      b2  Make orders
●─╯      a1  Make users
`,
      );
    }));

  test('of a database that is not there, all is pending; it is not made', () =>
    inFolder((mig, dir) => {
      const { out, err } = mig('graph', '-d', 'app.db');
      assert.match(out, /^○─╮ {6}m4[^●]*\n○ 5 pending\n$/);
      assert.is(err, 'There is no database app.db yet.\n');
      assert.is(existsSync(join(dir, 'app.db')), false);
    }));

  test('marks what is applied, pending and only in the database', () =>
    inFolder((mig, dir) => {
      assert.is(mig('up', 'b2', '-d', 'app.db').exit, 0);
      assert.is(
        mig('graph', '-d', 'app.db').out,
        `○─╮      m4  Join them (head)
│ │ ○╌╮  d5  Make logs (head)
│ ○╌╌╌╯  c3  Make teams (teams)
● │      b2  Make orders
●─╯      a1  Make users

● 2 applied  ○ 3 pending
`,
      );
      assert.is(mig('up', 'm4', '-d', 'app.db').exit, 0);
      for (const each of ['up', 'down']) rmSync(join(dir, `migrations/m4_join_them.${each}.sql`));
      assert.is(
        mig('graph', '-d', 'app.db').out,
        `◌─╮      m4  Join them (head, no file here)
│ │ ○╌╮  d5  Make logs (head)
│ ●╌╌╌╯  c3  Make teams (head, teams)
● │      b2  Make orders (head)
●─╯      a1  Make users

● 3 applied  ○ 1 pending  ◌ 1 only in the database
`,
      );
    }));

  test('of a range', () =>
    inFolder((mig) => {
      assert.is(
        mig('graph', '-r', 'c3:m4').out,
        `●─╮  m4  Join them (head)
│ ●  c3  Make teams (teams)
│ ╵
●    b2  Make orders
╵
`,
      );
      const { exit, err } = mig('graph', '-r', 'm4:c3');
      assert.is(exit, 2);
      assert.match(err, 'there is no such range');
    }));

  test('--format json is what --json prints, but for the format', () =>
    inFolder((mig) => {
      const document = JSON.parse(mig('graph', '--format', 'json').out);
      assert.equal({ ...document, format: 'text' }, JSON.parse(mig('graph', '--json').out));
      assert.equal(Object.keys(document), [
        'version',
        'command',
        'format',
        'lanes',
        'rows',
        'revisions',
      ]);
      assert.equal(document.revisions[1], {
        revision: 'd5',
        parents: [],
        depends: ['c3'],
        labels: [],
        message: 'Make logs',
        created: null,
        file: 'migrations/d5_make_logs.up.sql',
        head: true,
        base: true,
        branchpoint: false,
        mergepoint: false,
        lane: 2,
        row: 1,
      });
    }));

  test('the other formats are files, -q or not', () =>
    inFolder((mig) => {
      for (const [format, begin] of [
        ['mermaid', 'flowchart BT\n'],
        ['dot', 'digraph mig {\n'],
        ['svg', '<svg xmlns='],
      ] as const) {
        const { out, exit } = mig('graph', '--format', format);
        assert.is(exit, 0);
        assert.ok(out.startsWith(begin), out);
        assert.is(mig('graph', '--format', format, '-q').out, out);
        assert.is(JSON.parse(mig('graph', '--format', format, '--json').out).picture, out);
      }
      assert.is(mig('graph', '-q').out, '');
    }));

  test('an unknown format names the nearest', () =>
    inFolder((mig) => {
      const { exit, err } = mig('graph', '--format', 'svgg');
      assert.is(exit, 2);
      assert.is(err, 'mig: `svgg` is no format of a graph.\n  Did you mean `svg`?\n');
    }));

  test('colour only where it is wanted', () =>
    inFolder((mig) => {
      assert.not.match(mig('graph').out, '\x1b');
      assert.match(mig('graph', '--color').out, '\x1b[32m●');
    }));

  test('no revisions yet', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'migrations/.keep': '' });
      const { revisions } = await createMig({ cwd: dir }).graph();
      assert.equal(revisions, []);
    }));

  test('as a function', () =>
    inTemp(async (dir) => {
      writeTree(dir, FILES);
      const mig = createMig({ cwd: dir, database: 'app.db' });
      await mig.upgrade({ target: 'b2' });
      const { lanes, rows, revisions } = await mig.graph();
      assert.equal([lanes, rows], [4, 5]);
      assert.equal(
        revisions.filter(({ applied }) => applied).map(({ revision }) => revision),
        ['b2', 'a1'],
      );
      const error = await thrownBy(MigError, () => mig.graph({ range: 'nowhere:' }));
      assert.is(error.code, 'unknown-revision');
    }));
});

suite('mig history --graph', (test) => {
  test('draws the same lanes', () =>
    inFolder((mig) => assert.is(mig('history', '--graph').out, mig('graph').out)));

  test('with a range, and with what is applied', () =>
    inFolder((mig) => {
      assert.is(mig('up', 'b2', '-d', 'app.db').exit, 0);
      assert.not.match(mig('log', '--graph', '-d', 'app.db').out, 'applied');
      assert.is(mig('log', '--graph', '-i', '-d', 'app.db').out, mig('graph', '-d', 'app.db').out);
      assert.is(mig('log', '--graph', '-r', 'c3:m4').out, mig('graph', '-r', 'c3:m4').out);
    }));

  test('as JSON says that it was asked for', () =>
    inFolder((mig) => {
      const { graph, ...document } = JSON.parse(mig('log', '--graph', '--json').out);
      assert.is(graph, true);
      assert.equal(document, JSON.parse(mig('log', '--json').out));
    }));
});
