import * as assert from 'uvu/assert';
import {
  parseRange,
  type ResolveOptions,
  resolveOne,
  resolveRevisions,
  resolveTarget,
  saysCurrent,
} from '../../lib/graph/target.ts';
import { errorFrom, graphOf, revisionsOf } from '../support/shapes.ts';
import { suite } from '../support/suite.ts';

/*
 *     aaaa ─ bb01 ─ bb02(beta) ─ mm01(merged)
 *          ╲ cc01(gamma) ─ cc02 ─╱
 *     xx01 ─ xx02(ex), which depends on bb01
 */
const SHAPE =
  'aaaa; bb01<aaaa; bb02(beta)<bb01; cc01(gamma)<aaaa; cc02<cc01; mm01(merged)<bb02,cc02; xx01; xx02(ex)<xx01 +bb01';
const graph = graphOf(revisionsOf(SHAPE));

/** A target in a word: its ids, `base` or its count of steps, and its line's revision. */
function resolved(text: string, options: ResolveOptions = {}, within = graph): string {
  const target = resolveTarget(within, text, options);
  const line = target.line === null ? '' : ` on ${target.line.revision}`;
  switch (target.kind) {
    case 'base':
      return `base${line}`;
    case 'steps':
      return `${target.count} steps${line}`;
    case 'revisions':
      return target.ids.join(' ') + line;
  }
}

type Refused = readonly [text: string, exit: number, message: string, hint: string];

function refuses(
  test: (name: string, check: () => void) => void,
  table: readonly Refused[],
  act: (text: string) => unknown = resolved,
): void {
  for (const [text, exit, message, hint] of table) {
    test(`refuses “${text}”`, () => {
      const error = errorFrom(() => act(text));
      assert.is(error.message, message);
      assert.is(error.hint, hint);
      assert.is(error.exit, exit);
    });
  }
}

