/**
 * The one family of errors. Everything below `cli/` throws a `MigError` (or returns
 * `Problem`s); only `cli/` turns one into text and into an exit code.
 */

/** Exit codes of the program, by what a shell script can act on (README, "Exit codes"). */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** Every error code, with the exit code that it leads to. */
export const EXIT_OF = {
  // 1: it failed
  failed: 1,
  database: 1,
  'not-a-database': 1,
  ledger: 1,
  io: 1,
  irreversible: 1,
  'check-failed': 1,
  'old-node': 1,
  internal: 1,
  editor: 1,
  // … because of what a file says
  'invalid-files': 1,
  'file-encoding': 1,
  'file-name': 1,
  'file-pair': 1,
  'file-unreadable': 1,
  'duplicate-id': 1,
  'header-missing': 1,
  'header-unclosed': 1,
  'header-line': 1,
  'header-key': 1,
  'header-value': 1,
  'unknown-parent': 1,
  'unknown-dependency': 1,
  'dependency-on-descendant': 1,
  cycle: 1,
  'duplicate-label': 1,
  statement: 1,
  proof: 1,
  autogenerate: 1,
  // 2: asked wrongly
  usage: 2,
  'unknown-command': 2,
  'unknown-option': 2,
  'unknown-revision': 2,
  'ambiguous-revision': 2,
  'not-applied': 2,
  'not-a-head': 2,
  'no-database': 2,
  setting: 2,
  exists: 2,
  // 3: a check says that something is to do
  pending: 3,
  'schema-differs': 3,
  // 4: several heads
  'several-heads': 4,
  // 5: files and database tell different stories
  edited: 5,
  reparented: 5,
  inserted: 5,
  interrupted: 5,
  missing: 5,
  conflict: 5,
  // 6: somebody else holds the database
  locked: 6,
} as const satisfies Record<string, ExitCode>;

/** A code is a contract: scripts and `--json` go by it. */
export type ErrorCode = keyof typeof EXIT_OF;

/** Where something stands. Lines and columns count from 1; a column counts UTF-16 units. */
export interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** One thing that is wrong, as a value. */
export interface Problem extends Place {
  readonly code: ErrorCode;
  /** A full sentence. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  readonly revision?: string | undefined;
}

/** What a `MigError` carries besides the problem itself. */
interface ErrorContext {
  /** All the problems, where there are several; the error then only counts them. */
  readonly problems?: readonly Problem[];
  /** A few lines that show the place, ready to print (the excerpt of a failing file, a diff). */
  readonly excerpt?: readonly string[];
  /** The message for a person who sees the excerpt too, which says the rest. */
  readonly headline?: string | undefined;
  /** What the command has to show in spite of the error: the rest of its JSON document. */
  readonly document?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error that mig throws: a problem, and what a person or a program needs besides it. */
export class MigError extends Error {
  override readonly name = 'MigError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly revision: string | undefined;
  readonly problems: readonly Problem[];
  readonly excerpt: readonly string[];
  readonly headline: string | undefined;
  readonly document: Readonly<Record<string, unknown>> | undefined;

  constructor(problem: Problem, context: ErrorContext = {}) {
    super(problem.message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = problem.code;
    this.hint = problem.hint;
    this.file = problem.file;
    this.line = problem.line;
    this.column = problem.column;
    this.revision = problem.revision;
    this.problems = context.problems ?? [];
    this.excerpt = context.excerpt ?? [];
    this.headline = context.headline;
    this.document = context.document;
  }

  /** The exit code that the program ends with when this error reaches it. */
  get exit(): ExitCode {
    return EXIT_OF[this.code];
  }
}

/**
 * The error for a list of problems: the problem itself when there is one, else an
 * `invalid-files` error that carries them all.
 */
export function errorOf(problems: readonly Problem[]): MigError {
  const [first] = problems;
  if (first === undefined) throw new RangeError('errorOf needs at least one problem');
  if (problems.length === 1) return new MigError(first);
  return new MigError(
    {
      code: 'invalid-files',
      message: `${problems.length} problems in the revision files.`,
      hint: 'Mend them, then `mig check` shows what is left.',
    },
    { problems },
  );
}
