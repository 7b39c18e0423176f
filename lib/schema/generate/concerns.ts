import { STRICT_TYPES } from '../affinity.ts';
import { columnIn } from '../columns.ts';
import { paired } from '../compare/differ.ts';
import { namesIn } from '../dependants.ts';
import type { Check, Column } from '../model.ts';
import { fold } from '../names.ts';
import { becomesRowid } from '../rowid.ts';
import { keyConcerns, rowidConcerns } from './key-concerns.ts';
import type { OldTable, Warning } from './old-table.ts';

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
  const untried = after.columns.filter(
    (column) => STRICT_TYPES[column.type] !== undefined && isUntried(column, old),
  );
  if (untried.length === 0) return [];
  const values = untried.map(({ name, type }) => {
    const isHeld = old.has(name) && columnIn(after, name)!.generated === null;
    const sql = isHeld ? old.column(name) : old.value(name);
    return sql === null ? null : `typeof(${sql}) NOT IN (${STRICT_TYPES[type]})`;
  });
  const what = before.strict ? 'is STRICT' : 'is to be STRICT';
  return [
    {
      message: `\`${after.name}\` ${what}: the up fails where a value does not fit the type of its column.`,
      query: values.includes(null) ? null : old.rows(values.join(' OR ')),
    },
  ];
}

/** Whether a STRICT table has not taken the values of a column yet. */
function isUntried(column: Column, old: OldTable): boolean {
  const { before, fill } = old;
  const was = columnIn(before, column.name);
  if (column.generated !== null) {
    return !before.strict || was?.type !== column.type || !old.isSame(column.name);
  }
  if (was !== undefined) return !before.strict || was.type !== column.type;
  return column.default !== null && !fill.has(fold(column.name));
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
