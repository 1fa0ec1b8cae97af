import type { Command } from 'commander';
import type { ObservedDestination } from '../../../types/destination.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { makePaint, type Paint } from '../colour.js';
import type { Context } from '../context.js';
import { counted, type Figures, rate, summed } from '../figures.js';
import { requireService } from '../find.js';
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
    else {
      const paint = makePaint(context, context.stdout);
      context.stdout.write(await formatServices(services, options, paint));
    }
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
      const service = await requireService(ipvs, name);
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

/** Of more destinations a service shows the weights of the first. */
const mostBlocks = 16;

/** A line of the list: a service, or one of its destinations. */
interface Row {
  readonly service: ServiceSnapshot;
  /** The weights of its destinations together. */
  readonly weight: number;
  readonly destination?: ObservedDestination;
}

async function formatServices(
  services: readonly ServiceSnapshot[],
  options: ListVerbOptions,
  paint: Paint,
): Promise<string> {
  if (services.length === 0) return 'No services.\n';
  const rows = services.flatMap(rowsOf);
  return formatTable(columnsFor(options, paint), rows, paint);
}

function rowsOf(service: ServiceSnapshot): Row[] {
  const weight = service.destinations.reduce((sum, destination) => sum + destination.weight, 0);
  const rows = service.destinations.map((destination) => ({ service, weight, destination }));
  return [{ service, weight }, ...rows];
}

function columnsFor(options: ListVerbOptions, paint: Paint): Column<Row>[] {
  const number = options.exact ? (value: number | bigint) => String(value) : shortNumber;
  const figures = ({ title, ofService, ofDestination }: Figures): Column<Row> => ({
    title,
    align: 'right',
    value: ({ service, destination }) =>
      number(destination === undefined ? ofService(service) : ofDestination(destination)),
  });
  return [
    {
      title: 'SERVICE',
      value: ({ service, destination }) =>
        destination === undefined ? paint('bold', service.id) : `  ${destination.id}`,
    },
    { title: 'SCHEDULER, METHOD', value: (row) => describeWay(row, options) },
    figures(summed('WEIGHT', ({ weight }) => weight)),
    { title: 'SHARE', value: (row) => paint('cyan', share(row)) },
    ...(options.thresholds
      ? [threshold('UPPER', 'upperThreshold'), threshold('LOWER', 'lowerThreshold')]
      : []),
    figures(summed('ACTIVE', ({ activeConnections }) => activeConnections)),
    figures(summed('INACTIVE', ({ inactiveConnections }) => inactiveConnections)),
    ...(options.stats
      ? [
          counted('CONNECTIONS', 'connections'),
          counted('PACKETS IN', 'packetsIn'),
          counted('PACKETS OUT', 'packetsOut'),
          counted('BYTES IN', 'bytesIn'),
          counted('BYTES OUT', 'bytesOut'),
        ].map(figures)
      : []),
    figures(rate('CONN/S', 'connections')),
    ...(options.rates
      ? [
          rate('PACKETS IN/S', 'packetsIn'),
          rate('PACKETS OUT/S', 'packetsOut'),
          rate('BYTES IN/S', 'bytesIn'),
          rate('BYTES OUT/S', 'bytesOut'),
        ].map(figures)
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
function share({ service, weight, destination }: Row): string {
  if (destination === undefined) {
    return sparkline(service.destinations.slice(0, mostBlocks).map((each) => each.weight));
  }
  return weight === 0 ? '' : bar(destination.weight / weight, 8);
}
