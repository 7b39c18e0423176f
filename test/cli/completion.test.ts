import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { GLOBAL_OPTIONS } from '../../lib/cli/command-table.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { completionScript, SHELLS, type Shell } from '../../lib/cli/completion.ts';
import { optionsOf, spellings, wantedFor } from '../../lib/cli/completion-words.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';

const MIG = `${process.execPath} ${join(import.meta.dirname, '../../bin/mig.ts')}`;

const REVISIONS = {
  'migrations/a1_first.up.sql':
    '-- ---\n-- parents: base\n-- message: The "first": $(touch /tmp/never) `x` \\ %s\n-- ---\n',
  'migrations/a1_first.down.sql': '',
  'migrations/b2_second.up.sql': '-- ---\n-- parents: a1\n-- labels: billing\n-- ---\n',
  'migrations/b2_second.down.sql': '',
  'other/c3_third.up.sql': '-- ---\n-- parents: base\n-- ---\n',
  'other/c3_third.down.sql': '',
  'my.env': 'X=1\n',
  'app.db': '',
};
const PLACES = ['head', 'heads', 'base'];
const HERE = [...PLACES, 'billing', 'b2', 'a1'];
const THERE = [...PLACES, 'c3'];

const COMMIT = '-c user.name=t -c user.email=t@t commit -q --allow-empty -m x'.split(' ');
const GIT = [['init', '-q', '-b', 'main'], COMMIT, ['branch', 'main-2'], ['tag', 'other-tag']];

/** Gives a folder with revisions, two migrations folders, and `mig` as a program in `bin`. */
function inProject<T>(use: (dir: string) => T): Promise<T> {
  return inTemp((dir) => {
    for (const args of GIT)
      spawnSync('git', ['-C', dir, ...args], { env: { PATH: process.env.PATH } });
    writeTree(dir, { ...REVISIONS, 'bin/mig': `#!/bin/sh\nexec ${MIG} "$@"\n` });
    chmodSync(join(dir, 'bin/mig'), 0o755);
    return use(dir);
  });
}

function run(dir: string, program: string, args: readonly string[], env = {}): string {
  const { PATH, HOME, TERM = 'xterm' } = process.env;
  const { stdout, stderr, status, error } = spawnSync(program, args, {
    cwd: dir,
    encoding: 'utf8',
    env: {
      PATH: `${join(dir, 'bin')}:${PATH}`,
      HOME,
      TERM,
      NODE_COMPILE_CACHE: join(dir, 'cache'),
      ...env,
    },
  });
  if (error !== undefined) throw error;
  assert.is(stderr, '');
  assert.is(status, 0);
  return stdout;
}

const DRIVERS: Readonly<Record<Shell, (dir: string, lines: readonly string[]) => string>> = {
  bash: (dir, lines) => {
    const ask = lines.map((line) => {
      // As readline does it with COMP_WORDBREAKS.
      const words = line.split(/\s+|([=:@]+)/).filter((word) => word !== undefined);
      const shown = words.filter((word, index) => word !== '' || index === words.length - 1);
      if (/[=:@]$/.test(line)) shown.pop();
      return `COMP_WORDS=(${shown.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${shown.length - 1}
        _mig mig '${line.replace(/^.*(?:[\s=:]|(?=@))/, '')}'; echo '> ${line}'; (( \${#COMPREPLY[@]} )) && printf '%s\\n' "\${COMPREPLY[@]}"`;
    });
    // `compopt` has a meaning only where readline called the function.
    const script = ['set -u', 'source <(mig completion bash)', 'compopt() { :; }', ...ask, 'true'];
    return run(dir, 'bash', ['--norc', '-c', script.join('\n')]);
  },
  zsh: (dir, lines) => {
    // An interactive zsh on a terminal of its own completes each line and tells what it offers.
    const rc = `
      autoload -Uz compinit; compinit -u -D
      source <(mig completion zsh)
      compadd() {
        if (( \${@[(I)-[OAD]*]} )); then builtin compadd "$@"; return; fi
        local hits=(); builtin compadd -A hits "$@"
        (( $#hits )) && print -rl -- $hits >> answers
        builtin compadd "$@"
      }
      zle-line-init() {
        local line
        for line in ${lines.map((line) => `'${line}'`).join(' ')}; do
          print -r -- "> $line" >> answers
          BUFFER=$line CURSOR=$#line
          zle complete-word
        done
        print -r -- end >> answers
        exit
      }
      zle -N zle-line-init`;
    writeTree(dir, { 'rc/.zshrc': rc });
    const drive = `zmodload zsh/zpty; zpty z 'ZDOTDIR=rc exec zsh -d -i'
      while zpty -r z > /dev/null 2>&1; do :; done; cat answers; rm answers`;
    return run(dir, 'zsh', ['-f', '-c', drive]);
  },
  fish: (dir, lines) => {
    const ask = lines.map((line) => `echo '> ${line}'; complete -C '${line}'`);
    const script = ['mig completion fish | source', ...ask].join('\n');
    return run(dir, 'fish', ['--no-config', '-c', script], { HOME: dir });
  },
};

