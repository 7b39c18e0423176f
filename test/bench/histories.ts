import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GraphNode } from '../../lib/graph/revision.ts';
import { randomOf } from '../support/random.ts';

/** `a ─ b ─ c ─ …` */
export function chain(length: number): readonly GraphNode[] {
  return Array.from({ length }, (_, index) =>
    node(index, index === 0 ? [] : [idOf(index - 1)], []),
  );
}

/**
 * As a team makes it: a handful of lines at a time. Of ten revisions eight go on with a
 * line, one forks one and one merges two; every tenth has a dependency besides.
 */
export function randomDag(length: number): readonly GraphNode[] {
  const random = randomOf(length);
  const heads: number[] = [];
  return Array.from({ length }, (_, index) => {
    const what = random.int(10);
    const [first, second] = random.shuffle(heads);
    const merges = second !== undefined && (what === 0 || heads.length > 8);
    const parents = first === undefined ? [] : merges ? [first, second] : [first];
    const forks = what === 1 && !merges;
    if (!forks) for (const parent of parents) heads.splice(heads.indexOf(parent), 1);
    heads.push(index);
    const depends = index > 0 && random.chance(0.1) ? [random.int(index)] : [];
    return node(index, parents.map(idOf), depends.map(idOf));
  });
}

function node(index: number, parents: readonly string[], depends: readonly string[]): GraphNode {
  return { id: idOf(index), parents, depends, labels: [], created: null };
}

/** Twelve hex digits in no order: multiplying by an odd number loses nothing modulo 2⁴⁸. */
function idOf(index: number): string {
  return ((BigInt(index + 1) * 0x9e3779b97f4bn) & 0xffffffffffffn).toString(16).padStart(12, '0');
}

/** What a revision does, by its number. */
export interface Work {
  readonly up: (index: number) => string;
  readonly down: (index: number) => string;
}

/** Each makes a table, an index, two rows. */
export const TABLES: Work = {
  up: (index) => `CREATE TABLE item_${index} (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  price INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX item_${index}_name ON item_${index} (name);
INSERT INTO item_${index} (name, price) VALUES ('first', 10);
INSERT INTO item_${index} (name, price) VALUES ('second', 20);
`,
  down: (index) => `DROP TABLE item_${index};\n`,
};

/**
 * The first makes a table, each other one writes two rows into it. SQLite looks through the
 * whole schema for each new table, so that only these say how the cost of mig itself grows.
 */
export const ROWS: Work = {
  up: (index) =>
    index === 0
      ? TABLES.up(0)
      : `INSERT INTO item_0 (name, price) VALUES ('first ${index}', 10);
INSERT INTO item_0 (name, price) VALUES ('second ${index}', 20);
`,
  down: (index) =>
    index === 0
      ? TABLES.down(0)
      : `DELETE FROM item_0 WHERE name IN ('first ${index}', 'second ${index}');\n`,
};

/** A migrations folder of these revisions, in `migrations` below the given one. */
export function writeHistory(dir: string, revisions: readonly GraphNode[], work = TABLES): void {
  const migrations = join(dir, 'migrations');
  mkdirSync(migrations);
  for (const [index, { id, parents }] of revisions.entries()) {
    const stem = join(migrations, `${id}_add_item_${index}`);
    writeFileSync(
      `${stem}.up.sql`,
      `-- ---\n-- parents: ${parents.join(', ') || 'base'}\n-- message: Add item ${index}\n-- created: 2026-01-01T00:00:00Z\n-- ---\n\n${work.up(index)}`,
    );
    writeFileSync(`${stem}.down.sql`, work.down(index));
  }
}
