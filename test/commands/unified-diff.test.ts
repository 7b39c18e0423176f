import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { unifiedDiff } from '../../lib/commands/unified-diff.ts';
import { type Random, randomOf } from '../support/random.ts';
import { suite } from '../support/suite.ts';
import { inTemp, writeTree } from '../support/temp.ts';

const NAMES = { before: 'then', after: 'now' };
const HUNK = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/;

/** Applies a diff as `patch` would, and trusts none of its numbers. */
function patched(before: string, diff: readonly string[]): string {
  const lines = linesOf(before);
  const result: string[] = [];
  let at = 0;
  for (let index = 2; index < diff.length; ) {
    const head = HUNK.exec(diff[index++]!);
    assert.ok(head, `no hunk: ${diff[index - 1]}`);
    const [startA, countA, startB, countB] = head.slice(1).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const from = countA === 0 ? startA : startA - 1;
    result.push(...lines.slice(at, from));
    assert.is(result.length, countB === 0 ? startB : startB - 1);
    at = from;
    const [endA, endB] = [from + countA, result.length + countB];
    while (index < diff.length && !diff[index]!.startsWith('@@')) {
      const [sign, text] = [diff[index]![0], diff[index]!.slice(1)];
      if (sign !== '+') assert.is(lines[at++], text);
      if (sign !== '-') result.push(text);
      index++;
    }
    assert.equal([at, result.length], [endA, endB]);
  }
  return [...result, ...lines.slice(at)].join('\n');
}

function linesOf(text: string): string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function randomText(random: Random, length: number): string[] {
  return Array.from({ length }, () => `line ${random.int(4 + (length >> 1))}`);
}

function edited(random: Random, lines: readonly string[]): string[] {
  const result = [...lines];
  for (let edits = random.int(5); edits > 0; edits--) {
    const at = random.int(result.length + 1);
    const gone = random.int(4);
    result.splice(at, gone, ...randomText(random, random.int(4)));
  }
  return result;
}

const changed = (diff: readonly string[]) =>
  diff.slice(2).filter((line) => /^[-+]/.test(line)).length;

suite('unifiedDiff', (test) => {
  test('of equal texts is nothing', () => {
    assert.equal(unifiedDiff('', '', NAMES), []);
    assert.equal(unifiedDiff('a\nb\n', 'a\nb\n', NAMES), []);
    assert.equal(unifiedDiff('a\r\nb\r\n', 'a\nb', NAMES), []);
  });
  test('in the form that everybody knows', () => {
    const before = 'one\ntwo\nthree\nfour\nfive\nsix\n';
    assert.equal(unifiedDiff(before, before.replace('five', 'FIVE'), NAMES), [
      '--- then',
      '+++ now',
      '@@ -2,5 +2,5 @@',
      ' two',
      ' three',
      ' four',
      '-five',
      '+FIVE',
      ' six',
    ]);
  });
  for (const [name, before, after, expected] of [
    ['from nothing', '', 'a\nb\n', ['@@ -0,0 +1,2 @@', '+a', '+b']],
    ['to nothing', 'a\nb\n', '', ['@@ -1,2 +0,0 @@', '-a', '-b']],
    ['a line in front', 'b\n', 'a\nb\n', ['@@ -1,1 +1,2 @@', '+a', ' b']],
    ['a line behind', 'a\n', 'a\nb\n', ['@@ -1,1 +1,2 @@', ' a', '+b']],
    ['an empty line', 'a\n\nb\n', 'a\nb\n', ['@@ -1,3 +1,2 @@', ' a', '-', ' b']],
  ] as const) {
    test(name, () => assert.equal(unifiedDiff(before, after, NAMES).slice(2), expected));
  }
  test('two places far apart are two hunks, two close ones are one', () => {
    const before = Array.from({ length: 30 }, (_, index) => `l${index}`);
    const hunks = (...at: readonly number[]) => {
      const after = before.map((line, index) => (at.includes(index) ? 'x' : line));
      const diff = unifiedDiff(before.join('\n'), after.join('\n'), NAMES);
      return diff.filter((line) => line.startsWith('@@')).length;
    };
    assert.equal([hunks(3, 20), hunks(3, 9), hunks(3, 10), hunks(3, 11)], [2, 1, 1, 2]);
  });
  test('applied to the first text it gives the second', () => {
    const random = randomOf(11);
    for (let round = 0; round < 1500; round++) {
      const a = randomText(random, random.int(40));
      const b = random.chance(0.7) ? edited(random, a) : randomText(random, random.int(40));
      const [before, after] = [a.join('\n'), b.join('\n')];
      const diff = unifiedDiff(before, after, NAMES);
      if (linesOf(before).join('\n') === linesOf(after).join('\n')) assert.equal(diff, []);
      else assert.is(patched(before, diff), linesOf(after).join('\n'));
    }
  });
  test('also where two large texts have next to nothing in common', () => {
    const random = randomOf(12);
    const [a, b] = [randomText(random, 6000), randomText(random, 5000)];
    const diff = unifiedDiff(a.join('\n'), b.join('\n'), NAMES);
    assert.is(patched(a.join('\n'), diff), b.join('\n'));
  });
});

if (spawnSync('diff', ['--version']).status === 0) {
  suite('unifiedDiff beside `diff -u`', (test) => {
    test('as many lines change, and `patch` would agree', () =>
      inTemp((dir) => {
        const random = randomOf(13);
        for (let round = 0; round < 60; round++) {
          const a = randomText(random, 5 + random.int(40));
          const b = edited(random, a);
          const [before, after] = [`${a.join('\n')}\n`, b.map((line) => `${line}\n`).join('')];
          writeTree(dir, { a: before, b: after });
          const { stdout } = spawnSync(
            'diff',
            ['-u', '--minimal', join(dir, 'a'), join(dir, 'b')],
            { encoding: 'utf8' },
          );
          const theirs = stdout === '' ? [] : stdout.trimEnd().split('\n');
          const ours = unifiedDiff(before, after, NAMES);
          assert.is(changed(ours), changed(theirs));
          assert.is(ours.length === 0, theirs.length === 0);
        }
      }));
  });
} else console.log('NOTE: there is no `diff` here: unifiedDiff is not compared with it');