/** What a shell offers behind each line: words without descriptions, sorted. */
function offered(shell: Shell, dir: string, lines: readonly string[]) {
  const answers = new Map<string, readonly string[]>();
  for (const part of DRIVERS[shell](dir, lines)
    .replace(/end\n$/, '')
    .split(/^> /m)
    .slice(1)) {
    const [line = '', ...words] = part.split('\n');
    // Shells differ in whether they repeat what stands before the last separator, and in
    // whether they offer options where no argument is left.
    const asksForOptions = /(^| )-\S*$/.test(line);
    const bare = words
      .filter((word) => word !== '' && (asksForOptions || !word.startsWith('-')))
      .map((word) =>
        word
          .replace(/\t.*$/, '')
          .replace(/^.*[=:,@]/, '')
          .replace(/\/$/, ''),
      );
    answers.set(line, [...new Set(bare)].sort());
  }
  return answers;
}

const COMMAND_NAMES = [...COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]), 'help'];

const TABLE: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['mig ', COMMAND_NAMES],
  ['mig up', ['up', 'upgrade']],
  ['mig help down', ['down', 'downgrade']],
  ['mig -q --dir other he', ['heads', 'help']],
  ['mig upgrade ', HERE],
  ['mig up b', ['b2', 'base', 'billing']],
  ['mig up a1 ', []],
  ['mig down -q ', HERE],
  ['mig show a1 b', ['b2', 'base', 'billing']],
  ['mig up billing@he', ['head', 'heads']],
  ['mig --dir other up ', THERE],
  ['mig --dir=other up ', THERE],
  ['mig up --dir other ', THERE],
  ['mig --env-file my.env --config none.json up ', PLACES],
  ['mig --dir nowhere up ', PLACES],
  ['mig -d postgres://host/db up ', HERE],
  ['mig new --parent b', ['b2', 'base', 'billing']],
  ['mig new --parent=b', ['b2', 'base', 'billing']],
  ['mig create --depends a1,b', ['b2', 'base', 'billing']],
  ['mig log -r a1:b', ['b2', 'base', 'billing']],
  ['mig new -m upgrade ', []],
  ['mig new -m ', []],
  ['mig check --against ma', ['main', 'main-2']],
  ['mig upgrade --backup b', ['b2', 'base', 'billing']],
  ['mig upgrade --backup=app', ['app.db']],
  ['mig merge --on app', ['app.db']],
  ['mig graph --format=m', ['mermaid']],
  // One option, with other values in other commands.
  ['mig graph --format s', ['svg']],
  ['mig check --format s', ['sarif']],
  ['mig check --format=', ['text', 'json', 'github', 'sarif']],
  ['mig check --format sarif --ag', ['--against']],
  ['mig upgrade --dr', ['--dry-run']],
  ['mig heads --dr', []],
  ['mig heads --ch', ['--check']],
  ['mig heads --tab', ['--table']],
  ['mig --tab', ['--table']],
  ['mig --dir mi', ['migrations']],
  ['mig --dir=mi', ['migrations']],
  ['mig init o', ['other']],
  ['mig --config my', ['my.env']],
  ['mig status -d app', ['app.db']],
  ['mig completion ', ['bash', 'fish', 'zsh']],
  ['mig completion z', ['zsh']],
];

