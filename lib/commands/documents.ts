import type { Direction } from '../graph/plan.ts';
import type { Claim, Verdict } from '../schema/prove/proof.ts';

/**
 * What the commands return: the same objects that `--json` prints (README, "JSON").
 * Lists of revisions are in graph order.
 */
export interface DocumentOf<Command extends string> {
  readonly version: 1;
  readonly command: Command;
  /** There exactly when the exit code is not 0. */
  readonly error?: ErrorDocument;
}

export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  readonly exit: number;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly revision?: string;
  /** All of them, where there are several. */
  readonly problems?: readonly Omit<ErrorDocument, 'exit'>[];
}

export interface StepDocument {
  readonly direction: Direction;
  readonly revision: string;
  readonly message: string;
  /** Null when the SQL comes from the ledger, because the file is gone or another; and for `unstamp`. */
  readonly file: string | null;
  readonly status: 'planned' | 'done' | 'failed' | 'not-tried';
  /** Milliseconds that its SQL took. */
  readonly ms?: number;
}

export interface StepsDocument<Command extends string = StepsCommand> extends DocumentOf<Command> {
  readonly status: 'done' | 'planned' | 'failed';
  /** Heads of the database. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly steps: readonly StepDocument[];
  /** The script, with `--sql`. */
  readonly sql?: string;
  /** The copy that `--backup` made. */
  readonly backup?: string;
  /** Applied revisions that the files do not have, where that changed nothing. */
  readonly ahead?: readonly string[];
}

export type StepsCommand = 'upgrade' | 'downgrade' | 'redo' | 'sync' | 'stamp';

export interface HeadDocument {
  readonly revision: string;
  readonly message: string;
  /** Null when only the database has it. */
  readonly file: string | null;
  readonly labels: readonly string[];
}

export interface HeadsDocument<Command extends 'heads' | 'current' = 'heads' | 'current'>
  extends DocumentOf<Command> {
  readonly heads: readonly HeadDocument[];
}

export interface BranchesDocument extends DocumentOf<'branches'> {
  readonly branches: readonly {
    readonly revision: string;
    readonly message: string;
    readonly children: readonly string[];
  }[];
}

export interface RevisionDocument {
  readonly revision: string;
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly labels: readonly string[];
  readonly message: string;
  readonly created: string | null;
  readonly file: string | null;
  readonly head: boolean;
  readonly base: boolean;
  readonly branchpoint: boolean;
  readonly mergepoint: boolean;
  /** Only when a database was read. */
  readonly applied?: boolean;
}

export interface HistoryDocument extends DocumentOf<'history'> {
  /** Newest first. */
  readonly revisions: readonly RevisionDocument[];
  /** Only when the graph is to be drawn beside them. */
  readonly graph?: true;
}

export type GraphFormat = 'text' | 'mermaid' | 'dot' | 'svg' | 'json';

/** A revision with its place in the drawing: the lane from the left, the row from the top. */
export interface DrawnRevision extends RevisionDocument {
  readonly lane: number;
  readonly row: number;
}

export interface GraphDocument extends DocumentOf<'graph'> {
  readonly format: GraphFormat;
  /** How many the drawing has. */
  readonly lanes: number;
  readonly rows: number;
  /** Newest first. */
  readonly revisions: readonly DrawnRevision[];
  /** The text of a Mermaid, DOT or SVG file, where that is the format. */
  readonly picture?: string;
}

export interface ShownRevision extends RevisionDocument {
  readonly irreversible: string | null;
  /** The SQL of both files, headers left out; `down` is null when there is no way back. */
  readonly up: string;
  readonly down: string | null;
}

export interface ShowDocument extends DocumentOf<'show'> {
  readonly revisions: readonly ShownRevision[];
}

export interface StatusDocument extends DocumentOf<'status'> {
  /** Of the files. */
  readonly heads: readonly string[];
  /** Of the database. */
  readonly current: readonly string[];
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  readonly edited: readonly string[];
  readonly reparented: readonly string[];
  readonly missing: readonly string[];
  readonly inserted: readonly string[];
  readonly interrupted: readonly string[];
  readonly downEdited: readonly string[];
}

export interface WrittenDocument<Command extends 'revision' | 'merge' = 'revision' | 'merge'>
  extends DocumentOf<Command> {
  /** Null when none was written, and (for a merge) none was there. */
  readonly revision: string | null;
  readonly parents: readonly string[];
  /** Empty when nothing was written. */
  readonly files: readonly string[];
  /** What a person should know about it, as sentences. */
  readonly notes: readonly string[];
}

export interface GeneratedDocument extends WrittenDocument<'revision'> {
  /** With `--autogenerate`: what the up file changes, as sentences. */
  readonly differences?: readonly string[];
  /** With `--autogenerate`: what may go otherwise than meant; each with a SELECT that finds the rows. */
  readonly warnings?: readonly { readonly message: string; readonly query: string | null }[];
  /** With `--dry-run`: both files as they would be written. */
  readonly up?: string;
  readonly down?: string;
}

