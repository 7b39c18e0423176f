import type { Schema } from '../schema/model.ts';
import { fold } from '../schema/names.ts';

/** Tables in which other migration tools keep their books, and whose they are. */
const OTHERS: Readonly<Record<string, string>> = {
  schema_migrations: 'golang-migrate, dbmate or Rails',
  ar_internal_metadata: 'Rails',
  alembic_version: 'Alembic',
  goose_db_version: 'goose',
  _sqlx_migrations: 'sqlx',
  flyway_schema_history: 'Flyway',
  databasechangelog: 'Liquibase',
  databasechangeloglock: 'Liquibase',
  knex_migrations: 'Knex',
  knex_migrations_lock: 'Knex',
  _prisma_migrations: 'Prisma',
  __drizzle_migrations: 'Drizzle',
  __efmigrationshistory: 'Entity Framework',
  __diesel_schema_migrations: 'Diesel',
  django_migrations: 'Django',
  sequelizemeta: 'Sequelize',
};

/** A table that was left out, because another tool keeps its books in it. */
export interface LeftOut {
  readonly table: string;
  /** The tool, or the tools that call theirs so. */
  readonly tool: string;
}

/** A schema without the tables of other migration tools, and what was left out. */
export function withoutOtherTools(schema: Schema): { schema: Schema; leftOut: readonly LeftOut[] } {
  const leftOut = [...schema.tables.values()].flatMap(({ name }): readonly LeftOut[] => {
    const key = fold(name);
    return Object.hasOwn(OTHERS, key) ? [{ table: name, tool: OTHERS[key]! }] : [];
  });
  if (leftOut.length === 0) return { schema, leftOut };
  const gone = new Set(leftOut.map(({ table }) => fold(table)));
  const rest = <T>(map: ReadonlyMap<string, T>, tableOf: (item: T) => string) =>
    new Map([...map].filter(([, item]) => !gone.has(fold(tableOf(item)))));
  return {
    leftOut,
    schema: {
      ...schema,
      tables: rest(schema.tables, ({ name }) => name),
      indexes: rest(schema.indexes, ({ table }) => table),
      triggers: rest(schema.triggers, ({ table }) => table),
    },
  };
}
