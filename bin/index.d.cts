// The types of the library for `require`: those of the module, handed on (see Makefile).
import type * as mig from './types/lib/index.js' with { 'resolution-mode': 'import' };

export type * from './types/lib/index.js' with { 'resolution-mode': 'import' };
export declare const createMig: typeof mig.createMig;
export declare const MigError: typeof mig.MigError;
export type MigError = mig.MigError;
