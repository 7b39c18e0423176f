import { existsSync } from 'node:fs';
import { type DatabaseLocation, locateDatabase } from '../engine/location.ts';
import { openScratch } from '../engine/sqlite-scratch.ts';
import { EXIT_OF } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { shownPath } from '../files/names.ts';
import { inOrder, withAncestors } from '../graph/graph.ts';
import { resolveRevisions } from '../graph/target.ts';
import { quoted } from '../schema/names.ts';
import { isGood } from '../schema/prove/proof.ts';
import { type RoundFinding, runRound } from '../schema/prove/round.ts';
import { readSchema } from '../schema/read/read.ts';
import type { Scratch } from '../schema/scratch.ts';
import { faultsOf } from '../schema/validity.ts';
import { positionAt } from '../sql/statements.ts';
import { scriptOf } from './build.ts';
import type { Finding, TestDocument } from './documents.ts';
import { placed } from './findings.ts';
import { noDatabase, type Project } from './project.ts';
import { appliedByLedger, proofDocument, proveHeads, refusalOf } from './prove.ts';
import { readFiles } from './situation.ts';

export interface TestOptions {
  /** Only what comes after this revision. */
  readonly since?: string;
  /** Run what is pending on a copy of this database. */
  readonly on?: string;
}

/** More merges than this are not proved, newest first: each runs the history below it again. */
const MOST_MERGES = 20;

/** Runs every revision up, down and up again in a database that is thrown away. */
export async function test(project: Project, options: TestOptions = {}): Promise<TestDocument> {
  const folder = readFiles(project);
  const { graph } = folder;
  const location = options.on === undefined ? null : databaseOf(project, options.on);
  const from = location === null ? 'empty' : { ...location, lockTimeoutMs: project.lockTimeoutMs };
  const applied = from === 'empty' ? new Set<string>() : await appliedByLedger(project, from);
  const before =
    options.since === undefined
      ? new Set<string>()
      : withAncestors(graph, resolveRevisions(graph, options.since));
  const pending = graph.order.filter((id) => !applied.has(id));
  const wanted = new Set(pending.filter((id) => !before.has(id)));

  await using scratch = await openScratch({ table: project.table, from });
  const rowsBefore = location === null ? null : await rowCounts(scratch);
  const findings: Finding[] = [];
  const known = new Set<string>(location === null ? [] : await faultMessages(scratch));
  const tested = new Set<string>();
  const oneWay: string[] = [];
  let stopped: string | null = null;
  for (const revision of pending) {
    const scripts = roundScripts(folder, revision);
    const isWanted = wanted.has(revision);
    const round = await runRound(scratch, isWanted ? scripts : { ...scripts, down: null }, known);
    const told = round.findings.filter((each) => isWanted || each.code === 'up-fails');
    findings.push(...told.map((each) => findingOf(revision, each)));
    if (isWanted) tested.add(revision);
    if (isWanted && scripts.down === null) oneWay.push(revision);
    if (round.isUp) continue;
    stopped = revision;
    break;
  }
  const rowsAfter = location === null ? null : await rowCounts(scratch);
  const merges = await mergeFindings(project, folder, tested, location !== null);
  return documentOf({
    findings: [...findings, ...merges.findings],
    notes: [
      ...(stopped === null || stopped === pending.at(-1)
        ? []
        : [`Nothing was tested behind ${stopped}`]),
      ...(oneWay.length === 0
        ? []
        : [`There is no way back, so only up was run: ${oneWay.join(' ')}`]),
      ...merges.notes,
    ],
    tested: inOrder(graph, tested),
    ...(rowsBefore === null || rowsAfter === null
      ? {}
      : { tables: compared(rowsBefore, rowsAfter) }),
  });
}

function databaseOf({ cwd }: Project, url: string): DatabaseLocation {
  const location = locateDatabase(url, cwd, cwd);
  if (existsSync(location.path)) return location;
  throw noDatabase(location, 'Without `--on`, the revisions run in an empty one.');
}

function documentOf(
  content: Pick<TestDocument, 'findings' | 'notes' | 'tested' | 'tables'>,
): TestDocument {
  const errors = content.findings.filter((each) => each.severity === 'error');
  const document: TestDocument = {
    version: 1,
    command: 'test',
    ok: errors.length === 0,
    ...content,
  };
  if (document.ok) return document;
  const message = `${errors.length} ${errors.length === 1 ? 'test' : 'tests'} failed.`;
  return { ...document, error: { code: 'check-failed', message, exit: EXIT_OF['check-failed'] } };
}

/** Both files of a revision, as a round runs them. */
function roundScripts(folder: Folder, revision: string) {
  const { up, down } = folder.revisions.get(revision)!;
  return {
    revision,
    up: scriptOf(folder, revision, up),
    down: down === null ? null : scriptOf(folder, revision, down),
  };
}

function findingOf(revision: string, each: RoundFinding): Finding {
  const { code, severity, message, script, offset } = each;
  const place = offset === null ? null : positionAt(script.sql, offset);
  return {
    code,
    severity,
    message,
    revision,
    ...placed({ file: script.file, ...place }),
  };
}

/** Merge points are reached by every order of their branches. */
async function mergeFindings(
  project: Project,
  folder: Folder,
  tested: ReadonlySet<string>,
  onCopy: boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly notes: readonly string[] }> {
  const { graph } = folder;
  const all = inOrder(graph, tested).filter((id) => graph.nodes.get(id)!.parents.length > 1);
  // A copy has rows, but also revisions of the branches: orders are for an empty database.
  if (onCopy) {
    const note = 'On a copy, merges are not run in every order of their branches.';
    return { findings: [], notes: all.length === 0 ? [] : [note] };
  }
  const merges = all.slice(-MOST_MERGES);
  const findings: Finding[] = [];
  for (const id of merges) {
    const { parents } = graph.nodes.get(id)!;
    const proof = await proveHeads(project, folder, parents);
    if (isGood(proof)) continue;
    const file = shownPath(folder.shown, folder.revisions.get(id)!.up.path);
    findings.push({
      code: 'merge-order',
      message: `${id} joins what does not commute. ${refusalOf(proof, parents)}`,
      severity: 'error',
      revision: id,
      ...placed({ file }),
    });
    for (const each of proofDocument(proof).findings) findings.push({ ...each, severity: 'error' });
  }
  const left = all.length - merges.length;
  const notes =
    left === 0
      ? []
      : [`Of ${all.length} merges, the orders of the newest ${merges.length} were run.`];
  return { findings, notes };
}

/** What is broken in the database before anything runs is nobody's fault here. */
async function faultMessages(scratch: Scratch): Promise<readonly string[]> {
  const faults = await faultsOf(scratch, readSchema(await scratch.inspect()));
  return faults.map((each) => each.message);
}

type Counts = ReadonlyMap<string, number>;

async function rowCounts(scratch: Scratch): Promise<Counts> {
  const { tables } = readSchema(await scratch.inspect());
  const counts = new Map<string, number>();
  for (const { name } of tables.values()) {
    const [row] = await scratch.query(`SELECT count(*) AS "rows" FROM main.${quoted(name)}`);
    counts.set(name, Number(row!.rows));
  }
  return counts;
}

function compared(before: Counts, after: Counts): NonNullable<TestDocument['tables']> {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((table) => ({
    table,
    before: before.get(table) ?? null,
    after: after.get(table) ?? null,
  }));
}
