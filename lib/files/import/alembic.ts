import { MigError } from '../../error.ts';
import {
  leadingWords,
  nameOf,
  positionAt,
  type Statement,
  statements,
  textOf,
} from '../../sql/statements.ts';
import {
  type Origin,
  type ToolFolder,
  type ToolHistory,
  type ToolRevision,
  timeOf,
} from './history.ts';
import { type Literal, type PythonModule, readPython } from './python.ts';

/** A file in which `alembic upgrade --sql` or `alembic downgrade --sql` was kept. */
export interface SqlScript {
  readonly shown: string;
  readonly text: string;
}

/** A revision file, its names not resolved yet. */
interface Draft {
  readonly name: string;
  readonly path: string;
  readonly parents: readonly string[];
  readonly depends: readonly string[];
  readonly labels: readonly string[];
  readonly module: PythonModule;
}

const RUNNING = /^-- Running (upgrade|downgrade) (.*?) ?-> ?(.*?)[ \t\r]*$/gm;
const HOW =
  '`alembic upgrade heads --sql > up.sql` makes it; `alembic downgrade heads:base --sql > down.sql` the way back.';

/** The `versions` folder, and the SQL that Alembic itself printed for it. */
export function readAlembic(folder: ToolFolder, scripts: readonly SqlScript[]): ToolHistory {
  const drafts = folder.paths
    .filter((path) => path.endsWith('.py'))
    .flatMap((path) => draftOf(folder, path));
  const sql = chunksOf(scripts);
  const names = new Map<string, string>();
  for (const draft of drafts) {
    const twin = names.get(draft.name);
    if (twin !== undefined) {
      throw new MigError({
        code: 'duplicate-id',
        message: `The revision ${draft.name} is there twice: in ${folder.shown(twin)} and in ${folder.shown(draft.path)}.`,
        hint: 'Alembic would take either: mend it in the source.',
        file: folder.shown(draft.path),
      });
    }
    names.set(draft.name, draft.path);
  }
  const revisions = drafts.map((draft) => revisionOf(folder, draft, drafts, sql));
  return { tool: 'alembic', revisions, remarks: [] };
}

function draftOf(folder: ToolFolder, path: string): readonly Draft[] {
  const module = readPython(folder.read(path));
  if (!module.variables.has('revision') || !module.variables.has('down_revision')) return [];
  const literal = (name: string): Literal => {
    const found = module.variables.get(name);
    if (found === undefined) return null;
    if (found.value !== undefined) return found.value;
    throw new MigError({
      code: 'invalid-files',
      message: `\`${name}\` is no plain text, list or None here, and mig runs no Python.`,
      hint: 'Write the value itself.',
      file: folder.shown(path),
      line: found.line,
    });
  };
  const list = (name: string) => {
    const value = literal(name);
    return value === null ? [] : typeof value === 'string' ? [value] : value;
  };
  const name = literal('revision');
  if (typeof name !== 'string') {
    throw new MigError({
      code: 'invalid-files',
      message: '`revision` is no text here.',
      hint: 'Every revision of Alembic has an id of its own.',
      file: folder.shown(path),
      line: module.variables.get('revision')!.line,
    });
  }
  return [
    {
      name,
      path,
      parents: list('down_revision'),
      depends: list('depends_on'),
      labels: list('branch_labels'),
      module,
    },
  ];
}

function revisionOf(
  folder: ToolFolder,
  draft: Draft,
  drafts: readonly Draft[],
  { up, down }: Chunks,
): ToolRevision {
  const { name, path, labels, module } = draft;
  const chunk = up.get(name);
  if (chunk === undefined) {
    throw new MigError({
      code: 'invalid-files',
      message: `The SQL script has no upgrade to ${name}`,
      hint: HOW,
      file: folder.shown(path),
    });
  }
  const downChunk = down.get(name);
  // As Alembic has it: the first paragraph.
  const [message = ''] = (module.docstring ?? '').trim().split(/\r?\n[ \t]*\r?\n/);
  return {
    name,
    id: name,
    parents: draft.parents.map((each) => resolved(folder, each, path, drafts)),
    depends: draft.depends.map((each) => resolved(folder, each, path, drafts)),
    labels,
    message: message.trim(),
    created: createdOf(module.docstring ?? ''),
    path,
    up: { sql: chunk.sql, transaction: 'on' },
    origin: () => chunk.origin,
    down: downChunk === undefined ? null : { sql: downChunk.sql, transaction: 'on' },
    irreversible: 'there was no downgrade script of Alembic',
  };
}

/** An id, the beginning of one, or a branch label, which stands for the revision that has it. */
function resolved(
  folder: ToolFolder,
  text: string,
  path: string,
  drafts: readonly Draft[],
): string {
  const exact = drafts.find(({ name }) => name === text);
  const labelled = drafts.find(({ labels }) => labels.includes(text));
  const begun = drafts.filter(({ name }) => name.startsWith(text));
  const found = exact ?? labelled ?? (begun.length === 1 ? begun[0] : undefined);
  if (found !== undefined) return found.name;
  throw new MigError({
    code: 'unknown-revision',
    message: `This file names ${text}, and no file in the folder has that revision.`,
    hint: 'Several version locations are imported from one folder: copy their files into it.',
    file: folder.shown(path),
  });
}

