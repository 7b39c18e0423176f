import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { run } from '../support/program.ts';
import { copyTwoHeads, documentOf, filesBelow } from '../support/project.ts';
import { suite } from '../support/suite.ts';
import { inTemp } from '../support/temp.ts';
import { mig } from '../support/terminal.ts';

/**
 * Command lines that ask wrongly, on a project with the two heads adfa6c905b9d and
 * 32c843eb8225. Each prints nothing on stdout, and exactly this on stderr.
 */
type Row = readonly [
  argv: string | readonly string[],
  exit: number,
  message: string,
  hint?: string,
];

const EMPTY = 'Is a variable of your script empty?';
const LISTS = '`mig --help` lists the commands.';
const TARGET =
  'A target is an id or its beginning, a label, `head`, `heads`, `base`, with `+N` or `-N` behind it or a `label@` before it; or `+N`, `-N` alone.';
const NO_DATABASE = [
  'Which database? None was given.',
  'Say `-d app.db`, set MIG_DATABASE or DATABASE_URL, or put `"database": "sqlite:app.db"` into mig.json.',
] as const;
const HEADS = 'there are 2 heads: adfa6c905b9d 32c843eb8225';
const SEVERAL = 'Join them with `mig merge`, say `heads` for all of them, or name one.';
const NO_RANGE = 'A range is `a:b`, `a:` or `:b`.';
const NO_TIME = 'Say `500ms`, `30s` or `2m`.';
const ID_RULE = 'an id is 1 to 64 letters and digits (A-Z a-z 0-9).';
const LABEL_RULE = 'a label is a letter, then letters, digits and `_`.';

const COMMAND_ROWS: readonly Row[] = [
  [[], 2, 'Say what to do.', LISTS],
  ['--', 2, 'Say what to do.', LISTS],
  ['-- upgrade', 2, 'Say what to do.', LISTS],
  ['-d app.db', 2, 'Say what to do.', LISTS],
  [[''], 2, 'There is no command ``.', LISTS],
  ['-1', 2, 'There is no command `-1`.', LISTS],
  ['xyzzy', 2, 'There is no command `xyzzy`.', LISTS],
  ['help xyzzy', 2, 'There is no command `xyzzy`.', LISTS],
  ['--version xyzzy', 2, 'There is no command `xyzzy`.', LISTS],
  ['upgade', 2, 'There is no command `upgade`.', 'Did you mean `upgrade`?'],
  ['Upgrade', 2, 'There is no command `Upgrade`.', 'Did you mean `upgrade`?'],
  ['upgrad', 2, 'There is no command `upgrad`.', 'Did you mean `upgrade`?'],
  ['rolback', 2, 'There is no command `rolback`.', 'Did you mean `rollback`?'],
  ['histroy', 2, 'There is no command `histroy`.', 'Did you mean `history`?'],
  ['u', 2, 'There is no command `u`.', 'Did you mean `up`?'],
];

