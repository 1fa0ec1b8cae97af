import type { Address } from './address.js';

/** A network device. */
export interface NetworkDevice {
  readonly name: string;
  /** What its driver calls it: `dummy`, `bridge`; empty for a physical device and the loopback. */
  readonly kind: string;
}

/** An address on a network device, whoever bound it. */
export interface BoundAddress {
  /** The name of the device. */
  readonly device: string;
  readonly address: Address;
  /** How much of the address its network shares: 0 to 32, or 0 to 128. What `bindAddress` binds has 32 or 128. */
  readonly prefixLength: number;
  readonly scope: AddressScope;
}

/**
 * How far an address is meant to be known: everywhere, within a site (deprecated IPv6), on its link (`fe80::/10`), or
 * on this host alone (`127.0.0.0/8`, `::1`). A number that has no word is written as one.
 */
export type AddressScope = 'global' | 'site' | 'link' | 'host' | `scope-${number}`;
