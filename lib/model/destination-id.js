import { addressExpected, compareAddresses, familyOf, parseAddress } from './address.js';
import { formatEndpoint, highestPort, parseEndpoint, portExpected } from './endpoint.js';
import { isObject } from './fields.js';
import { InvalidValueError } from './invalid-value-error.js';
import { parseWholeNumber } from './whole-number.js';

const refExpected = 'a destination: its id, its key, or an object that carries one';
const idExpected = 'a destination id such as 10.1.0.5:8080 or [fd02::2]:8080';
/**
 * Reads a destination id: an address in any text of it, IPv6 in brackets, and a port. Throws
 * {@link InvalidValueError}.
 */
export function parseDestinationId(text, path = 'destination') {
  const endpoint = typeof text === 'string' ? parseEndpoint(text) : undefined;
  if (endpoint?.port === undefined) throw new InvalidValueError(path, text, idExpected);
  return complete(endpoint, endpoint.port);
}
/** The key of a destination that has been checked or read. */
export function keyOfDestination(destination) {
  const { address, port } = destination;
  return { family: familyOf(address), address, port };
}
/** The one text of a destination's identity. */
export function formatDestinationId(key) {
  return formatEndpoint(key.family, key.address, key.port);
}
/** The port of a destination that names none: its service's, and 0 (the port the packet came to) on a mark service. */
export function defaultDestinationPort(service) {
  return service.kind === 'address' ? service.port : 0;
}
/**
 * The destination that a reference names: an id, a key, or an object that carries a key; in each the port may be
 * missing. Syntax alone is checked. Throws {@link InvalidValueError} with `path` as where the reference stands.
 */
export function resolveDestinationRef(ref, service, path = 'destination') {
  const end = resolveDestinationEnd(ref, path);
  return complete(end, end.port ?? defaultDestinationPort(service));
}
/** What {@link resolveDestinationRef} reads, before a missing port has been decided about. */
export function resolveDestinationEnd(ref, path = 'destination') {
  if (typeof ref === 'string') {
    const endpoint = parseEndpoint(ref);
    if (endpoint === undefined) throw new InvalidValueError(path, ref, idExpected);
    return endpoint;
  }
  if (!isObject(ref)) throw new InvalidValueError(path, ref, refExpected);
  const fields = readKey(ref);
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
export function compareDestinationKeys(first, second) {
  return compareAddresses(first.address, second.address) || first.port - second.port;
}
function complete(parsed, port) {
  return { family: parsed.family, address: parsed.address, port };
}
function readKey(ref) {
  const fields = { address: undefined, port: undefined };
  for (const name of Object.keys(ref)) {
    if (name === 'address') fields.address = ref.address;
    else if (name === 'port') fields.port = ref.port;
  }
  return fields;
}
