import type { Place, Problem } from '../error.ts';
import type { Finding } from './documents.ts';

/** A problem as a finding. */
export function problemFinding(severity: Finding['severity'], problem: Problem): Finding {
  return {
    code: problem.code,
    severity,
    message: problem.message,
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    revision: problem.revision ?? null,
    ...placed(problem),
  };
}

/** A place as a finding has it: null for what is not known. */
export function placed({ file, line, column }: Place): Pick<Finding, 'file' | 'line' | 'column'> {
  return { file: file ?? null, line: line ?? null, column: column ?? null };
}

/** Several heads as a finding of `check`. */
export function severalHeadsFinding(heads: readonly string[]): Finding {
  return {
    code: 'several-heads',
    severity: 'error',
    message: `There are ${heads.length} heads: ${heads.join(' ')}`,
    hint: 'Join them with `mig merge`.',
    revision: null,
    ...placed({}),
  };
}
