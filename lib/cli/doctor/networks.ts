import type { Address } from '../../../types/address.js';
import { familyOf, writeAddress } from '../../model/address.js';

const bytes = new Uint8Array(16);
const view = new DataView(bytes.buffer);

/** The bits of an address as a number, the first in the highest place of 128. */
export function bitsOf(address: Address): bigint {
  writeAddress(address, bytes, 0);
  return (view.getBigUint64(0) << 64n) | view.getBigUint64(8);
}

/** Whether an address is in a network. */
export function isWithin(address: Address, network: Address, length: number): boolean {
  if (familyOf(address) !== familyOf(network)) return false;
  const rest = BigInt(128 - length);
  return bitsOf(address) >> rest === bitsOf(network) >> rest;
}
