import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { hasProgram, type Ran, runProgram } from './program.ts';
import { documentOf } from './project.ts';
import { inTemp } from './temp.ts';

/** A worked case of autogenerate; README beside the shared cases says what each key means. */
export interface DiffCase {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly rows: string;
  readonly expect: Outcome;
  readonly also?: readonly Outcome[];
  readonly expect_strict_order?: Outcome;
  readonly options?: {
    readonly renames?: Readonly<Record<string, string>>;
    readonly fill?: Readonly<Record<string, string>>;
    readonly allow_drop?: boolean;
    readonly no_rename?: boolean;
    readonly column_order?: string;
  };
  readonly preserves?: readonly { readonly query: string; readonly query_after?: string }[];
  readonly probes?: readonly Probe[];
  readonly apply?: 'error' | 'fk_error';
  readonly down?: 'error';
}

type Outcome = 'auto' | 'rebuild' | 'none' | 'refuse';
type Probe =
  | { readonly sql: string; readonly expect: 'ok' | 'error' }
  | { readonly query: string; readonly rows: readonly (readonly unknown[])[] };

/** How mig is called: as the built program, or inside the test's own process. */
export type Mig = (dir: string, args: readonly string[]) => Ran | Promise<Ran>;

/** The flags that a case asks for. */
export function flagsOf({ options = {} }: DiffCase): readonly string[] {
  const { renames = {}, fill = {}, allow_drop, no_rename, column_order } = options;
  return [
    ...Object.entries(renames).flatMap(([from, to]) => ['--rename', `${from}=${to}`]),
    ...Object.entries(fill).flatMap(([column, sql]) => ['--fill', `${column}=${sql}`]),
    ...(allow_drop ? ['--allow-drop'] : []),
    ...(no_rename ? ['--no-rename'] : []),
    ...(column_order === 'strict' ? ['--strict-order'] : []),
  ];
}

/** Runs a case on files and on a database with rows; returns what is wrong, as sentences. */
export async function faultsOfCase(one: DiffCase, mig: Mig): Promise<readonly string[]> {
  const faults: string[] = [];
  await inTemp(async (dir) => {
    writeFileSync(join(dir, 'schema.sql'), one.after);
    writeFileSync(
      join(dir, 'mig.json'),
      '{"schemaFile": "schema.sql", "database": "sqlite:app.db"}',
    );
    mkdirSync(join(dir, 'migrations'));
    expectOk(await mig(dir, ['revision', '-m', 'first', '--rev-id', 'aaaaaaaaaaaa']));
    append(dir, '.up.sql', one.before);
    expectOk(await mig(dir, ['upgrade']));
    withDatabase(dir, (db) => db.exec(one.rows));
    if (one.expect_strict_order !== undefined) {
      const ran = await mig(dir, [
        'revision',
        '--autogenerate',
        '-m',
        'x',
        '--dry-run',
        '--strict-order',
        '--json',
        ...flagsOf(one),
      ]);
      const outcome = outcomeOf(ran);
      if (outcome !== one.expect_strict_order)
        faults.push(`strict: ${outcome}: ${ran.stdout}${ran.stderr}`);
    }
    const ran = await mig(dir, [
      'revision',
      '--autogenerate',
      '-m',
      'x',
      '--json',
      '--rev-id',
      'bbbbbbbbbbbb',
      ...flagsOf(one),
    ]);
    const outcome = outcomeOf(ran, dir);
    if (outcome !== one.expect && !one.also?.includes(outcome)) {
      faults.push(`${outcome}, not ${one.expect}: ${ran.stdout}${ran.stderr}`);
    }
    if (outcome !== 'auto' && outcome !== 'rebuild') return;
    faults.push(...(await rowsFaults(dir, one, mig)));
    faults.push(...(await oldEngineFaults(dir, one)));
  });
  return faults;
}

