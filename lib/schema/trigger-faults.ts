import type { Schema, Trigger } from './model.ts';
import { fold, quoted } from './names.ts';
import { type Scratch, ScratchError, tried } from './scratch.ts';

/** A trigger that does not compile. */
export interface TriggerFault {
  readonly name: string;
  /** What SQLite says. */
  readonly why: string;
}

/**
 * The triggers that SQLite cannot compile. It does so only when they would fire, so a
 * statement that sets them off is compiled, and not run.
 *
 * @param broken triggers and views that are known to be broken, folded: they are out of it.
 */
export async function uncompilable(
  scratch: Scratch,
  schema: Schema,
  broken: ReadonlySet<string>,
): Promise<readonly TriggerFault[]> {
  const triggers = [...schema.triggers.values()].filter(
    ({ name, table }) => !broken.has(fold(name)) && !broken.has(fold(table)),
  );
  const all = await failuresOf(scratch, triggers);
  if (all.size === 0) return [];
  // One trigger sets off another, and SQLite does not say whose fault it is: each by itself.
  return tried(scratch, async () => {
    for (const { name } of schema.triggers.values()) {
      await scratch.exec(`DROP TRIGGER main.${quoted(name)}`);
    }
    const without = await failuresOf(
      scratch,
      triggers.filter(({ table }) => !schema.views.has(fold(table))),
    );
    const found: TriggerFault[] = [];
    for (const trigger of triggers) {
      // A table that cannot be written without triggers either is no fault of theirs.
      if (without.has(groupOf(trigger))) continue;
      await scratch.exec(trigger.text);
      const why = (await failuresOf(scratch, [trigger])).get(groupOf(trigger));
      if (why !== undefined) found.push({ name: trigger.name, why });
      await scratch.exec(`DROP TRIGGER main.${quoted(trigger.name)}`);
    }
    return found;
  });
}

/** What fails to compile, by table and event. */
async function failuresOf(
  scratch: Scratch,
  triggers: readonly Trigger[],
): Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, string>();
  for (const [group, [first]] of Map.groupBy(triggers, groupOf)) {
    try {
      await scratch.query(`EXPLAIN ${await statementFor(scratch, first!)}`);
    } catch (error) {
      if (!(error instanceof ScratchError)) throw error;
      if (!isOfProgram(error.message)) failures.set(group, error.message);
    }
  }
  return failures;
}

/** Functions, collations and modules may be those of the program that uses the database. */
export function isOfProgram(message: string): boolean {
  return /^(?:no such (?:function|module|collation sequence)|unknown tokenizer)\b/.test(message);
}

function groupOf({ table, event }: Trigger): string {
  return JSON.stringify([fold(table), event]);
}

/** A statement that sets off all triggers of a table and an event. */
async function statementFor(scratch: Scratch, { table, event }: Trigger): Promise<string> {
  const name = `main.${quoted(table)}`;
  if (event === 'insert') return `INSERT INTO ${name} DEFAULT VALUES`;
  if (event === 'delete') return `DELETE FROM ${name}`;
  // All columns, for the sake of UPDATE OF; those that are generated cannot be written.
  const columns = await scratch.query(
    'SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0',
    table,
  );
  const sets = columns.map((column) => quoted(String(column.name)));
  return `UPDATE ${name} SET ${sets.map((each) => `${each} = ${each}`).join(', ')}`;
}
