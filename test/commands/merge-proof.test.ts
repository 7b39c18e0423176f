import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import type { ProofDocument } from '../../lib/commands/documents.ts';
import commuteCases from '../schema/commute_cases.json' with { type: 'json' };
import { ROOT, run } from '../support/program.ts';
import { documentOf, filesBelow, writeRevisions } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const T =
  "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, s TEXT);\nINSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y');\n";
const FORK = 'd0; a1<d0; b1<d0';

type Scripts = Readonly<Record<string, string>>;

function write(dir: string, shape: string, scripts: Scripts): void {
  const pairs = Object.entries(scripts).map(([id, up]) => [id, [up, '']] as const);
  writeRevisions(dir, shape, Object.fromEntries(pairs));
}

interface MergeJson {
  readonly status: number | null;
  readonly files: readonly string[];
  readonly notes: readonly string[];
  readonly proof: ProofDocument | null;
  readonly error: Readonly<Record<string, unknown>> | undefined;
}

async function merge(dir: string, ...args: readonly string[]): Promise<MergeJson> {
  const ran = await mig(dir, ['merge', ...args, '--json']);
  return { ...(documentOf(ran) as unknown as MergeJson), status: ran.status };
}

const read = (dir: string, id: string) => readFileSync(join(dir, `migrations/${id}.up.sql`));

/** What each failing order blames: the file, the line, and the error. */
const BLAMED: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  'rename-table-vs-view-on-old-name': [[null, null, 'The view `v` cannot be read']],
  'insert-vs-unique-index': [
    ['migrations/b1.up.sql', 6, 'b1 fails: UNIQUE constraint failed: t.a'],
    ['migrations/a1.up.sql', 6, 'a1 fails: UNIQUE constraint failed: t.a'],
  ],
};

suite('mig merge: the worked cases, by the built program', (test) => {
  for (const { name, base, a, b, verdict } of commuteCases) {
    test(name, () =>
      inTemp((dir) => {
        write(dir, FORK, { d0: base, a1: `\n${a}`, b1: `\n${b}` });
        const before = filesBelow(dir);
        const ran = run(dir, ['merge', '--json']);
        const document = documentOf(ran) as unknown as MergeJson;
        assert.is(document.proof?.verdict, verdict);
        if (verdict === 'commutes') {
          assert.is(ran.status, 0);
          assert.is(document.files.length, 2);
          return;
        }
        assert.is(ran.status, 1);
        assert.equal(document.files, []);
        assert.is(document.error?.code, 'proof');
        assert.equal(filesBelow(dir), before, 'nothing was written');
        const failing = document.proof!.findings.filter(({ code }) => /fails|broken/.test(code));
        const blamed = BLAMED[name] ?? [];
        assert.is(failing.length, blamed.length);
        for (const [index, [file, line, message]] of blamed.entries()) {
          const found = failing[index]!;
          assert.equal([found.file, found.line], [file, line]);
          assert.ok(found.message.includes(String(message)), found.message);
        }
      }),
    );
  }
});

