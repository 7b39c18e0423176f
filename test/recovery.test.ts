import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { suite } from './support/suite.ts';
import { inTemp, writeTree } from './support/temp.ts';
import { mig } from './support/terminal.ts';

/** What docs/recovery.md shows of mig's words: its blocks without a language, in order. */
const page = readFileSync(join(import.meta.dirname, '../docs/recovery.md'), 'utf8');
const shown = [...page.matchAll(/^```\n(.*?)^```$/gms)].map(([, block = '']) => block);

interface Symptom {
  readonly name: string;
  /** What is applied. */
  readonly before?: readonly Revision[];
  /** What is written then. */
  readonly now: readonly Revision[];
  /** Commands between that and the upgrade. */
  readonly between?: readonly string[];
  readonly isLocked?: true;
  readonly exit: number;
}

interface Revision {
  readonly id: string;
  readonly parents?: string;
  readonly keys?: string;
  readonly up?: string;
}

const FAMILY = `CREATE TABLE users (id INTEGER PRIMARY KEY);
CREATE TABLE posts (id INTEGER PRIMARY KEY, author REFERENCES users ON DELETE CASCADE);
INSERT INTO users VALUES (1);
INSERT INTO posts VALUES (1, 1);`;
const A: Revision = { id: 'aaa1' };

const symptoms: readonly Symptom[] = [
  {
    name: 'a statement fails',
    now: [
      { id: 'c1', up: 'CREATE TABLE data_sources (x);' },
      { id: 'c2', parents: 'c1' },
      { id: 'b8c1bd22cb20', parents: 'c2' },
      {
        id: 'a261d8461fde_rename_sql_sources',
        parents: 'b8c1bd22cb20',
        up: `${'\n'.repeat(10)}INSERT INTO data_sources SELECT * FROM sql_sourcez;`,
      },
      { id: 'd1', parents: 'a261d8461fde' },
      { id: 'd2', parents: 'd1' },
    ],
    exit: 1,
  },
  {
    name: 'a file without a transaction breaks off',
    now: [
      {
        id: 'ddd4',
        keys: '-- message: Shrink the file\n-- transaction: off\n',
        up: 'CREATE TABLE a (x);\nCREATE TABLE b (x);\nVACUUM;\nDROP TABLE a;\nDROP TABLE a;\nVACUUM;',
      },
    ],
    exit: 1,
  },
  {
    name: 'a row names nothing',
    before: [{ id: 'aaa1', up: FAMILY }],
    now: [
      {
        id: 'ccc3',
        parents: 'aaa1',
        keys: '-- message: Import posts\n',
        up: 'INSERT INTO posts VALUES (9, 9);',
      },
    ],
    exit: 1,
  },
  {
    name: 'a cascade would not happen',
    before: [{ id: 'aaa1', up: FAMILY }],
    now: [
      {
        id: 'ccc3',
        parents: 'aaa1',
        keys: '-- message: Drop old users\n',
        up: 'DELETE FROM users;',
      },
    ],
    exit: 1,
  },
  { name: 'an edited file', before: [A], now: [{ ...A, up: 'SELECT 2;' }], exit: 5 },
  {
    name: 'a revision below what is applied',
    before: [A],
    now: [{ id: 'bbb2' }, { ...A, parents: 'bbb2' }],
    between: ['repair', 'aaa1'],
    exit: 5,
  },
  {
    name: 'two heads',
    now: [{ id: '32c843eb8225' }, { id: 'adfa6c905b9d' }],
    exit: 4,
  },
  {
    name: 'a lock',
    before: [A],
    now: [{ id: 'bbb2', parents: 'aaa1' }],
    isLocked: true,
    exit: 6,
  },
];

suite('docs/recovery.md', (test) => {
  test('shows so many symptoms', () => assert.is(shown.length, symptoms.length));

  for (const [index, { name, before = [], now, between, isLocked, exit }] of symptoms.entries()) {
    test(`has the words of mig: ${name}`, () =>
      inTemp(async (dir) => {
        write(dir, before);
        const database = ['-d', 'app.db', '--lock-timeout', '30ms'];
        assert.is((await mig(dir, ['upgrade', ...database])).status, 0);
        write(dir, now);
        if (between !== undefined) assert.is((await mig(dir, [...between, ...database])).status, 0);
        using holder = new DatabaseSync(join(dir, 'app.db'));
        if (isLocked) holder.exec('BEGIN IMMEDIATE');
        const { status, stderr } = await mig(dir, ['upgrade', ...database]);
        assert.is(status, exit);
        const said = stderr.replace('0.03 s', '30 s').split('\n');
        for (const line of shown[index]!.trimEnd().split('\n')) {
          const [, left, part = line] = /^( *… )(.*)$/.exec(line) ?? [];
          const has = (each: string) => (left === undefined ? each === part : each.endsWith(part));
          assert.ok(said.some(has), `${line}\nis not in\n${stderr}`);
        }
      }));
  }
});

function write(dir: string, revisions: readonly Revision[]): void {
  writeTree(dir, { 'migrations/.keep': '' });
  for (const { id, parents = 'base', keys = '', up = 'SELECT 1;' } of revisions) {
    writeTree(dir, {
      [`migrations/${id}.up.sql`]: `-- ---\n-- parents: ${parents}\n${keys}-- ---\n${up}\n`,
      [`migrations/${id}.down.sql`]: 'SELECT 1;\n',
    });
  }
}
