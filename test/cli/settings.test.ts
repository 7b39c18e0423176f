import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { projectFrom } from '../../lib/cli/settings.ts';
import type { World } from '../../lib/commands/project.ts';
import { BUNDLE, run, runProgram } from '../support/program.ts';
import { documentOf, writeRevisions } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp, type Tree, writeTree } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

interface Given {
  readonly flags?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Tree;
  /** Where mig is started, below the folder of the files. */
  readonly below?: string;
}

/** The settings that come out, with the folder that everything is in as `~`. */
async function settings({ flags = {}, env = {}, files = {}, below = '' }: Given) {
  return inTemp((dir) => {
    writeTree(dir, { '.git/HEAD': '', ...files });
    mkdirSync(join(dir, below), { recursive: true });
    const project = projectFrom(flags, env, join(dir, below), {} as World);
    const short = (path: string | undefined) => path?.replace(dir, '~') ?? null;
    return {
      database: short(project.database?.path),
      dir: short(project.dir),
      shownDir: short(project.shownDir),
      table: project.table,
      schemaFile: short(project.schemaFile?.path),
      shownSchema: short(project.schemaFile?.shown),
      lockTimeoutMs: project.lockTimeoutMs,
      ids: project.ids,
    };
  });
}

suite('where a setting comes from', (test) => {
  const config = {
    database: 'config.db',
    dir: 'config',
    table: 'config_log',
    schemaFile: 'config.sql',
    lockTimeout: '3s',
    ids: 'timestamp',
  };
  const files = { 'mig.json': JSON.stringify(config) };
  const env = {
    MIG_DATABASE: 'env.db',
    DATABASE_URL: 'url.db',
    MIG_DIR: 'env',
    MIG_TABLE: 'env_log',
    MIG_SCHEMA_FILE: 'env.sql',
    MIG_LOCK_TIMEOUT: '2s',
  };
  const flags = {
    database: 'flag.db',
    dir: 'flag',
    table: 'flag_log',
    'schema-file': 'flag.sql',
    'lock-timeout': '1s',
  };
  const fromDefault = {
    database: null,
    dir: '~/migrations',
    shownDir: 'migrations',
    table: 'mig_log',
    schemaFile: null,
    shownSchema: null,
    lockTimeoutMs: 30_000,
    ids: 'random',
  };
  const from = (name: string, ms: number, ids: string) => ({
    database: `~/${name}.db`,
    dir: `~/${name}`,
    shownDir: name,
    table: `${name}_log`,
    schemaFile: `~/${name}.sql`,
    shownSchema: `${name}.sql`,
    lockTimeoutMs: ms,
    ids,
  });

  test('by itself: the default', async () => assert.equal(await settings({}), fromDefault));
  test('mig.json before the default', async () =>
    assert.equal(await settings({ files }), from('config', 3000, 'timestamp')));
  test('the environment before mig.json', async () =>
    assert.equal(await settings({ files, env }), from('env', 2000, 'timestamp')));
  test('a flag before the environment', async () =>
    assert.equal(await settings({ files, env, flags }), from('flag', 1000, 'timestamp')));
  test('MIG_DATABASE before DATABASE_URL', async () => {
    const { MIG_DATABASE: _, ...rest } = env;
    assert.is((await settings({ env: rest })).database, '~/url.db');
  });
  test('an empty variable counts as none', async () => {
    const empty = Object.fromEntries(Object.keys(env).map((name) => [name, '']));
    assert.equal(await settings({ files, env: empty }), from('config', 3000, 'timestamp'));
    const { database } = await settings({ env: { MIG_DATABASE: '', DATABASE_URL: 'url.db' } });
    assert.is(database, '~/url.db');
  });
});

