import { refusals } from '../../sql/refusals.ts';
import { leadingWords, nameOf, type Statement, statements, textOf } from '../../sql/statements.ts';
import type { ToolScript } from './history.ts';

/** A script as mig runs it, and what was left out of it because mig does that itself. */
export interface Unwrapped extends ToolScript {
  /** `off` where the script itself asked that nothing be enforced; for the header. */
  readonly foreignKeys: 'auto' | 'off';
  readonly leftOut: ReadonlySet<'transaction' | 'foreign-keys'>;
}

type Kind = 'begin' | 'commit' | 'foreign-keys' | 'barrier' | 'other';

const BEGIN = /^BEGIN(?: DEFERRED| IMMEDIATE| EXCLUSIVE)?(?: TRANSACTION)?$/;
const COMMIT = /^(?:COMMIT|END)(?: TRANSACTION)?$/;
/** Statements that a transaction of mig's could not hold, whatever else is left out. */
const BARRIERS = ['BEGIN', 'COMMIT', 'END', 'ROLLBACK', 'VACUUM', 'ATTACH', 'DETACH'];

/**
 * The SQL without what people write around it so that SQLite changes a table safely:
 * `PRAGMA foreign_keys = OFF`, `BEGIN`, …, `COMMIT`, `PRAGMA foreign_keys = ON`. mig
 * begins, commits and takes care of enforcement itself, so inside of its transaction these
 * would be refused, or do nothing. Where the file does more with transactions than to take
 * turns with `BEGIN` and `COMMIT`, they mean something, and everything stays.
 */
export function withoutWrapper(script: ToolScript): Unwrapped {
  const { sql, transaction } = script;
  const kept = { ...script, foreignKeys: 'auto' as const, leftOut: new Set<never>() };
  const all = [...statements(sql)].map((statement) => ({
    statement,
    kind: kindOf(sql, statement),
  }));
  const kinds = all.map(({ kind }) => kind);
  if (kinds.includes('barrier') || !takeTurns(kinds)) return kept;
  if (transaction === 'off' && !kinds.includes('foreign-keys') && !isAllInOne(kinds)) return kept;
  let out = '';
  let end = 0;
  const leftOut = new Set<'transaction' | 'foreign-keys'>();
  let foreignKeys: Unwrapped['foreignKeys'] = 'auto';
  for (const { statement, kind } of all) {
    if (kind === 'other' || kind === 'barrier') continue;
    if (kind === 'foreign-keys' && isOff(sql, statement)) foreignKeys = 'off';
    leftOut.add(kind === 'foreign-keys' ? kind : 'transaction');
    out += sql.slice(end, statement.start);
    end = endOfLine(sql, statement.end);
  }
  const rest = out + sql.slice(end);
  // Without a transaction for one pragma's sake; where there is more, it has to stay so.
  if (transaction === 'off' && refusals(rest, { transaction: 'on' }).length > 0) return kept;
  return leftOut.size === 0 ? kept : { sql: rest, transaction: 'on', foreignKeys, leftOut };
}

function kindOf(sql: string, statement: Statement): Kind {
  const words = leadingWords(sql, statement, statement.tokens.length);
  const whole = words.length === statement.tokens.length ? words.join(' ') : '';
  if (BEGIN.test(whole)) return 'begin';
  if (COMMIT.test(whole)) return 'commit';
  const [first = ''] = words;
  if (first === 'ROLLBACK' && words.includes('TO')) return 'other';
  if (BARRIERS.includes(first)) return 'barrier';
  return first === 'PRAGMA' && setsForeignKeys(sql, statement) ? 'foreign-keys' : 'other';
}

/** `PRAGMA foreign_keys = OFF` or `(OFF)`, and nothing that a forgotten `;` has joined to it. */
function setsForeignKeys(sql: string, { tokens }: Statement): boolean {
  const [, name, sign] = tokens;
  if (name === undefined || nameOf(sql, name).toLowerCase() !== 'foreign_keys') return false;
  const length = { '=': 4, '(': 5 }[sign === undefined ? '' : textOf(sql, sign)];
  return tokens.length === length;
}

function isOff(sql: string, { tokens }: Statement): boolean {
  return ['off', '0', 'false', 'no'].includes(nameOf(sql, tokens[3]!).toLowerCase());
}

/**
 * `BEGIN`, `COMMIT`, `BEGIN`, `COMMIT`; or from `COMMIT` to `BEGIN`, where the file leaves
 * the transaction that the tool runs it in for a while.
 */
function takeTurns(kinds: readonly Kind[]): boolean {
  const turns = kinds.filter((kind) => kind === 'begin' || kind === 'commit');
  return turns.length % 2 === 0 && turns.every((kind, at) => at === 0 || kind !== turns[at - 1]);
}

/** Whether one transaction of the file's own holds all of it. */
function isAllInOne(kinds: readonly Kind[]): boolean {
  return (
    kinds[0] === 'begin' &&
    kinds.at(-1) === 'commit' &&
    kinds.slice(1, -1).every((kind) => kind === 'other')
  );
}

/** Behind the line's end where nothing else stands on it. */
function endOfLine(sql: string, at: number): number {
  return at + (/^[ \t]*\r?\n/.exec(sql.slice(at))?.[0].length ?? 0);
}
