import type { ErrorCode, Problem } from '../error.ts';
import {
  bomLength,
  type Entry,
  keyColumn,
  readBlock,
  readEntry,
  valueColumn,
} from './header-lines.ts';
import { idFault, labelFault } from './id.ts';
import { didYouMean } from './nearest.ts';

/**
 * The front matter of a revision file: `-- ---`, one `-- key: value` a line, `-- ---`.
 * Parsing and printing are inverse for every header that mig writes (docs/format.md).
 */
export interface Header {
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly labels: readonly string[];
  readonly message: string | null;
  readonly created: string | null;
  readonly transaction: Transaction;
  readonly foreignKeys: ForeignKeys;
  /** Why there is no way back; null when there is one. */
  readonly irreversible: string | null;
  /** `x-…` keys as they stand: kept, never read. */
  readonly extra: readonly (readonly [key: string, value: string])[];
}

/** Whether a file runs in one transaction (docs/format.md). */
export type Transaction = 'on' | 'off';
/** What is done about foreign keys while a file runs (docs/foreign-keys.md). */
export type ForeignKeys = 'auto' | 'on' | 'off';

/** Line and column, from 1, of a key's first value, and the column of each value in its list. */
interface ValuePlace {
  readonly line: number;
  readonly column: number;
  readonly columns: readonly number[];
}

/** Where the values of a header stand, for messages. */
export type Places = Readonly<Partial<Record<HeaderKey, ValuePlace>>>;

interface ParsedHeader {
  readonly header: Header;
  /** Offset in the text at which the SQL begins: behind the closing fence's line ending. */
  readonly sqlStart: number;
  readonly problems: readonly Problem[];
}

export type FileSide = 'up' | 'down';

const UP_KEYS = [
  'parents',
  'message',
  'created',
  'depends',
  'labels',
  'transaction',
  'foreign_keys',
  'irreversible',
] as const;
type HeaderKey = (typeof UP_KEYS)[number];
const DOWN_KEYS: readonly string[] = ['transaction', 'foreign_keys'];

const CREATED = /^\d{4}-(?:0[1-9]|1[0-2])-[0-3]\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

const EMPTY: Header = {
  parents: [],
  depends: [],
  labels: [],
  message: null,
  created: null,
  transaction: 'on',
  foreignKeys: 'auto',
  irreversible: null,
  extra: [],
};

/**
 * Reads the header of an up or a down file.
 *
 * @param text the whole file, decoded; a BOM and CRLF are accepted.
 * @returns the header with its defaults filled in, where the SQL begins, and every problem
 *   found, without the file's name. A down file needs no header.
 */
export function parseHeader(text: string, side: FileSide): ParsedHeader {
  const block = readBlock(text);
  if (block === null) {
    return { header: EMPTY, sqlStart: bomLength(text), problems: missing(side) };
  }
  const problems: Problem[] = [];
  const entries: Entry[] = [];
  for (let index = 0; index < block.lines.length; index++) {
    const line = block.opening + 1 + index;
    const entry = readEntry(block.lines[index]!, line);
    if (entry === null) {
      problems.push(noEntry(block.lines[index]!, line));
      continue;
    }
    const before = entries.find((each) => each.key === entry.key);
    if (before === undefined) entries.push(entry);
    else problems.push(repeated(entry, before));
  }
  if (block.unclosedAt !== null) problems.push(unclosed(block.opening, block.unclosedAt));
  const header = interpret(entries, side, block.opening, problems);
  return { header, sqlStart: block.end, problems };
}

/**
 * Where the values of a header stand. Apart from `parseHeader`, because only messages ask, and
 * most headers are read for no message.
 */
export function placesIn(text: string): Places {
  const places: Partial<Record<HeaderKey, ValuePlace>> = {};
  const block = readBlock(text);
  for (const [index, line] of block?.lines.entries() ?? []) {
    const entry = readEntry(line, block!.opening + 1 + index);
    if (entry === null || entry.value === '' || !isUpKey(entry.key)) continue;
    if (entry.key in places) continue;
    const column = valueColumn(entry);
    const columns = LIST_KEYS.has(entry.key)
      ? splitList(entry.value).map((item) => column + item.offset)
      : [column];
    places[entry.key] = { line: entry.line, column, columns };
  }
  return places;
}

