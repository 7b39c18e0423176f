/** Control characters, by what they could do where a text goes. */

/**
 * A text from a file, from git or from a ledger, so that nothing in it steers a terminal: C0 and
 * C1 control characters and DEL become U+FFFD.
 *
 * @param lines whether the text has lines: then TAB and LF stay.
 */
export function printable(text: string, { lines = false } = {}): string {
  const harmful = lines ? /[\0-\x08\x0b-\x1f\x7f-\x9f]/g : /[\0-\x1f\x7f-\x9f]/g;
  return text.replace(harmful, '\uFFFD');
}

/** A text for a picture: `printable`, and without what no XML may hold. */
export function plainText(text: string): string {
  return printable(text.toWellFormed()).replace(/[\ufffe\uffff]/g, '\uFFFD');
}

/** A text as a part of one line, which nothing in it ends: C0 and DEL become blanks. */
export function withinLine(text: string): string {
  return text.replace(/[\0-\x1f\x7f]/g, ' ');
}

/** Whether a name or a path has C0 control characters, which none of mig's may have. */
export function hasControls(text: string): boolean {
  return /[\0-\x1f]/.test(text);
}
