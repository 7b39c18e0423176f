import type { AnyTable, ForeignKey, Schema } from './model.ts';
import { fold, quoted } from './names.ts';
import { failureOf, type Scratch, ScratchError, tried } from './scratch.ts';
import { isOfProgram, type TriggerFault, uncompilable } from './trigger-faults.ts';

/** Something of a schema that loads, and is broken all the same. */
export interface Fault {
  readonly kind:
    | 'no-parent'
    | 'parent-key'
    | 'rows'
    | 'view'
    | 'virtual-table'
    | 'trigger'
    | 'schema';
  /** The object that is broken. */
  readonly name: string;
  /** A full sentence. */
  readonly message: string;
}

/**
 * What is broken in a schema. SQLite looks at views, triggers and parents only when they
 * are used, so each is used here, and nothing of it stays.
 */
export async function faultsOf(scratch: Scratch, schema: Schema): Promise<readonly Fault[]> {
  const known = [
    ...missingParents(schema),
    ...(await foreignKeyFaults(scratch, schema)),
    ...(await unreadable(scratch, schema)),
    ...(await brokenTriggers(scratch, schema)),
  ];
  // What is known to be broken is out of it; a table can be written all the same.
  const broken = new Set(
    known.filter(({ kind }) => kind === 'view' || kind === 'trigger').map(({ name }) => fold(name)),
  );
  const others = (await uncompilable(scratch, schema, broken)).map(triggerFault);
  return [...known, ...others];
}

function triggerFault({ name, why }: TriggerFault): Fault {
  return { kind: 'trigger', name, message: `The trigger \`${name}\` is broken: ${why}.` };
}

/** A schema, and the scratch database that holds it. */
type Held = readonly [scratch: Scratch, schema: Schema];

/** What is broken in a schema, and was not in the one before: that one is only asked then. */
export async function newFaultsOf(before: Held, after: Held): Promise<readonly Fault[]> {
  const faults = await faultsOf(...after);
  return faults.length === 0 ? [] : newAmong(faults, await faultsOf(...before));
}

/** Those that are not among known ones. */
export function newAmong(faults: readonly Fault[], known: readonly Fault[]): readonly Fault[] {
  const messages = new Set(known.map((each) => each.message));
  return faults.filter((each) => !messages.has(each.message));
}

function missingParents(schema: Schema): readonly Fault[] {
  return [...schema.tables.values()].flatMap((table) =>
    keysOf(table)
      .filter(({ parent }) => !schema.tables.has(fold(parent)))
      .map(({ parent, columns }) => ({
        kind: 'no-parent' as const,
        name: table.name,
        message: `\`${table.name}\` (${columns.join(', ')}) refers to the table \`${parent}\`, which is not there.`,
      })),
  );
}

function keysOf(table: AnyTable): readonly ForeignKey[] {
  return table.kind === 'table' ? table.foreignKeys : [];
}

async function foreignKeyFaults(scratch: Scratch, schema: Schema): Promise<readonly Fault[]> {
  const found: Fault[] = [];
  for (const table of schema.tables.values()) {
    if (table.kind === 'table' && table.foreignKeys.length === 0) continue;
    const { name } = table;
    try {
      const rows = await scratch.query(
        `SELECT parent, count(*) AS "rows" FROM pragma_foreign_key_check(?) GROUP BY parent`,
        name,
      );
      for (const { parent, rows: count } of rows) {
        // Where the parent is not there, that is the fault.
        if (!schema.tables.has(fold(String(parent)))) continue;
        const message = `${count} ${count === 1 ? 'row' : 'rows'} of \`${name}\` ${count === 1 ? 'names a row' : 'name rows'} of \`${parent}\` that ${count === 1 ? 'is' : 'are'} not there.`;
        found.push({ kind: 'rows', name, message });
      }
    } catch (error) {
      if (!(error instanceof ScratchError)) throw error;
      const message = `\`${name}\` refers to columns that are no key of their table: ${error.message}.`;
      found.push({ kind: 'parent-key', name, message });
    }
  }
  return found;
}

async function unreadable(scratch: Scratch, schema: Schema): Promise<readonly Fault[]> {
  const found: Fault[] = [];
  // A virtual table looks for what it stands on when a row is asked for.
  for (const [kind, all, limit] of [
    ['view', schema.views, 0],
    ['virtual-table', schema.virtualTables, 1],
  ] as const) {
    for (const { name } of all.values()) {
      const failure = await failureOf(() =>
        scratch.query(`SELECT * FROM main.${quoted(name)} LIMIT ${limit}`),
      );
      if (failure === null || isOfProgram(failure)) continue;
      const message = `The ${kind.replace('-', ' ')} \`${name}\` cannot be read: ${failure}.`;
      found.push({ kind, name, message });
    }
  }
  return found;
}

/**
 * RENAME parses everything, and names the first that it cannot. That one is taken out of
 * the way until nothing is left to complain about. Views are known by then.
 */
async function brokenTriggers(scratch: Scratch, schema: Schema): Promise<readonly Fault[]> {
  return tried(scratch, async () => {
    const found: Fault[] = [];
    const [from, to] = freeNames(schema);
    await scratch.exec(`CREATE TABLE main.${from}(a)`);
    const most = schema.triggers.size + schema.views.size;
    for (let tries = 0; tries <= most; tries++) {
      const failure = await failureOf(() =>
        scratch.exec(`ALTER TABLE main.${from} RENAME TO ${to}`),
      );
      if (failure === null) return found;
      const [, type, name, why] =
        /^error in (trigger|view) (.*?)(?: after \w+)?: (.*)$/s.exec(failure) ?? [];
      if (type === undefined || name === undefined) {
        const message = `The schema cannot be altered: ${failure}.`;
        return [...found, { kind: 'schema', name: '', message }];
      }
      if (type === 'trigger') found.push(triggerFault({ name, why: why! }));
      await scratch.exec(`DROP ${type} main.${quoted(name)}`);
    }
    return found;
  });
}

function freeNames(schema: Schema): readonly [string, string] {
  const isTaken = (name: string) =>
    [schema.tables, schema.views, schema.indexes, schema.virtualTables].some((map) =>
      map.has(name),
    );
  for (let number = 0; ; number++) {
    const [from, to] = [`mig_probe_${number}`, `mig_probed_${number}`];
    if (!isTaken(from) && !isTaken(to)) return [from, to];
  }
}