export interface MergeDocument extends WrittenDocument<'merge'> {
  /** Null when nothing was proved: with `--no-prove`, or where there was nothing to merge. */
  readonly proof: ProofDocument | null;
}

export interface ProofDocument {
  readonly verdict: Verdict;
  readonly claim: Claim;
  readonly findings: readonly {
    readonly code: string;
    readonly message: string;
    /** The order that it was found in. */
    readonly order: readonly string[];
    readonly revision: string | null;
    readonly file: string | null;
    readonly line: number | null;
    readonly column: number | null;
  }[];
  /** The `depends` that would make the failing order impossible. */
  readonly suggestion?: { readonly revision: string; readonly needs: string };
}

export interface InitDocument extends DocumentOf<'init'> {
  readonly dir: string;
  readonly created: readonly string[];
  /** With `--from-database`: the revision that was written and stamped. */
  readonly revision?: string;
  /** What a person should know about it, as sentences. */
  readonly notes?: readonly string[];
  /** With `--dry-run`: what would be written. */
  readonly planned?: readonly { readonly file: string; readonly text: string }[];
}

export interface ImportDocument extends DocumentOf<'import'> {
  readonly status: 'done' | 'planned';
  readonly tool: string;
  /** The migrations folder. */
  readonly dir: string;
  readonly imported: readonly {
    readonly revision: string;
    /** What the tool calls it. */
    readonly name: string;
    readonly message: string;
    readonly irreversible: string | null;
    readonly files: readonly string[];
  }[];
  readonly heads: readonly string[];
  /** With `--stamp-from`: what counts as applied; null without. */
  readonly stamped: readonly string[] | null;
  /** What could not be carried over, and what mig would refuse to run. */
  readonly findings: readonly Finding[];
  /** What was changed, as sentences. */
  readonly notes: readonly string[];
}

export interface EditDocument extends DocumentOf<'edit'> {
  readonly files: readonly string[];
}

export interface Finding {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly hint?: string;
  readonly revision: string | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

export interface PullDocument extends DocumentOf<'pull'> {
  readonly revisions: readonly string[];
  readonly files: readonly string[];
}

export interface RepairDocument extends DocumentOf<'repair'> {
  readonly repaired: readonly {
    readonly revision: string;
    /** What was accepted or settled. */
    readonly as: RepairedAs;
  }[];
}

export type RepairedAs =
  | 'edited'
  | 'reparented'
  | 'down-edited'
  | 'resumed'
  | 'applied'
  | 'reverted'
  | 'unchanged';

export interface TestDocument extends DocumentOf<'test'> {
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  /** The revisions that were run: up, down and up, as far as there is a way back. */
  readonly tested: readonly string[];
  /** What was not tested, as sentences. */
  readonly notes: readonly string[];
  /** With `--on`: rows of each table before and after; null where there is no such table. */
  readonly tables?: readonly {
    readonly table: string;
    readonly before: number | null;
    readonly after: number | null;
  }[];
}

export interface AgainstDocument {
  readonly ref: string;
  /** Of the files, once both sides are merged. */
  readonly heads: readonly string[];
  /** The merge revision that would join them. */
  readonly merge: { readonly revision: string; readonly parents: readonly string[] } | null;
  readonly proof: ProofDocument | null;
}

export type CheckFormat = 'text' | 'json' | 'github' | 'sarif';

export interface CheckDocument extends DocumentOf<'check'> {
  readonly ok: boolean;
  /** Where it is another than `text`. */
  readonly format?: CheckFormat;
  /** The schema file that the revisions were held against. */
  readonly schemaFile?: string;
  readonly findings: readonly Finding[];
  /** The findings as annotations for GitHub or as SARIF, where that is the format. */
  readonly report?: string;
  /** With `--against`: what a merge with that git ref would bring. */
  readonly against?: AgainstDocument;
}

export interface DumpDocument extends DocumentOf<'dump'> {
  /** Ordered and stable; run in an empty database, it makes the same schema. */
  readonly sql: string;
}

export interface CompletionDocument extends DocumentOf<'completion'> {
  readonly shell: 'bash' | 'zsh' | 'fish';
  readonly script: string;
}

export type AnyDocument =
  | StepsDocument
  | HeadsDocument
  | BranchesDocument
  | HistoryDocument
  | GraphDocument
  | ShowDocument
  | StatusDocument
  | GeneratedDocument
  | MergeDocument
  | InitDocument
  | ImportDocument
  | EditDocument
  | CheckDocument
  | TestDocument
  | PullDocument
  | RepairDocument
  | DumpDocument
  | CompletionDocument;
