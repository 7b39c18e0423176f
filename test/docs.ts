/** `make docs`: writes docs/commands.md, and the outputs in the README's tour, as they are now. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandsPage } from './support/commands-page.ts';
import { inTemp } from './support/temp.ts';
import { play, tourOf, withOutputs } from './support/tour.ts';

const root = join(import.meta.dirname, '..');

writeFileSync(join(root, 'docs/commands.md'), commandsPage());

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const played = await inTemp((dir) => play(tourOf(readme), dir));
writeFileSync(join(root, 'README.md'), withOutputs(readme, played));
