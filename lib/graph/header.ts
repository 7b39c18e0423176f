import type { ErrorCode, Problem } from '../error.ts';
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

export type Transaction = 'on' | 'off';
export type ForeignKeys = 'auto' | 'on' | 'off';

/** Line and column, from 1, of a key's first value, and the column of each value in its list. */
export interface ValuePlace {
  readonly line: number;
  readonly column: number;
  readonly columns: readonly number[];
}

export type Places = Readonly<Partial<Record<HeaderKey, ValuePlace>>>;

export interface ParsedHeader {
  readonly header: Header;
  readonly places: Places;
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
export type HeaderKey = (typeof UP_KEYS)[number];
const DOWN_KEYS: readonly string[] = ['transaction', 'foreign_keys'];

const FENCE = /^--[ \t]+---[ \t]*$/;
const ENTRY = /^--[ \t]+([A-Za-z][A-Za-z0-9_-]*)[ \t]*:[ \t]*([^\r]*?)[ \t]*$/;
const CREATED = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/;

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
 * @returns the header with its defaults filled in, where its values stand, where the SQL
 *   begins, and every problem found, without the file's name. A down file needs no header.
 */
export function parseHeader(text: string, side: FileSide): ParsedHeader {
  const lines = new LineReader(text);
  let line = lines.next();
  while (line !== null && line.text.trim() === '') line = lines.next();

  if (line === null || !FENCE.test(line.text)) {
    return { header: EMPTY, places: {}, sqlStart: bomLength(text), problems: missing(side) };
  }
  const opening = line.number;
  const problems: Problem[] = [];
  const entries = new Map<string, Entry>();
  for (;;) {
    line = lines.next();
    if (line === null || !line.text.startsWith('--')) {
      problems.push(unclosed(opening, line?.number ?? lines.number));
      break;
    }
    if (FENCE.test(line.text)) break;
    const entry = readEntry(line, problems);
    if (entry === null) continue;
    const before = entries.get(entry.key);
    if (before === undefined) entries.set(entry.key, entry);
    else problems.push(repeated(entry, before));
  }
  const { header, places } = interpret(entries, side, opening, problems);
  return { header, places, sqlStart: lines.offset, problems };
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
  if (/[\0-\x08\x0b-\x1f\x7f]/.test(text)) return 'a message has no control characters';
  return null;
}

export function bomLength(text: string): number {
  return text.charCodeAt(0) === 0xfeff ? 1 : 0;
}

interface Line {
  readonly text: string;
  readonly number: number;
}

interface Entry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** Of the key. */
  readonly keyColumn: number;
  /** Of the value. */
  readonly column: number;
}

