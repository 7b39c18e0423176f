import type { DatabaseSync } from 'node:sqlite';
import { fold } from '../schema/names.ts';
import { type Rename, renames } from '../sql/renames.ts';
import { nameOf, textOf } from '../sql/statements.ts';
import { tokens } from '../sql/tokens.ts';
import type { Trace } from './sqlite-changes.ts';
import { isSqliteError } from './sqlite-errors.ts';
import { RefusedError } from './sqlite-guard.ts';
import { parentKey, violatedRows } from './sqlite-violations.ts';

/**
 * Foreign keys, kept by hand. Enforcement is off while a revision runs, because with it the
 * documented rebuild of a table deletes the rows of its children (docs/foreign-keys.md). So
 * mig looks itself: at what would have been set off, and at what no longer holds.
 */
export interface DatabaseForeignKey {
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  /** Empty where the key is implicit: the parent's primary key. */
  readonly parentColumns: readonly string[];
  readonly onUpdate: string;
  readonly onDelete: string;
  /** Its number in `PRAGMA foreign_key_list(child)`. */
  readonly number: number;
}

/** What does not hold of one foreign key. */
export interface Violation {
  readonly key: DatabaseForeignKey;
  readonly kind: 'rows' | 'no-parent' | 'mismatch';
  /** How many rows of the child point at nothing; 0 for the other kinds. */
  readonly rows: number;
  /** The rowids of the first of them. */
  readonly first: readonly bigint[];
}

const ACTIONS: readonly string[] = ['CASCADE', 'SET NULL', 'SET DEFAULT'];

/**
 * The first thing in a trace that would have set off a cascade, as a sentence; null when
 * there is none. The authorizer does not tell a REPLACE from an INSERT: the text does.
 */
export function missedCascade(
  db: DatabaseSync,
  keys: readonly DatabaseForeignKey[],
  trace: Trace,
  replaced: ReadonlySet<string>,
): string | null {
  for (const key of keys) {
    const parent = fold(key.parent);
    if (ACTIONS.includes(key.onDelete)) {
      const verb = trace.deleted.has(parent)
        ? 'A DELETE'
        : mayReplace(db, parent, trace, replaced)
          ? 'A REPLACE'
          : null;
      if (verb !== null) {
        return `${verb} on ${key.parent} would set off ON DELETE ${key.onDelete} of ${key.child}, which does not happen while enforcement is off.`;
      }
    }
    const columns = trace.updated.get(parent);
    if (columns === undefined || !ACTIONS.includes(key.onUpdate)) continue;
    const keyColumns = parentKey(db, key);
    const ofKey = keyColumns.find(
      (column) => columns.has(fold(column)) || isComputed(db, key.parent, column),
    );
    // No columns: the parent has another name by now, and which they were is not known.
    if (ofKey !== undefined || columns.has('rowid') || keyColumns.length === 0) {
      return `An UPDATE of ${key.parent}.${ofKey ?? 'rowid'} would set off ON UPDATE ${key.onUpdate} of ${key.child}, which does not happen while enforcement is off.`;
    }
  }
  return null;
}

/** Whether a column follows others of its row, so that an UPDATE of those changes it, too. */
function isComputed(db: DatabaseSync, table: string, column: string): boolean {
  const found = db
    .prepare("SELECT hidden FROM pragma_table_xinfo(?, 'main') WHERE name = ? COLLATE NOCASE")
    .get(table, column);
  return Number(found?.hidden ?? 0) > 1;
}

/** What to do about a cascade that would not happen. */
export const CASCADE_HINT =
  'Say `foreign_keys: on` in the header (cascades run), or `off` (they do not, and you mend the rows yourself).';

/** What does not hold of the given keys now. Tables that are not there have no violations. */
export function violationsOf(
  db: DatabaseSync,
  keys: readonly DatabaseForeignKey[],
): readonly Violation[] {
  const found: Violation[] = [];
  for (const [child, ofChild] of byChild(keys)) {
    if (!isNamed(db, child)) continue;
    const rows = violatedRows(db, ofChild, () => tableNames(db));
    // A view is no parent either, which the check calls a mismatch.
    const isMismatched = rows.some(({ kind }) => kind === 'mismatch');
    const tables = isMismatched ? tableNames(db) : null;
    const parentless = ofChild.filter(
      ({ parent }) => !(tables?.has(fold(parent)) ?? isNamed(db, parent)),
    );
    for (const key of parentless) found.push({ key, kind: 'no-parent', rows: 0, first: [] });
    found.push(...rows.filter(({ key, kind }) => kind === 'rows' || !parentless.includes(key)));
  }
  return found;
}

