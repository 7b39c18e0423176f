/** One process of the runner: imports the given test files, runs their suites, sends the counts. */
import { pathToFileURL } from 'node:url';

// uvu looks at these when it is imported, and it is imported by every suite: so they come
// first, and everything that leads to uvu is imported later.
const uvu = globalThis as unknown as { UVU_DEFER: 1; UVU_QUEUE: unknown[][]; UVU_INDEX: number };
uvu.UVU_DEFER = 1;
uvu.UVU_QUEUE = [];
const { exec } = await import('uvu');
const { counts } = await import('./suite.ts');

for (const [index, file] of process.argv.slice(2).entries()) {
  uvu.UVU_INDEX = index;
  uvu.UVU_QUEUE.push([file.slice(file.indexOf('/test/') + 6)]);
  await import(pathToFileURL(file).href);
}
await exec();
process.send?.(counts());
process.disconnect?.();
