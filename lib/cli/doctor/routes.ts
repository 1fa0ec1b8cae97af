import { endianness } from 'node:os';
import type { Address, Family } from '../../../types/address.js';
import { familyOf, formatAddress } from '../../model/address.js';
import { NetworkMap } from './networks.js';

/** A route to elsewhere, of the main table. */
export interface Route {
  readonly network: Address;
  readonly length: number;
  readonly device: string;
  /** Absent where the network is on the link. */
  readonly gateway?: Address;
  readonly metric: number;
  /** It says that there is no way. */
  readonly refuses: boolean;
}

/** A network that is this host itself. */
interface LocalNetwork {
  readonly network: Address;
  readonly length: number;
}

/** The routes of a network namespace, as far as `/proc/net` has them. */
export interface Routes {
  /** The best route to each network. */
  readonly elsewhere: NetworkMap<Route>;
  readonly local: NetworkMap<true>;
  /** Families with routing tables besides main and local, which cannot be seen. */
  readonly otherTables: ReadonlySet<Family>;
}

/** The files that routes are read from. Without IPv6 the last is not there. */
export interface RouteTexts {
  readonly route: string;
  readonly fibTrie: string;
  readonly ipv6Route: string | undefined;
}

const reject = 0x200;
const gatewayed = 0x2;
const localFlag = 0x8000_0000;
const anycast = 0x10_0000;

export function parseRoutes({ route, fibTrie, ipv6Route = '' }: RouteTexts): Routes {
  const trie = parseTrie(fibTrie);
  const elsewhere = new NetworkMap<Route>();
  const local = new NetworkMap<true>();
  for (const { network, length } of trie.local) local.set(network, length, true);
  for (const line of linesOf(route).slice(1)) addRoute(elsewhere, parseIpv4Line(line));
  for (const line of linesOf(ipv6Route)) {
    const { flags, ...each } = parseIpv6Line(line);
    if (flags & localFlag) local.set(each.network, each.length, true);
    else if (!(flags & anycast)) addRoute(elsewhere, each);
  }
  // The file of IPv6 has the routes of all tables without saying which.
  return { elsewhere, local, otherTables: new Set(trie.hasOthers ? (['ipv4'] as const) : []) };
}

function addRoute(routes: NetworkMap<Route>, route: Route): void {
  routes.set(route.network, route.length, route, (known, other) =>
    other.metric < known.metric ? other : known,
  );
}

/** Whether packets to an address are for this host. */
export function isLocal({ local }: Routes, address: Address): boolean {
  return local.find(address) === true;
}

/** The way to an address; `undefined` when there is none. */
export function findRoute({ elsewhere }: Routes, address: Address): Route | undefined {
  const route = elsewhere.find(address);
  return route?.refuses ? undefined : route;
}

/** Of `/proc/net/route`: device, network, gateway, flags, …, metric, mask; addresses as numbers of the host. */
function parseIpv4Line(line: string): Route {
  const [device = '', network = '', gateway = '', flagText = '', , , metric = '', mask = ''] =
    line.split(/\s+/);
  const flags = Number.parseInt(flagText, 16);
  return {
    network: ipv4(network),
    length: Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length,
    device,
    ...(flags & gatewayed ? { gateway: ipv4(gateway) } : undefined),
    metric: Number(metric),
    refuses: (flags & reject) !== 0,
  };
}

/** Of `/proc/net/ipv6_route`: network, length, source, length, gateway, metric, …, flags, device. */
function parseIpv6Line(line: string): Route & { readonly flags: number } {
  const [network = '', length = '', , , gateway = '', metric = '', , , flagText = '', device = ''] =
    line.split(/\s+/);
  const flags = Number.parseInt(flagText, 16);
  return {
    network: ipv6(network),
    length: Number.parseInt(length, 16),
    device,
    ...(flags & gatewayed ? { gateway: ipv6(gateway) } : undefined),
    metric: Number.parseInt(metric, 16),
    refuses: (flags & reject) !== 0,
    flags,
  };
}

/** Of `/proc/net/fib_trie`: tables by name, in them addresses, and below each its networks with their scope and type. */
function parseTrie(text: string): { local: LocalNetwork[]; hasOthers: boolean } {
  const local: LocalNetwork[] = [];
  let hasOthers = false;
  let isKnown = false;
  let network: Address | undefined;
  for (const line of text.split('\n')) {
    const [, table] = /^(\S.*):$/.exec(line) ?? [];
    if (table !== undefined) {
      isKnown = table === 'Main' || table === 'Local';
      hasOthers ||= !isKnown;
    }
    network = /\|-- (\S+)/.exec(line)?.[1] ?? network;
    const [, length] = /\/(\d+) \S+ LOCAL/.exec(line) ?? [];
    if (isKnown && network !== undefined && length !== undefined)
      local.push({ network, length: Number(length) });
  }
  return { local, hasOthers };
}

function ipv4(hex: string): Address {
  const bytes = Buffer.from(hex.padStart(8, '0'), 'hex');
  return formatAddress(endianness() === 'LE' ? bytes.reverse() : bytes, 'ipv4');
}

function ipv6(hex: string): Address {
  return formatAddress(Buffer.from(hex.padStart(32, '0'), 'hex'), 'ipv6');
}

function linesOf(text: string): string[] {
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

/** Whether nothing can be said of the ways to an address, because there are tables that cannot be seen. */
export function isUncertain({ otherTables }: Routes, address: Address): boolean {
  return otherTables.has(familyOf(address));
}
