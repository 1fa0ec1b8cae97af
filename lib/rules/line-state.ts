import type { Address, Family } from '../../types/address.js';
import type { SyncRole } from '../../types/daemon.js';
import type { Forward, TunnelChecksum, TunnelType } from '../../types/destination.js';
import type { RuleNames } from '../../types/rules.js';
import type { Protocol, SchedulerFlag } from '../../types/service.js';
import { parseAddress } from '../model/address.js';
import { highestFwmark } from '../model/service-id.js';
import { CommandLineError } from './command-line-error.js';
import { readEndpoint } from './endpoints.js';
import { readIpv4, readLeadingNumber, readNumber } from './numbers.js';
import type { Item, OptionName, Place } from './options.js';

/** The highest number of an `int`. */
const highestInt = 2_147_483_647;

/** Seconds that a timeout can have, 31 days. */
export const longestTimeout = 2_678_400;

const longestSyncMessage = 65507;

/** How a command line is read. */
export interface ReadOptions {
  readonly names: RuleNames;
  /**
   * Whether to take what some version of `ipvsadm` writes and none reads: marks that came out negative, `-b` without flags,
   * `pe` and `ops` without dashes, thresholds beyond its own limit.
   */
  readonly lenient: boolean;
}

/** What the options seen so far have said. */
export interface LineState {
  protocol: Protocol | undefined;
  family: Family | undefined;
  address: Address | undefined;
  port: number;
  fwmark: number | undefined;
  scheduler: string;
  /** Seconds; absent without persistence. */
  persistence: number | undefined;
  netmask: string | number | undefined;
  engine: string | undefined;
  onePacket: boolean;
  flags: { readonly text: string; readonly place: Place } | undefined;
  schedulerFlags: readonly SchedulerFlag[];
  server: { readonly family: Family; readonly address: Address; readonly port: number } | undefined;
  forward: Forward;
  weight: number;
  upperThreshold: number;
  lowerThreshold: number;
  tunnelType: TunnelType;
  tunnelPort: number | undefined;
  checksum: TunnelChecksum;
  role: SyncRole | undefined;
  device: string;
  syncId: number;
  maxLength: number | undefined;
  group: Address | undefined;
  groupPort: number | undefined;
  ttl: number | undefined;
}

/** What holds while nothing has been said. */
export function emptyState(): LineState {
  return {
    protocol: undefined,
    family: undefined,
    address: undefined,
    port: 0,
    fwmark: undefined,
    scheduler: '',
    persistence: undefined,
    netmask: undefined,
    engine: undefined,
    onePacket: false,
    flags: undefined,
    schedulerFlags: [],
    server: undefined,
    forward: 'direct',
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    tunnelType: 'ipip',
    tunnelPort: undefined,
    checksum: 'none',
    role: undefined,
    device: '',
    syncId: 0,
    maxLength: undefined,
    group: undefined,
    groupPort: undefined,
    ttl: undefined,
  };
}

/** An option with its value, which is empty where there is none. */
export interface Argument {
  readonly text: string;
  readonly isGiven: boolean;
  readonly place: Place;
}

type Take = (state: LineState, argument: Argument, options: ReadOptions) => void;

/** What each option does to the state, in the order in which they are written. */
export const takes: { readonly [Name in OptionName]?: Take } = {
  'tcp-service': (state, argument, options) => takeService(state, 'tcp', argument, options),
  'udp-service': (state, argument, options) => takeService(state, 'udp', argument, options),
  'sctp-service': (state, argument, options) => takeService(state, 'sctp', argument, options),
  'fwmark-service': takeMark,
  ipv6: takeFamily,
  scheduler: (state, { text }) => {
    state.scheduler = text;
  },
  persistent: (state, argument) => {
    state.persistence = argument.isGiven ? takeTimeout(argument, 1) : 360;
  },
  netmask: takeNetmask,
  pe: (state, { text }) => {
    state.engine = text;
  },
  ops: (state) => {
    state.onePacket = true;
  },
  'sched-flags': (state, { text, place }) => {
    state.flags = { text, place };
  },
  'real-server': takeServer,
  masquerading: (state) => {
    state.forward = 'masquerade';
  },
  ipip: (state) => {
    state.forward = 'tunnel';
  },
  gatewaying: (state) => {
    state.forward = 'direct';
  },
  weight: (state, argument) => {
    state.weight = takeNumber(argument, 0, highestInt, 'illegal weight specified');
  },
  'u-threshold': (state, argument, options) => {
    const message = 'illegal u_threshold specified';
    state.upperThreshold = takeNumber(argument, 0, highestThreshold(options), message);
  },
  'l-threshold': (state, argument, options) => {
    const message = 'illegal l_threshold specified';
    state.lowerThreshold = takeNumber(argument, 0, highestThreshold(options), message);
  },
  'tun-type': (state, { text, place }) => {
    if (text !== 'ipip' && text !== 'gue' && text !== 'gre') {
      throw new CommandLineError('illegal tunnel type specified', 'ipip, gue or gre', place);
    }
    state.tunnelType = text;
  },
  'tun-port': (state, argument) => {
    state.tunnelPort = takeNumber(argument, 1, 65535, 'illegal tunnel port specified');
  },
  'tun-csum': (state) => {
    state.checksum = 'full';
  },
  'tun-remcsum': (state) => {
    state.checksum = 'remote';
  },
  'mcast-interface': (state, { text }) => {
    state.device = text;
  },
  syncid: (state, argument) => {
    state.syncId = takeNumber(argument, 0, 255, 'illegal syncid specified');
  },
  'sync-maxlen': (state, argument) => {
    const message = 'illegal sync-maxlen specified';
    state.maxLength = takeNumber(argument, 1, longestSyncMessage, message);
  },
  'mcast-group': takeGroup,
  'mcast-port': (state, argument) => {
    state.groupPort = takeNumber(argument, 1, 65535, 'illegal mcast-port specified');
  },
  'mcast-ttl': (state, argument) => {
    state.ttl = takeNumber(argument, 1, 255, 'illegal mcast-ttl specified');
  },
};

