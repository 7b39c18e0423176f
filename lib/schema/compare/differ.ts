import { fold } from '../names.ts';
import type { Aspect, Difference, DifferenceClass, ObjectKind } from './difference.ts';

/** Gathers the differences of one object or one part of it. */
export class Differ {
  readonly found: Difference[] = [];
  readonly #object: Difference['object'];
  readonly #part: Difference['part'];

  constructor(object: Difference['object'], part: Difference['part'] = null) {
    this.#object = object;
    this.#part = part;
  }

  /** For an object of which one side may be missing, which then is the difference. */
  static of(
    kind: ObjectKind,
    before: { readonly name: string } | undefined,
    after: { readonly name: string } | undefined,
  ): Differ {
    const differ = new Differ({ kind, name: (after ?? before)!.name });
    if (before === undefined) differ.add('added', null, null);
    else if (after === undefined) differ.add('removed', null, null);
    return differ;
  }

  add(
    change: 'added' | 'removed' | 'changed',
    before: string | null,
    after: string | null,
    aspect: Aspect | null = null,
    kind: DifferenceClass = 'substance',
    cosmetic = false,
  ): void {
    const [object, part] = [this.#object, this.#part];
    this.found.push({ object, part, change, aspect, before, after, class: kind, cosmetic });
  }

  /** Two values that should be the same. */
  same(aspect: Aspect, before: string | null, after: string | null): void {
    if (before !== after) this.add('changed', before, after, aspect);
  }

  flag(aspect: Aspect, before: boolean, after: boolean): void {
    this.same(aspect, before ? 'yes' : 'no', after ? 'yes' : 'no');
  }

  /** How a name is written, or what SQLite does not look at. */
  spelled(before: string | null, after: string | null, aspect: Aspect = 'name'): void {
    if (before !== after) this.add('changed', before, after, aspect, 'spelling', true);
  }
}

/** The entries of two maps side by side, in the order of their keys. */
export function byKey<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): readonly (readonly [T | undefined, T | undefined])[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.map((key) => [before.get(key), after.get(key)] as const);
}

/** The same of lists, by a key that several may share: they pair up in their order. */
export function paired<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
): readonly (readonly [T | undefined, T | undefined])[] {
  return byKey(numbered(before, keyOf), numbered(after, keyOf));
}

function numbered<T>(list: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const item of list) {
    let number = 0;
    while (map.has(`${keyOf(item)}\0${number}`)) number++;
    map.set(`${keyOf(item)}\0${number}`, item);
  }
  return map;
}

/** Names as a key: folded, and their order kept. */
export function keyOfNames(names: readonly string[]): string {
  return JSON.stringify(names.map(fold));
}
