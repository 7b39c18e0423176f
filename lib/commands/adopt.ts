import { existsSync } from 'node:fs';
import { type DatabaseLocation, locateDatabase } from '../engine/location.ts';
import { headerNumbers } from '../engine/sqlite-inspect.ts';
import { openScratch } from '../engine/sqlite-scratch.ts';
import { MigError } from '../error.ts';
import { type Folder, readFolder, requireSound } from '../files/folder.ts';
import type { NewFile } from '../files/write.ts';
import { type ForeignKeys, headerOf } from '../graph/header.ts';
import { createdAt } from '../graph/id.ts';
import { foldLedger } from '../ledger/fold.ts';
import { compareSchemas } from '../schema/compare/compare.ts';
import { sentenceOf } from '../schema/compare/difference.ts';
import { dropsOf } from '../schema/drops.ts';
import { dumpSchema } from '../schema/dump.ts';
import { HEADER_NUMBERS_SQL, type HeaderNumbers } from '../schema/header-numbers.ts';
import type { Schema } from '../schema/model.ts';
import { schemaOf } from '../schema/read/materialise.ts';
import { failureOf, type Scratch, ScratchError } from '../schema/scratch.ts';
import { type Fault, faultsOf } from '../schema/validity.ts';
import { readDatabase } from './dump.ts';
import { excerptAt } from './excerpt.ts';
import { checkedMessage, pairFiles } from './new-revision.ts';
import { type LeftOut, withoutOtherTools } from './other-tools.ts';
import { newId } from './place-revision.ts';
import { noDatabase, openEngine, type Project } from './project.ts';

export interface AdoptOptions {
  /** The database, as `--database` takes it. */
  readonly fromDatabase: string;
  readonly message?: string;
  readonly revId?: string;
}

/** The first revision of a database that is there already: proved, and not written yet. */
interface Adopted {
  readonly database: DatabaseLocation;
  readonly revision: string;
  /** The pair, and the schema file where one is wanted and not there. */
  readonly files: readonly NewFile[];
  readonly notes: readonly string[];
}

/**
 * Writes, in memory, the revision that makes the schema of a database: run in an empty one it
 * makes the same, and its down leaves nothing.
 *
 * @throws MigError `exists` where there are revisions or a ledger already; `proof` where the
 *   schema cannot be made again.
 */
export async function adopt(project: Project, options: AdoptOptions): Promise<Adopted> {
  const database = existing(locateDatabase(options.fromDatabase, project.cwd, project.cwd));
  const folder = requireNoRevisions(project);
  await requireNoLedger({ ...project, database });
  const { schema, leftOut } = withoutOtherTools(readDatabase(project, database));
  const schemaSql = dumpSchema(schema);
  if (schemaSql === '') {
    throw new MigError({
      code: 'usage',
      message: `${database.shown} has no tables that a revision could make.`,
      hint: 'Without `--from-database`, `mig init` begins with nothing.',
    });
  }
  const numbers = headerNumbers({ ...database, lockTimeoutMs: project.lockTimeoutMs });
  const { up, down } = pragmasOf(numbers);
  const upSql = `${schemaSql}${up}`;
  const downSql = `-- Drops everything that was there when mig came, with all rows.\n${dropsOf(schema)}${down}`;
  const { foreignKeys, faults } = await prove(project, database, {
    schema,
    numbers,
    upSql,
    downSql,
  });

  const message = checkedMessage(options.message ?? 'Initial schema');
  const revision = newId(project, folder, options.revId);
  const header = headerOf({
    parents: [],
    message: message === '' ? null : message,
    created: createdAt(project.world.now()),
    depends: [],
    labels: [],
    foreignKeys,
  });
  const pair = pairFiles(project, { id: revision, header, upSql, downSql });
  const { schemaFile } = project;
  const notes = [
    ...leftOut.map(leftOutNote),
    ...faults.map(({ message }) =>
      leftOut.some(({ table }) => message.includes(table))
        ? `Broken without what is left out: ${message}`
        : `Broken in ${database.shown}, and made as it is: ${message}`,
    ),
    ...(foreignKeys === 'on' ? [ENFORCED] : []),
  ];
  if (schemaFile === null) return { database, revision, files: pair, notes };
  if (!existsSync(schemaFile.path)) {
    return { database, revision, files: [...pair, { ...schemaFile, text: schemaSql }], notes };
  }
  const stays = `${schemaFile.shown} stays as it is: \`mig check\` says whether it is the same schema.`;
  return { database, revision, files: pair, notes: [...notes, stays] };
}

/** What sets the numbers of the header, and sets them back; nothing where nobody set them. */
function pragmasOf(numbers: HeaderNumbers): { readonly up: string; readonly down: string } {
  const set = Object.entries(numbers).filter(([, value]) => value !== 0);
  if (set.length === 0) return { up: '', down: '' };
  const up = set.map(([name, value]) => `PRAGMA ${name} = ${value};\n`).join('');
  return {
    up: `\n-- Numbers in the database's header, by which a program may know it.\n${up}`,
    down: set.map(([name]) => `PRAGMA ${name} = 0;\n`).join(''),
  };
}

