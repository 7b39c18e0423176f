import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { done, ROOT, run, runProgram } from '../support/program.ts';
import {
  copyDemo,
  copyTwoHeads,
  DEMO,
  documentOf,
  filesBelow,
  filesOf,
  removeRevision,
  writeRevisions,
} from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const read = (dir: string, path: string) => readFileSync(join(dir, path), 'utf8');

suite('mig init', (test) => {
  test('makes the folder and a mig.json', () =>
    inTemp((dir) => {
      assert.equal(run(dir, ['init']), done('Made migrations and mig.json\n'));
      assert.equal(readdirSync(dir), ['mig.json', 'migrations']);
      assert.is(read(dir, 'mig.json'), '{\n  "dir": "migrations"\n}\n');
      assert.equal(run(dir, ['heads']), done('No revisions yet.\n'));
    }));

  test('with another folder and a database', () =>
    inTemp((dir) => {
      const ran = run(dir, ['init', 'db/migrations', '-d', 'sqlite:data/app.db', '--json']);
      assert.equal(documentOf(ran), {
        version: 1,
        command: 'init',
        dir: 'db/migrations',
        created: ['db/migrations', 'mig.json'],
      });
      const config = { database: 'sqlite:data/app.db', dir: 'db/migrations' };
      assert.equal(JSON.parse(read(dir, 'mig.json')), config);
      assert.ok(existsSync(join(dir, 'db/migrations')));
      assert.not(existsSync(join(dir, 'data')));
    }));

  test('a second time changes nothing', () =>
    inTemp((dir) => {
      writeTree(dir, { 'mig.json': '{"table": "mine"}', 'migrations/README.md': 'mine' });
      const before = filesBelow(dir);
      assert.equal(run(dir, ['init']), done('Everything is there already: migrations\n'));
      assert.equal(filesBelow(dir), before);
    }));

  test('says what a mig.json that stays does not say', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'mig.json': '{"database": "a.db"}' });
      assert.equal(await mig(dir, ['init', 'sql', '-d', 'b.db']), {
        status: 0,
        stdout: 'Made sql\n',
        stderr:
          'warning: mig.json stays as it is, and does not say "database": "b.db", "dir": "sql"\n',
      });
      assert.equal(filesBelow(dir)['mig.json'], '{"database": "a.db"}');
    }));

  test('where a file has the name of the folder', () =>
    inTemp(async (dir) => {
      writeTree(dir, { migrations: '' });
      const stderr =
        'mig: migrations is a file, not a folder.\n  Name another folder: `mig init DIR`.\n';
      assert.equal(await mig(dir, ['init']), { status: 2, stdout: '', stderr });
    }));
});

