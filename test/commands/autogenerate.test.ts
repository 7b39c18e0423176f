import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import cases from '../schema/autogenerate_cases.json' with { type: 'json' };
import { type DiffCase, faultsOfCase } from '../support/diff-cases.ts';
import { documentOf } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

/** Cases beyond the worked ones: each kind of thing that a schema can hold, and each trap. */
suite('autogenerate, there and back', (test) => {
  for (const each of cases as unknown as readonly DiffCase[]) {
    test(each.name, async () => assert.equal(await faultsOfCase(each, mig), []));
  }
});

const FIRST = `-- ---
-- parents: base
-- ---
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age TEXT);
`;

function project(dir: string, schema: string): void {
  writeTree(dir, {
    'mig.json': '{"schemaFile": "schema.sql"}',
    'schema.sql': schema,
    'migrations/aaaa_first.up.sql': FIRST,
    'migrations/aaaa_first.down.sql': 'DROP TABLE users;\n',
  });
}

const generate = (dir: string, ...flags: readonly string[]) =>
  mig(dir, ['revision', '--autogenerate', '-m', 'next', '--rev-id', 'bbbb', ...flags]);

suite('mig revision --autogenerate', (test) => {
  test('writes what a careful person would', () =>
    inTemp(async (dir) => {
      project(
        dir,
        'CREATE TABLE users (\n  id INTEGER PRIMARY KEY,\n  full_name TEXT, -- as it is said\n  age INTEGER\n);',
      );
      const ran = await generate(dir, '--rename', 'users.name=full_name');
      assert.is(ran.status, 0, ran.stderr);
      assert.is(
        readFileSync(join(dir, 'migrations/bbbb_next.up.sql'), 'utf8'),
        `-- ---
-- parents: aaaa
-- message: next
-- created: 2026-11-22T15:06:00Z
-- ---

-- The column \`name\` of \`users\` is called \`full_name\` from here on.
ALTER TABLE users RENAME COLUMN name TO full_name;

-- \`users\` is rebuilt, because ALTER TABLE cannot do all of this:
--   column \`age\` of \`users\`: type INTEGER, was TEXT
CREATE TABLE new_users (
  id INTEGER PRIMARY KEY,
  full_name TEXT, -- as it is said
  age INTEGER
);

-- Its rows, each with its rowid.
INSERT INTO new_users (id, full_name, age)
SELECT id, full_name, age
FROM users;

-- The new table takes the place of the old one.
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;
`,
      );
    }));

  test('says all that has to be decided at once, and writes nothing', () =>
    inTemp(async (dir) => {
      project(
        dir,
        'CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT, born INT NOT NULL);',
      );
      const ran = await generate(dir, '--json');
      assert.is(ran.status, 1);
      const { problems } = documentOf(ran).error as unknown as { problems: { hint: string }[] };
      assert.equal(
        problems.map((each) => each.hint),
        [
          'Say `--rename users.name=full_name`, or `--no-rename --allow-drop` if its values are to go.',
          'Say `--rename users.age=full_name`, or `--no-rename --allow-drop` if its values are to go.',
          'Say `--fill users.born=EXPR`: an SQL expression over the other columns, such as `0` or `lower(name)`.',
        ],
      );
      assert.is(readdirSync(join(dir, 'migrations')).length, 2);
    }));

  test('warns with SELECTs in the names that the rows have now', () =>
    inTemp(async (dir) => {
      project(
        dir,
        'CREATE TABLE people (id INTEGER PRIMARY KEY, full_name TEXT NOT NULL UNIQUE, age TEXT CHECK (age > 0 AND full_name > 1));',
      );
      const ran = await generate(
        dir,
        '--rename',
        'users=people',
        '--rename',
        'users.name=full_name',
        '--json',
      );
      const { warnings } = documentOf(ran) as unknown as { warnings: { query: string }[] };
      assert.equal(
        warnings.map((each) => each.query),
        [
          'SELECT * FROM users WHERE name IS NULL;',
          'SELECT name, count(*) FROM users WHERE name IS NOT NULL GROUP BY name HAVING count(*) > 1;',
          'SELECT * FROM users WHERE NOT (age > 0 and name > 1);',
        ],
      );
    }));

  test('a dry run shows both files and writes none', () =>
    inTemp(async (dir) => {
      project(dir, `${FIRST} CREATE TABLE teams (id INTEGER PRIMARY KEY);`);
      const ran = await generate(dir, '--dry-run');
      assert.match(ran.stdout, 'CREATE TABLE teams (id INTEGER PRIMARY KEY);');
      assert.match(ran.stdout, 'DROP TABLE teams;');
      assert.is(readdirSync(join(dir, 'migrations')).length, 2);
    }));

  test('a dry run warns beside the files', () =>
    inTemp(async (dir) => {
      project(dir, 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);');
      const { stderr } = await generate(dir, '--dry-run', '--allow-drop');
      assert.match(
        stderr,
        /^warning: `users\.name` is to be NOT NULL: .*\n {2}SELECT \* FROM users WHERE name IS NULL;\n$/,
      );
    }));

  test('nothing to do: exit 0, and no files', () =>
    inTemp(async (dir) => {
      project(dir, FIRST);
      assert.equal(await generate(dir), {
        status: 0,
        stdout: 'Nothing to do: the revisions build what schema.sql describes.\n',
        stderr: '',
      });
      assert.is(readdirSync(join(dir, 'migrations')).length, 2);
    }));

  test('nothing to do, and a --fill that came too late: it says how', () =>
    inTemp(async (dir) => {
      project(dir, FIRST);
      const { status, stdout } = await generate(dir, '--fill', 'users.name=1');
      assert.is(status, 0);
      assert.match(
        stdout,
        /^Nothing to do: .*\n`--fill` had nothing to fill\. .* deleted first\.\n$/,
      );
    }));

  test('on a fork, what the other branch did is not there', () =>
    inTemp(async (dir) => {
      project(dir, `${FIRST} CREATE TABLE teams (id INTEGER PRIMARY KEY);`);
      assert.is((await generate(dir)).status, 0);
      const flags = ['--parent', 'aaaa', '--rev-id', 'cccc'];
      const ran = await mig(dir, ['revision', '--autogenerate', '-m', 'fork', ...flags]);
      assert.is(ran.status, 0, ran.stderr);
      assert.match(
        readFileSync(join(dir, 'migrations/cccc_fork.up.sql'), 'utf8'),
        'CREATE TABLE teams',
      );
      assert.is((await generate(dir)).status, 4);
    }));

  const refused: readonly (readonly [
    why: string,
    flags: readonly string[],
    status: number,
    says: RegExp,
  ])[] = [
    ['an unknown column', ['--rename', 'users.nme=full_name'], 2, /Did you mean `users\.name`\?/],
    ['an unknown target', ['--rename', 'users.name=fullname'], 2, /Did you mean `full_name`\?/],
    ['an unknown table', ['--rename', 'user=people'], 2, /Did you mean `users`\?/],
    ['an unknown fill', ['--fill', 'users.ag=1'], 2, /Did you mean `users\.age`\?/],
    ['no pair', ['--rename', 'users.name'], 2, /is not of the form old=new/],
    ['a pair twice', ['--fill', 'users.age=1', '--fill', 'users.age=2'], 2, /given twice/],
  ];
  for (const [why, flags, status, says] of refused) {
    test(`refuses ${why}`, () =>
      inTemp(async (dir) => {
        project(dir, 'CREATE TABLE users (id INTEGER PRIMARY KEY, full_name TEXT, age TEXT);');
        const ran = await generate(dir, ...flags);
        assert.is(ran.status, status);
        assert.match(ran.stderr, says);
      }));
  }

  test('a fill that cannot be run is told as one', () =>
    inTemp(async (dir) => {
      project(dir, `${FIRST.replace(')', ', born INT NOT NULL)')}`);
      const ran = await generate(dir, '--fill', 'users.born=agee - 1');
      assert.is(ran.status, 1);
      assert.match(ran.stderr, 'no such column: agee');
      assert.match(ran.stderr, 'Is an expression of `--fill` at fault?');
      assert.is(readdirSync(join(dir, 'migrations')).length, 2);
    }));

  test('its flags mean nothing without it', () =>
    inTemp(async (dir) => {
      project(dir, FIRST);
      const ran = await mig(dir, ['revision', '-m', 'x', '--allow-drop']);
      assert.is(ran.status, 2);
      assert.match(ran.stderr, '`--allow-drop` means something with `--autogenerate` only.');
    }));

  test('needs a schema file', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'migrations/README.md': '' });
      const ran = await mig(dir, ['revision', '--autogenerate', '-m', 'x']);
      assert.is(ran.status, 2);
      assert.match(ran.stderr, 'Which schema file? None was given.');
    }));
});

