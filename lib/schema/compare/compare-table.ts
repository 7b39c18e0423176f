import type { AnyTable, Check, Column, ForeignKey, PrimaryKey, Table, Unique } from '../model.ts';
import { fold, nameSql } from '../names.ts';
import { Differ, keyOfNames, paired } from './differ.ts';
import type { Difference } from './difference.ts';
import { actionsSql, columnSql, keyColumnsSql } from './print-parts.ts';

/** What counts as a difference. */
export interface CompareOptions {
  /** `strict`: the order of columns and of triggers is a difference like any other. */
  readonly columnOrder: 'ignore' | 'strict';
}

/**
 * Every difference between two tables of one name: the table itself, then columns, keys, checks
 * and references. A side that is undefined is not there, which then is the only difference.
 */
export function compareTables(
  before: AnyTable | undefined,
  after: AnyTable | undefined,
  options: CompareOptions,
): readonly Difference[] {
  const differ = Differ.of('table', before, after);
  if (before === undefined || after === undefined) return differ.found;
  differ.spelled(before.name, after.name);
  if (before.kind === 'opaque' || after.kind === 'opaque') {
    if (before.kind === 'opaque' && after.kind === 'opaque') {
      differ.same('definition', before.words, after.words);
    } else differ.add('changed', before.text, after.text, 'definition');
    return differ.found;
  }
  differ.flag('strict', before.strict, after.strict);
  differ.flag('without rowid', before.withoutRowid, after.withoutRowid);
  compareColumnOrder(differ, before, after, options);
  const object = { kind: 'table' as const, name: after.name };
  return [
    ...differ.found,
    ...compareColumns(object, before, after),
    ...comparePrimaryKeys(object, before.primaryKey, after.primaryKey),
    ...compareUnique(object, before.unique, after.unique),
    ...compareChecks(object, before.checks, after.checks),
    ...compareForeignKeys(object, before.foreignKeys, after.foreignKeys),
  ];
}

type Of = Difference['object'];

/** The order that ALTER TABLE would lead to: what stays as it is, new ones at the end. */
function compareColumnOrder(
  differ: Differ,
  before: Table,
  after: Table,
  { columnOrder }: CompareOptions,
): void {
  const names = after.columns.map((each) => fold(each.name));
  const kept = before.columns.map((each) => fold(each.name)).filter((each) => names.includes(each));
  const simulated = [...kept, ...names.filter((name) => !kept.includes(name))];
  if (simulated.join('\0') === names.join('\0')) return;
  const list = (all: readonly string[]) => `(${all.map(nameSql).join(', ')})`;
  const cosmetic = columnOrder === 'ignore';
  differ.add('changed', list(simulated), list(names), 'column order', 'column-order', cosmetic);
}

function compareColumns(object: Of, before: Table, after: Table): readonly Difference[] {
  const pairs = paired(before.columns, after.columns, (column) => fold(column.name));
  return pairs.flatMap(([a, b]) => {
    const differ = new Differ(object, { kind: 'column', name: (b ?? a)!.name });
    if (a === undefined) differ.add('added', null, columnSql(b!));
    else if (b === undefined) differ.add('removed', columnSql(a), null);
    else compareColumn(differ, a, b);
    return differ.found;
  });
}

function compareColumn(differ: Differ, before: Column, after: Column): void {
  differ.spelled(before.name, after.name);
  differ.same('type', before.type || null, after.type || null);
  differ.flag('nullable', before.notNull === null, after.notNull === null);
  if (before.notNull !== null && after.notNull !== null) {
    differ.same('conflict', before.notNull.conflict, after.notNull.conflict);
    differ.spelled(before.notNull.name, after.notNull.name, 'constraint name');
  }
  differ.same('default', before.default?.sql ?? null, after.default?.sql ?? null);
  differ.same('collation', before.collation, after.collation);
  differ.same('generated', generated(before), generated(after));
}

function generated({ generated }: Column): string | null {
  return generated === null ? null : `(${generated.expression}) ${generated.kind}`;
}

