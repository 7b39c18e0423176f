/** What is built into one file (see Makefile): the program beside the library. */
export * from '../lib/index.ts';
export { start } from './mig.ts';
