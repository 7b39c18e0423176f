import { DatabaseSync } from 'node:sqlite';
import { openScratch } from '../../lib/engine/sqlite-scratch.ts';
import {
  type GeneratedPair,
  type GenerateResult,
  generate,
} from '../../lib/schema/generate/generate.ts';
import type { Schema } from '../../lib/schema/model.ts';
import { provePair } from '../../lib/schema/prove-pair/prove-pair.ts';
import { schemaOf } from '../../lib/schema/read/materialise.ts';
import { faultsOf } from '../../lib/schema/validity.ts';
import { changesValues, dataOf, lostRows, type Moved } from './pair-data.ts';
import { randomOf } from './random.ts';
import { fillRandomly } from './random-rows.ts';
import { type RandomSchema, type SchemaPair, schemaPair } from './random-schemas.ts';
import { inScratch } from './scratch.ts';
import { factsOf, fold, triggerOrders } from './slow-compare.ts';

/** What became of one random pair. */
export interface PairTrial {
  readonly seed: number;
  readonly outcome: 'skipped' | 'nothing' | 'proved' | 'wrong';
  /** How many rows a table had at most when all went well. */
  readonly rows: number;
  /** What is wrong, with all that is needed to look into it; null when nothing is. */
  readonly complaint: string | null;
}

const NAMES = { from: 'empty', table: 'mig_log' } as const;
const ROWS: readonly number[] = [6, 1, 0];

/** Generates the way between two random schemas, and goes it there and back, on random rows. */
export async function pairTrial(seed: number): Promise<PairTrial> {
  const random = randomOf(seed);
  const pair = schemaPair(random);
  const columnOrder = random.chance(0.25) ? 'strict' : 'ignore';
  const told = (complaint: string | null, rows = 0): PairTrial => ({
    seed,
    outcome: complaint === null ? 'proved' : 'wrong',
    rows,
    complaint:
      complaint === null ? null : `seed ${seed} (${columnOrder}): ${complaint}\n${show(pair)}`,
  });
  const before = await soundSchema(pair.sqlA);
  const after = await soundSchema(pair.sqlB);
  if (before === null || after === null)
    return { seed, outcome: 'skipped', rows: 0, complaint: null };
  const moved = movedOf(pair.a, pair.b);
  const fill = fillsFor(before, after, moved);
  const options = {
    renames: pair.renames,
    noRename: true,
    allowDrop: true,
    fill,
    columnOrder,
  } as const;
  let made: GenerateResult;
  try {
    made = generate(before, after, options);
  } catch (error) {
    return told(`generate throws ${error instanceof Error ? error.stack : error}`);
  }
  if (made.kind === 'refused') return told(`refused: ${JSON.stringify(made.problems)}`);
  if (made.kind === 'nothing') {
    const [a, b] = [build(pair.sqlA), build(pair.sqlB)];
    const differs = firstDifference(factsOf(a, columnOrder), factsOf(b, columnOrder));
    return {
      ...told(differs === null ? null : `nothing to do, but ${differs}`),
      outcome: 'nothing',
    };
  }
  const files = `\n--- up\n${made.up}\n--- down\n${made.down}`;
  const trip = roundTrip(seed, pair, made, moved, new Set([...fill.keys()].map(fold)), columnOrder);
  if (typeof trip === 'string') return told(`${trip}${files}`);
  const verdict = await provePair(() => openScratch(NAMES), {
    before: pair.sqlA.map((sql) => ({ sql })),
    target: after,
    up: made.up,
    down: made.down,
    columnOrder,
    renames: pair.renames,
    fill,
  });
  if (verdict.ok) return told(null, trip);
  const problems = verdict.problems.map((each) => `${each.where} ${each.on}: ${each.message}`);
  return told(`provePair alone complains: ${problems.join('\n')}${files}`);
}

function show({ sqlA, sqlB, renames }: SchemaPair): string {
  return `--- A\n${sqlA.join(';\n')};\n--- B\n${sqlB.join(';\n')};\n--- renames ${JSON.stringify([...renames])}`;
}

/** Null for a schema that SQLite or mig would refuse anyway. */
async function soundSchema(sql: readonly string[]): Promise<Schema | null> {
  return inScratch(async (scratch) => {
    try {
      for (const each of sql) await scratch.exec(each);
    } catch {
      return null;
    }
    const schema = await schemaOf(scratch);
    return (await faultsOf(scratch, schema)).length === 0 ? schema : null;
  });
}

function build(
  sql: readonly string[],
  fillIn: (db: DatabaseSync) => void = () => {},
): DatabaseSync {
  const db = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
  const isTrigger = (each: string) => each.startsWith('CREATE TRIGGER');
  for (const each of sql) if (!isTrigger(each)) db.exec(each);
  fillIn(db);
  for (const each of sql) if (isTrigger(each)) db.exec(each);
  return db;
}

