// Measures what gets dearer for the kernel itself, in one boot of the lab; see `--help`.
import { writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Curve, curves, type Point } from './cliffs-curves.js';
import { type CliffsReport, type CurveSummary, formatCliffs } from './cliffs-report.js';
import { median, spread } from './measure.js';
import { limit, withNamespace } from './programs.js';

const usage = `usage: npm run bench:cliffs -- [OPTION…]

Measures what makes the kernel's own work dear: removed destinations that it
still remembers, services with very many destinations, schedulers. A C program
asks; what is printed are multiples within one boot.

  --rounds N         of which the medians are (default 5)
  --json FILE        writes everything that was measured there
  --markdown FILE    writes what is printed there
  --help             this text
`;

/** Milliseconds that the kernel is given for what it does after a namespace is gone. */
const rest = 100;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    markdown: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await main();

async function main(): Promise<void> {
  const rounds = Number(values.rounds);
  const measured = new Map<Point, number[]>();
  // The first round warms everything up. Within a round all take turns, so that what disturbs one disturbs others as well.
  for (let round = 0; round <= rounds; round += 1) {
    console.error(`round ${round} of ${rounds}: begins`);
    for (const point of points()) {
      const microseconds = await measurePoint(point);
      if (round > 0) measured.set(point, [...(measured.get(point) ?? []), microseconds]);
    }
  }
  const summaries = curves.map((curve) => summarize(curve, measured));
  const report: CliffsReport = { kernel: release(), rounds, curves: summaries };
  const text = formatCliffs(report);
  process.stdout.write(text);
  if (values.markdown !== undefined) await writeFile(values.markdown, text);
  if (values.json !== undefined) {
    await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
}

function points(): Point[] {
  return curves.flatMap(({ series }) => series.flatMap((each) => each.points));
}

/** In a namespace of its own, which has a trash of its own. */
async function measurePoint({ words, operations }: Point): Promise<number> {
  const { milliseconds } = await withNamespace((name) => limit(words, name));
  await wait(rest);
  return (milliseconds * 1000) / operations;
}

function summarize(
  { name, amount, series }: Curve,
  measured: ReadonlyMap<Point, readonly number[]>,
): CurveSummary {
  const resultsOf = (point: Point) => measured.get(point) ?? [];
  const first = series[0]?.points[0];
  const base = first === undefined ? Number.NaN : median(resultsOf(first));
  return {
    name,
    amount,
    series: series.map((each) => ({
      name: each.name,
      points: each.points.map((point) => {
        const results = resultsOf(point);
        const microseconds = median(results);
        const times = microseconds / base;
        return { amount: point.amount, microseconds, times, spread: spread(results) };
      }),
    })),
  };
}