const OPTION_ROWS: readonly Row[] = [
  ['-x', 2, 'There is no option `-x` before a command.', '`mig --help` lists them.'],
  ['--heads', 2, 'There is no option `--heads` before a command.', '`mig --help` lists them.'],
  ['-m x', 2, 'There is no option `-m` before a command.', '`mig --help` lists them.'],
  [
    '--dry-run upgrade',
    2,
    'There is no option `--dry-run` before a command.',
    '`mig --help` lists them.',
  ],
  [
    '--databse x heads',
    2,
    'There is no option `--databse` before a command.',
    'Did you mean `--database`?',
  ],
  ['heads --databse x', 2, '`mig heads` has no option `--databse`.', 'Did you mean `--database`?'],
  ['status --chek', 2, '`mig status` has no option `--chek`.', 'Did you mean `--check`?'],
  ['upgrade --dryrun', 2, '`mig upgrade` has no option `--dryrun`.', 'Did you mean `--dry-run`?'],
  [
    'upgrade --no-dry-run',
    2,
    '`mig upgrade` has no option `--no-dry-run`.',
    'Did you mean `--dry-run`?',
  ],
  [
    'heads --no-json',
    2,
    '`mig heads` has no option `--no-json`.',
    '`mig heads --help` lists them.',
  ],
  [
    'heads --check-heads',
    2,
    '`mig heads` has no option `--check-heads`.',
    '`mig heads --help` lists them.',
  ],
  ['up -n', 2, '`mig upgrade` has no option `-n`.', '`mig upgrade --help` lists them.'],
  ['upgrade -qv', 2, '`mig upgrade` has no option `-qv`.', 'Write flags apart: `-q`.'],
  ['upgrade --=x', 2, '`mig upgrade` has no option `--`.', '`mig upgrade --help` lists them.'],
  ['upgrade --dry-run=yes', 2, '`--dry-run` takes no value.', 'Leave out `=yes`.'],
  ['heads --json=1', 2, '`--json` takes no value.', 'Leave out `=1`.'],
  ['heads --no-color=', 2, '`--no-color` takes no value.', 'Leave out `=`.'],
  ['downgrade -d', 2, '`-d` needs a value.', 'Say `-d URL`.'],
  ['--dir', 2, '`--dir` needs a value.', 'Say `--dir DIR`.'],
  ['revision -m', 2, '`-m` needs a value.', 'Say `-m TEXT`.'],
  ['history -r', 2, '`-r` needs a value.', 'Say `-r A:B`.'],
  ['-q -q heads', 2, '`--quiet` is given twice.', 'Give it once.'],
  ['-d a.db heads --database b.db', 2, '`--database` is given twice.', 'Give it once.'],
  ['revision -m a --message b', 2, '`--message` is given twice.', 'Give it once.'],
  ['revision --parent a --head b', 2, '`--parent` is given twice.', 'Give it once.'],
  ['history -r a: -r :b', 2, '`--range` is given twice.', 'Give it once.'],
  ['upgrade --atomic --atomic', 2, '`--atomic` is given twice.', 'Give it once.'],
  ['upgrade -q -v', 2, '`--quiet` and `--verbose` exclude each other.'],
];

const WORD_ROWS: readonly Row[] = [
  [
    'downgrade',
    2,
    '`mig downgrade` needs a target.',
    '`mig downgrade -1` goes one back; `base` goes all the way.',
  ],
  [
    'downgrade --',
    2,
    '`mig downgrade` needs a target.',
    '`mig downgrade -1` goes one back; `base` goes all the way.',
  ],
  ['stamp', 2, '`mig stamp` needs a revision, or base.', '`mig stamp --help` shows how.'],
  ['show', 2, '`mig show` needs a revision.', '`mig show --help` shows how.'],
  ['edit', 2, '`mig edit` needs a revision.', '`mig edit --help` shows how.'],
  [
    'upgrade head base',
    2,
    '`base` is one word too many for `mig upgrade`.',
    '`mig upgrade --help` shows what it takes.',
  ],
  [
    'downgrade base -1',
    2,
    '`-1` is one word too many for `mig downgrade`.',
    '`mig downgrade --help` shows what it takes.',
  ],
  [
    'redo 1 2',
    2,
    '`2` is one word too many for `mig redo`.',
    '`mig redo --help` shows what it takes.',
  ],
  [
    'heads now',
    2,
    '`now` is one word too many for `mig heads`.',
    '`mig heads --help` shows what it takes.',
  ],
  [
    'heads help',
    2,
    '`help` is one word too many for `mig heads`.',
    '`mig heads --help` shows what it takes.',
  ],
  [
    'check -- --json',
    2,
    '`--json` is one word too many for `mig check`.',
    '`mig check --help` shows what it takes.',
  ],
  [
    'history a:b',
    2,
    '`a:b` is one word too many for `mig history`.',
    '`mig history --help` shows what it takes.',
  ],
  [
    'init a b',
    2,
    '`b` is one word too many for `mig init`.',
    '`mig init --help` shows what it takes.',
  ],
  ['init --dir a b', 2, 'The folder is given twice: with `--dir` and as a word.', 'Give it once.'],
  ['revision -m a b', 2, 'The message is given twice: with `-m` and as words.', 'Give it once.'],
  ...['users', '=b', ' =b', 't.a='].map(
    (pair): Row => [
      ['revision', '--autogenerate', '--rename', pair],
      2,
      `\`--rename ${pair}\` is not of the form old=new`,
      'Say `--rename old=new`.',
    ],
  ),
  [
    'revision --autogenerate --fill t.a=1 --fill t.a=2',
    2,
    '`--fill` is given twice for `t.a`.',
    'Give it once.',
  ],
  [['upgrade', ''], 2, 'An empty word is no TARGET.', EMPTY],
  [['downgrade', ''], 2, 'An empty word is no TARGET.', EMPTY],
  [['stamp', 'heads', ''], 2, 'An empty word is no REV.', EMPTY],
  [['init', ''], 2, 'An empty word is no DIR.', EMPTY],
  [['upgrade', '--backup='], 2, '`--backup` is empty.', EMPTY],
  [['check', '--against', ''], 2, '`--against` is empty.', EMPTY],
  [['test', '--on', ''], 2, '`--on` is empty.', EMPTY],
  [
    'upgrade --backup backups/b-1.db -d none.db',
    2,
    '`backups/b-1.db` is no target.',
    'A target is an id or its beginning, a label, `head`, `heads`, `base`, with `+N` or `-N` behind it or a `label@` before it; or `+N`, `-N` alone. A value of `--backup` goes behind `=`: `--backup=backups/b-1.db`.',
  ],
  [
    'upgrade --backup b.db -d none.db',
    2,
    'There is no revision `b.db`.',
    '`mig history` lists the revisions. A value of `--backup` goes behind `=`: `--backup=b.db`.',
  ],
  [
    'downgrade -1 --backup b.db',
    2,
    '`b.db` is one word too many for `mig downgrade`.',
    'A value of `--backup` goes behind `=`: `--backup=b.db`.',
  ],
  ['redo x', 2, '`x` is no number of revisions.', 'Say `mig redo -2`.'],
  ['redo 0', 2, '`0` is no number of revisions.', 'Say `mig redo -2`.'],
  ['redo +1', 2, '`+1` is no number of revisions.', 'Say `mig redo -2`.'],
  ['redo -1x', 2, '`-1x` is no number of revisions.', 'Say `mig redo -2`.'],
];

