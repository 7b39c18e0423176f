import type { Random } from './random.ts';
import { render } from './render-schema.ts';

/**
 * Random schemas as graphs of objects: what refers to a column refers to the object, and so
 * follows it when it is renamed. `structuredClone` keeps that; numbers tell what is the same.
 */
export interface RandomColumn {
  readonly id: number;
  name: string;
  type: string;
  notNull: boolean;
  default: string | null;
  collation: string | null;
  unique: boolean;
  generated: { readonly template: string; of: RandomColumn; kind: 'stored' | 'virtual' } | null;
  check: string | null;
  comment: string | null;
}

export interface RandomKey {
  readonly columns: RandomColumn[];
  readonly parent: RandomTable;
  readonly parentColumns: RandomColumn[];
  readonly actions: string;
}

export interface RandomTable {
  readonly id: number;
  name: string;
  columns: RandomColumn[];
  /** `alias` and `counted`: INTEGER PRIMARY KEY, without and with AUTOINCREMENT. */
  key: { kind: 'none' | 'alias' | 'counted' | 'columns'; columns: RandomColumn[] };
  unique: RandomColumn[][];
  checks: { readonly template: string; readonly of: RandomColumn; readonly name: string | null }[];
  foreignKeys: RandomKey[];
  strict: boolean;
  withoutRowid: boolean;
  comment: string | null;
}

export interface RandomIndex {
  readonly name: string;
  readonly table: RandomTable;
  readonly columns: { readonly of: RandomColumn; readonly template: string }[];
  readonly unique: boolean;
  readonly where: { readonly of: RandomColumn; readonly template: string } | null;
}

export interface RandomView {
  readonly name: string;
  readonly from: RandomTable | RandomView;
  /** Empty for all. */
  readonly columns: RandomColumn[];
  readonly where: string | null;
}

export interface RandomTrigger {
  readonly name: string;
  readonly on: RandomTable | RandomView;
  readonly event: string;
  readonly when: RandomColumn | null;
  /** Where it writes a row to; null for a trigger that only reads. */
  readonly into: { readonly table: RandomTable; readonly column: RandomColumn } | null;
  readonly number: number;
}

export interface RandomFullText {
  readonly name: string;
  readonly table: RandomTable;
  readonly column: RandomColumn;
}

export interface RandomSchema {
  tables: RandomTable[];
  indexes: RandomIndex[];
  views: RandomView[];
  triggers: RandomTrigger[];
  fullText: RandomFullText[];
}

const COLUMNS = [
  ...['a', 'b', 'c', 'Bee', 'two words', 'order', 'we"ird', 'key', 'été', '_x1', "it's", 'a.b'],
  ...['rowid', 'n', 'new', 'text'],
];
const TABLES = [
  't',
  'u',
  'w',
  'Order',
  'two tables',
  "it's",
  'x"y',
  'v.w',
  'Été',
  'p',
  'q',
  'new_t',
];
const TYPES = [
  'INTEGER',
  'INTEGER',
  'INT',
  'TEXT',
  'TEXT',
  'VARCHAR(10)',
  'REAL',
  'NUMERIC',
  'BLOB',
  '',
];
const STRICT_TYPES = ['INT', 'INTEGER', 'TEXT', 'ANY', 'REAL', 'BLOB'];
const DEFAULTS = [
  '1',
  "'it''s'",
  'NULL',
  '-2.5',
  "x'0a'",
  'CURRENT_TIMESTAMP',
  '(1 + 1)',
  "('x' || 'y')",
];
const CHECKS = ['? IS NULL OR ? <> 99', "? <> 'never, (ever'", 'length(?) < 200', '? IS NOT 12345'];
const EXPRESSIONS = ["coalesce(?, 'none')", '? IS NOT NULL', 'length(?)', "? || '-'"];
const ACTIONS = [
  '',
  '',
  ' ON DELETE CASCADE',
  ' ON DELETE SET NULL ON UPDATE CASCADE',
  ' DEFERRABLE INITIALLY DEFERRED',
];
const COMMENTS = [
  "-- it's the (old) one, really;",
  '/* two\n   lines, (with a parenthesis */',
  '-- "quoted',
];

