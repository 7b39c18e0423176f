import { printable } from '../graph/controls.ts';
import { positionAt } from '../sql/statements.ts';

/**
 * The lines of a text around a place, with the message under it:
 *
 *        13 |
 *      > 14 | INSERT INTO data_sources SELECT * FROM sql_sourcez;
 *           |                                        ^ no such table: sql_sourcez
 *
 * Of a very long line it is the part around the place.
 */
export function excerptAt(text: string, offset: number, message: string): readonly string[] {
  const { line, column } = positionAt(text, offset);
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const first = Math.max(1, line - 1);
  const width = String(line).length;
  const from = Math.max(0, column - 1 - MOST_BEFORE);
  const shown: string[] = [];
  for (let number = first; number <= line; number++) {
    const content = shownLine(part(lines[number - 1] ?? '', number === line ? from : 0));
    shown.push(
      `${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${content}`.trimEnd(),
    );
  }
  const before = shownLine(part((lines[line - 1] ?? '').slice(0, column - 1), from));
  shown.push(`  ${' '.repeat(width)} | ${' '.repeat(before.length)}^ ${message}`);
  return shown;
}

/** Characters of a line that are shown before a place, and all that are shown. */
const MOST_BEFORE = 160;
const MOST = 240;

/** A line from an offset on, with `…` for what is left out. */
function part(line: string, from: number): string {
  const to = from + MOST;
  return `${from > 0 ? '…' : ''}${line.slice(from, to)}${line.length > to ? '…' : ''}`;
}

/** One line of a text without its end, and printable, with blanks for a tab. */
function shownLine(line: string): string {
  return printable(line.replace(/\r$/, '').replaceAll('\t', '  '));
}
