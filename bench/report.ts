import { median, spread } from './measure.js';
import { type LabSummary, timesAsLong, type WaySummary, type WorkSummary } from './summary.js';

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
    `Linux ${kernel}, Node ${node}, medians of the multiples in each of ${rounds} rounds. The limit is the first way of each table.`,
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
        limit === undefined ? '' : figure(median(timesAsLong(way, limit))),
        peer === undefined || way === peer ? '' : figure(median(timesAsLong(peer, way))),
        limit === undefined || way === limit
          ? ''
          : `${Math.round(spread(timesAsLong(way, limit)) * 100)} %`,
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

/** What the README says of a run: of its largest table, the ways of the library that are used most. */
const summarized: readonly (readonly [work: string, way: string, said: string])[] = [
  ['create the table', 'calls of one turn', 'very many calls at once, each'],
  [
    'apply to an empty table, and look',
    'document, plan, apply',
    'a document: check, plan, apply, look',
  ],
  ['change one destination, and wait', 'await one call after the other', 'one call, awaited'],
  ['change one destination, and wait', 'sync, one call after the other', 'one call of `sync`'],
  [
    'statistics of one service',
    'await one call after the other',
    'statistics of one service, awaited',
  ],
  ['list the table', 'snapshot, plain objects', 'everything, as plain objects'],
  ['list the table', 'snapshot, lazily', 'everything, lazily'],
  ['list the table', 'cycle without a change: reconcile', 'look, compare, nothing to do'],
];

/** The table of the README. */
export function formatSummary({ tables }: BenchReport): string {
  const largest = tables.findLast(({ works }) =>
    works.some(({ work }) => work === 'list the table'),
  );
  const lines = [
    row(['', 'times the limit', 'times faster than `ipvsadm`']),
    row(['---', '---:', '---:']),
  ];
  for (const [name, wanted, said] of summarized) {
    const work = largest?.works.find((each) => each.work === name);
    const way = work?.ways.find((each) => each.way === wanted);
    const [limit] = work?.ways ?? [];
    const peer = work?.ways.find((each) => each.way.includes('ipvsadm'));
    if (way === undefined || limit === undefined || peer === undefined) {
      throw new Error(`the run has no ${wanted} of ${name}`);
    }
    lines.push(
      row([said, figure(median(timesAsLong(way, limit))), figure(median(timesAsLong(peer, way)))]),
    );
  }
  return `${lines.join('\n')}\n`;
}