/** Makes schemas from chance, and numbers what is in them. */
export class SchemaMaker {
  readonly #random: Random;
  #number = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  schema(): RandomSchema {
    const { int, chance } = this.#random;
    const schema: RandomSchema = { tables: [], indexes: [], views: [], triggers: [], fullText: [] };
    for (let count = 1 + int(4); count > 0; count--) this.#addTable(schema);
    for (let count = int(4); count > 0; count--) this.#addIndex(schema);
    for (let count = int(3); count > 0; count--) this.#addView(schema);
    for (let count = int(4); count > 0; count--) this.#addTrigger(schema);
    if (chance(0.15)) this.#addFullText(schema);
    return schema;
  }

  /** A few changes, in place. What refers to something that went goes as well. */
  mutate(schema: RandomSchema): void {
    const { int, pick } = this.#random;
    for (let count = 1 + int(4); count > 0; count--) pick(this.#mutations)(schema);
    prune(schema);
  }

  /** New names for some tables and columns, in place; the hints that tell of them. */
  rename(schema: RandomSchema): void {
    const { chance, pick } = this.#random;
    for (const table of schema.tables) {
      if (chance(0.3)) table.name = this.#freeName(TABLES, schema.tables) ?? table.name;
      if (!chance(0.4)) continue;
      const column = pick(table.columns);
      column.name = this.#freeName(COLUMNS, table.columns) ?? column.name;
    }
    // Two that swap their names.
    const [a, b] = this.#random.shuffle(schema.tables);
    if (a !== undefined && b !== undefined && chance(0.1)) [a.name, b.name] = [b.name, a.name];
  }

  readonly #mutations: readonly ((schema: RandomSchema) => void)[] = [
    (schema) => this.#addTable(schema),
    (schema) => this.#drop(schema.tables),
    (schema) => this.#addIndex(schema),
    (schema) => this.#drop(schema.indexes),
    (schema) => this.#addView(schema),
    (schema) => this.#drop(schema.views),
    (schema) => this.#addTrigger(schema),
    (schema) => this.#drop(schema.triggers),
    (schema) => {
      schema.triggers = this.#random.shuffle(schema.triggers);
    },
    ...new Array<(schema: RandomSchema) => void>(3).fill((schema) => {
      const table = this.#table(schema);
      table?.columns.push(this.#column(table));
    }),
    (schema) => {
      const table = this.#table(schema);
      table?.columns.splice(this.#random.int(table.columns.length + 1), 0, this.#column(table));
    },
    ...new Array<(schema: RandomSchema) => void>(2).fill((schema) => {
      const table = this.#table(schema);
      if (table !== undefined && table.columns.length > 1) this.#drop(table.columns);
    }),
    ...new Array<(schema: RandomSchema) => void>(3).fill((schema) => this.#changeColumn(schema)),
    (schema) => this.#changeKey(schema),
    (schema) => {
      const table = this.#table(schema);
      if (table !== undefined) this.#constrain(schema, table);
    },
    (schema) => {
      const table = this.#table(schema);
      if (table === undefined) return;
      const { pick } = this.#random;
      this.#drop(pick([table.unique as unknown[], table.checks, table.foreignKeys]));
    },
    (schema) => {
      const table = this.#table(schema);
      if (table !== undefined) table.columns = this.#random.shuffle(table.columns);
    },
  ];

  #table({ tables }: RandomSchema): RandomTable | undefined {
    return tables.length === 0 ? undefined : this.#random.pick(tables);
  }

  #drop(list: unknown[]): void {
    if (list.length > 0) list.splice(this.#random.int(list.length), 1);
  }

  #freeName(names: readonly string[], taken: readonly { readonly name: string }[]): string | null {
    const used = new Set(taken.map((each) => each.name.toLowerCase()));
    const free = names.filter((name) => !used.has(name.toLowerCase()));
    return free.length === 0 ? null : this.#random.pick(free);
  }

  #addTable(schema: RandomSchema): void {
    const { int, chance, pick, shuffle } = this.#random;
    const name = this.#freeName(TABLES, schema.tables);
    if (name === null) return;
    const table: RandomTable = {
      id: this.#number++,
      name,
      columns: [],
      key: { kind: 'none', columns: [] },
      unique: [],
      checks: [],
      foreignKeys: [],
      strict: chance(0.2),
      withoutRowid: false,
      comment: chance(0.2) ? pick(COMMENTS) : null,
    };
    for (let count = 1 + int(5); count > 0; count--) table.columns.push(this.#column(table));
    const stored = table.columns.filter((each) => each.generated === null);
    this.#setKey(table, shuffle(stored));
    schema.tables.push(table);
    for (let count = int(3); count > 0; count--) this.#constrain(schema, table);
  }

  #setKey(table: RandomTable, stored: readonly RandomColumn[]): void {
    const { int, chance, pick } = this.#random;
    table.withoutRowid = false;
    table.key = { kind: pick(['none', 'alias', 'alias', 'counted', 'columns']), columns: [] };
    const { key } = table;
    if (key.kind === 'none') return;
    const [first] = stored;
    if (first === undefined) {
      key.kind = 'none';
      return;
    }
    if (key.kind === 'columns') {
      key.columns = stored.slice(0, 1 + int(2));
      table.withoutRowid = chance(0.4);
    } else {
      key.columns = [first];
      Object.assign(first, { type: 'INTEGER', default: null, collation: null, check: null });
    }
  }

  #column(table: RandomTable): RandomColumn {
    const { chance, pick } = this.#random;
    const stored = table.columns.filter((each) => each.generated === null);
    const isGenerated = stored.length > 0 && chance(0.12);
    const column: RandomColumn = {
      id: this.#number++,
      name: this.#freeName(COLUMNS, table.columns) ?? `c${this.#number}`,
      type: table.strict ? pick(STRICT_TYPES) : pick(TYPES),
      notNull: !isGenerated && chance(0.25),
      default: !isGenerated && chance(0.3) ? pick(DEFAULTS) : null,
      collation: chance(0.15) ? pick(['NOCASE', 'RTRIM']) : null,
      unique: !isGenerated && chance(0.08),
      generated: null,
      check: chance(0.15) ? pick(CHECKS) : null,
      comment: chance(0.12) ? pick(COMMENTS) : null,
    };
    if (isGenerated) {
      const kind = pick(['stored', 'virtual'] as const);
      column.generated = { template: pick(EXPRESSIONS), of: pick(stored), kind };
      if (table.strict) column.type = 'ANY';
    }
    return column;
  }

  #changeColumn(schema: RandomSchema): void {
    const { chance, pick } = this.#random;
    const table = this.#table(schema);
    if (table === undefined) return;
    const column = pick(table.columns);
    const isAlias = table.key.kind !== 'columns' && table.key.columns.includes(column);
    const { generated } = column;
    if (!isAlias) {
      pick([
        () => {
          column.type = table.strict ? pick(STRICT_TYPES) : pick(TYPES);
        },
        () => {
          column.notNull = generated === null && !column.notNull;
        },
        () => {
          if (generated === null) column.default = chance(0.3) ? null : pick(DEFAULTS);
        },
        () => {
          column.collation = pick([null, 'NOCASE', 'RTRIM']);
        },
        () => {
          column.unique = generated === null && !column.unique;
        },
      ])();
    }
    pick([
      () => {
        column.check = pick([null, ...CHECKS]);
      },
      () => {
        column.comment = pick([null, ...COMMENTS]);
      },
      () => {
        if (generated !== null) generated.kind = pick(['stored', 'virtual']);
      },
      () => {
        if (!table.key.columns.includes(column)) column.generated = null;
      },
    ])();
  }

  #changeKey(schema: RandomSchema): void {
    const table = this.#table(schema);
    if (table === undefined) return;
    const stored = table.columns.filter((each) => each.generated === null);
    this.#setKey(table, this.#random.shuffle(stored));
  }

  #constrain(schema: RandomSchema, table: RandomTable): void {
    const { int, chance, pick, shuffle } = this.#random;
    const stored = table.columns.filter((each) => each.generated === null);
    if (stored.length === 0) return;
    const some = shuffle(stored).slice(0, 1 + int(2));
    pick([
      () => void table.unique.push(some),
      () => {
        const name = chance(0.4) ? `rule ${this.#number++}` : null;
        table.checks.push({ template: pick(CHECKS), of: pick(table.columns), name });
      },
      () => this.#refer(schema, table, stored),
      () => this.#refer(schema, table, stored),
    ])();
  }

  #refer(schema: RandomSchema, table: RandomTable, stored: readonly RandomColumn[]): void {
    const { pick, shuffle } = this.#random;
    const parent = pick(schema.tables.length === 0 ? [table] : schema.tables);
    const keys = [parent.key.columns, ...parent.unique].filter(
      (each) => each.length > 0 && each.length <= stored.length,
    );
    if (keys.length === 0) return;
    const parentColumns = pick(keys);
    const columns = shuffle(stored).slice(0, parentColumns.length);
    table.foreignKeys.push({
      columns,
      parent,
      parentColumns: [...parentColumns],
      actions: pick(ACTIONS),
    });
  }

  #addIndex(schema: RandomSchema): void {
    const { int, chance, pick, shuffle } = this.#random;
    const table = this.#table(schema);
    if (table === undefined) return;
    schema.indexes.push({
      name: `i${this.#number++}${chance(0.2) ? ' on "it"' : ''}`,
      table,
      columns: shuffle(table.columns)
        .slice(0, 1 + int(2))
        .map((of) => ({
          of,
          template: pick(['?', '?', '? DESC', '? COLLATE NOCASE', 'lower(?)']),
        })),
      unique: chance(0.15),
      where: chance(0.2) ? { of: pick(table.columns), template: '? IS NOT NULL' } : null,
    });
  }

  #addView(schema: RandomSchema): void {
    const { int, chance, pick, shuffle } = this.#random;
    const from = pick<RandomTable | RandomView | undefined>([
      ...schema.tables,
      ...schema.views,
      undefined,
    ]);
    if (from === undefined) return;
    const columns = 'id' in from ? shuffle(from.columns).slice(0, int(3)) : [];
    const where = chance(0.3) ? pick(['1', "'a' <> 'b;'"]) : null;
    schema.views.push({
      name: `v${this.#number++}${chance(0.2) ? ' two' : ''}`,
      from,
      columns,
      where,
    });
  }

  #addTrigger(schema: RandomSchema): void {
    const { chance, pick } = this.#random;
    const on = pick<RandomTable | RandomView | undefined>([
      ...schema.tables,
      ...schema.tables,
      ...schema.views,
      undefined,
    ]);
    if (on === undefined) return;
    const table = this.#table(schema);
    if (table === undefined) return;
    const column = pick(table.columns);
    const event = pick(['INSERT', 'UPDATE', 'DELETE']);
    schema.triggers.push({
      name: `g${this.#number++}`,
      on,
      event: 'id' in on ? `${pick(['AFTER', 'BEFORE'])} ${event}` : `INSTEAD OF ${event}`,
      when: 'id' in on && chance(0.3) ? pick(on.columns) : null,
      into: column.generated === null && chance(0.7) ? { table, column } : null,
      number: this.#number,
    });
  }

  #addFullText(schema: RandomSchema): void {
    const table = this.#table(schema);
    if (table === undefined || table.withoutRowid || !/^\w+$/.test(table.name)) return;
    const column = table.columns.find((each) => /^[a-z]$/i.test(each.name));
    if (column === undefined || table.columns.some((each) => each.name === 'rowid')) return;
    schema.fullText.push({ name: `f${this.#number++}`, table, column });
  }
}

