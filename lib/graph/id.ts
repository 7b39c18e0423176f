/** Revision ids, slugs and labels: what they may be, and how new ones are made. */

/** Hex of SHA-256 over the UTF-8 of a text. Handed in, so that this layer needs no Node. */
type Sha256 = (text: string) => string;

/** Words that name places in the graph, so that no revision or label may be called so. */
const RESERVED_WORDS: readonly string[] = ['head', 'heads', 'base', 'current'];
const LONGEST_RESERVED = 'current'.length;

const ID = /^[A-Za-z0-9]{1,64}$/;
const LABEL = /^[A-Za-z][A-Za-z0-9_]*$/;
const SLUG_LENGTH = 40;
const GENERATED_ID_LENGTH = 12;

/** Whether a word, in any case, is one of the reserved ones. */
export function isReserved(word: string): boolean {
  return word.length <= LONGEST_RESERVED && RESERVED_WORDS.includes(word.toLowerCase());
}

/** Why a text cannot be an id, as the end of a sentence; null when it can. */
export function idFault(text: string): string | null {
  if (isReserved(text)) return `\`${text}\` is a reserved word`;
  if (!ID.test(text)) return 'an id is 1 to 64 letters and digits (A-Z a-z 0-9)';
  return null;
}

/** Why a text cannot be a label, as the end of a sentence; null when it can. */
export function labelFault(text: string): string | null {
  if (isReserved(text)) return `\`${text}\` is a reserved word`;
  if (!LABEL.test(text)) return 'a label is a letter, then letters, digits and `_`';
  return null;
}

/** By byte: ids are ASCII, so the order of UTF-16 units is the order of bytes. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether two lists have the same ids in the same order. */
export function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/**
 * The slug of a message: ASCII lower case (NFKD, what is left above ASCII dropped), runs
 * of anything but letters and digits folded to one `_`, at most 40 characters, cut at a
 * word. Empty when nothing is left.
 */
export function slugOf(message: string): string {
  const words = message
    .normalize('NFKD')
    .replace(/[^\x00-\x7f]/g, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  let slug = '';
  for (const word of words) {
    const longer = slug === '' ? word : `${slug}_${word}`;
    if (longer.length > SLUG_LENGTH) break;
    slug = longer;
  }
  // A first word that alone is too long leaves no boundary to cut at.
  return slug === '' ? (words[0] ?? '').slice(0, SLUG_LENGTH) : slug;
}

/** A new random id: 12 hex digits of the given random bytes (six or more). */
export function randomId(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, GENERATED_ID_LENGTH);
}

/** The id of the setting `"ids": "timestamp"`: `YYYYMMDDhhmmss`, UTC. */
export function timestampId(now: Date): string {
  return now.toISOString().replace(/[-:T]/g, '').slice(0, 14);
}

/** `YYYY-MM-DDThh:mm:ssZ`, the form of the header key `created`. */
export function createdAt(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/**
 * The id of the merge of some parents: the same for everybody who merges the same heads,
 * whatever the order in which they are named (docs/format.md, "Merge revisions").
 */
export function mergeId(parents: readonly string[], sha256: Sha256): string {
  return sha256(`merge:${[...parents].sort(compareIds).join(',')}`).slice(0, GENERATED_ID_LENGTH);
}
