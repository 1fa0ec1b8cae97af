import type { Command } from 'commander';
import type { Ipvs } from '../../kernel/ipvs.js';
import type { MetricsFormat, MetricsOptions } from '../../metrics/index.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import { type ListenAddress, parseListenAddress } from '../metrics/listen-address.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  wholeNumber,
  withIpvs,
} from '../verb.js';

interface MetricsVerbOptions extends KernelOptions, OutputOptions {
  readonly listen?: ListenAddress;
  readonly openmetrics?: boolean;
  readonly destinations: boolean;
  readonly cpus: boolean;
  readonly connections?: boolean;
  readonly maxSeries?: number;
}

export function configure(command: Command, context: Context): void {
  command
    .argument('[service...]', 'the services that have series of their own (default: all)')
    .option(
      '--listen <address:port>',
      'serve them at http://ADDRESS:PORT/metrics until stopped; port 0 takes a free one',
      parseListenAddress,
    )
    .option('--openmetrics', 'the format OpenMetrics, where a client does not ask for another')
    .option('--no-destinations', 'no series of single destinations')
    .option('--no-cpus', 'no series of single processors')
    .option('--connections', 'count the connection table by state, which reads all of it')
    .option(
      '--max-series <number>',
      'the most series of services and destinations (default: 10000)',
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    );
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs metrics', 'print them once, for Prometheus'],
    ['ipvs metrics --listen 127.0.0.1:9112', 'serve them to a Prometheus on this machine'],
    ['ipvs metrics --listen 0.0.0.0:9112 --no-destinations', 'serve fewer of them to everybody'],
  );
  command.action(async (services: string[], options: MetricsVerbOptions) => {
    const wanted = metricsOptions(services, options);
    const { listen } = options;
    const { checkMetricsOptions } = await import('../../metrics/options.js');
    // What is wrong with them is said before the kernel is spoken to.
    checkMetricsOptions(wanted, []);
    await withIpvs(context, options, (ipvs) =>
      listen === undefined
        ? print(context, ipvs, wanted, options)
        : serve(context, ipvs, wanted, options, listen),
    );
  });
}

function metricsOptions(
  services: readonly string[],
  { destinations, cpus, connections = false, maxSeries }: MetricsVerbOptions,
): MetricsOptions {
  return {
    destinations,
    cpus,
    connections,
    ...(services.length === 0 ? {} : { services }),
    ...(maxSeries === undefined ? {} : { maxSeries }),
  };
}

async function print(
  context: Context,
  ipvs: Ipvs,
  wanted: MetricsOptions,
  options: MetricsVerbOptions,
): Promise<void> {
  const { MetricsPages } = await import('../metrics/pages.js');
  const pages = await MetricsPages.make(ipvs, wanted);
  if (options.json) printJson(context, await pages.list());
  else context.stdout.write((await pages.page(formatOf(options))).text);
}

async function serve(
  context: Context,
  ipvs: Ipvs,
  wanted: MetricsOptions,
  options: MetricsVerbOptions,
  address: ListenAddress,
): Promise<void> {
  const { signal } = context;
  const [{ MetricsPages }, { MetricsServer }] = await Promise.all([
    import('../metrics/pages.js'),
    import('../metrics/server.js'),
  ]);
  const pages = await MetricsPages.make(ipvs, wanted);
  const server = new MetricsServer((format) => pages.page(format), formatOf(options));
  const url = await server.listen(address);
  try {
    if (options.json) printJson(context, { url });
    else context.stdout.write(`Serving ${url}\n`);
    await aborted(signal);
  } finally {
    await server.close();
  }
}

function formatOf({ openmetrics }: MetricsVerbOptions): MetricsFormat {
  return openmetrics ? 'openmetrics' : 'prometheus';
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
