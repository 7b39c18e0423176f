/** One statement of a generated file, or a few that are one, with what a reader has to know. */
export interface SqlStep {
  /** Lines of the comment above it. */
  readonly why: readonly string[];
  readonly sql: string;
}

/** Steps as SQL for a person to review. */
export function writeSql(steps: readonly SqlStep[]): string {
  return steps
    .map(({ why, sql }) => `${why.map((line) => `-- ${oneLine(line)}\n`).join('')}${sql}\n`)
    .join('\n');
}

/** What stands in a comment must not end it. */
export function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]\s*/g, ' ').trimEnd();
}
