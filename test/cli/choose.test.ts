import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { hasProgram, installedProgram, runProgram, skip } from '../support/program.ts';
import { writeRevisions } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

type Asked = readonly [question: string, choices: readonly string[]];

/** Two heads in a folder, and somebody who chooses the same each time. */
function inFork(
  answer: number | null,
  use: (dir: string, asked: Asked[], seen: Parameters<typeof mig>[2]) => Promise<void> | void,
): Promise<void> {
  return inTemp(async (dir) => {
    writeRevisions(dir, 'aaaa; bbbb<aaaa; cccc<aaaa');
    const asked: Asked[] = [];
    const choose = (question: string, choices: readonly string[]) => {
      asked.push([question, choices]);
      return answer;
    };
    await use(dir, asked, { choose });
  });
}

const HEADS = ['bbbb  Make bbbb', 'cccc  Make cccc'];

suite('a choice', (test) => {
  test('of the head that a revision follows', () =>
    inFork(1, async (dir, asked, seen) => {
      const { status, stdout } = await mig(dir, ['revision', '-m', 'x', '--rev-id', 'dddd'], seen);
      assert.is(status, 0);
      assert.match(stdout, /^dddd {2}on cccc\n/);
      assert.equal(asked, [['Which head does it follow?', HEADS]]);
    }));

  test('of the head to upgrade to, or all of them', () =>
    inFork(2, async (dir, asked, seen) => {
      const { status, stdout } = await mig(dir, ['upgrade', '-d', 'app.db'], seen);
      assert.is(status, 0);
      assert.match(stdout, /The database is at bbbb cccc/);
      const wide = HEADS.map((line) => line.replace('  ', '   '));
      assert.equal(asked, [['Upgrade to which head?', [...wide, 'heads  all of them']]]);
    }));

  test('that nobody makes is the error of before', () =>
    inFork(null, async (dir, asked, seen) => {
      for (const args of [
        ['revision', '-m', 'x'],
        ['upgrade', '-d', 'app.db'],
      ]) {
        const { status, stderr } = await mig(dir, args, seen);
        assert.is(status, 4);
        assert.is(stderr, (await mig(dir, args)).stderr);
      }
      assert.is(asked.length, 2);
    }));

  test('is offered to nobody who said which, asks for JSON or a script, or has one head', () =>
    inFork(0, async (dir, asked, seen) => {
      const calls: readonly (readonly [number, ...string[]])[] = [
        [4, 'revision', '-m', 'x', '--json'],
        [4, 'revision', '-m', 'x', '-q'],
        [4, 'upgrade', '-d', 'app.db', '--sql'],
        [4, 'upgrade', '--sql'],
        [0, 'upgrade', 'bbbb', '-d', 'app.db'],
        [0, 'revision', '-m', 'x', '--parent', 'bbbb'],
        [0, 'merge', '--no-prove'],
        [0, 'revision', '-m', 'x'],
      ];
      for (const [exit, ...args] of calls) {
        assert.is((await mig(dir, args, seen)).status, exit, args.join(' '));
      }
      assert.equal(asked, []);
    }));

  test('shows nothing of a message that would steer the terminal', () =>
    inFork(0, async (dir, asked, seen) => {
      await mig(dir, ['revision', '-m', 'a\x9b31mb', '--parent', 'bbbb'], seen);
      await mig(dir, ['revision', '-m', 'x'], seen);
      assert.not.match(JSON.stringify(asked), /\x9b/);
    }));
});

suite('a choice at a terminal', (test) => {
  /** What a person sees who types some keys at the prompt. */
  const type = (dir: string, keys: string) => {
    const line = `sleep 1; printf '${keys}'; sleep 1`;
    const command = `script -qec '${installedProgram()} revision -m x --rev-id dddd' /dev/null`;
    return runProgram(dir, 'sh', ['-c', `(${line}) | ${command}; echo "exit $?"`]).stdout;
  };
  const table: readonly (readonly [name: string, keys: string, exit: number, made: boolean])[] = [
    ['a number', '2\\r', 0, true],
    ['what is none, then a number', '9\\rx\\r1\\r', 0, true],
    ['nothing', '\\r', 4, false],
    ['Ctrl-C', '\\003', 130, false],
  ];
  for (const [name, keys, exit, made] of table) {
    test(name, () =>
      inFork(null, (dir) => {
        if (!hasProgram('script')) return skip('a choice', 'there is no script');
        const shown = type(dir, keys);
        assert.match(
          shown,
          /Which head does it follow\?\r\n {3}1 {2}bbbb {2}Make bbbb\r\n {3}2 {2}cccc/,
        );
        assert.match(shown, new RegExp(`exit ${exit}\\s*$`));
        const files = readdirSync(join(dir, 'migrations'));
        assert.is(
          files.some((file) => file.startsWith('dddd')),
          made,
        );
      }),
    );
  }
});
