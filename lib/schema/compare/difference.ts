import { fold } from '../names.ts';

export type ObjectKind = 'table' | 'index' | 'view' | 'trigger' | 'virtual table';

type PartKind = 'column' | 'primary key' | 'unique' | 'check' | 'foreign key';

/** What of an object or of a part is different. */
export type Aspect =
  // of a table
  | 'column order'
  | 'trigger order'
  | 'strict'
  | 'without rowid'
  | 'kind'
  // of anything
  | 'name'
  | 'definition'
  // of a column
  | 'type'
  /** Of a column: that it may be NULL. */
  | 'nullable'
  | 'conflict'
  | 'default'
  | 'collation'
  | 'generated'
  // of a constraint
  | 'constraint name'
  | 'columns'
  | 'rowid alias'
  | 'autoincrement'
  | 'expression'
  | 'on update'
  | 'on delete'
  | 'deferrable'
  | 'match'
  // of an index, a trigger or a virtual table
  | 'table'
  | 'unique'
  | 'where'
  | 'time'
  | 'event'
  | 'module';

/** Column order and trigger order are classes of their own; so is how a name is written. */
export type DifferenceClass = 'substance' | 'column-order' | 'trigger-order' | 'spelling';

/** One difference between two schemas, by what it is about. */
export interface Difference {
  readonly object: { readonly kind: ObjectKind; readonly name: string };
  /** The column or constraint of a table; null for the object itself. */
  readonly part: { readonly kind: PartKind; readonly name: string } | null;
  readonly change: 'added' | 'removed' | 'changed';
  /** Null for what was added or removed as a whole. */
  readonly aspect: Aspect | null;
  /** Both as SQL or in words; null for what is not there. */
  readonly before: string | null;
  readonly after: string | null;
  readonly class: DifferenceClass;
  /** Told, but no reason to fail. */
  readonly cosmetic: boolean;
}

/** The same for the same thing in any two comparisons. */
export function addressOf({ object, part, aspect }: Difference): string {
  return JSON.stringify([...placeOf(object, part), ...(aspect === null ? [] : [aspect])]);
}

/** Whether what one difference is about is the same as, or holds, what the other is about. */
export function covers(outer: Difference, inner: Difference): boolean {
  const of = ({ object, part, aspect }: Difference) => [
    ...placeOf(object, part),
    ...(aspect === null ? [] : [aspect]),
  ];
  const [all, some] = [of(inner), of(outer)];
  return some.every((each, index) => each === all[index]);
}

function placeOf(object: Difference['object'], part: Difference['part']): readonly string[] {
  const ofObject = [object.kind, fold(object.name)];
  return part === null ? ofObject : [...ofObject, part.kind, fold(part.name)];
}

/** A difference as a sentence: column `a` of `t`: default 0, was none. */
export function sentenceOf(difference: Difference): string {
  const { change, aspect, before, after } = difference;
  const subject = subjectOf(difference);
  if (change === 'added') return `${subject} is new${after === null ? '' : `: ${after}`}`;
  if (change === 'removed') return `${subject} is gone${before === null ? '' : `: ${before}`}`;
  if (aspect === 'definition') return `${subject} has another definition`;
  if (before === 'no' && after === 'yes') return `${subject}: ${aspect}, was not`;
  if (before === 'yes' && after === 'no') return `${subject}: not ${aspect} any more`;
  return `${subject}: ${aspect} ${after ?? 'none'}, was ${before ?? 'none'}`;
}

/** What it is about, in words: column `a` of `t`. */
export function subjectOf({ object, part }: Difference): string {
  const whole = `${object.kind} \`${object.name}\``;
  if (part === null) return whole;
  const of = `of \`${object.name}\``;
  if (part.kind === 'primary key') return `primary key ${of}`;
  if (part.kind === 'column') return `column \`${part.name}\` ${of}`;
  return `${part.kind} ${part.name} ${of}`;
}