suite('mig.json', (test) => {
  const files = {
    'mig.json': '{"dir": "db/migrations", "database": "data/app.db"}',
    'a/b/.keep': '',
  };

  test('is found in a folder above, and its paths are relative to it', async () => {
    const { database, dir, shownDir } = await settings({ files, below: 'a/b' });
    assert.equal({ database, dir }, { database: '~/data/app.db', dir: '~/db/migrations' });
    assert.is(shownDir, '~/db/migrations', 'outside of where one is: the whole path');
  });

  test('the nearest one', async () => {
    const two = { ...files, 'a/mig.json': '{"dir": "mine"}' };
    const { database, dir } = await settings({ files: two, below: 'a/b' });
    assert.equal({ database, dir }, { database: null, dir: '~/a/mine' }, 'and only that one');
  });

  test('`init` makes a project of its own below another', () =>
    inTemp(async (dir) => {
      writeTree(dir, { '.git/HEAD': '', ...files });
      const below = join(dir, 'svc');
      mkdirSync(below);
      const made = await mig(below, ['init', '-d', 'svc.db', '--json']);
      assert.equal(documentOf(made).created, ['migrations', 'mig.json']);
      assert.equal(JSON.parse(readFileSync(join(below, 'mig.json'), 'utf8')), {
        database: 'svc.db',
        dir: 'migrations',
      });
    }));

  test('no higher than the root of the git repository', async () => {
    const inner = { ...files, 'a/.git/HEAD': '' };
    assert.is((await settings({ files: inner, below: 'a/b' })).dir, '~/a/b/migrations');
    assert.is((await settings({ files: inner, below: 'a' })).dir, '~/a/migrations');
    assert.is((await settings({ files: inner })).dir, '~/db/migrations');
  });

  test('a worktree has a `.git` that is a file', async () => {
    const worktree = { ...files, 'a/.git': 'gitdir: elsewhere\n' };
    assert.is((await settings({ files: worktree, below: 'a/b' })).dir, '~/a/b/migrations');
  });

  test('in the root itself it is found', async () => {
    const root = { ...files, 'a/.git/HEAD': '', 'a/mig.json': '{"dir": "mine"}' };
    assert.is((await settings({ files: root, below: 'a/b' })).dir, '~/a/mine');
  });

  test('the default folder is beside it', async () => {
    const plain = { 'mig.json': '{}' };
    assert.is((await settings({ files: plain, below: 'a/b' })).dir, '~/migrations');
  });

  test('`--config` and MIG_CONFIG name another; the flag wins', async () => {
    const more = { ...files, 'x/one.json': '{"dir": "one"}', 'x/two.json': '{"dir": "two"}' };
    const env = { MIG_CONFIG: 'x/one.json' };
    assert.is((await settings({ files: more, env })).dir, '~/x/one');
    const flags = { config: 'x/two.json' };
    assert.is((await settings({ files: more, env, flags })).dir, '~/x/two');
  });

  const broken: readonly (readonly [text: string, stderr: string])[] = [
    [
      '{"databse": "x"}',
      'mig.json: Unknown key `databse`.\n  mig.json\n  Did you mean `database`?\n',
    ],
    [
      '{"zzz": "x"}',
      'mig.json: Unknown key `zzz`.\n  mig.json\n  The keys are database, dir, table, schemaFile, lockTimeout, ids.\n',
    ],
    ['[]', 'mig.json: It has to be an object: `{ "dir": "migrations" }`.\n  mig.json\n'],
    ['{"dir": 1}', 'mig.json: `dir` has to be a text, and not empty.\n  mig.json\n'],
    ['{"dir": ""}', 'mig.json: `dir` has to be a text, and not empty.\n  mig.json\n'],
    ['{"ids": "uuid"}', 'mig.json: `ids` is `random` or `timestamp`.\n  mig.json\n'],
  ];
  for (const [text, stderr] of broken) {
    test(`${text} is refused`, () =>
      inTemp(async (dir) => {
        writeTree(dir, { 'mig.json': text });
        const ran = await mig(dir, ['heads', '--config', 'mig.json']);
        // The place is left out where the message names it.
        const expected = stderr.replace('\n  mig.json\n', '\n');
        assert.equal(ran, { status: 2, stdout: '', stderr: `mig: ${expected}` });
      }));
  }

  test('that is no JSON: line and column', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'mig.json': '{\n  "dir": x\n}\n' });
      const { error } = documentOf(await mig(dir, ['heads', '--json', '--config', 'mig.json']));
      const { code, file, line, column } = error!;
      assert.equal([code, file, line, column], ['setting', 'mig.json', 2, 10]);
    }));
});

