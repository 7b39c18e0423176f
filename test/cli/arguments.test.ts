import * as assert from 'uvu/assert';
import { parseArguments } from '../../lib/cli/arguments.ts';
import { GLOBAL_OPTIONS } from '../../lib/cli/command-table.ts';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { suite } from '../support/suite.ts';

const parse = (argv: readonly string[]) => parseArguments(argv, COMMANDS, GLOBAL_OPTIONS);

/** `command: arguments {options}`, as one thing to compare. */
function parsed(argv: readonly string[]) {
  const request = parse(argv);
  if (request.kind !== 'run') return request.kind;
  const { command, args, options } = request.parsed;
  return [command.name, args, { ...options }];
}

type Row = readonly [
  argv: readonly string[],
  command: string,
  args: readonly string[],
  options: object,
];

suite('what cac would read otherwise', (test) => {
  const table: readonly Row[] = [
    [['downgrade', '-1'], 'downgrade', ['-1'], {}],
    [['down', '-12'], 'downgrade', ['-12'], {}],
    [['downgrade', '-1', '--dry-run'], 'downgrade', ['-1'], { 'dry-run': true }],
    [['downgrade', '--dry-run', '-1'], 'downgrade', ['-1'], { 'dry-run': true }],
    [['downgrade', '-1x'], 'downgrade', ['-1x'], {}],
    [['redo', '-2'], 'redo', ['-2'], {}],
    [['upgrade', '+2'], 'upgrade', ['+2'], {}],
    [['upgrade', '001'], 'upgrade', ['001'], {}],
    [['upgrade', '12e34'], 'upgrade', ['12e34'], {}],
    [['upgrade', '0x10'], 'upgrade', ['0x10'], {}],
    [['upgrade', 'true'], 'upgrade', ['true'], {}],
    [['upgrade', 'billing@-1'], 'upgrade', ['billing@-1'], {}],
    [['show', '1', '02', '3.0'], 'show', ['1', '02', '3.0'], {}],
    [['revision', '-m', '001'], 'revision', [], { message: '001' }],
    [['revision', '-m', '1e3'], 'revision', [], { message: '1e3' }],
    [['revision', '-m', ''], 'revision', [], { message: '' }],
    [['revision', '-m='], 'revision', [], { message: '' }],
    [['revision', '--message='], 'revision', [], { message: '' }],
    [['revision', '-m', '-x'], 'revision', [], { message: '-x' }],
    [['revision', '-m', '-1'], 'revision', [], { message: '-1' }],
    [['revision', '-m', '--edit'], 'revision', [], { message: '--edit' }],
    [['revision', '-m', '--'], 'revision', [], { message: '--' }],
    [['revision', '-m', 'true'], 'revision', [], { message: 'true' }],
    [['revision', '-m', 'false'], 'revision', [], { message: 'false' }],
    [['revision', '-m', 'a=b=c'], 'revision', [], { message: 'a=b=c' }],
    [['revision', '--message=a=b=c'], 'revision', [], { message: 'a=b=c' }],
    [['revision', '--message=a\nb'], 'revision', [], { message: 'a\nb' }],
    [['revision', '-mtext'], 'revision', [], { message: 'text' }],
    [['revision', '-m=text'], 'revision', [], { message: 'text' }],
    [['revision', '-m-1'], 'revision', [], { message: '-1' }],
    [['revision', '-m', 'Ünïcödé 日本'], 'revision', [], { message: 'Ünïcödé 日本' }],
    [['revision', '-m', '$(rm) `x` "q"'], 'revision', [], { message: '$(rm) `x` "q"' }],
    [['revision', '--rev-id', '0012'], 'revision', [], { 'rev-id': '0012' }],
    [['revision', '--rev-id=0012'], 'revision', [], { 'rev-id': '0012' }],
    [['revision', '--rev-id', '12e34'], 'revision', [], { 'rev-id': '12e34' }],
    [['revision', '--parent', '0001'], 'revision', [], { parent: '0001' }],
    [['heads', '--table', '007'], 'heads', [], { table: '007' }],
    [['heads', '-d', '1'], 'heads', [], { database: '1' }],
    [['heads', '--no-color'], 'heads', [], { 'no-color': true }],
    [['heads', '--color'], 'heads', [], { color: true }],
    [['upgrade', '__proto__'], 'upgrade', ['__proto__'], {}],
    [['revision', 'constructor', 'add.column'], 'revision', ['constructor', 'add.column'], {}],
    [['revision', '-m', '__proto__'], 'revision', [], { message: '__proto__' }],
  ];
  for (const [argv, command, args, options] of table) {
    test(JSON.stringify(argv), () => assert.equal(parsed(argv), [command, args, options]));
  }
});

