// Describes a page of panels to vega-lite. Both axes are logarithmic: what grows in proportion is a straight line that
// rises as the dashed one does.
import { type Line, lines, type Page, type Panel } from './pages.js';
import type { GrowthReport, Series } from './series.js';
import { drawSvg } from './vega.js';

/** A point of a line, as the plot has it. */
interface Row {
  readonly line: string;
  readonly size: number;
  readonly value: number;
}

/** A panel with the series of one kernel. */
interface Plot {
  readonly panel: Panel;
  readonly title: string;
  readonly rows: readonly Row[];
}

const proportion = { label: 'in proportion to the size', colour: '#999999' };
const solid = [1, 0];
const dashed = [6, 5];
const font = { title: 17, axis: 14, label: 13 };

export async function drawPage(page: Page, report: GrowthReport): Promise<string> {
  return `${await drawSvg(describePage(page, report))}\n`;
}

function describePage(page: Page, { series }: GrowthReport): object {
  const names = [...new Set(page.panels.flatMap((panel) => Object.keys(panel.lines)))] as Line[];
  const legend = [...names.map((name) => lines[name]), proportion];
  const plots = page.panels.flatMap((panel) => plotsOf(panel, series));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    padding: 14,
    columns: 2,
    spacing: 30,
    concat: plots.map((plot) => describePlot(plot, page.unit, legend)),
    resolve: { scale: { color: 'shared' } },
    config: {
      aria: false,
      title: { fontSize: font.title, anchor: 'start', offset: 10 },
      axis: {
        labelFontSize: font.label,
        titleFontSize: font.axis,
        titleFontWeight: 'normal',
        titlePadding: 8,
        gridColor: '#e8e8e8',
      },
    },
  };
}

/** A plot for each kernel that the panel's work was measured on. */
function plotsOf(panel: Panel, series: readonly Series[]): Plot[] {
  const own = series.filter(
    ({ work, quantity }) => work === panel.work && quantity === panel.quantity,
  );
  const kernels = [...new Set(own.map(({ kernel }) => kernel))];
  return kernels.map((kernel) => ({
    panel,
    title: `${panel.title}, Linux ${kernel}`,
    rows: (Object.entries(panel.lines) as [Line, string][]).flatMap(([line, name]) =>
      own
        .filter(({ kernel: its, way }) => its === kernel && way === name)
        .flatMap(({ points }) => points)
        .map(({ size, value }) => ({ line: lines[line].label, size, value })),
    ),
  }));
}

function describePlot(
  { panel, title, rows }: Plot,
  unit: string,
  legend: readonly { readonly label: string; readonly colour: string }[],
): object {
  const bytes = panel.quantity === 'bytes';
  const values = rows.map((row) => (bytes ? { ...row, value: row.value / 1e6 } : row));
  const first = Math.min(...values.map(({ size }) => size));
  return {
    title,
    width: 420,
    height: 300,
    data: { values: [...values, ...proportionOf(values)] },
    mark: { type: 'line', point: { filled: true, size: 45 }, strokeWidth: 2.5 },
    encoding: {
      x: axis('size', unit, ','),
      y: axis('value', bytes ? 'megabytes' : `times the limit at ${count(first)}`, ',~g'),
      color: {
        field: 'line',
        type: 'nominal',
        scale: {
          domain: legend.map(({ label }) => label),
          range: legend.map(({ colour }) => colour),
        },
        legend: {
          title: null,
          orient: 'bottom',
          columns: 3,
          columnPadding: 24,
          labelFontSize: font.axis,
          labelLimit: 400,
          symbolType: 'stroke',
          symbolSize: 400,
          symbolStrokeWidth: 4,
        },
      },
      strokeDash: {
        condition: { test: `datum.line === '${proportion.label}'`, value: dashed },
        value: solid,
      },
      detail: { field: 'line' },
    },
  };
}

/** A straight line below the others. */
function proportionOf(values: readonly Row[]): Row[] {
  const first = Math.min(...values.map(({ size }) => size));
  const last = Math.max(...values.map(({ size }) => size));
  const lowest = Math.min(...values.map(({ value }) => value));
  const line = proportion.label;
  return [first, last].map((size) => ({ line, size, value: (lowest / 2) * (size / first) }));
}

function axis(field: string, title: string, format: string): object {
  return {
    field,
    type: 'quantitative',
    scale: { type: 'log', nice: false },
    axis: { title, format, tickCount: 6, labelFlush: false },
  };
}

function count(value: number): string {
  return value.toLocaleString('en');
}
