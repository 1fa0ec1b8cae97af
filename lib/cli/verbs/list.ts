import type { Command } from 'commander';
import type { ObservedDestination } from '../../../types/destination.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Counters, Rates } from '../../../types/stats.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { makePaint, type Paint } from '../colour.js';
import type { Context } from '../context.js';
import { printJson } from '../json.js';
import { type Column, formatTable } from '../table.js';
import { bar, shortNumber, sparkline } from '../units.js';
import {
  addExamples,
  addJsonOption,
  addKernelOptions,
  type KernelOptions,
  type OutputOptions,
  withIpvs,
} from '../verb.js';

interface ListVerbOptions extends KernelOptions, OutputOptions {
  readonly stats?: boolean;
  readonly rates?: boolean;
  readonly thresholds?: boolean;
  readonly tunnels?: boolean;
  readonly exact?: boolean;
  readonly ids?: boolean;
}

export function configure(command: Command, context: Context): void {
  command
    .argument(
      '[service...]',
      'the services to show (default: all), such as tcp/10.0.0.1:80 or fwmark/7',
    )
    .option('--stats', 'show what was counted since the service was made')
    .option('--rates', 'show rates of packets and bytes as well')
    .option('--thresholds', 'show the thresholds of destinations')
    .option('--tunnels', 'show how tunnels are wrapped')
    .option('--exact', 'show numbers in full, not as 1.23k')
    .option(
      '--ids',
      'show nothing but ids, one a line: of services, or of the destinations of one',
    );
  addJsonOption(addKernelOptions(command));
  addExamples(
    command,
    ['ipvs list', 'every service'],
    ['ipvs list tcp/10.0.0.1:80 --stats', 'one service, with its counters'],
    ['ipvs list --json --netns blue', 'the services of another namespace, for a program'],
  );
  command.action(async (names: string[], options: ListVerbOptions) => {
    const services = await withIpvs(context, options, (ipvs) => readServices(ipvs, names));
    if (options.ids) showIds(context, services, names);
    else if (options.json) printJson(context, services);
    else
      context.stdout.write(formatServices(services, options, makePaint(context, context.stdout)));
  });
}

/** Every service with its destinations, or those of these names. */
async function readServices(
  ipvs: Ipvs,
  names: readonly string[],
): Promise<readonly ServiceSnapshot[]> {
  if (names.length === 0) {
    const { services } = await ipvs.snapshot({ settings: false, addresses: false });
    return services;
  }
  return Promise.all(
    names.map(async (name) => {
      const service = await ipvs.getService(name);
      if (service === undefined) throw new Error(`there is no service ${name}`);
      const destinations = await ipvs.listDestinations(name);
      return { ...service, destinations };
    }),
  );
}

function showIds(
  context: Context,
  services: readonly ServiceSnapshot[],
  names: readonly string[],
): void {
  const ids = (names.length === 0 ? services : services.flatMap((each) => each.destinations)).map(
    ({ id }) => `${id}\n`,
  );
  context.stdout.write(ids.join(''));
}

/** A line of the list: a service, or one of its destinations. */
interface Row {
  readonly service: ServiceSnapshot;
  readonly destination?: ObservedDestination;
}

function formatServices(
  services: readonly ServiceSnapshot[],
  options: ListVerbOptions,
  paint: Paint,
): string {
  if (services.length === 0) return 'No services.\n';
  const rows = services.flatMap((service): Row[] => [
    { service },
    ...service.destinations.map((destination) => ({ service, destination })),
  ]);
  return formatTable(columnsFor(options, paint), rows, paint);
}

function columnsFor(options: ListVerbOptions, paint: Paint): Column<Row>[] {
  const number = options.exact ? (value: number | bigint) => String(value) : shortNumber;
  const both = (
    title: string,
    ofDestination: (destination: ObservedDestination) => number,
  ): Column<Row> => ({
    title,
    align: 'right',
    value: ({ service, destination }) =>
      number(
        destination === undefined
          ? service.destinations.reduce((sum, each) => sum + ofDestination(each), 0)
          : ofDestination(destination),
      ),
  });
  const counted = (title: string, field: keyof Counters): Column<Row> => ({
    title,
    align: 'right',
    value: ({ service, destination }) => number((destination ?? service).stats[field]),
  });
  const rate = (title: string, field: keyof Rates): Column<Row> => ({
    title,
    align: 'right',
    value: ({ service, destination }) => number((destination ?? service).stats.rates[field]),
  });
  return [
    {
      title: 'SERVICE',
      value: ({ service, destination }) =>
        destination === undefined ? paint('bold', service.id) : `  ${destination.id}`,
    },
    { title: 'SCHEDULER, METHOD', value: (row) => describeWay(row, options) },
    both('WEIGHT', ({ weight }) => weight),
    { title: 'SHARE', value: (row) => paint('cyan', share(row)) },
    ...(options.thresholds
      ? [threshold('UPPER', 'upperThreshold'), threshold('LOWER', 'lowerThreshold')]
      : []),
    both('ACTIVE', ({ activeConnections }) => activeConnections),
    both('INACTIVE', ({ inactiveConnections }) => inactiveConnections),
    ...(options.stats
      ? [
          counted('CONNECTIONS', 'connections'),
          counted('PACKETS IN', 'packetsIn'),
          counted('PACKETS OUT', 'packetsOut'),
          counted('BYTES IN', 'bytesIn'),
          counted('BYTES OUT', 'bytesOut'),
        ]
      : []),
    rate('CONN/S', 'connections'),
    ...(options.rates
      ? [
          rate('PACKETS IN/S', 'packetsIn'),
          rate('PACKETS OUT/S', 'packetsOut'),
          rate('BYTES IN/S', 'bytesIn'),
          rate('BYTES OUT/S', 'bytesOut'),
        ]
      : []),
  ];
}

function threshold(title: string, field: 'upperThreshold' | 'lowerThreshold'): Column<Row> {
  return {
    title,
    align: 'right',
    value: ({ destination }) =>
      destination === undefined ? '' : destination[field] === 0 ? '-' : String(destination[field]),
  };
}

/** How a service chooses, or how a destination is reached. */
function describeWay({ service, destination }: Row, { tunnels }: ListVerbOptions): string {
  if (destination === undefined) {
    const { scheduler, schedulerFlags, persistence, onePacket } = service;
    return [
      scheduler,
      ...schedulerFlags,
      ...(persistence === undefined ? [] : [`persistence ${persistence.timeout}s`]),
      ...(persistence?.engine === undefined ? [] : [persistence.engine]),
      ...(onePacket ? ['one-packet'] : []),
    ].join(' ');
  }
  const { forward, tunnel } = destination;
  if (!tunnels || tunnel === undefined) return forward;
  const port = tunnel.port === undefined ? '' : ` port ${tunnel.port}`;
  const checksum = tunnel.checksum === 'none' ? '' : ` checksum ${tunnel.checksum}`;
  return `${forward} ${tunnel.type}${port}${checksum}`;
}

/** A service's weights beside one another, or a destination's part of them all. */
function share({ service, destination }: Row): string {
  const weights = service.destinations.map(({ weight }) => weight);
  if (destination === undefined) return sparkline(weights.slice(0, 16));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return whole === 0 ? '' : bar(destination.weight / whole, 8);
}