suite('mig merge, when branches commute', (test) => {
  test('says what that claims', () =>
    inTemp(async (dir) => {
      write(dir, FORK, { d0: T, a1: 'CREATE TABLE n (x);', b1: 'UPDATE t SET a = 1;' });
      const { status, stdout } = await mig(dir, ['merge']);
      assert.is(status, 0);
      assert.match(stdout, /\nThe branches commute \(proved: .*\)\n$/);
    }));

  test('up to order, with a note', () =>
    inTemp(async (dir) => {
      const add = (column: string) => `ALTER TABLE t ADD COLUMN ${column};`;
      write(dir, FORK, { d0: T, a1: add('p'), b1: add('q') });
      const { status, stdout } = await mig(dir, ['merge']);
      assert.is(status, 0);
      assert.match(
        stdout,
        /commute, but for the order of columns or triggers \(tested: .*\)\n {2}Run as b1/,
      );
    }));

  test('two people write the same bytes, with a proof and without', async () => {
    const written: unknown[] = [];
    for (const args of [[], ['b1', 'a1'], ['--no-prove'], ['heads', '--on', 'app.db']]) {
      await inTemp(async (dir) => {
        write(dir, FORK, { d0: T, a1: 'CREATE TABLE n (x);', b1: 'UPDATE t SET a = 1;' });
        assert.is((await mig(dir, ['upgrade', 'd0', '-d', 'app.db'])).status, 0);
        const { status, files } = await merge(dir, ...args);
        assert.is(status, 0);
        written.push(files.map((file) => [file, readFileSync(join(dir, file), 'utf8')]));
      });
    }
    for (const each of written) assert.equal(each, written[0]);
  });

  test('--no-prove writes what no proof would let through, and says that nothing is known', () =>
    inTemp(async (dir) => {
      write(dir, FORK, { d0: T, a1: 'UPDATE t SET a = a + 1;', b1: 'UPDATE t SET a = a * 2;' });
      assert.is((await merge(dir)).status, 1);
      const { status, stdout } = await mig(dir, ['merge', '--no-prove']);
      assert.is(status, 0);
      assert.match(stdout, /\nNot proved: whether the branches commute is not known\.\n$/);
      assert.is((await mig(dir, ['heads', '--check'])).status, 0);
    }));

  test('--no-prove does not even read the SQL', () =>
    inTemp(async (dir) => {
      write(dir, FORK, { d0: 'NONSENSE;', a1: 'MORE;', b1: 'STILL;' });
      const { error } = await merge(dir);
      assert.equal([error?.code, error?.file, error?.line], ['failed', 'migrations/d0.up.sql', 5]);
      const { status, proof } = await merge(dir, '--no-prove');
      assert.equal([status, proof], [0, null]);
    }));

  test('with nothing to merge, nothing is run', () =>
    inTemp(async (dir) => {
      write(dir, 'd0; a1<d0', { d0: 'NONSENSE;' });
      const { status, files, notes, proof } = await merge(dir);
      assert.equal([status, files, proof], [0, [], null]);
      assert.equal(notes, ['Nothing to merge. There is one head: a1']);
    }));

  test('a merge that exists is named, and not proved again', () =>
    inTemp(async (dir) => {
      write(dir, FORK, { d0: T, a1: 'CREATE TABLE n (x);', b1: 'UPDATE t SET a = 1;' });
      const { files } = await merge(dir);
      const again = await merge(dir, 'a1', 'b1');
      assert.equal([again.status, again.files, again.proof], [0, [], null]);
      assert.equal(again.notes, [`The merge exists already: ${files[0]}`]);
    }));
});

suite('mig merge of other shapes', (test) => {
  for (const [count, limit] of [
    [3, /^Of 3 heads, whole branches were run in 6 orders/],
    [4, /^Of 4 heads, whole branches were run in 24 orders/],
    [5, /^Of 5 heads, every two were run in every order, and all together in two\.$/],
  ] as const) {
    const heads = ['a1', 'b1', 'c1', 'd1', 'e1'].slice(0, count);
    const shape = `d0; ${heads.map((id) => `${id}<d0`).join('; ')}`;
    const fine = {
      d0: T,
      ...Object.fromEntries(heads.map((id) => [id, `CREATE TABLE t_${id} (x);`])),
    };

    test(`${count} heads`, () =>
      inTemp(async (dir) => {
        write(dir, shape, fine);
        const { status, proof } = await merge(dir);
        assert.equal([status, proof?.verdict, proof?.claim], [0, 'commutes', 'tested']);
        assert.is(proof!.findings.length, 1);
        assert.match(proof!.findings[0]!.message, limit);
        assert.is((await mig(dir, ['upgrade', '-d', 'app.db'])).status, 0);
      }));

    test(`${count} heads of which two do not commute`, () =>
      inTemp(async (dir) => {
        const [second, last] = [heads[1]!, heads.at(-1)!];
        write(dir, shape, {
          ...fine,
          [second]: 'UPDATE t SET a = a + 1;',
          [last]: 'UPDATE t SET a = a * 2;',
        });
        const { status, proof, error } = await merge(dir);
        assert.equal([status, proof?.verdict, error?.code], [1, 'differs', 'proof']);
        // The others can be joined.
        const others = heads.filter((id) => id !== second);
        assert.is((await merge(dir, ...others)).status, 0);
      }));
  }

  test('five heads keep the note of what is only order', () =>
    inTemp(async (dir) => {
      const shape = 'd0; a1<d0; b1<d0; c1<d0; d1<d0; e1<d0';
      const add = (column: string) => `ALTER TABLE t ADD COLUMN ${column};`;
      write(dir, shape, { d0: T, a1: add('p'), e1: add('q') });
      const { proof } = await merge(dir);
      assert.is(proof?.verdict, 'commutes-up-to-order');
      assert.equal(
        proof!.findings.map(({ code }) => code),
        ['order', 'limit'],
      );
    }));

  test('a criss-cross', () =>
    inTemp(async (dir) => {
      const shape = 'd0; a1<d0; b1<d0; c1<a1,b1; c2<a1,b1';
      write(dir, shape, { d0: T, a1: 'ALTER TABLE t ADD COLUMN p;', c1: 'UPDATE t SET p = 1;' });
      const { status, proof } = await merge(dir);
      assert.equal([status, proof?.verdict, proof?.claim], [0, 'commutes', 'proved']);
    }));

  test('no common ancestor: only when named', () =>
    inTemp(async (dir) => {
      write(dir, 'a1; b1', { a1: 'CREATE TABLE t (x);', b1: 'CREATE TABLE t (y);' });
      const bare = await merge(dir);
      assert.equal([bare.status, bare.files, bare.proof], [0, [], null]);
      const named = await merge(dir, 'a1', 'b1');
      assert.equal([named.status, named.proof?.verdict], [1, 'conflict']);
      write(dir, 'a1; b1', { a1: 'CREATE TABLE t (x);', b1: 'CREATE TABLE u (y);' });
      assert.is((await merge(dir, 'a1', 'b1')).proof?.claim, 'proved');
    }));

  for (const key of ['foreign_keys: on', 'transaction: off']) {
    test(`${key} is told as a limit`, () =>
      inTemp(async (dir) => {
        write(dir, FORK, { d0: T, a1: 'CREATE TABLE n (x);', b1: 'UPDATE t SET a = 1;' });
        const path = join(dir, 'migrations/a1.up.sql');
        writeFileSync(
          path,
          readFileSync(path, 'utf8').replace('-- message', `-- ${key}\n-- message`),
        );
        const { status, proof } = await merge(dir);
        assert.equal([status, proof?.verdict, proof?.claim], [0, 'commutes', 'tested']);
        assert.match(
          proof!.findings[0]!.message,
          /^a1 says `foreign_keys: on` or `transaction: off`,/,
        );
      }));
  }
});

