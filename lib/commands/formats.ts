import { MigError } from '../error.ts';
import { didYouMean } from '../graph/nearest.ts';
import type { CheckFormat, GraphFormat } from './documents.ts';

/** What `mig graph --format` takes. */
export const GRAPH_FORMATS: readonly GraphFormat[] = ['text', 'mermaid', 'dot', 'svg', 'json'];
/** What `mig check --format` takes. */
export const CHECK_FORMATS: readonly CheckFormat[] = ['text', 'json', 'github', 'sarif'];

/** @throws MigError `usage` */
export function graphFormat(text: string): GraphFormat {
  return formatAmong(GRAPH_FORMATS, text, 'a graph');
}

/** @throws MigError `usage` */
export function checkFormat(text: string): CheckFormat {
  return formatAmong(CHECK_FORMATS, text, 'a check');
}

function formatAmong<Format extends string>(
  formats: readonly Format[],
  text: string,
  of: string,
): Format {
  const format = formats.find((each) => each === text);
  if (format !== undefined) return format;
  throw new MigError({
    code: 'usage',
    message: `\`${text}\` is no format of ${of}.`,
    hint: didYouMean(text, formats) ?? `Say one of ${formats.join(', ')}.`,
  });
}
