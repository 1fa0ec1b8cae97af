import type { Server } from './servers.js';

/** Where everybody is, in one address family. Outside the namespaces nobody has these addresses. */
export interface Addresses extends Readonly<Record<Server, string>> {
  readonly client: string;
  /** The address that clients know: the director's, on the client's side. */
  readonly virtual: string;
  /** The director's address on the servers' side, which is their default gateway. */
  readonly gateway: string;
  /** The length of the prefix on both sides. */
  readonly prefixLength: number;
}

export const ipv4: Addresses = {
  client: '10.9.0.100',
  virtual: '10.9.0.1',
  gateway: '10.1.0.1',
  A: '10.1.0.11',
  B: '10.1.0.12',
  C: '10.1.0.13',
  prefixLength: 24,
};

export const ipv6: Addresses = {
  client: 'fd09::100',
  virtual: 'fd09::1',
  gateway: 'fd01::1',
  A: 'fd01::11',
  B: 'fd01::12',
  C: 'fd01::13',
  prefixLength: 64,
};

/** Address and port as they are written together: `10.9.0.1:80`, `[fd09::1]:80`. */
export function endpoint(address: string, port = 80): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
