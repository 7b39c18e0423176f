import type { Index, Schema } from '../model.ts';
import { fold, nameSql } from '../names.ts';
import { firingGroup } from '../trigger-order.ts';
import { type CompareOptions, compareTables } from './compare-table.ts';
import { byKey, Differ } from './differ.ts';
import type { Difference } from './difference.ts';

export type { CompareOptions } from './compare-table.ts';

/**
 * Every difference between two schemas: tables first, then what hangs on them, each kind in
 * the order of its names. Two schemas are the same when there is none that is not cosmetic.
 */
export function compareSchemas(
  before: Schema,
  after: Schema,
  options: CompareOptions = { columnOrder: 'ignore' },
): readonly Difference[] {
  return [
    ...byKey(before.tables, after.tables).flatMap(([a, b]) =>
      a === b ? [] : compareTables(a, b, options),
    ),
    ...compareVirtualTables(before, after),
    ...compareIndexes(before, after),
    ...compareViews(before, after),
    ...compareTriggers(before, after),
    ...compareTriggerOrder(before, after, options),
  ];
}

function compareVirtualTables(before: Schema, after: Schema): readonly Difference[] {
  return byKey(before.virtualTables, after.virtualTables).flatMap(([a, b]) => {
    const differ = Differ.of('virtual table', a, b);
    if (a === undefined || b === undefined) return differ.found;
    differ.spelled(a.name, b.name);
    differ.same('module', a.module, b.module);
    differ.same('definition', a.arguments, b.arguments);
    return differ.found;
  });
}

function compareIndexes(before: Schema, after: Schema): readonly Difference[] {
  return byKey(before.indexes, after.indexes).flatMap(([a, b]) => {
    if (a === b) return [];
    const differ = Differ.of('index', a, b);
    if (a === undefined || b === undefined) return differ.found;
    differ.spelled(a.name, b.name);
    differ.same('table', fold(a.table), fold(b.table));
    differ.flag('unique', a.unique, b.unique);
    differ.same('columns', columnsOf(a), columnsOf(b));
    differ.same('where', a.where, b.where);
    return differ.found;
  });
}

function columnsOf({ columns }: Index): string {
  const all = columns.map(
    ({ expression, direction }) => `${expression}${direction === 'desc' ? ' DESC' : ''}`,
  );
  return `(${all.join(', ')})`;
}

function compareViews(before: Schema, after: Schema): readonly Difference[] {
  return byKey(before.views, after.views).flatMap(([a, b]) => {
    const differ = Differ.of('view', a, b);
    if (a === undefined || b === undefined) return differ.found;
    differ.spelled(a.name, b.name);
    differ.same('definition', a.words, b.words);
    return differ.found;
  });
}

function compareTriggers(before: Schema, after: Schema): readonly Difference[] {
  return byKey(before.triggers, after.triggers).flatMap(([a, b]) => {
    const differ = Differ.of('trigger', a, b);
    if (a === undefined || b === undefined) return differ.found;
    differ.spelled(a.name, b.name);
    differ.same('table', fold(a.table), fold(b.table));
    differ.same('time', a.time, b.time);
    differ.same('event', a.event, b.event);
    differ.same('definition', a.words, b.words);
    return differ.found;
  });
}

/**
 * Triggers on the same table, time and event fire in an order, the one created last first.
 * Of those that stay, the order has to stay; new ones are created last.
 */
function compareTriggerOrder(
  before: Schema,
  after: Schema,
  { columnOrder }: CompareOptions,
): readonly Difference[] {
  const groupsBefore = Map.groupBy(before.triggers.values(), firingGroup);
  const groupsAfter = Map.groupBy(after.triggers.values(), firingGroup);
  const found: Difference[] = [];
  for (const [group, now] of groupsAfter) {
    const was = groupsBefore.get(group) ?? [];
    const names = now.map((each) => fold(each.name));
    const kept = was.map((each) => fold(each.name)).filter((name) => names.includes(name));
    const simulated = [...kept, ...names.filter((name) => !kept.includes(name))];
    if (simulated.join('\0') === names.join('\0')) continue;
    const { table, time, event } = now[0]!;
    const which = (all: readonly string[]) => `${time} ${event}: ${all.map(nameSql).join(', ')}`;
    found.push({
      object: { kind: 'table', name: table },
      part: null,
      change: 'changed',
      aspect: 'trigger order',
      before: which(simulated),
      after: which(names),
      class: 'trigger-order',
      cosmetic: columnOrder === 'ignore',
    });
  }
  return found;
}
