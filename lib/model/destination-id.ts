import type { Address, Family } from '../../types/address.js';
import type { DestinationId, DestinationKey } from '../../types/destination.js';
import { addressExpected, compareAddresses, familyOf, parseAddress } from './address.js';
import {
  type Endpoint,
  formatEndpoint,
  highestPort,
  parseEndpoint,
  portExpected,
} from './endpoint.js';
import { isObject } from './fields.js';
import { InvalidValueError } from './invalid-value-error.js';
import { plainOf } from './lazy-object.js';
import type { CompleteServiceKey } from './service-id.js';
import { parseWholeNumber } from './whole-number.js';

/** A destination's identity inside its service, with nothing left to default. */
export interface CompleteDestinationKey {
  readonly family: Family;
  /** Canonical. */
  readonly address: Address;
  readonly port: number;
}

const refExpected = 'a destination: its id, its key, or an object that carries one';
const idExpected = 'a destination id such as 10.1.0.5:8080 or [fd02::2]:8080';

/**
 * Reads a destination id: an address in any text of it, IPv6 in brackets, and a port. Throws
 * {@link InvalidValueError}.
 */
export function parseDestinationId(text: string, path = 'destination'): CompleteDestinationKey {
  const endpoint = typeof text === 'string' ? parseEndpoint(text) : undefined;
  if (endpoint?.port === undefined) throw new InvalidValueError(path, text, idExpected);
  return complete(endpoint, endpoint.port);
}

/** The key of a destination that has been checked or read. */
export function keyOfDestination(destination: Required<DestinationKey>): CompleteDestinationKey {
  const { address, port } = destination;
  return { family: familyOf(address), address, port };
}

/** The one text of a destination's identity. */
export function formatDestinationId(key: CompleteDestinationKey): DestinationId {
  return formatEndpoint(key.family, key.address, key.port) as DestinationId;
}

/** The port of a destination that names none: its service's, and 0 (the port the packet came to) on a mark service. */
export function defaultDestinationPort(service: CompleteServiceKey): number {
  return service.kind === 'address' ? service.port : 0;
}

/**
 * The destination that a reference names: an id, a key, or an object that carries a key; in each the port may be
 * missing. Syntax alone is checked. Throws {@link InvalidValueError} with `path` as where the reference stands.
 */
export function resolveDestinationRef(
  ref: unknown,
  service: CompleteServiceKey,
  path = 'destination',
): CompleteDestinationKey {
  const end = resolveDestinationEnd(ref, path);
  return complete(end, end.port ?? defaultDestinationPort(service));
}

/** What {@link resolveDestinationRef} reads, before a missing port has been decided about. */
export function resolveDestinationEnd(ref: unknown, path = 'destination'): Endpoint {
  if (typeof ref === 'string') {
    const endpoint = parseEndpoint(ref);
    if (endpoint === undefined) throw new InvalidValueError(path, ref, idExpected);
    return endpoint;
  }
  if (!isObject(ref)) throw new InvalidValueError(path, ref, refExpected);
  const fields = readKey(plainOf(ref));
  const parsed = parseAddress(fields.address);
  if (parsed === undefined) {
    throw new InvalidValueError(`${path}.address`, fields.address, addressExpected);
  }
  const { family, address } = parsed;
  if (fields.port === undefined) return { family, address, port: undefined };
  const port = parseWholeNumber(fields.port, 0, highestPort);
  if (port === undefined) {
    throw new InvalidValueError(`${path}.port`, fields.port, portExpected);
  }
  return { family, address, port };
}

/** Canonical order: IPv4 before IPv6, then address and port by number. */
export function compareDestinationKeys(
  first: { readonly address: Address; readonly port: number },
  second: { readonly address: Address; readonly port: number },
): number {
  return compareAddresses(first.address, second.address) || first.port - second.port;
}

function complete(
  parsed: Pick<Endpoint, 'family' | 'address'>,
  port: number,
): CompleteDestinationKey {
  return { family: parsed.family, address: parsed.address, port };
}

interface KeyFields {
  address?: unknown;
  port?: unknown;
}

function readKey(ref: KeyFields): KeyFields {
  const fields: KeyFields = { address: undefined, port: undefined };
  for (const name of Object.keys(ref)) {
    if (name === 'address') fields.address = ref.address;
    else if (name === 'port') fields.port = ref.port;
  }
  return fields;
}
