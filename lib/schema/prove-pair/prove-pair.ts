import { compareSchemas } from '../compare/compare.ts';
import { type Difference, sentenceOf } from '../compare/difference.ts';
import type { Schema } from '../model.ts';
import { fold, quoted } from '../names.ts';
import { runScripts, type SchemaScript, schemaOf } from '../read/materialise.ts';
import { type Scratch, ScratchError } from '../scratch.ts';
import { type Fault, faultsOf, newAmong } from '../validity.ts';
import { type DatabaseState, lostData } from './compare-contents.ts';
import { contentsOf } from './contents.ts';
import { type Counterpart, counterparts, invertedPairs } from './counterparts.ts';
import { damageIn } from './integrity.ts';
import { type Filled, type Misfit, misfits } from './misfits.ts';
import { type SeedRows, seed, type Unseeded } from './seed.ts';

/** An up and a down between two schemas, to be proved on rows before they are written. */
export interface PairProof {
  /** What builds the old schema. */
  readonly before: readonly SchemaScript[];
  readonly target: Schema;
  readonly up: string;
  readonly down: string;
  /** `strict`: the order of columns has to be that of the target, too. */
  readonly columnOrder: 'ignore' | 'strict';
  /** `old` to `new` for tables, `t.a` to `b` for columns. */
  readonly renames: ReadonlyMap<string, string>;
  /** `t.c` to the expression for its NULLs. */
  readonly fill: ReadonlyMap<string, string>;
}

export type PairVerdict =
  | {
      readonly ok: true;
      /** What the proof does not reach, in full sentences. */
      readonly notes: readonly string[];
      /** Those among them that say where the down fails: whoever runs it has to know. */
      readonly downFails: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly PairProblem[] };

interface PairProblem {
  readonly where: 'up' | 'down';
  /** On the database as the revisions leave it, or on one with a few rows in every table. */
  readonly on: 'empty' | 'seeded';
  /** A full sentence. */
  readonly message: string;
  /** How the schema differs from what it should be; empty where it is about something else. */
  readonly differences: readonly Difference[];
}

/**
 * Runs a pair up and down, on an empty copy and on a seeded one, and looks at schema, rows,
 * rowids, AUTOINCREMENT marks and the file's integrity after each.
 *
 * Rows that a tighter constraint refuses, whoever moves them, say nothing against a pair:
 * they are left out, which is told in the notes.
 *
 * @param open an empty database, each time.
 * @throws MigError `failed` when what is there before does not run.
 */
export async function provePair(
  open: () => Promise<Scratch>,
  pair: PairProof,
): Promise<PairVerdict> {
  const onEmpty = await attempt(open, pair, null);
  if (onEmpty.kind !== 'proved') return { ok: false, problems: onEmpty.problems };
  const levels = new Map<string, SeedRows>();
  const refused = new Map<string, Refused>();
  for (;;) {
    const outcome = await attempt(open, pair, levels);
    if (outcome.kind === 'wrong') return { ok: false, problems: outcome.problems };
    if (outcome.kind === 'proved') {
      const all = [...refused.values()];
      const downFails = all.filter(({ where }) => where === 'down').map(sentenceOfRefused);
      return { ok: true, notes: notesOf(outcome.unseeded, all, levels), downFails };
    }
    for (const { table, name, why } of outcome.misfits) {
      const next = FEWER[levels.get(table) ?? 'varied'];
      if (next === null) return { ok: false, problems: outcome.problems };
      levels.set(table, next);
      const key = `${outcome.where} ${table}`;
      if (!refused.has(key)) refused.set(key, { where: outcome.where, table, name, why });
    }
  }
}

/** Rows that the target of the up or the down does not take. */
interface Refused {
  readonly where: 'up' | 'down';
  readonly table: string;
  readonly name: string;
  readonly why: string;
}

function sentenceOfRefused({ where, name, why }: Refused): string {
  return `The ${where} fails where rows of \`${name}\` do not fit: ${why}.`;
}

/** What to try when rows do not fit; null where there are none any more. */
const FEWER: Readonly<Record<SeedRows, SeedRows | null>> = {
  varied: 'plain',
  plain: 'single',
  single: 'none',
  none: null,
};

