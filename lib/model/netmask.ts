import type { Family } from '../../types/address.js';
import { scanAddress } from './scan-address.js';

const scratch = new Uint8Array(16);
const scratchView = new DataView(scratch.buffer);

/** The dotted mask of each prefix length, 1 to 32. */
const dottedMasks = Array.from({ length: 33 }, (_, prefix) => formatDottedMask(prefix));

/** The prefix length of a whole address. */
export function fullPrefix(family: Family): number {
  return family === 'ipv4' ? 32 : 128;
}

/**
 * Reads how much of an address counts, as a prefix length: 1 to 32 or a contiguous dotted mask for IPv4, 1 to 128
 * for IPv6; `undefined` for everything else.
 */
export function parseNetmask(value: unknown, family: Family): number | undefined {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= 1 && value <= fullPrefix(family) ? value : undefined;
  }
  return family === 'ipv4' && typeof value === 'string' ? parseDottedMask(value) : undefined;
}

/** A prefix length, at least 1, as it is read back: a dotted mask for IPv4, the number itself for IPv6. */
export function formatNetmask(prefix: number, family: Family): string | number {
  return family === 'ipv6' ? prefix : (dottedMasks[prefix] as string);
}

function formatDottedMask(prefix: number): string {
  const mask = -1 << (32 - prefix);
  return [mask >>> 24, (mask >>> 16) & 0xff, (mask >>> 8) & 0xff, mask & 0xff].join('.');
}

function parseDottedMask(text: string): number | undefined {
  if (scanAddress(text, scratch, 0) !== 4) return undefined;
  const mask = scratchView.getUint32(0);
  const prefix = Math.clz32(~mask);
  return prefix > 0 && (prefix === 32 || mask << prefix === 0) ? prefix : undefined;
}