/** Prints a header as mig writes it: defaults left out, keys in a fixed order, LF. */
export function printHeader(header: Header): string {
  const lines = ['-- ---'];
  const put = (key: string, value: string | null) => {
    if (value !== null && value !== '') lines.push(`-- ${key}: ${value}`);
  };
  put('parents', header.parents.length === 0 ? 'base' : header.parents.join(', '));
  put('message', header.message);
  put('created', header.created);
  put('depends', header.depends.join(', '));
  put('labels', header.labels.join(', '));
  put('transaction', header.transaction === 'on' ? null : header.transaction);
  put('foreign_keys', header.foreignKeys === 'auto' ? null : header.foreignKeys);
  put('irreversible', header.irreversible);
  for (const [key, value] of header.extra) put(key, value);
  lines.push('-- ---', '');
  return lines.join('\n');
}

/** A header with the given values and the defaults for the rest. */
export function headerOf(values: Partial<Header>): Header {
  return { ...EMPTY, ...values };
}

/** Why a text cannot be the message of a revision, as the end of a sentence; null when it can. */
export function messageFault(text: string): string | null {
  if (/[\r\n]/.test(text)) return 'a message is one line of text';
  // A TAB may stand in it.
  if (/[\0-\x08\x0b-\x1f\x7f]/.test(text)) return 'a message has no control characters';
  return null;
}

function interpret(
  entries: readonly Entry[],
  side: FileSide,
  opening: number,
  problems: Problem[],
): Header {
  const header = { ...EMPTY };
  for (const entry of entries) {
    const problem = keyFault(entry, side) ?? emptyFault(entry);
    if (problem !== null) problems.push(problem);
    else if (LIST_KEYS.has(entry.key)) takeList(header, entry, problems);
    else takeText(header, entry, problems);
  }
  if (side === 'up' && !entries.some(({ key }) => key === 'parents')) {
    problems.push(
      fault('header-key', 'The header has no `parents`.', opening, 1, {
        hint: 'Say `-- parents: <id>`, or `-- parents: base` for a first revision.',
      }),
    );
  }
  return header;
}

/** A header while it is read. */
type HeaderDraft = { -readonly [Key in keyof Header]: Header[Key] };

function takeList(header: HeaderDraft, entry: Entry, problems: Problem[]): void {
  const { key, value } = entry;
  const items = splitList(value);
  for (const { message, offset, hint } of listFaults(key, items)) {
    problems.push(valueFault(entry, message, offset, hint));
  }
  const texts = items.map((item) => item.text);
  if (key === 'depends') header.depends = texts;
  else if (key === 'labels') header.labels = texts;
  else header.parents = texts.length === 1 && texts[0] === 'base' ? [] : texts;
}

/** A value that is wrong is told, and counts as the default where it is one of a few words. */
function takeText(header: HeaderDraft, entry: Entry, problems: Problem[]): void {
  const { key, value } = entry;
  const wrong = textFault(key, value);
  if (wrong !== null) problems.push(valueFault(entry, wrong));
  switch (key) {
    case 'message':
      header.message = value;
      break;
    case 'created':
      header.created = value;
      break;
    case 'transaction':
      header.transaction = value === 'off' ? 'off' : 'on';
      break;
    case 'foreign_keys':
      header.foreignKeys = value === 'on' || value === 'off' ? value : 'auto';
      break;
    case 'irreversible':
      header.irreversible = value;
      break;
    default:
      header.extra = [...header.extra, [key, value]];
  }
}

function emptyFault(entry: Entry): Problem | null {
  if (entry.value !== '') return null;
  const message = `\`${entry.key}\` has no value.`;
  return valueFault(entry, message, 0, 'Give it one, or delete the line.');
}

function valueFault(entry: Entry, message: string, offset = 0, hint?: string): Problem {
  const column = valueColumn(entry) + offset;
  return fault('header-value', message, entry.line, column, { hint });
}

const LIST_KEYS: ReadonlySet<string> = new Set(['parents', 'depends', 'labels']);

function isUpKey(key: string): key is HeaderKey {
  return (UP_KEYS as readonly string[]).includes(key);
}

function keyFault(entry: Entry, side: FileSide): Problem | null {
  const { key } = entry;
  if (key.startsWith('x-') && key.length > 2) return null;
  if (side === 'down') {
    if (DOWN_KEYS.includes(key)) return null;
    const known = isUpKey(key);
    return fault(
      'header-key',
      known
        ? `\`${key}\` belongs in the up file: a down file's header takes \`transaction\`, \`foreign_keys\` and \`x-…\`.`
        : `Unknown header key \`${key}\`.`,
      entry.line,
      keyColumn(entry),
      { hint: known ? undefined : didYouMean(key, DOWN_KEYS) },
    );
  }
  if (isUpKey(key)) return null;
  if (key === 'replaces') {
    return fault(
      'header-key',
      '`replaces` is reserved for squashed histories.',
      entry.line,
      keyColumn(entry),
      {
        hint: 'This version of mig cannot read such a revision; a later one will.',
      },
    );
  }
  return fault('header-key', `Unknown header key \`${key}\`.`, entry.line, keyColumn(entry), {
    hint: didYouMean(key, UP_KEYS) ?? 'Keys of your own begin with `x-`.',
  });
}

