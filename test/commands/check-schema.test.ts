import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { check } from '../../lib/commands/check.ts';
import type { CheckDocument } from '../../lib/commands/documents.ts';
import type { Project } from '../../lib/commands/project.ts';
import { chain, type Pair, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';
import { writeTree } from '../support/temp.ts';

const UP = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE INDEX users_name ON users (name);
CREATE VIEW names AS SELECT * FROM users;
`;
const PAIRS: readonly Pair[] = [{ id: 'a', up: UP, down: 'SELECT 1;' }];

interface Given {
  readonly pairs?: readonly Pair[];
  /** Where the schema file stands. */
  readonly at?: string;
  readonly strictOrder?: boolean;
}

/** What `check` says of a schema file with this text. */
async function checked(
  text: string,
  { pairs = PAIRS, at = 'schema.sql', ...options }: Given = {},
): Promise<CheckDocument> {
  let document: CheckDocument | undefined;
  await withProject(pairs, async ({ dir, project }) => {
    writeTree(dir, { [at]: text });
    const schemaFile = { path: join(dir, at), shown: at };
    document = await check({ ...project, schemaFile }, options);
  });
  return document!;
}

function told({ findings }: CheckDocument): readonly string[] {
  return findings.map(({ severity, code, file, line, column, message }) => {
    const place = [file, line, column].filter((part) => part !== null).join(':');
    return `${place} ${severity} [${code}] ${message}`;
  });
}

suite('check with a schema file', (test) => {
  test('is content with the same schema, however it is written', async () => {
    const document = await checked(`${UP.toLowerCase().replaceAll('(', '/* ( */ (\n')}-- end`);
    assert.equal(told(document), []);
    assert.ok(document.ok);
    assert.is(document.error, undefined);
    assert.is(document.schemaFile, 'schema.sql');
  });

  test('without one looks at the files alone', () =>
    withProject(PAIRS, async ({ project }) => {
      const document = await check(project);
      assert.is(document.schemaFile, undefined);
      assert.ok(document.ok);
    }));

  test('ends with 3 and has a finding for each difference', async () => {
    const document = await checked(
      `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INT DEFAULT 0);
-- later
CREATE TABLE teams (id INTEGER PRIMARY KEY);
CREATE VIEW names AS SELECT name FROM users;`,
    );
    assert.equal(told(document), [
      'schema.sql:3:1 error [schema-differs] schema.sql has table `teams`, which no revision makes.',
      'schema.sql:1:1 error [schema-differs] schema.sql has column `age` of `users`, which no revision makes.',
      'schema.sql:1:1 error [schema-differs] Column `name` of `users` is nullable only in schema.sql.',
      'schema.sql error [schema-differs] The revisions make index `users_name`, which is not in schema.sql.',
      'schema.sql:4:1 error [schema-differs] View `names` is another in schema.sql than in the revisions.',
    ]);
    assert.is(document.ok, false);
    assert.is(document.error!.code, 'schema-differs');
    assert.is(document.error!.exit, 3);
    assert.match(document.error!.message, /5 differences/);
    assert.match(document.error!.hint!, /mig revision --autogenerate/);
  });

  const swapped = UP.replace(
    'id INTEGER PRIMARY KEY, name TEXT NOT NULL',
    'name TEXT NOT NULL, id INTEGER PRIMARY KEY',
  );
  const orderMessage =
    '[schema-differs] Table `users`: column order (name, id) in schema.sql, (id, name) in the revisions. It matters to the view `names` (`SELECT *`).';

  test('takes the order of columns for a warning', async () => {
    const document = await checked(swapped);
    assert.equal(told(document), [`schema.sql:1:1 warning ${orderMessage}`]);
    assert.ok(document.ok);
  });

  test('and with --strict-order for an error', async () => {
    const document = await checked(swapped, { strictOrder: true });
    assert.equal(told(document), [`schema.sql:1:1 error ${orderMessage}`]);
    assert.is(document.error!.exit, 3);
  });

  test('tells several heads first, and ends with 4', async () => {
    const pairs = [...PAIRS, { id: 'b' }];
    const document = await checked(UP, { pairs });
    assert.equal(told(document), [
      ' error [several-heads] There are 2 heads: a b',
      'schema.sql error [schema-differs] The revisions make table `b`, which is not in schema.sql.',
    ]);
    assert.is(document.error!.exit, 4);
  });

  test('does not compare where the files are not sound', async () => {
    const pairs = [...PAIRS, { id: 'b', parents: 'nope' }];
    const document = await checked('', { pairs });
    assert.equal(
      document.findings.map((each) => each.code),
      ['unknown-parent'],
    );
    assert.is(document.error!.exit, 1);
    assert.is(document.schemaFile, undefined);
  });

  test('says where a revision fails', async () => {
    const pairs = [...PAIRS, { id: 'b', parents: 'a', up: 'SELECT 1;\nDROP TABLE nope;\n' }];
    const document = await checked(UP, { pairs });
    assert.equal(told(document), [
      'migrations/b_x.up.sql:6:12 error [failed] b fails in an empty database: no such table: nope',
    ]);
    assert.is(document.error!.exit, 1);
  });

  test('says where the schema file fails', async () => {
    const document = await checked('CREATE TABLE t(a);\n\nCREATE TABL u(a);');
    assert.equal(told(document), [
      'schema.sql:3:8 error [failed] schema.sql fails in an empty database: near "TABL": syntax error',
    ]);
    assert.is(document.error!.exit, 1);
    assert.is(document.error!.message, '1 error in schema.sql.');
  });

  test('says what is broken in a schema file that loads', async () => {
    const document = await checked(`${UP}CREATE VIEW w AS SELECT nope FROM users;`);
    const [broken, ...others] = document.findings;
    assert.is(broken!.code, 'broken');
    assert.is(broken!.line, 4);
    assert.equal(
      others.map((each) => each.code),
      ['schema-differs'],
    );
    assert.is(document.error!.exit, 1);
  });

  test('leaves alone what is broken in the revisions, too', async () => {
    const view = 'CREATE VIEW w AS SELECT nope FROM users;';
    const pairs = [{ id: 'a', up: `${UP}${view}`, down: 'SELECT 1;' }];
    assert.equal(told(await checked(`${UP}${view}`, { pairs })), []);
    const [only, ...others] = told(await checked(`${UP}${view}CREATE TABLE t(a);`, { pairs }));
    assert.match(only!, 'schema.sql has table `t`');
    assert.equal(others, []);
  });

  test('does not take it for a stray file', async () => {
    assert.equal(told(await checked(UP, { at: 'migrations/schema.sql' })), []);
  });

  test('and another SQL file there is a stray as before', () =>
    withProject(PAIRS, async ({ dir, project }) => {
      mkdirSync(join(dir, 'migrations/sub'));
      writeTree(dir, { 'migrations/schema.sql': UP, 'migrations/sub/schema.sql': UP });
      const schemaFile = { path: join(dir, 'migrations/schema.sql'), shown: 'x' };
      const { findings } = await check({ ...project, schemaFile });
      assert.equal(
        findings.map((each) => [each.code, each.file]),
        [['stray-file', 'migrations/sub/schema.sql']],
      );
    }));

  test('that is not there is a setting that is wrong', () =>
    withProject(chain('a'), async ({ dir, project }) => {
      const at: Project = {
        ...project,
        schemaFile: { path: join(dir, 'no.sql'), shown: 'no.sql' },
      };
      const error = await stops('setting', 2, () => check(at));
      assert.match(error.hint!, /mig dump --revisions > no\.sql/);
    }));
});
