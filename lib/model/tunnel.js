import { defineWords } from './words.js';
/** The kernel's numbers of the kinds of tunnel. */
export const tunnelTypes = { ipip: 0, gue: 1, gre: 2 };
/** The kernel's numbers of the checksums. */
export const tunnelChecksums = {
  none: 0,
  full: 1,
  remote: 2,
};
const typeWords = defineWords(tunnelTypes, 'type', 255);
const checksumWords = defineWords(tunnelChecksums, 'checksum', 65535);
/** The tunnel of a destination that names none. */
export const defaultTunnel = Object.freeze({ type: 'ipip', checksum: 'none' });
/** The word for a tunnel type's number; `type-7` for one that has no name. */
export function tunnelTypeName(number) {
  return typeWords.wordFor(number);
}
/** The number of a tunnel type. Throws `InvalidValueError` for what is none. */
export function tunnelTypeNumber(type) {
  return typeWords.numberFor(type);
}
/** The word for a checksum's number; `checksum-7` for one that has no name. */
export function tunnelChecksumName(number) {
  return checksumWords.wordFor(number);
}
/** The number of a checksum. Throws `InvalidValueError` for what is none. */
export function tunnelChecksumNumber(checksum) {
  return checksumWords.numberFor(checksum);
}
/** Reads a tunnel type that can be requested. */
export function parseTunnelType(value) {
  return value === 'ipip' || value === 'gue' || value === 'gre' ? value : undefined;
}
/** Reads a checksum that can be requested. */
export function parseTunnelChecksum(value) {
  return value === 'none' || value === 'full' || value === 'remote' ? value : undefined;
}
