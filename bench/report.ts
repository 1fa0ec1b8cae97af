import type { LabSummary, WaySummary, WorkSummary } from './summary.js';

/** Everything that a run measured. */
export interface BenchReport extends LabSummary {
  readonly node: string;
  readonly rounds: number;
}

const headings = [
  'way',
  'times the limit',
  'times faster than ipvsadm',
  'spread',
  'system calls',
  'longest stall, ms',
];

/** The report as Markdown, in the tables of which nothing is absolute but counts and stalls. */
export function formatReport({ kernel, node, rounds, tables, memory }: BenchReport): string {
  const lines = [
    `Linux ${kernel}, Node ${node}, medians of ${rounds} rounds. The limit is the first way of each table.`,
  ];
  for (const { table, works } of tables) {
    for (const work of works) {
      lines.push('', `**${table}: ${work.work}, per ${work.unit}**`, '', ...formatWork(work));
    }
  }
  if (memory.length > 0) {
    lines.push('', '**Memory, bytes per destination, its share of the service included**', '');
    lines.push(row(['table', 'what', 'bytes']), row(['---', '---', '---:']));
    for (const { table, results } of memory) {
      for (const { what, bytes } of results) lines.push(row([table, what, bytes.toFixed(0)]));
    }
  }
  return `${lines.join('\n')}\n`;
}

function formatWork({ ways }: WorkSummary): string[] {
  const [limit] = ways;
  const peer = ways.find(({ way }) => way.includes('ipvsadm'));
  return [
    row(headings),
    row(headings.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...ways.map((way) =>
      row([
        way.way,
        limit === undefined ? '' : figure(way.microseconds / limit.microseconds),
        peer === undefined || way === peer ? '' : figure(peer.microseconds / way.microseconds),
        `${Math.round(way.spread * 100)} %`,
        way.calls === undefined ? '' : figure(way.calls),
        stallOf(way),
      ]),
    ),
  ];
}

function stallOf({ stall }: WaySummary): string {
  return stall === undefined ? '' : stall.toFixed(1);
}

/** Three digits that say something. */
function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
