import type { Report } from './report.js';

/** Bytes that a name may have, in UTF-8: the kernel keeps it in 16, the last of them zero. */
export const longestDeviceName = 15;

/**
 * Bytes that it may not contain: white space, `/` and `:`, and `%`, which stands for a number of the kernel's choice. To
 * the kernel 160 is white space, as in Latin-1, also as a part of a UTF-8 character.
 */
const forbidden: ReadonlySet<number> = new Set([0, 9, 10, 11, 12, 13, 32, 37, 47, 58, 160]);

/** The words of an error message for {@link isDeviceName}. */
export const deviceNameExpected =
  'the name of a network device: 1 to 15 bytes without white space, "/", ":" and "%", and not "." or ".."';

const encoder = new TextEncoder();

/** Checks the name of a device for virtual addresses. `undefined` after an error. */
export function checkDeviceName(value: unknown, report: Report, path: string): string | undefined {
  return isDeviceName(value) ? value : report.error('E_VIP', path, value, deviceNameExpected);
}

/** Whether a value can be the name of a network device, by the kernel's own rule. */
export function isDeviceName(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > longestDeviceName) return false;
  // Half of a character has no bytes of its own.
  if (value === '.' || value === '..' || /\p{Surrogate}/u.test(value)) return false;
  const bytes = encoder.encode(value);
  return bytes.length <= longestDeviceName && !bytes.some((byte) => forbidden.has(byte));
}
