import * as assert from 'uvu/assert';
import { type FileName, readName, stemOf } from '../../lib/files/names.ts';
import { suite } from '../support/suite.ts';

const revision = (id: string, slug: string, side: 'up' | 'down'): FileName => ({
  kind: 'revision',
  id,
  slug,
  side,
});

suite('readName: revisions', (test) => {
  const table: readonly (readonly [name: string, id: string, slug: string, side: 'up' | 'down'])[] =
    [
      ['a261d8461fde_rename_sql_sources.up.sql', 'a261d8461fde', 'rename_sql_sources', 'up'],
      ['a261d8461fde_rename_sql_sources.down.sql', 'a261d8461fde', 'rename_sql_sources', 'down'],
      ['a261d8461fde.up.sql', 'a261d8461fde', '', 'up'],
      ['a261d8461fde.down.sql', 'a261d8461fde', '', 'down'],
      // Always text, never a number.
      ['0012_init.up.sql', '0012', 'init', 'up'],
      ['12e34.up.sql', '12e34', '', 'up'],
      ['20240101120000_users.down.sql', '20240101120000', 'users', 'down'],
      ['Z_.up.sql', 'Z', '', 'up'],
      ['a1__x.up.sql', 'a1', '_x', 'up'],
      // Only the end decides; the slug may hold anything.
      ['a1_x.down.up.sql', 'a1', 'x.down', 'up'],
      ['a1_Tâches & états!.up.sql', 'a1', 'Tâches & états!', 'up'],
      ['a1_two\nlines.up.sql', 'a1', 'two\nlines', 'up'],
      // Reserved are whole words, not beginnings.
      ['heads1_x.up.sql', 'heads1', 'x', 'up'],
      [`${'a'.repeat(64)}.up.sql`, 'a'.repeat(64), '', 'up'],
    ];
  for (const [name, id, slug, side] of table) {
    test(JSON.stringify(name), () => assert.equal(readName(name), revision(id, slug, side)));
  }
});

suite('readName: names that are wrong', (test) => {
  const shape = 'A revision is `<id>_<slug>.up.sql` and `<id>_<slug>.down.sql`.';
  const letters = 'an id is 1 to 64 letters and digits (A-Z a-z 0-9)';
  const table: readonly (readonly [name: string, id: string, fault: string])[] = [
    ['.up.sql', '', letters],
    ['_x.down.sql', '', letters],
    ['add-users.up.sql', 'add-users', letters],
    ['é1.up.sql', 'é1', letters],
    ['a 1_x.up.sql', 'a 1', letters],
    ['.a1_x.up.sql', '.a1', letters],
    [`${'a'.repeat(65)}.up.sql`, 'a'.repeat(65), letters],
    ['head.up.sql', 'head', '`head` is a reserved word'],
    ['heads_x.up.sql', 'heads', '`heads` is a reserved word'],
    ['Base_x.down.sql', 'Base', '`Base` is a reserved word'],
    ['CURRENT.down.sql', 'CURRENT', '`CURRENT` is a reserved word'],
  ];
  for (const [name, id, fault] of table) {
    test(name, () =>
      assert.equal(readName(name), {
        kind: 'wrong',
        message: `\`${id}\`, the part of the name before the first \`_\`, is no revision id: ${fault}.`,
        hint: shape,
      }),
    );
  }
  for (const [name, word] of [
    ['a1_x.up.postgres.sql', 'postgres'],
    ['a1.down.sqlite.sql', 'sqlite'],
    ['a1_x.up.up.pg16.sql', 'pg16'],
  ] as const) {
    test(`${name}: a variant`, () =>
      assert.equal(readName(name), {
        kind: 'wrong',
        message: `Names in \`.up.<word>.sql\` and \`.down.<word>.sql\` are reserved for variants by engine (here: ${word}).`,
        hint: 'This version of mig has no variants: name it `<id>_<slug>.up.sql`.',
      }));
  }
});

suite('readName: files that are no revisions', (test) => {
  for (const name of ['notes.sql', 'up.sql', '.sql', 'a1_x.sql', 'a1_x.up.a.b.sql']) {
    test(`${name} is a stray`, () => assert.equal(readName(name), { kind: 'stray' }));
  }
  for (const name of ['README.md', 'a1_x.up.SQL', 'a1_x.up.sql.orig', 'a1_x.up.sql~', 'sql', '']) {
    test(`“${name}” is left alone`, () => assert.equal(readName(name), { kind: 'other' }));
  }
});

suite('stemOf', (test) => {
  test('joins id and slug', () => assert.is(stemOf('a1', 'add_users'), 'a1_add_users'));
  test('is the id alone without a slug', () => assert.is(stemOf('a1', ''), 'a1'));
  test('is read back by readName', () =>
    assert.equal(readName(`${stemOf('a1', 'b_c')}.up.sql`), revision('a1', 'b_c', 'up')));
});