/** `Create Date: 2026-01-31 12:00:00.123456`, which without a zone is taken for UTC. */
function createdOf(docstring: string): string | null {
  const parts =
    /^Create Date:[ \t]*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?[ \t]*(Z|[+-]\d\d:?\d\d)?[ \t]*$/m.exec(
      docstring,
    );
  return parts === null ? null : timeOf(`${parts[1]}T${parts[2]}${parts[3] ?? 'Z'}`);
}

interface Chunk {
  readonly sql: string;
  readonly origin: Origin;
}

interface Chunks {
  readonly up: ReadonlyMap<string, Chunk>;
  readonly down: ReadonlyMap<string, Chunk>;
}

/** The scripts, cut at Alembic's `-- Running upgrade a -> b`, by the revision that runs. */
function chunksOf(scripts: readonly SqlScript[]): Chunks {
  if (scripts.length === 0) {
    throw new MigError({
      code: 'usage',
      message: 'mig runs no Python: it needs the SQL that Alembic prints, with `--sql-script`.',
      hint: HOW,
    });
  }
  const up = new Map<string, Chunk>();
  const down = new Map<string, Chunk>();
  const bookkeeping = versionTables(scripts);
  for (const { shown, text } of scripts) {
    const marks = [...text.matchAll(RUNNING)];
    if (marks.length === 0) {
      throw new MigError({
        code: 'invalid-files',
        message: `${shown} has no line \`-- Running upgrade … -> …\`, so it is no script of Alembic.`,
        hint: HOW,
        file: shown,
      });
    }
    for (const [index, mark] of marks.entries()) {
      const [whole, direction, from = '', to = ''] = mark;
      const revision = (direction === 'upgrade' ? to : from).trim();
      const start = mark.index + whole.length;
      const end = marks[index + 1]?.index ?? text.length;
      requireWhole(shown, text, { start, end, revision });
      const sql = withoutBookkeeping(text.slice(start, end), bookkeeping);
      const origin = { path: null, shown, text, start, end };
      (direction === 'upgrade' ? up : down).set(revision, { sql, origin });
    }
  }
  return { up, down };
}

/** A part of a script: what one revision runs. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly revision: string;
}

/** Alembic says `FAILED: …` among the SQL where it cannot go on. @throws MigError */
function requireWhole(shown: string, text: string, { start, end, revision }: Part): void {
  const sql = text.slice(start, end);
  for (const { tokens, start: at } of statements(sql)) {
    const [first, second] = tokens;
    if (textOf(sql, first!) !== 'FAILED' || !sql.startsWith(':', second?.start)) continue;
    const [line] = sql.slice(at).split(/\r?\n/, 1);
    throw new MigError({
      code: 'invalid-files',
      message: `${shown} breaks off at ${revision}: ${line}`,
      hint: 'Alembic cannot print this revision as SQL. On SQLite, `batch_alter_table` needs a `copy_from` for it; or write it with `op.execute`. Then print the script again.',
      file: shown,
      ...positionAt(text, start + at),
    });
  }
}

/** What Alembic keeps its books in: `alembic_version`, or as `version_table` has it. */
function versionTables(scripts: readonly SqlScript[]): ReadonlySet<string> {
  const names = new Set(['alembic_version']);
  for (const { text } of scripts) {
    const head = text.slice(0, text.search(/^-- Running /m));
    for (const statement of statements(head)) {
      const isTable = leadingWords(head, statement, 2).join(' ') === 'CREATE TABLE';
      const said = statement.tokens.filter(isName).map((token) => nameOf(head, token));
      if (isTable && said.includes('version_num')) names.add(said[2]!.toLowerCase());
    }
  }
  return names;
}

/** Leaves out what Alembic writes for itself: its table, and the transaction around it. */
function withoutBookkeeping(text: string, bookkeeping: ReadonlySet<string>): string {
  let sql = '';
  let end = 0;
  for (const statement of statements(text)) {
    if (!isOwn(text, statement, bookkeeping)) continue;
    sql += text.slice(end, statement.start);
    // With the blank lines behind it, so that none pile up.
    end = statement.end + /^\s*/.exec(text.slice(statement.end))![0].length;
  }
  const rest = (sql + text.slice(end)).trim();
  return rest === '' ? '' : `${rest}\n`;
}

function isOwn(text: string, statement: Statement, bookkeeping: ReadonlySet<string>): boolean {
  const [first = ''] = leadingWords(text, statement, 1);
  if (first === 'BEGIN' || first === 'COMMIT') return statement.tokens.length === 1;
  if (!['INSERT', 'UPDATE', 'DELETE', 'DROP', 'CREATE'].includes(first)) return false;
  return statement.tokens
    .slice(1, 4)
    .some((token) => isName(token) && bookkeeping.has(nameOf(text, token).toLowerCase()));
}

function isName({ kind }: Statement['tokens'][number]): boolean {
  return kind === 'word' || kind === 'quoted';
}
