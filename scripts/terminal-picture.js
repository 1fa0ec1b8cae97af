/** Of one character, and of the frame around all of them, in pixels. */
const cell = { width: 8, height: 18 };
const frame = 12;
const fontSize = 13;
/** Of a line of text: how far below its top letters stand. */
const baseline = 13;

const background = '#16181d';
const foreground = '#d7dae0';
const colours = [
  '#3b4048',
  '#e06c75',
  '#98c379',
  '#e5c07b',
  '#61afef',
  '#c678dd',
  '#56b6c2',
  '#d7dae0',
];
const control = '\u001b';
/** A change of style, or text of one style. */
const pieces = new RegExp(`${control}\\[([\\d;]*)m|([^${control}]+)`, 'g');

const dimming = 0.6;
const blocks = '▁▂▃▄▅▆▇█';

/**
 * @typedef {object} Style
 * @property {string} [colour]
 * @property {boolean} [bold]
 * @property {boolean} [dim]
 * @property {boolean} [inverse]
 */

/** @typedef {{ text: string, column: number, style: Style }} Run */

/**
 * An SVG of what a terminal shows.
 * @param {readonly string[]} lines with the escapes of their styles, as `tmux capture-pane -e` prints them
 * @param {number} columns
 * @param {string} title what the picture shows
 */
export function drawTerminal(lines, columns, title) {
  const width = columns * cell.width + 2 * frame;
  const height = lines.length * cell.height + 2 * frame;
  const parts = readLines(lines).flatMap((runs, row) => runs.flatMap((run) => drawRun(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${quote(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${background}"/>`,
    `<g transform="translate(${frame} ${frame})" fill="${foreground}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${fontSize}" xml:space="preserve">`,
    ...parts,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/**
 * The pieces of each line that look the same.
 * @param {readonly string[]} lines
 * @returns {Run[][]}
 */
export function readLines(lines) {
  /** @type {Style} */
  let style = {};
  return lines.map((line) => {
    /** @type {Run[]} */
    const runs = [];
    let column = 0;
    for (const [, codes, text = ''] of line.matchAll(pieces)) {
      if (codes !== undefined) style = restyle(style, codes);
      if (text !== '') runs.push({ text, column, style });
      column += [...text].length;
    }
    return runs;
  });
}

/**
 * @param {Style} before
 * @param {string} codes such as `1;32`
 */
function restyle(before, codes) {
  let style = before;
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) style = {};
    else if (code === 1) style = { ...style, bold: true };
    else if (code === 2) style = { ...style, dim: true };
    else if (code === 7) style = { ...style, inverse: true };
    else if (code === 22) style = { ...style, bold: false, dim: false };
    else if (code === 27) style = { ...style, inverse: false };
    else if (code >= 30 && code <= 37)
      style = { ...style, colour: colours[code - 30] ?? foreground };
    else if (code >= 90 && code <= 97)
      style = { ...style, colour: colours[code - 90] ?? foreground };
    else if (code === 39) style = { ...style, colour: foreground };
  }
  return style;
}

/**
 * @param {Run} run
 * @param {number} row
 * @returns {string[]}
 */
function drawRun({ text, column, style }, row) {
  const { colour = foreground, bold, dim, inverse } = style;
  const fill = inverse ? background : colour;
  const top = row * cell.height;
  const looks = [
    fill === foreground ? '' : ` fill="${fill}"`,
    bold ? ' font-weight="bold"' : '',
    dim ? ` opacity="${dimming}"` : '',
  ].join('');
  const parts = [];
  if (inverse) {
    parts.push(
      `<rect x="${column * cell.width}" y="${top}" width="${[...text].length * cell.width}" height="${cell.height}" fill="${colour}"/>`,
    );
  }
  const bars = drawBars(text, column, top);
  if (bars !== '') parts.push(`<path d="${bars}"${looks}/>`);
  // Each word has its own place, whatever the widths of the reader's font.
  for (const { 0: word, index } of text.matchAll(/[^ ▁▂▃▄▅▆▇█]+(?: [^ ▁▂▃▄▅▆▇█]+)*/g)) {
    const place = column + [...text.slice(0, index)].length;
    const length = [...word].length * cell.width;
    parts.push(
      `<text x="${place * cell.width}" y="${top + baseline}" textLength="${length}"${looks}>${quote(word)}</text>`,
    );
  }
  return parts;
}

/**
 * The bars of a sparkline as a path, because not every font has them in one height.
 * @param {string} text
 * @param {number} column
 * @param {number} top
 */
function drawBars(text, column, top) {
  return [...text]
    .map((character, index) => {
      const eighths = blocks.indexOf(character) + 1;
      if (eighths === 0) return '';
      const height = ((cell.height - 4) * eighths) / blocks.length;
      const x = (column + index) * cell.width;
      return `M${x} ${top + cell.height - 2}v${-height}h${cell.width - 1}v${height}z`;
    })
    .join('');
}

/** @param {string} text */
function quote(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
