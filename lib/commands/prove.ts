import { existsSync } from 'node:fs';
import { locateDatabase } from '../engine/location.ts';
import { SqliteEngine } from '../engine/sqlite.ts';
import type { SqliteLocation } from '../engine/sqlite-connection.ts';
import { openScratch } from '../engine/sqlite-scratch.ts';
import { MigError } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { divergenceOf, MOST_HEADS_IN_EVERY_ORDER, ordersOf } from '../graph/divergence.ts';
import { foldLedger } from '../ledger/fold.ts';
import { finding, isGood, type Proof, type ProofFinding } from '../schema/prove/proof.ts';
import { prove } from '../schema/prove/prove.ts';
import { positionAt } from '../sql/statements.ts';
import { upScripts } from './build.ts';
import type { ProofDocument } from './documents.ts';
import { placed } from './findings.ts';
import { noDatabase, type Project } from './project.ts';

/** The moment at which clocks stand while ends are compared: any will do, if it is one. */
const FROZEN_AT = '2000-01-01 00:00:00';

interface ProofOptions {
  /** A database of which a copy is used instead of an empty one. */
  readonly on?: string | undefined;
}

/**
 * Proves that the branches of some heads commute. Beyond four heads, every two of them are
 * proved, too.
 *
 * @throws MigError when what the heads share does not run, or `on` has a part of a branch.
 */
export async function proveHeads(
  project: Project,
  folder: Pick<Folder, 'graph' | 'revisions' | 'shown'>,
  heads: readonly string[],
  options: ProofOptions = {},
): Promise<Proof> {
  const proof = await proveTogether(project, folder, heads, options);
  if (heads.length <= MOST_HEADS_IN_EVERY_ORDER || !isGood(proof)) return proof;
  for (const [index, first] of heads.entries()) {
    for (const second of heads.slice(index + 1)) {
      const ofTwo = await proveTogether(project, folder, [first, second], options);
      if (!isGood(ofTwo)) return ofTwo;
    }
  }
  const message = `Of ${heads.length} heads, every two were run in every order, and all together in two.`;
  const others = proof.findings.filter(({ code }) => code !== 'limit');
  return { ...proof, findings: [...others, finding('limit', message)] };
}

async function proveTogether(
  project: Project,
  folder: Pick<Folder, 'graph' | 'revisions' | 'shown'>,
  heads: readonly string[],
  { on }: ProofOptions,
): Promise<Proof> {
  const { graph } = folder;
  const divergence = divergenceOf(graph, heads);
  const location = on === undefined ? null : locateDatabase(on, project.cwd, project.cwd);
  if (location !== null && location.path !== ':memory:' && !existsSync(location.path)) {
    throw noDatabase(location, 'Without `--on`, an empty one is used.');
  }
  const from = location === null ? 'empty' : { ...location, lockTimeoutMs: project.lockTimeoutMs };
  const applied = from === 'empty' ? new Set<string>() : await appliedByLedger(project, from);
  const early = divergence.branches.flat().find((id) => applied.has(id));
  if (early !== undefined) {
    throw new MigError({
      code: 'usage',
      message: `${location?.shown} has ${early} already, so it cannot tell what another order would do.`,
      hint: 'Take a database from before the branches parted, or leave out `--on`.',
      revision: early,
    });
  }
  const scripts = new Map(upScripts(folder).map((script) => [script.revision!, script]));
  return prove({
    divergence,
    orders: ordersOf(graph, divergence),
    scriptOf: (id) => scripts.get(id)!,
    open: ({ frozen }) =>
      openScratch({ table: project.table, from, ...(frozen ? { frozenAt: FROZEN_AT } : {}) }),
    applied,
  });
}

/** A proof as it goes into a document. */
export function proofDocument({ verdict, claim, findings, suggestion }: Proof): ProofDocument {
  return {
    verdict,
    claim,
    findings: findings.map(findingDocument),
    ...(suggestion === null ? {} : { suggestion }),
  };
}

/** Why branches are not joined, as the sentence of an error. */
export function refusalOf({ verdict }: Proof, heads: readonly string[]): string {
  const names = heads.join(' and ');
  switch (verdict) {
    case 'order-dependent':
      return `The order of ${names} matters: one fails where another is fine.`;
    case 'conflict':
      return `${names} do not go together: every order fails.`;
    default:
      return `${names} do not commute: what comes out depends on their order.`;
  }
}

function findingDocument(each: ProofFinding): ProofDocument['findings'][number] {
  const { code, message, order, script, offset } = each;
  const place = script === null || offset === null ? null : positionAt(script.sql, offset);
  return {
    code,
    message,
    order,
    revision: script?.revision ?? null,
    ...placed({ file: script?.file, ...place }),
  };
}

/** The revisions that a database has, by its ledger. */
export async function appliedByLedger(
  { table }: Project,
  location: SqliteLocation,
): Promise<ReadonlySet<string>> {
  await using engine = new SqliteEngine({ ...location, table });
  return new Set(foldLedger(await engine.readLog()).applied.keys());
}