function notesOf(
  unseeded: readonly Unseeded[],
  refused: readonly Refused[],
  levels: ReadonlyMap<string, SeedRows>,
): readonly string[] {
  return [
    ...refused.map((each) =>
      levels.get(each.table) === 'none'
        ? `${sentenceOfRefused(each)} The table was proved without rows.`
        : `${sentenceOfRefused(each)} It was proved on rows that fit.`,
    ),
    ...unseeded.map(
      ({ table, why }) => `\`${table}\` was proved without rows: no row was found for it (${why}).`,
    ),
  ];
}

type Outcome =
  | { readonly kind: 'proved'; readonly unseeded: readonly Unseeded[] }
  | { readonly kind: 'wrong'; readonly problems: readonly PairProblem[] }
  | {
      /** There are rows that a tighter constraint refuses. */
      readonly kind: 'misfit';
      readonly where: 'up' | 'down';
      readonly misfits: readonly (Misfit & { readonly name: string })[];
      readonly problems: readonly PairProblem[];
    };

/** One run up and down. @param levels how many rows; null for none but those that are there. */
async function attempt(
  open: () => Promise<Scratch>,
  pair: PairProof,
  levels: ReadonlyMap<string, SeedRows> | null,
): Promise<Outcome> {
  await using scratch = await open();
  await runScripts(scratch, pair.before);
  const before = await schemaOf(scratch);
  const unseeded =
    levels === null ? [] : await seed(scratch, before, { levels, hints: pair.target });
  const pairs = counterparts(before, pair.target, pair.renames);
  const start = await look(scratch, before);
  const onto = { open, scratch, columnOrder: pair.columnOrder } as const;
  const up = await step(onto, {
    where: 'up',
    on: levels === null ? 'empty' : 'seeded',
    sql: pair.up,
    from: start,
    start,
    target: pair.target,
    pairs,
    filled: await filledValues(scratch, pairs, pair.fill),
  });
  if (up.kind !== 'good') return up;
  const down = await step(onto, {
    where: 'down',
    on: levels === null ? 'empty' : 'seeded',
    sql: pair.down,
    from: up.end,
    start,
    target: before,
    pairs: invertedPairs(pairs),
    filled: new Map(),
  });
  return down.kind === 'good' ? { kind: 'proved', unseeded } : down;
}

/** A state, and what is broken in it. */
interface Look extends DatabaseState {
  readonly faults: readonly Fault[];
  readonly damage: readonly string[];
}

async function look(scratch: Scratch, schema: Schema): Promise<Look> {
  const damage = await damageIn(scratch, schema);
  const contents = await contentsOf(scratch, schema);
  return { schema, contents, faults: await faultsOf(scratch, schema), damage };
}

interface PairContext {
  readonly open: () => Promise<Scratch>;
  readonly scratch: Scratch;
  readonly columnOrder: 'ignore' | 'strict';
}

interface Step extends Pick<PairProblem, 'where' | 'on'> {
  readonly sql: string;
  readonly from: Look;
  /** Before the up: what was broken then is broken again after the down, and not by it. */
  readonly start: Look;
  readonly target: Schema;
  readonly pairs: readonly Counterpart[];
  readonly filled: Filled;
}

type StepEnd =
  | { readonly kind: 'good'; readonly end: Look }
  | Exclude<Outcome, { readonly kind: 'proved' }>;

