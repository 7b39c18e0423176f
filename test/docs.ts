/**
 * `make docs`: writes docs/commands.md, docs/mig.1, the outputs in tours, and what terminals
 * show, as they are now.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandsPage } from './support/commands-page.ts';
import { manPage } from './support/man-page.ts';
import { HAS_SCREEN, withScreens } from './support/screens.ts';
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

const terminal = join(root, 'docs/terminal.md');
if (HAS_SCREEN) writeFileSync(terminal, await withScreens(readFileSync(terminal, 'utf8')));
else console.error('skipped: the screens of docs/terminal.md: they need tmux and zsh');
