import { STRICT_TYPES } from './affinity.ts';
import { columnIn } from './alter.ts';
import { namesIn } from './dependants.ts';
import { paired } from './differ.ts';
import { keyConcerns, rowidConcerns } from './key-concerns.ts';
import type { Check, Column } from './model.ts';
import { fold } from './names.ts';
import type { OldTable, Warning } from './old-table.ts';
import { becomesRowid } from './rebuild.ts';

/** What a changed table means for the rows that it has. */
export function concernsOf(old: OldTable): readonly Warning[] {
  const { before, after } = old;
  return [
    ...after.columns.flatMap((column) => {
      const was = columnIn(before, column.name);
      return was === undefined ? newColumnConcerns(column, old) : columnConcerns(was, column, old);
    }),
    ...(after.strict ? strictConcerns(old) : []),
    ...keyConcerns(old),
    ...checkConcerns(old),
    ...rowidConcerns(old),
  ];
}

function columnConcerns(was: Column, column: Column, old: OldTable): readonly Warning[] {
  const { before, after, fill } = old;
  const value = old.column(column.name);
  const what = `\`${after.name}.${column.name}\``;
  const found: Warning[] = [];
  const isTightened = was.notNull === null && column.notNull !== null;
  if (isTightened && !fill.has(fold(column.name)) && !becomesRowid(before, after, was)) {
    found.push({
      message: `${what} is to be NOT NULL: the up fails where it is NULL (\`--fill ${after.name}.${column.name}=EXPR\` gives those rows a value).`,
      query: old.rows(`${value} IS NULL`),
    });
  }
  const changed = old.changedWhere(was, column, value);
  if (changed !== null && column.generated === null) {
    found.push({
      message: `${what} becomes ${column.type || 'a column without a type'}, was ${was.type || 'one without a type'}: some values change with it.`,
      query: old.rows(changed),
    });
  }
  if (was.generated === null && column.generated !== null) {
    found.push({
      message: `${what} is to be computed: what it holds now is replaced.`,
      query: null,
    });
  }
  return found;
}

/** What a default is, is for whoever wrote it to know; what is computed depends on the rows. */
function newColumnConcerns(column: Column, old: OldTable): readonly Warning[] {
  if (column.notNull === null || column.generated === null) return [];
  const value = old.value(column.name);
  return [
    {
      message: `\`${old.after.name}.${column.name}\` is computed and NOT NULL: the up fails where it is NULL.`,
      query: value === null ? null : old.rows(`${value} IS NULL`),
    },
  ];
}

function strictConcerns(old: OldTable): readonly Warning[] {
  const { before, after } = old;
  const conditions = after.columns.flatMap((column): readonly string[] => {
    const types = STRICT_TYPES[column.type];
    const value = storedValue(column, old);
    return types === undefined || value === null ? [] : [`typeof(${value}) NOT IN (${types})`];
  });
  if (conditions.length === 0) return [];
  const what = before.strict ? 'is STRICT' : 'is to be STRICT';
  return [
    {
      message: `\`${after.name}\` ${what}: the up fails where a value does not fit the type of its column.`,
      query: old.rows(conditions.join(' OR ')),
    },
  ];
}

/** What a STRICT table has not taken yet of a column; null where there is nothing. */
function storedValue(column: Column, old: OldTable): string | null {
  const was = columnIn(old.before, column.name);
  if (column.generated !== null || (old.before.strict && was?.type === column.type)) return null;
  if (was !== undefined) return old.column(column.name);
  return old.fill.has(fold(column.name)) ? null : (column.default?.sql ?? null);
}

function checkConcerns(old: OldTable): readonly Warning[] {
  const { before, after } = old;
  const pairs = paired<Check>(before.checks, after.checks, (check) => check.expression);
  return pairs.flatMap(([was, check]): readonly Warning[] => {
    if (check === undefined || (was !== undefined && old.isSameIn(check.expression))) return [];
    const said = namesIn(check.expression);
    // About new columns alone: their value is in the same file.
    if (!after.columns.some(({ name }) => said.has(fold(name)) && old.has(name))) return [];
    const condition = old.expression(check.expression);
    const what = `CHECK (${check.expression})`;
    return [
      {
        message:
          was === undefined
            ? `\`${after.name}\` gets ${what}: the up fails where it does not hold.`
            : `\`${after.name}\` has ${what}, over columns that change: the up fails where it does not hold then.`,
        query: condition === null ? null : old.rows(`NOT (${condition})`),
      },
    ];
  });
}
