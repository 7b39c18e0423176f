/**
 * The lines of a header, before anything is known of what its keys mean: a fence `-- ---`,
 * one `-- key: value` a line, a fence. What a column needs is worked out only when asked, and
 * lines are bare texts: a history has ten thousand headers.
 */

/** What stands between the fences. */
interface HeaderBlock {
  /** The number of the opening fence's line, from 1. */
  readonly opening: number;
  /** Those behind it, without their ends. */
  readonly lines: readonly string[];
  /** Offset in the text behind the closing fence's line ending. */
  readonly end: number;
  /** The number of the line where the closing fence should have stood; null where it stands. */
  readonly unclosedAt: number | null;
}

/** One `-- key: value` of a header. */
export interface Entry {
  readonly key: string;
  /** Without the blanks around it. */
  readonly value: string;
  /** The whole line, and its number from 1. */
  readonly text: string;
  readonly line: number;
}

const FENCE = /^--[ \t]+---[ \t]*$/;
const ENTRY = /^--[ \t]+([A-Za-z][A-Za-z0-9_-]*)[ \t]*:[ \t]*([^\r]*?)[ \t]*$/;

/** The header of a file; null where it does not begin with one, blank lines left out. */
export function readBlock(text: string): HeaderBlock | null {
  let offset = bomLength(text);
  let number = 0;
  // A line at a time: a large file is not split as a whole.
  const next = (): string | null => {
    if (offset >= text.length) return null;
    const found = text.indexOf('\n', offset);
    const end = found === -1 ? text.length : found;
    const isCrlf = end > offset && text[end - 1] === '\r';
    const line = text.slice(offset, isCrlf ? end - 1 : end);
    offset = Math.min(end + 1, text.length);
    number++;
    return line;
  };

  let line = next();
  while (line !== null && line.trim() === '') line = next();
  if (line === null || !isFence(line)) return null;
  const opening = number;
  const lines: string[] = [];
  for (line = next(); line !== null; line = next()) {
    if (isFence(line)) return { opening, lines, end: offset, unclosedAt: null };
    if (!line.startsWith('--')) break;
    lines.push(line);
  }
  return { opening, lines, end: offset, unclosedAt: number };
}

/** `-- key: value`, taken apart; null for any other line. */
export function readEntry(text: string, line: number): Entry | null {
  const match = ENTRY.exec(text);
  return match === null ? null : { key: match[1]!, value: match[2]!, text, line };
}

/** The column of the key, from 1. */
export function keyColumn({ key, text }: Entry): number {
  return text.indexOf(key) + 1;
}

/** The column of the value, from 1; without one, where it would stand. */
export function valueColumn(entry: Entry): number {
  const { text } = entry;
  const behindColon = text.indexOf(':', keyColumn(entry) - 1) + 1;
  const gap = /^[ \t]*/.exec(text.slice(behindColon))![0].length;
  return behindColon + gap + 1;
}

/** How many UTF-16 units the byte order mark at the beginning of a text takes: 0 or 1. */
export function bomLength(text: string): number {
  return text.charCodeAt(0) === 0xfeff ? 1 : 0;
}

function isFence(line: string): boolean {
  return line === '-- ---' || FENCE.test(line);
}
