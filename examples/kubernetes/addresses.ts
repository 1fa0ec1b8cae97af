import { isIP, SocketAddress } from 'node:net';

/** As an EndpointSlice names it. */
export type Family = 'IPv4' | 'IPv6';

export function familyOf(address: string): Family {
  return address.includes(':') ? 'IPv6' : 'IPv4';
}

/** The one text of an address; what is none stays as it is, for `validate` to name. */
export function canonicalAddress(address: string): string {
  const version = isIP(address);
  if (version === 0) return address;
  return new SocketAddress({ address, family: version === 6 ? 'ipv6' : 'ipv4' }).address;
}
