/**
 * The difference of two texts, line by line, in the unified form: three lines of context,
 * `-` for what only the first has, `+` for what only the second has.
 */
export function unifiedDiff(
  before: string,
  after: string,
  names: { readonly before: string; readonly after: string },
): readonly string[] {
  const a = linesOf(before);
  const b = linesOf(after);
  const edits = editsOf(a, b);
  const hunks = hunksOf(edits);
  if (hunks.length === 0) return [];
  return [
    `--- ${names.before}`,
    `+++ ${names.after}`,
    ...hunks.flatMap((hunk) => printHunk(edits, hunk)),
  ];
}

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
  /** Numbers of the next line on each side, from 1. */
  readonly a: number;
  readonly b: number;
}

const CONTEXT = 3;
/** Beyond so many differences the shortest script is not worth its search. */
const MOST_DIFFERENCES = 2000;

function linesOf(text: string): readonly string[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Common lines at both ends are set aside; Myers' shortest edit script does the rest. */
function editsOf(a: readonly string[], b: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end))
    end++;
  const middle = shortest(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const signs = [...Array<' '>(start).fill(' '), ...middle, ...Array<' '>(end).fill(' ')];
  let [atA, atB] = [0, 0];
  return signs.map((sign) => {
    const edit = { sign, text: sign === '+' ? b[atB]! : a[atA]!, a: atA + 1, b: atB + 1 };
    if (sign !== '+') atA++;
    if (sign !== '-') atB++;
    return edit;
  });
}

function shortest(a: readonly string[], b: readonly string[]): readonly Edit['sign'][] {
  const replaceAll: Edit['sign'][] = [...a.map(() => '-' as const), ...b.map(() => '+' as const)];
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: Map<number, number>[] = [];
  for (let depth = 0; depth <= Math.min(a.length + b.length, MOST_DIFFERENCES); depth++) {
    trace.push(new Map(furthest));
    for (let diagonal = -depth; diagonal <= depth; diagonal += 2) {
      let x = comesDown(furthest, diagonal, depth)
        ? furthest.get(diagonal + 1)!
        : furthest.get(diagonal - 1)! + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return walkBack(trace, a.length, b.length);
    }
  }
  return replaceAll;
}

function comesDown(
  furthest: ReadonlyMap<number, number>,
  diagonal: number,
  depth: number,
): boolean {
  if (diagonal === -depth) return true;
  if (diagonal === depth) return false;
  return furthest.get(diagonal - 1)! < furthest.get(diagonal + 1)!;
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  lengthA: number,
  lengthB: number,
): readonly Edit['sign'][] {
  const signs: Edit['sign'][] = [];
  let [x, y] = [lengthA, lengthB];
  for (let depth = trace.length - 1; depth >= 0; depth--) {
    const furthest = trace[depth]!;
    const diagonal = x - y;
    const down = comesDown(furthest, diagonal, depth);
    const fromX = furthest.get(down ? diagonal + 1 : diagonal - 1)!;
    const fromY = fromX - (down ? diagonal + 1 : diagonal - 1);
    const [beforeX, beforeY] = depth === 0 ? [0, 0] : [fromX, fromY];
    while (x > Math.max(beforeX, 0) && y > Math.max(beforeY, 0)) {
      signs.push(' ');
      x--;
      y--;
    }
    if (depth > 0) signs.push(down ? '+' : '-');
    [x, y] = [beforeX, beforeY];
  }
  return signs.reverse();
}

interface Hunk {
  readonly from: number;
  readonly to: number;
}

function hunksOf(edits: readonly Edit[]): readonly Hunk[] {
  const hunks: Hunk[] = [];
  for (const [index, edit] of edits.entries()) {
    if (edit.sign === ' ') continue;
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(edits.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) hunks[hunks.length - 1] = { from: last.from, to };
    else hunks.push({ from, to });
  }
  return hunks;
}

function printHunk(edits: readonly Edit[], { from, to }: Hunk): readonly string[] {
  const part = edits.slice(from, to);
  const [first] = part;
  const countA = part.filter((edit) => edit.sign !== '+').length;
  const countB = part.filter((edit) => edit.sign !== '-').length;
  return [
    `@@ -${countA === 0 ? first!.a - 1 : first!.a},${countA} +${countB === 0 ? first!.b - 1 : first!.b},${countB} @@`,
    ...part.map((edit) => `${edit.sign}${edit.text}`),
  ];
}
