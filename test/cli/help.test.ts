import * as assert from 'uvu/assert';
import { GLOBAL_OPTIONS } from '../../lib/cli/command-table.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { run } from '../support/program.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

const ESCAPE = /\x1b\[\d+m/g;

async function helpOf(args: readonly string[], options = {}): Promise<string> {
  const ran = await mig('/', args, options);
  assert.is(ran.status, 0);
  assert.is(ran.stderr, '');
  return ran.stdout;
}

function checkForm(help: string): void {
  assert.ok(help.endsWith('\n'), 'ends with a line end');
  assert.not.match(help, /\n\n\n|\n\n$|[ \t]\n|\t|undefined/);
  for (const line of help.split('\n')) {
    assert.ok(line.length <= 80, `${line.length} columns: ${line}`);
  }
}

suite('help', (test) => {
  test('names every command, alias and global option, in 80 columns', async () => {
    const help = await helpOf(['--help']);
    checkForm(help);
    for (const { name, aliases, summary } of COMMANDS) {
      assert.ok(help.includes(`  ${[name, ...aliases].join(', ')}  `), name);
      for (const word of summary.split(' ')) assert.ok(help.includes(word));
    }
    for (const { name } of GLOBAL_OPTIONS) assert.ok(help.includes(`--${name}`), name);
  });

  for (const { name, aliases, args, options, examples } of COMMANDS) {
    test(`of ${name}, in 80 columns, with all that it takes`, async () => {
      const help = await helpOf([name, '--help']);
      checkForm(help);
      assert.ok(help.startsWith(`Usage  mig ${name}`));
      for (const alias of aliases) assert.ok(help.includes(`mig ${alias}`), alias);
      for (const arg of args) assert.ok(help.includes(arg.name), arg.name);
      assert.ok(examples.length > 0, 'has an example');
      for (const each of examples) assert.ok(help.includes(`  ${each}\n`), each);
      for (const option of options) {
        for (const word of [option.name, ...(option.aliases ?? [])]) {
          assert.ok(help.includes(`--${word}`), word);
        }
        if (option.short !== undefined)
          assert.ok(help.includes(`-${option.short}, --${option.name}`));
        const value = option.optional ? `[=${option.value}]` : ` ${option.value}`;
        if (option.value !== undefined) assert.ok(help.includes(`--${option.name}${value}`));
      }
    });

    test(`of ${name}: all the ways to ask for it`, async () => {
      const help = await helpOf([name, '--help']);
      for (const word of [name, ...aliases]) {
        assert.is(await helpOf(['help', word]), help);
        assert.is(await helpOf(['-h', word]), help);
        assert.is(await helpOf([word, '-h']), help);
      }
      assert.is(await helpOf([name, '--help', '--json']), help, '--json is of no use here');
    });
  }

  test('`mig help` and `-h` are `--help`', async () => {
    const help = await helpOf(['--help']);
    assert.is(await helpOf(['help']), help);
    assert.is(await helpOf(['-h']), help);
  });

  test('in colour says the same', async () => {
    for (const args of [['--help'], ...COMMANDS.map(({ name }) => [name, '--help'])]) {
      const plain = await helpOf(args);
      const colored = await helpOf(args, { terminal: 'both' });
      assert.not.match(plain, ESCAPE);
      assert.match(colored, ESCAPE);
      assert.is(colored.replace(ESCAPE, ''), plain);
      assert.is(await helpOf([...args, '--no-color'], { terminal: 'both' }), plain);
      assert.is(await helpOf([...args, '--color']), colored);
    }
  });

  test('the version', async () => {
    assert.is(await helpOf(['--version']), 'mig 1.2.3\n');
    assert.is(await helpOf(['-V']), 'mig 1.2.3\n');
    assert.is(await helpOf(['upgrade', '--version']), 'mig 1.2.3\n');
  });

  test('by the program', () =>
    inTemp(async (dir) => {
      const help = await helpOf(['--help']);
      assert.equal(run(dir, ['--help']), { status: 0, stdout: help, stderr: '' });
      const ofMerge = await helpOf(['merge', '--help']);
      assert.equal(run(dir, ['help', 'merge']), { status: 0, stdout: ofMerge, stderr: '' });
      assert.match(run(dir, ['--version']).stdout, /^mig \d+\.\d+\.\d+\n$/);
    }));
});
