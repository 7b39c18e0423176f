import { needsQuotes } from './keywords.ts';

const PLAIN = /^[A-Za-z_\u0080-\uFFFF][A-Za-z0-9_$\u0080-\uFFFF]*$/;

/** A name as SQLite compares it: letters of ASCII in one case, all others as they are. */
export function fold(name: string): string {
  // Most names are small already.
  if (!/[A-Z]/.test(name)) return name;
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A word in capitals, as `fold` makes it small. */
export function capitals(word: string): string {
  return word.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Whether a name means the same with quotes and without. */
export function isPlain(name: string): boolean {
  return PLAIN.test(name) && !needsQuotes(capitals(name));
}

/** A name as it goes into SQL: quoted only where it has to be. */
export function nameSql(name: string): string {
  return isPlain(name) ? name : quoted(name);
}

/** A name in double quotes, whatever it is. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
