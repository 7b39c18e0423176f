import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as assert from 'uvu/assert';
import { type DowngradeOptions, downgrade as downgradeAs } from '../../lib/commands/downgrade.ts';
import type { Project, ProjectEvent } from '../../lib/commands/project.ts';
import { redo as redoAs } from '../../lib/commands/redo.ts';
import { repair } from '../../lib/commands/repair.ts';
import { stamp } from '../../lib/commands/stamp.ts';
import { sync as syncAs } from '../../lib/commands/sync.ts';
import { type UpgradeOptions, upgrade as upgradeAs } from '../../lib/commands/upgrade.ts';
import { moduleUrl, runChild } from '../support/child.ts';
import { type Bench, chain, stops, withProject } from '../support/commands.ts';
import { suite } from '../support/suite.ts';

const ABC = chain('a', 'b', 'c');

/** Runs commands, one after the other, as Bob in a process of his own. */
const BOB = `
  const [dir, path, commands] = process.argv.slice(1);
  const { REAL_WORLD } = await import(${moduleUrl('world.ts')});
  const { now, ticks, randomBytes } = REAL_WORLD;
  const world = { now, ticks, randomBytes, by: () => 'bob@host', confirm: () => null, edit: () => {}, tell: () => {} };
  const project = { cwd: dir, dir: dir + '/migrations', shownDir: 'migrations', database: { path, shown: 'app.db' },
    table: 'mig_log', schemaFile: null, lockTimeoutMs: 1000, ids: 'random', world };
  for (const [name, options] of JSON.parse(commands)) {
    const module = await import(${moduleUrl('commands/')} + name + '.ts');
    await module[name](project, options).catch((error) => console.error(error.message));
  }
`;

type Commands = readonly (readonly [name: string, options?: object])[];

function asBob({ dir, path }: Bench, commands: Commands): void {
  assert.is(runChild(BOB, [dir, path, JSON.stringify(commands)]).status, 0);
}

/** A clock by which every step takes so long that its transaction ends with it. */
function slowTicks(): () => number {
  let ms = 0;
  return () => (ms += 1_000);
}

/**
 * Ann’s project, in whose work something happens: when she has read and decided and is
 * about to write (0), or behind so many of her steps.
 */
function ann(bench: Bench, behind: number, happens: () => void): Project {
  let steps = 0;
  const tell = (event: ProjectEvent) => {
    if (event.kind === 'done' && ++steps === behind) happens();
  };
  const random = bench.project.world.randomBytes;
  return bench.as('ann@host', {
    tell,
    ticks: slowTicks(),
    randomBytes: (count) => {
      if (behind === 0) happens();
      return random(count);
    },
  });
}

/** Ann runs a command, and meanwhile Bob runs his. */
function both<T>(
  bench: Bench,
  first: (project: Project) => Promise<T>,
  commands: Commands,
  behind = 0,
): Promise<T> {
  return first(ann(bench, behind, () => asBob(bench, commands)));
}

const moves = ({
  steps,
}: {
  steps: readonly { direction: string; revision: string; status: string }[];
}) => steps.map((step) => `${step.direction} ${step.revision} ${step.status}`).join(', ');

