import { leadingWords, type Statement } from './statements.ts';

/** How a statement of a file with `transaction: off` goes together with transactions. */
export type TransactionNeed =
  /** It may run inside one, together with the row that records it. */
  | 'inside'
  /** It cannot, or has no effect there. */
  | 'outside'
  /** It begins or ends one. */
  | 'begins'
  | 'ends';

const OUTSIDE = ['VACUUM', 'ATTACH', 'DETACH', 'PRAGMA'];
/** What only the connection remembers, so that a new one has to be told again. */
const OF_CONNECTION = ['ATTACH', 'DETACH', 'PRAGMA'];

export function transactionNeed(sql: string, statement: Statement): TransactionNeed {
  const words = leadingWords(sql, statement, 3);
  const [first = ''] = words;
  if (OUTSIDE.includes(first)) return 'outside';
  if (first === 'BEGIN' || first === 'SAVEPOINT') return 'begins';
  const endsAll = first === 'ROLLBACK' && !words.includes('TO');
  if (first === 'COMMIT' || first === 'END' || endsAll) return 'ends';
  return 'inside';
}

export function isOfConnection(sql: string, statement: Statement): boolean {
  return OF_CONNECTION.includes(leadingWords(sql, statement, 1)[0] ?? '');
}

export function isCommit(sql: string, statement: Statement): boolean {
  return ['COMMIT', 'END'].includes(leadingWords(sql, statement, 1)[0] ?? '');
}
