import { openScratch } from '../engine/sqlite-scratch.ts';
import { EXIT_OF, MigError, type Problem } from '../error.ts';
import type { Folder } from '../files/folder.ts';
import { withAncestors } from '../graph/graph.ts';
import { printHeader } from '../graph/header.ts';
import { sentenceOf } from '../schema/compare/difference.ts';
import { type GeneratedPair, type GenerateOptions, generate } from '../schema/generate/generate.ts';
import { oneLine } from '../schema/generate/sql-step.ts';
import type { Schema } from '../schema/model.ts';
import { fold } from '../schema/names.ts';
import {
  runSchemaFile,
  runScripts,
  type SchemaScript,
  schemaOf,
} from '../schema/read/materialise.ts';
import { type Fault, faultsOf, newAmong } from '../schema/validity.ts';
import { upScripts } from './build.ts';
import type { GeneratedDocument } from './documents.ts';
import { undoComment, writePair } from './new-revision.ts';
import type { PlacedRevision } from './place-revision.ts';
import type { Project } from './project.ts';
import { proveGenerated } from './prove-generated.ts';
import { requireSchemaFile, schemaScript } from './schema-file.ts';

export interface AutogenerateOptions {
  /** `old` → `new` for tables, `t.a` → `b` for columns. */
  readonly renames?: Readonly<Record<string, string>>;
  /** What looks like a rename is none. */
  readonly noRename?: boolean;
  /** Tables and columns may go, with what they hold. */
  readonly allowDrop?: boolean;
  /** `t.c` → an SQL expression, for the rows that are there. */
  readonly fill?: Readonly<Record<string, string>>;
  /** The order of columns and triggers counts. */
  readonly strictOrder?: boolean;
  /** Show what would be written, and write nothing. */
  readonly dryRun?: boolean;
}

/** Who was told of `--fill` by a revision that is written now may say it here, too late. */
const FILLS_NOTHING =
  '`--fill` had nothing to fill. A revision that is written already gets it when both of its files are deleted first.';

/**
 * Writes the pair that leads from what the revisions up to a place build to what the schema
 * file describes, and back, once it is proved.
 *
 * @throws MigError `autogenerate` where a flag is needed, `usage` where one names what is not
 *   there, `proof` where the pair does not do what it should: then nothing is written.
 */
export async function autogenerate(
  project: Project,
  folder: Folder,
  place: PlacedRevision,
  options: AutogenerateOptions,
): Promise<GeneratedDocument> {
  const schemaFile = requireSchemaFile(project);
  const scripts = scriptsBefore(folder, place);
  const { before, after, broken } = await bothSchemas(project, scripts, schemaScript(schemaFile));
  const hints = {
    renames: new Map(Object.entries(options.renames ?? {})),
    fill: new Map(Object.entries(options.fill ?? {})),
    columnOrder: options.strictOrder ? 'strict' : 'ignore',
  } as const;
  const generated = generate(before, after, {
    ...hints,
    broken,
    noRename: options.noRename ?? false,
    allowDrop: options.allowDrop ?? false,
  });
  if (generated.kind === 'refused') throw refusal(generated.problems, schemaFile.shown);
  if (generated.kind === 'nothing') {
    return {
      ...documentOf(null, place, []),
      notes: [
        `Nothing to do: the revisions build what ${schemaFile.shown} describes.`,
        ...generated.cosmetic.map((each) => `Only written otherwise: ${sentenceOf(each)}.`),
        ...(hints.fill.size === 0 ? [] : [FILLS_NOTHING]),
      ],
      differences: [],
      warnings: [],
    };
  }
  const proved = await proveGenerated(project, {
    before: scripts,
    target: after,
    up: generated.up,
    down: generated.down,
    ...hints,
  });
  return write(project, place, generated, proved, options);
}

function write(
  project: Project,
  place: PlacedRevision,
  generated: GeneratedPair,
  { notes, downFails }: Awaited<ReturnType<typeof proveGenerated>>,
  { dryRun }: AutogenerateOptions,
): GeneratedDocument {
  const { id, header, message } = place;
  const warned = downFails.map((each) => `-- ${oneLine(each)}\n`).join('');
  const downSql = `${undoComment(message)}${warned}${generated.down === '' ? '' : '\n'}${generated.down}`;
  const found = {
    notes: [
      ...place.notes,
      ...notes,
      ...generated.losses.map((each) => `The down cannot bring back: ${each}`),
    ],
    differences: generated.summary,
    warnings: generated.warnings,
  };
  if (dryRun) {
    // The files are all that is printed: what to look at stands beside them.
    for (const { message, query } of found.warnings) {
      project.world.tell({
        kind: 'warning',
        message: query === null ? message : `${message}\n  ${query}`,
      });
    }
    const up = `${printHeader(header)}\n${generated.up}`;
    return { ...documentOf(null, place, []), ...found, up, down: downSql };
  }
  const files = writePair(project, { id, header, upSql: `\n${generated.up}`, downSql });
  return { ...documentOf(id, place, files), ...found };
}

function documentOf(
  revision: string | null,
  { parents, notes }: PlacedRevision,
  files: readonly string[],
): GeneratedDocument {
  return { version: 1, command: 'revision', revision, parents, files, notes };
}

/** Everything that has run before the new revision does. */
function scriptsBefore(
  folder: Folder,
  { parents, depends }: PlacedRevision,
): readonly SchemaScript[] {
  const needed = withAncestors(folder.graph, [...parents, ...depends]);
  return upScripts(
    folder,
    folder.graph.order.filter((id) => needed.has(id)),
  );
}

/**
 * What the revisions build, and what the schema file describes.
 *
 * @throws MigError where the file is broken, and the revisions are not.
 */
async function bothSchemas(
  { table }: Project,
  scripts: readonly SchemaScript[],
  file: SchemaScript,
): Promise<Pick<Required<GenerateOptions>, 'broken'> & Record<'before' | 'after', Schema>> {
  await using revisions = await openScratch({ table, from: 'empty' });
  await using desired = await openScratch({ table, from: 'empty' });
  await runScripts(revisions, scripts);
  const before = await schemaOf(revisions);
  const after = await runSchemaFile(desired, file);
  const known = await faultsOf(revisions, before);
  const left = await faultsOf(desired, after);
  const faults = newAmong(left, known);
  if (faults.length === 0) {
    return { before, after, broken: { before: namesOf(known), after: namesOf(left) } };
  }
  throw errorOf(
    faults.map((each) => ({ code: 'failed', message: each.message, file: file.file })),
    `${file.file} describes a schema that is broken, in ${faults.length} places.`,
    'Mend it; nothing was written.',
  );
}

/** The views and triggers among what is broken, folded. */
function namesOf(faults: readonly Fault[]): ReadonlySet<string> {
  const objects = faults.filter(({ kind }) => kind === 'view' || kind === 'trigger');
  return new Set(objects.map(({ name }) => fold(name)));
}

function refusal(problems: readonly Problem[], file: string): MigError {
  return errorOf(
    problems,
    `${problems.length} things have to be decided before ${file} can be reached.`,
    'Nothing was written. Each says which flag decides it.',
  );
}

/** One problem as it is; several under a sentence, with the exit code of the first. */
function errorOf(problems: readonly Problem[], message: string, hint: string): MigError {
  const [first] = problems;
  if (problems.length === 1) return new MigError(first!);
  const code = problems.find((each) => EXIT_OF[each.code] === 2)?.code ?? first!.code;
  return new MigError({ code, message, hint }, { problems });
}
