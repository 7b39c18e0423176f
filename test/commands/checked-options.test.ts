import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { OPTIONS_OF } from '../../lib/commands/checked-options.ts';
import { type ErrorCode, MigError } from '../../lib/error.ts';
import { createMig, createSnapshot, type Mig } from '../../lib/index.ts';
import { chain, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';
import { thrownBy } from '../support/temp.ts';

type Call = (options: unknown) => Promise<unknown>;
type Row = readonly [options: unknown, code: ErrorCode, message: RegExp];

/** What code without types may hand in. */
const NONSENSE: readonly unknown[] = [
  '',
  '\0',
  'a\0b',
  7,
  -1,
  1.5,
  Number.NaN,
  1n,
  null,
  true,
  {},
  { x: 1 },
  [],
  [7],
  ['', '\0'],
  Symbol('x'),
  () => 1,
  new Map(),
];

/** Anything may be thrown but what is no error of mig's. */
async function refusesOrRuns(what: string, action: () => unknown): Promise<void> {
  try {
    await action();
  } catch (error) {
    assert.instance(error, MigError, `${what}: ${String(error)}`);
  }
}

const nameOf = (value: unknown) =>
  typeof value === 'bigint' ? '1n' : (JSON.stringify(value) ?? String(value));

suite('the options of createMig', (test) => {
  const rows: readonly Row[] = [
    [null, 'usage', /^The options of `createMig` have to be an object\.$/],
    ['app.db', 'usage', /have to be an object/],
    [[], 'usage', /have to be an object/],
    [{ databse: 'app.db' }, 'unknown-option', /^`createMig` has no option `databse`\.$/],
    [{ toString: 'x' }, 'unknown-option', /`toString`/],
    [{ database: 7 }, 'usage', /^`database` .* has to be a path, a URL or a DatabaseSync\.$/],
    [{ database: '' }, 'usage', /`database`/],
    [{ database: {} }, 'usage', /`database`/],
    [{ dir: null }, 'usage', /^`dir` of `createMig` has to be a text without NUL/],
    [{ dir: '' }, 'usage', /`dir` .* not empty/],
    [{ cwd: 'a\0b' }, 'usage', /`cwd`/],
    [{ table: 7 }, 'usage', /`table`/],
    [{ table: '' }, 'usage', /`table`/],
    [{ table: 'sqlite_log' }, 'setting', /^The ledger's table cannot be called sqlite_log\.$/],
    [{ table: 'a\nb' }, 'setting', /control characters/],
    [{ schemaFile: '' }, 'usage', /`schemaFile`/],
    [{ lockTimeout: 30 }, 'usage', /`lockTimeout`/],
    [{ lockTimeout: 'soon' }, 'setting', /`soon` is no time/],
    [{ ids: 'uuid' }, 'usage', /^`ids` .* has to be `random` or `timestamp`\.$/],
    [{ onEvent: 'x' }, 'usage', /^`onEvent` .* has to be a function\.$/],
    [{ world: 7 }, 'usage', /^`world` .* has to be an object\.$/],
    [{ world: { now: 7 } }, 'usage', /^`now` of `world` has to be a function\.$/],
    [{ world: { clock: 7 } }, 'unknown-option', /^`world` has no option `clock`\.$/],
  ];
  for (const [options, code, message] of rows) {
    test(nameOf(options), async () => {
      const error = await thrownBy(MigError, () => createMig(options as object));
      assert.is(error.code, code);
      assert.match(error.message, message);
    });
  }

  test('what is undefined counts as left out', () => {
    createMig({ database: undefined, dir: undefined, world: undefined } as object);
  });
});

suite('the options of createSnapshot', (test) => {
  const rows: readonly Row[] = [
    [null, 'usage', /`createSnapshot`/],
    [{ database: 'app.db' }, 'unknown-option', /no option `database`/],
    [{ seed: 'x' }, 'usage', /^`seed` of `createSnapshot` has to be a function\.$/],
    [{ target: 7 }, 'usage', /`target`/],
    [{ table: 'sqlite_x' }, 'setting', /sqlite_x/],
    [{ dir: join(import.meta.dirname, 'nowhere') }, 'setting', /nowhere/],
  ];
  for (const [options, code, message] of rows) {
    test(nameOf(options), async () => {
      const error = await thrownBy(MigError, () => createSnapshot(options as object));
      assert.is(error.code, code);
      assert.match(error.message, message);
    });
  }
});

suite('the options of the library’s functions', (test) => {
  const rows: readonly (readonly [name: keyof Mig, ...Row])[] = [
    ['upgrade', { dryrun: true }, 'unknown-option', /^`upgrade` has no option `dryrun`\.$/],
    ['upgrade', { dryRun: 'no' }, 'usage', /^`dryRun` of `upgrade` has to be true or false\.$/],
    ['upgrade', 'head', 'usage', /^The options of `upgrade` have to be an object\.$/],
    ['upgrade', { backup: '\0' }, 'usage', /^`backup` .* true, false or a text/],
    ['downgrade', {}, 'usage', /^`downgrade` needs `target`\.$/],
    ['downgrade', undefined, 'usage', /needs `target`/],
    ['downgrade', { target: -1 }, 'usage', /`target`/],
    ['stamp', { targets: 'head' }, 'usage', /^`targets` of `stamp` has to be a list of texts/],
    ['redo', { count: 1.5 }, 'usage', /^`count` of `redo` has to be a whole number above 0\.$/],
    ['init', { database: 7 }, 'usage', /`database`/],
    ['graph', { format: 'png' }, 'usage', /^`format` .* `text` or `mermaid` or/],
    ['revision', { autogenerate: { drop: true } }, 'unknown-option', /`autogenerate` has no/],
    ['revision', { autogenerate: { fill: ['x'] } }, 'usage', /^`fill` .* an object of texts/],
  ];
  for (const [name, options, code, message] of rows) {
    test(`${name} ${nameOf(options)}`, async () => {
      const call = createMig()[name] as Call;
      const error = await thrownBy(MigError, () => call(options));
      assert.is(error.code, code);
      assert.match(error.message, message);
    });
  }

  test('are known for every function', () => {
    assert.equal(Object.keys(OPTIONS_OF).sort(), Object.keys(createMig()).sort());
  });

  for (const [name, kinds] of Object.entries(OPTIONS_OF)) {
    test(`${name} rejects with a MigError, whatever is handed in`, () =>
      withProject(chain('a', 'b'), async ({ dir }) => {
        writeFileSync(join(dir, 'file'), 'x');
        const others = { cwd: dir, database: 'app.db', lockTimeout: '0' };
        const mig = createMig(others);
        for (const value of [...NONSENSE, 'x'.repeat(300), '.', 'file', 'file/x']) {
          const call = mig[name as keyof Mig] as Call;
          await refusesOrRuns(`${name}(${String(value)})`, () => call(value));
          for (const key of Object.keys(kinds)) {
            const needed = { target: 'base', targets: ['a'], revisions: ['a'], source: 'file' };
            const known = Object.entries(needed).filter(([other]) => other in kinds);
            const options = { ...Object.fromEntries(known), [key]: value };
            await refusesOrRuns(`${name} ${key} ${String(value)}`, () => call(options));
          }
        }
      }));
  }

  const places: readonly Parameters<typeof createMig>[0][] = [
    { dir: 'file' },
    { dir: 'file/x' },
    { dir: 'nowhere' },
    { database: 'file' },
    { database: 'file/x' },
    { database: 'nowhere/app.db' },
    { database: 'migrations' },
    { schemaFile: 'migrations' },
    { schemaFile: 'nowhere' },
    { table: 'a' },
    { table: '"\'; --' },
  ];
  for (const place of places) {
    test(`reject with a MigError where ${nameOf(place)}`, () =>
      withProject(chain('a', 'b'), async ({ dir }) => {
        writeFileSync(join(dir, 'file'), 'x');
        const needed = { target: 'base', targets: ['a'], revisions: ['a'], source: 'file' };
        for (const [name, kinds] of Object.entries(OPTIONS_OF)) {
          const known = Object.entries(needed).filter(([key]) => key in kinds);
          const options = name === 'dump' ? {} : Object.fromEntries(known);
          await refusesOrRuns(name, () =>
            (createMig({ cwd: dir, ...place })[name as keyof Mig] as Call)(options),
          );
        }
      }));
  }
});
