import * as assert from 'uvu/assert';
import { Progress } from '../../lib/cli/progress.ts';
import { PLAIN } from '../../lib/cli/style.ts';
import type { ProjectEvent } from '../../lib/commands/project.ts';
import { suite } from '../support/suite.ts';

const STEP = { direction: 'up', revision: 'a261d8461fde' } as const;
const BEGIN: ProjectEvent = { kind: 'begin', step: STEP, index: 1, total: 3 };
const DONE: ProjectEvent = { kind: 'done', step: STEP, message: 'Rename', ms: 12.4 };

/** What the events print, with the clock at the given milliseconds for each. */
function printed(
  events: readonly (readonly [ms: number, event: ProjectEvent | 'end'])[],
  { isTerminal = true, columns = 80 } = {},
) {
  const written = { out: '', err: '' };
  let now = 0;
  const stream = (name: 'out' | 'err') => ({
    isTerminal,
    columns,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const progress = new Progress({
    out: stream('out'),
    err: stream('err'),
    outStyle: PLAIN,
    errStyle: PLAIN,
    ticks: () => now,
  });
  for (const [ms, event] of events) {
    now = ms;
    if (event === 'end') progress.end();
    else progress.tell(event);
  }
  return written;
}

const LINE = '\r\x1b[K2 of 3  up a261d8461fde  ';
const CLEAR = '\r\x1b[K';
const APPLIED = 'applied    a261d8461fde  Rename  12 ms\n';

suite('progress', (test) => {
  test('work of less than half a second shows no live line', () => {
    assert.equal(
      printed([
        [499, BEGIN],
        [499, DONE],
        [499, 'end'],
      ]),
      { out: APPLIED, err: '' },
    );
  });

  test('longer work does, and takes it away before it prints', () => {
    assert.equal(
      printed([
        [500, BEGIN],
        [700, DONE],
        [700, 'end'],
      ]),
      {
        out: APPLIED,
        err: `${LINE}500 ms${CLEAR}`,
      },
    );
    assert.equal(
      printed([
        [1500, BEGIN],
        [2000, 'end'],
        [2000, 'end'],
      ]).err,
      `${LINE}1.5 s${CLEAR}`,
    );
  });

  test('what is done is written before the next step begins, or anything else is told', () => {
    const behind: readonly ProjectEvent[] = [
      BEGIN,
      { kind: 'waiting', ms: 200, lastMove: null },
      { kind: 'note', message: 'A note.' },
    ];
    for (const event of behind) {
      const { out } = printed([
        [0, BEGIN],
        [0, DONE],
        [0, DONE],
        [0, event],
      ]);
      assert.is(out, APPLIED + APPLIED, event.kind);
    }
  });

  test('on a pipe it never does', () => {
    const pipe = printed(
      [
        [5000, BEGIN],
        [5000, DONE],
        [5000, 'end'],
      ],
      { isTerminal: false },
    );
    assert.equal(pipe, { out: APPLIED, err: '' });
  });

  test('the line is cut so that it does not wrap', () => {
    const { err } = printed([[60_000, BEGIN]], { columns: 20 });
    assert.is(err.replace(CLEAR, '').length, 19);
  });

  test('waiting for a lock is said once, after half a second', () => {
    const waiting = (ms: number): ProjectEvent => ({
      kind: 'waiting',
      ms,
      lastMove: 'ann@host did `up` of a1',
    });
    const sentence =
      'The database is locked by another process; waiting for it (the last that mig did: ann@host did `up` of a1)\n';
    assert.is(
      printed([
        [0, waiting(200)],
        [0, waiting(499)],
      ]).err,
      '',
    );
    assert.is(
      printed([
        [0, waiting(500)],
        [0, waiting(700)],
        [0, waiting(900)],
      ]).err,
      sentence,
    );
  });

  test('notes, warnings and statements go to stderr', () => {
    const { out, err } = printed(
      [
        [0, { kind: 'note', message: 'A note.' }],
        [0, { kind: 'warning', message: 'A warning.' }],
        [0, { kind: 'statement', sql: '-- why\nCREATE TABLE t (\n  x\n)', ms: 0.5 }],
        [0, { kind: 'statement', sql: `SELECT '${'x'.repeat(200)}'`, ms: 1234 }],
        [0, { kind: 'statement', sql: "SELECT '\x1b[31m'", ms: 1 }],
      ],
      { isTerminal: false },
    );
    assert.is(out, '');
    assert.equal(err.split('\n'), [
      'A note.',
      'warning: A warning.',
      '    <1 ms  CREATE TABLE t ( x )',
      `    1.2 s  SELECT '${'x'.repeat(91)}…`,
      "     1 ms  SELECT '\uFFFD[31m'",
      '',
    ]);
  });
});