const TARGET_ROWS: readonly Row[] = [
  ['upgrade', 2, ...NO_DATABASE],
  ['status', 2, ...NO_DATABASE],
  ['history -i', 2, ...NO_DATABASE],
  ['show current', 2, ...NO_DATABASE],
  ['edit current', 2, ...NO_DATABASE],
  ['upgrade -d app.db', 4, `\`head\` is ambiguous: ${HEADS}`, SEVERAL],
  ['show head', 4, `\`head\` is ambiguous: ${HEADS}`, SEVERAL],
  [
    'upgrade nope -d app.db',
    2,
    'There is no revision `nope`.',
    '`mig history` lists the revisions.',
  ],
  [
    'upgrade adfa6c905b9e -d app.db',
    2,
    'There is no revision `adfa6c905b9e`.',
    'Did you mean `adfa6c905b9d`?',
  ],
  [
    'upgrade adfa6c905b9d_let -d app.db',
    2,
    'There is no revision `adfa6c905b9d_let`.',
    'Did you mean `adfa6c905b9d`? The slug is no part of the id.',
  ],
  ['upgrade HEAD -d app.db', 2, 'There is no revision `HEAD`.', 'Did you mean `head`?'],
  ['upgrade 1 -d app.db', 2, 'There is no revision `1`.', 'Did you mean `+1`, a number of steps?'],
  [
    'downgrade 1 -d app.db',
    2,
    'There is no revision `1`.',
    'Did you mean `-1`, a number of steps?',
  ],
  [
    'downgrade 007 -d app.db',
    2,
    'There is no revision `007`.',
    'Did you mean `-7`, a number of steps?',
  ],
  [
    'upgrade -1 -d app.db',
    2,
    '`-1` counts downwards.',
    'An upgrade counts upwards: `mig upgrade +1`.',
  ],
  [
    'downgrade +1 -d app.db',
    2,
    '`+1` counts upwards.',
    'A downgrade counts downwards: `mig downgrade -1`.',
  ],
  [
    'downgrade -9 -d app.db',
    2,
    '`-9` asks for 9 steps, but nothing is applied.',
    '`mig status` shows what is applied and what is pending.',
  ],
  [
    'downgrade adfa -d app.db',
    2,
    'adfa6c905b9d is not applied, so the database cannot go back to it.',
    '`mig current` shows where the database is; `mig history` what is below it.',
  ],
  [
    'downgrade heads -d app.db',
    2,
    'A downgrade has one target, not 2: adfa6c905b9d 32c843eb8225',
    'Name one revision, or `base`.',
  ],
  ['upgrade +1x -d app.db', 2, '`+1x` is no target.', TARGET],
  ['upgrade @head -d app.db', 2, '`@head` is no target.', TARGET],
  ['upgrade adfa@ -d app.db', 2, '`adfa@` is no target.', TARGET],
  [
    'upgrade 1c7e:heads -d app.db',
    2,
    '`1c7e:heads` is no target.',
    'A range such as `a:b` goes with `--sql`, or with `history -r` and `graph -r`.',
  ],
  [
    'upgrade -- -x -d',
    2,
    '`-d` is one word too many for `mig upgrade`.',
    '`mig upgrade --help` shows what it takes.',
  ],
  ['upgrade -d app.db -- -x', 2, '`-x` is no target.', TARGET],
  ['upgrade +0 -d app.db', 2, '`+0` does not say how many steps.', 'Say `+1`, `-2` and the like.'],
  [
    'upgrade +99999999999999999999 -d app.db',
    2,
    '`+99999999999999999999` does not say how many steps.',
    'Say `+1`, `-2` and the like.',
  ],
  ['upgrade base-1 -d app.db', 2, '`base-1`: there is nothing before `base`.', 'Say `base`.'],
  [
    'upgrade adfa+1 -d app.db',
    2,
    '`adfa+1` runs past the end: there is no step up from there.',
    'Count again with `mig history`.',
  ],
  [
    'upgrade 1c7e+1 -d app.db',
    2,
    '`1c7e+1` is ambiguous: 1c7e52d0b8f4 has several children: adfa6c905b9d 32c843eb8225',
    'Name the one you mean, or put its label and `@` in front.',
  ],
  [
    'upgrade adfa@32c843eb8225 -d app.db',
    2,
    '32c843eb8225 is not on the line of adfa6c905b9d',
    'A line is a revision with its ancestors and descendants. `mig history` shows them.',
  ],
  [
    'stamp +1 -d app.db',
    2,
    'A stamp names revisions and counts no steps.',
    'Say `mig stamp <rev>`.',
  ],
  [
    'stamp current -d app.db',
    2,
    '`current` is what the database has, and names no revision here.',
    'It goes with `show`, `history` and `edit`.',
  ],
  ['show nope', 2, 'There is no revision `nope`.', '`mig history` lists the revisions.'],
  ['show base', 2, '`base` names no revision.', '`mig history` lists the revisions.'],
  ['edit base', 2, '`base` names no revision.', 'Name exactly one.'],
  ['edit heads', 2, '`heads` names 2 revisions: adfa6c905b9d 32c843eb8225', 'Name exactly one.'],
  ['history -r a:b:c', 2, '`a:b:c` is no range.', NO_RANGE],
  ['history -r :', 2, '`:` is no range.', NO_RANGE],
  ['history -r head', 2, '`head` is no range.', NO_RANGE],
  [
    'history -r adfa:32c8',
    2,
    'adfa6c905b9d does not lead to 32c8, so there is no such range.',
    'A range goes from the older to the newer end.',
  ],
  [
    'downgrade --sql base',
    2,
    'From where? Without a database, `downgrade --sql` needs a range.',
    'Say `mig downgrade --sql head:base`, or give the database with `-d`.',
  ],
  ['upgrade --sql a:b:c', 2, '`a:b:c` is no range.', 'Say `from:to`.'],
  [
    'upgrade --sql adfa:1c7e',
    2,
    'The range leads down, from adfa to 1c7e',
    'An upgrade goes from the older to the newer end, a downgrade back: `mig upgrade 1c7e:adfa --sql`.',
  ],
  [
    'downgrade --sql base:adfa',
    2,
    'The range leads up, from base to adfa',
    'An upgrade goes from the older to the newer end, a downgrade back: `mig downgrade adfa:base --sql`.',
  ],
];

