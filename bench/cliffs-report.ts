/** What one point came to. */
export interface PointSummary {
  readonly amount: number;
  /** The median of what one operation took. Of use beside others of the same boot alone. */
  readonly microseconds: number;
  /** How many times what the first point of the curve took. */
  readonly times: number;
  /** How far the middle half of the rounds lies apart, as a part of the median. */
  readonly spread: number;
}

export interface CurveSummary {
  readonly name: string;
  readonly amount: string;
  readonly series: readonly { readonly name: string; readonly points: readonly PointSummary[] }[];
}

/** Everything that a run measured. */
export interface CliffsReport {
  readonly kernel: string;
  readonly rounds: number;
  readonly curves: readonly CurveSummary[];
}

/** The report as Markdown: a table for each curve, with nothing absolute in it. */
export function formatCliffs({ kernel, rounds, curves }: CliffsReport): string {
  const lines = [`Linux ${kernel}, medians of ${rounds} rounds.`];
  for (const { name, amount, series } of curves) {
    const amounts = new Set(series.flatMap(({ points }) => points.map((point) => point.amount)));
    const heads = [amount, ...series.map((each) => each.name)];
    lines.push('', `**${name}**`, '', row(heads), row(heads.map(() => '---:')));
    for (const each of amounts) {
      const cells = series.map(({ points }) => points.find((point) => point.amount === each));
      lines.push(row([String(each), ...cells.map(figure)]));
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Two digits that say something. */
function figure(point: PointSummary | undefined): string {
  if (point === undefined) return '';
  const { times } = point;
  return times < 10 ? times.toFixed(1) : String(Number(times.toPrecision(2)));
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
