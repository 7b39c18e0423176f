import { type Scratch, ScratchError } from '../../lib/schema/scratch.ts';
import { type Random, randomOf } from './random.ts';
import { randomTable } from './random-table.ts';

/**
 * The statements of a schema of any shape: tables, indexes, views that refer to what comes
 * later, triggers on tables and views, full-text tables; under names that need quotes, and
 * with comments where SQLite keeps them. Some fail, as SQLite likes no such table.
 */
function randomSchema(random: Random): readonly string[] {
  const { int, chance, pick, shuffle } = random;
  const names = shuffle(NAMES);
  const take = () => names.pop()!;
  const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
  const tables = Array.from({ length: 1 + int(3) }, take);
  const plain = take();
  const [view, later] = [take(), take()];
  const statements = [
    ...tables.map((name) => `${randomTable(random, name)}${ending()}`),
    `CREATE TABLE ${quote(plain)}(id INTEGER PRIMARY KEY${chance(0.5) ? ' AUTOINCREMENT' : ''}, a TEXT DEFAULT 'x;--', b AS (length(a)) ${pick(['STORED', 'VIRTUAL'])})${ending()}`,
    `CREATE VIEW ${quote(view)} AS SELECT a AS "A b" FROM ${quote(later)}${ending()}`,
    `CREATE VIEW ${quote(later)}(a) AS WITH c AS (SELECT a FROM ${quote(plain)}) SELECT * FROM c${ending()}`,
    ...Array.from(
      { length: int(3) },
      () =>
        `CREATE ${pick(['', 'UNIQUE '])}INDEX ${quote(take())} ON ${quote(plain)}(${pick(['a', 'lower(a)', 'a COLLATE NOCASE DESC', 'b, a'])})${pick(['', " WHERE a <> ';'"])}${ending()}`,
    ),
    ...Array.from(
      { length: int(4) },
      () =>
        `CREATE TRIGGER ${quote(take())} ${pick(['BEFORE', 'AFTER'])} ${pick(['INSERT', 'DELETE', 'UPDATE', 'UPDATE OF a'])} ON ${quote(plain)} ${pick(['', 'WHEN CASE WHEN 1 THEN 1 END '])}BEGIN SELECT CASE WHEN 1 THEN 'END;' END; DELETE FROM ${quote(plain)} WHERE id < 0;${ending()}\nEND${ending()}`,
    ),
    `CREATE TRIGGER ${quote(take())} INSTEAD OF INSERT ON ${quote(view)} BEGIN INSERT INTO ${quote(plain)}(a) VALUES (new."A b"); END`,
    ...(chance(0.4)
      ? [
          `CREATE VIRTUAL TABLE ${quote(take())} USING fts5(a, content=${quote(plain)}, content_rowid='id')${ending()}`,
        ]
      : []),
  ];
  const renames = [
    `ALTER TABLE ${quote(plain)} ADD COLUMN ${quote(take())} DEFAULT 1`,
    `ALTER TABLE ${quote(plain)} RENAME TO ${quote(take())}`,
    `ALTER TABLE ${quote(tables[0]!)} RENAME TO ${quote(take())}`,
  ].filter(() => chance(0.3));
  return [...statements, ...renames];

  /** What a statement may end in; a `;` comes on a line of its own. */
  function ending(): string {
    return pick(['', '', ' -- the end', ' /* the end; */', '\n\t']);
  }
}

/** Makes a random schema, as far as SQLite takes it. Returns the statements that it took. */
export async function makeRandomSchema(scratch: Scratch, seed: number): Promise<readonly string[]> {
  const all = [
    'CREATE TABLE parent(x PRIMARY KEY, y, UNIQUE(x, y))',
    ...randomSchema(randomOf(seed)),
  ];
  const taken: string[] = [];
  for (const sql of all) {
    try {
      await scratch.exec(sql);
      taken.push(sql);
    } catch (error) {
      // A name taken twice, a key with two collations: SQLite's to refuse.
      if (!(error instanceof ScratchError)) throw error;
    }
  }
  return taken;
}

const NAMES = [
  'T',
  'two words',
  'order',
  'we"ird',
  "it's",
  'été',
  'a;b',
  '--',
  '/*',
  'Key',
  'x.y',
  'select',
  '1st',
  '[b]',
  '`',
  'zz',
  'AA',
  'mm',
  '_',
  'v$',
];