const WRITING_ROWS: readonly Row[] = [
  [
    'revision x',
    4,
    `\`head\` is ambiguous: ${HEADS}`,
    'Say which one it follows with `--parent`, or join them with `mig merge`.',
  ],
  [
    'revision x --parent nope',
    2,
    'There is no revision `nope`.',
    '`mig history` lists the revisions.',
  ],
  [
    'revision x --parent +1',
    2,
    '`+1` counts steps, but a revision is wanted here.',
    'Name one: an id, the beginning of an id, a label, `head`.',
  ],
  [
    'revision x --parent heads',
    2,
    '`heads` names 2 revisions: adfa6c905b9d 32c843eb8225',
    'Name exactly one.',
  ],
  [['revision', 'x', '--parent', ''], 2, '`--parent` is empty.', EMPTY],
  [
    ['revision', '-m', 'a\nb', '--parent', 'adfa'],
    2,
    'The message cannot be written: a message is one line of text.',
    'Details go into comments in the file.',
  ],
  [
    ['revision', '-m', 'a\u0007b', '--parent', 'adfa'],
    2,
    'The message cannot be written: a message has no control characters.',
    'Details go into comments in the file.',
  ],
  ['revision x --parent adfa --rev-id a-b', 2, `\`a-b\` cannot be an id: ${ID_RULE}`],
  [['revision', 'x', '--parent', 'adfa', '--rev-id', ''], 2, '`--rev-id` is empty.', EMPTY],
  [
    'revision x --parent adfa --rev-id Head',
    2,
    '`Head` cannot be an id: `Head` is a reserved word.',
  ],
  [
    'revision x --parent adfa --rev-id ADFA6C905B9D',
    2,
    'There is a revision adfa6c905b9d already.',
    'Choose another id; they may not differ by case alone.',
  ],
  ['revision x --parent adfa --label 2x', 2, `\`2x\` cannot be a label: ${LABEL_RULE}`],
  [
    'revision x --parent adfa --label base',
    2,
    '`base` cannot be a label: `base` is a reserved word.',
  ],
  ['revision x --parent adfa --label a --label a', 2, 'The label a is given twice.'],
  [
    'revision x --parent adfa --label adfa6c905b9d',
    2,
    'The label adfa6c905b9d is taken by adfa6c905b9d',
    'A label names one line: choose another.',
  ],
  [
    'revision x --parent adfa --depends 1c7e',
    2,
    '1c7e52d0b8f4 comes before it anyway, so there is nothing to depend on.',
    '`--depends` names a revision of another branch.',
  ],
  ['revision x --parent adfa --depends base', 2, '`base` names no revision.', 'Name exactly one.'],
  [
    'merge adfa',
    2,
    'A merge joins two revisions or more, not adfa6c905b9d alone.',
    'Name them, or say `mig merge` for all heads.',
  ],
  [
    'merge adfa adfa',
    2,
    'A merge joins two revisions or more, not adfa6c905b9d alone.',
    'Name them, or say `mig merge` for all heads.',
  ],
  [
    'merge base',
    2,
    'A merge joins two revisions or more.',
    'Name them, or say `mig merge` for all heads.',
  ],
  [
    'merge adfa 1c7e',
    2,
    '1c7e52d0b8f4 comes before adfa6c905b9d already.',
    '`mig heads` lists what can be merged.',
  ],
  ['merge adfa nope', 2, 'There is no revision `nope`.', '`mig history` lists the revisions.'],
  ['merge head', 4, `\`head\` is ambiguous: ${HEADS}`, SEVERAL],
  [
    'merge -1',
    2,
    '`-1` counts steps, but a revision is wanted here.',
    'Name one: an id, the beginning of an id, a label, `head`.',
  ],
];

