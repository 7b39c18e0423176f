import { CHECKING } from './bare.ts';
import { LARGE, memoryRow } from './command-rows.ts';
import { SQLITE3, sqlite3Floor } from './floor.ts';
import { chain, TABLES, writeHistory } from './histories.ts';
import { atMostTimes, type Contender, medians, type Row, thousands, timeRow } from './measure.ts';
import type { Tools } from './peer-tools.ts';
import { peersFor } from './peers.ts';
import { EMPTY, emptyScript, fresh, HAS_SQLITE3, mig, removeDatabase } from './programs.ts';

/** What a fresh upgrade is held against; `most` is what it may take of its time. */
interface Rival {
  readonly name: string;
  readonly contender: Contender;
  readonly most?: number;
}

/** Of the floor's time, by the number of revisions. */
const MOST_OF_FLOOR: Readonly<Record<number, number>> = { 1000: 1.5, [LARGE]: 1.2 };

/** From nothing to all, beside the floor and the peers; and again with nothing left to do. */
export function upgradeRows(
  dir: string,
  { size, times, tools }: { size: number; times: number; tools: () => Tools },
): readonly Row[] {
  writeHistory(dir, chain(size));
  const args = ['upgrade', '-d', 'app.db'];
  const upgrade = mig(dir, args);
  upgrade.run();
  const rivals = rivalsOf(dir, size, tools);
  const [empty, idle, checking] = medians(Math.max(times, 5), [
    emptyScript(dir),
    upgrade,
    CHECKING.contender(dir),
  ]);
  const contenders = [fresh(dir, upgrade), ...rivals.map(({ contender }) => contender)];
  const [own, ...theirs] = medians(times, contenders);
  const nothing = `upgrade, ${thousands(size)} applied, nothing to do`;
  const memory = size < LARGE ? [] : memoryRows(dir, args, size);
  return [
    ...rivals.map(({ name, most }, index) => {
      const its = theirs[index]!;
      const row = timeRow(`fresh upgrade of ${thousands(size)}`, own!, name, its);
      return most === undefined ? row : { ...row, goal: atMostTimes(most, own! / its) };
    }),
    {
      ...timeRow(nothing, idle!, EMPTY, empty!),
      ...(size === 1_000 ? { goal: atMostTimes(2, idle! / empty!) } : {}),
    },
    timeRow(nothing, idle!, CHECKING.name, checking!),
    ...memory,
  ];
}

function memoryRows(dir: string, args: readonly string[], size: number): readonly Row[] {
  removeDatabase(dir);
  return [`a fresh upgrade of ${thousands(size)}`, `upgrade, ${thousands(size)} applied`].map(
    (what) => memoryRow(dir, args, what),
  );
}

/**
 * The floor; and, unless it takes minutes, one transaction a revision, and the peers.
 *
 * @param dir has an `app.db` with all applied.
 */
function rivalsOf(dir: string, size: number, tools: () => Tools): readonly Rival[] {
  const most = MOST_OF_FLOOR[size];
  const floor = {
    name: SQLITE3,
    contender: fresh(dir, sqlite3Floor(dir, size, TABLES)),
    ...(most === undefined ? {} : { most }),
  };
  const floors = HAS_SQLITE3 ? [floor] : [];
  if (size >= LARGE) return floors;
  const apart = mig(dir, ['upgrade', '-d', 'app.db', '--no-group']);
  return [
    ...floors,
    { name: 'mig upgrade --no-group', contender: fresh(dir, apart) },
    ...peersFor(tools(), dir, size).map(({ name, upgrade }) => ({
      name,
      contender: upgrade,
      most: name.startsWith('dbmate') && size === 1_000 ? 0.2 : 1,
    })),
  ];
}
