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

const READ_LEDGER = `const { DatabaseSync } = require('node:sqlite');
const db = new DatabaseSync('app.db', { readOnly: true });
db.prepare('SELECT seq, op, revision, path, parents, checksum FROM mig_log ORDER BY seq').all();
db.close();
`;

const HASH = `const { hash } = require('node:crypto');
for (const text of texts) hash('sha256', text, 'hex');
`;

/** Of `heads` and `history`. */
export const READING: Bare = bare('reading', 'node, reading the up files', READ_FILES('.up.sql'));

/** Of an upgrade with nothing to do. */
export const CHECKING: Bare = bare(
  'checking',
  'node, reading up files and ledger, hashing',
  READ_FILES('.up.sql') + READ_LEDGER + HASH,
);

/** Of `status`, which looks whether down files were edited, too. */
export const CHECKING_BOTH: Bare = bare(
  'checking-both',
  'node, reading all files and ledger, hashing',
  READ_FILES('.sql') + READ_LEDGER + HASH,
);

function bare(file: string, name: string, text: string): Bare {
  return { name, contender: (dir) => script(dir, `${file}.cjs`, text) };
}
