import type { Random } from './random.ts';

/**
 * CREATE TABLE statements of any shape that SQLite takes, each said in one of its many
 * ways: names in all quotes, constraints inline or apart, words in any case, comments.
 */
export function randomTable(random: Random, name: string): string {
  const { int, chance, pick, shuffle } = random;
  const strict = chance(0.2);
  const columns = shuffle(NAMES).slice(0, 1 + int(6));
  let primaryKey: 'none' | 'inline' | 'apart' = pick(['none', 'inline', 'apart']);
  const withoutRowid = primaryKey !== 'none' && chance(0.3);
  const types = columns.map(() => (strict ? pick(STRICT_TYPES) : pick(TYPES)));
  const plain = columns.map((_, index) => index === 0 || chance(0.8));
  const stored = () => columns.filter((_, index) => plain[index]);

  const definitions = columns.map((column, index) => {
    const parts: string[] = [];
    const other = pick(columns.filter((_, at) => plain[at]));
    if (!plain[index]) {
      parts.push(
        `${word('generated always ').repeat(int(2))}${word('as')} (${expression(other)}) ${pick(['', word('stored'), word('virtual')])}`,
      );
    } else if (primaryKey === 'inline' && chance(0.5)) {
      const isAlias = types[index]!.toUpperCase() === 'INTEGER' && !withoutRowid;
      const auto = isAlias && chance(0.4) ? word(' autoincrement') : '';
      const order = auto === '' ? pick(['', word(' desc'), word(' asc')]) : '';
      parts.push(`${constraint()}${word('primary key')}${order}${conflict()}${auto}`);
      primaryKey = 'none';
    }
    if (chance(0.2)) parts.push(`${constraint()}${word('unique')}${conflict()}`);
    if (chance(0.3)) parts.push(`${constraint()}${word('not null')}${conflict()}`);
    if (chance(0.1)) parts.push(word('null'));
    if (plain[index] && chance(0.4)) parts.push(`${word('default')} ${pick(DEFAULTS)}`);
    if (chance(0.3)) parts.push(`${word('collate')} ${pick(COLLATIONS)}`);
    if (chance(0.2)) parts.push(`${constraint()}${word('check')} (${expression(other)})`);
    if (chance(0.2)) parts.push(references(1));
    return [quoted(column), types[index], ...shuffle(parts)].join(space());
  });

  const constraints: string[] = [];
  const someColumns = () => shuffle(stored()).slice(0, 1 + int(2));
  if (primaryKey !== 'none') {
    constraints.push(`${word('primary key')} (${keyList(someColumns())})${conflict()}`);
  }
  if (chance(0.3)) constraints.push(`${word('unique')} (${keyList(someColumns())})${conflict()}`);
  if (chance(0.3)) constraints.push(`${word('check')} ((${expression(pick(stored()))}))`);
  if (chance(0.3)) {
    const keys = someColumns();
    constraints.push(
      `${word('foreign key')} (${keys.map(quoted).join(', ')}) ${references(keys.length)}`,
    );
  }
  const options = shuffle([
    ...(strict ? [word('strict')] : []),
    ...(withoutRowid ? [word('without rowid')] : []),
  ]);
  const all = [...definitions, ...shuffle(constraints).map((each) => `${constraint()}${each}`)];
  return `${word('create table')} ${quoted(name)} (${all.join(`,${space()}`)}${space()}) ${options.join(', ')}`;

  function word(text: string): string {
    return pick([text, text.toUpperCase()]);
  }
  function space(): string {
    return pick([' ', '\n', '\t ', ' /* a, (b */ ', " -- it's\n"]);
  }
  function quoted(text: string): string {
    const choices = [`"${text.replaceAll('"', '""')}"`];
    if (!text.includes(']')) choices.push(`[${text}]`);
    choices.push(`\`${text.replaceAll('`', '``')}\``);
    if (/^[a-z]\w*$/i.test(text) && text !== 'order') choices.push(text, text, text);
    return pick(choices);
  }
  function constraint(): string {
    return chance(0.2) ? `${word('constraint')} ${quoted(pick(NAMES))} ` : '';
  }
  function conflict(): string {
    return chance(0.2) ? ` ${word('on conflict')} ${word(pick(CONFLICTS))}` : '';
  }
  function expression(column: string): string {
    return pick(EXPRESSIONS).replaceAll('?', () => quoted(column));
  }
  function keyList(keys: readonly string[]): string {
    return keys
      .map(
        (key) =>
          `${quoted(key)}${chance(0.2) ? ` ${word('collate')} ${pick(COLLATIONS)}` : ''}${pick(['', '', word(' asc'), word(' desc')])}`,
      )
      .join(', ');
  }
  function references(count: number): string {
    const columns = count === 1 && chance(0.5) ? '' : ` (${PARENT_KEY.slice(0, count).join(', ')})`;
    const clauses = shuffle([
      ...(chance(0.3) ? [`${word('on delete')} ${word(pick(ACTIONS))}`] : []),
      ...(chance(0.3) ? [`${word('on update')} ${word(pick(ACTIONS))}`] : []),
      ...(chance(0.1) ? [word('match full')] : []),
    ]);
    const defer = pick(['', '', ...DEFERS.map(word)]);
    return `${word('references')} ${quoted('Parent')}${columns} ${clauses.join(' ')} ${defer}`.trim();
  }
}

const NAMES = ['a', 'Bee', 'two words', 'order', 'we"ird', 'key', 'été', '_x1', "it's", 'select$'];
const TYPES = [
  '',
  'INT',
  'integer',
  'INTEGER',
  'text',
  'VARCHAR(10)',
  'decimal ( 10 , -2 )',
  'double precision',
  '"Odd type"',
  'blob',
];
const STRICT_TYPES = ['INT', 'INTEGER', 'text', 'ANY', 'real', 'BLOB'];
const COLLATIONS = ['nocase', 'RTRIM', '"binary"'];
const CONFLICTS = ['abort', 'rollback', 'fail', 'ignore', 'replace'];
const ACTIONS = ['cascade', 'restrict', 'set null', 'set default', 'no action'];
const DEFERS = [
  'deferrable',
  'not deferrable',
  'deferrable initially deferred',
  'deferrable initially immediate',
  'not deferrable initially deferred',
];
const PARENT_KEY = ['x', 'y'];
const DEFAULTS = [
  '1',
  '-1',
  '+ 2',
  "'it''s'",
  "x'0a'",
  'null',
  'true',
  'word',
  '"Quoted"',
  'current_timestamp',
  '(1)',
  '(1 + 1)',
  "('x' || 'y')",
  '(abs(-1))',
  '1e3',
  '0x1F',
];
const EXPRESSIONS = [
  '? > 0',
  '? IS NOT NULL',
  "? <> 'A (b, c'",
  '(? > 1) OR (? < 0)',
  'length(?) + 1',
  "CASE WHEN ? THEN 'x' ELSE 'y' END",
  '? IN (1, 2)',
  '-?',
];
