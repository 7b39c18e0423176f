import type { Schema } from '../model.ts';
import { compareSchemas } from './compare.ts';
import { addressOf, covers, type Difference } from './difference.ts';

/** A change that a branch made and that a result does not have. */
interface Lost {
  readonly change: Difference;
  /** What the result has instead, seen from the branch. */
  readonly instead: readonly Difference[];
}

/**
 * Who lost what: the changes from base to branch that did not survive in a result in which
 * the branch took part. What is only order or spelling is not lost.
 */
export function lostChanges(base: Schema, branch: Schema, result: Schema): readonly Lost[] {
  const undone = compareSchemas(branch, result).filter((each) => !each.cosmetic);
  return compareSchemas(base, branch)
    .filter((each) => !each.cosmetic)
    .flatMap((change) => {
      const instead = undone.filter((each) => undoes(each, change));
      return instead.length === 0 ? [] : [{ change, instead }];
    });
}

/**
 * A change is undone by whatever touches the same place, by the loss of what it stands in,
 * and, where it added something, by the loss of a part of that.
 */
function undoes(undone: Difference, change: Difference): boolean {
  if (addressOf(undone) === addressOf(change)) return true;
  if (covers(undone, change)) return undone.change === 'removed' || undone.aspect === 'definition';
  return change.change === 'added' && covers(change, undone) && undone.change !== 'added';
}
