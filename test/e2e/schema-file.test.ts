import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { done, run, runShell } from '../support/program.ts';
import { copyDemo, DEMO, documentOf, ledgerOf } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';

const SCHEMA = ['--schema-file', 'schema.sql'];

/** The demo with a schema file of its own. */
function withSchema(use: (dir: string) => void): Promise<void> {
  return inTemp((dir) => {
    copyDemo(dir);
    assert.equal(runShell(dir, 'mig dump --revisions > schema.sql'), done(''));
    use(dir);
  });
}

suite('mig dump and mig check', (test) => {
  test('agree on the demo', () =>
    withSchema((dir) => {
      assert.equal(
        run(dir, ['check', ...SCHEMA]),
        done('The files are sound, and build schema.sql\n'),
      );
      writeTree(dir, { 'mig.json': '{"schemaFile": "schema.sql"}' });
      assert.equal(run(dir, ['check']), done('The files are sound, and build schema.sql\n'));
      writeTree(join(dir, 'db'), {
        'mig.json': '{"schemaFile": "../schema.sql", "dir": "../migrations"}',
      });
      assert.is(run(join(dir, 'db'), ['check']).status, 0, 'relative to mig.json');
    }));

  test('a database that differs is told of on stderr', () =>
    withSchema((dir) => {
      run(dir, ['upgrade', '-d', 'app.db']);
      const schema = readFileSync(join(dir, 'schema.sql'), 'utf8');
      assert.equal(run(dir, ['dump', '-d', 'app.db']), done(schema));
      {
        using db = new DatabaseSync(join(dir, 'app.db'));
        db.exec('CREATE TABLE more (x)');
      }
      const { status, stdout, stderr } = run(dir, ['dump', '-d', 'app.db']);
      assert.is(status, 0);
      assert.match(stdout, /CREATE TABLE more \(x\);/);
      assert.is(
        stderr,
        'app.db differs from what the revisions build, in 1 place: `mig dump --revisions` prints what they build.\n',
      );
      assert.equal(run(dir, ['dump', '--revisions', '-d', 'app.db']), done(schema));
    }));

  test('a file that differs ends with 3 and says where', () =>
    withSchema((dir) => {
      writeTree(dir, {
        'schema.sql': `CREATE TABLE extra (x);\n${readFileSync(join(dir, 'schema.sql'), 'utf8')}`,
      });
      const line =
        'schema.sql:1:1: error: schema.sql has table `extra`, which no revision makes. [schema-differs]\n';
      assert.equal(run(dir, ['check', ...SCHEMA]), {
        status: 3,
        stdout: line,
        stderr:
          'mig: schema.sql differs from what the revisions build: 1 difference.\n' +
          '  `mig revision --autogenerate` writes the revision that leads there. Where the revisions are right: `mig dump --revisions > schema.sql`\n',
      });
      const document = documentOf(run(dir, ['check', ...SCHEMA, '--json']));
      assert.is(document.error!.code, 'schema-differs');
      assert.equal(document.findings, [
        {
          code: 'schema-differs',
          severity: 'error',
          message: 'schema.sql has table `extra`, which no revision makes.',
          revision: null,
          file: 'schema.sql',
          line: 1,
          column: 1,
        },
      ]);
    }));
});

