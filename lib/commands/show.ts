import type { Engine } from '../engine/engine.ts';
import { MigError } from '../error.ts';
import { type Graph, maximal } from '../graph/graph.ts';
import { bomLength, parseHeader } from '../graph/header.ts';
import { type ResolveOptions, resolveRevisions } from '../graph/target.ts';
import { revisionDocument } from './describe.ts';
import type { ShowDocument, ShownRevision } from './documents.ts';
import { viewOfFiles } from './history.ts';
import { openEngine, type Project } from './project.ts';
import { readSituation, type Situation } from './situation.ts';

/** Everything about some revisions, their SQL included; from the ledger where a file is gone. */
export async function show(
  project: Project,
  { revisions }: { readonly revisions: readonly string[] },
): Promise<ShowDocument> {
  if (project.database === null) return showFiles(project, revisions);
  await using engine = openEngine(project);
  const situation = await readSituation(project, engine);
  const current = maximal(situation.graphs.union, situation.state.applied);
  const ids = unique(
    revisions.flatMap((text) => resolveSome(situation.graphs.union, text, { current })),
  );
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

function showFiles(project: Project, revisions: readonly string[]): ShowDocument {
  const { view } = viewOfFiles(project);
  if (revisions.some((text) => /^(.*@)?current\b/.test(text))) {
    openEngine(project);
  }
  const ids = unique(revisions.flatMap((text) => resolveSome(view.graphs.files, text)));
  return {
    version: 1,
    command: 'show',
    revisions: ids.map((id) => ({
      ...revisionDocument(view, id),
      ...sqlOf(view.folder.revisions.get(id)!),
    })),
  };
}

/** The revisions that a text names, of which there has to be one: `base` has nothing to show. */
function resolveSome(graph: Graph, text: string, options: ResolveOptions = {}): readonly string[] {
  const ids = resolveRevisions(graph, text, options);
  if (ids.length > 0) return ids;
  throw new MigError({
    code: 'unknown-revision',
    message: `\`${text}\` names no revision.`,
    hint: '`mig history` lists the revisions.',
  });
}

type Sql = Pick<ShownRevision, 'up' | 'down' | 'irreversible'>;

function sqlOf(revision: {
  readonly up: { readonly text: string; readonly sqlStart: number };
  readonly down: { readonly text: string; readonly sqlStart: number } | null;
  readonly irreversible: string | null;
}): Sql {
  const { up, down, irreversible } = revision;
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
  const down = files.down;
  return {
    irreversible: up.header.irreversible,
    up: files.up.slice(up.sqlStart),
    down:
      down === null
        ? null
        : down.slice(Math.max(parseHeader(down, 'down').sqlStart, bomLength(down))),
  };
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
