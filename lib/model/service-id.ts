import type { Address, Family } from '../../types/address.js';
import type { AddressServiceKey, FwmarkServiceKey, ServiceId } from '../../types/service.js';
import { addressExpected, compareAddresses, familyOf, parseAddress } from './address.js';
import { formatEndpoint, highestPort, parseEndpoint, portExpected } from './endpoint.js';
import { isObject } from './fields.js';
import { InvalidValueError } from './invalid-value-error.js';
import { plainOf } from './lazy-object.js';
import {
  observedProtocolExpected,
  parseObservedProtocol,
  protocolName,
  protocolNumber,
} from './protocol.js';
import { describeWholeNumber, parseDecimal, parseWholeNumber } from './whole-number.js';

/** What of a service is its identity. */
export type ServiceIdentity = AddressServiceKey | Required<FwmarkServiceKey>;

/** A service's identity with nothing left to default, in the kernel's terms. */
export type CompleteServiceKey = CompleteAddressServiceKey | CompleteFwmarkServiceKey;

/** The key of a service that answers on an address and port. */
export interface CompleteAddressServiceKey {
  readonly kind: 'address';
  /** IP protocol number. */
  readonly protocol: number;
  readonly family: Family;
  /** Canonical. */
  readonly address: Address;
  readonly port: number;
}

/** The key of a firewall-mark service. */
export interface CompleteFwmarkServiceKey {
  readonly kind: 'fwmark';
  readonly fwmark: number;
  readonly family: Family;
}

type Mark = Pick<CompleteFwmarkServiceKey, 'fwmark' | 'family'>;

/** The highest firewall mark; 0 is no mark. */
export const highestFwmark = 0xffffffff;

const idExpected = 'a service id such as tcp/10.0.0.1:80, udp/[fd09::1]:53 or fwmark/7/ipv6';
const refExpected = 'a service: its id, its key, or an object that carries one';
const fwmarkExpected = describeWholeNumber(1, highestFwmark);

/**
 * Reads a service id in any spelling: the protocol and the other words in any case, the protocol also as 6, 17, 132
 * or `protocol-47`, the address in any text of it, a mark without its family (`fwmark/7`) as IPv4. Whatever the kernel
 * can hold can be named, also what a spec would be refused for. Throws {@link InvalidValueError}.
 */
export function parseServiceId(text: string, path = 'service'): CompleteServiceKey {
  const key = typeof text === 'string' ? parse(text) : undefined;
  if (key === undefined) throw new InvalidValueError(path, text, idExpected);
  return key;
}

/** The key of a service that has been checked or read. */
export function keyOfService(service: ServiceIdentity): CompleteServiceKey {
  if ('fwmark' in service) {
    return { kind: 'fwmark', fwmark: service.fwmark, family: service.family };
  }
  const { address, port } = service;
  const protocol = protocolNumber(service.protocol);
  return { kind: 'address', protocol, family: familyOf(address), address, port };
}

/** The family of a service. */
export function serviceFamily(service: ServiceIdentity): Family {
  return 'fwmark' in service ? service.family : familyOf(service.address);
}

/** The one text of a service's identity. */
export function formatServiceId(key: CompleteServiceKey): ServiceId {
  const id =
    key.kind === 'fwmark'
      ? `fwmark/${key.fwmark}/${key.family}`
      : `${protocolName(key.protocol)}/${formatEndpoint(key.family, key.address, key.port)}`;
  return id as ServiceId;
}

/**
 * The service that a reference names: an id in any spelling, a key, or an object that carries a key (protocol,
 * address and port, or fwmark and perhaps family). Syntax alone is checked. Throws {@link InvalidValueError} with
 * `path` as where the reference stands.
 */
export function resolveServiceRef(ref: unknown, path = 'service'): CompleteServiceKey {
  if (typeof ref === 'string') return parseServiceId(ref, path);
  if (!isObject(ref)) throw new InvalidValueError(path, ref, refExpected);
  const fields = readKey(plainOf(ref));
  const byMark = fields.fwmark !== undefined;
  const byAddress =
    fields.protocol !== undefined || fields.address !== undefined || fields.port !== undefined;
  if (byMark === byAddress) {
    throw new InvalidValueError(path, ref, 'either protocol, address and port, or fwmark');
  }
  return byMark ? fwmarkKey(fields, path) : addressKey(fields, path);
}

/**
 * Canonical order: address services before mark services, IPv4 before IPv6, then address, port and protocol, or mark,
 * by number.
 */
