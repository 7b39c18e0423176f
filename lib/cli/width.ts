/** How much of a line a text takes, in character cells. */

/** Marks that stand on the character before them, and what is not shown at all. */
const NONE = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
/** What East Asia writes, and pictures: two cells. */
const WIDE =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]$/u;

/** The character cells that a text takes; lines and control characters are not for it. */
export function widthOf(text: string): number {
  let width = 0;
  for (const each of text) width += cellsOf(each);
  return width;
}

/**
 * The text, or as much of its beginning as fits, with `…` behind. A word with a digit is
 * kept whole or left out: half an id would look like another one.
 */
export function cutTo(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let used = 0;
  let kept = '';
  for (const each of text) {
    used += cellsOf(each);
    if (used > most - 1) break;
    kept += each;
  }
  const word = /\w*$/.exec(kept)![0];
  const isHalfId = /\d/.test(word) && /^\w/.test(text.slice(kept.length));
  const whole = isHalfId && word.length < kept.length ? kept.slice(0, -word.length) : kept;
  return most < 1 ? '' : `${whole.replace(/[\s,;]+$/, '')}…`;
}

function cellsOf(character: string): number {
  if (character < '\u0300') return 1;
  return NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}