for (const shell of SHELLS) {
  suite(`completion in ${shell}`, (test) => {
    if (spawnSync(shell, ['-c', 'true']).error !== undefined) {
      console.log(`There is no ${shell} here: its completion is not tested.`);
      return;
    }
    const answers = inProject((dir) =>
      offered(
        shell,
        dir,
        TABLE.map(([line]) => line),
      ),
    );
    answers.catch(() => {});
    for (const [line, words] of TABLE) {
      test(line, async () => assert.equal((await answers).get(line), [...words].sort()));
    }
  });
}

suite('completionScript', (test) => {
  for (const shell of SHELLS) {
    test(`names every command and option for ${shell}`, () => {
      const script = completionScript(shell, COMMANDS, GLOBAL_OPTIONS);
      const options = optionsOf(COMMANDS, GLOBAL_OPTIONS).flatMap((option) => [
        option.name,
        ...(option.aliases ?? []),
      ]);
      for (const word of [...COMMAND_NAMES, ...options]) {
        assert.match(script, new RegExp(`(?<![a-z])${word}(?![a-z])`));
      }
    });
  }

  test('relies on options that mean the same in every command', () => {
    const meaning = new Map<string, unknown>();
    for (const option of optionsOf(COMMANDS, GLOBAL_OPTIONS)) {
      const wanted = option.value === undefined ? 'flag' : wantedFor(option.value);
      for (const spelling of spellings(option)) {
        assert.equal(meaning.get(spelling) ?? wanted, wanted, spelling);
        meaning.set(spelling, wanted);
      }
    }
  });

  test('relies on commands whose arguments are all of one kind', () => {
    for (const { name, args } of COMMANDS) assert.ok(args.length <= 1, name);
  });
});

suite('mig completion', (test) => {
  test('is asked for another shell: exit 2, and the three names', () =>
    inTemp((dir) => {
      const [program, ...args] = MIG.split(' ');
      for (const given of [['ksh'], []]) {
        const { status, stdout, stderr } = spawnSync(program!, [...args, 'completion', ...given], {
          cwd: dir,
          encoding: 'utf8',
        });
        assert.is(status, 2);
        assert.is(stdout, '');
        assert.match(stderr, /bash, zsh, fish/);
      }
    }));

  test('has a document', () =>
    inProject((dir) => {
      const document = JSON.parse(run(dir, 'mig', ['completion', 'fish', '--json']));
      const script = completionScript('fish', COMMANDS, GLOBAL_OPTIONS);
      assert.equal(document, { version: 1, command: 'completion', shell: 'fish', script });
    }));
});

suite('mig __complete', (test) => {
  const places = 'head\tthe head of the files\nheads\tall heads\nbase\tbefore the first revision\n';

  test('lists places, labels and revisions, newest first, each with its message', () =>
    inProject((dir) => {
      const first = 'The "first": $(touch /tmp/never) `x` \\ %s';
      assert.is(
        run(dir, 'mig', ['__complete', 'revisions']),
        `${places}billing\tthe line of b2\nb2\t(head) second\na1\t${first}\n`,
      );
    }));

  test('says nothing of what is wrong', () =>
    inProject((dir) => {
      writeTree(dir, {
        'broken/a1_x.up.sql': 'no header',
        'broken/b2_y.up.sql': '-- ---\n-- parents: base\n-- ---\n',
        'bad/mig.json': '{',
      });
      const ask = (...words: string[]) => run(dir, 'mig', ['__complete', ...words]);
      assert.is(ask('revisions', '--dir', 'broken'), `${places}b2\t(head) y\n`);
      assert.is(ask('revisions', '--config', 'bad/mig.json'), places);
      assert.is(ask('revisions', '--dir'), ask('revisions'));
      assert.is(ask('revisions', '--nonsense', '--dir=nowhere'), places);
      assert.is(ask('more'), '');
      assert.is(ask(), '');
    }));

  test('is hidden', () =>
    inProject((dir) => {
      assert.not.match(run(dir, 'mig', ['--help']), /__complete/);
    }));
});
