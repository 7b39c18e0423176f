import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { hasGit, Repository } from '../support/git.ts';
import { done, ROOT, run } from '../support/program.ts';
import {
  copyDemo,
  copyTwoHeads,
  DEMO,
  DEMO_ORDER,
  documentFrom,
  documentOf,
  filesBelow,
  filesOf,
  removeRevision,
  writeRevisions,
} from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';

suite('mig test', (test) => {
  test('the demo', () =>
    inTemp((dir) => {
      copyDemo(dir);
      assert.equal(run(dir, ['test']), done('Up, down and up again: 6 revisions\n'));
      assert.equal(documentFrom(dir, 'test', '--since', DEMO.merge), {
        version: 1,
        command: 'test',
        ok: true,
        findings: [],
        notes: [],
        tested: [DEMO.sources, DEMO.rename],
      });
      assert.equal(
        Object.keys(filesBelow(dir)).filter((path) => !path.startsWith('migrations/')),
        [],
      );
    }));

  test('on a copy of a database: a cascade is a number, and the database stays as it is', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'aaaa; bbbb<aaaa', {
        aaaa: [
          'CREATE TABLE p (id INTEGER PRIMARY KEY);\nCREATE TABLE c (p REFERENCES p ON DELETE CASCADE);\n',
          'DROP TABLE c;\nDROP TABLE p;\n',
        ],
        bbbb: ['', 'INSERT INTO p VALUES (1);\n'],
      });
      const header = '-- ---\n-- parents: aaaa\n-- foreign_keys: on\n-- ---\n';
      writeTree(dir, { 'migrations/bbbb.up.sql': `${header}DELETE FROM p WHERE id = 1;\n` });
      assert.is(run(dir, ['upgrade', 'aaaa', '-d', 'app.db']).status, 0);
      using db = new DatabaseSync(join(dir, 'app.db'));
      db.exec('INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1), (1), (2);');
      const before = filesBelow(dir);
      const { status, stdout, stderr } = run(dir, ['test', '--on', 'app.db']);
      assert.equal([status, stderr], [1, 'mig: 1 test failed.\n']);
      assert.is(
        stdout,
        'migrations/bbbb.down.sql: error: bbbb does not name the table `c`, and after its up and down that has 1 row, and had 3. [rows-of-others]\nRows before and after:\n  c             3 → 1\n  p             2 → 1\n  0 tables with as many as before\n',
      );
      assert.equal(filesBelow(dir), before);
    }));
});

suite('docs/testing.md', (test) => {
  test('shows what a cascade looks like on a copy of a database', () =>
    inTemp((dir) => {
      const page = readFileSync(join(ROOT, 'docs/testing.md'), 'utf8');
      const [, shown] = /^```text\n\$ mig test --on app\.db\n(.*?)^```$/ms.exec(page) ?? [];
      const living = 'c95d_keep_living_authors';
      const header = '-- ---\n-- parents: aaaa\n-- foreign_keys: on\n-- ---\n';
      writeRevisions(dir, 'aaaa', {
        aaaa: [
          'CREATE TABLE authors (id INTEGER PRIMARY KEY, died TEXT);\nCREATE TABLE books (author REFERENCES authors ON DELETE CASCADE);\n',
          'DROP TABLE books;\nDROP TABLE authors;\n',
        ],
      });
      writeTree(dir, {
        [`migrations/${living}.up.sql`]: `${header}DELETE FROM authors WHERE died IS NOT NULL;\n`,
        [`migrations/${living}.down.sql`]: '-- Nothing brings them back.\n',
      });
      assert.is(run(dir, ['upgrade', 'aaaa', '-d', 'app.db']).status, 0);
      using db = new DatabaseSync(join(dir, 'app.db'));
      db.exec("INSERT INTO authors VALUES (1, NULL), (2, '1843'), (3, '1912')");
      db.exec('INSERT INTO books VALUES (1), (2), (2), (3)');
      const { stdout, stderr } = run(dir, ['test', '--on', 'app.db']);
      assert.is(stdout + stderr, shown);
    }));
});

suite('mig check --against', (test) => {
  if (!hasGit('mig check --against by the program')) return;

  test('the two heads of the demo, on two git branches', () =>
    inTemp((dir) => {
      const repository = new Repository(dir);
      copyTwoHeads(dir);
      removeRevision(dir, DEMO.settings);
      removeRevision(dir, DEMO.expire);
      repository.commit();
      const commitOnly = (id: string, other: string) => {
        copyTwoHeads(dir);
        removeRevision(dir, other);
        repository.commit();
        assert.is(filesOf(dir, id).length, 2);
      };
      repository.branch('feature');
      commitOnly(DEMO.settings, DEMO.expire);
      repository.checkout('main');
      commitOnly(DEMO.expire, DEMO.settings);
      const before = repository.state();
      const ran = run(dir, ['check', '--against', 'feature']);
      assert.is(ran.status, 4, ran.stdout + ran.stderr);
      const { against } = documentFrom(dir, 'check', '--against=feature') as unknown as {
        against: { merge: { revision: string }; proof: { verdict: string } };
      };
      assert.equal([against.merge.revision, against.proof.verdict], [DEMO.merge, 'commutes']);
      assert.is(repository.state(), before);
      assert.is(run(dir, ['check', '--against', 'main']).status, 0);
      assert.is(run(dir, ['check', '--against=--help']).status, 2);
    }));
});

suite('mig dump', (test) => {
  test('is the same of the files and of a database, and makes the same again', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const { status, stdout, stderr } = run(dir, ['dump']);
      assert.equal([status, stderr], [0, '']);
      assert.match(stdout, /^CREATE TABLE /);
      assert.is(run(dir, ['upgrade', '-d', 'app.db']).status, 0);
      assert.equal(run(dir, ['dump', '-d', 'app.db']), done(stdout));
      assert.equal(documentFrom(dir, 'dump'), { version: 1, command: 'dump', sql: stdout });
      using again = new DatabaseSync(join(dir, 'again.db'));
      again.exec(stdout);
      assert.equal(run(dir, ['dump', '-d', 'again.db']), done(stdout));
      assert.is(run(dir, ['dump', '-d', 'nope.db']).status, 2);
      assert.not(existsSync(join(dir, 'nope.db')));
    }));
});

suite('mig graph', (test) => {
  test('draws the demo, newest first, in every format', () =>
    inTemp((dir) => {
      copyDemo(dir);
      const { status, stdout, stderr } = run(dir, ['graph']);
      assert.equal([status, stderr], [0, '']);
      const shown = [...stdout.matchAll(/^[^0-9a-f\n]*([0-9a-f]{12})/gm)].map(([, id]) => id);
      assert.equal(shown, [...DEMO_ORDER].reverse());
      const begins = { mermaid: /^graph |^flowchart /, dot: /^digraph /, svg: /^<svg / };
      for (const [format, begin] of Object.entries(begins)) {
        const picture = run(dir, ['graph', '--format', format]).stdout;
        assert.match(picture, begin);
        for (const id of DEMO_ORDER) assert.ok(picture.includes(id), `${format} has ${id}`);
        assert.is(documentFrom(dir, 'graph', '--format', format).picture, picture);
      }
      const document = documentFrom(dir, 'graph');
      assert.equal([document.lanes, document.rows], [2, 6]);
      assert.equal(documentOf(run(dir, ['graph', '--format', 'json'])), {
        ...document,
        format: 'json',
      });
      assert.is(run(dir, ['graph', '--format', 'png']).status, 2);
    }));
});