suite('resolveTarget', (test) => {
  const table: readonly (readonly [text: string, resolved: string])[] = [
    ['aaaa', 'aaaa'],
    ['beta', 'bb02'],
    ['a', 'aaaa'],
    ['m', 'mm01'],
    ['cc02', 'cc02'],
    ['heads', 'mm01 xx02'],
    ['base', 'base'],
    ['+2', '2 steps'],
    ['-2', '-2 steps'],
    ['+007', '7 steps'],
    // Within a line.
    ['beta@head', 'mm01 on bb02'],
    ['beta@heads', 'mm01 on bb02'],
    ['ex@head', 'xx02 on xx02'],
    ['aaaa@base', 'base on aaaa'],
    ['gamma@aaaa', 'aaaa on cc01'],
    ['gamma@merged', 'mm01 on cc01'],
    ['cc01@m', 'mm01 on cc01'],
    ['beta@+2', '2 steps on bb02'],
    ['beta@-1', '-1 steps on bb02'],
    ['bb02@bb02', 'bb02 on bb02'],
    // Steps from somewhere.
    ['bb01+1', 'bb02'],
    ['bb01+2', 'mm01'],
    ['bb02-1', 'bb01'],
    ['bb02-2', 'aaaa'],
    ['bb02-3', 'base'],
    ['gamma+1', 'cc02'],
    ['xx02-1', 'xx01'],
    ['beta@mm01-1', 'bb02 on bb02'],
    ['beta@mm01-4', 'base on bb02'],
    ['gamma@mm01-1', 'cc02 on cc01'],
    ['gamma@aaaa+1', 'cc01 on cc01'],
    ['gamma@base+2', 'cc01 on cc01'],
    ['gamma@head-1', 'cc02 on cc01'],
    ['ex@heads-2', 'base on xx02'],
    ['ex@base+1', 'xx01 on xx02'],
  ];
  for (const [text, expected] of table) {
    test(`“${text}” is ${expected}`, () => assert.is(resolved(text), expected));
  }

  test('takes an id before a label, a label before the beginning of an id', () => {
    const other = graphOf(revisionsOf('abcd; abcdef<abcd; efgh<abcdef; k(ef)<efgh; l(abc)<k'));
    assert.is(resolved('abcd', {}, other), 'abcd');
    assert.is(resolved('abcde', {}, other), 'abcdef');
    assert.is(resolved('abc', {}, other), 'l');
    assert.is(resolved('ef', {}, other), 'k');
    assert.is(resolved('efg', {}, other), 'efgh');
  });

  test('takes ids of four characters and more by their beginning', () => {
    const other = graphOf(revisionsOf('1234; abc<1234; 12ab<1234'));
    assert.is(resolved('1234', {}, other), '1234');
    assert.is(resolved('12a', {}, other), '12ab');
    assert.is(errorFrom(() => resolved('ab', {}, other)).code, 'unknown-revision');
    assert.is(errorFrom(() => resolved('12', {}, other)).code, 'unknown-revision');
    assert.is(errorFrom(() => resolved('123', {}, other)).code, 'unknown-revision');
  });

  test('takes digits by their beginning from four on', () => {
    const other = graphOf(revisionsOf('20240101120000; 20250101120000<20240101120000; 7'));
    assert.is(resolved('2024', {}, other), '20240101120000');
    assert.is(resolved('7', {}, other), '7');
    assert.is(errorFrom(() => resolved('202', {}, other)).code, 'unknown-revision');
  });

  test('looks for a beginning inside the line only', () => {
    const other = graphOf(revisionsOf('root; beef01<root; beef02<root; tip1<beef01'));
    assert.is(resolved('tip1@beef', {}, other), 'beef01 on tip1');
    assert.is(errorFrom(() => resolved('root@beef', {}, other)).code, 'ambiguous-revision');
  });

  test('a line has ancestors and descendants by parents, not by dependencies', () => {
    const { line } = resolveTarget(graph, 'bb01@head');
    assert.equal([...line!.members].sort(), ['aaaa', 'bb01', 'bb02', 'mm01']);
  });

  test('in an empty folder heads are nothing', () => {
    const empty = graphOf([]);
    assert.is(resolved('head', {}, empty), '');
    assert.is(resolved('heads', {}, empty), '');
    assert.is(resolved('base', {}, empty), 'base');
  });

  test('current is what it is told to be', () => {
    const options = { current: ['bb02', 'xx01'] };
    assert.is(resolved('current', options), 'bb02 xx01');
    assert.is(resolved('beta@current', options), 'bb02 on bb02');
    assert.is(resolved('current-1', { current: ['bb02'] }), 'bb01');
    assert.is(resolved('current', { current: [] }), '');
  });

  const noTarget =
    'A target is an id or its beginning, a label, `head`, `heads`, `base`, with `+N` or `-N` behind it or a `label@` before it; or `+N`, `-N` alone.';
  refuses(
    test,
    [
      ...['', 'beta@', '@', '@head', '+', '-', '1+', 'a+1x', '+1x', 'a@b@c', 'a+1+1'].map(
        (text): Refused => [text, 2, `\`${text}\` is no target.`, noTarget],
      ),
      [
        'a:b',
        2,
        '`a:b` is no target.',
        'A range such as `a:b` goes with `--sql`, or with `history -r` and `graph -r`.',
      ],
      ['+0', 2, '`+0` does not say how many steps.', 'Say `+1`, `-2` and the like.'],
      ['aaaa-0', 2, '`aaaa-0` does not say how many steps.', 'Say `+1`, `-2` and the like.'],
      [
        '+99999999999999999999',
        2,
        '`+99999999999999999999` does not say how many steps.',
        'Say `+1`, `-2` and the like.',
      ],
      ['base-1', 2, '`base-1`: there is nothing before `base`.', 'Say `base`.'],
      ['beta@base-1', 2, '`beta@base-1`: there is nothing before `base`.', 'Say `base`.'],
      [
        'head',
        4,
        '`head` is ambiguous: there are 2 heads: mm01 xx02',
        'Join them with `mig merge`, say `heads` for all of them, or name one.',
      ],
      [
        'head-1',
        4,
        '`head-1` is ambiguous: there are 2 heads: mm01 xx02',
        'Join them with `mig merge`, say `heads` for all of them, or name one.',
      ],
      [
        'current',
        2,
        '`current` is what the database has, and names no revision here.',
        'It goes with `show`, `history` and `edit`.',
      ],
      ['b', 2, '`b` begins 2 ids: bb01 bb02', 'Give more of it.'],
      ['b@head', 2, '`b` begins 2 ids: bb01 bb02', 'Give more of it.'],
      ['ex@xx', 2, '`xx` begins 2 ids: xx01 xx02', 'Give more of it.'],
      ['nope', 2, 'There is no revision `nope`.', '`mig history` lists the revisions.'],
      ['bb03', 2, 'There is no revision `bb03`.', 'Did you mean `bb01`?'],
      ['bata', 2, 'There is no revision `bata`.', 'Did you mean `beta`?'],
      ['HEAD', 2, 'There is no revision `HEAD`.', 'Did you mean `head`?'],
      ['bases', 2, 'There is no revision `bases`.', 'Did you mean `base`?'],
      ['nope@head', 2, 'There is no revision `nope`.', '`mig history` lists the revisions.'],
      [
        'bb01_first_table',
        2,
        'There is no revision `bb01_first_table`.',
        'Did you mean `bb01`? The slug is no part of the id.',
      ],
      [
        '1',
        2,
        'There is no revision `1`.',
        'A short number is not taken for the beginning of an id: give more of it.',
      ],
      [
        'beta@xx01',
        2,
        'xx01 is not on the line of bb02',
        'A line is a revision with its ancestors and descendants. `mig history` shows them.',
      ],
      [
        'beta@gamma',
        2,
        'gamma is not on the line of bb02',
        'A line is a revision with its ancestors and descendants. `mig history` shows them.',
      ],
      [
        'gamma@bb0',
        2,
        'There is no revision `bb0` on the line of cc01',
        '`mig history` lists the revisions.',
      ],
      [
        'aaaa+1',
        2,
        '`aaaa+1` is ambiguous: aaaa has several children: bb01 cc01',
        'Name the one you mean, or put its label and `@` in front.',
      ],
      [
        'mm01-2',
        2,
        '`mm01-2` is ambiguous: mm01 has several parents: bb02 cc02',
        'Name the one you mean, or put its label and `@` in front.',
      ],
      [
        'base+1',
        2,
        '`base+1` is ambiguous: there are several bases: aaaa xx01',
        'Name the one you mean, or put its label and `@` in front.',
      ],
      [
        'heads-1',
        2,
        '`heads-1` counts from several revisions: mm01 xx02',
        'Count from one revision.',
      ],
      [
        'mm01+1',
        2,
        '`mm01+1` runs past the end: there is no step up from there.',
        'Count again with `mig history`.',
      ],
      [
        'cc02+2',
        2,
        '`cc02+2` runs past the end: there is only 1 step up from there.',
        'Count again with `mig history`.',
      ],
      [
        'bb02-9',
        2,
        '`bb02-9` runs past the end: there are only 3 steps down from there.',
        'Count again with `mig history`.',
      ],
    ],
    (text) => resolved(text),
  );

  const [asUp, asDown] = [{ direction: 'up' }, { direction: 'down' }] as const;
  test('says that a short number is a slip for steps', () => {
    const hint = (text: string, options: ResolveOptions) =>
      errorFrom(() => resolved(text, options)).hint;
    assert.is(hint('1', asDown), 'Did you mean `-1`, a number of steps?');
    assert.is(hint('012', asUp), 'Did you mean `+12`, a number of steps?');
    assert.is(hint('1234', asUp), '`mig history` lists the revisions.');
  });

  test('lists eight of the ids that a text begins, and how many there are', () => {
    const many = Array.from({ length: 12 }, (_, n) => `abc${n + 10}`);
    const other = graphOf(revisionsOf(many.join('; ')));
    assert.is(
      errorFrom(() => resolved('abc', {}, other)).message,
      '`abc` begins 12 ids: abc10 abc11 abc12 abc13 abc14 abc15 abc16 abc17 …',
    );
  });

  test('counting from nothing is refused', () => {
    const error = errorFrom(() => resolved('head-1', {}, graphOf([])));
    assert.is(error.message, '`head-1` counts from nothing');
    assert.is(error.code, 'unknown-revision');
  });
});

