import { compareSchemas } from '../compare/compare.ts';
import type { Difference } from '../compare/difference.ts';
import { sentenceOf } from '../compare/difference.ts';
import { orderDependents } from '../compare/order-matters.ts';
import type { Index, Schema } from '../model.ts';
import { fold } from '../names.ts';
import { concernsOf } from './concerns.ts';
import { missingDecisions, unknownFills } from './decisions.ts';
import { uniqueConcern } from './key-concerns.ts';
import { lossesOf } from './losses.ts';
import { OldTable, type Warning } from './old-table.ts';
import { type Changes, displacedBy, planChanges, underNewNames } from './plan-changes.ts';
import { referenceConcerns } from './reference-concerns.ts';
import { invertedRenames, type PlanProblem, type Renames, resolveRenames } from './rename-hints.ts';
import { Room } from './room.ts';
import { oneLine, writeSql } from './sql-step.ts';
import { stepsOf } from './write-changes.ts';

/** What a person has said of the way from one schema to the other. */
export interface GenerateOptions {
  /** `old` → `new` for tables, `t.a` → `b` for columns. */
  readonly renames: ReadonlyMap<string, string>;
  /** What looks like a rename is none. */
  readonly noRename: boolean;
  /** Tables and columns may go, with what they hold. */
  readonly allowDrop: boolean;
  /** `t.c` → an SQL expression over the other columns. */
  readonly fill: ReadonlyMap<string, string>;
  readonly columnOrder: 'ignore' | 'strict';
  /** Names of views and triggers that cannot be used, folded: of the old schema, and of the new. */
  readonly broken?: { readonly before: ReadonlySet<string>; readonly after: ReadonlySet<string> };
}

/** What `generate` has come to. */
export type GenerateResult =
  /** The schemas are the same; what is told is cosmetic. */
  | { readonly kind: 'nothing'; readonly cosmetic: readonly Difference[] }
  | { readonly kind: 'refused'; readonly problems: readonly PlanProblem[] }
  | GeneratedPair;

/** A pair of files, as SQL without headers. */
export interface GeneratedPair {
  readonly kind: 'pair';
  readonly up: string;
  readonly down: string;
  /** What is different, as sentences: renames first. */
  readonly summary: readonly string[];
  readonly warnings: readonly Warning[];
  /** What the down cannot bring back, as sentences. */
  readonly losses: readonly string[];
}

/** The SQL that leads from one schema to another, and back. */
export function generate(before: Schema, after: Schema, options: GenerateOptions): GenerateResult {
  const { renames, problems: unclear } = resolveRenames(before, after, options.renames);
  const problems = [...unclear, ...unknownFills(before, after, options.fill)];
  if (problems.length > 0) return { kind: 'refused', problems };
  const told = meaningful(renames);
  const { schema: followed, renames: all } = underNewNames(before, after, told);
  const room = new Room(told, all);
  const displaced = [...displacedBy(before, told)].flatMap((key) => before.tables.get(key) ?? []);
  const missing = missingDecisions(followed, after, displaced, options, room);
  if (missing.length > 0) return { kind: 'refused', problems: missing };
  const differences = compareSchemas(followed, after, options);
  const real = differences.filter((each) => !each.cosmetic);
  if (
    real.length === 0 &&
    displaced.length === 0 &&
    told.tables.length + told.columns.length === 0
  ) {
    return { kind: 'nothing', cosmetic: differences };
  }
  const { broken = { before: new Set<string>(), after: new Set<string>() } } = options;
  const up = planChanges(before, after, told, options, broken.before);
  const down = planChanges(after, before, invertedRenames(told), options, broken.after);
  const losses = lossesOf(up);
  return {
    kind: 'pair',
    up: writeSql(stepsOf(up)),
    down: `${downHeader(losses)}${writeSql(stepsOf(down))}`,
    summary: [
      ...renameSentences(told),
      ...real.map((each) => sentenceOf(room.inOldNames(each, tableOf(each, followed)))),
    ],
    warnings: warningsOf(up, differences),
    losses,
  };
}

/** The table that a difference is about: an index's own. */
function tableOf({ object }: Difference, { indexes }: Schema): string {
  const index = object.kind === 'index' ? indexes.get(fold(object.name)) : undefined;
  return index?.table ?? object.name;
}

/** Without those that rename something to what it is called anyway. */
function meaningful({ tables, columns }: Renames): Renames {
  return {
    tables: tables.filter(({ from, to }) => from !== to),
    columns: columns.filter(({ from, to }) => from !== to),
  };
}

function renameSentences({ tables, columns }: Renames): readonly string[] {
  return [
    ...tables.map(({ from, to }) => `table \`${from}\` is renamed to \`${to}\``),
    ...columns.map(
      ({ tableAfter, from, to }) =>
        `column \`${from}\` of \`${tableAfter}\` is renamed to \`${to}\``,
    ),
  ];
}

function downHeader(losses: readonly string[]): string {
  if (losses.length === 0) return '';
  const lines = losses.map((each) => `--   ${oneLine(each)}\n`).join('');
  return `-- What this cannot bring back:\n${lines}\n`;
}

function warningsOf(changes: Changes, differences: readonly Difference[]): readonly Warning[] {
  const { after, followed, tables, created, renames } = changes;
  const oldOf = (name: string) => {
    const [was, is] = [followed.tables.get(fold(name)), after.tables.get(fold(name))];
    if (was?.kind !== 'table' || is?.kind !== 'table') return null;
    const columns = renames.columns.filter((each) => fold(each.tableAfter) === fold(name));
    const table = renames.tables.find((each) => fold(each.to) === fold(name))?.from ?? was.name;
    const oldNames = new Map(columns.map(({ from, to }) => [fold(to), from]));
    const fill = tables.find((each) => each.after === is)?.fill ?? new Map();
    return new OldTable(was, is, table, oldNames, fill);
  };
  return [
    ...tables.flatMap((change) => concernsOf(oldOf(change.after.name)!)),
    ...referenceConcerns(after, oldOf),
    ...created.indexes.flatMap((index) => {
      const old = oldOf(index.table);
      const known = isUnique(followed.indexes.get(fold(index.name)), index) ? 'known' : 'new';
      return old === null ? [] : (uniqueConcern(index, old, known) ?? []);
    }),
    ...differences
      .filter((each) => each.class === 'column-order')
      .flatMap(({ object }) =>
        orderDependents(after, object.name).map(({ kind, name, why }) => ({
          message: `The columns of \`${object.name}\` stand in another order than in the schema file, which the ${kind} \`${name}\` depends on: ${why}.`,
          query: null,
        })),
      ),
  ];
}

/** Whether an index that there was forbids what another one does. */
function isUnique(was: Index | undefined, { columns, where }: Index): boolean {
  const said = (index: Pick<Index, 'columns' | 'where'>) =>
    JSON.stringify([index.columns.map(({ expression }) => expression).sort(), index.where]);
  return was?.unique === true && said(was) === said({ columns, where });
}