suite('words', (test) => {
  const table: readonly Row[] = [
    [['new', 'add', 'users'], 'revision', ['add', 'users'], {}],
    [['create', 'add users'], 'revision', ['add users'], {}],
    [['revision', '--', '-m', '--json'], 'revision', ['-m', '--json'], {}],
    [['revision', 'a', '--', '--', 'b'], 'revision', ['a', '--', 'b'], {}],
    [['revision', '-'], 'revision', ['-'], {}],
    [['upgrade', '--'], 'upgrade', [], {}],
    [['upgrade', '--', '-1'], 'upgrade', ['-1'], {}],
    [['up'], 'upgrade', [], {}],
    [['migrate'], 'upgrade', [], {}],
    [['down', 'base'], 'downgrade', ['base'], {}],
    [['rollback', 'base'], 'downgrade', ['base'], {}],
    [['log'], 'history', [], {}],
    [['merge'], 'merge', [], {}],
    [['merge', 'heads'], 'merge', ['heads'], {}],
    [['stamp', 'a', 'b'], 'stamp', ['a', 'b'], {}],
    [['show', 'help'], 'show', ['help'], {}],
  ];
  for (const [argv, command, args, options] of table) {
    test(JSON.stringify(argv), () => assert.equal(parsed(argv), [command, args, options]));
  }
});

suite('options', (test) => {
  const database = { database: 'app.db' };
  const table: readonly Row[] = [
    [['-d', 'app.db', 'heads'], 'heads', [], database],
    [['heads', '-d', 'app.db'], 'heads', [], database],
    [['-dapp.db', 'heads'], 'heads', [], database],
    [['-d=app.db', 'heads'], 'heads', [], database],
    [['--database=app.db', 'heads'], 'heads', [], database],
    [['--database', 'heads', 'heads'], 'heads', [], { database: 'heads' }],
    [['--json', '-q', 'heads', '--check'], 'heads', [], { json: true, quiet: true, check: true }],
    [['revision', '--head', 'a1'], 'revision', [], { parent: 'a1' }],
    [['revision', '--branch-label', 'x'], 'revision', [], { label: ['x'] }],
    [['revision', '--depends-on', 'a1'], 'revision', [], { depends: ['a1'] }],
    [['revision', '--label', 'x', '--label=y'], 'revision', [], { label: ['x', 'y'] }],
    [
      ['revision', '--depends', '01', '--depends-on', '1e2'],
      'revision',
      [],
      { depends: ['01', '1e2'] },
    ],
    [['history', '-r', ':a1', '-i'], 'history', [], { range: ':a1', 'indicate-current': true }],
    [['history', '--rev-range', 'a:b'], 'history', [], { range: 'a:b' }],
    [['history', '-r', '-1:'], 'history', [], { range: '-1:' }],
    [['downgrade', 'base', '-y'], 'downgrade', ['base'], { yes: true }],
    [
      ['upgrade', '--allow-missing', '--allow-inserted', '--atomic'],
      'upgrade',
      [],
      { 'allow-missing': true, 'allow-inserted': true, atomic: true },
    ],
    [['--lock-timeout', '5', 'heads'], 'heads', [], { 'lock-timeout': '5' }],
  ];
  for (const [argv, command, args, options] of table) {
    test(JSON.stringify(argv), () => assert.equal(parsed(argv), [command, args, options]));
  }
});

suite('instead of a command', (test) => {
  const table: readonly (readonly [argv: readonly string[], kind: string, command?: string])[] = [
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['help'], 'help'],
    [['help', 'up'], 'help', 'upgrade'],
    [['--help', 'up'], 'help', 'upgrade'],
    [['up', '--help'], 'help', 'upgrade'],
    [['up', '-h'], 'help', 'upgrade'],
    [['downgrade', '--help'], 'help', 'downgrade'],
    [['up', 'too', 'many', 'words', '-h'], 'help', 'upgrade'],
    [['--version'], 'version'],
    [['-V'], 'version'],
    [['heads', '--version'], 'version'],
    [['--version', '--help'], 'version'],
  ];
  for (const [argv, kind, command] of table) {
    test(JSON.stringify(argv), () => {
      const request = parse(argv);
      assert.is(request.kind, kind);
      if (request.kind === 'help') assert.is(request.command?.name, command);
    });
  }

  test('what stands behind `--` is none', () => {
    assert.equal(parsed(['revision', '--', '--help', '--version', '-h']), [
      'revision',
      ['--help', '--version', '-h'],
      {},
    ]);
  });
});

suite('the table of commands', (test) => {
  test('has every name and alias once', () => {
    const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases]);
    assert.is(new Set(names).size, names.length);
    assert.not(names.includes('help'));
  });

  for (const { name, options } of COMMANDS) {
    test(`${name} has no option twice`, () => {
      const all = [...GLOBAL_OPTIONS, ...options];
      const long = all.flatMap((each) => [each.name, ...(each.aliases ?? [])]);
      const short = all.flatMap((each) => each.short ?? []);
      assert.is(new Set(long).size, long.length);
      assert.is(new Set(short).size, short.length);
      for (const each of short) assert.match(each, /^[A-Za-z]$/);
    });
  }

  test('the examples of the help are good command lines', () => {
    for (const { examples } of COMMANDS) {
      for (const example of examples) {
        if (!example.startsWith('mig ')) continue;
        const line = example.replace(/ > .*/, '').slice('mig '.length);
        const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
          ([, quoted, bare]) => quoted ?? bare!,
        );
        assert.is(parse(argv).kind, 'run', example);
      }
    }
  });
});
