import type { ForeignKeys, Places, Transaction } from './header.ts';
import { bomLength } from './header-lines.ts';

/** One of the two files of a revision, as it stands. */
export interface SqlFile {
  /** Relative to the migrations folder, with `/`. */
  readonly path: string;
  /** The whole file, header, BOM and line ends included. */
  readonly text: string;
  /** Offset in `text` at which the SQL begins. */
  readonly sqlStart: number;
  readonly transaction: Transaction;
  readonly foreignKeys: ForeignKeys;
}

/** What the graph needs to know of a revision. */
export interface GraphNode {
  readonly id: string;
  readonly parents: readonly string[];
  /** Revisions of other branches that must be applied first: they order, they are no parents. */
  readonly depends: readonly string[];
  readonly labels: readonly string[];
  /** `YYYY-MM-DDThh:mm:ssZ`, so that text order is time order; null sorts first. */
  readonly created: string | null;
  /** For messages: the file that says all this, and where in it (worked out when asked). */
  readonly file?: string | undefined;
  readonly places?: Places | undefined;
}

/** A revision: its place in the graph and its two files. */
export interface Revision extends GraphNode {
  readonly message: string;
  readonly irreversible: string | null;
  readonly up: SqlFile;
  /** Null exactly when the revision is irreversible. */
  readonly down: SqlFile | null;
}

/** The ids that a node's edges of both kinds lead to, each once. */
export function requirements(node: GraphNode): readonly string[] {
  if (node.depends.length === 0) return node.parents;
  return [...new Set([...node.parents, ...node.depends])];
}

/** The SQL that a checksum is taken of: no header, no BOM, LF, no white space at the end. */
export function canonicalSql(file: SqlFile): string {
  const start = Math.max(file.sqlStart, bomLength(file.text));
  let end = file.text.length;
  while (end > start && ' \t\r\n'.includes(file.text[end - 1]!)) end--;
  return file.text.slice(start, end).replaceAll('\r\n', '\n');
}

/** The text that is handed to the database: the file as it stands, without a BOM. */
export function executableSql(file: SqlFile): string {
  return file.text.slice(bomLength(file.text));
}