interface Item {
  readonly text: string;
  /** Behind the beginning of the value. */
  readonly offset: number;
}

function splitList(value: string): readonly Item[] {
  if (!value.includes(',')) return [{ text: value, offset: 0 }];
  let start = 0;
  return value.split(',').map((part) => {
    const offset = start + part.length - part.trimStart().length;
    start += part.length + 1;
    return { text: part.trim(), offset };
  });
}

function listFaults(
  key: string,
  items: readonly Item[],
): readonly { readonly message: string; readonly offset: number; readonly hint?: string }[] {
  const faults: { message: string; offset: number; hint?: string }[] = [];
  for (let index = 0; index < items.length; index++) {
    const { text, offset } = items[index]!;
    if (text === '') {
      faults.push({ message: `\`${key}\` has an empty place in its list.`, offset });
      continue;
    }
    if (index > 0 && items.findIndex((item) => item.text === text) < index) {
      faults.push({ message: `\`${key}\` names ${text} twice.`, offset });
    }
    if (key === 'parents' && text === 'base') {
      if (items.length > 1) faults.push({ message: '`base` stands alone or not at all.', offset });
      continue;
    }
    const why = key === 'labels' ? labelFault(text) : idFault(text);
    if (why === null) continue;
    faults.push({
      message: `\`${key}\` has \`${text}\`, but ${why}.`,
      offset,
      ...hintFor(key, text),
    });
  }
  return faults;
}

/** What was probably meant by a text that is no id and no label. */
function hintFor(key: string, text: string): { readonly hint?: string } {
  if (/\s/.test(text)) return { hint: 'Put a comma between two of them.' };
  return key !== 'labels' && /^(heads?|current)$/i.test(text)
    ? { hint: 'Write the id itself: `mig heads` prints it.' }
    : {};
}

function textFault(key: string, value: string): string | null {
  switch (key) {
    case 'transaction':
      return value === 'on' || value === 'off' ? null : '`transaction` is `on` or `off`.';
    case 'foreign_keys':
      return ['auto', 'on', 'off'].includes(value)
        ? null
        : '`foreign_keys` is `auto`, `on` or `off`.';
    case 'created':
      return isCreated(value)
        ? null
        : '`created` is a UTC time written `YYYY-MM-DDThh:mm:ssZ`, like `2026-11-22T15:06:00Z`.';
    default:
      return null;
  }
}

function isCreated(value: string): boolean {
  if (!CREATED.test(value)) return false;
  const [month, day] = [Number(value.slice(5, 7)), Number(value.slice(8, 10))];
  if (day <= 28) return day >= 1;
  // The day before the first of the next month is the last of this one.
  return day <= new Date(Date.UTC(Number(value.slice(0, 4)), month, 0)).getUTCDate();
}

function missing(side: FileSide): readonly Problem[] {
  if (side === 'down') return [];
  return [
    fault('header-missing', 'This file has no header.', 1, 1, {
      hint: 'Begin it with these three lines (or `base` for a first revision):\n-- ---\n-- parents: <id of the revision before it>\n-- ---',
    }),
  ];
}

function noEntry(text: string, line: number): Problem {
  const [, key, value] = /^--[ \t]*([a-z_]+)[ \t]*[:=]?[ \t]*(\S.*?)[ \t\r]*$/.exec(text) ?? [];
  return fault('header-line', 'This line of the header is not `-- key: value`.', line, 1, {
    hint:
      key !== undefined && isUpKey(key)
        ? `Write \`-- ${key}: ${value}\`.`
        : 'Close the header with `-- ---` before any other comment.',
  });
}

function repeated(entry: Entry, before: Entry): Problem {
  const { key, line } = entry;
  const message = `\`${key}\` stands twice in the header.`;
  return fault('header-key', message, line, keyColumn(entry), {
    hint: `It stood on line ${before.line} already; keep one.`,
  });
}

function unclosed(opening: number, line: number): Problem {
  return fault('header-unclosed', 'The header is never closed.', line, 1, {
    hint: `It was opened on line ${opening}; end it with a line \`-- ---\`.`,
  });
}

function fault(
  code: ErrorCode,
  message: string,
  line: number,
  column: number,
  { hint }: { hint?: string | undefined } = {},
): Problem {
  return { code, message, line, column, ...(hint === undefined ? {} : { hint }) };
}
