import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLES } from './histories.ts';
import { type Contender, execute } from './measure.ts';
import type { Tool, Tools } from './peer-tools.ts';
import { fresh } from './programs.ts';

/** Another migration tool, with the same history in its own form. */
export interface Peer {
  /** With the version. */
  readonly name: string;
  /** From no database to all revisions. */
  readonly upgrade: Contender;
}

/** Writes a history of some length into a folder; what its tool is told to apply it. */
type Form = (dir: string, indexes: readonly number[]) => readonly string[];

const FORMS: Readonly<Record<keyof Tools, Form>> = {
  dbmate: (dir, indexes) => {
    mkdirSync(join(dir, 'db/migrations'), { recursive: true });
    for (const index of indexes) {
      writeFileSync(
        join(dir, `db/migrations/${numberOf(index)}_add_item_${index}.sql`),
        `-- migrate:up\n${TABLES.up(index)}\n-- migrate:down\n${TABLES.down(index)}`,
      );
    }
    return ['--url', 'sqlite:app.db', '--no-dump-schema', 'up'];
  },

  knex: (dir, indexes) => {
    mkdirSync(join(dir, 'migrations'));
    writeFileSync(
      join(dir, 'knexfile.cjs'),
      `module.exports = { client: 'better-sqlite3', connection: { filename: 'app.db' }, useNullAsDefault: true, migrations: { loadExtensions: ['.cjs'] } };\n`,
    );
    const raw = (sql: string) => `  await knex.raw(${JSON.stringify(sql)});\n`;
    for (const index of indexes) {
      writeFileSync(
        join(dir, `migrations/${numberOf(index)}_add_item_${index}.cjs`),
        `exports.up = async (knex) => {\n${each(TABLES.up(index), raw)}};\n` +
          `exports.down = async (knex) => {\n${each(TABLES.down(index), raw)}};\n`,
      );
    }
    return ['migrate:latest', '--knexfile', join(dir, 'knexfile.cjs')];
  },

  alembic: (dir, indexes) => {
    mkdirSync(join(dir, 'alembic/versions'), { recursive: true });
    writeFileSync(
      join(dir, 'alembic.ini'),
      '[alembic]\nscript_location = alembic\nsqlalchemy.url = sqlite:///app.db\n',
    );
    writeFileSync(join(dir, 'alembic/env.py'), ALEMBIC_ENV);
    const run = (sql: string) => `    op.execute(${JSON.stringify(sql)})\n`;
    for (const index of indexes) {
      const parent = index === 0 ? 'None' : `'${numberOf(index - 1)}'`;
      writeFileSync(
        join(dir, `alembic/versions/${numberOf(index)}_add_item_${index}.py`),
        `"""Add item ${index}"""\nfrom alembic import op\n\nrevision = '${numberOf(index)}'\ndown_revision = ${parent}\n\n\n` +
          `def upgrade():\n${each(TABLES.up(index), run)}\n\n` +
          `def downgrade():\n${each(TABLES.down(index), run)}`,
      );
    }
    return ['upgrade', 'head'];
  },

  sqitch: (dir, indexes) => {
    mkdirSync(join(dir, 'deploy'));
    mkdirSync(join(dir, 'revert'));
    writeFileSync(
      join(dir, 'sqitch.conf'),
      '[core]\n\tengine = sqlite\n[user]\n\tname = Bench\n\temail = bench@example.org\n',
    );
    const changes = indexes.map(
      (index) =>
        `item_${index} 2026-01-01T00:00:00Z Bench <bench@example.org> # Add item ${index}\n`,
    );
    writeFileSync(
      join(dir, 'sqitch.plan'),
      `%syntax-version=1.0.0\n%project=bench\n\n${changes.join('')}`,
    );
    for (const index of indexes) {
      const script = (sql: string) => `BEGIN;\n${sql}COMMIT;\n`;
      writeFileSync(join(dir, `deploy/item_${index}.sql`), script(TABLES.up(index)));
      writeFileSync(join(dir, `revert/item_${index}.sql`), script(TABLES.down(index)));
    }
    return ['deploy', 'db:sqlite:app.db'];
  },
};

/** What `alembic init` writes, less what has no use here. */
const ALEMBIC_ENV = `from alembic import context
from sqlalchemy import engine_from_config, pool

connectable = engine_from_config(
    context.config.get_section(context.config.config_ini_section),
    prefix="sqlalchemy.",
    poolclass=pool.NullPool,
)

with connectable.connect() as connection:
    context.configure(connection=connection, target_metadata=None)

    with context.begin_transaction():
        context.run_migrations()
`;

/** The peers that are there, each with `size` revisions in a folder of its own below `dir`. */
export function peersFor(tools: Tools, dir: string, size: number): readonly Peer[] {
  const indexes = Array.from({ length: size }, (_, index) => index);
  return Object.entries(FORMS).flatMap(([name, form]) => {
    const tool = tools[name as keyof Tools];
    return tool === null ? [] : [peer(name, tool, { home: join(dir, name), form, indexes })];
  });
}

function peer(
  name: string,
  { version, program, args, env }: Tool,
  { home, form, indexes }: { home: string; form: Form; indexes: readonly number[] },
): Peer {
  mkdirSync(home);
  const words = form(home, indexes);
  const { run, prepare } = fresh(home, {
    run: () => execute(program, [...args, ...words], { cwd: home, env }),
  });
  return {
    name: `${name} ${version}`,
    upgrade: {
      run,
      prepare: () => {
        prepare?.();
        // The registry of sqitch lies beside the database.
        rmSync(join(home, 'sqitch.db'), { force: true });
      },
    },
  };
}

/** Each statement of a revision, in the words of another language. */
function each(sql: string, inWords: (statement: string) => string): string {
  return sql
    .split(';\n')
    .filter((statement) => statement.trim() !== '')
    .map(inWords)
    .join('');
}

/** A name of 14 digits, as a time would be. */
function numberOf(index: number): string {
  return String(20260101000000 + index);
}
