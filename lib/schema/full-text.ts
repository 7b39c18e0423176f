import type { VirtualTable } from './model.ts';

/** The full-text modules that can build their index again from another table. */
const MODULES = ['fts5', 'fts4'];

/**
 * Whether a virtual table is an index over another table or view, from which it can be
 * filled again: a full-text one with a `content` that names something.
 */
export function isExternalContent(table: VirtualTable): boolean {
  return contentOf(table) !== null;
}

/** The table or view that a full-text index is over; null where it has its own content. */
export function contentOf({ module, arguments: given }: VirtualTable): string | null {
  const content =
    /(?:^|[(,])\s*content\s*=\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([^\s,)]+))/i.exec(given);
  const name =
    content?.[1]?.replaceAll("''", "'") ??
    content?.[2]?.replaceAll('""', '"') ??
    content?.[3] ??
    '';
  return MODULES.includes(module) && name !== '' ? name : null;
}