async function rowsFaults(dir: string, one: DiffCase, mig: Mig): Promise<readonly string[]> {
  const faults: string[] = [];
  const seen = (after: 'before' | 'after') =>
    withDatabase(dir, (db) =>
      (one.preserves ?? []).map(({ query, query_after }) =>
        rowsOf(db, after === 'after' ? (query_after ?? query) : query),
      ),
    );
  const before = seen('before');
  const up = await mig(dir, ['upgrade']);
  if (one.apply !== undefined) {
    if (up.status === 0) faults.push('the up should have failed');
    if (!same(seen('before'), before)) faults.push('the up that failed left something');
    return faults;
  }
  if (up.status !== 0) return [`the up fails: ${up.stderr}`];
  if (!same(seen('after'), before))
    faults.push(`rows differ after up: ${show(before)} ${show(seen('after'))}`);
  const probed = withDatabase(dir, (db) => {
    db.exec('PRAGMA foreign_keys = ON; SAVEPOINT probes');
    const found = (one.probes ?? []).flatMap((probe) => probeFaults(db, probe));
    db.exec('ROLLBACK TO probes; RELEASE probes');
    return found;
  });
  faults.push(...probed);
  const down = await mig(dir, ['downgrade', '-1', '--yes']);
  if (one.down === 'error') {
    if (down.status === 0) faults.push('the down should have failed');
    if (!same(seen('after'), before)) faults.push('the down that failed left something');
    return faults;
  }
  if (down.status !== 0) return [...faults, `the down fails: ${down.stderr}`];
  if (!same(seen('before'), before))
    faults.push(`rows differ after down: ${show(before)} ${show(seen('before'))}`);
  return faults;
}

/** Both files by the machine's sqlite3 program, which is older than Node's. */
async function oldEngineFaults(dir: string, one: DiffCase): Promise<readonly string[]> {
  if (one.apply === 'error' || !hasProgram('sqlite3')) return [];
  const folder = join(dir, 'migrations');
  const [down, up] = readdirSync(folder)
    .filter((name) => name.startsWith('bbbb'))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  const script = (...rest: readonly string[]) =>
    ['.bail on', one.before, one.rows, up, 'SELECT count(*) FROM sqlite_schema;', ...rest].join(
      '\n',
    );
  const ran = runProgram(dir, 'sqlite3', [':memory:'], {
    input: script(...(one.down === 'error' ? [] : [down!])),
  });
  return ran.status === 0 && ran.stderr === '' ? [] : [`sqlite3: ${ran.stderr}`];
}

function probeFaults(db: DatabaseSync, probe: Probe): readonly string[] {
  if ('query' in probe) {
    const rows = rowsOf(db, probe.query);
    return same(rows, probe.rows) ? [] : [`${probe.query}: ${show(rows)}`];
  }
  try {
    db.exec(probe.sql);
    return probe.expect === 'ok' ? [] : [`${probe.sql} should fail`];
  } catch (error) {
    return probe.expect === 'error' ? [] : [`${probe.sql}: ${(error as Error).message}`];
  }
}

/** What the generated up file does: it rebuilds a table when it drops one and puts another in its place. */
function outcomeOf(ran: Ran, dir?: string): Outcome {
  if (ran.status !== 0) return 'refuse';
  const document = documentOf(ran) as { revision: string | null; files: string[]; up?: string };
  if (document.revision === null && document.up === undefined) return 'none';
  const up = document.up ?? readFileSync(join(dir!, document.files[0]!), 'utf8');
  return /is rebuilt, because/.test(up) ? 'rebuild' : 'auto';
}

function append(dir: string, ending: string, sql: string): void {
  const folder = join(dir, 'migrations');
  const name = readdirSync(folder).find((each) => each.endsWith(ending))!;
  const path = join(folder, name);
  writeFileSync(path, `${readFileSync(path, 'utf8')}${sql}\n`);
}

function expectOk(ran: Ran): void {
  if (ran.status !== 0) throw new Error(`${ran.stdout}${ran.stderr}`);
}

function withDatabase<T>(dir: string, action: (db: DatabaseSync) => T): T {
  const db = new DatabaseSync(join(dir, 'app.db'), { enableForeignKeyConstraints: false });
  try {
    return action(db);
  } finally {
    db.close();
  }
}

function rowsOf(db: DatabaseSync, query: string): unknown {
  const statement = db.prepare(query);
  statement.setReadBigInts(true);
  // Two columns may have one name.
  statement.setReturnArrays(true);
  return (statement.all() as unknown as readonly (readonly unknown[])[]).map((row) =>
    row.map((value) =>
      typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value,
    ),
  );
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint' ? `${each}n` : each,
  );
}

function same(a: unknown, b: unknown): boolean {
  return show(a) === show(b);
}