/**
 * The violations that were not there before, or are more now.
 *
 * @param renamed meanwhile: what was wrong before is wrong under its new name.
 */
export function newViolations(
  before: readonly Violation[],
  after: readonly Violation[],
  renamed: readonly Rename[] = [],
): readonly Violation[] {
  const now = new Set(after.map(identity));
  const known = new Map(
    before.map((each) => {
      const moved = identity({ ...each, key: renamed.reduce(underNewName, each.key) });
      // A table may have got its old name back: it was rebuilt, the old one renamed first.
      return [now.has(moved) ? moved : identity(each), each];
    }),
  );
  return after.flatMap((each) => {
    const old = known.get(identity(each));
    if (old === undefined) return [each];
    if (each.rows <= old.rows) return [];
    const first = each.first.filter((rowid) => !old.first.includes(rowid));
    return [{ ...each, rows: each.rows - old.rows, first }];
  });
}

/** Whether keys hold behind a script as they did before. @throws RefusedError */
export function requireHeld(
  before: readonly Violation[],
  after: readonly Violation[],
  sql: string,
): void {
  const fresh = newViolations(before, after, renames(sql));
  if (fresh.length === 0) return;
  const { message, hint } = whatDoesNotHold(fresh);
  throw new RefusedError(message, hint);
}

/** The sentence about violations that a script brings, and what to do. */
export function whatDoesNotHold(fresh: readonly Violation[]): {
  readonly message: string;
  readonly hint: string;
} {
  return {
    message: `Foreign keys do not hold after it: ${fresh.map(describeViolation).join('; ')}.`,
    hint: HINTS[KINDS.find((kind) => fresh.some((each) => each.kind === kind))!],
  };
}

const ROWS_HINT = 'Mend the rows in the same file. What was wrong before it ran does not count.';
const REBUILD_HINT =
  'A parent is made in the same revision as its first child, or before; with `foreign_keys: on` in the header, it can come later. To rebuild a table: make the new one under another name, copy the rows, drop the old one, rename the new one. Renaming the old one first takes its references along.';

const UNIQUE_HINT =
  'What it refers to has to be the primary key of its table, or have a UNIQUE of its own; an index with a WHERE is none. With `foreign_keys: on` in the header, it can come later.';

/** The one that is to be mended first comes first. */
const KINDS = ['no-parent', 'mismatch', 'rows'] as const;
const HINTS: Readonly<Record<Violation['kind'], string>> = {
  'no-parent': REBUILD_HINT,
  mismatch: UNIQUE_HINT,
  rows: ROWS_HINT,
};

/** A violation as the beginning of a sentence. */
export function describeViolation({ key, kind, rows, first }: Violation): string {
  const columns = key.columns.join(', ');
  if (kind === 'no-parent') {
    return `${key.child} (${columns}) refers to the table ${key.parent}, which is not there`;
  }
  if (kind === 'mismatch') {
    return `${key.child} (${columns}) refers to ${key.parent}, which has no such unique key`;
  }
  const which =
    first.length === 0 ? '' : ` (rowid ${first.join(', ')}${rows > first.length ? ', …' : ''})`;
  return `${rows} ${rows === 1 ? 'row' : 'rows'} of ${key.child}${which} ${rows === 1 ? 'names a row' : 'name rows'} of ${key.parent} that ${rows === 1 ? 'is' : 'are'} not there`;
}

/**
 * Switches enforcement, and makes sure of it: inside a transaction the pragma does nothing,
 * without a word.
 */
export function setEnforcement(db: DatabaseSync, enforcement: 'on' | 'off'): void {
  const isSet = () =>
    db.prepare('PRAGMA foreign_keys').get()?.foreign_keys === (enforcement === 'on' ? 1 : 0);
  if (isSet()) return;
  db.exec(`PRAGMA foreign_keys = ${enforcement}`);
  if (!isSet()) {
    throw new Error(`PRAGMA foreign_keys = ${enforcement} had no effect`);
  }
}

