import type { Token } from '../../sql/tokens.ts';
import type { Action, Conflict, ForeignKey, KeyColumn } from '../model.ts';
import { capitals } from '../names.ts';
import { listOf, Reader } from './reader.ts';
import type { TableDraft } from './table-draft.ts';

const CONFLICTS = ['ABORT', 'ROLLBACK', 'FAIL', 'IGNORE', 'REPLACE'] as const;

/** Whether a constraint of the table is next, and no column. */
export function isConstraint(reader: Reader): boolean {
  return ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'].includes(reader.word());
}

/** Reads one constraint of a table. */
export function parseConstraint(reader: Reader, draft: TableDraft): void {
  let name: string | null = null;
  while (reader.takes('CONSTRAINT')) name = reader.name();
  if (reader.takes('PRIMARY', 'KEY')) {
    const { columns, autoincrement } = keyColumns(reader.sql, reader.group());
    const conflict = conflictClause(reader);
    draft.setPrimaryKey({ columns, autoincrement, conflict, name }, 'table');
  } else if (reader.takes('UNIQUE')) {
    const { columns } = keyColumns(reader.sql, reader.group());
    draft.unique.push({ columns, conflict: conflictClause(reader), name });
  } else if (reader.takes('CHECK')) {
    draft.checks.push({ expression: draft.expression(reader.group()), name });
    // SQLite reads this one, and does nothing with it.
    conflictClause(reader);
  } else if (reader.takes('FOREIGN', 'KEY')) {
    const columns = names(reader.sql, reader.group());
    reader.expects('REFERENCES');
    const key = reference(reader, columns, name);
    draft.foreignKeys.push({ ...key, deferred: deferClause(reader) ?? false });
  } else if (name === null || !ends(reader)) throw reader.unparsed('a constraint');
}

/** A `CONSTRAINT name` with nothing behind it is allowed, and nothing. */
function ends(reader: Reader): boolean {
  return reader.text() === ',' || reader.text() === ')';
}

/** `ON CONFLICT …`; what is not said is ABORT. */
export function conflictClause(reader: Reader): Conflict {
  if (!reader.takes('ON', 'CONFLICT')) return 'ABORT';
  const found = CONFLICTS.find((each) => reader.takes(each));
  if (found === undefined) throw reader.unparsed('a resolution');
  return found;
}

/** What follows REFERENCES, but for DEFERRABLE. */
export function reference(
  reader: Reader,
  columns: readonly string[],
  name: string | null,
): ForeignKey {
  const parent = reader.name();
  const parentColumns = reader.text() === '(' ? names(reader.sql, reader.group()) : [];
  let onUpdate: Action = 'NO ACTION';
  let onDelete: Action = 'NO ACTION';
  let match: string | null = null;
  for (;;) {
    if (reader.takes('ON', 'DELETE')) onDelete = action(reader);
    else if (reader.takes('ON', 'UPDATE')) onUpdate = action(reader);
    else if (reader.takes('ON', 'INSERT')) action(reader);
    else if (reader.takes('MATCH')) match = capitals(reader.name());
    else break;
  }
  return { columns, parent, parentColumns, onUpdate, onDelete, deferred: false, match, name };
}

function action(reader: Reader): Action {
  if (reader.takes('SET', 'NULL')) return 'SET NULL';
  if (reader.takes('SET', 'DEFAULT')) return 'SET DEFAULT';
  if (reader.takes('CASCADE')) return 'CASCADE';
  if (reader.takes('RESTRICT')) return 'RESTRICT';
  if (reader.takes('NO', 'ACTION')) return 'NO ACTION';
  throw reader.unparsed('an action');
}

/** `[NOT] DEFERRABLE [INITIALLY …]`: whether it defers; null where nothing is said. */
export function deferClause(reader: Reader): boolean | null {
  const never = reader.takes('NOT', 'DEFERRABLE');
  if (!never && !reader.takes('DEFERRABLE')) return null;
  if (reader.takes('INITIALLY', 'DEFERRED')) return !never;
  reader.takes('INITIALLY', 'IMMEDIATE');
  return false;
}

function names(sql: string, all: readonly Token[]): readonly string[] {
  return listOf(sql, all).map((item) => {
    const reader = new Reader(sql, item);
    const name = reader.name();
    if (!reader.done) throw reader.unparsed(',');
    return name;
  });
}

function keyColumns(
  sql: string,
  all: readonly Token[],
): { columns: readonly KeyColumn[]; autoincrement: boolean } {
  let autoincrement = false;
  const items = listOf(sql, all);
  const columns = items.map((item, index): KeyColumn => {
    const reader = new Reader(sql, item);
    const name = bareColumn(reader);
    const collation = reader.takes('COLLATE') ? capitals(reader.name()) : null;
    const direction = reader.takes('DESC') ? 'desc' : 'asc';
    if (direction === 'asc') reader.takes('ASC');
    if (index === items.length - 1 && reader.takes('AUTOINCREMENT')) autoincrement = true;
    if (!reader.done) throw reader.unparsed(',');
    return { name, collation, direction };
  });
  return { columns, autoincrement };
}

/** A column's name, in any number of parentheses. */
function bareColumn(reader: Reader): string {
  if (reader.text() !== '(') return reader.name();
  const inner = new Reader(reader.sql, reader.group());
  const name = bareColumn(inner);
  if (!inner.done) throw inner.unparsed(')');
  return name;
}
