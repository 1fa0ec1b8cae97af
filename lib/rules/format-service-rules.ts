import type { Address } from '../../types/address.js';
import type { Destination, ObservedForward, Tunnel } from '../../types/destination.js';
import type { ObservedProtocol, Service } from '../../types/service.js';
import { familyOf } from '../model/address.js';
import { formatEndpoint } from '../model/endpoint.js';
import { formatNetmask, fullPrefix } from '../model/netmask.js';
import { serviceFamily } from '../model/service-id.js';

/** The text of an address and port; the protocol is absent on a mark service. */
export type FormatEnd = (
  address: Address,
  port: number,
  protocol: ObservedProtocol | undefined,
) => string;

const numeric: FormatEnd = (address, port) => formatEndpoint(familyOf(address), address, port);

/**
 * The rules that add a service and those destinations. What no rule can ask for is written as `ipvsadm` has it, or as what
 * comes nearest.
 */
export function formatServiceRules(
  service: Service,
  destinations: readonly Destination[],
  formatEnd: FormatEnd = numeric,
): string[] {
  const name = formatServiceName(service, formatEnd);
  const { scheduler, schedulerFlags, onePacket } = service;
  const protocol = 'fwmark' in service ? undefined : service.protocol;
  const line = [
    `-A ${name} -s ${scheduler}`,
    ...formatPersistence(service),
    ...(onePacket ? ['-o'] : []),
    ...(schedulerFlags.length === 0 ? [] : [`-b ${schedulerFlags.join(',')}`]),
  ];
  const lines = destinations.map((destination) => {
    const end = formatEnd(destination.address, destination.port, protocol);
    return `-a ${name} -r ${end} ${formatSettings(destination)}`;
  });
  return [line.join(' '), ...lines];
}

/** The options that name a service: `-t 10.0.0.1:80`, `-f 7 -6`. */
function formatServiceName(service: Service, formatEnd: FormatEnd): string {
  if ('fwmark' in service) {
    return `-f ${service.fwmark}${service.family === 'ipv6' ? ' -6' : ''}`;
  }
  const { protocol, address, port } = service;
  const end = formatEnd(address, port, protocol);
  switch (protocol) {
    case 'tcp':
      return `-t ${end}`;
    case 'udp':
      return `-u ${end}`;
    case 'sctp':
      return `--sctp-service ${end}`;
    default:
      return `--xxx-service ${end}`;
  }
}

function formatPersistence(service: Service): string[] {
  if (service.persistence === undefined) return [];
  const { timeout, netmask, engine } = service.persistence;
  const family = serviceFamily(service);
  const isWhole = netmask === formatNetmask(fullPrefix(family), family);
  return [
    `-p ${timeout}`,
    ...option('-M', isWhole ? undefined : netmask),
    ...option('--pe', engine),
  ];
}

function formatSettings(destination: Destination): string {
  const { forward, weight, upperThreshold, lowerThreshold, tunnel } = destination;
  return [
    formatMethod(forward),
    `-w ${weight}`,
    ...option('-x', upperThreshold === 0 ? undefined : upperThreshold),
    ...option('-y', lowerThreshold === 0 ? undefined : lowerThreshold),
    ...(tunnel === undefined ? [] : formatTunnel(tunnel)),
  ].join(' ');
}

/** What the kernel calls `local` or `bypass` can only be asked for as direct routing. */
function formatMethod(forward: ObservedForward): string {
  return forward === 'masquerade' ? '-m' : forward === 'tunnel' ? '-i' : '-g';
}

const checksums: ReadonlyMap<Tunnel['checksum'], string> = new Map([
  ['none', '--tun-nocsum'],
  ['full', '--tun-csum'],
  ['remote', '--tun-remcsum'],
]);

function formatTunnel({ type, port, checksum }: Tunnel): string[] {
  const flag = checksums.get(checksum);
  switch (type) {
    case 'ipip':
      return ['--tun-type ipip'];
    case 'gue':
      return [
        '--tun-type gue',
        ...option('--tun-port', port),
        ...(flag === undefined ? [] : [flag]),
      ];
    case 'gre':
      return ['--tun-type gre', ...(flag === undefined ? [] : [flag])];
    default:
      return [];
  }
}

/** An option with its value, if there is one. */
export function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name} ${value}`];
}
