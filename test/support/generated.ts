import {
  type GeneratedPair,
  type GenerateOptions,
  generate,
} from '../../lib/schema/generate/generate.ts';
import { schemaFrom } from './scratch.ts';

type Said = Readonly<Record<string, string>>;

/** The options of somebody who lets everything go, and says what is renamed and filled. */
export function permissive(renames: Said = {}, fill: Said = {}): GenerateOptions {
  return {
    renames: new Map(Object.entries(renames)),
    noRename: true,
    allowDrop: true,
    fill: new Map(Object.entries(fill)),
    columnOrder: 'ignore',
  };
}

/** The pair that leads from what one script builds to what another one does; throws for none. */
export async function pairOf(
  before: string,
  after: string,
  options: GenerateOptions = permissive(),
): Promise<GeneratedPair> {
  const made = generate(await schemaFrom(before), await schemaFrom(after), options);
  if (made.kind !== 'pair') throw new Error(JSON.stringify(made));
  return made;
}
