/** "Did you mean …?": the nearest words by edit distance. */

/**
 * The candidates nearest to a word, best first, at most `limit`. A candidate counts when
 * it begins with the word (three letters or more), or when at most a third of its letters
 * would have to change. Case is ignored.
 */
export function nearest(word: string, candidates: Iterable<string>, limit = 1): readonly string[] {
  const wanted = word.toLowerCase();
  const scored: { candidate: string; score: number }[] = [];
  for (const candidate of candidates) {
    const score = distanceWithin(wanted, candidate.toLowerCase());
    if (score !== null) scored.push({ candidate, score });
  }
  scored.sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1));
  return scored.slice(0, limit).map((entry) => entry.candidate);
}

/** "did you mean `x`?" for the nearest candidate, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const [best] = nearest(word, candidates);
  return best === undefined ? undefined : `Did you mean \`${best}\`?`;
}

function distanceWithin(word: string, candidate: string): number | null {
  if (word.length >= 3 && candidate.startsWith(word)) return 0.5;
  const most = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
  // Whatever differs by more letters in length alone cannot be near: most candidates end here.
  if (Math.abs(word.length - candidate.length) > most) return null;
  if (word.length > 64 || candidate.length > 64) return null;
  const distance = editDistance(word, candidate);
  return distance <= most && distance < Math.max(word.length, candidate.length) ? distance : null;
}

/** Optimal string alignment: insert, delete, replace, swap of neighbours cost 1 each. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