for (const group of [true, false]) {
  const how = group ? 'transactions shared' : 'a transaction each';
  const upgrade = (project: Project, options: UpgradeOptions = {}) =>
    upgradeAs(project, { ...options, group });
  const downgrade = (project: Project, options: DowngradeOptions) =>
    downgradeAs(project, { ...options, group });
  const redo = (project: Project) => redoAs(project, { group });
  const sync = (project: Project) => syncAs(project, { group });

  suite(`two at one database, ${how}`, (test) => {
    test('two `upgrade`: each revision once, both succeed', () =>
      withProject(ABC, async (bench) => {
        const first = await both(bench, upgrade, [['upgrade']]);
        assert.equal([first.status, moves(first), first.after], ['done', '', ['c']]);
        assert.is(bench.log(), 'up a, up b, up c');
        assert.is(bench.tables(), 'a b c');
      }));
    test('two `upgrade`, half way', () =>
      withProject(ABC, async (bench) => {
        const first = await both(bench, upgrade, [['upgrade', { target: 'b' }]], 1);
        assert.equal([first.status, moves(first)], ['done', 'up a done, up c done']);
        assert.is(bench.log(), 'up a, up b, up c');
      }));
    test('two `downgrade -1` revert one revision between them', () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project);
        const back = (project: Project) => downgrade(project, { target: '-1' });
        const first = await both(bench, back, [['downgrade', { target: '-1' }]]);
        assert.equal([first.status, moves(first), first.after], ['done', '', ['b']]);
        assert.is(bench.log(), 'up a, up b, up c, down c');
      }));
    test('two `downgrade` to different targets', () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project);
        const back = (project: Project) => downgrade(project, { target: 'base' });
        await both(bench, back, [['downgrade', { target: 'b' }]]);
        assert.is(bench.log(), 'up a, up b, up c, down c, down b, down a');
      }));
    test('another branch’s revision in between is in nobody’s way', () =>
      withProject([...ABC, { id: 'x', parents: 'a' }], async (bench) => {
        const first = (project: Project) => upgrade(project, { target: 'c' });
        await both(bench, first, [['upgrade', { target: 'x' }]], 1);
        assert.is(bench.log(), 'up a, up x, up b, up c');
      }));
    test('--atomic, too: what is done by now is taken out of the one transaction', () =>
      withProject(ABC, async (bench) => {
        const first = (project: Project) => upgrade(project, { atomic: true });
        assert.is(moves(await both(bench, first, [['upgrade', { target: 'b' }]])), 'up c done');
        assert.is(bench.log(), 'up a, up b, up c');
      }));
    test('`redo`, and somebody who applies again what it has just reverted', () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project, { target: 'b' });
        const first = await both(bench, redo, [['upgrade', { target: 'b' }]], 1);
        assert.equal([first.status, moves(first)], ['done', 'down b done']);
        assert.is(bench.log(), 'up a, up b, down b, up b');
      }));

    interface Contrary {
      readonly name: string;
      readonly first: (project: Project) => Promise<unknown>;
      readonly second: Commands;
      readonly behind?: number;
      readonly says: RegExp;
      /** Behind `up a, up b`. */
      readonly log: string;
    }
    const contrary: readonly Contrary[] = [
      {
        name: '`upgrade` and `downgrade`',
        first: upgrade,
        second: [['downgrade', { target: '-1' }]],
        says: /^The database changed meanwhile: bob@host reverted b at /,
        log: 'down b',
      },
      {
        name: '`upgrade`, and `downgrade` of what it has just applied',
        first: upgrade,
        second: [['downgrade', { target: 'b' }]],
        behind: 1,
        says: /: bob@host reverted c at /,
        log: 'up c, down c',
      },
      {
        name: '`downgrade` and `upgrade`',
        first: (project) => downgrade(project, { target: 'base' }),
        second: [['upgrade', { target: 'c' }]],
        says: /: bob@host applied c at /,
        log: 'up c',
      },
      {
        name: '`downgrade` and `stamp`',
        first: (project) => downgrade(project, { target: '-1' }),
        second: [['stamp', { targets: ['c'] }]],
        says: /: bob@host stamped c at /,
        log: 'stamp c',
      },
      {
        name: '`upgrade` and a stamp that goes back',
        first: upgrade,
        second: [['stamp', { targets: ['a'] }]],
        says: /: bob@host unstamped b at /,
        log: 'unstamp b',
      },
      {
        name: 'there and back again',
        first: upgrade,
        second: [['upgrade'], ['downgrade', { target: 'b' }]],
        says: /: bob@host reverted d at /,
        log: 'up c, up d, down d, down c',
      },
      {
        name: '`redo` and anything',
        first: redo,
        second: [['upgrade', { target: 'c' }]],
        says: /: bob@host applied c at /,
        log: 'up c',
      },
      {
        name: '`sync` and `downgrade`',
        first: sync,
        second: [['downgrade', { target: 'a' }]],
        says: /: bob@host reverted b at /,
        log: 'down b',
      },
    ];
    for (const { name, first, second, behind, says, log } of contrary) {
      test(`${name}: the first stops, and says who did what`, () =>
        withProject([...ABC, { id: 'd', parents: 'c' }], async (bench) => {
          await upgrade(bench.project, { target: 'b' });
          const error = await stops('conflict', 5, () => both(bench, first, second, behind));
          assert.match(error.message, says);
          assert.match(error.hint!, /^Nothing more was run\./);
          assert.is((error.document as { status?: string }).status, 'failed');
          assert.is(bench.log(), `up a, up b, ${log}`);
        }));
    }
    test('a `repair` in between stops an upgrade', () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project, { target: 'b' });
        const repairs = ann(bench, 0, () => {
          bench.write({ id: 'b', parents: 'a', up: 'SELECT 1;' });
          asBob(bench, [['repair', { revisions: ['b'] }]]);
        });
        const error = await stops('conflict', 5, () => upgrade(repairs));
        assert.match(error.message, /: bob@host repaired b at /);
        assert.is(bench.log(), 'up a, up b, repair b');
      }));
    test('two `repair`: the second decision is not taken on old facts', () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project);
        bench.write({ id: 'b', parents: 'a', up: 'SELECT 1;' });
        const mend = { revisions: ['b'] };
        const error = await stops('conflict', 5, () =>
          both(bench, (project) => repair(project, mend), [['repair', mend]]),
        );
        assert.match(error.message, /: bob@host repaired b at /);
        assert.is(bench.log(), 'up a, up b, up c, repair b');
      }));
    const OFF = { id: 'b', parents: 'a', keys: ['transaction: off'] };
    test('a revision without a transaction that another broke off', () =>
      withProject(
        [...chain('a'), { ...OFF, up: 'CREATE TABLE b (x); SELECT * FROM nowhere;' }],
        async (bench) => {
          await upgrade(bench.project, { target: 'a' });
          const error = await stops('conflict', 5, () => both(bench, upgrade, [['upgrade']]));
          assert.match(error.message, /: bob@host (began|worked on) b at /);
          assert.is(bench.log(), 'up a, begin b, step b');
        },
      ));
    test('a revision without a transaction that another applied whole', () =>
      withProject([...chain('a'), OFF], async (bench) => {
        const first = await both(bench, upgrade, [['upgrade']]);
        assert.is(first.status, 'done');
        assert.is(bench.log(), 'up a, begin b, step b, up b');
      }));
    test('a database that was put back to an older copy meanwhile', () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project, { target: 'a' });
        const copy = join(bench.dir, 'older.db');
        copyFileSync(bench.path, copy);
        await upgrade(bench.project, { target: 'b' });
        const restored = ann(bench, 0, () => copyFileSync(copy, bench.path));
        const error = await stops('conflict', 5, () => upgrade(restored));
        assert.is(
          error.message,
          'The database is not the one that was read: its ledger is older now.',
        );
        assert.is(bench.log(), 'up a');
      }));
    test('a trigger of somebody’s on the ledger is an error, and no conflict', () =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project, { target: 'a' });
        bench.exec(
          "CREATE TRIGGER no AFTER INSERT ON mig_log BEGIN SELECT RAISE(ABORT, 'frozen until Monday'); END",
        );
        const error = await stops('database', 1, () => upgrade(bench.project));
        assert.match(error.message, /frozen until Monday/);
        assert.is(bench.tables(), 'a');
      }));
  });

  suite(`a locked database, ${how}`, (test) => {
    const holding = (use: (bench: Bench, holder: DatabaseSync) => Promise<void>) =>
      withProject(ABC, async (bench) => {
        await upgrade(bench.project, { target: 'a' });
        using holder = new DatabaseSync(bench.path);
        await use(bench, holder);
      });
    test('exit 6 past the lock timeout, and who wrote last', () =>
      holding(async (bench, holder) => {
        holder.exec('BEGIN IMMEDIATE');
        const error = await stops('locked', 6, () => upgrade(bench.project));
        assert.is(
          error.message,
          'app.db stayed locked for 0.1 s. The last that mig did to it: ann@host applied a at 2026-11-22T15:06:00.000Z',
        );
        assert.match(error.hint!, /`--lock-timeout 5m`/);
        assert.equal(
          (error.document as unknown as { steps: readonly { status: string }[] }).steps.map(
            (step) => step.status,
          ),
          ['failed', 'not-tried'],
        );
        assert.ok(
          bench.told.every(
            (event) => event.kind !== 'waiting' || event.lastMove?.startsWith('ann@host applied a'),
          ),
        );
        holder.exec('ROLLBACK');
        await upgrade(bench.project);
        assert.is(bench.tables(), 'a b c');
      }));
    for (const [name, command] of [
      ['downgrade', (project) => downgrade(project, { target: 'base' })],
      ['redo', (project) => redo(project)],
      ['sync', (project) => sync(project)],
      ['stamp', (project) => stamp(project, { targets: ['c'] })],
    ] as readonly (readonly [string, (project: Project) => Promise<unknown>])[]) {
      test(`${name}: exit 6`, () =>
        holding(async (bench, holder) => {
          holder.exec('BEGIN IMMEDIATE');
          await stops('locked', 6, () => command(bench.project));
          holder.exec('ROLLBACK');
          assert.is(bench.log(), 'up a');
        }));
    }
    test('released in time: it goes on', () =>
      holding(async (bench, holder) => {
        holder.exec('BEGIN IMMEDIATE');
        const tell = (event: ProjectEvent) => {
          if (event.kind === 'waiting' && holder.isTransaction) holder.exec('ROLLBACK');
          bench.told.push(event);
        };
        const patient = bench.as('ann@host', { tell }, { lockTimeoutMs: 30_000 });
        assert.is((await upgrade(patient)).status, 'done');
        assert.ok(bench.told.some((event) => event.kind === 'waiting'));
        assert.is(bench.tables(), 'a b c');
      }));
    test('a reader is in the way of the COMMIT: waited for, then given up', () =>
      holding(async (bench, holder) => {
        holder.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
        const reader = holder.prepare('SELECT x FROM t').iterate();
        reader.next();
        await stops('locked', 6, () => upgrade(bench.project));
        assert.is(bench.log(), 'up a');
        const tell = (event: ProjectEvent) => {
          if (event.kind === 'waiting') reader.return!();
        };
        await upgrade(bench.as('ann@host', { tell }, { lockTimeoutMs: 30_000 }));
        assert.is(bench.log(), 'up a, up b, up c');
      }));
    test('in the middle of a plan: what was done stays', () =>
      holding(async (bench, holder) => {
        const tell = (event: ProjectEvent) => {
          if (event.kind === 'done' && !holder.isTransaction) holder.exec('BEGIN IMMEDIATE');
        };
        const error = await stops('locked', 6, () =>
          upgrade(bench.as('ann@host', { tell, ticks: slowTicks() })),
        );
        assert.match(error.message, /ann@host applied b at /);
        assert.ok(
          error.excerpt.includes('applied before it: 1 (the database is at b)   not tried: 0'),
        );
        holder.exec('ROLLBACK');
        assert.is(bench.log(), 'up a, up b');
      }));
  });
}
