import { positionAt } from '../sql/statements.ts';

/**
 * The lines of a text around a place, with the message under it:
 *
 *        13 |
 *      > 14 | INSERT INTO data_sources SELECT * FROM sql_sourcez;
 *           |                                        ^ no such table: sql_sourcez
 */
export function excerptAt(text: string, offset: number, message: string): readonly string[] {
  const { line, column } = positionAt(text, offset);
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const first = Math.max(1, line - 1);
  const width = String(line).length;
  const shown: string[] = [];
  for (let number = first; number <= line; number++) {
    const content = printable(lines[number - 1] ?? '');
    shown.push(
      `${number === line ? '>' : ' '} ${String(number).padStart(width)} | ${content}`.trimEnd(),
    );
  }
  const before = printable((lines[line - 1] ?? '').slice(0, column - 1));
  shown.push(`  ${' '.repeat(width)} | ${' '.repeat(before.length)}^ ${message}`);
  return shown;
}

/** One line of a text without its end and with tabs and control characters made harmless. */
function printable(line: string): string {
  return line
    .replace(/\r$/, '')
    .replaceAll('\t', '  ')
    .replace(/[\0-\x1f\x7f-\x9f]/g, '\uFFFD');
}