/** Takes away what refers to something that is not there any more. */
function prune(schema: RandomSchema): void {
  const tables = new Set(schema.tables);
  for (const table of schema.tables) {
    const columns = new Set(table.columns);
    table.columns = table.columns.filter(
      ({ generated }) =>
        generated === null || (columns.has(generated.of) && generated.of.generated === null),
    );
    if (table.columns.length === 0) schema.tables = schema.tables.filter((each) => each !== table);
  }
  for (const table of schema.tables) {
    const has = (column: RandomColumn) => table.columns.includes(column);
    if (!table.key.columns.every((each) => has(each) && each.generated === null)) {
      table.key = { kind: 'none', columns: [] };
      table.withoutRowid = false;
    }
    table.unique = table.unique.filter((each) => each.every(has));
    table.checks = table.checks.filter((each) => has(each.of));
  }
  for (const table of schema.tables) {
    table.foreignKeys = table.foreignKeys.filter(
      ({ columns, parent, parentColumns }) =>
        columns.every((each) => table.columns.includes(each)) &&
        tables.has(parent) &&
        [parent.key.columns, ...parent.unique].some(
          (key) =>
            key.length === parentColumns.length &&
            key.every((each) => parentColumns.includes(each)),
        ),
    );
  }
  const isThere = (table: RandomTable, columns: readonly RandomColumn[]) =>
    schema.tables.includes(table) && columns.every((each) => table.columns.includes(each));
  schema.indexes = schema.indexes.filter(({ table, columns, where }) =>
    isThere(table, [...columns.map((each) => each.of), ...(where === null ? [] : [where.of])]),
  );
  const stands = (view: RandomView): boolean =>
    schema.views.includes(view) &&
    ('id' in view.from ? isThere(view.from, view.columns) : stands(view.from));
  schema.views = schema.views.filter(stands);
  schema.views = schema.views.filter(stands);
  schema.triggers = schema.triggers.filter(
    ({ on, when, into }) =>
      ('id' in on ? isThere(on, when === null ? [] : [when]) : stands(on)) &&
      (into === null || isThere(into.table, [into.column])),
  );
  schema.fullText = schema.fullText.filter(
    ({ table, column }) => isThere(table, [column]) && !table.withoutRowid,
  );
}