suite('mig merge --depends', (test) => {
  const ORDER = { d0: T, a1: 'ALTER TABLE t RENAME TO u;\n', b1: 'UPDATE t SET a = 1;\n' };

  for (const [name, convert] of [
    ['LF', (text: string) => text],
    ['CRLF', (text: string) => text.replaceAll('\n', '\r\n')],
  ] as const) {
    test(`what is suggested makes it succeed, and changes one line (${name})`, () =>
      inTemp(async (dir) => {
        write(dir, FORK, ORDER);
        const path = join(dir, 'migrations/a1.up.sql');
        writeFileSync(path, convert(readFileSync(path, 'utf8')));
        const before = filesBelow(dir);
        const refused = await merge(dir);
        assert.equal([refused.status, refused.proof?.verdict], [1, 'order-dependent']);
        const { revision, needs } = refused.proof!.suggestion!;
        assert.equal([revision, needs], ['a1', 'b1']);
        assert.ok(String(refused.error?.hint).includes('`mig merge --depends a1=b1`'));
        assert.equal(filesBelow(dir), before);

        const { status, files } = await merge(dir, '--depends', `${revision}=${needs}`);
        assert.is(status, 0);
        const after = { ...filesBelow(dir) };
        for (const file of files) delete after[file];
        const expected = String(before['migrations/a1.up.sql']).replace(
          convert('-- ---\nALTER'),
          convert('-- depends: b1\n-- ---\nALTER'),
        );
        assert.equal(after, { ...before, 'migrations/a1.up.sql': expected });
        assert.is((await mig(dir, ['upgrade', '-d', 'app.db'])).status, 0);
      }));

    test(`a wrong one is taken back, byte for byte (${name})`, () =>
      inTemp(async (dir) => {
        write(dir, FORK, ORDER);
        const path = join(dir, 'migrations/b1.up.sql');
        writeFileSync(path, convert(readFileSync(path, 'utf8')));
        const before = filesBelow(dir);
        const { status, proof, error } = await merge(dir, '--depends', 'b1=a1');
        assert.equal([status, proof?.verdict, error?.code], [1, 'conflict', 'proof']);
        assert.equal(filesBelow(dir), before);
      }));
  }

  test('goes behind the dependencies that are there', () =>
    inTemp(async (dir) => {
      write(dir, 'x0; d0; a1<d0 +x0; b1<d0', ORDER);
      const before = read(dir, 'a1').toString();
      assert.is((await merge(dir, 'a1', 'b1', '--depends', 'a1=b1')).status, 0);
      assert.is(read(dir, 'a1').toString(), before.replace('depends: x0', 'depends: x0, b1'));
    }));

  test('one that is there already changes nothing', () =>
    inTemp(async (dir) => {
      write(dir, 'd0; a1<d0 +b1; b1<d0', ORDER);
      const before = read(dir, 'a1');
      assert.is((await merge(dir, 'a1', 'b1', '--depends', 'a1=b1')).status, 0);
      assert.equal(read(dir, 'a1'), before);
    }));

  for (const [text, status] of [
    ['a1', 2],
    ['a1=', 2],
    ['=b1', 2],
    ['a1=b1=d0', 2],
    ['a1=nope', 2],
    ['d0=a1', 1],
    ['a1=a1', 1],
  ] as const) {
    test(`${text} is refused, and nothing changes`, () =>
      inTemp(async (dir) => {
        write(dir, FORK, ORDER);
        const before = filesBelow(dir);
        assert.is((await merge(dir, '--depends', text)).status, status);
        assert.equal(filesBelow(dir), before);
      }));
  }

  test('the edge between two revisions further up is suggested', () =>
    inTemp(async (dir) => {
      const shape = 'd0; a1<d0; a2<a1; a3<a2; b1<d0; b2<b1';
      const scripts = {
        d0: `${T}CREATE TABLE log (m);`,
        a2: 'DROP TABLE log;',
        a3: 'CREATE TABLE log (m);',
        b2: 'INSERT INTO log VALUES (1); DELETE FROM log;',
      };
      write(dir, shape, scripts);
      const { proof, error } = await merge(dir);
      assert.is(proof?.verdict, 'order-dependent');
      assert.equal(proof!.suggestion, { revision: 'a2', needs: 'b2' });
      const [problem] = (error?.problems ?? []) as readonly { readonly file: string }[];
      assert.is(problem?.file, 'migrations/b2.up.sql');
      const { status } = await merge(dir, '--depends', 'a2=b2');
      assert.is(status, 0);
    }));
});

