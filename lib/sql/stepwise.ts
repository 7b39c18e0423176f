import { leadingWords, nameOf, type Statement } from './statements.ts';

/** How the statements of a file with `transaction: off` go together with transactions. */

/** What SQLite cannot do inside a transaction, or what has no effect there. */
const OUTSIDE = ['VACUUM', 'ATTACH', 'DETACH', 'PRAGMA'];
/** What is about transactions itself. */
const CONTROL = ['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'SAVEPOINT', 'RELEASE'];
/** What ends a block of the file's own, so that its rows are there before that has one. */
const COMMITTING = ['COMMIT', 'END', 'RELEASE'];
/** What only the connection remembers, so that a new one has to be told again. */
const OF_CONNECTION = ['ATTACH', 'DETACH', 'PRAGMA'];

/** Whether a statement cannot share a transaction with the row that records it. */
export function runsAlone(sql: string, statement: Statement): boolean {
  return begins(sql, statement, [...OUTSIDE, ...CONTROL]);
}

/** Whether a statement may end a transaction that the file began itself. */
export function isCommitting(sql: string, statement: Statement): boolean {
  return begins(sql, statement, COMMITTING);
}

/** Whether a new connection has to be told a statement again before the file can go on. */
export function isOfConnection(sql: string, statement: Statement): boolean {
  return begins(sql, statement, OF_CONNECTION);
}

/** Follows a file through the transactions that it begins and ends itself. */
export class Blocks {
  /** What is open: `BEGIN` as an empty name, savepoints by theirs, in lower case. */
  #open: readonly string[] = [];

  /** Whether the statement leaves the file in a transaction of its own. */
  after(sql: string, statement: Statement): boolean {
    const words = leadingWords(sql, statement, 3);
    const [first] = words;
    const last = statement.tokens.at(-1)!;
    const name = nameOf(sql, last).toLowerCase();
    if (first === 'BEGIN') this.#open = [''];
    if (first === 'SAVEPOINT') this.#open = [...this.#open, name];
    if (first === 'RELEASE') this.#open = this.#open.slice(0, this.#open.lastIndexOf(name));
    const endsAll = first === 'ROLLBACK' && !words.includes('TO');
    if (first === 'COMMIT' || first === 'END' || endsAll) this.#open = [];
    return this.#open.length > 0;
  }
}

function begins(sql: string, statement: Statement, words: readonly string[]): boolean {
  return words.includes(leadingWords(sql, statement, 1)[0] ?? '');
}
