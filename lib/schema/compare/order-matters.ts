import { textOf } from '../../sql/statements.ts';
import type { Token } from '../../sql/tokens.ts';
import type { Schema } from '../model.ts';
import { fold } from '../names.ts';
import { Reader } from '../read/reader.ts';

/** A view or a trigger for which the order of a table's columns may mean something. */
interface OrderDependent {
  readonly kind: 'view' | 'trigger';
  readonly name: string;
  readonly why: '`SELECT *`' | '`INSERT` without a column list';
}

/**
 * Where the order of a table's columns can matter: views and triggers that name the table
 * and select `*`, or insert into it without saying which columns.
 */
export function orderDependents(schema: Schema, table: string): readonly OrderDependent[] {
  const found: OrderDependent[] = [];
  for (const [kind, all] of [
    ['view', schema.views],
    ['trigger', schema.triggers],
  ] as const) {
    for (const { name, text } of all.values()) {
      const sql = new Reader(text);
      const tokens = sql.rest();
      if (!tokens.some((token) => isCalled(text, token, table))) continue;
      if (selectsAll(text, tokens)) found.push({ kind, name, why: '`SELECT *`' });
      else if (insertsBlindly(text, tokens, table)) {
        found.push({ kind, name, why: '`INSERT` without a column list' });
      }
    }
  }
  return found;
}

function isCalled(sql: string, token: Token, table: string): boolean {
  if (token.kind !== 'word' && token.kind !== 'quoted' && token.kind !== 'string') return false;
  const [name] = new Reader(sql, [token]).isName() ? [new Reader(sql, [token]).name()] : [];
  return name !== undefined && fold(name) === fold(table);
}

/** `*` behind SELECT, DISTINCT, ALL, a comma or a dot is no multiplication. */
function selectsAll(sql: string, all: readonly Token[]): boolean {
  const before = ['select', 'distinct', 'all', ',', '.'];
  return all.some(
    (token, index) =>
      textOf(sql, token) === '*' &&
      index > 0 &&
      before.includes(fold(textOf(sql, all[index - 1]!))),
  );
}

function insertsBlindly(sql: string, all: readonly Token[], table: string): boolean {
  return all.some((token, index) => {
    const next = all[index + 1];
    const behind = all[index + 2];
    return (
      fold(textOf(sql, token)) === 'into' &&
      next !== undefined &&
      isCalled(sql, next, table) &&
      behind !== undefined &&
      textOf(sql, behind) !== '('
    );
  });
}
