import type { Address } from '../../../types/address.js';
import type { ObservedProtocol } from '../../../types/service.js';
import { familyOf, writeAddress } from '../../model/address.js';
import type { FormatEnd } from '../../rules/format-service-rules.js';
import type { Names } from './names.js';

/** An address as the C library writes it: other than RFC 5952 it sees an IPv4 address behind six groups of zeros. */
export function formatAddress(address: Address): string {
  if (familyOf(address) === 'ipv4' || !/^::[\da-f]+:[\da-f]+$/.test(address)) return address;
  const bytes = new Uint8Array(16);
  writeAddress(address, bytes, 0);
  return `::${bytes.subarray(12).join('.')}`;
}

/** Writes an address and port in numbers: `10.0.0.1:80`, `[fd09::1]:80`. */
export const numericEnd: FormatEnd = (address, port) =>
  familyOf(address) === 'ipv4' ? `${address}:${port}` : `[${formatAddress(address)}]:${port}`;

/**
 * What writes addresses and ports by their names, where they have any. `ipvsadm` asks for the names of IPv4 addresses alone.
 */
export async function namedEnd(names: Names, addresses: Iterable<Address>): Promise<FormatEnd> {
  const ipv4 = [...addresses].filter((address) => familyOf(address) === 'ipv4');
  const [ports, hosts] = await Promise.all([names.ports(), names.hosts(ipv4)]);
  const portName = (port: number, protocol: ObservedProtocol | undefined) =>
    (protocol === undefined ? undefined : ports.name(port, protocol)) ?? String(port);
  return (address, port, protocol) =>
    familyOf(address) === 'ipv4'
      ? `${hosts.get(address) ?? address}:${portName(port, protocol)}`
      : `[${formatAddress(address)}]:${portName(port, protocol)}`;
}
