import type { ObservedDestination, ObservedForward } from '../../../types/destination.js';
import type { ServiceKey } from '../../../types/service.js';
import type { ServiceSnapshot } from '../../../types/snapshot.js';
import type { Rates, Stats } from '../../../types/stats.js';
import type { Ipvs } from '../../kernel/ipvs.js';
import { familyOf } from '../../model/address.js';
import { formatNetmask, fullPrefix } from '../../model/netmask.js';
import { serviceFamily } from '../../model/service-id.js';
import { type FormatEnd, formatServiceRules } from '../../rules/format-service-rules.js';
import type { Subject } from '../../rules/option-checks.js';
import { namedEnd, numericEnd } from './ends.js';
import { Failure } from './failure.js';
import type { Names } from './names.js';
import { orderDestinations, orderServices } from './order.js';
import { formatTunnelInfo } from './tunnel-info.js';

/** The columns of a listing; of several that are asked for, the first counts. */
const layouts = ['stats', 'rate', 'thresholds', 'persistent-conn', 'tun-info'] as const;

type Layout = (typeof layouts)[number] | 'plain';

/** What a listing is asked for: the options that were given. */
export type Asked = ReadonlySet<Subject>;

const address = 'Prot LocalAddress:Port';
const remote = '  -> RemoteAddress:Port';

const titles: Readonly<Record<Layout, string>> = {
  plain: `${address} Scheduler Flags\n${remote}           Forward Weight ActiveConn InActConn`,
  'tun-info': `${address} Scheduler Flags\n${remote}           Forward TunnelInfo    Weight ActiveConn InActConn`,
  stats: titleOf(['Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes'].map(right(8))),
  rate: titleOf(['CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS'].map(right(8))),
  thresholds: titleOf(['Uthreshold', 'Lthreshold', 'ActiveConn', 'InActConn'].map(left(10))),
  'persistent-conn': titleOf([
    'Weight'.padEnd(9),
    'PersistConn'.padEnd(11),
    'ActiveConn'.padEnd(10),
    'InActConn'.padEnd(10),
  ]),
};

/** The listing of every service. */
export async function listServices(ipvs: Ipvs, asked: Asked, names: Names): Promise<string> {
  const { version, connectionTableSize } = await ipvs.info();
  const services = await readServices(ipvs, asked);
  const rows = await formatRows(services, asked, names);
  return `IP Virtual Server version ${version} (size=${connectionTableSize})\n${rows}`;
}

/** The listing of one service. */
export async function listService(
  ipvs: Ipvs,
  key: ServiceKey,
  asked: Asked,
  names: Names,
): Promise<string> {
  const service = await ipvs.getService(key);
  if (service === undefined) throw new Failure('No such service', 1);
  const destinations = await ipvs.listDestinations(key);
  return formatRows([{ ...service, destinations }], asked, names);
}

/** Every service as rules, and, which `ipvsadm` forgets, with the thresholds of destinations. */
export async function saveServices(ipvs: Ipvs, asked: Asked, names: Names): Promise<string> {
  const services = await readServices(ipvs, asked);
  const formatEnd = await formatterOf(services, asked, names);
  return services
    .flatMap((service) => formatServiceRules(service, ordered(service, asked), formatEnd))
    .map((line) => `${line}\n`)
    .join('');
}

async function readServices(ipvs: Ipvs, asked: Asked): Promise<readonly ServiceSnapshot[]> {
  const { services } = await ipvs.snapshot({ settings: false, addresses: false });
  return asked.has('nosort') ? services : orderServices(services);
}

function ordered({ destinations }: ServiceSnapshot, asked: Asked): readonly ObservedDestination[] {
  return asked.has('nosort') ? destinations : orderDestinations(destinations);
}

async function formatterOf(
  services: readonly ServiceSnapshot[],
  asked: Asked,
  names: Names,
): Promise<FormatEnd> {
  if (asked.has('numeric')) return numericEnd;
  const addresses = services.flatMap((service) => [
    ...('fwmark' in service ? [] : [service.address]),
    ...service.destinations.map(({ address }) => address),
  ]);
  return namedEnd(names, addresses);
}

async function formatRows(
  services: readonly ServiceSnapshot[],
  asked: Asked,
  names: Names,
): Promise<string> {
  const formatEnd = await formatterOf(services, asked, names);
  const layout: Layout = layouts.find((each) => asked.has(each)) ?? 'plain';
  const isExact = asked.has('exact');
  const lines = services.flatMap((service) => [
    formatService(service, layout, isExact, formatEnd),
    ...ordered(service, asked).map((destination) => {
      const end = formatDestinationEnd(service, destination, formatEnd);
      return `  -> ${end.padEnd(28)}${formatDestination(destination, layout, isExact)}`;
    }),
  ]);
  return [titles[layout], ...lines].map((line) => `${line}\n`).join('');
}

function titleOf(columns: readonly string[]): string {
  return `${[address.padEnd(33), ...columns].join(' ')}\n${remote}`;
}

function left(width: number): (text: string) => string {
  return (text) => text.padEnd(width);
}

function right(width: number): (text: string) => string {
  return (text) => text.padStart(width);
}

