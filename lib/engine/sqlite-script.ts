import {
  COLUMNS,
  columnsOf,
  createLedgerSql,
  type Fact,
  ledgerAddress,
  nextSeqSql,
  type Seq,
} from '../ledger/row.ts';
import { quoted, literal as textLiteral } from '../schema/names.ts';
import { statements } from '../sql/statements.ts';
import { Blocks, runsAlone } from '../sql/stepwise.ts';
import { tokens } from '../sql/tokens.ts';
import type { Script, Step, StepwiseScript } from './engine.ts';

/** What a script for the sqlite3 program is made of. */
interface ScriptPlan {
  readonly table: string;
  /** First lines, as comments. */
  readonly title: readonly string[];
  readonly steps: readonly ScriptStep[];
  readonly expects: Expectation;
  /** One transaction for all of it. */
  readonly atomic: boolean;
  readonly run: string;
  readonly by: string;
}

/** A step of the script, with the line that stands above it. */
export interface ScriptStep extends Step {
  readonly title: string;
}

/** The state that the script was written for, which it makes sure of before it does anything. */
export type Expectation =
  /** The database was read: its last row has this number (null: no ledger yet). */
  | { readonly kind: 'seen'; readonly seq: Seq | null }
  /** It was not: these revisions, and no others, have to be applied. */
  | { readonly kind: 'applied'; readonly revisions: readonly string[] };

/**
 * Writes a plan as a script for the sqlite3 program: `sqlite3 app.db < script.sql` leaves
 * what running the plan would leave, ledger included, and stops at the first error with
 * nothing of the failing revision done.
 *
 * `.bail on` has to be the first line: without it the program goes on after a failed
 * compare-and-swap, and applies the DDL.
 */
export function sqliteScript(plan: ScriptPlan): string {
  const temp = tempOf(plan);
  const lines = ['.bail on', ...plan.title.map((line) => `-- ${line}`)];
  lines.push(
    'PRAGMA foreign_keys = OFF;',
    `CREATE TEMP TABLE ${temp.seen} (seq INTEGER);`,
    `CREATE TEMP TABLE ${temp.guard} (`,
    '  holds INTEGER NOT NULL,',
    '  CONSTRAINT "the database is not in the state that this script was written for" CHECK (holds)',
    ');',
    `CREATE TEMP TABLE ${temp.foreignKeys} (`,
    '  new_violations INTEGER NOT NULL,',
    '  CONSTRAINT "foreign keys do not hold after this revision" CHECK (new_violations = 0)',
    ');',
    `CREATE TEMP TABLE ${temp.violations} (child TEXT, parent TEXT, fkid INTEGER, violations INTEGER);`,
  );
  for (const [index, step] of plan.steps.entries()) {
    const first = index === 0 ? expectation(plan) : [];
    lines.push('', `-- ${step.title}`);
    if (step.script?.stepwise !== undefined) {
      const script = { ...step.script, ...step.script.stepwise };
      // As one: no call takes the lines of a file of 40,000 statements as its arguments.
      lines.push(stepwiseLines(plan, step, script, first).join('\n'));
      continue;
    }
    const isLast = index === plan.steps.length - 1;
    if (index === 0 || !plan.atomic) lines.push(...beginning(step.script));
    lines.push(...first);
    if (step.script !== undefined) lines.push(...scriptLines(temp, step.script));
    for (const fact of step.facts) lines.push(...ledgerLines(plan, fact));
    if (isLast || !plan.atomic) lines.push('COMMIT;', ...ending(step.script));
  }
  return `${lines.join('\n')}\n`;
}

/** The script's own tables, by names that no revision can mean: a TEMP table hides another. */
interface Temp {
  readonly seen: string;
  readonly guard: string;
  readonly foreignKeys: string;
  readonly violations: string;
}

function tempOf({ run }: ScriptPlan): Temp {
  const named = (name: string) => quoted(`mig_${name}_${run}`);
  return {
    seen: named('seen'),
    guard: named('guard'),
    foreignKeys: named('foreign_keys'),
    violations: named('violations'),
  };
}

/**
 * Where a script cannot be handed to the sqlite3 program: it reads lines without the CR of
 * a CRLF, so that a text with a CRLF in it would become another. Offset, or null.
 */
