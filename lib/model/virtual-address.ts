import { addressExpected, type ParsedAddress, parseAddress, unmapAddress } from './address.js';
import type { Report } from './report.js';

const kindExpected = 'an address of its own, not an unspecified, multicast or broadcast one';

/**
 * Checks an address that a service answers on. An IPv4-mapped one is taken as the IPv4 address in it, with a warning.
 * `undefined` after an error.
 */
export function checkVirtualAddress(
  value: unknown,
  report: Report,
  path: string,
): ParsedAddress | undefined {
  let parsed = parseAddress(value);
  if (parsed?.kind === 'mapped') {
    const inner = unmapAddress(parsed.address);
    report.warn('W_ADDRESS_MAPPED', path, value, `taken as the IPv4 address ${inner}`);
    parsed = parseAddress(inner);
  }
  switch (parsed?.kind) {
    case undefined:
      return report.error('E_ADDRESS', path, value, addressExpected);
    case 'unspecified':
    case 'multicast':
    case 'broadcast':
      return report.error('E_ADDRESS_KIND', path, value, kindExpected);
    default:
      return parsed;
  }
}

/** Checks an address to bind to a device: what a service can answer on, and not link-local. `undefined` after an error. */
export function checkAddressToBind(
  value: unknown,
  report: Report,
  path: string,
): ParsedAddress | undefined {
  const parsed = checkVirtualAddress(value, report, path);
  if (parsed?.kind !== 'link-local') return parsed;
  const expected = 'an address that is known beyond its link, not a link-local one';
  return report.error('E_ADDRESS_KIND', path, value, expected);
}