suite('mig revision', (test) => {
  test('writes the first pair as a base', () =>
    inTemp(async (dir) => {
      mkdirSync(join(dir, 'migrations'));
      const ran = await mig(dir, ['revision', '-m', 'Add users']);
      const stem = 'migrations/112233445566_add_users';
      assert.equal(ran, done(`112233445566  on base\n  ${stem}.up.sql\n  ${stem}.down.sql\n`));
      assert.is(
        read(dir, `${stem}.up.sql`),
        '-- ---\n-- parents: base\n-- message: Add users\n-- created: 2026-11-22T15:06:00Z\n-- ---\n',
      );
      assert.is(read(dir, `${stem}.down.sql`), '-- Undo: Add users\n');
    }));

  test('then on the head, and the program does the same', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const document = documentOf(run(dir, ['new', 'add', 'users', '--json']));
      const { revision, files, ...rest } = document;
      assert.match(revision as string, /^[0-9a-f]{12}$/);
      assert.equal(rest, { version: 1, command: 'revision', parents: [DEMO.rename], notes: [] });
      const stem = `migrations/${revision}_add_users`;
      assert.equal(files, [`${stem}.up.sql`, `${stem}.down.sql`]);
      assert.match(
        read(dir, `${stem}.up.sql`),
        /^-- ---\n-- parents: a261d8461fde\n-- message: add users\n-- created: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n-- ---\n$/,
      );
      assert.is(run(dir, ['heads']).stdout, `${revision}  add users  ${stem}.up.sql\n`);
      assert.is(run(dir, ['check']).status, 0);
    }));

  test('with all options', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const ran = run(dir, [
        ...['revision', '-m', 'Tâches & états', '--parent', 'adfa', '--rev-id', '0012'],
        ...['--depends', '32c8', '--label', 'tasks', '--label', 'more', '--json'],
      ]);
      assert.equal(documentOf(ran), {
        version: 1,
        command: 'revision',
        revision: '0012',
        parents: [DEMO.expire],
        files: ['migrations/0012_taches_etats.up.sql', 'migrations/0012_taches_etats.down.sql'],
        notes: [],
      });
      const header = read(dir, 'migrations/0012_taches_etats.up.sql').replace(
        /-- created: .*\n/,
        '',
      );
      assert.is(
        header,
        `-- ---\n-- parents: ${DEMO.expire}\n-- message: Tâches & états\n-- depends: ${DEMO.settings}\n-- labels: tasks, more\n-- ---\n`,
      );
      const [only] = documentOf(run(dir, ['show', 'tasks', '--json'])).revisions as [
        { revision: string },
      ];
      assert.is(only.revision, '0012');
    }));

  test('in order that nothing is lost: words that look like something else', () =>
    inTemp(async (dir) => {
      mkdirSync(join(dir, 'migrations'));
      const rows: readonly (readonly [
        args: readonly string[],
        name: string,
        message: string | null,
      ])[] = [
        [['-m', '001', '--rev-id', '0001'], '0001_001', '001'],
        [['-m', '-x', '--rev-id', '0002'], '0002_x', '-x'],
        [['-m', '', '--rev-id', '0003'], '0003', null],
        [['--rev-id', '1e3'], '1e3', null],
        [['--rev-id', '0004', '--', '--json'], '0004_json', '--json'],
        [['-m', '日本', '--rev-id', '0005'], '0005', '日本'],
      ];
      for (const [args, name, message] of rows) {
        assert.is((await mig(dir, ['revision', ...args])).status, 0, args.join(' '));
        const text = read(dir, `migrations/${name}.up.sql`);
        assert.is(/^-- message: (.*)$/m.exec(text)?.[1] ?? null, message);
      }
      const history = documentOf(await mig(dir, ['history', '--json'])).revisions as {
        revision: string;
      }[];
      assert.equal(
        history.map((each) => each.revision),
        ['0005', '0004', '1e3', '0003', '0002', '0001'],
      );
    }));

  test('a fork says that it is one', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      const { stdout } = await mig(dir, [
        'revision',
        'fork',
        '--parent',
        DEMO.initial,
        '--rev-id',
        'f0f0',
      ]);
      assert.is(
        stdout,
        `f0f0  on ${DEMO.initial}\n  migrations/f0f0_fork.up.sql\n  migrations/f0f0_fork.down.sql\n${DEMO.initial} is no head, so this forks: \`mig heads\` shows what \`mig merge\` joins later.\n`,
      );
      const base = await mig(dir, ['revision', 'b', '--parent', 'base', '--rev-id', 'b0b0']);
      assert.match(base.stdout, /^b0b0 {2}on base\n/);
      assert.match(base.stdout, /\nIt is a base of its own: the files have several now\.\n$/);
      const heads = documentOf(await mig(dir, ['heads', '--json'])).heads as { revision: string }[];
      assert.equal(heads.map((each) => each.revision).sort(), [DEMO.rename, 'b0b0', 'f0f0'].sort());
    }));

  test('with several heads needs a parent: exit 4', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const before = filesBelow(dir);
      const ran = run(dir, ['revision', '-m', 'x']);
      assert.equal([ran.status, ran.stdout], [4, '']);
      assert.match(
        ran.stderr,
        /^mig: `head` is ambiguous: there are 2 heads: .*\n {2}Say which one .*\n$/,
      );
      assert.equal(filesBelow(dir), before);
    }));

  test('does not overwrite, and leaves no half of a pair', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'a1');
      const twice = await mig(dir, ['revision', '--rev-id', 'A1']);
      assert.equal(
        [twice.status, twice.stderr.split('\n')[0]],
        [2, 'mig: There is a revision a1 already.'],
      );
      // A stray folder in the place of the second file.
      mkdirSync(join(dir, 'migrations/b1.down.sql'));
      assert.is((await mig(dir, ['revision', '--rev-id', 'b1'])).status, 2);
      assert.not(existsSync(join(dir, 'migrations/b1.up.sql')));
    }));

  test('ids that are times, by the setting', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'mig.json': '{"ids": "timestamp"}', 'migrations/.keep': '' });
      const ids = [];
      for (const name of ['one', 'two', 'three']) {
        const ran = await mig(dir, ['revision', name, '--json', '--config', 'mig.json']);
        ids.push(documentOf(ran).revision);
      }
      assert.equal(ids, ['20261122150600', '20261122150601', '20261122150602']);
    }));
});

