import { spawnSync } from 'node:child_process';
import { type Goal, table } from './measure.ts';
import { ROOT } from './programs.ts';

const MOST_BYTES = 150e3;

interface Tarball {
  readonly name: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** What npm would publish: each file with its size, but the pages of docs/ as one. */
export function packageContents(): string {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['pack', '--dry-run', '--json', '--ignore-scripts'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`npm pack ended with ${status}: ${stderr}`);
  // An array, or in newer ones an object with the package's name as its key.
  return contentsTable((Object.values(JSON.parse(stdout)) as [Tarball])[0]);
}

function contentsTable({ size, unpackedSize, files }: Tarball): string {
  const isPage = ({ path }: { path: string }) => /^docs\/.*\.md$/.test(path);
  const pages = files.filter(isPage);
  const pagesSize = pages.reduce((sum, each) => sum + each.size, 0);
  const goal: Goal = { text: `≤ ${kilobytes(MOST_BYTES)}`, reached: size <= MOST_BYTES };
  const entries = [
    ...files
      .filter((file) => !isPage(file))
      .map((file) => [`\`${file.path}\``, file.size] as const),
    [`\`docs/\`, ${pages.length} pages`, pagesSize] as const,
  ].sort(([, a], [, b]) => b - a);
  return table(
    ['file', 'size', 'goal'],
    [
      ...entries.map(([what, bytes]) => [what, kilobytes(bytes), '']),
      ['all, unpacked', kilobytes(unpackedSize), ''],
      [
        'the tarball that npm downloads',
        kilobytes(size),
        `${goal.text} ${goal.reached ? 'reached' : 'missed'}`,
      ],
    ],
  );
}

/** In thousands of bytes. */
function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
}
