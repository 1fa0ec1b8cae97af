import type { Address, Family } from '../../types/address.js';
import { parseAddress } from './address.js';
import { fullPrefix } from './netmask.js';
import { parseDecimal } from './whole-number.js';

/** The addresses that begin with the same bits. */
export interface Network {
  readonly family: Family;
  /** Any address of the network, canonical. */
  readonly address: Address;
  /** How many bits count: 0 is every address of the family. */
  readonly prefix: number;
}

/** The words of an error message for {@link parseNetwork}. */
export const networkExpected = 'an address, or a network such as 192.0.2.0/24 or 2001:db8::/32';

/** Reads an address, which is a network of its own, or an address with a prefix length. Bits beyond the prefix do not matter. */
export function parseNetwork(value: unknown): Network | undefined {
  if (typeof value !== 'string') return undefined;
  const slash = value.indexOf('/');
  const parsed = parseAddress(slash < 0 ? value : value.slice(0, slash));
  if (parsed === undefined) return undefined;
  const { family, address } = parsed;
  const full = fullPrefix(family);
  const prefix = slash < 0 ? full : parseDecimal(value, slash + 1, value.length, full);
  return prefix === undefined ? undefined : { family, address, prefix };
}
