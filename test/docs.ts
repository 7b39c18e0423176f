/** `make docs`: writes docs/commands.md, docs/mig.1, and the outputs in tours, as they are now. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandsPage } from './support/commands-page.ts';
import { manPage } from './support/man-page.ts';
import { inTemp } from './support/temp.ts';
import { play, TOUR_PAGES, tourOf, withOutputs } from './support/tour.ts';

const root = join(import.meta.dirname, '..');

writeFileSync(join(root, 'docs/commands.md'), commandsPage());
writeFileSync(join(root, 'docs/mig.1'), manPage());

for (const page of TOUR_PAGES) {
  const markdown = readFileSync(join(root, page), 'utf8');
  const played = await inTemp((dir) => play(tourOf(markdown), dir));
  writeFileSync(join(root, page), withOutputs(markdown, played));
}
