import type { Check, Table } from './model.ts';
import { namesOf } from './parse-table.ts';
import { checkSql, constraintName } from './print-parts.ts';
import { Reader } from './reader.ts';
import { unwrapped, wordsOf } from './words.ts';

/** A CHECK as the text of its table has it, spaces and comments included; else as mig writes it. */
export function writtenCheck(check: Check, table: Table): string {
  const reader = new Reader(table.text);
  const known = namesOf(table);
  while (!reader.done) {
    if (reader.word() !== 'CHECK' || reader.text(1) !== '(') {
      reader.next();
      continue;
    }
    reader.next();
    const start = reader.peek()!.start;
    const inside = reader.group();
    if (wordsOf(table.text, unwrapped(table.text, inside), known) !== check.expression) continue;
    return `${constraintName(check.name)}CHECK ${table.text.slice(start, reader.last.end)}`;
  }
  return checkSql(check);
}