suite('mig merge --on', (test) => {
  const DUPLICATE = { d0: T, a1: 'CREATE UNIQUE INDEX i ON t(a);', b1: 'CREATE TABLE n (x);' };

  async function prepared(dir: string, target: string): Promise<string> {
    write(dir, FORK, DUPLICATE);
    const path = join(dir, 'app.db');
    assert.is((await mig(dir, ['upgrade', target, '-d', 'app.db'])).status, 0);
    return path;
  }

  test('finds what only its rows tell, and leaves it as it was', () =>
    inTemp(async (dir) => {
      const path = await prepared(dir, 'd0');
      {
        using db = new DatabaseSync(path, {});
        db.exec("INSERT INTO t VALUES (3, 10, 'again')");
      }
      const before = filesBelow(dir);
      const { status, proof } = await merge(dir, '--on', 'app.db');
      assert.equal([status, proof?.verdict], [1, 'conflict']);
      assert.is(proof!.findings.length, 2);
      for (const { message, file, line } of proof!.findings) {
        assert.match(message, /the revision a1 fails: UNIQUE constraint failed: t\.a$/);
        assert.equal([file, line], ['migrations/a1.up.sql', 5]);
      }
      assert.equal(filesBelow(dir), before, 'not a byte of anything');
      assert.is((await merge(dir)).status, 0, 'an empty one knows nothing of it');
    }));

  test('passes where the rows allow it, and leaves it as it was', () =>
    inTemp(async (dir) => {
      const path = await prepared(dir, 'd0');
      const before = readFileSync(path);
      assert.is((await merge(dir, '--on', 'app.db')).status, 0);
      assert.equal(readFileSync(path), before);
    }));

  test('a database that has a branch already: exit 2', () =>
    inTemp(async (dir) => {
      await prepared(dir, 'a1');
      const before = filesBelow(dir);
      const { status, error, files } = await merge(dir, '--on', 'app.db');
      assert.equal([status, error?.code, error?.revision], [2, 'usage', 'a1']);
      assert.match(String(error?.message), /^app\.db has a1 already, so it cannot tell/);
      assert.equal(files ?? [], []);
      assert.equal(filesBelow(dir), before);
    }));

  test('a database that is not there is no empty one', () =>
    inTemp(async (dir) => {
      write(dir, FORK, DUPLICATE);
      const before = filesBelow(dir);
      const { status, error } = await merge(dir, '--on', 'typo.db');
      assert.equal([status, error?.message], [2, 'There is no database typo.db']);
      assert.equal(filesBelow(dir), before);
    }));

  test('a database that lacks a part of what the heads share gets it first', () =>
    inTemp(async (dir) => {
      write(dir, 'd0; d1<d0; a1<d1; b1<d1', {
        d0: T,
        d1: 'ALTER TABLE t ADD COLUMN p;',
        a1: 'UPDATE t SET p = 1;',
      });
      assert.is((await mig(dir, ['upgrade', 'd0', '-d', 'app.db'])).status, 0);
      assert.is((await merge(dir, '--on', 'app.db')).proof?.claim, 'proved');
    }));
});

