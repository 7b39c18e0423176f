import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { BUNDLE } from '../support/program.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';

/** Tells on exit which of Node's own modules were loaded. */
const HOOK = `process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.LOADED, process.moduleLoadList.join('\\n'));
});`;

suite('what a command loads', (test) => {
  test('`heads` needs neither streams, sockets, processes nor hashes: each costs milliseconds', () =>
    inTemp((dir) => {
      writeTree(dir, {
        'hook.cjs': HOOK,
        'migrations/a1_x.up.sql': '-- ---\n-- parents: base\n-- ---\nSELECT 1;\n',
        'migrations/a1_x.down.sql': 'SELECT 1;\n',
      });
      const loaded = join(dir, 'loaded');
      const { status, stdout } = spawnSync(
        process.execPath,
        ['--require', join(dir, 'hook.cjs'), BUNDLE, 'heads'],
        { cwd: dir, encoding: 'utf8', env: { PATH: process.env.PATH, LOADED: loaded } },
      );
      assert.is(status, 0);
      assert.match(stdout, /^a1/);
      const modules = readFileSync(loaded, 'utf8').split('\n');
      const dear = ['stream', 'net', 'child_process', 'crypto', 'tty', 'perf_hooks'];
      assert.equal(
        dear.filter((name) => modules.includes(`NativeModule ${name}`)),
        [],
      );
    }));
});