suite('--env-file', (test) => {
  const files = {
    'prod.env': '# a comment\nMIG_DATABASE="file one.db"\nMIG_DIR=\nMIG_TABLE=of_file\n',
    'sub/.keep': '',
  };
  const flags = { 'env-file': 'prod.env' };

  test('gives what the environment does not say', async () => {
    const { database, dir, table } = await settings({ files, flags });
    assert.equal([database, dir, table], ['~/file one.db', '~/migrations', 'of_file']);
  });

  test('the environment itself wins, unless it is empty', async () => {
    const env = { MIG_TABLE: 'of_env', MIG_DATABASE: '' };
    const { database, table } = await settings({ files, flags, env });
    assert.equal([database, table], ['~/file one.db', 'of_env']);
  });

  test('MIG_DATABASE of the file stands before DATABASE_URL of the environment', async () => {
    const env = { DATABASE_URL: 'url.db' };
    assert.is((await settings({ files, flags, env })).database, '~/file one.db');
  });

  test('a variable with a URL that is none is named', () =>
    inTemp(async (dir) => {
      writeTree(dir, { 'mig.json': '{"database": "app.db"}' });
      const { status, stderr } = await mig(dir, ['status'], {
        env: { DATABASE_URL: 'postgres://localhost/shop' },
      });
      assert.is(status, 2);
      assert.match(
        stderr,
        /^mig: mig knows no database `postgres:`.*\n {2}DATABASE_URL says so\. What/,
      );
    }));

  test('nothing is loaded unasked', async () => {
    const unasked = { '.env': 'MIG_DATABASE=unasked.db\n' };
    assert.is((await settings({ files: unasked })).database, null);
  });
});

suite('the program', (test) => {
  test('looks where it should', () =>
    inTemp((dir) => {
      writeRevisions(dir, 'a1; b1<a1');
      writeTree(dir, {
        'mig.json': '{"database": "sqlite:config.db"}',
        'sub/.keep': '',
        'prod.env': 'MIG_DATABASE=file.db\n',
      });
      const there = (name: string) => existsSync(join(dir, name));
      assert.is(run(join(dir, 'sub'), ['upgrade', '-q']).status, 0);
      assert.ok(there('config.db'), 'mig.json, from a folder below');
      assert.is(run(dir, ['upgrade', '-q', '--env-file', 'prod.env']).status, 0);
      assert.ok(there('file.db'), '--env-file');
      assert.is(run(dir, ['upgrade', '-q'], { env: { DATABASE_URL: 'sqlite:url.db' } }).status, 0);
      assert.ok(there('url.db'), 'DATABASE_URL');
      const env = { MIG_DATABASE: 'env.db', DATABASE_URL: 'no.db' };
      assert.is(run(dir, ['upgrade', '-q'], { env }).status, 0);
      assert.ok(there('env.db'), 'MIG_DATABASE');
      assert.is(run(dir, ['upgrade', '-q', '-d', 'flag.db'], { env }).status, 0);
      assert.ok(there('flag.db'), '-d');
      assert.not(there('no.db'));
    }));
});

suite('--env-file, and Node that looks at it first', (test) => {
  const args = ['heads', '--env-file', 'nope.env'];

  test('a missing file is the error of Node, by the program as it is installed', () =>
    inTemp((dir) => {
      const { status, stderr } = run(dir, args);
      assert.is(status, 9);
      assert.match(stderr, /nope\.env: not found/);
    }));

  test('and that of mig behind `node --`', () =>
    inTemp((dir) => {
      const { status, stderr } = runProgram(dir, process.execPath, ['--', BUNDLE, ...args]);
      assert.is(status, 2);
      assert.match(stderr, /^mig: There is no file nope\.env\.\n/);
    }));
});
