import { positionAt } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import type { Remark, ToolRevision } from './history.ts';

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
  for (const { path, up } of revisions) {
    for (const { kind, start, end } of tokens(up.sql)) {
      if (kind !== 'word' && kind !== 'parameter') continue;
      const text = up.sql.slice(start, end);
      const database = DOLLAR_QUOTE.test(text) ? 'PostgreSQL' : WORDS[text.toUpperCase()];
      if (database === undefined) continue;
      const { line } = positionAt(up.sql, start);
      return [
        {
          code: 'not-carried',
          message: `This is SQL for ${database}, as \`${text}\` in line ${line} of its SQL shows; mig runs SQLite.`,
          hint: 'If there is a folder for SQLite, import that; else every file has to be written anew.',
          path,
        },
      ];
    }
  }
  return [];
}
