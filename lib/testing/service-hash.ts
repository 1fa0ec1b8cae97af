import { writeAddress } from '../model/address.js';
import type { CompleteServiceKey } from '../model/service-id.js';

/** Buckets of the kernel's table of services, up to Linux 7.0. */
export const serviceBuckets = 256;

const scratch = new Uint8Array(16);
const view = new DataView(scratch.buffer);

/** An address as one number of 32 bits: an IPv6 one is the four of it, xored. */
export function foldAddress(address: string): number {
  writeAddress(address, scratch, 0);
  return (view.getUint32(0) ^ view.getUint32(4) ^ view.getUint32(8) ^ view.getUint32(12)) >>> 0;
}

/** The bucket of a service. `salt` is where the kernel takes the address of the network namespace's own memory. */
export function bucketOf(key: CompleteServiceKey, salt: number): number {
  const hash =
    key.kind === 'fwmark'
      ? key.fwmark
      : key.protocol ^ foldAddress(key.address) ^ (key.port >> 8) ^ key.port;
  return (hash ^ salt) & (serviceBuckets - 1);
}
