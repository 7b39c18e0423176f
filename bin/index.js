// The library for `import`: the code that `require` gets, so that there is one MigError.
import bundle from './bundle.cjs';

export const { createMig, createSnapshot, MigError } = bundle;