suite('the formats of mig check', (test) => {
  const broken = (use: (dir: string) => void) =>
    withSchema((dir) => {
      writeTree(dir, { 'schema.sql': 'CREATE TABL x (a);\n' });
      use(dir);
    });
  const stderr = 'mig: 1 error in schema.sql.\n';
  const message = 'schema.sql fails in an empty database: near "TABL": syntax error';

  test('github', () =>
    broken((dir) => {
      const args = ['check', ...SCHEMA, '--format', 'github'];
      const stdout = `::error file=schema.sql,line=1,col=8,title=mig%3A failed::${message}\n`;
      assert.equal(run(dir, args), { status: 1, stdout, stderr });
      assert.equal(run(dir, [...args, '-q']), { status: 1, stdout, stderr }, 'quiet is for people');
      writeTree(dir, { 'schema.sql': '', '.git/HEAD': '' });
      assert.match(run(dir, args).stdout, /^(::error file=schema\.sql,title=[^\n]*\n)+$/);
    }));

  test('sarif', () =>
    broken((dir) => {
      const ran = run(dir, ['check', ...SCHEMA, '--format', 'sarif']);
      assert.is(ran.status, 1);
      assert.is(ran.stderr, stderr);
      const { version, runs } = JSON.parse(ran.stdout);
      assert.is(version, '2.1.0');
      assert.equal(runs[0].results[0].message, { text: message });
      const sound = run(dir, ['check', '--format', 'sarif']);
      assert.is(sound.status, 0);
      assert.equal(JSON.parse(sound.stdout).runs[0].results, []);
    }));

  test('json is what --json prints', () =>
    broken((dir) => {
      const ran = run(dir, ['check', ...SCHEMA, '--format', 'json']);
      const { format, ...rest } = JSON.parse(ran.stdout);
      assert.is(format, 'json');
      const asked = documentOf(run(dir, ['check', ...SCHEMA, '--json']));
      const { format: _, ...same } = asked;
      assert.equal(rest, same);
    }));

  test('and another is none', () =>
    broken((dir) => {
      const { status, stderr: said } = run(dir, ['check', '--format', 'sarf']);
      assert.is(status, 2);
      assert.is(said, 'mig: `sarf` is no format of a check.\n  Did you mean `sarif`?\n');
    }));
});

suite('mig init --from-database', (test) => {
  test('adopts a database as it is', () =>
    inTemp((dir) => {
      copyDemo(dir);
      run(dir, ['upgrade', '-d', 'app.db', '--table', 'other_log']);
      const { status, stdout } = runShell(
        dir,
        'rm -r migrations && mig init --from-database app.db --schema-file schema.sql --table mine --rev-id a1',
      );
      assert.is(status, 0);
      assert.match(
        stdout.replace(/\d+ ms|<1 ms/, '<1 ms'),
        'stamped    a1  Initial schema  <1 ms\nwrote  migrations\nwrote  mig.json\nwrote  migrations/a1_initial_schema.up.sql\nwrote  migrations/a1_initial_schema.down.sql\nwrote  schema.sql\n',
      );
      assert.equal(ledgerOf(join(dir, 'app.db'), 'mine'), ['stamp a1']);
      assert.equal(
        run(dir, ['status', '--check', '--table', 'mine']),
        done('database    a1  1 applied\nfiles       a1  head\npending     nothing\n'),
      );
      assert.is(run(dir, ['check']).stdout, 'The files are sound, and build schema.sql\n');
      assert.is(run(dir, ['upgrade', '-d', 'new.db']).status, 0);
      assert.is(
        run(dir, ['dump', '-d', 'new.db']).stdout,
        readFileSync(join(dir, 'schema.sql'), 'utf8'),
      );
      assert.not.match(readFileSync(join(dir, 'schema.sql'), 'utf8'), DEMO.initial);
    }));

  test('shows with --dry-run what it would write', () =>
    inTemp((dir) => {
      {
        using db = new DatabaseSync(join(dir, 'app.db'));
        db.exec('CREATE TABLE t (a); CREATE TABLE alembic_version (version_num)');
      }
      const args = ['init', '--from-database', 'app.db', '--rev-id', 'a1', '--dry-run'];
      const { status, stdout, stderr } = run(dir, args);
      assert.equal([status, stderr], [0, '']);
      assert.is(
        stdout.replace(/created: .*/, 'created: …'),
        `-- migrations/a1_initial_schema.up.sql
-- ---
-- parents: base
-- message: Initial schema
-- created: …
-- ---
CREATE TABLE t (a);

-- migrations/a1_initial_schema.down.sql
-- Drops everything that was there when mig came, with all rows.
DROP TABLE t;

Left out: \`alembic_version\`, the table of Alembic. \`mig import\` takes over what it knows, from the files of that tool.
Nothing was written.
`,
      );
      const document = documentOf(run(dir, [...args, '--json']));
      assert.is((document.planned as readonly unknown[]).length, 2);
    }));
});
