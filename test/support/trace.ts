/**
 * Reads a drawn graph back: what a person sees who follows the lines with a finger, from a
 * revision downwards. It knows the characters and nothing of lib/graph.
 *
 *     ●─┬─╮   out of a node: straight down, and sideways to every corner that turns down
 *     ● │ │
 *     ├─┼─╯   down a lane: across ┼, round a corner, into a ├ or ┤ and on down
 *     ●─╯     until a node is met
 */
export interface SeenEdge {
  readonly child: string;
  readonly parent: string;
  readonly isDashed: boolean;
}

/** @param lines lanes, two blanks, an id; or lanes alone. `nodes` are the glyphs of revisions. */
export function edgesSeen(lines: readonly string[], nodes = '●'): readonly SeenEdge[] {
  const grid = lines.map((line) => [...line.replace(/ {2}\w+$/, '')]);
  const at = (row: number, column: number) => grid[row]?.[column] ?? ' ';
  const isNode = (row: number, column: number) => nodes.includes(at(row, column));
  const idOf = (row: number) => /\w+$/.exec(lines[row]!)![0];

  /** Where a line ends that comes down into a cell. */
  const down = (fromRow: number, column: number): string => {
    for (let row = fromRow; ; row++) {
      if (isNode(row, column)) return idOf(row);
      const glyph = at(row, column);
      if ('│┊├┤┼'.includes(glyph)) continue;
      const sides = { '╯': [-1], '╰': [1], '┴': [-1, 1] }[glyph] ?? [];
      const ends = sides.flatMap((side) => along(row, column, side));
      if (ends.length !== 1) throw new Error(`lost at ${row + 1}:${column + 1} (“${glyph}”)`);
      return ends[0]!;
    }
  };

  /** Where a line ends that turned sideways; nowhere when it only meets others that came down. */
  const along = (row: number, start: number, side: number): readonly string[] => {
    for (let column = start + side; ; column += side) {
      if (isNode(row, column)) return [idOf(row)];
      const glyph = at(row, column);
      if (glyph === (side === -1 ? '├' : '┤')) return [down(row + 1, column)];
      if (!'─╌┼┴'.includes(glyph)) return [];
    }
  };

  /** The corners that turn down beside a node. */
  const corners = (row: number, start: number, side: number) => {
    const found: { column: number; isDashed: boolean }[] = [];
    for (let column = start + side; ; column += side) {
      const glyph = at(row, column);
      const isLast = glyph === (side === -1 ? '╭' : '╮');
      if (isLast || glyph === '┬') {
        found.push({ column, isDashed: at(row, column - side) === '╌' });
      } else if (!'─╌┼'.includes(glyph)) return found;
      if (isLast) return found;
    }
  };

  return grid.flatMap((cells, row) => {
    const column = cells.findIndex((_, each) => isNode(row, each));
    if (column === -1) return [];
    const child = idOf(row);
    const isOpen = isNode(row + 1, column) || '│┊├┤┼╯╰┴'.includes(at(row + 1, column));
    return [
      ...(isOpen ? [{ child, parent: down(row + 1, column), isDashed: false }] : []),
      ...[-1, 1].flatMap((side) =>
        corners(row, column, side).map((corner) => {
          return { child, parent: down(row + 1, corner.column), isDashed: corner.isDashed };
        }),
      ),
    ];
  });
}