function comparePrimaryKeys(
  object: Of,
  before: PrimaryKey | null,
  after: PrimaryKey | null,
): readonly Difference[] {
  const differ = new Differ(object, { kind: 'primary key', name: '' });
  if (before === null && after === null) return [];
  if (before === null) differ.add('added', null, keyColumnsSql(after!.columns));
  else if (after === null) differ.add('removed', keyColumnsSql(before.columns), null);
  else {
    differ.same('columns', folded(before), folded(after));
    differ.flag('rowid alias', before.rowidAlias, after.rowidAlias);
    differ.flag('autoincrement', before.autoincrement, after.autoincrement);
    differ.same('conflict', before.conflict, after.conflict);
    differ.spelled(before.name, after.name, 'constraint name');
  }
  return differ.found;
}

function folded({ columns }: Unique | PrimaryKey): string {
  return keyColumnsSql(columns.map((each) => ({ ...each, name: fold(each.name) })));
}

function compareUnique(
  object: Of,
  before: readonly Unique[],
  after: readonly Unique[],
): readonly Difference[] {
  return paired(before, after, folded).flatMap(([a, b]) => {
    const name = folded((b ?? a)!);
    const differ = new Differ(object, { kind: 'unique', name });
    if (a === undefined) differ.add('added', null, null);
    else if (b === undefined) differ.add('removed', null, null);
    else {
      differ.same('conflict', a.conflict, b.conflict);
      differ.spelled(a.name, b.name, 'constraint name');
    }
    return differ.found;
  });
}

/**
 * Checks by what they say, and what is left by name. The name is in the error message, so
 * another one is a difference.
 */
function compareChecks(
  object: Of,
  before: readonly Check[],
  after: readonly Check[],
): readonly Difference[] {
  const pairs = paired(before, after, (check) => check.expression);
  const gone = pairs.flatMap(([a, b]) => (a !== undefined && b === undefined ? [a] : []));
  const found: Difference[] = [];
  const renamed = new Set<Check>();
  for (const [a, b] of pairs) {
    if (b === undefined) continue;
    const same = a ?? gone.find((each) => b.name !== null && isSameName(each, b));
    const differ = new Differ(object, { kind: 'check', name: nameOfCheck(b) });
    if (same === undefined) differ.add('added', null, null);
    else {
      renamed.add(same);
      differ.same('expression', same.expression, b.expression);
      differ.same('constraint name', foldedName(same), foldedName(b));
    }
    found.push(...differ.found);
  }
  for (const each of gone) {
    if (renamed.has(each)) continue;
    const differ = new Differ(object, { kind: 'check', name: nameOfCheck(each) });
    differ.add('removed', null, null);
    found.push(...differ.found);
  }
  return found;
}

function isSameName(a: Check, b: Check): boolean {
  return a.name !== null && b.name !== null && fold(a.name) === fold(b.name);
}

function foldedName({ name }: Check): string | null {
  return name === null ? null : fold(name);
}

function nameOfCheck({ name, expression }: Check): string {
  return name === null ? `(${expression})` : nameSql(name);
}

function compareForeignKeys(
  object: Of,
  before: readonly ForeignKey[],
  after: readonly ForeignKey[],
): readonly Difference[] {
  return paired(before, after, referenceKey).flatMap(([a, b]) => {
    const key = (b ?? a)!;
    const differ = new Differ(object, { kind: 'foreign key', name: nameOfKey(key) });
    if (a === undefined) differ.add('added', null, actionsSql(key) || null);
    else if (b === undefined) differ.add('removed', actionsSql(key) || null, null);
    else {
      differ.same('on update', a.onUpdate, b.onUpdate);
      differ.same('on delete', a.onDelete, b.onDelete);
      differ.flag('deferrable', a.deferred, b.deferred);
      differ.spelled(a.match, b.match, 'match');
      differ.spelled(a.name, b.name, 'constraint name');
    }
    return differ.found;
  });
}

function referenceKey({ columns, parent, parentColumns }: ForeignKey): string {
  return [keyOfNames(columns), fold(parent), keyOfNames(parentColumns)].join('→');
}

function nameOfKey({ columns, parent, parentColumns }: ForeignKey): string {
  const list = (names: readonly string[]) =>
    `(${names.map((each) => nameSql(fold(each))).join(', ')})`;
  return `${list(columns)} to ${nameSql(fold(parent))}${parentColumns.length === 0 ? '' : ` ${list(parentColumns)}`}`;
}