function existing(database: DatabaseLocation): DatabaseLocation {
  if (existsSync(database.path)) return database;
  throw noDatabase(database, '`--from-database` takes a database that is there already.');
}

function requireNoRevisions({ dir, shownDir }: Project): Pick<Folder, 'revisions'> {
  if (!existsSync(dir)) return { revisions: new Map() };
  const folder = requireSound(readFolder(dir, shownDir));
  const { size } = folder.revisions;
  if (size === 0) return folder;
  throw new MigError({
    code: 'exists',
    message: `${shownDir} has ${size} ${size === 1 ? 'revision' : 'revisions'} already, and this would be the first.`,
    hint: 'Where the database is what they build, `mig stamp head` says so. Else name another folder: `mig init DIR`.',
  });
}

async function requireNoLedger(project: Project): Promise<void> {
  await using engine = await openEngine(project);
  const rows = await engine.readLog();
  if (rows.length === 0) return;
  const { size } = foldLedger(rows).applied;
  throw new MigError({
    code: 'exists',
    message: `${project.database!.shown} has mig’s table ${project.table} already, with ${size} ${size === 1 ? 'revision' : 'revisions'} applied.`,
    hint:
      size === 0
        ? '`mig stamp` says what it has. Nothing else is needed.'
        : '`mig pull` writes their files, after a `mig init` without `--from-database`.',
  });
}

interface Proposed {
  readonly schema: Schema;
  readonly numbers: HeaderNumbers;
  readonly upSql: string;
  readonly downSql: string;
}

interface Proved {
  /** What the header of the up file has to say. */
  readonly foreignKeys: ForeignKeys;
  /** What does not work in the database itself. */
  readonly faults: readonly Fault[];
}

const ENFORCED =
  'The revision says `foreign_keys: on`: only so a table can be made whose foreign key leads nowhere.';

/**
 * Up makes what the database has, to the order of its columns, and down leaves nothing. Both
 * run as `upgrade` and `downgrade` run them.
 */
async function prove(
  { table }: Project,
  { shown }: DatabaseLocation,
  { schema, numbers, upSql, downSql }: Proposed,
): Promise<Proved> {
  const open = () => openScratch({ table, from: 'empty' });
  const foreignKeys = await neededFor(upSql, open);
  await using scratch = await open();
  await run(scratch, upSql, foreignKeys, shown);
  const made = await schemaOf(scratch);
  const differences = compareSchemas(schema, made, { columnOrder: 'strict' });
  const [header] = await scratch.query(HEADER_NUMBERS_SQL);
  const wrong = Object.entries(numbers)
    .filter(([name, value]) => header![name] !== value)
    .map(([name]) => `\`PRAGMA ${name}\` is another`);
  const faults = await faultsOf(scratch, made);
  await run(scratch, downSql, 'auto', shown);
  const left = (await scratch.inspect()).map(({ type, name }) => `${type} \`${name}\` is left`);
  const found = [...differences.map(sentenceOf), ...wrong, ...left];
  if (found.length === 0) return { foreignKeys, faults };
  throw new MigError({
    code: 'proof',
    message: `The schema of ${shown} does not come out the same in an empty database: ${found.join('; ')}.`,
    hint: 'Nothing was written. This is a defect of mig: please report it with the CREATE statements.',
  });
}

/** `on` where SQL runs only so, and else what goes without saying. */
async function neededFor(sql: string, open: () => Promise<Scratch>): Promise<ForeignKeys> {
  const runs = async (foreignKeys: ForeignKeys) => {
    await using scratch = await open();
    return (await failureOf(() => scratch.exec(sql, { foreignKeys }))) === null;
  };
  return !(await runs('auto')) && (await runs('on')) ? 'on' : 'auto';
}

async function run(
  scratch: Scratch,
  sql: string,
  foreignKeys: ForeignKeys,
  shown: string,
): Promise<void> {
  try {
    await scratch.exec(sql, { foreignKeys });
  } catch (error) {
    if (!(error instanceof ScratchError)) throw error;
    const isQuoted = /should this be a string literal/.test(error.message);
    throw new MigError(
      {
        code: 'proof',
        message: `A part of the schema of ${shown} cannot be made again: ${error.message}`,
        hint: `${isQuoted ? 'In the SQLite of this Node a text in double quotes is a name: it has to stand in single quotes. ' : ''}Mend it in the database, or write the first revision by hand from \`mig dump\` and stamp it. Nothing was written.`,
      },
      {
        cause: error,
        headline: `A part of the schema of ${shown} cannot be made again:`,
        excerpt: excerptAt(sql, error.place?.offset ?? 0, error.message),
      },
    );
  }
}

function leftOutNote({ table, tool }: LeftOut): string {
  return `Left out: \`${table}\`, the table of ${tool}. \`mig import\` takes over what it knows, from the files of that tool.`;
}
