import type { DatabaseSync } from 'node:sqlite';

/**
 * What SQLite itself says of a database, as lines: the slow way to compare two schemas, which
 * has nothing in common with lib/schema.
 */
export function factsOf(db: DatabaseSync, order: 'ignore' | 'strict'): readonly string[] {
  const facts: string[] = [];
  for (const { name, type, sql } of objectsOf(db)) {
    const what = `${type} ${fold(name)}`;
    if (type === 'table' && /^create\s+virtual/i.test(sql)) facts.push(`${what}: ${words(sql)}`);
    else if (type === 'table')
      facts.push(...tableFacts(db, name, sql, order).map((each) => `${what}: ${each}`));
    else facts.push(`${what}: ${words(sql)}`);
  }
  return facts.sort();
}

/** The triggers of each table, time and event, in the order in which they were made. */
export function triggerOrders(db: DatabaseSync): ReadonlyMap<string, string> {
  const orders = new Map<string, string>();
  for (const { name, type, table, sql } of objectsOf(db)) {
    if (type !== 'trigger') continue;
    const [head = ''] = /(BEFORE|AFTER|INSTEAD OF) (INSERT|UPDATE|DELETE)/i.exec(sql) ?? [];
    const key = `${fold(table)} ${head.toUpperCase()}`;
    orders.set(key, `${orders.get(key) ?? ''} ${fold(name)}`);
  }
  return orders;
}

interface Stored {
  readonly type: string;
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

function objectsOf(db: DatabaseSync): readonly Stored[] {
  const shadows = new Set(
    db
      .prepare("SELECT name FROM pragma_table_list WHERE type = 'shadow'")
      .all()
      .map((row) => row.name),
  );
  return (
    db
      .prepare(
        `SELECT type, name, tbl_name AS "table", sql FROM sqlite_schema
          WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid`,
      )
      .all() as unknown as readonly Stored[]
  ).filter((each) => !shadows.has(each.name));
}

function tableFacts(
  db: DatabaseSync,
  table: string,
  sql: string,
  order: 'ignore' | 'strict',
): readonly string[] {
  const all = (query: string, name = table) => db.prepare(query).all(name);
  const columns = all(
    'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid',
  );
  const list = all("SELECT wr, strict FROM pragma_table_list WHERE schema = 'main' AND name = ?");
  const keys = all(
    `SELECT id, group_concat(lower("from") || '>' || lower("to"), ',' ORDER BY seq) AS columns, lower("table") AS parent,
      on_update, on_delete FROM pragma_foreign_key_list(?) GROUP BY id`,
  );
  const indexes = all('SELECT name, "unique", origin, partial FROM pragma_index_list(?)');
  return [
    ...columns.map((each) => {
      const name = fold(String(each.name));
      const value = each.dflt_value === null ? 'null' : words(String(each.dflt_value));
      return `column ${name} ${String(each.type).toUpperCase()} ${each.notnull} ${unwrapped(value)} ${each.pk} ${each.hidden}`;
    }),
    ...(order === 'strict' ? [`order ${columns.map((each) => fold(String(each.name)))}`] : []),
    JSON.stringify(list),
    ...keys.map((each) => `key ${each.columns} ${each.parent} ${each.on_update} ${each.on_delete}`),
    ...new Set(
      indexes.map((each) => {
        const parts = all(
          'SELECT lower(name) AS name, desc, coll FROM pragma_index_xinfo(?) WHERE key ORDER BY seqno',
          String(each.name),
        );
        // Those that SQLite makes have numbers in their names.
        const name =
          each.origin === 'c' ? fold(String(each.name)) : each.origin === 'pk' ? 'pk' : 'unique';
        return `index ${name} ${each.unique} ${each.partial} ${JSON.stringify(parts)}`;
      }),
    ),
    ...hiddenFacts(sql),
  ];
}

/** What no PRAGMA tells: by the words of the text, wherever in it they stand. */
function hiddenFacts(sql: string): readonly string[] {
  const text = words(sql);
  const found: string[] = [];
  for (const [, word, rest] of text.matchAll(/\b(check|as) (?=(\(.*))/g))
    found.push(`${word} ${group(rest!)}`);
  for (const [each] of text.matchAll(
    /\b(collate \S+|autoincrement|initially deferred|on conflict \w+)/g,
  )) {
    if (each !== 'collate binary') found.push(each);
  }
  return found;
}

/** What stands in the first parentheses. */
function group(text: string): string {
  let depth = 0;
  let at = 0;
  for (const each of text.matchAll(/'(?:[^']|'')*'|[()]/g)) {
    if (each[0] === '(') depth++;
    if (each[0] === ')') depth--;
    at = each.index + each[0].length;
    if (depth === 0) break;
  }
  return text.slice(0, at);
}

function unwrapped(text: string): string {
  return /^\( ('(?:[^']|'')*'|[\w.]+|- [\w.]+) \)$/.exec(text)?.[1] ?? text;
}

/** A statement without comments and quotes, in small letters, one space between. */
function words(sql: string): string {
  const parts: string[] = [];
  const pattern =
    /--[^\n]*|\/\*[\s\S]*?\*\/|(x?'(?:[^']|'')*')|"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[([^\]]*)\]|([\w$\u0080-\uffff]+)|(\S)/g;
  for (const [, text, double, back, bracket, word, sign] of sql.matchAll(pattern)) {
    const name = double?.replaceAll('""', '"') ?? back ?? bracket;
    // In a name quotes and parentheses would be taken for what they are elsewhere.
    const plain =
      name === undefined
        ? (word ?? sign)?.toLowerCase()
        : fold(name).replace(/[^\w\u0080-\uffff]/g, '_');
    const part = text ?? plain;
    if (part !== undefined) parts.push(part);
  }
  return parts.join(' ').replace(/ ?\. ?/g, '.');
}

export function fold(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