export function lineEndInText(sql: string): number | null {
  for (const token of tokens(sql)) {
    if (token.kind !== 'string' && token.kind !== 'quoted') continue;
    const at = sql.slice(token.start, token.end).indexOf('\r\n');
    if (at !== -1) return token.start + at;
  }
  return null;
}

function beginning(script: Script | undefined): string[] {
  return script?.foreignKeys === 'on'
    ? ['PRAGMA foreign_keys = ON;', 'BEGIN IMMEDIATE;']
    : ['BEGIN IMMEDIATE;'];
}

function ending(script: Pick<Script, 'foreignKeys'> | undefined): string[] {
  return script?.foreignKeys === 'on' ? ['PRAGMA foreign_keys = OFF;'] : [];
}

function expectation(plan: ScriptPlan): string[] {
  const { table, expects, run, by } = plan;
  const { seen, guard } = tempOf(plan);
  const address = ledgerAddress(table);
  const init = { ...columnsOf({ op: 'init' }), run, by };
  const create = [
    `${createLedgerSql(table)};`,
    insertion(table, '0', init, `WHERE NOT EXISTS (SELECT 1 FROM ${address})`),
  ];
  const sure = (condition: string) => `INSERT INTO temp.${guard} SELECT coalesce(${condition}, 0);`;
  const remember = `INSERT INTO temp.${seen} SELECT max(seq) FROM ${address};`;
  if (expects.kind === 'applied') {
    return [...create, sure(appliedIs(address, expects.revisions)), remember];
  }
  if (expects.seq === null) {
    return [
      ...create,
      sure(`(SELECT max(seq) = 0 AND run = ${literal(run)} FROM ${address})`),
      remember,
    ];
  }
  return [sure(`(SELECT max(seq) = ${expects.seq} FROM ${address})`), remember];
}

/**
 * The last word of the ledger on each revision says whether it is applied. In SQLite, the
 * columns beside a max() are of the row that has it.
 */
function appliedIs(address: string, revisions: readonly string[]): string {
  return `(SELECT group_concat(revision, ' ') FROM (
    SELECT revision FROM (
      SELECT revision, op, max(seq) FROM ${address}
       WHERE op IN ('up', 'down', 'stamp', 'unstamp') GROUP BY revision)
     WHERE op IN ('up', 'stamp') ORDER BY revision)) IS ${revisions.length === 0 ? 'NULL' : literal([...revisions].sort().join(' '))}`;
}

/** The check says nothing of a parent that is not there, as long as no row points at it. */
const VIOLATIONS = [
  '    SELECT "table" AS child, parent, fkid FROM pragma_foreign_key_check',
  '    UNION ALL SELECT m.name, f."table", f.id',
  "      FROM main.sqlite_schema AS m, pragma_foreign_key_list(m.name, 'main') AS f",
  "      WHERE m.type = 'table' AND m.sql LIKE '%REFERENCES%' AND f.seq = 0 AND NOT EXISTS (",
  '        SELECT 1 FROM main.sqlite_schema WHERE type = \'table\' AND name = f."table" COLLATE NOCASE)',
].join('\n');
const COUNT_VIOLATIONS = `SELECT child, parent, fkid, count(*) AS violations FROM (
${VIOLATIONS}) GROUP BY 1, 2, 3`;

function rememberViolations({ violations }: Temp): string[] {
  return [`DELETE FROM temp.${violations};`, `INSERT INTO temp.${violations} ${COUNT_VIOLATIONS};`];
}

function refuseNewViolations({ foreignKeys, violations }: Temp): string[] {
  return [
    `INSERT INTO temp.${foreignKeys} SELECT count(*) FROM (${COUNT_VIOLATIONS}) AS now`,
    `  WHERE now.violations > coalesce((SELECT violations FROM temp.${violations} AS old`,
    '    WHERE old.child = now.child AND old.parent IS now.parent AND old.fkid = now.fkid), 0);',
  ];
}

function scriptLines(temp: Temp, { sql, foreignKeys }: Script): string[] {
  const text = forShell(sql);
  if (text === null) return [];
  if (foreignKeys === 'on') return [text];
  return [...rememberViolations(temp), text, ...refuseNewViolations(temp)];
}