export function compareServiceKeys(first: CompleteServiceKey, second: CompleteServiceKey): number {
  if (first.kind === 'address' && second.kind === 'address') {
    return (
      compareAddresses(first.address, second.address) ||
      first.port - second.port ||
      first.protocol - second.protocol
    );
  }
  if (first.kind === 'fwmark' && second.kind === 'fwmark') return compareMarks(first, second);
  return first.kind === 'address' ? -1 : 1;
}

function compareMarks(first: Mark, second: Mark): number {
  if (first.family !== second.family) return first.family === 'ipv4' ? -1 : 1;
  return first.fwmark - second.fwmark;
}

/** Canonical order, as {@link compareServiceKeys}, of services that have been checked or read. */
export function compareServices(first: ServiceIdentity, second: ServiceIdentity): number {
  if ('fwmark' in first) return 'fwmark' in second ? compareMarks(first, second) : 1;
  if ('fwmark' in second) return -1;
  return (
    compareAddresses(first.address, second.address) ||
    first.port - second.port ||
    protocolNumber(first.protocol) - protocolNumber(second.protocol)
  );
}

function parse(text: string): CompleteServiceKey | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const word = text.slice(0, slash);
  if (/^fwmark$/i.test(word)) return parseFwmark(text, slash + 1);

  const protocol = parseObservedProtocol(word) ?? parseProtocolDigits(word);
  const endpoint = protocol === undefined ? undefined : parseEndpoint(text.slice(slash + 1));
  if (protocol === undefined || endpoint?.port === undefined) return undefined;
  const { family, address, port } = endpoint;
  return { kind: 'address', protocol, family, address, port };
}

function parseProtocolDigits(word: string): number | undefined {
  const number = parseDecimal(word, 0, word.length, 255);
  return parseObservedProtocol(number);
}

function parseFwmark(text: string, start: number): CompleteServiceKey | undefined {
  const slash = text.indexOf('/', start);
  const fwmark = parseDecimal(text, start, slash < 0 ? text.length : slash, highestFwmark);
  if (fwmark === undefined || fwmark === 0) return undefined;
  const family = slash < 0 ? 'ipv4' : text.slice(slash + 1).toLowerCase();
  return family === 'ipv4' || family === 'ipv6' ? { kind: 'fwmark', fwmark, family } : undefined;
}

interface KeyFields {
  protocol?: unknown;
  address?: unknown;
  port?: unknown;
  fwmark?: unknown;
  family?: unknown;
}

function readKey(ref: KeyFields): KeyFields {
  const fields: KeyFields = {
    protocol: undefined,
    address: undefined,
    port: undefined,
    fwmark: undefined,
    family: undefined,
  };
  for (const name of Object.keys(ref)) {
    switch (name) {
      case 'protocol':
        fields.protocol = ref.protocol;
        break;
      case 'address':
        fields.address = ref.address;
        break;
      case 'port':
        fields.port = ref.port;
        break;
      case 'fwmark':
        fields.fwmark = ref.fwmark;
        break;
      case 'family':
        fields.family = ref.family;
        break;
    }
  }
  return fields;
}

function addressKey(fields: KeyFields, path: string): CompleteServiceKey {
  const protocol = parseObservedProtocol(fields.protocol);
  if (protocol === undefined) {
    throw new InvalidValueError(`${path}.protocol`, fields.protocol, observedProtocolExpected);
  }
  const parsed = parseAddress(fields.address);
  if (parsed === undefined) {
    throw new InvalidValueError(`${path}.address`, fields.address, addressExpected);
  }
  const port = parseWholeNumber(fields.port, 0, highestPort);
  if (port === undefined) {
    throw new InvalidValueError(`${path}.port`, fields.port, portExpected);
  }
  const { family, address } = parsed;
  if (fields.family !== undefined && fields.family !== family) {
    throw new InvalidValueError(`${path}.family`, fields.family, `${family}, as the address says`);
  }
  return { kind: 'address', protocol, family, address, port };
}

function fwmarkKey(fields: KeyFields, path: string): CompleteServiceKey {
  const fwmark = parseWholeNumber(fields.fwmark, 1, highestFwmark);
  if (fwmark === undefined) {
    throw new InvalidValueError(`${path}.fwmark`, fields.fwmark, fwmarkExpected);
  }
  const family = fields.family === undefined ? 'ipv4' : fields.family;
  if (family !== 'ipv4' && family !== 'ipv6') {
    throw new InvalidValueError(`${path}.family`, family, 'ipv4 or ipv6');
  }
  return { kind: 'fwmark', fwmark, family };
}
