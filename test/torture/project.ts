import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteEngine } from '../../lib/engine/sqlite.ts';
import { foldLedger } from '../../lib/ledger/fold.ts';
import { type Tree, writeTree } from '../support/temp.ts';

/**
 * Revisions that tell whether they are there: `r<n>` makes a table of its name and puts a
 * known number of rows into it. So a schema can be held against a ledger.
 */
export interface Shape {
  readonly count: number;
  /** Every so-maniest revision writes some 400 KB; 0 for none. */
  readonly largeEvery: number;
  /** Every so-maniest runs without a transaction; 0 for none. */
  readonly stepwiseEvery: number;
}

export const PROGRAM = join(import.meta.dirname, '../../dist/mig.cjs');
const SMALL_ROWS = 2;
const LARGE_ROWS = 1000;

export function idOf(index: number, branch = 'r'): string {
  return `${branch}${String(index).padStart(4, '0')}`;
}

/** A chain of revisions; behind `fork` they are the branch's own. */
export function writeChain(
  dir: string,
  { count, largeEvery, stepwiseEvery }: Shape,
  { branch = 'r', fork = count }: { readonly branch?: string; readonly fork?: number } = {},
): readonly string[] {
  const ids = Array.from({ length: count }, (_, index) => idOf(index, index < fork ? 'r' : branch));
  const files: Record<string, Tree[string]> = {};
  for (const [index, id] of ids.entries()) {
    const isLarge = isEvery(index, largeEvery);
    const key = isEvery(index, stepwiseEvery) ? '-- transaction: off\n' : '';
    files[`${id}_table.up.sql`] =
      `-- ---\n-- parents: ${index === 0 ? 'base' : ids[index - 1]}\n${key}-- ---
CREATE TABLE ${id} (x, y);
INSERT INTO ${id} WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${isLarge ? LARGE_ROWS : SMALL_ROWS})
  SELECT i, randomblob(${isLarge ? 400 : 10}) FROM n;
CREATE INDEX ${id}_x ON ${id} (x);
`;
    files[`${id}_table.down.sql`] =
      `${key === '' ? '' : `-- ---\n${key}-- ---\n`}DELETE FROM ${id};\nDROP TABLE ${id};\n`;
  }
  writeTree(dir, files);
  return ids;
}

function isEvery(index: number, every: number): boolean {
  return every > 0 && index % every === every - 1;
}

export interface Found {
  readonly applied: readonly string[];
  readonly interrupted: string | null;
  /** How often each revision was applied, over all time. */
  readonly ups: ReadonlyMap<string, number>;
}

/** Looks a database over. @throws Error for whatever does not fit together */
export async function inspect(path: string): Promise<Found> {
  using db = new DatabaseSync(path, { timeout: 30_000 });
  const verdict = db.prepare('PRAGMA integrity_check').get()?.integrity_check;
  if (verdict !== 'ok') throw new Error(`integrity_check: ${verdict}`);
  await using engine = new SqliteEngine({
    path,
    shown: path,
    table: 'mig_log',
    lockTimeoutMs: 30_000,
  });
  const rows = await engine.readLog();
  const gap = rows.find((row, index) => row.seq !== index);
  if (gap !== undefined) throw new Error(`the ledger has a gap before ${gap.seq}`);
  const ledger = foldLedger(rows);
  const [open] = ledger.interrupted.values();
  const applied = [...ledger.applied.keys()];
  compareSchema(db, new Set(applied), open ?? null);
  const ups = new Map<string, number>();
  for (const { op, revision } of rows) {
    if (op === 'up') ups.set(revision!, (ups.get(revision!) ?? 0) + 1);
  }
  return { applied, interrupted: open?.revision ?? null, ups };
}

interface Open {
  readonly revision: string;
  readonly direction: 'up' | 'down';
  readonly done: number;
}

function compareSchema(db: DatabaseSync, applied: ReadonlySet<string>, open: Open | null): void {
  const names = (type: string) =>
    new Set(
      db
        .prepare('SELECT name FROM sqlite_schema WHERE type = ? AND name GLOB ?')
        .all(type, '[a-z][0-9][0-9][0-9][0-9]*')
        .map((row) => String(row.name)),
    );
  const [tables, indexes] = [names('table'), names('index')];
  for (const id of new Set([...tables, ...applied])) {
    const rows = tables.has(id)
      ? Number(db.prepare(`SELECT count(*) AS n FROM ${id}`).get()?.n)
      : null;
    const state = `${rows ?? 'no table'}${indexes.has(`${id}_x`) ? ', index' : ''}`;
    const expected = open?.revision === id ? interruptedStates(open) : wholeStates(applied.has(id));
    if (!expected.includes(state)) {
      throw new Error(`${id} is ${applied.has(id) ? '' : 'not '}applied, but has: ${state}`);
    }
  }
}

const WHOLE = [`${SMALL_ROWS}, index`, `${LARGE_ROWS}, index`];

function wholeStates(isApplied: boolean): readonly string[] {
  return isApplied ? WHOLE : ['no table'];
}

/** What the statements that are recorded as done leave, and nothing of the next. */
function interruptedStates({ direction, done }: Open): readonly string[] {
  const up = [['no table'], ['0'], [`${SMALL_ROWS}`, `${LARGE_ROWS}`], WHOLE];
  const down = [WHOLE, ['0, index'], ['no table']];
  return (direction === 'up' ? up : down)[done] ?? [];
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The built program, started. `onLine` is told whenever it says that a revision is done. */
export function start(
  cwd: string,
  args: readonly string[],
  onLine: () => void = () => {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const _ of text.matchAll(/\n/g)) onLine();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, stderr }));
  });
  return { child, ended };
}
