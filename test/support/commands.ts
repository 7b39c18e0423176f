import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import type { Project, ProjectEvent, World } from '../../lib/commands/project.ts';
import { type ErrorCode, MigError } from '../../lib/error.ts';
import { inTemp, type Tree, thrownBy, writeTree } from './temp.ts';

export const NOW = '2026-11-22T15:06:00.000Z';

/** The two files of a revision. */
export interface Pair {
  readonly id: string;
  /** Default: the base. */
  readonly parents?: string;
  /** More header lines, as `key: value`. */
  readonly keys?: readonly string[];
  /** Default: a table with the revision's name. */
  readonly up?: string;
  readonly down?: string;
  /** Header lines of the down file. */
  readonly downKeys?: readonly string[];
}

/** A folder, a database and a project on both. */
export interface Bench {
  readonly dir: string;
  /** Of the database. */
  readonly path: string;
  readonly project: Project;
  /** The same database and files, as somebody else sees them. */
  readonly as: (by: string, world?: Partial<World>, values?: Partial<Project>) => Project;
  readonly told: ProjectEvent[];
  readonly write: (...pairs: readonly Pair[]) => void;
  readonly remove: (...ids: readonly string[]) => void;
  /** All values of a query's rows. */
  readonly query: (sql: string) => readonly unknown[];
  /** Writes to the database past mig. */
  readonly exec: (sql: string) => void;
  /** The names of the tables, without the ledger. */
  readonly tables: () => string;
  /** `up a`, `begin b`, …, without `init`. */
  readonly log: () => string;
}

export function withProject(
  pairs: readonly Pair[],
  use: (bench: Bench) => void | Promise<void>,
  values: Partial<Project> = {},
): Promise<void> {
  return inTemp(async (dir) => {
    const path = join(dir, 'app.db');
    const told: ProjectEvent[] = [];
    const as: Bench['as'] = (by, world = {}, more = {}) => ({
      cwd: dir,
      dir: join(dir, 'migrations'),
      shownDir: 'migrations',
      database: { path, shown: 'app.db' },
      table: 'mig_log',
      schemaFile: null,
      lockTimeoutMs: 100,
      ids: 'random',
      ...values,
      ...more,
      world: { ...worldOf(by, told), ...world },
    });
    const query = (sql: string) => {
      using db = new DatabaseSync(path, { timeout: 1000 });
      return db
        .prepare(sql)
        .all()
        .flatMap((row) => Object.values(row));
    };
    const write = (...all: readonly Pair[]) => {
      for (const pair of all) writeTree(dir, filesOf(pair));
    };
    writeTree(dir, { 'migrations/.keep': '' });
    write(...pairs);
    await use({
      dir,
      path,
      project: as('ann@host'),
      as,
      told,
      write,
      remove: (...ids) => {
        for (const id of ids) {
          rmSync(join(dir, `migrations/${id}_x.up.sql`));
          rmSync(join(dir, `migrations/${id}_x.down.sql`));
        }
      },
      query,
      exec: (sql) => {
        using db = new DatabaseSync(path, { timeout: 1000, enableForeignKeyConstraints: false });
        db.exec(sql);
      },
      tables: () =>
        query(
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'mig_log' ORDER BY name",
        ).join(' '),
      log: () =>
        query("SELECT op || ' ' || revision FROM mig_log WHERE op <> 'init' ORDER BY seq").join(
          ', ',
        ),
    });
  });
}

export function filesOf({ id, parents = 'base', keys = [], up, down, downKeys = [] }: Pair): Tree {
  const header = (lines: readonly string[]) =>
    lines.length === 0 ? '' : `-- ---\n${lines.map((line) => `-- ${line}\n`).join('')}-- ---\n`;
  const upSql = up ?? `CREATE TABLE ${id} (x);\n`;
  return {
    [`migrations/${id}_x.up.sql`]: `${header([`parents: ${parents}`, `message: The ${id}`, ...keys])}${upSql}`,
    [`migrations/${id}_x.down.sql`]: `${header(downKeys)}${down ?? `DROP TABLE ${id};\n`}`,
  };
}

function worldOf(by: string, told: ProjectEvent[]): World {
  return {
    now: () => new Date(NOW),
    ticks: () => performance.now(),
    randomBytes,
    by: () => by,
    confirm: () => null,
    edit: () => {},
    tell: (event) => void told.push(event),
  };
}

/** A chain: each revision on the one before. */
export function chain(...ids: readonly string[]): readonly Pair[] {
  return ids.map((id, index) => ({ id, parents: index === 0 ? 'base' : ids[index - 1]! }));
}

/** The MigError of an action, after a look at its code and its exit code. */
export async function stops(
  code: ErrorCode,
  exit: number,
  action: () => Promise<unknown>,
): Promise<MigError> {
  const error = await thrownBy(MigError, action);
  if (error.code !== code) throw error;
  assert.is(error.exit, exit);
  requireProse(error);
  return error;
}

/** Every message of a person's: a sentence, and no id with punctuation behind it. */
function requireProse({ message, hint }: MigError): void {
  for (const text of [message, hint ?? '']) {
    const ids = /(?<![`\w.]|\d )([a-z]\d?)(?=[.,;:](?:\s|$))/.exec(text);
    if (ids !== null) throw new Error(`punctuation behind an id: ${text}`);
  }
}