/** How tables and columns go over, by the objects themselves, and by name where they are new. */
function movedOf(a: RandomSchema, b: RandomSchema): readonly Moved[] {
  const pairs = matched(a.tables, b.tables);
  return pairs.map(([from, to]) => ({ from, to, columns: matched(from.columns, to.columns) }));
}

function matched<T extends { readonly id: number; readonly name: string }>(
  a: readonly T[],
  b: readonly T[],
): readonly (readonly [T, T])[] {
  const sameName = (x: T, y: T) => fold(x.name) === fold(y.name);
  const isSame = (x: T, y: T) => x.id === y.id;
  const byId = a.flatMap((x) => b.filter((y) => isSame(x, y)).map((y) => [x, y] as const));
  const byName = a.flatMap((x) =>
    b
      .filter((y) => sameName(x, y) && byId.every((each) => each[0] !== x && each[1] !== y))
      .map((y) => [x, y] as const),
  );
  return [...byId, ...byName];
}

/** Values for what is going to be NOT NULL without one. */
function fillsFor(
  before: Schema,
  after: Schema,
  moved: readonly Moved[],
): ReadonlyMap<string, string> {
  const fill = new Map<string, string>();
  for (const { from, to, columns } of moved) {
    const [was, is] = [before.tables.get(fold(from.name)), after.tables.get(fold(to.name))];
    if (was?.kind !== 'table' || is?.kind !== 'table') continue;
    for (const column of is.columns) {
      const isNew = columns.every(([, now]) => fold(now.name) !== fold(column.name));
      if (!isNew || column.generated !== null) continue;
      const isAlias = is.primaryKey?.rowidAlias && is.primaryKey.columns[0]!.name === column.name;
      if (isAlias) {
        const isReference = is.foreignKeys.some((key) => key.columns.includes(column.name));
        if (isReference) fill.set(`${to.name}.${column.name}`, 'row_number() OVER ()');
        continue;
      }
      if (column.notNull === null || column.default !== null) continue;
      const isBlob = column.type === 'BLOB';
      fill.set(
        `${to.name}.${column.name}`,
        isBlob ? "x'01'" : /CHAR|TEXT/.test(column.type) ? "'filled'" : '77',
      );
    }
  }
  return fill;
}

/** How many rows it went well with, or what is wrong. */
function roundTrip(
  seed: number,
  pair: SchemaPair,
  { up, down, warnings }: GeneratedPair,
  moved: readonly Moved[],
  fill: ReadonlySet<string>,
  columnOrder: 'ignore' | 'strict',
): number | string {
  const [blankA, blankB] = [build(pair.sqlA), build(pair.sqlB)];
  const back = moved.map(({ from, to, columns }) => ({
    from: to,
    to: from,
    columns: columns.map(([x, y]) => [y, x] as const),
  }));
  for (const rows of ROWS) {
    const db = build(pair.sqlA, (made) => fillRandomly(made, pair.a, rows, randomOf(seed + 1)));
    const start = dataOf(db, pair.a);
    const told = warnings.filter(({ query }) => query === null || findsRows(db, query));
    const upFailure = run(db, up) ?? orphans(db);
    if (upFailure !== null) {
      if (rows === 0 || !isAboutRows(upFailure)) {
        return `the up fails on ${rows} rows: ${upFailure}`;
      }
      if (told.some(({ message }) => explains(message, upFailure))) continue;
      return `the up fails on ${rows} rows, and no warning tells of them: ${upFailure}`;
    }
    const isTold = told.some(({ message }) => message.includes('some values change'));
    if (!isTold && changesValues(start, moved)) {
      return `the up changes values of ${rows} rows, and no warning finds them`;
    }
    const middle = dataOf(db, pair.b);
    const there =
      schemaFault(db, blankB, blankA, columnOrder) ??
      lostRows(start, middle, moved, fill) ??
      damage(db);
    if (there !== null) return `after the up, ${rows} rows: ${there}`;
    const downFailure = run(db, down);
    if (downFailure !== null && rows > 0 && isAboutRows(downFailure)) continue;
    if (downFailure !== null) return `the down fails on ${rows} rows: ${downFailure}`;
    const again =
      knownOrphans(db, blankB) ??
      schemaFault(db, blankA, blankB, columnOrder) ??
      lostRows(middle, dataOf(db, pair.a), back, new Set()) ??
      damage(db);
    if (again !== null) return `after the down, ${rows} rows: ${again}`;
    return rows;
  }
  return 'never';
}

function run(db: DatabaseSync, sql: string): string | null {
  try {
    db.exec(`BEGIN;${sql}\n;COMMIT`);
    return null;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    return (error as Error).message;
  }
}

function isAboutRows(message: string): boolean {
  return /constraint failed|cannot store|datatype mismatch/.test(message);
}

/** What a warning has to speak of, by what SQLite says. */
const EXPLAINS: readonly (readonly [RegExp, RegExp])[] = [
  [/^UNIQUE/, /UNIQUE|primary key/],
  [/^CHECK/, /CHECK/],
  [/^NOT NULL/, /NOT NULL/],
  [/^FOREIGN KEY/, /refers? to/],
  [/^cannot store/, /STRICT/],
  [/^datatype mismatch/, /becomes the rowid/],
];

