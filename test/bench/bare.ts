import type { Contender } from './measure.ts';
import { script } from './programs.ts';

/**
 * What a command cannot do without, as a script of a few lines for Node, and nothing else:
 * no header is read and nothing is decided. What it takes is what there is to reach.
 */
export interface Bare {
  readonly name: string;
  readonly contender: (dir: string) => Contender;
}

const READ_FILES = (end: string) => `const { readdirSync, readFileSync } = require('node:fs');
const texts = [];
for (const name of readdirSync('migrations'))
  if (name.endsWith('${end}')) texts.push(readFileSync('migrations/' + name, 'utf8'));
`;

const COMPARE = (columns: string) => `const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync('app.db', { readOnly: true });
const stored = new Set();
const select = 'SELECT seq, op, revision, path, parents, ${columns} FROM mig_log ORDER BY seq';
for (const { up_file, down_file } of db.prepare(select).iterate()) stored.add(up_file).add(down_file);
db.close();
for (const text of texts) if (!stored.has(text)) throw new Error(text);
`;

/** Of `heads` and `history`. */
export const READING: Bare = bare('reading', 'node, reading the up files', READ_FILES('.up.sql'));

/** Of an upgrade with nothing to do. */
export const CHECKING: Bare = bare(
  'checking',
  'node, comparing the up files with the ledger',
  READ_FILES('.up.sql') + COMPARE('up_file'),
);

/** Of `status`, which looks whether down files were edited, too. */
export const CHECKING_BOTH: Bare = bare(
  'checking-both',
  'node, comparing all files with the ledger',
  READ_FILES('.sql') + COMPARE('up_file, down_file'),
);

function bare(file: string, name: string, text: string): Bare {
  return { name, contender: (dir) => script(dir, `${file}.cjs`, text) };
}
