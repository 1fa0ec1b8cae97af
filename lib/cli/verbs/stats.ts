import type { Command } from 'commander';
import type { Counters, CpuTotals, Rates, Stats, StatsDifference } from '../../../types/stats.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { makePaint, type Paint } from '../colour.js';
import type { Context } from '../context.js';
import { requireService } from '../find.js';
import { formatJson, printJson } from '../json.js';
import { type Column, formatTable } from '../table.js';
import { shortNumber } from '../units.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  wholeNumber,
  withIpvs,
} from '../verb.js';

interface StatsVerbOptions extends KernelOptions, OutputOptions {
  readonly cpu?: boolean;
  readonly interval?: number;
  readonly count?: number;
  readonly exact?: boolean;
}

/** A line: everything, a processor or a service. */
interface Row {
  readonly name: string;
  readonly counters: Counters;
  readonly rates?: Rates;
}

export function configure(command: Command, context: Context): void {
  command
    .argument('[service...]', 'the services to show (default: all)')
    .option('--cpu', 'show what each processor has counted instead')
    .option(
      '--interval <seconds>',
      'go on, and show what was counted in each interval',
      wholeNumber(1, 86_400),
    )
    .option('--count <n>', 'with --interval: end after so many', wholeNumber(1, 1_000_000_000))
    .option('--exact', 'show numbers in full, not as 1.23k');
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs stats', 'everything, and each service'],
    ['ipvs stats --interval 2', 'what is going on; the kernel counts anew every two seconds'],
    ['ipvs stats --interval 10 --json', 'one JSON object a line, for a program'],
  );
  command.action(async (services: string[], options: StatsVerbOptions) => {
    if (options.count !== undefined && options.interval === undefined) {
      throw new Error('--count says how many intervals to show, and needs --interval');
    }
    if (options.cpu && (services.length > 0 || options.interval !== undefined)) {
      throw new Error('--cpu goes with neither services nor --interval');
    }
    await withIpvs(context, options, async (ipvs) => {
      if (options.cpu) await showProcessors(context, await ipvs.cpuTotals(), options);
      else if (options.interval === undefined) await showOnce(context, ipvs, services, options);
      else await showIntervals(context, ipvs, services, options, options.interval);
    });
  });
}

async function showOnce(
  context: Context,
  ipvs: Ipvs,
  names: readonly string[],
  options: StatsVerbOptions,
): Promise<void> {
  const [totals, services] = await Promise.all([
    names.length === 0 ? ipvs.totals() : undefined,
    names.length === 0
      ? ipvs.listServices()
      : Promise.all(names.map((name) => requireService(ipvs, name))),
  ]);
  if (options.json) {
    const told = services.map(({ id, stats }) => ({ id, stats }));
    printJson(context, totals === undefined ? { services: told } : { totals, services: told });
    return;
  }
  const row = (name: string, stats: Stats): Row => ({ name, counters: stats, rates: stats.rates });
  const rows = services.map(({ id, stats }) => row(id, stats));
  await show(context, totals === undefined ? rows : [row('all', totals), ...rows], options);
}

async function showIntervals(
  context: Context,
  ipvs: Ipvs,
  services: readonly string[],
  options: StatsVerbOptions,
  seconds: number,
): Promise<void> {
  const { signal } = context;
  const watch = { destinations: false, signal, ...(services.length === 0 ? {} : { services }) };
  let left = options.count ?? Number.POSITIVE_INFINITY;
  for await (const difference of ipvs.watchStats(seconds * 1000, watch)) {
    if (options.json) context.stdout.write(`${formatJson(difference, 0)}\n`);
    else await show(context, rowsOf(difference, services.length > 0), options);
    left -= 1;
    if (left === 0) return;
    if (!options.json) context.stdout.write('\n');
  }
}

function rowsOf({ totals, services }: StatsDifference, isChosen: boolean): Row[] {
  const rows = services.map((each) => ({ name: each.id, counters: each, rates: each.rates }));
  return isChosen ? rows : [{ name: 'all', counters: totals, rates: totals.rates }, ...rows];
}

async function showProcessors(
  context: Context,
  processors: readonly CpuTotals[],
  options: StatsVerbOptions,
): Promise<void> {
  if (options.json) printJson(context, processors);
  else {
    const rows = processors.map((each) => ({ name: `cpu ${each.cpu}`, counters: each }));
    await show(context, rows, options);
  }
}

async function show(
  context: Context,
  rows: readonly Row[],
  options: StatsVerbOptions,
): Promise<void> {
  const paint = makePaint(context, context.stdout);
  const hasRates = rows.some(({ rates }) => rates !== undefined);
  context.stdout.write(await formatTable(columnsFor(options, hasRates, paint), rows, paint));
}

function columnsFor(
  { exact }: StatsVerbOptions,
  hasRates: boolean,
  paint: Paint,
): readonly Column<Row>[] {
  const number = exact ? (value: number | bigint) => String(value) : shortNumber;
  const counted = (title: string, field: keyof Counters): Column<Row> => ({
    title,
    align: 'right',
    value: ({ counters }) => number(counters[field]),
  });
  const rate = (title: string, field: keyof Rates): Column<Row> => ({
    title,
    align: 'right',
    value: ({ rates }) => (rates === undefined ? '' : number(Math.round(rates[field]))),
  });
  return [
    { title: 'SERVICE', value: ({ name }) => paint('bold', name) },
    counted('CONNECTIONS', 'connections'),
    counted('PACKETS IN', 'packetsIn'),
    counted('PACKETS OUT', 'packetsOut'),
    counted('BYTES IN', 'bytesIn'),
    counted('BYTES OUT', 'bytesOut'),
    ...(hasRates
      ? [
          rate('CONN/S', 'connections'),
          rate('PACKETS IN/S', 'packetsIn'),
          rate('PACKETS OUT/S', 'packetsOut'),
          rate('BYTES IN/S', 'bytesIn'),
          rate('BYTES OUT/S', 'bytesOut'),
        ]
      : []),
  ];
}
