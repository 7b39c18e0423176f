import type { Colors } from 'picocolors/types.js';
import type { Options } from './arguments.ts';
import type { Environment } from './settings.ts';

/** The colours that renderers may use. Each returns the text as it is where there is none. */
export type Style = Pick<
  Colors,
  'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'magenta' | 'blue'
>;

const same = (text: string | number | null | undefined) => String(text);

/** No colour. */
export const PLAIN: Style = {
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same,
  magenta: same,
  blue: same,
};

/**
 * Whether to use colour: `--color` and `--no-color`, then NO_COLOR, then FORCE_COLOR, then
 * whether it goes to a terminal. `CI=true` switches nothing on.
 */
export function wantsColor(options: Options, env: Environment, isTerminal: boolean): boolean {
  if (options['no-color'] === true) return false;
  if (options.color === true) return true;
  if (env.NO_COLOR) return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** picocolors looks at the process when it is imported, so that happens only for colour. */
export async function styleFor(color: boolean): Promise<Style> {
  if (!color) return PLAIN;
  const { default: picocolors } = await import('picocolors');
  return picocolors.createColors(true);
}
