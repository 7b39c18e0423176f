/**
 * The canonical model of a schema, as SQLite understands it and not as it was written: two
 * schemas are the same exactly when their models are, in whatever way they came about.
 * Every `text` is the SQL as it stands, for whoever writes SQL; it is never compared.
 */

/** A row of `SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid`. */
export interface SchemaObject {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  /** Of an index or a trigger: the table that it is on. */
  readonly table: string;
  /** Null of the indexes that SQLite makes by itself. */
  readonly sql: string | null;
}

/** By folded name (`fold`), in the order in which they were created. */
export interface Schema {
  readonly tables: ReadonlyMap<string, AnyTable>;
  readonly indexes: ReadonlyMap<string, Index>;
  readonly views: ReadonlyMap<string, View>;
  /** Of those on one table, time and event, the one created last fires first. */
  readonly triggers: ReadonlyMap<string, Trigger>;
  readonly virtualTables: ReadonlyMap<string, VirtualTable>;
}

/** A table, whether or not the parser knows all of it. */
export type AnyTable = Table | OpaqueTable;

export interface Table {
  readonly kind: 'table';
  readonly name: string;
  readonly columns: readonly Column[];
  readonly primaryKey: PrimaryKey | null;
  readonly unique: readonly Unique[];
  readonly checks: readonly Check[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly strict: boolean;
  readonly withoutRowid: boolean;
  readonly text: string;
}

/** A table with something that the parser does not know: equal only to the same tokens. */
export interface OpaqueTable {
  readonly kind: 'opaque';
  readonly name: string;
  /** What follows the name, as a token string. */
  readonly words: string;
  /** What the parser stopped at. */
  readonly why: string;
  readonly text: string;
}

export interface Column {
  readonly name: string;
  /** In capitals, as `VARCHAR(10, 2)`; '' where there is none. */
  readonly type: string;
  readonly notNull: NotNull | null;
  /** Null for none, and for `DEFAULT NULL`, which is the same. */
  readonly default: Default | null;
  /** In capitals; `BINARY` where none is given. */
  readonly collation: string;
  readonly generated: Generated | null;
  /** Its definition, from its name to its last constraint. */
  readonly text: string;
}

export type Conflict = 'ABORT' | 'ROLLBACK' | 'FAIL' | 'IGNORE' | 'REPLACE';

export interface NotNull {
  readonly conflict: Conflict;
  /** Of the constraint; null for none. */
  readonly name: string | null;
}

export interface Default {
  /** A literal (`'x'`, `-5`), `current_timestamp` and its kind, or an expression in parentheses. */
  readonly sql: string;
  /** Whether it is one value for all times: only then ADD COLUMN takes it for a table with rows. */
  readonly constant: boolean;
}

export interface Generated {
  readonly expression: string;
  readonly kind: 'virtual' | 'stored';
}

export interface KeyColumn {
  readonly name: string;
  /** In capitals; null for the column's own. */
  readonly collation: string | null;
  readonly direction: 'asc' | 'desc';
}

export interface PrimaryKey {
  readonly columns: readonly KeyColumn[];
  /** Whether it is the rowid under another name. */
  readonly rowidAlias: boolean;
  readonly autoincrement: boolean;
  readonly conflict: Conflict;
  readonly name: string | null;
}

export interface Unique {
  readonly columns: readonly KeyColumn[];
  readonly conflict: Conflict;
  readonly name: string | null;
}

export interface Check {
  readonly expression: string;
  readonly name: string | null;
}

export type Action = 'NO ACTION' | 'RESTRICT' | 'SET NULL' | 'SET DEFAULT' | 'CASCADE';

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly parent: string;
  /** The parent's primary key where none are named; empty where the parent has none to offer. */
  readonly parentColumns: readonly string[];
  readonly onUpdate: Action;
  readonly onDelete: Action;
  /** `DEFERRABLE INITIALLY DEFERRED`; everything else is the same as nothing. */
  readonly deferred: boolean;
  /** What `MATCH` names, in capitals; SQLite does nothing with it. */
  readonly match: string | null;
  readonly name: string | null;
}

export interface Index {
  readonly name: string;
  readonly table: string;
  readonly unique: boolean;
  readonly columns: readonly IndexColumn[];
  /** The condition of a partial index. */
  readonly where: string | null;
  readonly text: string;
}

export interface IndexColumn {
  /** With its COLLATE, where it has one. */
  readonly expression: string;
  readonly direction: 'asc' | 'desc';
}

export interface View {
  readonly name: string;
  /** What follows the name, as a token string. */
  readonly words: string;
  readonly text: string;
}

export interface Trigger {
  readonly name: string;
  /** The table or view that it is on. */
  readonly table: string;
  readonly time: 'before' | 'after' | 'instead of';
  readonly event: 'insert' | 'update' | 'delete';
  /** What follows the event, as a token string: columns, condition, statements. */
  readonly words: string;
  readonly text: string;
}

export interface VirtualTable {
  readonly name: string;
  readonly module: string;
  /** As they stand: a module reads them as it likes. */
  readonly arguments: string;
  readonly text: string;
}