const SETTING_ROWS: readonly Row[] = [
  [['heads', '--dir', ''], 2, '`--dir` is empty.', EMPTY],
  [['heads', '--config', ''], 2, '`--config` is empty.', EMPTY],
  [['heads', '--env-file', ''], 2, '`--env-file` is empty.', EMPTY],
  [['heads', '--table='], 2, '`--table` is empty.', EMPTY],
  [['status', '-d', ''], 2, '`--database` is empty.', EMPTY],
  [['heads', '--lock-timeout', ''], 2, '`--lock-timeout` is empty.', EMPTY],
  [
    'heads --dir nope',
    2,
    'There is no folder nope.',
    '`mig init nope` makes it; `--dir` names another.',
  ],
  [
    'heads --dir migrations/adfa6c905b9d_let_tasks_expire.up.sql',
    2,
    'migrations/adfa6c905b9d_let_tasks_expire.up.sql is a file, not a folder.',
    '`--dir` names the migrations folder.',
  ],
  [
    'heads --config nope.json',
    2,
    'There is no nope.json.',
    '`--config` and `MIG_CONFIG` name the settings file; `mig init` writes one.',
  ],
  [
    'heads --config sub',
    2,
    'sub cannot be read (EISDIR).',
    '`--config` and `MIG_CONFIG` name the settings file; `mig init` writes one.',
  ],
  [
    'heads --env-file nope',
    2,
    'There is no file nope.',
    '`--env-file` names a file of `NAME=value` lines.',
  ],
  [
    'heads --env-file sub',
    2,
    'There is no file sub.',
    '`--env-file` names a file of `NAME=value` lines.',
  ],
  ['heads --lock-timeout soon', 2, '`soon` is no time for `--lock-timeout`.', NO_TIME],
  ['heads --lock-timeout -1', 2, '`-1` is no time for `--lock-timeout`.', NO_TIME],
  ['heads --lock-timeout 1h', 2, '`1h` is no time for `--lock-timeout`.', NO_TIME],
  [
    'heads --table SQLITE_x',
    2,
    "The ledger's table cannot be called SQLITE_x.",
    'Names that begin with `sqlite_` are SQLite’s own.',
  ],
  [['heads', '--table', 'a\u0001b'], 2, 'The name of the ledger’s table has control characters.'],
  [
    'status -d migrations',
    2,
    'migrations is a folder, not a database.',
    'The migrations folder goes with `--dir`.',
  ],
];