suite('docs/merge.md', (test) => {
  const page = readFileSync(join(ROOT, 'docs/merge.md'), 'utf8');
  const shown = [...page.matchAll(/^```\n\$ mig merge\n(.*?)^```$/gms)].map(([, text]) => text);
  const base =
    "CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT, done INT);\nINSERT INTO tasks VALUES (1, 'write', 0), (2, 'test', 0);\n";
  const update = 'UPDATE tasks SET done = 1 WHERE id = 1;';
  const rebuild =
    'CREATE TABLE n (id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INT);\nINSERT INTO n SELECT id, title, done FROM tasks;\nDROP TABLE tasks;\nALTER TABLE n RENAME TO tasks;';
  const examples: readonly (readonly [verdict: string, a: string, b: string])[] = [
    ['commutes', 'ALTER TABLE tasks ADD COLUMN due TEXT;', update],
    [
      'commutes-up-to-order',
      'ALTER TABLE tasks ADD COLUMN due TEXT;',
      'ALTER TABLE tasks ADD COLUMN owner TEXT;',
    ],
    ['order-dependent', 'ALTER TABLE tasks RENAME TO todos;', update],
    [
      'conflict',
      "INSERT INTO tasks VALUES (3, 'test', 0);",
      'CREATE UNIQUE INDEX one_title ON tasks (title);',
    ],
    ['differs', 'ALTER TABLE tasks ADD COLUMN due TEXT;', rebuild],
  ];
  for (const [index, [verdict, a, b]] of examples.entries()) {
    test(`shows what is printed: ${verdict}`, () =>
      inTemp(async (dir) => {
        write(dir, '1a00; 2a00<1a00; 2b00<1a00', { '1a00': base, '2a00': a, '2b00': b });
        const { stdout, stderr } = await mig(dir, ['merge']);
        assert.is(shown[index], stdout + stderr);
      }));
  }

  test('after --depends, sync brings a database that has A already to the new order', () =>
    inTemp(async (dir) => {
      const [, a = '', b = ''] = examples.find(([verdict]) => verdict === 'order-dependent') ?? [];
      write(dir, '1a00; 2a00<1a00; 2b00<1a00', { '1a00': base, '2a00': a, '2b00': b });
      const down = join(dir, 'migrations/2a00.down.sql');
      writeFileSync(down, 'ALTER TABLE todos RENAME TO tasks;\n');
      await mig(dir, ['upgrade', '2a00', '-d', 'app.db']);
      assert.is((await merge(dir, '--depends', '2a00=2b00')).status, 0);
      const { stdout } = await mig(dir, ['status', '-d', 'app.db']);
      assert.match(stdout, /^reparented {2}1 {2}2a00$/m);
      assert.match(stdout, /^inserted {4}1 {2}2b00$/m);
      assert.is((await mig(dir, ['sync', '--yes', '-d', 'app.db'])).status, 0);
      assert.is((await mig(dir, ['status', '--check', '-d', 'app.db'])).status, 0);
    }));
});

suite('mig merge: a cascade that would not happen', (test) => {
  const family = 'CREATE TABLE p (id INTEGER PRIMARY KEY);\nINSERT INTO p VALUES (1), (2);\n';
  const child = 'CREATE TABLE c (p REFERENCES p ON DELETE CASCADE);\n';

  test('in one order of the two: no merge is written', () =>
    inTemp(async (dir) => {
      write(dir, FORK, { d0: family, a1: child, b1: 'DELETE FROM p WHERE id = 2;\n' });
      const { status, files, error } = await merge(dir);
      assert.is(status, 1);
      assert.is(files?.length ?? 0, 0);
      assert.match(JSON.stringify(error), /A DELETE on p would set off ON DELETE CASCADE of c/);
    }));

  test('but `foreign_keys: off` says that it is meant', () =>
    inTemp(async (dir) => {
      write(dir, FORK, { d0: family, a1: child, b1: 'DELETE FROM p WHERE id = 2;\n' });
      const path = join(dir, 'migrations/b1.up.sql');
      const text = readFileSync(path, 'utf8').replace(
        '-- message',
        '-- foreign_keys: off\n-- message',
      );
      writeFileSync(path, text);
      assert.is((await merge(dir)).status, 0);
    }));
});