suite('mig merge', (test) => {
  test('is the file of the repository, byte for byte', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const stem = `migrations/${DEMO.merge}_merge_32c843eb8225_adfa6c905b9d`;
      assert.equal(
        run(dir, ['merge']),
        done(
          `${DEMO.merge}  on ${DEMO.settings} ${DEMO.expire}\n  ${stem}.up.sql\n  ${stem}.down.sql\nThe branches commute (proved: what can run in either order touches different tables, so no order and no database can tell them apart)\n`,
        ),
      );
      for (const side of ['up', 'down']) {
        assert.is(read(dir, `${stem}.${side}.sql`), read(ROOT, `${stem}.${side}.sql`));
      }
      const again = run(dir, ['merge', DEMO.expire, '32c8', '--json']);
      assert.equal(documentOf(again), {
        version: 1,
        command: 'merge',
        revision: DEMO.merge,
        parents: [DEMO.settings, DEMO.expire],
        files: [],
        notes: [`The merge exists already: ${stem}.up.sql`],
        proof: null,
      });
      assert.equal(
        run(dir, ['merge']),
        done(`Nothing to merge. There is one head: ${DEMO.merge}\n`),
      );
    }));

  test('of two people is the same two files, which git merges without a conflict', () =>
    inTemp((dir) => {
      const git = (...args: readonly string[]) => {
        const author = [
          '-c',
          'user.name=Ann',
          '-c',
          'user.email=ann@host',
          '-c',
          'init.defaultBranch=main',
        ];
        const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
        const ran = runProgram(dir, 'git', [...author, ...args], { env });
        assert.is(ran.status, 0, ran.stdout + ran.stderr);
        return ran.stdout;
      };
      const commitAll = (message: string) => {
        git('add', '-A');
        git('commit', '-q', '-m', message);
      };
      copyTwoHeads(dir);
      git('init', '-q');
      commitAll('two heads');
      const written = ['ann', 'bob'].map((person) => {
        git('checkout', '-q', '-b', person, 'main');
        const heads = person === 'ann' ? [DEMO.expire, DEMO.settings] : ['heads'];
        const { files } = documentOf(run(dir, ['merge', ...heads, '--json']));
        commitAll(person);
        return (files as string[]).map((file) => [file, read(dir, file)]);
      });
      assert.equal(written[0], written[1]);
      git('merge', '-q', '--no-edit', 'ann');
      assert.is(git('status', '--porcelain'), '');
      assert.is(run(dir, ['heads', '--check']).status, 0);
      assert.is(run(dir, ['check']).status, 0);
    }));

  test('with a message and a label keeps its id', () =>
    inTemp((dir) => {
      copyTwoHeads(dir);
      const ran = run(dir, ['merge', '-m', 'Join task expiry', '--label', 'expiry', '--json']);
      const { revision, files } = documentOf(ran);
      assert.is(revision, DEMO.merge);
      const stem = `migrations/${DEMO.merge}_join_task_expiry`;
      assert.equal(files, [`${stem}.up.sql`, `${stem}.down.sql`]);
      assert.is(
        read(dir, `${stem}.up.sql`),
        `-- ---\n-- parents: ${DEMO.settings}, ${DEMO.expire}\n-- message: Join task expiry\n-- created: 2026-11-21T09:00:00Z\n-- labels: expiry\n-- ---\n`,
      );
    }));

  test('of more than two', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'a1; b1<a1 @3; c1<a1 @5; d1<a1');
      const { parents, files } = documentOf(await mig(dir, ['merge', '--json']));
      assert.equal(parents, ['b1', 'c1', 'd1']);
      assert.match(
        read(dir, (files as string[])[0]!),
        /\n-- parents: b1, c1, d1\n-- message: merge b1, c1, d1\n-- created: 2026-01-05T/,
      );
      assert.is((await mig(dir, ['upgrade', '-d', 'app.db'])).status, 0);
    }));

  test('leaves bases without a common ancestor alone, unless they are named', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'a1; b1<a1; c1<a1; x1; y1<x1');
      const ran = await mig(dir, ['merge']);
      assert.is(ran.status, 0);
      assert.match(
        ran.stdout,
        /\nLeft alone: y1 which shares no history with them, or is bound to them by a dependency\.\n$/,
      );
      const apart = await mig(dir, ['merge']);
      assert.match(
        apart.stdout,
        /^Nothing to merge\. The 2 heads \(\w+ \w+\) share no history, or one depends on another: name them to join them all the same\.\n$/,
      );
      const heads = (
        documentOf(await mig(dir, ['heads', '--json'])).heads as { revision: string }[]
      ).map((each) => each.revision);
      assert.is((await mig(dir, ['merge', ...heads])).status, 0);
      assert.is((await mig(dir, ['heads', '--check'])).status, 0);
    }));

  test('of two groups has to be told which: exit 4', () =>
    inTemp(async (dir) => {
      writeRevisions(dir, 'a1; b1<a1; c1<a1; x1; y1<x1; z1<x1');
      const ran = await mig(dir, ['merge']);
      assert.equal([ran.status, ran.stdout], [4, '']);
      assert.match(
        ran.stderr,
        /^mig: The heads form 2 groups without a common history: b1 c1 and y1 z1\n/,
      );
      assert.is((await mig(dir, ['merge', 'y1', 'z1'])).status, 0);
    }));

  test('of what is no head is refused', () =>
    inTemp(async (dir) => {
      copyDemo(dir);
      const { status, stderr } = await mig(dir, ['merge', DEMO.expire, DEMO.settings]);
      assert.is(status, 0, 'that merge exists');
      assert.is(stderr, '');
      writeRevisions(dir, 'f1<adfa6c905b9d');
      const ran = await mig(dir, ['merge', 'f1', 'b8c1']);
      assert.equal(
        [ran.status, ran.stderr.split('\n')[0]],
        [2, `mig: ${DEMO.sources} is no head: ${DEMO.rename} follows it.`],
      );
      const none = await mig(dir, ['merge', 'adfa', 'f1']);
      assert.equal(
        [none.status, none.stderr.split('\n')[0]],
        [2, `mig: ${DEMO.expire} comes before f1 already.`],
      );
    }));

  test('in an empty folder has nothing to do', () =>
    inTemp((dir) => {
      mkdirSync(join(dir, 'migrations'));
      assert.equal(run(dir, ['merge']), done('Nothing to merge. There are no revisions yet.\n'));
    }));
});

