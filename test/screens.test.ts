import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { skip } from './support/program.ts';
import { HAS_SCREEN, withScreens } from './support/screens.ts';
import { suite } from './support/suite.ts';
import { withoutTimes } from './support/tour.ts';

suite('the screens of docs/terminal.md', (test) => {
  test('are what a terminal shows (`make docs` writes them)', async () => {
    if (!HAS_SCREEN) {
      skip('the screens of docs/terminal.md', 'they need tmux and zsh');
      return;
    }
    const page = readFileSync(join(import.meta.dirname, '../docs/terminal.md'), 'utf8');
    assert.is(withoutTimes(await withScreens(page)), withoutTimes(page));
  });
});
