import { EngineError, type EngineErrorKind } from '../engine/engine.ts';
import { type ErrorCode, MigError } from '../error.ts';

/** The code of the family for each kind of engine error. */
export const CODE_OF = {
  sql: 'failed',
  refused: 'statement',
  conflict: 'conflict',
  busy: 'locked',
  database: 'database',
  'not-a-database': 'not-a-database',
  ledger: 'ledger',
  unsupported: 'failed',
} as const satisfies Record<EngineErrorKind, ErrorCode>;

/** Turns an error of reading into one of the family. Everything else goes through. */
export function asMigError(error: unknown): unknown {
  if (!(error instanceof EngineError)) return error;
  const { kind, message, hint } = error.failure;
  return new MigError({ code: CODE_OF[kind], message, hint }, { cause: error });
}