suite('resolveRevisions', (test) => {
  test('gives ids, none for base', () => {
    assert.equal(resolveRevisions(graph, 'heads'), ['mm01', 'xx02']);
    assert.equal(resolveRevisions(graph, 'base'), []);
    assert.equal(resolveRevisions(graph, 'beta-2'), ['aaaa']);
  });
  refuses(
    test,
    [
      [
        '+1',
        2,
        '`+1` counts steps, but a revision is wanted here.',
        'Name one: an id, the beginning of an id, a label, `head`.',
      ],
    ],
    (text) => resolveRevisions(graph, text),
  );
});

suite('resolveOne', (test) => {
  test('gives the one id', () => {
    assert.is(resolveOne(graph, 'beta'), 'bb02');
    assert.is(resolveOne(graph, 'ex@head'), 'xx02');
  });
  refuses(
    test,
    [
      ['base', 2, '`base` names no revision.', 'Name exactly one.'],
      ['heads', 2, '`heads` names 2 revisions: mm01 xx02', 'Name exactly one.'],
    ],
    (text) => resolveOne(graph, text),
  );
});

suite('parseRange', (test) => {
  test('splits at the colon', () => {
    assert.equal(parseRange('a:b'), { from: 'a', to: 'b' });
    assert.equal(parseRange('a:'), { from: 'a', to: null });
    assert.equal(parseRange(':b'), { from: null, to: 'b' });
    assert.equal(parseRange('l@a-1:head'), { from: 'l@a-1', to: 'head' });
  });
  refuses(
    test,
    ['', ':', 'a', 'a:b:c', '::'].map((text) => [
      text,
      2,
      `\`${text}\` is no range.`,
      'A range is `a:b`, `a:` or `:b`.',
    ]),
    parseRange,
  );
});

suite('saysCurrent', (test) => {
  const table: readonly (readonly [text: string, expected: boolean])[] = [
    ['current', true],
    ['current+1', true],
    ['payments@current', true],
    ['payments@current-1', true],
    ['current:head', true],
    ['a1:current', true],
    [':current', true],
    ['a1:payments@current', true],
    ['currently', false],
    ['head', false],
    ['current_branch@head', false],
    ['', false],
  ];
  for (const [text, expected] of table) {
    test(JSON.stringify(text), () => assert.is(saysCurrent(text), expected));
  }
});