/** The argument of an option that was found. */
export function argumentOf({ value, valuePlace }: Item & { kind: 'option' }): Argument {
  return { text: value ?? '', isGiven: value !== undefined, place: valuePlace };
}

/** Reads a timeout of that many seconds at least. */
export function takeTimeout(argument: Argument, lowest: number): number {
  const message = `invalid timeout value \`${argument.text}' specified`;
  return takeNumber(argument, lowest, longestTimeout, message);
}

function takeNumber(
  { text, place }: Argument,
  lowest: number,
  highest: number,
  message: string,
): number {
  const number = readNumber(text, lowest, highest);
  if (number !== undefined) return number;
  throw new CommandLineError(message, `a whole number from ${lowest} to ${highest}`, place);
}

function highestThreshold({ lenient }: ReadOptions): number {
  return lenient ? 4_294_967_295 : highestInt;
}

function takeService(
  state: LineState,
  protocol: Protocol,
  { text, place }: Argument,
  { names }: ReadOptions,
): void {
  state.protocol = protocol;
  const end = readEndpoint(text, protocol, names);
  if (end === undefined) {
    const expected = 'an address and a port, such as 10.0.0.1:80 or [fd09::1]:80';
    const message = 'illegal virtual server address[:port] specified';
    throw new CommandLineError(message, expected, place);
  }
  state.family = end.family;
  state.address = end.address;
  state.port = end.port ?? 0;
  if (end.family === 'ipv6') state.netmask = undefined;
}

function takeMark(state: LineState, { text, place }: Argument, { lenient }: ReadOptions): void {
  state.family = 'ipv4';
  state.protocol = 'tcp';
  const lowest = lenient ? -(2 ** 31) : 1;
  const number = readNumber(text, lowest, highestFwmark);
  if (number === undefined || number === 0) {
    const message = `invalid fwmark value \`${text}' specified`;
    throw new CommandLineError(message, `a whole number from 1 to ${highestFwmark}`, place);
  }
  // What is above 2^31 is written as what an int would be.
  state.fwmark = number < 0 ? number + 2 ** 32 : number;
}

function takeFamily(state: LineState, { place }: Argument): void {
  if (state.fwmark === undefined) {
    throw new CommandLineError('-6 used before -f\n', '-f before -6', place);
  }
  state.family = 'ipv6';
  state.netmask = undefined;
}

function takeNetmask(state: LineState, { text, place }: Argument, { names }: ReadOptions): void {
  if (state.family === 'ipv6') {
    const prefix = readLeadingNumber(text);
    if (prefix >= 1 && prefix <= 128) {
      state.netmask = prefix;
      return;
    }
    const expected = 'a prefix length from 1 to 128';
    throw new CommandLineError('illegal ipv6 netmask specified', expected, place);
  }
  state.netmask = readIpv4(text) ?? names.host?.(text);
  if (state.netmask === undefined) {
    const message = 'illegal virtual server persistent mask specified';
    throw new CommandLineError(message, 'a mask such as 255.255.255.0', place);
  }
}

function takeServer(state: LineState, { text, place }: Argument, { names }: ReadOptions): void {
  const end = readEndpoint(text, state.protocol, names);
  if (end === undefined) {
    const expected = 'an address and perhaps a port, such as 10.1.0.5:8080 or [fd02::2]:80';
    const message = 'illegal real server address[:port] specified';
    throw new CommandLineError(message, expected, place);
  }
  const { family, address } = end;
  state.server = { family, address, port: end.port ?? state.port };
}

function takeGroup(state: LineState, { text, place }: Argument): void {
  const parsed = parseAddress(text);
  const family = text.includes(':') ? 'ipv6' : 'ipv4';
  if (parsed?.kind === 'multicast' && parsed.family === family) {
    state.group = parsed.address;
    return;
  }
  const name = family === 'ipv6' ? 'IPv6' : 'IPv4';
  const message = `invalid ${name} mcast-group \`${text}'`;
  throw new CommandLineError(message, `an ${name} multicast address`, place);
}