/** A file with `transaction: off`: each statement with its row, as the runner does it. */
function stepwiseLines(
  plan: ScriptPlan,
  { facts }: ScriptStep,
  script: StepwiseScript,
  first: readonly string[],
): string[] {
  const temp = tempOf(plan);
  const { sql, revision, direction, checksum } = script;
  const about = { revision, direction, checksum };
  const alone = (...lines: readonly string[]) => ['BEGIN IMMEDIATE;', ...lines, 'COMMIT;'];
  const lines = alone(...first, ...ledgerLines(plan, { op: 'begin', ...about }));
  const byHand = script.foreignKeys !== 'on';
  if (byHand) lines.push(...rememberViolations(temp));
  else lines.unshift('PRAGMA foreign_keys = ON;');
  const blocks = new Blocks();
  for (const [step, statement] of [...statements(sql)].entries()) {
    const text = forShell(sql.slice(statement.start, statement.end))!;
    const row = ledgerLines(plan, { op: 'step', step, ...about });
    if (blocks.after(sql, statement)) lines.push(text, ...row);
    else if (runsAlone(sql, statement)) lines.push(text, ...alone(...row));
    else lines.push(...alone(text, ...row));
  }
  if (byHand) lines.push(...refuseNewViolations(temp));
  lines.push(...alone(...facts.flatMap((fact) => ledgerLines(plan, fact))));
  return [...lines, ...ending(script)];
}

/**
 * A file's SQL so that the sqlite3 program reads it as SQLite would: the last statement
 * closed, and no line that the program takes for a terminator (`/` and `go`). Null when
 * there is no statement in it.
 */
function forShell(sql: string): string | null {
  const all = [...statements(sql)];
  const last = all.at(-1);
  if (last === undefined) return null;
  const text = withoutTerminators(sql).replaceAll('\r\n', '\n').trimEnd();
  return sql[last.end - 1] === ';' ? text : `${text}\n;`;
}

/** A comment before it makes a line of `/` or `go` no terminator; one behind it would not. */
function withoutTerminators(sql: string): string {
  let text = '';
  let done = 0;
  for (const { start, end } of tokens(sql)) {
    if (!/^(\/|go)$/i.test(sql.slice(start, end)) || !isAlone(sql, start, end)) continue;
    text += `${sql.slice(done, start)}/**/ `;
    done = start;
  }
  return text + sql.slice(done);
}

/** Whether nothing else stands on the line of a token; comments behind it do not count. */
function isAlone(sql: string, start: number, end: number): boolean {
  const lineEnd = sql.indexOf('\n', end);
  const before = sql.slice(sql.lastIndexOf('\n', start - 1) + 1, start);
  const behind = sql.slice(end, lineEnd === -1 ? sql.length : lineEnd).trim();
  return before.trim() === '' && (behind === '' || /^(--|\/\*)/.test(behind));
}

function ledgerLines(plan: ScriptPlan, fact: Fact): string[] {
  const { table, run, by } = plan;
  const { seen } = tempOf(plan);
  const next = nextSeqSql(table, `(SELECT seq FROM temp.${seen})`);
  return [
    insertion(table, next, { ...columnsOf(fact), run, by }),
    `UPDATE temp.${seen} SET seq = seq + 1;`,
  ];
}

function insertion(
  table: string,
  seq: string,
  values: Readonly<Record<string, string | number | null>>,
  condition = '',
): string {
  const names = COLUMNS.map(([name]) => name).filter(
    (name) => name !== 'seq' && values[name] != null,
  );
  const columns = ['seq', 'at', ...names].map(quoted).join(', ');
  const now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
  const list = [seq, now, ...names.map((name) => literal(values[name]!))].join(',\n  ');
  return (
    `INSERT INTO ${ledgerAddress(table)} (${columns})\n  SELECT ${list} ${condition}`.trimEnd() +
    ';'
  );
}

/** Characters of which one stands in for a CR, which the sqlite3 program would drop. */
const STAND_INS = ['\u240d', '\u2190', '\u21b5', '\ue00d', '\uf8ff'];

function literal(value: string | number): string {
  if (typeof value === 'number') return String(value);
  if (!value.includes('\r')) return textLiteral(value);
  const standIn = STAND_INS.find((each) => !value.includes(each)) ?? '\uf8fe';
  return `replace(${textLiteral(value.replaceAll('\r', standIn))}, '${standIn}', char(13))`;
}
