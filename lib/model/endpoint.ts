import type { Address, Family } from '../../types/address.js';
import { parseAddress } from './address.js';
import { describeWholeNumber, parseDecimal } from './whole-number.js';

/** The highest port. */
export const highestPort = 65535;

/** The words of an error message for a port. */
export const portExpected = describeWholeNumber(0, highestPort);

/** An address and perhaps a port, as ids write them. */
export interface Endpoint {
  readonly family: Family;
  readonly address: Address;
  readonly port: number | undefined;
}

/**
 * Reads `10.0.0.1:80`, `[fd09::1]:53`, `10.0.0.1` or `[fd09::1]`. IPv6 needs its brackets: without them the last group
 * of an address and a port look alike.
 */
export function parseEndpoint(text: string): Endpoint | undefined {
  const bracketed = text.charCodeAt(0) === 91;
  const end = indexOrLength(text, bracketed ? ']' : ':');
  const parsed = parseAddress(text.slice(bracketed ? 1 : 0, end));
  if (parsed === undefined || (parsed.family === 'ipv6') !== bracketed) return undefined;

  const { family, address } = parsed;
  const rest = bracketed ? end + 1 : end;
  if (rest === text.length) return { family, address, port: undefined };
  if (text.charCodeAt(rest) !== 58) return undefined;
  const port = parseDecimal(text, rest + 1, text.length, highestPort);
  return port === undefined ? undefined : { family, address, port };
}

/** The canonical text of an address and a port. */
export function formatEndpoint(family: Family, address: Address, port: number): string {
  const end = endOf(port);
  return family === 'ipv6' ? `[${address}]${end}` : address + end;
}

let lastPort = -1;
let lastEnd = '';

/** Endpoints come in runs with one port. Put together of two texts instead of three, each takes half the memory. */
function endOf(port: number): string {
  if (port !== lastPort) {
    lastPort = port;
    lastEnd = `:${port}`;
  }
  return lastEnd;
}

function indexOrLength(text: string, mark: string): number {
  const index = text.indexOf(mark);
  return index < 0 ? text.length : index;
}
