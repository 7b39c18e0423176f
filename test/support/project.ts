import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { headerOf, printHeader } from '../../lib/graph/header.ts';
import { type Ran, ROOT, run } from './program.ts';
import { revisionsOf } from './shapes.ts';

/** The ids of the demo history: a fork, its merge, and two revisions on top. */
export const DEMO = {
  initial: '1c7e52d0b8f4',
  expire: 'adfa6c905b9d',
  settings: '32c843eb8225',
  merge: '8daafc64754e',
  sources: 'b8c1bd22cb20',
  rename: 'a261d8461fde',
} as const;

/** In graph order. */
export const DEMO_ORDER: readonly string[] = Object.values(DEMO);

/** Copies the demo's migrations into a project. */
export function copyDemo(dir: string): void {
  cpSync(join(ROOT, 'migrations'), join(dir, 'migrations'), { recursive: true });
}

/** The demo before anybody merged: two heads. */
export function copyTwoHeads(dir: string): void {
  copyDemo(dir);
  for (const id of [DEMO.merge, DEMO.sources, DEMO.rename]) removeRevision(dir, id);
}

export function removeRevision(dir: string, id: string): void {
  for (const name of filesOf(dir, id)) rmSync(join(dir, 'migrations', name));
}

/** Names of a revision's files, the up file last. */
export function filesOf(dir: string, id: string): readonly string[] {
  return readdirSync(join(dir, 'migrations'))
    .filter((name) => new RegExp(`^${id}[_.]`).test(name))
    .sort();
}

/**
 * Writes revisions in the notation of shapes.ts (`a1; b1<a1; c1<a1 +b1`). The up file of
 * each makes a table called after it, the down file drops that; `sql` says otherwise.
 */
export function writeRevisions(
  dir: string,
  shape: string,
  sql: Readonly<Record<string, readonly [up: string, down: string]>> = {},
): void {
  mkdirSync(join(dir, 'migrations'), { recursive: true });
  for (const { id, parents, depends, labels, created } of revisionsOf(shape)) {
    const header = headerOf({ parents, depends, labels, created, message: `Make ${id}` });
    const [up, down] = sql[id] ?? [`CREATE TABLE t_${id} (x);\n`, `DROP TABLE t_${id};\n`];
    writeFileSync(join(dir, 'migrations', `${id}.up.sql`), printHeader(header) + up);
    writeFileSync(join(dir, 'migrations', `${id}.down.sql`), down);
  }
}

/** Every file below a folder with its content, and every folder as `name/`. */
export function filesBelow(dir: string): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(dir.length + 1);
    if (entry.isDirectory()) files[`${name}/`] = '';
    else files[name] = readFileSync(path, 'latin1');
  }
  return files;
}

export type JsonDocument = Readonly<Record<string, unknown>> & {
  readonly steps?: unknown;
  readonly error?: Readonly<Record<string, unknown>>;
};

/**
 * The one document on stdout. Nothing else is there, nothing is on stderr, and `error` is
 * there exactly when the exit code is not 0, which it names.
 */
export function documentOf({ status, stdout, stderr }: Ran): JsonDocument {
  assert.is(stderr, '', 'nothing on stderr');
  const document = JSON.parse(stdout) as JsonDocument;
  assert.is(stdout, `${JSON.stringify(document, null, 2)}\n`, 'one document, nothing else');
  assert.is(document.version, 1);
  assert.is('error' in document, status !== 0, 'an error exactly when the exit code is not 0');
  if (document.error !== undefined) {
    assert.is(document.error.exit, status);
    assert.type(document.error.code, 'string');
    assert.type(document.error.message, 'string');
  }
  return document;
}

/** What a command of the program prints as JSON. */
export function documentFrom(dir: string, ...args: readonly string[]): JsonDocument {
  return documentOf(run(dir, [...args, '--json']));
}

/** What is in a database: its schema, the rows of every table, and the ledger apart. */
export interface Contents {
  readonly schema: readonly string[];
  readonly rows: Readonly<Record<string, readonly unknown[]>>;
  /** Without what is another in every run: `run`, `at`, `duration_ms`, `by`. */
  readonly ledger: readonly Readonly<Record<string, unknown>>[];
}

export function contentsOf(path: string, ledger = 'mig_log'): Contents {
  using db = new DatabaseSync(path, { readOnly: true });
  const objects = db
    .prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name')
    .all() as unknown as readonly { type: string; name: string; sql: string | null }[];
  const rowsOf = (table: string) =>
    db
      .prepare(`SELECT * FROM "${table.replaceAll('"', '""')}"`)
      .all()
      .map((row) => ({ ...row }));
  const tables = objects.filter(({ type, name }) => type === 'table' && name !== ledger);
  return {
    schema: objects.map(({ type, name, sql }) => `${type} ${name}: ${sql}`),
    rows: Object.fromEntries(tables.map(({ name }) => [name, rowsOf(name)])),
    ledger: objects.some(({ name }) => name === ledger)
      ? rowsOf(ledger).map(({ run: _, at: __, duration_ms: ___, by: ____, ...rest }) => rest)
      : [],
  };
}

/** `up a261…`, in the order of the ledger; its first row left out. */
export function ledgerOf(path: string, table = 'mig_log'): readonly string[] {
  return contentsOf(path, table)
    .ledger.slice(1)
    .map(({ op, revision }) => `${op} ${revision}`);
}