suite('autogenerate, in words', (test) => {
  const pair = (before: string, after: string) => ({
    'mig.json': '{"schemaFile": "schema.sql"}',
    'schema.sql': after,
    'migrations/aaaa_first.up.sql': `-- ---\n-- parents: base\n-- ---\n${before}`,
    'migrations/aaaa_first.down.sql': '-- ---\n-- ---\n',
  });
  const CHECKED =
    'CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, y TEXT UNIQUE CHECK (y > x)); CREATE INDEX i ON t(y, x);';
  const rows: readonly (readonly [
    what: string,
    before: string,
    after: string,
    flags: readonly string[],
    says: readonly string[],
    never: RegExp,
  ])[] = [
    [
      'a column that makes room goes by the name that it has',
      CHECKED,
      'CREATE TABLE t (id INTEGER PRIMARY KEY, y TEXT); CREATE INDEX i ON t(y);',
      ['--rename', 't.x=y', '--allow-drop'],
      [
        '  column `x` of `t` is renamed to `y`',
        '  column `y` of `t` is gone: y TEXT',
        '  unique (y) of `t` is gone',
        '  check (y > x) of `t` is gone',
        '  index `i`: columns (y), was (y, x)',
      ],
      /old_y/,
    ],
    [
      'also where it is asked about',
      CHECKED,
      'CREATE TABLE t (id INTEGER PRIMARY KEY, y TEXT);',
      ['--rename', 't.x=y'],
      ['mig: The column `t.y` would be dropped, with all its values.'],
      /old_y/,
    ],
    [
      'and where it may have been renamed itself',
      CHECKED,
      'CREATE TABLE t (id INTEGER PRIMARY KEY, y TEXT, z TEXT);',
      ['--rename', 't.x=y'],
      ['  Say `--rename t.y=z`, or `--no-rename --allow-drop` if its values are to go.'],
      /old_y/,
    ],
    [
      'a query has the line breaks of the names',
      'CREATE TABLE "a\nb" (id INTEGER PRIMARY KEY, c TEXT);',
      'CREATE TABLE "a\nb" (id INTEGER PRIMARY KEY, c TEXT NOT NULL);',
      [],
      ['  SELECT * FROM "a', 'b" WHERE c IS NULL;'],
      /SELECT \* FROM "a.b"/,
    ],
  ];
  for (const [what, before, after, flags, says, never] of rows) {
    test(what, () =>
      inTemp(async (dir) => {
        writeTree(dir, pair(before, after));
        const { stdout, stderr } = await generate(dir, ...flags);
        const lines = `${stdout}${stderr}`.split('\n');
        assert.equal(
          says.filter((line) => !lines.includes(line)),
          [],
          `${stdout}${stderr}`,
        );
        assert.not.match(lines.join('\n'), never);
      }),
    );
  }

  const files: readonly (readonly [
    what: string,
    before: string,
    after: string,
    name: string,
    has: string,
  ])[] = [
    [
      'where the down fails stands at its top',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, g INT NOT NULL DEFAULT 0 UNIQUE);',
      'CREATE TABLE t (id INTEGER PRIMARY KEY);',
      'down',
      '-- Undo: next\n-- The down fails where rows of `t` do not fit: UNIQUE constraint failed: t.g.\n\n-- What this cannot bring back:\n',
    ],
    [
      'also where the up fails for others',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, g INT NOT NULL DEFAULT 0 UNIQUE);',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL);',
      'down',
      '-- Undo: next\n-- The down fails where rows of `t` do not fit: UNIQUE constraint failed: t.g.\n',
    ],
    [
      'where the up fails does not',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT NOT NULL);',
      'down',
      '-- Undo: next\n\n-- `t` is rebuilt',
    ],
    [
      'a CHECK of the table is as it was written',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);',
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, a INT, CONSTRAINT pos CHECK ( a>0   AND -- (why)\n   lower( "x" )  = X  ), check ((a<9)));',
      'up',
      'ADD COLUMN a INT CONSTRAINT pos CHECK ( a>0   AND -- (why)\n   lower( "x" )  = X  ) CHECK ((a<9));',
    ],
  ];
  for (const [what, before, after, name, has] of files) {
    test(what, () =>
      inTemp(async (dir) => {
        writeTree(dir, pair(before, after));
        const ran = await generate(dir, '--allow-drop');
        assert.is(ran.status, 0, ran.stderr);
        const text = readFileSync(join(dir, `migrations/bbbb_next.${name}.sql`), 'utf8');
        assert.ok(text.includes(has), text);
      }),
    );
  }
});
