import type { AutogenerateOptions } from '../commands/autogenerate.ts';
import { MigError } from '../error.ts';
import type { Options } from './arguments.ts';
import type { OptionSpec } from './command-table.ts';
import { flags } from './given.ts';

/** The options of `mig revision` that are about `--autogenerate`. */
export const AUTOGENERATE_OPTIONS: readonly OptionSpec[] = [
  { name: 'autogenerate', help: 'write the SQL that leads to the schema file, and back' },
  {
    name: 'rename',
    value: 'OLD=NEW',
    repeats: true,
    help: 'a table that has another name now; T.OLD=NEW: a column',
  },
  { name: 'no-rename', help: 'what looks like a rename is none' },
  { name: 'allow-drop', help: 'tables and columns may go, with what they hold' },
  {
    name: 'fill',
    value: 'T.C=EXPR',
    repeats: true,
    help: 'what the rows that are there get in a column that may not be NULL',
  },
  { name: 'strict-order', help: 'the order of columns and triggers counts' },
  { name: 'dry-run', help: 'print both files, write nothing' },
];

/** What was said of `--autogenerate`; null where it was not asked for. @throws MigError `usage` */
export function autogenerateOptions(options: Options): AutogenerateOptions | null {
  if (options.autogenerate === true) {
    return {
      renames: pairs(options, 'rename', 'old=new'),
      fill: pairs(options, 'fill', 'table.column=EXPR'),
      ...flags(options, ['no-rename', 'allow-drop', 'strict-order', 'dry-run']),
    };
  }
  const stray = AUTOGENERATE_OPTIONS.find(({ name }) => {
    const value = options[name];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });
  if (stray === undefined) return null;
  throw new MigError({
    code: 'usage',
    message: `\`--${stray.name}\` means something with \`--autogenerate\` only.`,
    hint: 'Say `mig revision --autogenerate`, or leave it out.',
  });
}

function pairs(
  options: Options,
  name: 'rename' | 'fill',
  form: string,
): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const text of (options[name] ?? []) as readonly string[]) {
    const at = text.indexOf('=');
    const [left, right] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
    if (at === -1 || left === '' || right === '') {
      throw new MigError({
        code: 'usage',
        message: `\`--${name} ${text}\` is not of the form ${form}`,
        hint: `Say \`--${name} ${form}\`.`,
      });
    }
    if (found.has(left)) {
      throw new MigError({
        code: 'usage',
        message: `\`--${name}\` is given twice for \`${left}\`.`,
        hint: 'Give it once.',
      });
    }
    found.set(left, right);
  }
  return Object.fromEntries(found);
}