function formatService(
  service: ServiceSnapshot,
  layout: Layout,
  isExact: boolean,
  formatEnd: FormatEnd,
): string {
  const name = formatServiceName(service, formatEnd);
  if (layout === 'stats' || layout === 'rate') {
    const numbers = layout === 'stats' ? countersOf(service.stats) : ratesOf(service.stats.rates);
    return `${name.padEnd(33)}${numbers.map((number) => formatNumber(number, isExact)).join('')}`;
  }
  const { scheduler, schedulerFlags, onePacket } = service;
  return [
    name,
    scheduler,
    ...(schedulerFlags.length === 0 ? [] : [`(${schedulerFlags.join(',')})`]),
    ...formatPersistence(service),
    ...(onePacket ? ['ops'] : []),
  ].join(' ');
}

/** Cut off where its column ends, but for IPv6. */
function formatServiceName(service: ServiceSnapshot, formatEnd: FormatEnd): string {
  if ('fwmark' in service) {
    return `FWM  ${service.fwmark}${service.family === 'ipv6' ? ' IPv6' : ''}`;
  }
  const { protocol, address, port } = service;
  const word = protocol.startsWith('protocol-') ? 'xxx' : protocol.toUpperCase();
  const name = `${word.padEnd(4)} ${formatEnd(address, port, protocol)}`;
  return serviceFamily(service) === 'ipv6' ? name : name.slice(0, 33);
}

function formatPersistence(service: ServiceSnapshot): string[] {
  if (service.persistence === undefined) return [];
  const { timeout, netmask, engine } = service.persistence;
  const family = serviceFamily(service);
  const isWhole = netmask === formatNetmask(fullPrefix(family), family);
  return [
    `persistent ${timeout}`,
    ...(isWhole ? [] : [`mask ${netmask}`]),
    ...(engine === undefined ? [] : [`pe ${engine}`]),
  ];
}

function formatDestinationEnd(
  service: ServiceSnapshot,
  { address, port }: ObservedDestination,
  formatEnd: FormatEnd,
): string {
  const end = formatEnd(address, port, 'fwmark' in service ? undefined : service.protocol);
  return familyOf(address) === 'ipv6' ? end : end.slice(0, 28);
}

function formatDestination(
  destination: ObservedDestination,
  layout: Layout,
  isExact: boolean,
): string {
  const { weight, forward, stats, activeConnections, inactiveConnections } = destination;
  const connections = [activeConnections, inactiveConnections].map((number) => column(number, 10));
  const method = forwardName(forward).padEnd(7);
  switch (layout) {
    case 'stats':
      return countersOf(stats)
        .map((number) => formatNumber(number, isExact))
        .join('');
    case 'rate': {
      const [each, packetsIn, packetsOut, ...bytes] = ratesOf(stats.rates);
      const counts = [each, packetsIn, packetsOut].map(
        (number) => ` ${String(number).padStart(8)}`,
      );
      return [...counts, ...bytes.map((number) => formatNumber(number, isExact))].join('');
    }
    case 'thresholds': {
      const { upperThreshold, lowerThreshold } = destination;
      return joined([column(upperThreshold, 10), column(lowerThreshold, 10), ...connections]);
    }
    case 'persistent-conn': {
      const templates = column(destination.persistentConnections, 11);
      return joined([column(weight, 9), templates, ...connections]);
    }
    case 'tun-info': {
      const info = formatTunnelInfo(destination).padEnd(13);
      return joined([method, info, column(weight, 6), ...connections]);
    }
    case 'plain':
      return joined([method, column(weight, 6), ...connections]);
  }
}

function joined(columns: readonly string[]): string {
  return columns.map((text) => ` ${text}`).join('');
}

function column(number: number, width: number): string {
  return String(number).padEnd(width);
}

function forwardName(forward: ObservedForward): string {
  switch (forward) {
    case 'masquerade':
      return 'Masq';
    case 'local':
      return 'Local';
    case 'tunnel':
      return 'Tunnel';
    case 'direct':
      return 'Route';
    case 'bypass':
      return 'Bypass';
    default:
      return '(null)';
  }
}

function countersOf(stats: Stats): bigint[] {
  const { connections, packetsIn, packetsOut, bytesIn, bytesOut } = stats;
  return [connections, packetsIn, packetsOut, bytesIn, bytesOut];
}

function ratesOf(rates: Rates): bigint[] {
  const { connections, packetsIn, packetsOut, bytesIn, bytesOut } = rates;
  return [connections, packetsIn, packetsOut, bytesIn, bytesOut].map(BigInt);
}

/** The least number that is written in units of one, and the units beyond, with their letters. */
const units = [
  { below: 10n ** 8n, unit: 1n, letter: '' },
  { below: 10n ** 9n, unit: 10n ** 3n, letter: 'K' },
  { below: 10n ** 11n, unit: 10n ** 6n, letter: 'M' },
  { below: 10n ** 14n, unit: 10n ** 9n, letter: 'G' },
] as const;

const largest = { unit: 10n ** 12n, letter: 'T' } as const;

/** A number that has nine columns; exact and longer than that, a blank before it. */
export function formatNumber(number: bigint, isExact: boolean): string {
  if (isExact) {
    const text = String(number);
    return text.padStart(text.length <= 8 ? 9 : text.length + 1);
  }
  const { unit, letter } = units.find(({ below }) => number < below) ?? largest;
  return `${number / unit}${letter}`.padStart(9);
}