/** Two schemas, and what a person would tell mig of them. */
export interface SchemaPair {
  readonly a: RandomSchema;
  readonly b: RandomSchema;
  readonly renames: ReadonlyMap<string, string>;
  readonly sqlA: readonly string[];
  readonly sqlB: readonly string[];
}

export function schemaPair(random: Random): SchemaPair {
  const maker = new SchemaMaker(random);
  const a = maker.schema();
  const isIndependent = random.chance(0.1);
  const b = isIndependent ? maker.schema() : structuredClone(a);
  if (!isIndependent) maker.mutate(b);
  if (!isIndependent && random.chance(0.35)) maker.rename(b);
  for (const schema of [a, b]) avoidTraps(schema);
  return { a, b, renames: renamesOf(a, b), sqlA: render(random, a), sqlB: render(random, b) };
}

function renamesOf(a: RandomSchema, b: RandomSchema): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  for (const table of a.tables) {
    const now = b.tables.find((each) => each.id === table.id);
    if (now === undefined) continue;
    if (now.name !== table.name) renames.set(table.name, now.name);
    for (const column of table.columns) {
      const is = now.columns.find((each) => each.id === column.id);
      if (is !== undefined && is.name !== column.name) {
        renames.set(`${table.name}.${column.name}`, is.name);
      }
    }
  }
  return renames;
}

/** What goes wrong in SQLite by itself, whatever leads there. */
function avoidTraps(schema: RandomSchema): void {
  for (const { withoutRowid, key, unique, columns } of schema.tables) {
    if (!withoutRowid) continue;
    // RENAME COLUMN fails where a UNIQUE has the INTEGER key of a table without rowid in it.
    const isKey = (each: RandomColumn) => key.columns.includes(each);
    unique.splice(0, unique.length, ...unique.filter((each) => !each.some(isKey)));
    for (const column of columns) if (isKey(column)) column.unique = false;
  }
  // A full-text index takes a column of that name for the rowid.
  schema.fullText = schema.fullText.filter(({ table }) =>
    table.columns.every((each) => each.name !== 'rowid'),
  );
}
