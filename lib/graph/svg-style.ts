/** The colours of a picture. Those of the lanes are, in order, those of the terminal's. */
interface Palette {
  readonly page: string;
  readonly frame: string;
  readonly text: string;
  readonly faint: string;
  readonly head: string;
  readonly lanes: readonly string[];
}

const LIGHT: Palette = {
  page: '#ffffff',
  frame: '#d1d9e0',
  text: '#1f2328',
  faint: '#59636e',
  head: '#1a7f37',
  lanes: ['#1a7f37', '#bf8700', '#0969da', '#8250df', '#1b7c83', '#cf222e'],
};

const DARK: Palette = {
  page: '#0d1117',
  frame: '#3d444d',
  text: '#f0f6fc',
  faint: '#9198a1',
  head: '#3fb950',
  lanes: ['#3fb950', '#d29922', '#4493f8', '#ab7df8', '#39c5cf', '#ff7b72'],
};

/** The style sheet: shapes and fonts, then the light colours, then the dark ones. */
export function svgStyle(): string {
  return [
    'text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}',
    'text.id{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace}',
    'g.head text.id{font-weight:bold}',
    'text.tag{font-size:11px;text-anchor:middle}',
    '.edges path{fill:none;stroke-width:2}',
    '.edges path.needs{stroke-dasharray:2 4;stroke-linecap:round}',
    'circle{stroke-width:2}',
    'g.missing circle{stroke-dasharray:2 2}',
    colours(LIGHT),
    `@media (prefers-color-scheme:dark){${colours(DARK)}}`,
  ].join('');
}

function colours({ page, frame, text, faint, head, lanes }: Palette): string {
  return [
    `.page{fill:${page};stroke:${frame}}`,
    `text{fill:${text}}`,
    `text.id,.legend text{fill:${faint}}`,
    `g.head text.id{fill:${text}}`,
    `rect.tag{fill:none;stroke:${frame}}`,
    `text.tag{fill:${faint}}`,
    `rect.tag.head{stroke:${head}}`,
    `text.tag.head{fill:${head}}`,
    `circle{fill:${faint};stroke:${faint}}`,
    ...lanes.map(
      (color, index) =>
        `path.c${index}{stroke:${color}}circle.c${index}{fill:${color};stroke:${color}}`,
    ),
    `g.pending circle,g.missing circle{fill:${page}}`,
  ].join('');
}