function explains(warning: string, failure: string): boolean {
  if (!warning.includes('the up fails')) return false;
  return EXPLAINS.some(([said, told]) => said.test(failure) && told.test(warning));
}

function findsRows(db: DatabaseSync, query: string): boolean {
  return db.prepare(`SELECT 1 FROM (${query.replace(/;$/, '')}) LIMIT 1`).get() !== undefined;
}

/** What `upgrade` asks for at the end of each revision. */
function orphans(db: DatabaseSync): string | null {
  const [found] = db.prepare('SELECT "table", parent FROM pragma_foreign_key_check').all();
  return found === undefined
    ? null
    : `FOREIGN KEY constraint failed: ${found.table} to ${found.parent}`;
}

/** Orphans of a key that was there before: nothing tells of those on the way down. */
function knownOrphans(db: DatabaseSync, origin: DatabaseSync): string | null {
  const keys = db.prepare('SELECT DISTINCT "table", parent, fkid FROM pragma_foreign_key_check');
  for (const { table, parent, fkid } of keys.all()) {
    const [name, key] = [String(table), keysOf(db, String(table)).get(Number(fkid))!];
    if ([...keysOf(origin, name).values()].includes(key)) {
      return `${name} has lost its rows in ${parent}`;
    }
  }
  return null;
}

/** By their numbers, the foreign keys of a table, with the types of both sides. */
function keysOf(db: DatabaseSync, table: string): ReadonlyMap<number, string> {
  const typesOf = (name: string) =>
    JSON.stringify(db.prepare('SELECT name, type, pk FROM pragma_table_info(?)').all(name));
  const all = db.prepare('SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?)');
  const types = db.prepare('SELECT type FROM pragma_table_info(?) WHERE name = ?');
  const keys = new Map<number, string>();
  for (const { id, table: parent, from, to } of all.all(table)) {
    const child = types.get(table, String(from))?.type;
    const line = `${from} ${child} > ${parent} ${to} ${typesOf(String(parent))}\n`;
    keys.set(Number(id), (keys.get(Number(id)) ?? '') + line);
  }
  return keys;
}

function schemaFault(
  db: DatabaseSync,
  wanted: DatabaseSync,
  origin: DatabaseSync,
  columnOrder: 'ignore' | 'strict',
): string | null {
  const differs = firstDifference(factsOf(db, columnOrder), factsOf(wanted, columnOrder));
  if (differs !== null) return differs;
  const before = [...triggerOrders(origin).values()].join(' ').split(' ');
  const target = triggerOrders(wanted);
  for (const [group, order] of triggerOrders(db)) {
    if (order === target.get(group)) continue;
    const names = order.trim().split(' ');
    const kept = names.filter((name) => before.includes(name));
    const was = before.filter((name) => kept.includes(name));
    if (columnOrder === 'strict' || kept.join() !== was.join()) {
      return `triggers ${group}: ${order}, wanted ${target.get(group)}`;
    }
  }
  return null;
}

function firstDifference(found: readonly string[], wanted: readonly string[]): string | null {
  const extra = found.filter((each) => !wanted.includes(each));
  const missing = wanted.filter((each) => !found.includes(each));
  if (extra.length + missing.length > 0) {
    return `the schema differs:\n  + ${extra.join('\n  + ')}\n  - ${missing.join('\n  - ')}`;
  }
  return found.length === wanted.length
    ? null
    : `some facts come ${found.length - wanted.length} times more`;
}

/** With a VIRTUAL column SQLite may look at a default: STRICT itself takes no such value. */
function isFalseAlarm(db: DatabaseSync, line: string): boolean {
  const types = /^non-(\w+) value in /.exec(line);
  const hasVirtual = db.prepare(
    `SELECT 1 FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c
      WHERE t.strict AND c.hidden = 2 AND ? LIKE '% in ' || t.name || '.%'`,
  );
  return types !== null && hasVirtual.get(line) !== undefined;
}

/** Integrity and full-text indexes. */
function damage(db: DatabaseSync): string | null {
  for (const { integrity_check: line } of db.prepare('PRAGMA integrity_check').all()) {
    // A number that stands as text is no damage.
    if (line === 'ok' || /^(TEXT|NUMERIC) value in /.test(String(line))) continue;
    if (isFalseAlarm(db, String(line))) continue;
    return `integrity_check: ${line}`;
  }
  const texts = db.prepare("SELECT name FROM sqlite_schema WHERE sql LIKE '%USING fts5%'").all();
  for (const { name } of texts) {
    try {
      db.exec(`INSERT INTO ${name}(${name}, rank) VALUES ('integrity-check', 1)`);
    } catch (error) {
      return `${name}: ${(error as Error).message}`;
    }
  }
  return null;
}
