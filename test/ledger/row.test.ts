import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import {
  COLUMNS,
  columnsOf,
  createLedgerSql,
  LEDGER_FORMAT,
  ledgerAddress,
  nextSeqSql,
} from '../../lib/ledger/row.ts';
import { factsOf } from '../support/ledger.ts';
import { suite } from '../support/suite.ts';

suite('ledgerAddress', (test) => {
  test('is always in main', () => {
    assert.is(ledgerAddress('mig_log'), 'main."mig_log"');
    assert.is(ledgerAddress('x"y'), 'main."x""y"');
  });
  test('no TEMP table can stand in for it', () => {
    using db = new DatabaseSync(':memory:');
    db.exec(createLedgerSql('mig_log'));
    db.exec('CREATE TEMP TABLE mig_log (seq INTEGER); INSERT INTO temp.mig_log VALUES (7)');
    const found = db.prepare(`SELECT count(*) AS n FROM ${ledgerAddress('mig_log')}`).get();
    assert.is(found?.n, 0);
  });
});

suite('createLedgerSql', (test) => {
  const columns = (table: string) => {
    using db = new DatabaseSync(':memory:');
    db.exec(createLedgerSql(table));
    // A second time does nothing.
    db.exec(createLedgerSql(table));
    return db
      .prepare('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
      .all(table)
      .map((row) => Object.values(row).join(' '));
  };
  const documented = [
    'seq INTEGER 1 1',
    'op TEXT 1 0',
    'direction TEXT 0 0',
    'revision TEXT 0 0',
    'path TEXT 0 0',
    'down_path TEXT 0 0',
    'parents TEXT 0 0',
    'depends TEXT 0 0',
    'message TEXT 0 0',
    'checksum TEXT 0 0',
    'down_checksum TEXT 0 0',
    'up_file TEXT 0 0',
    'down_file TEXT 0 0',
    'step INTEGER 0 0',
    'options TEXT 0 0',
    'run TEXT 1 0',
    'at TEXT 1 0',
    'duration_ms INTEGER 0 0',
    'by TEXT 0 0',
  ];
  test('makes the table of the ledger document', () =>
    assert.equal(columns('mig_log'), documented));
  test('under any name', () => assert.equal(columns('it\'s "mine"; --'), documented));
  test('COLUMNS names them in that order', () =>
    assert.equal(
      COLUMNS.map(([name]) => name),
      documented.map((line) => line.split(' ')[0]),
    ));
});

suite('nextSeqSql', (test) => {
  /** Appends a row with the next number behind `seen` to a ledger with the given numbers. */
  function append(numbers: readonly number[], seen: number): number {
    using db = new DatabaseSync(':memory:');
    db.exec(createLedgerSql('mig_log'));
    const insert = (seq: string) =>
      db.exec(
        `INSERT INTO ${ledgerAddress('mig_log')} (seq, op, run, at) VALUES (${seq}, 'up', 'r', 't')`,
      );
    for (const number of numbers) insert(String(number));
    insert(nextSeqSql('mig_log', String(seen)));
    return db.prepare('SELECT seq FROM mig_log ORDER BY rowid DESC LIMIT 1').get()?.seq as number;
  }
  const collides = (numbers: readonly number[], seen: number) =>
    assert.throws(() => append(numbers, seen), /UNIQUE constraint failed: mig_log\.seq/);

  test('is one more than the last', () => {
    assert.is(append([0], 0), 1);
    assert.is(append([0, 1, 2], 2), 3);
  });
  test('collides when somebody wrote since', () => collides([0, 1, 2], 1));
  test('collides when the log was rewound', () => collides([0, 1], 5));
});

suite('columnsOf', (test) => {
  test('init', () => {
    assert.is(LEDGER_FORMAT, 1);
    assert.equal(columnsOf({ op: 'init' }), { op: 'init', options: '{"format":1}' });
  });
  for (const op of ['up', 'stamp', 'repair'] as const) {
    test(`${op} carries everything`, () => {
      const facts = factsOf('a1', { parents: ['b', 'c'], depends: ['d'], message: 'Say "hi"' });
      assert.equal(columnsOf({ op, facts, files: { up: '\uFEFFx\r\n', down: 'y' } }), {
        op,
        revision: 'a1',
        path: 'a1.up.sql',
        down_path: 'a1.down.sql',
        parents: '["b","c"]',
        depends: '["d"]',
        message: 'Say "hi"',
        checksum: facts.checksum,
        down_checksum: facts.downChecksum,
        up_file: '\uFEFFx\r\n',
        down_file: 'y',
      });
    });
  }
  test('without a down file all of it is null', () => {
    const facts = factsOf('a1', { downPath: null, downChecksum: null });
    const columns = columnsOf({ op: 'up', facts, files: { up: 'x', down: null } });
    assert.equal([columns.down_path, columns.down_checksum, columns.down_file], [null, null, null]);
  });
  for (const op of ['down', 'unstamp'] as const) {
    test(`${op} carries the revision`, () =>
      assert.equal(columnsOf({ op, revision: 'a1' }), { op, revision: 'a1' }));
  }
  const work = { revision: 'a1', direction: 'up', checksum: 'sum' } as const;
  test('begin carries revision, direction and checksum', () =>
    assert.equal(columnsOf({ op: 'begin', ...work }), { op: 'begin', ...work }));
  test('step carries the index too', () =>
    assert.equal(columnsOf({ op: 'step', ...work, step: 0 }), { op: 'step', ...work, step: 0 }));
  for (const as of ['applied', 'reverted'] as const) {
    test(`settle says what to believe: ${as}`, () =>
      assert.equal(columnsOf({ op: 'settle', revision: 'a1', as }), {
        op: 'settle',
        revision: 'a1',
        options: `{"as":"${as}"}`,
      }));
  }
  test('names nothing but columns', () => {
    const names = new Set<string>(COLUMNS.map(([name]) => name));
    const facts = factsOf('a1');
    const columns = columnsOf({ op: 'up', facts, files: { up: '', down: '' } });
    assert.equal(
      Object.keys(columns).filter((name) => !names.has(name)),
      [],
    );
  });
});
