import { suite as uvuSuite } from 'uvu';

/**
 * uvu, made safe: a suite runs by itself (a forgotten `.run()` would be green), every test
 * has a time limit, and what was declared is counted against what passed, so that a hook
 * that throws or a leftover `only` cannot hide a test. The runner reads the counts.
 */
export type Test = (name: string, check: () => void | Promise<void>) => void;

export interface Counts {
  declared: number;
  passed: number;
}

const TIME_LIMIT_MS = 60_000;

declare global {
  var migTestCounts: Counts | undefined;
}

export function counts(): Counts {
  globalThis.migTestCounts ??= { declared: 0, passed: 0 };
  return globalThis.migTestCounts;
}

/** Declares a suite and has it run. */
export function suite(
  name: string,
  declare: (test: Test) => void,
  { timeLimitMs = TIME_LIMIT_MS }: { readonly timeLimitMs?: number } = {},
): void {
  const inner = uvuSuite(name);
  const names = new Set<string>();
  declare((testName, check) => {
    if (names.has(testName)) throw new Error(`${name}: two tests are called “${testName}”`);
    names.add(testName);
    counts().declared++;
    inner(testName, async () => {
      await withinLimit(check, timeLimitMs);
      counts().passed++;
    });
  });
  inner.run();
}

async function withinLimit(check: () => void | Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([Promise.resolve().then(check), late]);
  } catch (thrown) {
    // uvu takes a thrown text for nothing at all.
    throw thrown instanceof Error ? thrown : new Error(String(thrown));
  } finally {
    clearTimeout(timer);
  }
}