/** Lines of a text, without their ends, one at a time: a large file is not split as a whole. */
class LineReader {
  number = 0;
  offset: number;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    this.offset = bomLength(text);
  }

  next(): Line | null {
    if (this.offset >= this.#text.length) return null;
    let end = this.#text.indexOf('\n', this.offset);
    if (end === -1) end = this.#text.length;
    const text = this.#text.slice(this.offset, end).replace(/\r$/, '');
    this.offset = Math.min(end + 1, this.#text.length);
    this.number++;
    return { text, number: this.number };
  }
}

function readEntry(line: Line, problems: Problem[]): Entry | null {
  const match = ENTRY.exec(line.text);
  if (match === null) {
    problems.push(
      fault('header-line', 'This line of the header is not `-- key: value`.', line.number, 1, {
        hint: 'Close the header with `-- ---` before any other comment.',
      }),
    );
    return null;
  }
  const [, key = '', value = ''] = match;
  const keyStart = line.text.indexOf(key);
  const afterColon = line.text.indexOf(':', keyStart) + 1;
  const gap = /^[ \t]*/.exec(line.text.slice(afterColon))?.[0].length ?? 0;
  return {
    key,
    value,
    line: line.number,
    keyColumn: keyStart + 1,
    column: afterColon + gap + 1,
  };
}

function interpret(
  entries: ReadonlyMap<string, Entry>,
  side: FileSide,
  opening: number,
  problems: Problem[],
): { header: Header; places: Places } {
  const places: Partial<Record<HeaderKey, ValuePlace>> = {};
  const lists = new Map<string, readonly string[]>();
  const texts = new Map<string, string>();
  const extra: [string, string][] = [];
  const report = (entry: Entry, message: string, column = entry.column, hint?: string) =>
    problems.push(fault('header-value', message, entry.line, column, { hint }));

  for (const entry of entries.values()) {
    const keyProblem = keyFault(entry, side);
    if (keyProblem !== null) {
      problems.push(keyProblem);
      continue;
    }
    if (entry.value === '') {
      report(
        entry,
        `\`${entry.key}\` has no value.`,
        entry.column,
        'Give it one, or delete the line.',
      );
      continue;
    }
    if (entry.key.startsWith('x-')) extra.push([entry.key, entry.value]);
    else if (LIST_KEYS.has(entry.key)) {
      const items = splitList(entry);
      places[entry.key as HeaderKey] = {
        line: entry.line,
        column: entry.column,
        columns: items.map((item) => item.column),
      };
      for (const fault of listFaults(entry.key, items)) report(entry, fault.message, fault.column);
      lists.set(
        entry.key,
        items.map((item) => item.text),
      );
    } else {
      places[entry.key as HeaderKey] = {
        line: entry.line,
        column: entry.column,
        columns: [entry.column],
      };
      const message = textFault(entry.key, entry.value);
      if (message !== null) report(entry, message);
      texts.set(entry.key, entry.value);
    }
  }

  if (side === 'up' && !entries.has('parents')) {
    problems.push(
      fault('header-key', 'The header has no `parents`.', opening, 1, {
        hint: 'Say `-- parents: <id>`, or `-- parents: base` for a first revision.',
      }),
    );
  }
  const parents = lists.get('parents') ?? [];
  const header: Header = {
    parents: parents.length === 1 && parents[0] === 'base' ? [] : parents,
    depends: lists.get('depends') ?? [],
    labels: lists.get('labels') ?? [],
    message: texts.get('message') ?? null,
    created: texts.get('created') ?? null,
    transaction: texts.get('transaction') === 'off' ? 'off' : 'on',
    foreignKeys: foreignKeysOf(texts.get('foreign_keys')),
    irreversible: texts.get('irreversible') ?? null,
    extra,
  };
  return { header, places };
}

const LIST_KEYS: ReadonlySet<string> = new Set(['parents', 'depends', 'labels']);

function foreignKeysOf(value: string | undefined): ForeignKeys {
  return value === 'on' || value === 'off' ? value : 'auto';
}

function keyFault(entry: Entry, side: FileSide): Problem | null {
  const { key, line, keyColumn } = entry;
  if (/^x-./.test(key)) return null;
  if (side === 'down') {
    if (DOWN_KEYS.includes(key)) return null;
    const known = (UP_KEYS as readonly string[]).includes(key);
    return fault(
      'header-key',
      known
        ? `\`${key}\` belongs in the up file: a down file's header takes \`transaction\`, \`foreign_keys\` and \`x-…\`.`
        : `Unknown header key \`${key}\`.`,
      line,
      keyColumn,
      { hint: known ? undefined : didYouMean(key, DOWN_KEYS) },
    );
  }
  if ((UP_KEYS as readonly string[]).includes(key)) return null;
  if (key === 'replaces') {
    return fault('header-key', '`replaces` is reserved for squashed histories.', line, keyColumn, {
      hint: 'This version of mig cannot read such a revision; a later one will.',
    });
  }
  return fault('header-key', `Unknown header key \`${key}\`.`, line, keyColumn, {
    hint: didYouMean(key, UP_KEYS) ?? 'Keys of your own begin with `x-`.',
  });
}

interface Item {
  readonly text: string;
  readonly column: number;
}

function splitList(entry: Entry): readonly Item[] {
  const items: Item[] = [];
  let column = entry.column;
  for (const part of entry.value.split(',')) {
    const gap = part.length - part.trimStart().length;
    items.push({ text: part.trim(), column: column + gap });
    column += part.length + 1;
  }
  return items;
}

function* listFaults(
  key: string,
  items: readonly Item[],
): Generator<{ message: string; column: number }> {
  const seen = new Set<string>();
  for (const { text, column } of items) {
    if (text === '') {
      yield { message: `\`${key}\` has an empty place in its list.`, column };
      continue;
    }
    if (seen.has(text)) yield { message: `\`${key}\` names ${text} twice.`, column };
    seen.add(text);
    if (key === 'parents' && text === 'base') {
      if (items.length > 1) yield { message: '`base` stands alone or not at all.', column };
      continue;
    }
    const why = key === 'labels' ? labelFault(text) : idFault(text);
    if (why !== null) {
      yield { message: `\`${key}\` has \`${text}\`, but ${why}.`, column };
    }
  }
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
  const time = Date.parse(value);
  // Date.parse rolls 31 February over to March: only what prints back the same is a date.
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 19) === value.slice(0, 19);
}

function missing(side: FileSide): readonly Problem[] {
  if (side === 'down') return [];
  return [
    fault('header-missing', 'This file has no header.', 1, 1, {
      hint: 'Begin it with these three lines (or `base` for a first revision):\n-- ---\n-- parents: <id of the revision before it>\n-- ---',
    }),
  ];
}

function repeated({ key, line, keyColumn }: Entry, before: Entry): Problem {
  return fault('header-key', `\`${key}\` stands twice in the header.`, line, keyColumn, {
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
