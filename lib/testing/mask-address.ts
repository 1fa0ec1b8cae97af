import type { Address } from '../../types/address.js';
import { familyOf, formatAddress, writeAddress } from '../model/address.js';

const scratch = new Uint8Array(16);

/** The first `bits` bits of an address; the others are 0. */
export function maskAddress(address: Address, bits: number): Address {
  return fillHostBits(address, bits, false);
}

/** The last address of the network that the first `bits` bits of an address name. */
export function lastAddress(address: Address, bits: number): Address {
  return fillHostBits(address, bits, true);
}

function fillHostBits(address: Address, bits: number, ones: boolean): Address {
  writeAddress(address, scratch, 0);
  for (let index = 0; index < scratch.length; index += 1) {
    const host = 0xff >> Math.min(8, Math.max(0, bits - index * 8));
    const byte = scratch[index] as number;
    scratch[index] = ones ? byte | host : byte & ~host;
  }
  return formatAddress(scratch, familyOf(address));
}
