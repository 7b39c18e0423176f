/** What a `run: |` or a list item `- |` of a YAML file holds, by the line before it. */
export function blocksOf(yaml: string): readonly Block[] {
  const lines = yaml.split('\n');
  return lines.flatMap((line, index) => {
    const [, indent = '', opening = ''] = /^( *)((?:run: |- (?:run: )?)\|)$/.exec(line) ?? [];
    if (opening === '') return [];
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((each) => each !== '' && !each.startsWith(`${indent}  `));
    const block = rest.slice(0, end === -1 ? undefined : end);
    const depth = Math.min(...block.filter(Boolean).map((each) => each.search(/\S/)));
    const above = lines[index - 1] ?? '';
    return [{ name: /- name: (.*)/.exec(above)?.[1] ?? null, script: textOf(block, depth) }];
  });
}

export interface Block {
  /** The step's, where it stands right above. */
  readonly name: string | null;
  readonly script: string;
}

function textOf(block: readonly string[], depth: number): string {
  return `${block
    .map((each) => each.slice(depth))
    .join('\n')
    .trimEnd()}\n`;
}
