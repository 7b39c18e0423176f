import type { Engine } from '../engine/engine.ts';
import { MigError } from '../error.ts';
import { maximal } from '../graph/graph.ts';
import { parseHeader } from '../graph/header.ts';
import type { Revision } from '../graph/revision.ts';
import { saysCurrent } from '../graph/target.ts';
import { revisionDocument } from './describe.ts';
import type { ShowDocument, ShownRevision } from './documents.ts';
import { namedRevisions } from './named.ts';
import { overviewOfFiles } from './overview.ts';
import { openEngine, type Project } from './project.ts';
import { readSituation, type Situation } from './situation.ts';

/** Everything about some revisions, their SQL included; from the ledger where a file is gone. */
export async function show(
  project: Project,
  { revisions }: { readonly revisions: readonly string[] },
): Promise<ShowDocument> {
  if (project.database === null) return showFiles(project, revisions);
  await using engine = await openEngine(project);
  const situation = await readSituation(project, engine);
  const current = maximal(situation.graphs.union, situation.state.applied);
  const ids = namedRevisions(situation.graphs.union, revisions, { current });
  const shown: ShownRevision[] = [];
  for (const id of ids) {
    const files = situation.folder.revisions.get(id);
    shown.push({
      ...revisionDocument(situation, id),
      ...(files === undefined ? await storedSql(engine, situation, id) : sqlOf(files)),
    });
  }
  return { version: 1, command: 'show', revisions: shown };
}

async function showFiles(project: Project, revisions: readonly string[]): Promise<ShowDocument> {
  const { overview } = overviewOfFiles(project);
  if (revisions.some(saysCurrent)) {
    // Says which database is missing.
    await openEngine(project);
  }
  const ids = namedRevisions(overview.graphs.files, revisions);
  return {
    version: 1,
    command: 'show',
    revisions: ids.map((id) => ({
      ...revisionDocument(overview, id),
      ...sqlOf(overview.folder.revisions.get(id)!),
    })),
  };
}

type Sql = Pick<ShownRevision, 'up' | 'down' | 'irreversible'>;

function sqlOf({ up, down, irreversible }: Revision): Sql {
  return {
    irreversible,
    up: up.text.slice(up.sqlStart),
    down: down === null ? null : down.text.slice(down.sqlStart),
  };
}

async function storedSql(engine: Engine, { ledger }: Situation, id: string): Promise<Sql> {
  const { filesSeq } = ledger.applied.get(id)!;
  const files = (await engine.readFiles([filesSeq])).get(filesSeq);
  if (files === undefined) {
    throw new MigError({
      code: 'ledger',
      message: `The ledger has no files for ${id}`,
      revision: id,
    });
  }
  const up = parseHeader(files.up, 'up');
  const { down } = files;
  return {
    irreversible: up.header.irreversible,
    up: files.up.slice(up.sqlStart),
    down: down === null ? null : down.slice(parseHeader(down, 'down').sqlStart),
  };
}
