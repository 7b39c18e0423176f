import { canonicalSql, type SqlFile } from '../graph/revision.ts';

// Not imported: loading it takes a quarter of the time of a command that hashes nothing.
const crypto = () => process.getBuiltinModule('node:crypto');

/** Hex of SHA-256 over the UTF-8 of a text. */
export function sha256(text: string): string {
  return crypto().hash('sha256', text, 'hex');
}

/** The checksum of a file's SQL: its header, BOM, line ends and last blank lines left out. */
export function checksumOf(file: SqlFile): string {
  return sha256(canonicalSql(file));
}
