import { nameOf } from '../../sql/statements.ts';
import { tokens } from '../../sql/tokens.ts';
import { compareSchemas } from '../compare/compare.ts';
import { type Difference, sentenceOf } from '../compare/difference.ts';
import type { Schema } from '../model.ts';
import { fold } from '../names.ts';
import type { SchemaScript } from '../read/materialise.ts';
import { knownObjects, readSchema } from '../read/read.ts';
import { type Scratch, ScratchError, type ScratchTrace } from '../scratch.ts';
import { faultsOf } from '../validity.ts';
import { rowsOf } from './end.ts';

/** One revision, to be run up, down and up again. */
interface RoundScripts {
  readonly revision: string;
  readonly up: SchemaScript;
  /** Null where there is no way back. */
  readonly down: SchemaScript | null;
}

/** Something that is wrong with a revision, or odd. */
export interface RoundFinding {
  readonly code:
    | 'up-fails'
    | 'down-fails'
    | 'up-again-fails'
    | 'broken'
    | 'down-does-not-restore'
    | 'up-not-repeatable'
    | 'rows-not-restored'
    | 'rows-of-others';
  readonly severity: 'error' | 'warning';
  /** A full sentence. */
  readonly message: string;
  readonly script: SchemaScript;
  /** Offset in the script; null where it is about no place in it. */
  readonly offset: number | null;
}

export interface Round {
  readonly findings: readonly RoundFinding[];
  /** Whether the revision is applied at the end, so that others can follow. */
  readonly isUp: boolean;
}

/**
 * Runs a revision up, down and up again, and compares: the down has to bring back the schema
 * as it was, and the second up what the first one made.
 *
 * @param known messages of the faults that are there before; afterwards, of those that are
 *   there then.
 */
export async function runRound(
  scratch: Scratch,
  { revision, up, down }: RoundScripts,
  known: Set<string>,
): Promise<Round> {
  const read = knownObjects();
  const look = async () => readSchema(await scratch.inspect(), read);
  const findings: RoundFinding[] = [];
  const fails = (
    code: RoundFinding['code'],
    script: SchemaScript,
    what: string,
    error: ScratchError,
  ) =>
    findings.push({
      code,
      severity: 'error',
      message: `${what} of ${revision} fails: ${error.message}`,
      script,
      offset: error.place?.offset ?? null,
    });

  const before = await look();
  const rowsBefore = await allRows(scratch, before);
  const first = await attempt(scratch, up);
  if (first instanceof ScratchError) {
    fails('up-fails', up, 'The up', first);
    return { findings, isUp: false };
  }
  const after = await look();
  const knownBefore = new Set(known);
  findings.push(...(await newFaults(scratch, after, up, `the up of ${revision}`, known)));
  if (down === null) return { findings, isUp: true };

  const back = await attempt(scratch, down);
  if (back instanceof ScratchError) {
    fails('down-fails', down, 'The down', back);
    // Where it has no transaction, a part of it is done.
    return { findings, isUp: down.transaction !== 'off' };
  }
  const restored = await look();
  const residue = notRestored(
    revision,
    [up, down],
    { schema: before, rows: rowsBefore },
    { schema: restored, rows: await allRows(scratch, restored) },
  );
  findings.push(...residue);
  // What is as it was is as sound as it was.
  if (residue.length > 0) {
    const what = `the down of ${revision}`;
    findings.push(...(await newFaults(scratch, restored, down, what, knownBefore)));
  }

  const again = await attempt(scratch, up);
  if (again instanceof ScratchError) {
    fails('up-again-fails', up, 'The second up', again);
    return { findings, isUp: false };
  }
  findings.push(...notRepeated(revision, up, after, await look()));
  return { findings, isUp: true };
}

/** A schema with the rows in its tables. */
interface Filled {
  readonly schema: Schema;
  readonly rows: Rows;
}

