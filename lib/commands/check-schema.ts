import { openScratch } from '../engine/sqlite-scratch.ts';
import { MigError } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { compareSchemas } from '../schema/compare/compare.ts';
import { creationOf } from '../schema/compare/creation.ts';
import { type Difference, type ObjectKind, subjectOf } from '../schema/compare/difference.ts';
import { orderDependents } from '../schema/compare/order-matters.ts';
import type { Schema } from '../schema/model.ts';
import {
  runSchemaFile,
  runScripts,
  type SchemaScript,
  schemaOf,
} from '../schema/read/materialise.ts';
import { type Fault, newFaultsOf } from '../schema/validity.ts';
import { positionAt } from '../sql/statements.ts';
import { upScripts } from './build.ts';
import type { Finding } from './documents.ts';
import { placed, problemFinding } from './findings.ts';
import type { Project } from './project.ts';
import { schemaScript } from './schema-file.ts';

export interface CheckSchemaOptions {
  /** The order of columns and of triggers counts, too. */
  readonly strictOrder?: boolean;
}

/**
 * How the schema file differs from what the revisions build, one finding a difference; empty
 * where none is set.
 *
 * @param folder sound, with statements that may run.
 * @throws MigError where the schema file cannot be read.
 */
export async function checkSchema(
  project: Project,
  folder: Folder,
  { strictOrder = false }: CheckSchemaOptions,
): Promise<readonly Finding[]> {
  if (project.schemaFile === null) return [];
  const script = schemaScript(project.schemaFile);
  await using revisions = await openScratch({ table: project.table, from: 'empty' });
  await using desired = await openScratch({ table: project.table, from: 'empty' });
  const found: Finding[] = [];
  const built = await orFinding(found, async () => {
    await runScripts(revisions, upScripts(folder));
    return await schemaOf(revisions);
  });
  const wanted = await orFinding(found, () => runSchemaFile(desired, script));
  if (built === null || wanted === null) return found;
  const columnOrder = strictOrder ? 'strict' : 'ignore';
  const differences = compareSchemas(built, wanted, { columnOrder });
  // What is broken on both sides alike is for `mig test` to find.
  if (differences.length === 0) return [];
  const faults = await newFaultsOf([revisions, built], [desired, wanted]);
  return [
    ...faults.map((each) => faultFinding(each, script)),
    ...differences.map((each) => differenceFinding(each, script, wanted)),
  ];
}

async function orFinding<T>(found: Finding[], action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof MigError) || error.code !== 'failed') throw error;
    found.push(problemFinding('error', error));
    return null;
  }
}

function faultFinding({ kind, name, message }: Fault, script: SchemaScript): Finding {
  const kinds: Readonly<Partial<Record<Fault['kind'], ObjectKind>>> = {
    view: 'view',
    trigger: 'trigger',
  };
  return {
    code: 'broken',
    severity: 'error',
    message,
    revision: null,
    ...placeOf({ kind: kinds[kind] ?? 'table', name }, script),
  };
}

function differenceFinding(difference: Difference, script: SchemaScript, wanted: Schema): Finding {
  const { object, cosmetic } = difference;
  return {
    code: 'schema-differs',
    severity: cosmetic ? 'warning' : 'error',
    message: `${sentenceOf(difference, script.file!)}${mattersTo(difference, wanted)}`,
    revision: null,
    ...placeOf(object, script),
  };
}

/** A difference as somebody sees it who holds the file in one hand and the revisions in the other. */
function sentenceOf(difference: Difference, file: string): string {
  const { change, aspect, before, after } = difference;
  const subject = subjectOf(difference);
  if (change === 'added') return `${file} has ${subject}, which no revision makes.`;
  if (change === 'removed') return `The revisions make ${subject}, which is not in ${file}.`;
  const what = `${subject[0]!.toUpperCase()}${subject.slice(1)}`;
  if (aspect === 'definition') return `${what} is another in ${file} than in the revisions.`;
  if (before === 'no' && after === 'yes') return `${what} is ${aspect} only in ${file}.`;
  if (before === 'yes' && after === 'no') return `${what} is ${aspect} only in the revisions.`;
  return `${what}: ${aspect} ${after ?? 'none'} in ${file}, ${before ?? 'none'} in the revisions.`;
}

/** Where the order of columns is more than looks. */
function mattersTo({ class: kind, object }: Difference, wanted: Schema): string {
  if (kind !== 'column-order') return '';
  return orderDependents(wanted, object.name)
    .map((each) => ` It matters to the ${each.kind} \`${each.name}\` (${each.why}).`)
    .join('');
}

function placeOf(object: Difference['object'], { sql, file }: SchemaScript) {
  const offset = creationOf(sql, object);
  return placed({ file, ...(offset === null ? {} : positionAt(sql, offset)) });
}
