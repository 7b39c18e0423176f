import type { VirtualTable } from './model.ts';

/** The full-text modules that can build their index again from another table. */
const MODULES = ['fts5', 'fts4'];

/**
 * Whether a virtual table is an index over another table or view, from which it can be
 * filled again: a full-text one with a `content` that names something.
 */
export function isExternalContent({ module, arguments: given }: VirtualTable): boolean {
  const content = /(?:^|[(,])\s*content\s*=\s*(?:'([^']*)'|"([^"]*)"|([^\s,)]+))/i.exec(given);
  const name = content?.[1] ?? content?.[2] ?? content?.[3] ?? '';
  return MODULES.includes(module) && name !== '';
}
