import { parseAddress } from './address.js';
import { describeWholeNumber, parseDecimal } from './whole-number.js';
/** The highest port. */
export const highestPort = 65535;
/** The words of an error message for a port. */
export const portExpected = describeWholeNumber(0, highestPort);
/**
 * Reads `10.0.0.1:80`, `[fd09::1]:53`, `10.0.0.1` or `[fd09::1]`. IPv6 needs its brackets: without them the last group
 * of an address and a port look alike.
 */
export function parseEndpoint(text) {
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
export function formatEndpoint(family, address, port) {
  return family === 'ipv6' ? `[${address}]:${port}` : `${address}:${port}`;
}
function indexOrLength(text, mark) {
  const index = text.indexOf(mark);
  return index < 0 ? text.length : index;
}
