import { positionAt } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import type { Origin, Remark, ToolRevision } from './history.ts';

/**
 * Words that SQLite refuses wherever these databases have them: `BIGSERIAL`, for one, it takes
 * for a type. A dollar quote is a parameter by its rules.
 */
const WORDS: Readonly<Record<string, string>> = {
  PLPGSQL: 'PostgreSQL',
  AUTO_INCREMENT: 'MySQL',
  INNODB: 'MySQL',
};
const DOLLAR_QUOTE = /^\$\w*\$$/;

/**
 * The first place that shows that a history was written for another database: that says
 * more than each statement that mig refuses because of it.
 */
export function otherDialect(revisions: readonly ToolRevision[]): readonly Remark[] {
  for (const { path, up, origin } of revisions) {
    const sign = signIn(up.sql);
    if (sign === null) continue;
    const { word, database } = sign;
    return [
      {
        code: 'not-carried',
        message: `This is SQL for ${database}, as \`${word}\` shows; mig runs SQLite.`,
        hint: 'If there is a folder for SQLite, import that; else every file has to be written anew.',
        path,
        ...(origin === undefined ? {} : placeOf(origin())),
      },
    ];
  }
  return [];
}

interface Sign {
  readonly word: string;
  readonly database: string;
  readonly offset: number;
}

function signIn(sql: string): Sign | null {
  for (const { kind, start, end } of tokens(sql)) {
    if (kind !== 'word' && kind !== 'parameter') continue;
    const word = sql.slice(start, end);
    const database = DOLLAR_QUOTE.test(word) ? 'PostgreSQL' : WORDS[word.toUpperCase()];
    if (database !== undefined) return { word, database, offset: start };
  }
  return null;
}

/** What tools write between the parts of a file is a comment, so that the signs are the same. */
function placeOf({ path, shown, text, start = 0, end }: Origin): Partial<Remark> {
  const sign = signIn(text.slice(start, end));
  const { line } = positionAt(text, start + (sign?.offset ?? 0));
  return path === null ? { path, file: shown, line } : { path, line };
}
