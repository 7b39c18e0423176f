import { nameOf, statements, textOf } from '../sql/statements.ts';
import { capitals, fold } from './names.ts';

const KINDS = ['TABLE', 'INDEX', 'VIEW', 'TRIGGER'];
/** SQLite's own tables, each with something of many or all of the others. */
const SCHEMA_NAMES = [
  'sqlite_schema',
  'sqlite_master',
  'sqlite_temp_schema',
  'sqlite_temp_master',
  'sqlite_sequence',
  'sqlite_stat1',
  'dbstat',
];

/** What the text of a script says of the schema, beyond what the authorizer is asked about. */
interface Spoken {
  /**
   * The objects that CREATE, ALTER and DROP name, folded: SQLite does not ask leave for an
   * `IF EXISTS` in vain, nor for the new name of a table.
   */
  readonly names: ReadonlySet<string>;
  readonly readsSchema: boolean;
  readonly parsesAll: boolean;
}

/** Reads a script for what it names; nothing is run, and any text is taken. */
export function spokenNames(sql: string): Spoken {
  const names = new Set<string>();
  let readsSchema = false;
  let parsesAll = false;
  for (const { tokens } of statements(sql)) {
    const word = (at: number) =>
      tokens[at]?.kind === 'word' ? capitals(textOf(sql, tokens[at])) : '';
    const take = (at: number): number => {
      const last =
        tokens[at + 1] !== undefined && textOf(sql, tokens[at + 1]!) === '.' ? at + 2 : at;
      if (tokens[last] !== undefined) names.add(fold(nameOf(sql, tokens[last])));
      return last + 1;
    };
    for (const token of tokens) {
      // SQLite takes a string for a name where only a name can be.
      if (token.kind !== 'word' && token.kind !== 'quoted' && token.kind !== 'string') continue;
      const name = fold(nameOf(sql, token));
      if (SCHEMA_NAMES.includes(name) || name.startsWith('pragma_')) readsSchema = true;
    }
    const verb = word(0);
    if (verb === 'PRAGMA') readsSchema = true;
    if (verb !== 'CREATE' && verb !== 'DROP' && verb !== 'ALTER') continue;
    let at = tokens.findIndex((_, index) => index > 0 && KINDS.includes(word(index))) + 1;
    if (at === 0) continue;
    if (word(at) === 'IF') at += word(at + 1) === 'NOT' ? 3 : 2;
    at = take(at);
    if (verb !== 'ALTER') continue;
    if (word(at) === 'RENAME' || word(at) === 'DROP') parsesAll = true;
    if (word(at) === 'RENAME' && word(at + 1) === 'TO') take(at + 2);
  }
  return { names, readsSchema, parsesAll };
}
