import type { Tunnel, TunnelChecksum, TunnelType } from '../../types/destination.js';
import { defineWords } from './words.js';

/** The kernel's numbers of the kinds of tunnel. */
export const tunnelTypes = { ipip: 0, gue: 1, gre: 2 } as const satisfies Record<
  TunnelType,
  number
>;

/** The kernel's numbers of the checksums. */
export const tunnelChecksums = {
  none: 0,
  full: 1,
  remote: 2,
} as const satisfies Record<TunnelChecksum, number>;

const typeWords = defineWords(tunnelTypes, 'type', 255);
const checksumWords = defineWords(tunnelChecksums, 'checksum', 65535);

/** The tunnel of a destination that names none. */
export const defaultTunnel: Tunnel = Object.freeze({ type: 'ipip', checksum: 'none' });

/** The word for a tunnel type's number; `type-7` for one that has no name. */
export function tunnelTypeName(number: number): Tunnel['type'] {
  return typeWords.wordFor(number);
}

/** The number of a tunnel type. Throws `InvalidValueError` for what is none. */
export function tunnelTypeNumber(type: Tunnel['type']): number {
  return typeWords.numberFor(type);
}

/** The word for a checksum's number; `checksum-7` for one that has no name. */
export function tunnelChecksumName(number: number): Tunnel['checksum'] {
  return checksumWords.wordFor(number);
}

/** The number of a checksum. Throws `InvalidValueError` for what is none. */
export function tunnelChecksumNumber(checksum: Tunnel['checksum']): number {
  return checksumWords.numberFor(checksum);
}

/** Reads a tunnel type that can be requested. */
export function parseTunnelType(value: unknown): TunnelType | undefined {
  return value === 'ipip' || value === 'gue' || value === 'gre' ? value : undefined;
}

/** Reads a checksum that can be requested. */
export function parseTunnelChecksum(value: unknown): TunnelChecksum | undefined {
  return value === 'none' || value === 'full' || value === 'remote' ? value : undefined;
}