/** The tables that a text REPLACEs into, folded: `REPLACE INTO t`, `UPDATE OR REPLACE t`. */
export function replacedTables(sql: string): ReadonlySet<string> {
  const found = new Set<string>();
  if (!/\breplace\b/i.test(sql)) return found;
  const all = [...tokens(sql)].filter((token) => token.kind !== 'comment');
  const word = (index: number) => {
    const token = all[index];
    return token?.kind === 'word' ? textOf(sql, token).toUpperCase() : '';
  };
  for (let index = 0; index < all.length; index++) {
    if (word(index) !== 'REPLACE') continue;
    let at = index + 1;
    if (word(at) === 'INTO') at++;
    else if (word(index - 1) !== 'OR') continue;
    // A condition `… OR replace(x, …)` is none.
    if (all[at + 1] !== undefined && textOf(sql, all[at]!) === '(') continue;
    // `schema.table`: the name is what stands last.
    while (all[at + 1] !== undefined && textOf(sql, all[at + 1]!) === '.') at += 2;
    if (all[at] !== undefined) found.add(fold(nameOf(sql, all[at]!)));
  }
  return found;
}

/** Whether rows of a table may have been replaced, by what the text and the schema say. */
function mayReplace(
  db: DatabaseSync,
  table: string,
  { inserted, updated, writers }: Trace,
  replaced: ReadonlySet<string>,
): boolean {
  for (const trigger of writers.get(table) ?? []) {
    if (trigger === '' ? replaced.has(table) : replaced.size > 0) return true;
    // What a statement says of conflicts holds for its triggers; else they have their own word.
    if (trigger !== '' && replacedTables(sqlOf(db, 'trigger', trigger)).has(table)) return true;
  }
  const columns = updated.get(table);
  if (columns === undefined && !inserted.has(table)) return false;
  const sql = withoutComments(sqlOf(db, 'table', table));
  if (!/(?<!\bNULL )\bON CONFLICT REPLACE\b/i.test(sql)) return false;
  return inserted.has(table) || uniqueColumns(db, table).some((column) => columns!.has(column));
}

/** The tokens of a text, with a space between them. */
function withoutComments(sql: string): string {
  const said = [...tokens(sql)].filter(({ kind }) => kind !== 'comment');
  return said.map((token) => textOf(sql, token)).join(' ');
}

function uniqueColumns(db: DatabaseSync, table: string): readonly string[] {
  return db
    .prepare(
      `SELECT c.name FROM pragma_index_list(?1, 'main') AS i, pragma_index_info(i.name, 'main') AS c
        WHERE i."unique" UNION SELECT name FROM pragma_table_info(?1, 'main') WHERE pk > 0`,
    )
    .all(table)
    .map((row) => fold(String(row.name)));
}

function sqlOf(db: DatabaseSync, type: 'table' | 'trigger', name: string): string {
  const row = db
    .prepare(
      `SELECT sql FROM (SELECT * FROM main.sqlite_schema UNION ALL SELECT * FROM temp.sqlite_schema)
        WHERE type = ? AND name = ? COLLATE NOCASE`,
    )
    .get(type, name);
  return String(row?.sql ?? '');
}

/** Whether a table or view has a name. SQLite finds it without going through its schema. */
function isNamed(db: DatabaseSync, name: string): boolean {
  const columns = db.prepare("SELECT 1 FROM pragma_table_info(?, 'main')");
  try {
    return columns.get(name) !== undefined;
  } catch (error) {
    // A view whose tables are gone.
    if (!isSqliteError(error)) throw error;
    return true;
  }
}

function tableNames(db: DatabaseSync): ReadonlySet<string> {
  const rows = db.prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table'").all();
  return new Set(rows.map((row) => fold(String(row.name))));
}

/** The keys of each child, whose name is folded. */
export function byChild(
  keys: readonly DatabaseForeignKey[],
): ReadonlyMap<string, readonly DatabaseForeignKey[]> {
  return Map.groupBy(keys, (key) => fold(key.child));
}

function underNewName(key: DatabaseForeignKey, { table, column, to }: Rename): DatabaseForeignKey {
  const isChild = fold(key.child) === fold(table);
  const isParent = fold(key.parent) === fold(table);
  if (column === null) {
    return { ...key, child: isChild ? to : key.child, parent: isParent ? to : key.parent };
  }
  const inList = (columns: readonly string[]) =>
    columns.map((each) => (fold(each) === fold(column) ? to : each));
  return {
    ...key,
    columns: isChild ? inList(key.columns) : key.columns,
    parentColumns: isParent ? inList(key.parentColumns) : key.parentColumns,
  };
}

/** By names, not by number: a rebuilt table may number its keys anew. */
function identity({ key, kind }: Violation): string {
  const { child, columns, parent, parentColumns } = key;
  return fold(JSON.stringify([kind, child, columns, parent, parentColumns]));
}