async function step({ open, scratch, columnOrder }: PairContext, given: Step): Promise<StepEnd> {
  const { where, on, sql, from, start, target, pairs, filled } = given;
  const problem = (message: string, differences: readonly Difference[] = []): PairProblem => ({
    where,
    on,
    message,
    differences,
  });
  const failed = async (problems: readonly PairProblem[], mayBeRows: boolean): Promise<StepEnd> => {
    const found = on === 'seeded' && mayBeRows ? await misfitsOf(open, from, given) : [];
    return found.length === 0
      ? { kind: 'wrong', problems }
      : { kind: 'misfit', where, misfits: found, problems };
  };
  try {
    await scratch.exec(sql);
  } catch (error) {
    if (!(error instanceof ScratchError)) throw error;
    return failed([problem(failureSentence(where, sql, error))], isAboutRows(error.message));
  }
  const schema = await schemaOf(scratch);
  const differences = residue(from.schema, target, schema, pairs, columnOrder);
  if (differences.length > 0) {
    const wanted = where === 'up' ? 'desired' : 'old';
    const told = differences.map(sentenceOf).join('; ');
    const message = `After the ${where} the schema is not the ${wanted} one: ${told}.`;
    return { kind: 'wrong', problems: [problem(message, differences)] };
  }
  const end = await look(scratch, schema);
  const faults = newAmong(end.faults, [...start.faults, ...from.faults]);
  const knownDamage = new Set([...start.damage, ...from.damage]);
  const damage = end.damage.filter((each) => !knownDamage.has(each));
  const isOnlyRows = faults.every((each) => each.kind === 'rows');
  const broken = [
    ...faults.map((each) => problem(`After the ${where} something is broken: ${each.message}`)),
    ...damage.map((each) => problem(`After the ${where} PRAGMA integrity_check says: ${each}.`)),
  ];
  const lost = (await lostData(scratch, from, end, pairs, { fill: new Set(filled.keys()) })).map(
    (each) => problem(`The ${where} does not keep the data: ${each}.`),
  );
  if (lost.length + broken.length === 0) return { kind: 'good', end };
  return failed([...lost, ...broken], lost.length === 0 && isOnlyRows);
}

function failureSentence(where: 'up' | 'down', sql: string, { message, place }: ScratchError) {
  const at = place === undefined ? '' : `, in \`${firstLine(sql.slice(place.start, place.end))}\``;
  return `The ${where} fails: ${message}${at}.`;
}

function firstLine(sql: string): string {
  const [line = '', ...others] = sql.trim().replace(/;$/, '').split('\n');
  return others.length === 0 ? line : `${line.trimEnd()} …`;
}

/** Whether a failure can have its reason in the rows alone. */
function isAboutRows(message: string): boolean {
  return /constraint failed|cannot store|datatype mismatch/.test(message);
}

/** The misfits under the names that tables have before the pair. */
async function misfitsOf(
  open: () => Promise<Scratch>,
  from: DatabaseState,
  { where, target, pairs, filled }: Step,
): Promise<readonly (Misfit & { readonly name: string })[]> {
  await using empty = await open();
  const found = await misfits(empty, from, target, pairs, filled);
  return found.map(({ table, why }) => {
    const to = pairs.find((each) => each.from === table)!.to;
    const [key, schema] = where === 'up' ? [table, from.schema] : [to, target];
    return { table: key, why, name: schema.tables.get(key)!.name };
  });
}

/**
 * What is not as in the target. The order in which triggers fire is behaviour: it has to be
 * that of the target or, unless it is strict, the one that there was.
 */
function residue(
  from: Schema,
  target: Schema,
  found: Schema,
  pairs: readonly Counterpart[],
  columnOrder: 'ignore' | 'strict',
): readonly Difference[] {
  const all = compareSchemas(target, found, { columnOrder });
  const moved = new Map(pairs.map((each) => [each.from, each.to]));
  const triggers = [...from.triggers].map(
    ([key, each]) => [key, { ...each, table: moved.get(fold(each.table)) ?? each.table }] as const,
  );
  const kept = { ...from, triggers: new Map(triggers) };
  const reordered = new Set(
    compareSchemas(kept, found, { columnOrder })
      .filter((each) => each.class === 'trigger-order')
      .map((each) => fold(each.object.name)),
  );
  return all.filter(
    (each) =>
      !each.cosmetic || (each.class === 'trigger-order' && reordered.has(fold(each.object.name))),
  );
}

/** What the expressions for new columns are for each row; those that cannot be told are left out. */
async function filledValues(
  scratch: Scratch,
  pairs: readonly Counterpart[],
  fill: ReadonlyMap<string, string>,
): Promise<Filled> {
  const found = new Map<string, readonly string[]>();
  for (const [given, expression] of fill) {
    const key = fold(given);
    for (const { from, to } of pairs) {
      const name = [to, from].find((each) => key.startsWith(`${each}.`));
      if (name === undefined) continue;
      const column = `${to}.${key.slice(name.length + 1)}`;
      try {
        const rows = await scratch.query(
          `SELECT quote(${expression}) AS value FROM main.${quoted(from)} NOT INDEXED`,
        );
        found.set(
          column,
          rows.map((row) => String(row.value)),
        );
      } catch (error) {
        if (!(error instanceof ScratchError)) throw error;
        found.set(column, []);
      }
    }
  }
  return found;
}