/** What the down did not bring back. */
function notRestored(
  revision: string,
  [up, down]: readonly [up: SchemaScript, down: SchemaScript],
  before: Filled,
  restored: Filled,
): readonly RoundFinding[] {
  const differences = toldDifferences(before.schema, restored.schema);
  return [
    ...differences.map(
      (each): RoundFinding => ({
        code: 'down-does-not-restore',
        severity: each.cosmetic ? 'warning' : 'error',
        message: `The down of ${revision} does not bring back what was: ${sentenceOf(each)}.`,
        script: down,
        offset: null,
      }),
    ),
    ...rowFindings(revision, [up, down], before.rows, restored.rows),
  ];
}

/** What the second up made otherwise than the first. */
function notRepeated(
  revision: string,
  up: SchemaScript,
  first: Schema,
  second: Schema,
): readonly RoundFinding[] {
  const differences = compareSchemas(first, second).filter((each) => !each.cosmetic);
  return differences.map((each) => ({
    code: 'up-not-repeatable',
    severity: 'error',
    message: `After up, down and up of ${revision} it is not as after the first up: ${sentenceOf(each)}.`,
    script: up,
    offset: null,
  }));
}

async function attempt(
  scratch: Scratch,
  script: SchemaScript,
): Promise<ScratchTrace | ScratchError> {
  try {
    return await scratch.exec(script.sql, script);
  } catch (error) {
    if (error instanceof ScratchError) return error;
    throw error;
  }
}

async function newFaults(
  scratch: Scratch,
  schema: Schema,
  script: SchemaScript,
  what: string,
  known: Set<string>,
): Promise<readonly RoundFinding[]> {
  const faults = await faultsOf(scratch, schema);
  const fresh = faults.filter((each) => !known.has(each.message));
  known.clear();
  for (const each of faults) known.add(each.message);
  return fresh.map(({ message }) => ({
    code: 'broken',
    severity: 'error',
    message: `After ${what} something is broken: ${message}`,
    script,
    offset: null,
  }));
}

/** All but how names are written. */
function toldDifferences(a: Schema, b: Schema): readonly Difference[] {
  return compareSchemas(a, b).filter((each) => each.class !== 'spelling');
}

type Rows = ReadonlyMap<string, readonly string[]>;

async function allRows(scratch: Scratch, schema: Schema): Promise<Rows> {
  return rowsOf(scratch, schema, new Set(schema.tables.keys()));
}

/**
 * Rows that are not as they were. That a table which the revision does not speak of lost
 * some is an error: a cascade took them. A trigger that keeps a journal only adds to it.
 */
function rowFindings(
  revision: string,
  [up, down]: readonly [up: SchemaScript, down: SchemaScript],
  before: Rows,
  after: Rows,
): readonly RoundFinding[] {
  const named = new Set([...wordsOf(up.sql), ...wordsOf(down.sql)]);
  const findings: RoundFinding[] = [];
  for (const [table, rows] of before) {
    const now = after.get(table);
    // That the table is gone was told as a difference of the schema.
    if (now === undefined) continue;
    if (now.length === rows.length && now.every((row, index) => row === rows[index])) continue;
    const counts =
      now.length === rows.length
        ? 'other rows'
        : `${now.length} ${now.length === 1 ? 'row' : 'rows'}, and had ${rows.length}`;
    findings.push(
      named.has(table) || hasAll(now, rows)
        ? {
            code: 'rows-not-restored',
            severity: 'warning',
            message: `After the up and the down of ${revision} the table \`${table}\` has ${counts}.`,
            script: down,
            offset: null,
          }
        : {
            code: 'rows-of-others',
            severity: 'error',
            message: `${revision} does not name the table \`${table}\`, and after its up and down that has ${counts}.`,
            script: down,
            offset: null,
          },
    );
  }
  return findings;
}

/** The words of a text, folded: the names in it are among them. */
function wordsOf(sql: string): readonly string[] {
  return [...tokens(sql)].map((token) => fold(nameOf(sql, token)));
}

/** Whether a multiset holds another; both are sorted. */
function hasAll(outer: readonly string[], inner: readonly string[]): boolean {
  let at = 0;
  for (const row of outer) if (row === inner[at]) at++;
  return at === inner.length;
}
