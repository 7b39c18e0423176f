import type { World } from './commands/project.ts';

/** The real clock, chance and user. Everything below `cli/` and `index.ts` is handed them. */
export const REAL_WORLD: Omit<World, 'confirm' | 'choose' | 'edit' | 'tell'> = {
  now: () => new Date(),
  // `performance` and node:crypto take milliseconds to load, and most commands need neither.
  ticks: () => Number(process.hrtime.bigint()) / 1e6,
  randomBytes: (count) => process.getBuiltinModule('node:crypto').randomBytes(count),
  by: () => `${userName()}@${process.getBuiltinModule('node:os').hostname()}`,
};

function userName(): string {
  try {
    return process.getBuiltinModule('node:os').userInfo().username;
  } catch {
    // A user id without a name, as in some containers.
    return 'unknown';
  }
}
