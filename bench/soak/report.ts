import type { KillsSummary } from './kills.js';
import { faultsOf, type Sample, type Trend, trendOf } from './samples.js';
import type { Outcomes } from './tally.js';
import type { WritersSummary } from './writers.js';

/** What work that is repeated came to. */
export interface RepeatedSummary {
  readonly samples: readonly Sample[];
  readonly seconds: number;
  readonly outcomes: Outcomes;
}

/** Everything that a run measured; what was not asked for is absent. */
export interface SoakReport {
  readonly kernel: string;
  readonly node: string;
  readonly seed: number;
  readonly operations?: RepeatedSummary;
  readonly cycles?: RepeatedSummary;
  readonly kills?: KillsSummary;
  readonly writers?: WritersSummary;
}

/** The invariants that broke. */
export function faultsOfReport({ operations, cycles, kills, writers }: SoakReport): string[] {
  const of = (name: string, summary: RepeatedSummary | undefined) =>
    summary === undefined
      ? []
      : faultsOf(trendOf(summary.samples)).map((fault) => `${name}: ${fault}`);
  return [
    ...of('operations', operations),
    ...of('cycles', cycles),
    ...(kills?.faults ?? []),
    ...(writers?.faults ?? []),
  ];
}

/** The report as Markdown. */
export function formatSoak(report: SoakReport): string {
  const { kernel, node, seed, kills, writers } = report;
  const lines = [`Linux ${kernel}, Node ${node}, seed ${seed}.`, ''];
  const trends = [...trendRows(report)];
  if (trends.length > 0) {
    lines.push(
      row(['work', 'done', 'memory', 'its slope', 'heap', 'its slope', 'descriptors', 'threads']),
      row(['---', ...Array.from({ length: 7 }, () => '---:')]),
      ...trends,
      '',
    );
  }
  if (kills !== undefined) {
    const { times, between, repaired } = kills;
    lines.push(
      `Killed ${times} times: ${between} times what was left was neither document; ${repaired} operations put all right.`,
      '',
    );
  }
  if (writers !== undefined) {
    const { steps, seconds } = writers;
    lines.push(`Three processes wrote for ${(seconds / 60).toFixed(1)} minutes in ${steps} steps.`);
    lines.push('', row(['process', 'how its operations ended']), row(['---', '---']));
    for (const { name, outcomes } of writers.writers) lines.push(row([name, inWords(outcomes)]));
    lines.push('');
  }
  const faults = faultsOfReport(report);
  lines.push(faults.length === 0 ? 'No invariant broke.' : '**Broken:**');
  for (const fault of faults) lines.push(`* ${fault}`);
  return `${lines.join('\n')}\n`;
}

function* trendRows({ operations, cycles, writers }: SoakReport): Generator<string> {
  if (operations !== undefined) {
    const { samples, seconds } = operations;
    yield trendRow(`calls, in ${Math.round(seconds)} s`, 'call', trendOf(samples));
  }
  if (cycles !== undefined) {
    const { samples, seconds } = cycles;
    yield trendRow(`open and close, in ${Math.round(seconds)} s`, 'cycle', trendOf(samples));
  }
  for (const { name, trend } of writers?.writers ?? []) {
    if (trend !== undefined) yield trendRow(name, 'step', trend);
  }
}

/** The memory at the beginning and at the end, and the slope of the line through all samples. */
function trendRow(work: string, unit: string, trend: Trend): string {
  const { first, last, residentSlope, heapSlope } = trend;
  const fromTo = (value: (sample: Sample) => string) => `${value(first)} → ${value(last)}`;
  const size = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const slope = (bytes: number) => `${bytes.toFixed(2)} bytes a ${unit}`;
  return row([
    work,
    String(last.done),
    `${fromTo(({ resident }) => size(resident))} MiB`,
    slope(residentSlope),
    `${fromTo(({ heap }) => size(heap))} MiB`,
    slope(heapSlope),
    fromTo(({ descriptors }) => String(descriptors)),
    fromTo(({ threads }) => String(threads)),
  ]);
}

function inWords(outcomes: Outcomes): string {
  return Object.entries(outcomes)
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
