import { leadingWords, nameOf, type Statement, statements, textOf } from './statements.ts';
import { tokens } from './tokens.ts';

/** A statement that would break the transaction it runs in, or reach past the revision. */
interface Refusal {
  /** Offset in the text at which the statement begins. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Pragmas that write, and may: they are part of the database and of the transaction. */
const ALLOWED_PRAGMAS = ['user_version', 'application_id', 'defer_foreign_keys'];

/**
 * Pragmas that only read when they have an argument: it names a table, an index or a
 * number of rows.
 */
const QUERY_PRAGMAS = [
  'foreign_key_check',
  'foreign_key_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'integrity_check',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
];

/** Whether a pragma with an argument may run inside a revision's transaction. */
export function pragmaIsHarmless(name: string): boolean {
  return ALLOWED_PRAGMAS.includes(name) || QUERY_PRAGMAS.includes(name);
}

const SCHEMA_TABLES = [
  'sqlite_master',
  'sqlite_schema',
  'sqlite_temp_master',
  'sqlite_temp_schema',
];

const WITHOUT_SCHEMA_WRITES =
  'Say it with ALTER TABLE, or build the table anew and copy the rows: docs/cookbook.md has both.';

/** What to do instead of a pragma, where that is not `transaction: off`. */
const PRAGMA_HINTS: Readonly<Record<string, string>> = {
  foreign_keys:
    'Delete it: mig switches enforcement off around each revision and checks the result. The header key `foreign_keys` changes that.',
  writable_schema: `No revision can write to \`sqlite_schema\`. ${WITHOUT_SCHEMA_WRITES}`,
};

/** Of a statement that begins with such a word: `COMMIT`, `ROLLBACK`. */
export function transactionRefusal(word: string): Omit<Refusal, 'offset'> {
  return {
    message: `\`${word}\` would end the transaction that mig runs this file in.`,
    hint: 'Delete it: mig begins and commits. A file that needs its own transactions says `transaction: off`.',
  };
}

const TRANSACTION_WORDS = ['BEGIN', 'COMMIT', 'END', 'ROLLBACK'];
const OUTSIDE_WORDS = ['ATTACH', 'DETACH', 'VACUUM'];
/** A text without any of it needs no closer look, which costs as much as running it does. */
const MAY_BE_REFUSED =
  /\b(?:begin|commit|end|rollback|attach|detach|vacuum|pragma|sqlite_(?:temp_)?(?:master|schema))\b|[?$@:#]|\/\*/gi;
/** Comment lines that a text begins with, as a header is one. */
const FIRST_COMMENTS = /^(?:[ \t\r\n\uFEFF]*--[^\n]*)*/;

function mayBeRefused(sql: string): boolean {
  MAY_BE_REFUSED.lastIndex = FIRST_COMMENTS.exec(sql)![0].length;
  return MAY_BE_REFUSED.test(sql);
}

/**
 * What a file with `transaction: on` may not do, as far as its text shows it: statements
 * that end the transaction, that cannot run inside one, or that silently do nothing there;
 * and, whatever the transaction, writes to the schema table, parameters, which nobody would
 * bind, and a comment that takes the rest of the file along.
 */
export function refusals(sql: string, { transaction }: { transaction: 'on' | 'off' }): Refusal[] {
  const found: Refusal[] = [];
  if (!mayBeRefused(sql)) return found;
  for (const statement of statements(sql)) {
    const refusal =
      (transaction === 'on' ? breaksTransaction(sql, statement) : null) ??
      schemaWrite(sql, statement) ??
      unboundParameter(sql, statement);
    if (refusal !== null) found.push(refusal);
  }
  const open = sql.includes('/*') ? unterminatedAt(sql) : null;
  // SQLite complains of a text that does not end, but takes such a comment without a word.
  if (open !== null && sql.startsWith('/*', open)) {
    found.push({
      offset: open,
      message: 'This comment does not end, so nothing behind it would run.',
      hint: 'Close it with `*/`.',
    });
  }
  return found;
}

/** The offset of the string, quoted name or comment that the text ends in, if it does. */
export function unterminatedAt(sql: string): number | null {
  for (const token of tokens(sql)) if (token.kind === 'unterminated') return token.start;
  return null;
}

function breaksTransaction(sql: string, statement: Statement): Refusal | null {
  const words = leadingWords(sql, statement, 4);
  const [first = ''] = words;
  const offset = statement.start;
  if (TRANSACTION_WORDS.includes(first)) {
    if (first === 'ROLLBACK' && words.includes('TO')) return null;
    return { offset, ...transactionRefusal(first) };
  }
  if (OUTSIDE_WORDS.includes(first)) {
    return {
      offset,
      message: `\`${first}\` cannot run inside a transaction.`,
      hint:
        first === 'VACUUM'
          ? 'Say `transaction: off` in the header.'
          : 'A revision changes one database; say `transaction: off` in the header if it must reach another.',
    };
  }
  return first === 'PRAGMA' ? refusedPragma(sql, statement) : null;
}

function refusedPragma(sql: string, statement: Statement): Refusal | null {
  const [, second, ...rest] = statement.tokens;
  if (second === undefined) return null;
  const schema = rest[0] !== undefined && textOf(sql, rest[0]) === '.';
  const nameToken = schema ? rest[1] : second;
  const argument = schema ? rest[2] : rest[0];
  if (nameToken === undefined || argument === undefined) return null;
  const name = nameOf(sql, nameToken).toLowerCase();
  if (ALLOWED_PRAGMAS.includes(name)) return null;
  if (QUERY_PRAGMAS.includes(name) && textOf(sql, argument) === '(') return null;
  return {
    offset: statement.start,
    message: `\`PRAGMA ${name}\` does nothing inside a transaction, or outlives the revision.`,
    hint: PRAGMA_HINTS[name] ?? 'Say `transaction: off` in the header if this revision needs it.',
  };
}

/** SQLite in Node is defensive: the pragma has no effect, and the write fails. */
function schemaWrite(sql: string, statement: Statement): Refusal | null {
  const text = (at: number) => {
    const token = statement.tokens[at];
    if (token === undefined) return '';
    return token.kind === 'punctuation' ? textOf(sql, token) : nameOf(sql, token).toLowerCase();
  };
  const verb = text(0);
  let at = 1;
  if (text(at) === 'or') at += 2;
  if (verb === 'delete' || verb === 'insert' || verb === 'replace') at++;
  else if (verb !== 'update') return null;
  if (text(at + 1) === '.') at += 2;
  const table = text(at);
  if (!SCHEMA_TABLES.includes(table)) return null;
  return {
    offset: statement.start,
    message: `No statement can write to \`${table}\`: SQLite in Node does not allow it, not even with \`PRAGMA writable_schema\`.`,
    hint: WITHOUT_SCHEMA_WRITES,
  };
}

function unboundParameter(sql: string, statement: Statement): Refusal | null {
  const parameter = statement.tokens.find((token) => token.kind === 'parameter');
  if (parameter === undefined) return null;
  return {
    offset: parameter.start,
    message: `\`${textOf(sql, parameter)}\` is a parameter, and nothing would be bound to it: it would be NULL.`,
    hint: 'Write the value itself; text goes between single quotes.',
  };
}
