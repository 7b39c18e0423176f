import { idFault } from '../graph/id.ts';

/** What a file's name says it is. */
export type FileName =
  | {
      readonly kind: 'revision';
      readonly id: string;
      readonly slug: string;
      readonly side: 'up' | 'down';
    }
  /** `.up.sql` or `.down.sql`, but no revision for the reason given. */
  | { readonly kind: 'wrong'; readonly message: string; readonly hint: string }
  /** SQL in neither form: told by `mig check`, otherwise left alone. */
  | { readonly kind: 'stray' }
  | { readonly kind: 'other' };

const VARIANT = /^.*\.(?:up|down)\.([A-Za-z0-9]+)\.sql$/s;

/** `<id>[_<slug>].up.sql` or `.down.sql`; the id is what stands before the first `_`. */
export function readName(name: string): FileName {
  if (!name.endsWith('.sql')) return { kind: 'other' };
  const side = sideOf(name);
  if (side === null) {
    const variant = VARIANT.exec(name);
    if (variant === null) return { kind: 'stray' };
    return {
      kind: 'wrong',
      message: `Names in \`.up.<word>.sql\` and \`.down.<word>.sql\` are reserved for variants by engine (here: ${variant[1]}).`,
      hint: 'This version of mig has no variants: name it `<id>_<slug>.up.sql`.',
    };
  }
  const stem = name.slice(0, -`.${side}.sql`.length);
  const cut = stem.indexOf('_');
  const id = cut === -1 ? stem : stem.slice(0, cut);
  const fault = idFault(id);
  if (fault !== null) {
    return {
      kind: 'wrong',
      message: `\`${id}\`, the part of the name before the first \`_\`, is no revision id: ${fault}.`,
      hint: 'A revision is `<id>_<slug>.up.sql` and `<id>_<slug>.down.sql`.',
    };
  }
  return {
    kind: 'revision',
    id,
    slug: cut === -1 ? '' : stem.slice(cut + 1),
    side,
  };
}

function sideOf(name: string): 'up' | 'down' | null {
  if (name.endsWith('.up.sql')) return 'up';
  return name.endsWith('.down.sql') ? 'down' : null;
}

/** `<id>_<slug>`, or `<id>` where there is no slug. */
export function stemOf(id: string, slug: string): string {
  return slug === '' ? id : `${id}_${slug}`;
}

/** A path inside the folder, as a person would type it. */
export function shownPath(shown: string, path: string): string {
  return shown === '.' ? path : `${shown}/${path}`;
}
