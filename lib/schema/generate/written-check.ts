import { checkSql, constraintName } from '../compare/print-parts.ts';
import type { Check, Table } from '../model.ts';
import { namesOf } from '../read/parse-table.ts';
import { Reader } from '../read/reader.ts';
import { unwrapped, wordsOf } from '../read/words.ts';

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