const TABLES = {
  commands: COMMAND_ROWS,
  options: OPTION_ROWS,
  words: WORD_ROWS,
  targets: TARGET_ROWS,
  'what is to be written': WRITING_ROWS,
  settings: SETTING_ROWS,
};

const argvOf = (line: Row[0]) => (typeof line === 'string' ? line.split(' ') : line);

async function inProject<T>(use: (dir: string) => Promise<T>): Promise<T> {
  return inTemp((dir) => {
    copyTwoHeads(dir);
    mkdirSync(join(dir, 'sub'));
    mkdirSync(join(dir, '.git'));
    return use(dir);
  });
}

for (const [name, rows] of Object.entries(TABLES)) {
  suite(`malformed: ${name}`, (test) => {
    for (const [line, exit, message, hint] of rows) {
      const argv = argvOf(line);
      test(JSON.stringify(argv), () =>
        inProject(async (dir) => {
          const before = filesBelow(dir);
          const stderr = `mig: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`;
          assert.equal(await mig(dir, argv), { status: exit, stdout: '', stderr });
          assert.equal(filesBelow(dir), before, 'nothing was written');
        }),
      );
    }
  });
}

suite('malformed', (test) => {
  const all = Object.values(TABLES).flat();

  test('the table is long', () => assert.ok(all.length >= 45, String(all.length)));

  test('as JSON: the same sentences', () =>
    inProject(async (dir) => {
      for (const [line, exit, message, hint] of all) {
        const argv = ['--json', ...argvOf(line)];
        if (argv.includes('--json=1')) continue;
        const ran = await mig(dir, argv);
        assert.is(ran.status, exit, argv.join(' '));
        const { error } = documentOf(ran);
        assert.is(error?.message, message);
        assert.is(error?.hint, hint);
      }
    }));

  test('no id is followed by punctuation, so that a double click takes it', () => {
    for (const [, , ...texts] of all) {
      for (const text of texts) assert.not.match(text ?? '', /[0-9a-f]{12}[.,;:!?]/, text);
    }
  });

  test('by the program', () =>
    inProject(async (dir) => {
      for (const rows of Object.values(TABLES)) {
        const [line, exit, message, hint] = rows[1]!;
        const stderr = `mig: ${message}\n${hint === undefined ? '' : `  ${hint}\n`}`;
        assert.equal(run(dir, argvOf(line)), { status: exit, stdout: '', stderr });
      }
    }));
});
