import type { Schema, Trigger } from './model.ts';
import { fold } from './names.ts';

/**
 * The triggers that have to be dropped and made again, so that each group fires in the order
 * of the target: a trigger can only be put behind all others, so those that stay have to be
 * the first of their group.
 *
 * @param kept the triggers (folded) that could stay as they are.
 * @param when `touched`: only where a trigger that there was is made again anyway.
 */
export function reordered(
  before: Schema,
  after: Schema,
  kept: ReadonlySet<string>,
  when: 'touched' | 'always',
): ReadonlySet<string> {
  const places = new Map([...before.triggers.keys()].map((key, place) => [key, place]));
  const again = new Set<string>();
  for (const group of Map.groupBy(after.triggers.values(), firingGroup).values()) {
    const keys = group.map((each) => fold(each.name));
    const isTouched = keys.some((key) => places.has(key) && !kept.has(key));
    if (when === 'touched' && !isTouched) continue;
    let last = -1;
    let canStay = true;
    for (const key of keys) {
      const place = places.get(key) ?? -1;
      canStay &&= kept.has(key) && place > last;
      if (!canStay && kept.has(key)) again.add(key);
      last = place;
    }
  }
  return again;
}

/** The same for triggers that fire together: on one table, time and event. */
export function firingGroup({ table, time, event }: Trigger): string {
  return JSON.stringify([fold(table), time, event]);
}