suite('mig edit', (test) => {
  const script = (dir: string, text: string) => {
    writeFileSync(join(dir, 'editor'), `#!/bin/sh\n${text}\n`);
    chmodSync(join(dir, 'editor'), 0o755);
    return join(dir, 'editor');
  };

  test('opens both files in the editor', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const EDITOR = script(dir, 'for file; do echo "-- seen" >> "$file"; done');
      const [down = '', up = ''] = filesOf(dir, DEMO.rename);
      const ran = run(dir, ['edit', 'head'], { env: { EDITOR } });
      assert.equal(ran, done(`migrations/${up}\nmigrations/${down}\n`));
      assert.match(read(dir, `migrations/${up}`), /\n-- seen\n$/);
      assert.match(read(dir, `migrations/${down}`), /\n-- seen\n$/);
      const json = run(dir, ['edit', 'a261', '--json'], { env: { EDITOR } });
      const files = [`migrations/${up}`, `migrations/${down}`];
      assert.equal(documentOf(json), { version: 1, command: 'edit', files });
    }));

  test('VISUAL stands before EDITOR, and may have arguments', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const editor = script(dir, 'echo "$1" > seen');
      const env = { VISUAL: `"${editor}" --wait`, EDITOR: 'false' };
      assert.is(run(dir, ['edit', 'head'], { env }).status, 0);
      assert.is(read(dir, 'seen'), '--wait\n');
    }));

  test('`current` is what the database has', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const EDITOR = script(dir, 'echo "$1" > seen');
      assert.is(run(dir, ['stamp', DEMO.sources, '-d', 'app.db']).status, 0);
      assert.is(run(dir, ['edit', 'current', '-d', 'app.db'], { env: { EDITOR } }).status, 0);
      assert.match(read(dir, 'seen'), /b8c1bd22cb20_add_sql_sources\.up\.sql\n$/);
    }));

  test('none set, or one that fails: exit 1', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const none = run(dir, ['edit', 'head']);
      assert.equal([none.status, none.stdout], [1, '']);
      assert.match(
        none.stderr,
        /^mig: Which editor\? Neither VISUAL nor EDITOR is set\.\n {2}The files are \S+\.up\.sql and \S+\.down\.sql\.\n$/,
      );
      const failing = run(dir, ['edit', 'head'], { env: { EDITOR: 'exit 3;' } });
      assert.equal([failing.status, failing.stdout], [1, '']);
      assert.match(failing.stderr, /^mig: The editor \(exit 3;\) ended with 3\.\n$/);
      assert.is(documentOf(run(dir, ['edit', 'head', '--json'])).error?.code, 'editor');
    }));

  test('what has no file cannot be edited: exit 5', () =>
    inTemp((dir) => {
      copyDemo(dir);
      assert.is(run(dir, ['stamp', 'head', '-d', 'app.db']).status, 0);
      removeRevision(dir, DEMO.rename);
      const ran = run(dir, ['edit', 'current', '-d', 'app.db'], { env: { EDITOR: 'true' } });
      assert.equal([ran.status, ran.stdout], [5, '']);
      assert.match(
        ran.stderr,
        /^mig: a261d8461fde is applied, but there is no file of it here to edit\.\n/,
      );
    }));

  test('`revision --edit` opens the new pair', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const EDITOR = script(dir, 'echo "SELECT 1;" >> "$1"');
      const ran = run(dir, ['revision', 'more', '--rev-id', 'e1', '--edit'], { env: { EDITOR } });
      assert.is(ran.status, 0);
      assert.match(read(dir, 'migrations/e1_more.up.sql'), /\n-- ---\nSELECT 1;\n$/);
    }));
});
